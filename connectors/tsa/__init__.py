"""Timestamping authorities over HTTP (RFC 3161 3.4): several of them, the one that answered last first.

What goes out is a request of `signing.timestamps`, a digest and a number; what comes back is octets. Whether they are a
timestamp is for whoever asks to say: an answer that is refused counts as none, and the next authority is asked.
"""

from connectors.tsa.client import TimestampDown, Timestampers, Useless
from connectors.tsa.settings import TimestampSettings

__all__ = ["TimestampDown", "TimestampSettings", "Timestampers", "Useless"]
