"""Files that an option names, beside those that are looked at: read whole, within a bound."""

from pathlib import Path


class UnusableFileError(Exception):
    """A file is not what its option asks for: why, in Vietnamese and English."""

    def __init__(self, vi: str, en: str) -> None:
        self.vi, self.en = vi, en
        super().__init__(en)


def content_of(file: Path, most: int) -> bytes:
    """Its octets.

    Raises:
        UnusableFileError: it cannot be read, or is larger than `most`.
    """
    try:
        if file.stat().st_size > most:
            raise UnusableFileError("tệp quá lớn", "the file is too large")
        return file.read_bytes()
    except OSError as error:
        raise UnusableFileError("không đọc được tệp", "the file cannot be read") from error
