"""What an attack is, what each cause means in ETSI's terms, and the ways in which a good record is spoilt."""

import re
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from support.authority import Holder

from attacks.site import Site
from signing.verify import Disposition, Indication, SubIndication

Make = Callable[[Site], bytes]
REFUSE, HOLD, RETRY = Disposition.REFUSE, Disposition.HOLD, Disposition.RETRY

_F, _I = Indication.FAILED, Indication.INDETERMINATE
_S = SubIndication
_FORMAT = (_F, _S.FORMAT_FAILURE)
_CONSTRAINT = (_I, _S.SIG_CONSTRAINTS_FAILURE)

ETSI: Mapping[str, tuple[Indication, SubIndication]] = {
    **dict.fromkeys(
        (
            *("too-large", "not-utf8", "doctype", "comment", "too-many-attributes", "xml-base", "not-well-formed"),
            *("wrong-root", "signature-misplaced", "slot-repeated", "slot-unsigned", "slot-missing"),
            *("identifier-repeated", "signature-malformed", "c14n-forbidden", "transform-forbidden"),
            *("reference-foreign",),
        ),
        _FORMAT,
    ),
    **dict.fromkeys(
        (
            *("data-unsigned", "properties-unsigned", "subject-name-missing", "certificate-reference-missing"),
            *("signing-time-missing", "signing-time-conflict", "target-wrong", "time-in-future", "signer-unnamed"),
            *(
                "signer-differs",
                "signing-date-differs",
                "certificate-not-approved",
                "order-wrong",
                "registrant-differs",
            ),
        ),
        _CONSTRAINT,
    ),
    **dict.fromkeys(("digest-data", "digest-properties"), (_F, _S.HASH_FAILURE)),
    **dict.fromkeys(("algorithm-forbidden", "key-too-small"), (_I, _S.CRYPTO_CONSTRAINTS_FAILURE)),
    **dict.fromkeys(
        ("certificate-missing", "certificate-unreadable", "certificate-digest"), (_I, _S.NO_SIGNING_CERTIFICATE_FOUND)
    ),
    **dict.fromkeys(("certificate-is-ca", "key-usage"), (_I, _S.CHAIN_CONSTRAINTS_FAILURE)),
    **dict.fromkeys(("path-invalid", "issuer-revoked"), (_I, _S.CERTIFICATE_CHAIN_GENERAL_FAILURE)),
    **dict.fromkeys(("certificate-on-hold", "revocation-unknown"), (_I, _S.TRY_LATER)),
    **dict.fromkeys(("policy-empty", "registry-unknown"), (_I, _S.POLICY_PROCESSING_ERROR)),
    "value-wrong": (_F, _S.SIG_CRYPTO_FAILURE),
    "data-missing": (_I, _S.SIGNED_DATA_NOT_FOUND),
    "signature-policy": (_I, _S.SIGNATURE_POLICY_NOT_AVAILABLE),
    "path-not-found": (_I, _S.NO_CERTIFICATE_CHAIN_FOUND),
    "certificate-expired": (_F, _S.EXPIRED),
    "certificate-not-yet-valid": (_F, _S.NOT_YET_VALID),
    "certificate-revoked": (_F, _S.REVOKED),
    "certificate-revoked-later": (_I, _S.REVOKED_NO_POE),
    "issuer-revoked-later": (_I, _S.REVOKED_CA_NO_POE),
    **dict.fromkeys(("timestamp-imprint", "timestamp-changed"), (_F, _S.HASH_FAILURE)),
    **dict.fromkeys(("timestamp-order", "timestamp-in-future"), (_I, _S.TIMESTAMP_ORDER_FAILURE)),
    **dict.fromkeys(("timestamp-on-hold", "timestamp-revocation-unknown"), (_I, _S.TRY_LATER)),
    "timestamp-malformed": _FORMAT,
    "timestamp-value": (_F, _S.SIG_CRYPTO_FAILURE),
    "timestamp-algorithm": (_I, _S.CRYPTO_CONSTRAINTS_FAILURE),
    "timestamp-certificate": (_I, _S.NO_SIGNING_CERTIFICATE_FOUND),
    "timestamp-purpose": (_I, _S.CHAIN_CONSTRAINTS_FAILURE),
    "timestamp-untrusted": (_I, _S.NO_CERTIFICATE_CHAIN_FOUND),
    "timestamp-path": (_I, _S.CERTIFICATE_CHAIN_GENERAL_FAILURE),
    "timestamp-expired": (_F, _S.EXPIRED),
    "timestamp-not-yet-valid": (_F, _S.NOT_YET_VALID),
    "timestamp-aged": (_I, _S.OUT_OF_BOUNDS_NO_POE),
    "timestamp-revoked": (_F, _S.REVOKED),
    "timestamp-revoked-later": (_I, _S.REVOKED_NO_POE),
}
"""Indication and sub-indication of the signature at fault, or of the record; said here again, so that a slip in
`signing.verify.faults` is seen."""


@dataclass(frozen=True, slots=True)
class Attack:
    """One record or batch that must not pass."""

    name: str
    """Stable name, the name of its file."""
    cause: str
    """What the verdict must name: `slot:cause` where a slot is at fault."""
    make: Make
    """How it is made."""
    why: str
    """Why it matters."""
    disposition: Disposition = REFUSE
    """What becomes of it."""
    door: str = "record"
    """Who judges it: a name of `attacks.doors`."""
    family: str = ""
    """Set by the catalogue: the module it stands in."""

    @property
    def indication(self) -> Indication:
        """ETSI's main indication."""
        return ETSI[self.cause.rpartition(":")[2]][0]

    @property
    def sub_indication(self) -> SubIndication:
        """ETSI's sub-indication."""
        return ETSI[self.cause.rpartition(":")[2]][1]

    def through(self, door: str) -> "Attack":
        """The same, judged by another."""
        return replace(self, door=door)


def edited(pattern: str, replacement: str, *, count: int = 1) -> Make:
    """The good record with its text changed afterwards."""
    return lambda site: substituted(pattern, replacement, site.good.decode(), count=count).encode()


def substituted(pattern: str, replacement: str, text: str, *, count: int = 0) -> str:
    """The text with something changed, surely."""
    text, changed = re.subn(pattern, replacement, text, count=count, flags=re.DOTALL)
    assert changed, pattern
    return text


def replaced(text: str, old: str, new: str) -> bytes:
    """The text with this changed, literally and surely."""
    assert old in text, old[:80]
    return text.replace(old, new).encode()


def template(pattern: str, replacement: str, **style: object) -> Make:
    """The principal's software writes something else, and signs it."""
    return lambda site: site.styled(template=lambda text: substituted(pattern, replacement, text), **style)


def key_info(text: str) -> Make:
    """The principal's software writes another KeyInfo, and signs."""
    return lambda site: site.styled(key_info=lambda _: text)


def headed(make: Callable[[Site], Holder], **style: object) -> Make:
    """Signed by another certificate of the principal."""
    return lambda site: site.record(CBQL={"by": make(site), **style})


def sealed(make: Callable[[Site], Holder]) -> Make:
    """Issued by another certificate than the school's approved one."""
    return lambda site: site.record(KY_PHAT_HANH={"by": make(site)})


def with_certificate(text: str, holder: Holder) -> str:
    """KeyInfo with this certificate instead."""
    return re.sub("(X509Certificate>)[^<]*", lambda found: found[1] + b64encode(holder.der).decode(), text)
