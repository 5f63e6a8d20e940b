"""What every command has at hand: the settings, whom they trust, a word on the screen, a question, how a command ends."""

import os
import signal
from typing import TYPE_CHECKING

import typer
from rich.console import Console
from rich.panel import Panel
from rich.text import Text

from hub.failures import Failure

if TYPE_CHECKING:
    from hub.settings import Settings
    from hub.verifying.judging import TrustPlace


def settings_now(*, beside: bool = True) -> "Settings":
    """The settings; beside a running demonstration, with those that it was given.

    Raises:
        Failure: one of them is wrong; all that are wrong are named at once.
    """
    from pydantic import ValidationError
    from pydantic_settings import SettingsError

    from hub import logs, running
    from hub.settings import Settings
    from hub.sheet import wrong_settings

    logs.quiet()
    try:
        settings = Settings()
        there = running.find(settings.data_folder) if beside else None
        if there is None or not there.environment:
            return settings
        os.environ.update({name: value for name, value in there.environment.items() if name not in os.environ})
        return Settings()
    except (ValidationError, SettingsError) as error:
        raise wrong_settings(error) from error


def trust_of_settings() -> "TrustPlace":
    """Whose certificates the settings say are believed."""
    from hub.verifying.judging import TrustPlace

    signing = settings_now().signing
    return TrustPlace(signing.trust_folder, signing.revocation.most_age)


def heed_signals() -> None:
    """SIGTERM ends a command as Ctrl-C does; once it is ending, further ones change nothing."""

    def end(*_: object) -> None:
        for told in (signal.SIGTERM, signal.SIGINT):
            signal.signal(told, signal.SIG_IGN)
        raise KeyboardInterrupt

    for told in (signal.SIGTERM, signal.SIGINT):
        signal.signal(told, end)


def confirm(question: str) -> bool:
    """Ask a person; silence is no."""
    return typer.confirm(question, default=False)


def say(vi: str, en: str) -> None:
    """Vietnamese first, English beneath."""
    console = Console()
    console.print(Text(vi))
    console.print(Text(en, style="dim"))


def show_failure(failure: Failure) -> None:
    """Vietnamese first, English beneath, each with what to do."""
    body = Text()
    body.append(failure.vi, style="bold")
    if failure.do_vi:
        body.append(f"\n→ {failure.do_vi}")
    body.append(f"\n{failure.en}", style="dim")
    if failure.do_en:
        body.append(f"\n→ {failure.do_en}", style="dim")
    Console(stderr=True).print(Panel(body, title="hocba", title_align="left", border_style="red"))
