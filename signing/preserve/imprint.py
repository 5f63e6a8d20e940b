"""What a timestamp in a signature covers, octet for octet (EN 319 132-1 5.3 and 5.5.2.2)."""

from typing import Any

from signing.preserve.unsigned import Stamp, StampKind, Unsigned
from signing.verify.algorithms import C14N_METHODS
from signing.verify.canonical import Canonicalisation, canonical_octets
from signing.verify.envelope import DS, ReadSignature, Reference
from signing.verify.properties import SignedProperties
from signing.verify.signature import Region

_TRANSFORMS = f"{DS}Transforms"
_REFERENCES = 2
"""place of the first reference in SignedInfo"""


def stamped_octets(signature: ReadSignature, how: Canonicalisation) -> bytes:
    """Of a SignatureTimeStamp: the SignatureValue element."""
    return canonical_octets(signature.value_element, how)


def archived_octets(
    signature: ReadSignature,
    properties: SignedProperties,
    region: Region,
    unsigned: Unsigned,
    *,
    before: int | None,
    how: Canonicalisation,
) -> bytes:
    """Of an ArchiveTimeStamp of v1.4.1 that stands, or will stand, before the unsigned property with this number.

    In this order: what each reference means; SignedInfo, SignatureValue, KeyInfo; every unsigned property before it;
    every Object but the one with the qualifying properties, whether it is referred to or not.
    """
    parts = [
        _referenced(reference, element, properties, region, how)
        for reference, element in zip(signature.references, signature.signed_info[_REFERENCES:], strict=True)
    ]
    elements = [signature.signed_info, signature.value_element, signature.key_info, *unsigned.properties[:before]]
    elements += [each for each in signature.objects if each[0] is not unsigned.qualifying]
    return b"".join((*parts, *(canonical_octets(each, how) for each in elements)))


def covered_octets(
    stamp: Stamp, signature: ReadSignature, properties: SignedProperties, region: Region, unsigned: Unsigned
) -> bytes:
    """What a timestamp that is there covers."""
    if stamp.kind is StampKind.SIGNATURE:
        return stamped_octets(signature, stamp.how)
    return archived_octets(signature, properties, region, unsigned, before=stamp.position, how=stamp.how)


def _referenced(
    reference: Reference, element: Any, properties: SignedProperties, region: Region, how: Canonicalisation
) -> bytes:
    """The reference's own octets; where its transforms leave a node set, the timestamp's canonicalisation counts."""
    method = reference.canonicalisation if _ends_canonical(element) else how
    if reference.target == region.identifier:
        return region.octets(method)
    return canonical_octets(properties.by_identifier[reference.target], method)


def _ends_canonical(element: Any) -> bool:
    transforms = element.find(_TRANSFORMS)
    return transforms is not None and len(transforms) > 0 and transforms[-1].get("Algorithm") in C14N_METHODS
