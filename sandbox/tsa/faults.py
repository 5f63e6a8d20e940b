"""The fault buttons: what can be made to go wrong at the timestamping authority while it runs."""

from typing import Literal

from pydantic import Field

from sandbox.spoiling import AnswerFaults


class Faults(AnswerFaults):
    """All buttons, with their values at rest."""

    reply_lost: bool = Field(False, description="the token is made, and the connection ends before it is told")
    refused: str = Field("", description="status rejection with this failure, for example system_failure")
    wrong_imprint: bool = Field(False, description="a token for something else")
    imprint_algorithm: str = Field("", description="the imprint names this digest instead of the one asked for")
    wrong_nonce: bool = Field(False, description="a token for another question")
    no_nonce: bool = Field(False, description="a token without a nonce")
    holder: Literal["", "rsa", "ec", "expired", "purpose", "uncritical", "document", "foreign"] = Field(
        "", description="whose key signs, instead of the one that the address names"
    )
    ahead_seconds: float = Field(0, description="the clock is ahead by this; negative: behind")
    tampered: bool = Field(False, description="the signature is that of another token")
    signing_digest: Literal["sha1", "sha256", "sha384", "sha512"] = Field("sha256", description="CMS digest")
    pss: bool = Field(False, description="RSA signs with PSS")
    ess_sha1: bool = Field(False, description="ESSCertID with SHA-1 instead of ESSCertIDv2")
    bare: bool = Field(False, description="no certificates in the token, though asked for")
