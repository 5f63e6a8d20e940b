"""The settings on a screen: every one with its value, origin and meaning, and what is wrong with those that are wrong."""

from pydantic import ValidationError
from pydantic_settings import SettingsError
from rich.console import Console
from rich.table import Table
from rich.text import Text

from hub.failures import Failure
from hub.settings import DELIMITER, PREFIX, Settings, Told, settings_file, tell


def settings_sheet(settings: Settings, search: str, console: Console) -> None:
    """Print every setting that contains the searched word."""
    wanted = search.casefold()
    shown = [told for told in tell(settings) if wanted in f"{told.path} {told.variable} {told.meaning}".casefold()]
    if not shown:
        raise Failure(vi=f"Không có cài đặt nào chứa «{search}».", en=f"No setting contains «{search}».", code=64)
    if not console.is_terminal:
        for told in shown:
            console.print(
                f"{told.variable}={told.value}\t[{told.origin}]\t{told.meaning}", markup=False, soft_wrap=True
            )
        return
    console.print(_table(shown))
    file = settings_file()
    console.print(
        Text(
            f"Tệp cấu hình / settings file: {file or 'hocba.toml (chưa có / none)'} · {PREFIX}…_FILE=/đường/dẫn", "dim"
        )
    )


def _table(shown: list[Told]) -> Table:
    table = Table(show_lines=False, pad_edge=False, box=None, row_styles=("", "on grey11"))
    table.add_column("Cài đặt · Setting", style="bold", overflow="fold")
    table.add_column("Giá trị · Value", overflow="fold")
    table.add_column("Từ đâu · From", style="dim")
    table.add_column("Ý nghĩa · Meaning", overflow="fold", ratio=1)
    for told in shown:
        table.add_row(f"{told.path}\n[dim]{told.variable}[/dim]", Text(told.value), told.origin, Text(told.meaning))
    return table


def wrong_settings(error: ValidationError | SettingsError) -> Failure:
    """All wrong settings at once, without their values: one may be a secret."""
    if isinstance(error, SettingsError):
        said = str(error).partition("\n")[0]
    else:
        said = "; ".join(_one(problem["loc"], problem["msg"]) for problem in error.errors(include_input=False))
    return Failure(
        vi=f"Cài đặt sai: {said}.",
        en=f"Wrong settings: {said}.",
        do_vi="Sửa biến môi trường hoặc hocba.toml; «hocba settings» giải thích từng cài đặt.",
        do_en="Mend the environment or hocba.toml; «hocba settings» explains each of them.",
        code=78,
    )


def _one(place: tuple[int | str, ...], message: str) -> str:
    return f"{PREFIX}{DELIMITER.join(map(str, place)).upper()}: {message}"
