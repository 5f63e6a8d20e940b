"""What may be foreseen to go wrong for a person at the command line: said in words, with what to do, never a traceback."""

import traceback
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ledger.database import NotDurable


GOOD, FOUND, USAGE, BROKEN = 0, 1, 2, 3
"""exit codes of what looks at files: nothing wrong, something found, a wrong call, a fault of the program"""


class Failure(Exception):
    """Ends a command with a message."""

    def __init__(self, *, vi: str, en: str, do_vi: str = "", do_en: str = "", code: int = 1) -> None:
        super().__init__(en)
        self.vi = vi
        self.en = en
        self.do_vi = do_vi
        self.do_en = do_en
        self.code = code

    @property
    def text(self) -> str:
        """Vietnamese first, English beneath, each with its remedy."""
        return "\n".join(filter(None, (f"{self.vi} {self.do_vi}".strip(), f"{self.en} {self.do_en}".strip())))


def no_database(error: Exception) -> Failure:
    """The ledger does not answer."""
    return Failure(
        vi="Không kết nối được PostgreSQL.",
        en=f"PostgreSQL does not answer ({type(error).__name__}).",
        do_vi="Kiểm tra HOCBA_LEDGER__URL và máy chủ, hoặc chạy «hocba doctor».",
        do_en="Check HOCBA_LEDGER__URL and the server, or run «hocba doctor».",
        code=69,
    )


def hub_not_running() -> Failure:
    """Nothing runs in this data folder, and no database was given."""
    return Failure(
        vi="Hub chưa chạy ở thư mục này.",
        en="No hub is running in this folder.",
        do_vi="Chạy «hocba up» (hoặc «hocba demo»), hay đặt HOCBA_LEDGER__URL.",
        do_en="Start «hocba up» (or «hocba demo»), or set HOCBA_LEDGER__URL.",
        code=69,
    )


def port_taken(host: str, port: int) -> Failure:
    """Another program listens there."""
    return Failure(
        vi=f"Cổng {host}:{port} đang có chương trình khác dùng.",
        en=f"Another program listens on {host}:{port}.",
        do_vi="Chọn cổng khác: HOCBA_WEB__PORT=8080.",
        do_en="Choose another: HOCBA_WEB__PORT=8080.",
        code=78,
    )


def file_missing(name: object) -> Failure:
    """A file that was named does not exist or cannot be read."""
    return Failure(
        vi=f"Không đọc được tệp {name}.",
        en=f"{name} cannot be read.",
        do_vi="Kiểm tra tên tệp.",
        do_en="Check its name.",
        code=66,
    )


def wrong_call(command: str, vi: str, en: str) -> Failure:
    """A command was called in a way that makes no sense, or cannot read or write what it was given."""
    return Failure(
        vi=vi, en=en, do_vi=f"Xem «hocba {command} --help».", do_en=f"See «hocba {command} --help».", code=USAGE
    )


def not_durable(error: "NotDurable") -> Failure:
    """The refusal of a database that forgets (decision 17)."""
    vi, _, en = str(error).partition(" / ")
    return Failure(vi=vi, en=en, code=78)


def foreseen(work: Callable[[], int]) -> int:
    """The exit code of a command that looks at files; whatever nobody foresaw is told as that.

    Raises:
        Failure: it was called wrongly, something could not be read or written, or the program is at fault.
    """
    try:
        return work()
    except Failure:
        raise
    except Exception as error:
        raise program_fault(error, code=BROKEN) from error


def program_fault(error: Exception, *, code: int) -> Failure:
    """What nobody foresaw, by kind and place only: an error's own text may quote a record."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    place = f"{type(error).__name__}, {Path(last.filename).name}:{last.lineno}"
    return Failure(
        vi=f"Lỗi của chương trình, không phải của tệp ({place}).",
        en=f"A fault of the program, not of the files ({place}).",
        do_vi="Gửi dòng này cho đội phát triển Hocba Hub.",
        do_en="Send this line to the developers of Hocba Hub.",
        code=code,
    )
