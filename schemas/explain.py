"""The long form: every fault of structure and value at once, in words that a school office uses.

A faulty record is walked beside the schema's own components; names and order come from its content models, the words for
a value from the documentation of its type.
"""

import unicodedata
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import islice
from pathlib import Path
from typing import Any

from schemas.findings import Finding
from schemas.profiles import Profile
from schemas.rules import rules, structure
from schemas.rules.rule import Rule
from schemas.told import mapped

_XML = "{http://www.w3.org/XML/1998/namespace}"
_XSI = "{http://www.w3.org/2001/XMLSchema-instance}"
_LONGEST_NAME = 60

MOST_FAULTS = 10_000
"""Faults of one record that are looked for, at most."""
_LONGEST_HINTED = 1000
"""Characters of a value whose slip is looked for, and of one that is kept as known, at most."""


@dataclass(frozen=True, slots=True)
class _Hint:
    """A slip that makes a right value wrong."""

    mend: Callable[[str], str]
    vi: str
    en: str


_HINTS = (
    _Hint(str.strip, ": bỏ dấu cách thừa ở đầu, cuối", ": remove spaces around it"),
    _Hint(
        lambda text: unicodedata.normalize("NFC", text),
        ": dùng Unicode dựng sẵn (NFC), không dùng Unicode tổ hợp",
        ": use precomposed Unicode (NFC)",
    ),
    _Hint(
        lambda text: text.replace("\u00d0", "\u0110"),
        ": dùng chữ Đ tiếng Việt (U+0110)",
        ": use the Vietnamese letter Đ (U+0110)",
    ),
    _Hint(lambda text: text.replace(",", "."), ": dùng dấu chấm thập phân", ": use a decimal point"),
    _Hint(str.capitalize, ": viết đúng chữ hoa, chữ thường", ": mind capitals"),
    _Hint(str.upper, ": viết chữ hoa", ": use capitals"),
)


@dataclass(frozen=True, slots=True)
class _Spot:
    """An element and where it is."""

    element: Any
    path: str

    @property
    def line(self) -> int | None:
        """1-based line of the record's octets."""
        return None if self.element.sourceline is None else int(self.element.sourceline)

    def below(self, name: str, place: int | None = None) -> str:
        """Path of a child; HOC_BA itself is not named in it."""
        step = name if place is None else f"{name}[{place}]"
        return f"{self.path}/{step}" if self.path else step


@dataclass(frozen=True, slots=True)
class _Expected:
    """One particle of a content model that is a plain sequence."""

    name: str
    least: int
    most: int | None
    declaration: Any
    """None for what is skipped, such as a Signature"""


class Explainer:
    """A profile's schema, read for its words: of the record, or of what another of its transactions carries."""

    def __init__(self, profile: Profile, *, schema: Path | None = None, root: str = "HOC_BA") -> None:
        import xmlschema  # takes longer to load than a good record takes to check

        read = xmlschema.XMLSchema10(str(schema or profile.schema), allow="local", defuse="always")
        self._root = read.elements[root]
        elements = mapped(profile.name).elements
        self._by_element: Mapping[str, Rule] = {
            elements[member].rpartition("/")[2]: rule
            for name in profile.rules
            for rule in [rules()[name]]
            for member in rule.members
            if member in elements
        }

    def explain(self, root: Any) -> Iterator[Finding]:
        """Every fault, in the order of the record, as far as `MOST_FAULTS`."""
        return islice(self._faults(root), MOST_FAULTS)

    def _faults(self, root: Any) -> Iterator[Finding]:
        if root.tag != self._root.name:
            yield structure.FOREIGN.finding(values={"element": _shown(root), "parent": "tệp · file"})
        else:
            yield from self._walk(_Spot(root, ""), self._root)

    def _walk(self, spot: _Spot, declaration: Any) -> Iterator[Finding]:
        yield from _attribute_faults(spot, declaration.type)
        if declaration.type.is_simple():
            yield from self._value_faults(spot, declaration.type)
            return
        model = _model(declaration.type)
        yield from _text_faults(spot)
        yield from _children_faults(spot, model)
        places: Counter[str] = Counter()
        for child in spot.element.iterchildren("*"):
            expected = model.get(child.tag)
            places[child.tag] += 1
            if expected is not None and expected.declaration is not None:
                place = places[child.tag] if expected.most != 1 or places[child.tag] > 1 else None
                yield from self._walk(_Spot(child, spot.below(child.tag, place)), expected.declaration)

    def _value_faults(self, spot: _Spot, type_: Any) -> Iterator[Finding]:
        name, text = _shown(spot.element), spot.element.text or ""
        if next(spot.element.iterchildren("*"), None) is not None:
            yield structure.ELEMENTS_IN_VALUE.finding(path=spot.path, line=spot.line, values={"element": name})
        elif not _is_valid(type_, text):
            rule = self._by_element.get(name, structure.EMPTY if not text.strip() else structure.WRONG_VALUE)
            wanted_vi, wanted_en = _documented(type_)
            hint_vi, hint_en = _hint(type_, text)
            yield rule.finding(
                path=spot.path,
                line=spot.line,
                seen=text,
                expected=_expectation(type_, wanted_vi),
                values={
                    "element": name,
                    "wanted_vi": wanted_vi,
                    "wanted_en": wanted_en,
                    "hint_vi": hint_vi,
                    "hint_en": hint_en,
                },
            )


@cache
def _model(type_: Any) -> Mapping[str, _Expected]:
    """Names in their order; every content model of a profile is a plain sequence."""
    model: dict[str, _Expected] = {}
    for particle in type_.content.iter_elements():
        name = particle.name or "{http://www.w3.org/2000/09/xmldsig#}Signature"
        declaration = particle if particle.name else None
        model[name] = _Expected(name, particle.min_occurs, particle.max_occurs, declaration)
    return model


def _children_faults(spot: _Spot, model: Mapping[str, _Expected]) -> Iterator[Finding]:
    children = list(spot.element.iterchildren("*"))
    parent = _shown(spot.element)
    counts = Counter(child.tag for child in children)
    for expected in model.values():
        if counts[expected.name] < expected.least:
            yield structure.MISSING.finding(
                path=spot.below(_local(expected.name)),
                line=spot.line,
                expected=_local(expected.name),
                values={"element": _local(expected.name), "parent": parent},
            )
    seen: Counter[str] = Counter()
    ordered: list[Any] = []
    for child in children:
        rule = _misfit(child, model, seen)
        seen[child.tag] += 1
        if rule is None:
            ordered.append(child)
        else:
            yield _misfit_finding(rule, spot, child, parent)
    order = list(model)
    for child in _out_of_order(ordered, order):
        before = order[: order.index(child.tag)][-1:]
        place = f"sau · after {_local(before[0])}" if before else "đầu tiên · first"
        yield _misfit_finding(structure.MISPLACED, spot, child, parent, place)


def _misfit(child: Any, model: Mapping[str, _Expected], seen: Mapping[str, int]) -> Rule | None:
    expected = model.get(child.tag)
    if expected is None:
        return structure.FOREIGN
    return structure.REPEATED if expected.most is not None and seen[child.tag] >= expected.most else None


def _misfit_finding(rule: Rule, spot: _Spot, child: Any, parent: str, expected: str | None = None) -> Finding:
    name = _shown(child)
    return rule.finding(
        path=spot.below(name),
        line=_Spot(child, "").line,
        seen=name,
        expected=expected,
        values={"element": name, "parent": parent},
    )


def _out_of_order(children: Sequence[Any], order: Sequence[str]) -> list[Any]:
    """The fewest elements that, taken out, leave the others in order: those off a longest non-falling run."""
    places = {name: place for place, name in enumerate(order)}
    tails: list[int] = []
    lengths: list[int] = []
    for child in children:
        key = places[child.tag] * len(children) + len(lengths)
        length = bisect_left(tails, key)
        tails[length : length + 1] = [key]
        lengths.append(length)
    wanted, kept = len(tails) - 1, set()
    for turn in range(len(children) - 1, -1, -1):
        if lengths[turn] == wanted:
            kept.add(turn)
            wanted -= 1
    return [child for turn, child in enumerate(children) if turn not in kept]


def _text_faults(spot: _Spot) -> Iterator[Finding]:
    pieces = [spot.element.text, *(child.tail for child in spot.element)]
    stray = next((piece.strip() for piece in pieces if piece and piece.strip()), None)
    if stray is not None:
        name = _shown(spot.element)
        yield structure.TEXT_BETWEEN.finding(
            path=spot.path or name, line=spot.line, seen=stray, values={"element": name}
        )


def _attribute_faults(spot: _Spot, type_: Any) -> Iterator[Finding]:
    declared = {} if type_.is_simple() else type_.attributes
    for name, value in spot.element.attrib.items():
        declaration = declared.get(name)
        if name.startswith(_XSI) or (declaration is not None and _is_valid(declaration.type, value)):
            continue
        element = _shown(spot.element)
        shown = (f"xml:{_local(name)}" if name.startswith(_XML) else _local(name))[:_LONGEST_NAME]
        yield structure.ATTRIBUTE.finding(
            path=spot.path or element,
            line=spot.line,
            seen=value,
            values={"element": element, "attribute": shown},
        )


def _documented(type_: Any) -> tuple[str, str]:
    """What the type's own documentation says it must be, in Vietnamese and English."""
    told = {}
    if type_.annotation is not None:
        told = {part.get(f"{_XML}lang"): (part.text or "").strip() for part in type_.annotation.documentation}
    return told.get("vi", "giá trị đúng kiểu"), told.get("en", "a value of the right kind")


def _expectation(type_: Any, wanted: str) -> str:
    """The code list where there is one, else the words and an example."""
    if type_.enumeration:
        return " | ".join(str(value) for value in type_.enumeration)
    examples = [] if type_.annotation is None else [part.text or "" for part in type_.annotation.appinfo]
    return f"{wanted}; ví dụ {examples[0]}" if examples else wanted


def _is_valid(type_: Any, text: str) -> bool:
    """Levels, scores, names of schools come again and again; a text of megabytes comes once and is not kept."""
    return _is_known_valid(type_, text) if len(text) <= _LONGEST_HINTED else bool(type_.text_is_valid(text))


@lru_cache(maxsize=4096)
def _is_known_valid(type_: Any, text: str) -> bool:
    return bool(type_.text_is_valid(text))


def _hint(type_: Any, text: str) -> tuple[str, str]:
    if len(text) > _LONGEST_HINTED:
        return "", ""
    for hint in _HINTS:
        mended = hint.mend(text)
        if mended != text and _is_known_valid(type_, mended):
            return hint.vi, hint.en
    return "", ""


def _local(name: str) -> str:
    return name.rpartition("}")[2]


def _shown(element: Any) -> str:
    return _local(str(element.tag))[:_LONGEST_NAME]
