"""Ten seconds without the city."""

import time
from dataclasses import dataclass

from hub.demo.outside import City
from hub.demo.screen import Bars

OUTAGE_SECONDS = 10.0
OUTAGE_AFTER = 0.15
"""share of the records that the city has taken when it goes away"""


@dataclass(slots=True)
class Outage:
    """Ten seconds without the city, in the middle of the first run."""

    city: City
    """what goes away"""
    bars: Bars
    """where it is told"""
    records: int
    """that are on their way to it"""
    wanted: bool
    """whether it goes away at all"""
    began: float | None = None
    """when it went away"""
    over: bool = False
    """it is back, or was never to go"""

    def look(self) -> None:
        """Begin it when the city has taken some records; end it after its time."""
        if self.over or not self.wanted:
            self.over = True
        elif self.began is None:
            state = self.city.state()
            if state is not None and state["accepted"] >= OUTAGE_AFTER * self.records:
                self.city.press(down=True)
                self.began = time.monotonic()
                self.bars.say(
                    "Cổng của Sở ngừng 10 giây; hub vẫn nhận, hồ sơ chờ.",
                    "The city is down for 10 seconds; the hub goes on taking records in.",
                )
        elif time.monotonic() - self.began >= OUTAGE_SECONDS:
            self.city.press(down=False)
            self.over = True
            self.bars.say("Cổng của Sở hoạt động trở lại.", "The city is back.")
