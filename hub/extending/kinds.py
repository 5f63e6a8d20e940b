"""Kinds of files that can be carried further: signed XML, and printed forms signed as PDF; told apart by the first octets."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from hub.verifying.forms import MARK
from signing.preserve import DocumentPreservation, extend, renew, validate


@dataclass(frozen=True, slots=True)
class Carrier:
    """Who carries files of one kind further; all take and raise the same."""

    extend: Callable[..., bytes]
    """as `signing.preserve.extend`"""
    renew: Callable[..., bytes]
    """as `signing.preserve.renew`"""
    validate: Callable[..., DocumentPreservation]
    """as `signing.preserve.validate`"""


_XML = Carrier(extend, renew, validate)


def carrier_of(octets: bytes) -> Carrier:
    """Who is to carry a file further."""
    return _pdf() if octets.startswith(MARK) else _XML


@cache
def _pdf() -> Carrier:
    """Loaded when there is a PDF."""
    from signing.printed.lasting import extend_form, renew_form, validate_form

    return Carrier(extend_form, renew_form, validate_form)
