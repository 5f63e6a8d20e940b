"""Timestamps on a signature: what proves that it was there at a time (EN 319 132-1 5.3; EN 319 102-1 5.4, 5.5).

They stand among the unsigned properties, so anybody may have put them there, or taken them away. One that holds is a
proof of existence; one that does not is worth as much as none, and is remarked on.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from signing.certificates import decode_base64
from signing.timestamps import verify_timestamp_over
from signing.trust import Trust
from signing.verify.canonical import Canonicalisation, canonical_octets
from signing.verify.envelope import DS, read_canonicalisation
from signing.verify.faults import Fault
from signing.verify.policy import SlotPolicy
from signing.verify.properties import SIGNATURE_TIMESTAMP, XADES
from signing.verify.signature import Progress

MOST_TIMESTAMPS = 4
"""Timestamps looked at in one signature; those after them are as if they were not there."""
_UNSIGNED = f"{XADES}UnsignedSignatureProperties"
_ENCAPSULATED = f"{XADES}EncapsulatedTimeStamp"
_METHOD = f"{DS}CanonicalizationMethod"
_DER = frozenset({None, "http://uri.etsi.org/01903/v1.2.2#DER"})


@dataclass(frozen=True, slots=True)
class _Stamp:
    """One token as it stands on a signature."""

    token: bytes
    """DER"""
    octets: bytes
    """what it must have been made for"""


def check_timestamps(progress: Progress, trust: Trust, *, policy: SlotPolicy, now: datetime) -> None:
    """Between steps 8 and 9: the best time known for a signature whose value holds.

    Sets `proven_time` to the earliest time that a valid timestamp proves, and leaves a remark for every other one; where
    the policy names its cause among the open ones, that is a fault.
    """
    if progress.unsigned is None:
        return
    times = []
    for stamp in _stamps(progress):
        if isinstance(stamp, Fault):
            _remark(progress, policy, stamp)
            continue
        found = verify_timestamp_over(stamp.token, octets=stamp.octets, trust=trust, at=now)
        if found.passed and found.time is not None:
            times.append(found.time)
        elif found.cause is not None:
            _remark(progress, policy, Fault(found.cause))
    progress.proven_time = min(times, default=None)
    claimed = progress.signing_time
    if times and claimed is not None and claimed > min(times) + policy.clock_tolerance:
        raise Fault("timestamp-order", seen=claimed.isoformat(), expected=f"≤ {min(times).isoformat()}")


def _remark(progress: Progress, policy: SlotPolicy, fault: Fault) -> None:
    if fault.kind.cause in policy.open_causes:
        raise fault
    progress.remarks.append(fault)


def _stamps(progress: Progress) -> Iterator[_Stamp | Fault]:
    """The first few in document order, or what is wrong with how one of them is written."""
    count = 0
    for holder in progress.unsigned.iterchildren(_UNSIGNED):
        for stamp in holder.iterchildren(SIGNATURE_TIMESTAMP):
            for element in stamp.iterchildren(_ENCAPSULATED):
                count += 1
                if count > MOST_TIMESTAMPS:
                    yield Fault("timestamp-malformed", expected=f"≤ {MOST_TIMESTAMPS}")
                    return
                yield _read(stamp, element, progress.value)


def _read(stamp: Any, element: Any, value: Any) -> _Stamp | Fault:
    try:
        how = _how(stamp)
        if element.get("Encoding") not in _DER or len(element):
            return Fault("timestamp-malformed", expected="DER")
        return _Stamp(decode_base64(element.text or ""), canonical_octets(value, how))
    except ValueError:
        return Fault("timestamp-malformed", expected="Base64")
    except Fault as fault:
        return fault


def _how(stamp: Any) -> Canonicalisation:
    """EN 319 132-1 5.3: what is stamped is implied, so nothing is included by reference; only the method may be named."""
    first, *more = stamp
    if first.tag != _METHOD:
        more, first = [first, *more], None
    if any(each.tag != _ENCAPSULATED for each in more):
        raise Fault("timestamp-malformed", expected="CanonicalizationMethod, EncapsulatedTimeStamp")
    return Canonicalisation() if first is None else read_canonicalisation(first, fault="timestamp-malformed")
