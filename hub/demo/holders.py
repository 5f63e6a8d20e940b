"""The people who sign at the remote service: how they behave in the demonstration, and what is told of them on screen."""

from dataclasses import dataclass, field

from hub.demo.outside import SigningService
from hub.demo.screen import Bars

AGREE_MS = 300.0
"""from being asked until a holder agrees"""
SLOW_MS = 6000.0
"""one class teacher takes so long"""


@dataclass(slots=True)
class Holders:
    """Teachers and head teachers of the schools whose records the hub signs."""

    service: SigningService
    """where they are asked"""
    bars: Bars
    """where it is told"""
    _signed_before: int = field(init=False)
    _told: bool = field(default=False, init=False)

    def __post_init__(self) -> None:
        self._signed_before = self._counts().get("hashes", 0)

    def behave(self, *, slow: str) -> None:
        """All agree soon, but for the holder of one key, by the service's name of it."""
        self.service.press(approve_ms=AGREE_MS, approve_ms_of={slow: SLOW_MS})

    def look(self) -> None:
        """Say once that they are waited for."""
        if not self._told and self._counts().get("waiting", 0):
            self._told = True
            self.bars.say(
                "Giáo viên, hiệu trưởng được mời ký trên dịch vụ ký số từ xa; hồ sơ chờ từng người đồng ý, có cô chậm vài"
                " giây.",
                "Teachers and the head are asked at the remote signing service; records wait for each, one is slow.",
            )

    def conclude(self) -> None:
        """Say that they have signed."""
        if self._told:
            signed = self._counts().get("hashes", 0) - self._signed_before
            self.bars.say(
                f"Mọi người đã ký: {signed} chữ ký cá nhân, chữ ký nào cũng được hub kiểm lại trước khi dùng.",
                f"Everybody has signed: {signed} personal signatures, each verified before it was used.",
            )

    def _counts(self) -> dict[str, int]:
        return self.service.counts() or {}
