"""The fault buttons: what can be made to go wrong at the authority while it runs."""

from pydantic import Field

from sandbox.spoiling import AnswerFaults


class Faults(AnswerFaults):
    """All buttons, with their values at rest."""

    stale: bool = Field(False, description="answers whose next update was an hour ago")
    future: bool = Field(False, description="answers from an hour ahead")
    wrong_signer: bool = Field(False, description="signed by a stranger of the same name")
    other_certificate: bool = Field(False, description="OCSP about another certificate; the other authority's list")
    try_later: bool = Field(False, description="OCSP: tryLater, which is no answer")
    good_for_seconds: float = Field(86400, gt=0, description="from this update to the next")
