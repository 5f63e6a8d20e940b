"""What a command run in a test has done."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Run:
    """What a command did."""

    code: int
    out: str
    err: str

    @property
    def said(self) -> str:
        """Everything, with the terminal's line breaks and frames taken out."""
        return " ".join((self.out + self.err).replace("│", " ").split())


Hocba = Callable[..., Run]
