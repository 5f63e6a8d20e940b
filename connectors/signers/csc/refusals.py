"""What CSC API v2 says when it does not do as asked: few codes, so its sentences tell them apart (10.2 and each method).

Every one of these came as an answer of HTTP 4xx: nothing was taken.
"""

from connectors.signers.line import Reply, words
from connectors.signers.protocol import (
    AccountRefused,
    CredentialLocked,
    CredentialUnknown,
    Refused,
    SignerDown,
    SignerFault,
    TooMany,
)

_SENTENCES: tuple[tuple[tuple[str, ...], type[SignerFault]], ...] = (
    (("signatures is too high",), TooMany),
    (("credential locked",), CredentialLocked),
    (("pin locked",), CredentialLocked),
    (("credential", "is disabled"), CredentialLocked),
    (("parameter credentialid",), CredentialUnknown),
    (("certificate", "is expired"), CredentialUnknown),
    (("certificate", "is revoked"), CredentialUnknown),
)
"""What a description holds, in small letters → what is surely true."""
_ACCOUNT = frozenset(
    {
        *("invalid_client", "unauthorized_client", "invalid_scope", "invalid_token", "expired_token"),
        *("invalid_authentication_data", "invalid_pin", "invalid_otp"),
    }
)
"""The hub's own account or PIN: asking again would only lock it."""


def outcome_of_refusal(reply: Reply) -> Refused:
    """The holder's no.

    Raises:
        SignerFault: it was not the holder who said it.
    """
    if reply.code == "access_denied":
        return Refused(words(reply.text("error_description")))
    told = reply.text("error_description").lower()
    for parts, fault in _SENTENCES:
        if all(part in told for part in parts):
            raise fault(reply.code)
    if reply.code in _ACCOUNT or reply.status in (401, 403):
        raise AccountRefused(reply.code)
    raise SignerDown(reply.code)
