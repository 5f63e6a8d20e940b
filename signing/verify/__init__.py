"""Verification of every signature on a record or a transaction, on the octets as received.

The steps, in order; the code bears their numbers, and a fault carries the number of the step that found it:

1.  Pre-screen on raw octets: size, UTF-8, no DTD, entity, comment or processing instruction, bounded counts of
    attributes and namespaces, every identifier used once under any spelling (what ties a slot to its region: once in
    each). [EN 319 102-1 5.2.2; XMLDSig 1.1 8.1]
2.  Parse with a parser that expands and fetches nothing.
3.  Find every `Signature` and assign each to exactly one declared slot; an extra, repeated or misplaced one is a fault
    of the record. [CV 2088 PL1 1.1]
4.  Read each signature strictly; algorithms, transforms, canonicalisation, URIs and key sizes are on a whitelist.
    [XMLDSig 1.1 4 and 6; EN 319 102-1 5.2.8; TT 15/2025/TT-BKHCN]
5.  Resolve references by place, inside the record element only: the whole declared region, and the signature's own
    properties; nothing else. A slot that stands once per signer has the one region that bears its tie.
    [XMLDSig 1.1 4.4.3; CV 2088 1.6]
6.  Digests; the region is canonicalised once for each method. [XMLDSig 1.1 3.2.1; EN 319 102-1 5.2.7]
7.  Signature value over the canonical SignedInfo. [XMLDSig 1.1 3.2.2; EN 319 102-1 5.2.7]
8.  Signed properties: signing time in either form, Target, digest of the signing certificate, X509SubjectName.
    [CV 2088 1.6; EN 319 132-1 5.2; EN 319 102-1 5.2.3]
9.  Timestamps, where there are any, as proof that the signature was there (`signing.timestamps`); trust in the
    certificate at the claimed time: CA flag, key usage, validity, path to the anchors, revocation.
    [EN 319 102-1 5.2.6, 5.4 and 5.5; RFC 3161; RFC 5280 6]
10. Identity: SO_CCCD and NGAY_KY of the slot, approved certificate of the institution, order of times, required slots.
    [QĐ 1789/QĐ-SGDĐT Đ12, Đ20; CV 2088 III.1]

Whatever is not TOTAL-PASSED does not pass. The result carries the canonical octets that the signatures cover: values
used downstream are read from those.
"""

from signing.verify.policy import Approvals, Approved, ApprovedCertificate, Limits, SlotPolicy
from signing.verify.record import RecordVerifier
from signing.verify.results import (
    Algorithms,
    Disposition,
    Form,
    Indication,
    RecordValidation,
    Signer,
    SlotValidation,
    SubIndication,
)
from signing.verify.transaction import verify_registration, verify_transaction

__all__ = [
    "Algorithms",
    "Approvals",
    "Approved",
    "ApprovedCertificate",
    "Disposition",
    "Form",
    "Indication",
    "Limits",
    "RecordValidation",
    "RecordVerifier",
    "Signer",
    "SlotPolicy",
    "SlotValidation",
    "SubIndication",
    "verify_registration",
    "verify_transaction",
]
