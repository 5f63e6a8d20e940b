"""What becomes of a record of one profile that is written as another: field by field, from the profiles' own tables.

Lossless: it comes back as it was. Narrowed: it has a place, but not every value fits there. Lost: it has no place. Needs
default: the other profile must have it, and this one cannot tell it. Signatures never travel: what is written anew is
signed anew.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from schemas.findings import Words
from schemas.layout import Field, Form
from schemas.profiles import Profile
from schemas.values import reader_of
from transformers.places import Place, places_of

_MOST_NAMED = 6


class Outcome(StrEnum):
    """What becomes of one member."""

    NEEDS_DEFAULT = "needs-default"
    """cần bổ sung: the target must have it, the source has no place for it"""
    LOST = "lost"
    """mất: the target has no place for it"""
    NARROWED = "narrowed"
    """hẹp lại: not every value that the source may have fits the target"""
    LOSSLESS = "lossless"
    """giữ nguyên: it comes back as it was"""


@dataclass(frozen=True, slots=True)
class Carried:
    """One member of the canonical record, from one profile to another."""

    member: str
    """dotted name; of a list's rows below the list's"""
    outcome: Outcome
    """what becomes of it"""
    source: str | None
    """place in the source; None where it has none"""
    target: str | None
    """place in the target; None where it has none"""
    reasons: tuple[Words, ...] = ()
    """why it is no longer what it was"""

    def as_dict(self) -> dict[str, Any]:
        """As JSON has it."""
        told = {"member": self.member, "outcome": self.outcome.value, "source": self.source, "target": self.target}
        return {**told, "reasons": [{"vi": words.vi, "en": words.en} for words in self.reasons]}


@dataclass(frozen=True, slots=True)
class Coverage:
    """Everything that one profile tells, as another has it."""

    source: Profile
    """the record is one of these"""
    target: Profile
    """and is written as one of those"""
    members: tuple[Carried, ...]
    """what needs most care first; in the source's order otherwise"""

    @property
    def counts(self) -> Mapping[Outcome, int]:
        """Members by outcome."""
        found = Counter(each.outcome for each in self.members)
        return {outcome: found[outcome] for outcome in Outcome}

    def as_dict(self) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "source": {"name": self.source.name, "observed": self.source.observed},
            "target": {"name": self.target.name, "observed": self.target.observed},
            "counts": {outcome.value: count for outcome, count in self.counts.items()},
            "members": [each.as_dict() for each in self.members],
        }


class KindsDifferError(ValueError):
    """One profile is primary school's and the other secondary school's: no record is both."""


def coverage(source: Profile, target: Profile) -> Coverage:
    """What becomes of a record of the source that is written as the target.

    Raises:
        KindsDifferError: a primary and a secondary profile.
    """
    if source.kind != target.kind:
        raise KindsDifferError(f"{source.name} is {source.kind}, {target.name} is {target.kind}")
    here, there = places_of(source), places_of(target)
    found = [*_told(here, there), *_wanted(here, there)]
    order = list(Outcome)
    return Coverage(source, target, tuple(sorted(found, key=lambda each: order.index(each.outcome))))


def _told(here: Mapping[str, Place], there: Mapping[str, Place]) -> Iterator[Carried]:
    """What the source has places for; a list that is lost is told of once."""
    for member, place in here.items():
        if place.list and place.list not in there:
            continue
        other = there.get(member)
        if other is None:
            yield Carried(member, Outcome.LOST, place.path, None)
        else:
            reasons = tuple(_reasons(place, other))
            outcome = Outcome.NARROWED if reasons else Outcome.LOSSLESS
            yield Carried(member, outcome, place.path, other.path, reasons)


def _wanted(here: Mapping[str, Place], there: Mapping[str, Place]) -> Iterator[Carried]:
    """What the target must have and the source cannot tell; a list that is wanted as a whole is told of once."""
    for member, place in there.items():
        if member in here or not place.required or (place.list and place.list not in here):
            continue
        reasons = (_unless(place),) if place.unless else ()
        yield Carried(member, Outcome.NEEDS_DEFAULT, None, place.path, reasons)


def _unless(place: Place) -> Words:
    return Words(f"trừ khi {place.unless} là «có»", f"unless {place.unless} says yes")


def _reasons(here: Place, there: Place) -> Iterator[Words]:
    """Why not every value fits, in the order of importance."""
    if there.required and (not here.required or (here.unless and not there.unless)):
        yield Words("bắt buộc ở nơi đến, có thể thiếu ở nơi đi", "mandatory there, may be absent here")
    if there.shared and not here.shared:
        yield Words("không có cột riêng, đọc từ mã lớp", "no column of its own: read from the class code")
    if there.columns and there.columns != here.columns:
        named = _named(there.columns)
        yield Words(f"chỉ các môn có cột: {named}", f"only subjects with a column: {named}")
    if there.single is not None and here.single is not None:
        yield from _form_reasons(here, there, here.single, there.single)
        yield from _code_reasons(here, here.single, there.single)
        yield from _size_reasons(here, there, there.single.form)


def _form_reasons(here: Place, there: Place, told: Field, written: Field) -> Iterator[Words]:
    if told.form is Form.MOMENT and written.form is Form.DAY:
        yield Words("bỏ giờ, chỉ còn ngày", "the hour is dropped, the day stays")
    if written.form is Form.CROSS and told.form is not Form.CROSS:
        yield Words("«không» thành ô trống", "«no» becomes an empty cell")
    lacking = sorted(_births(here) - _births(there))
    if lacking:
        names_vi = ", ".join(_BIRTHS[form].vi for form in lacking)
        names_en = ", ".join(_BIRTHS[form].en for form in lacking)
        yield Words(f"không ghi được khi {names_vi}", f"cannot be written where {names_en}")


_BIRTHS = {
    Form.BIRTH_DAY: Words("biết cả ngày sinh", "the whole day is known"),
    Form.BIRTH_MONTH: Words("chỉ biết tháng, năm sinh", "only month and year are known"),
    Form.BIRTH_YEAR: Words("chỉ biết năm sinh", "only the year is known"),
}


def _births(place: Place) -> frozenset[Form]:
    forms = {field.form for field in place.fields}
    return frozenset(_BIRTHS) if Form.BIRTH_DATE in forms else frozenset(forms & set(_BIRTHS))


def _code_reasons(here: Place, told: Field, written: Field) -> Iterator[Words]:
    if written.codes is None:
        return
    if told.codes is None and not here.listed:
        count = len(set(written.codes.values()))
        yield Words(f"chỉ tên có trong danh mục ({count} mã)", f"only names of the code list ({count} codes)")
        return
    read = reader_of(told)
    texts = {str(read(text)): text for text in here.listed or (told.codes or {}).values()}
    lacking = [text for value, text in texts.items() if value not in {str(known) for known in written.codes}]
    if lacking:
        named = _named(lacking)
        yield Words(f"danh mục nơi đến không có: {named}", f"the code list there lacks: {named}")


def _size_reasons(here: Place, there: Place, form: Form) -> Iterator[Words]:
    if form is Form.TEXT:
        yield from _text_reasons(here, there)
    elif form in _NUMBERS:
        if there.least is not None and (here.least is None or here.least < there.least):
            yield Words(f"nhỏ nhất {there.least:g}", f"{there.least:g} at least")
        if there.most is not None and (here.most is None or here.most > there.most):
            yield Words(f"lớn nhất {there.most:g}", f"{there.most:g} at most")


_NUMBERS = {Form.NUMBER, Form.SCORE, Form.MARK}


def _text_reasons(here: Place, there: Place) -> Iterator[Words]:
    free = not (here.pattern or here.listed or here.single is None or here.single.codes)
    if there.tidied and not here.tidied and free:
        yield Words("chỉnh dấu cách, xuống dòng, chữ hoa", "spaces, line breaks and capitals are made regular")
    longest = here.longest
    if there.length is not None and (longest is None or longest > there.length):
        yield Words(f"dài nhất {there.length} ký tự", f"{there.length} characters at most")
    if there.listed:
        if not here.listed or not set(here.listed) <= set(there.listed):
            named = _named(there.listed)
            yield Words(f"chỉ nhận: {named}", f"only: {named}")
    elif there.pattern and there.pattern != here.pattern:
        yield Words(f"phải là {there.pattern_words.vi}", f"must be {there.pattern_words.en}")


def _named(texts: Any) -> str:
    shown = [str(text) for text in texts]
    return ", ".join(shown[:_MOST_NAMED]) + (", …" if len(shown) > _MOST_NAMED else "")
