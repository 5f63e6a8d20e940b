"""Evidence records (RFC 4998, RFC 6283): one timestamp over a hash tree proves a day's data objects, each by its own
reduced tree, for as long as somebody renews it.

A record says that a data object was there, as it is, at the time of its first timestamp. Before that timestamp's
authority or algorithm ages, another one covers it (`renewed`); before the hash ages, another chain covers the object
and all that was there by a new one (`rehashed`). What is checked needs the object, the record and trusted roots only
(`verify_evidence`). Groups of documents as one data object are neither written nor read: a record of the hub is one file.
"""

from signing.evidence.covering import (
    chains_of,
    data_digest,
    first,
    link_digest,
    read_record,
    rehashed,
    rehashed_leaf,
    renewed,
    write_record,
)
from signing.evidence.problems import PROBLEMS, REMEDY
from signing.evidence.records import (
    ALGORITHMS,
    ArchiveTimestamp,
    Chain,
    EvidenceRecord,
    RecordUnreadable,
    Syntax,
)
from signing.evidence.settled import settled
from signing.evidence.tree import HashTree, NotInTree, root_of
from signing.evidence.verify import (
    Broken,
    EvidenceValidation,
    TimestampOutcome,
    covered,
    signature_method,
    verify_evidence,
)

__all__ = [
    "ALGORITHMS",
    "PROBLEMS",
    "REMEDY",
    "ArchiveTimestamp",
    "Broken",
    "Chain",
    "EvidenceRecord",
    "EvidenceValidation",
    "HashTree",
    "NotInTree",
    "RecordUnreadable",
    "Syntax",
    "TimestampOutcome",
    "chains_of",
    "covered",
    "data_digest",
    "first",
    "link_digest",
    "read_record",
    "rehashed",
    "rehashed_leaf",
    "renewed",
    "root_of",
    "settled",
    "signature_method",
    "verify_evidence",
    "write_record",
]
