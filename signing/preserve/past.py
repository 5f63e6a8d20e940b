"""Trust as it was: what a verifier asks when the file itself proves how things stood then."""

from collections.abc import Sequence
from datetime import datetime

from signing.certificates import Certificate
from signing.preserve.results import DocumentPreservation
from signing.trust import Standing, Trust


class PastTrust:
    """The present's trust; for certificates of a preserved document, as of the time that its timestamps prove."""

    def __init__(self, present: Trust, preservation: DocumentPreservation) -> None:
        self._present = present
        self._past = preservation.past

    @property
    def state(self) -> str:
        """The state of the present's trust: its anchors are those that count."""
        return self._present.state

    def standing(
        self, certificate: Certificate, *, claimed: datetime, now: datetime, others: Sequence[Certificate] = ()
    ) -> Standing:
        """What is known of the certificate, as of the proven time where there is one."""
        past = self._past.get(certificate.sha256)
        if past is None:
            return self._present.standing(certificate, claimed=claimed, now=now, others=others)
        return past.store.standing(certificate, claimed=claimed, now=min(now, past.moment), others=others)
