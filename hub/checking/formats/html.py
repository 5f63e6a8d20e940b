"""One page that can be mailed: no outside links, readable without its script, printable."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

from hub.checking.formats import Look
from hub.checking.formats.text import where
from hub.checking.report import Place, Report, RuleCount
from hub.checking.words import figure, in_lang, rule_of, said
from schemas.findings import Severity

MASKED = True
BINARY = False
MOST_OF_A_RULE = 500
"""places of one rule that the page lists, at most"""


@dataclass(frozen=True, slots=True)
class _Group:
    """One rule's part of the page."""

    name: str
    title: str
    basis: str
    count: RuleCount
    places: Sequence[Place]

    @property
    def grave(self) -> bool:
        """It refused something."""
        return self.count.errors > 0

    @property
    def more(self) -> int:
        """Places that are not listed."""
        return self.count.findings - len(self.places)


def render(report: Report, look: Look) -> bytes:
    """The page."""
    page = (
        pages("hub.checking.formats")
        .get_template("report.html.j2")
        .render(
            report=report,
            look=look,
            groups=_groups(report, look),
            said=lambda name: said(name, look.lang),
            told=lambda words: in_lang(words, look.lang),
            figure=lambda number: figure(number, look.lang),
            where=lambda place: where(place, look.lang),
            is_error=lambda place: place.finding.severity is Severity.ERROR,
        )
    )
    return page.encode("utf-8", "replace")


def pages(package: str) -> Environment:
    """Templates of a package, around which the frame of this one may lie."""
    return Environment(
        loader=ChoiceLoader([PackageLoader(package, "."), PackageLoader("hub.checking.formats", ".")]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _groups(report: Report, look: Look) -> Sequence[_Group]:
    places: dict[str, list[Place]] = defaultdict(list)
    for place in report.places:
        if len(places[place.finding.rule]) < MOST_OF_A_RULE:
            places[place.finding.rule].append(place)
    groups = []
    for name, count in report.rules.items():
        rule = rule_of(name)
        title, basis = ("", "") if rule is None else (in_lang(rule.title, look.lang), rule.basis)
        groups.append(_Group(name, title, basis, count, places[name]))
    return sorted(groups, key=lambda group: (not group.grave, -group.count.findings, group.name))
