"""One page that can be mailed: no outside links, readable without its script, printable; the look of `hocba check`."""

from hub.checking.formats import Look
from hub.checking.formats.html import pages
from hub.checking.formats.text import where as file_where
from hub.checking.words import figure
from hub.verifying.differences import WORDS
from hub.verifying.formats.text import facts, step_in_words, where
from hub.verifying.report import Report
from hub.verifying.told import Judged
from hub.verifying.words import NOT_CHECKED, cause_in_words, clock, in_lang, indicated, said

MOST_SHOWN = 1_000
"""records that the page lists, at most: those that did not pass come first"""


def render(report: Report, look: Look) -> bytes:
    """The page."""
    lang = look.lang
    shown = sorted(report.results, key=lambda judged: judged.passed)[:MOST_SHOWN]
    page = pages("hub.verifying.formats").get_template("verified.html.j2").render(
        report=report,
        look=look,
        shown=shown,
        hidden=report.judged - len(shown),
        said=lambda name: said(name, lang),
        clock=clock,
        told=lambda words: in_lang(words, lang),
        figure=lambda number: figure(number, lang),
        where=lambda judged: where(judged, lang),
        file_where=lambda place: file_where(place, lang),
        indicated=lambda indication, sub: indicated(indication, sub, lang),
        step=lambda number: step_in_words(number, lang),
        facts=lambda signature: list(facts(signature, report, lang)),
        cause=lambda name: cause_in_words(name, lang),
        not_checked=lambda name: in_lang(NOT_CHECKED[name], lang),
        why=lambda difference: in_lang(WORDS[difference.kind], lang),
        verdict_of=_verdict_of,
    )  # fmt: skip
    return page.encode("utf-8", "replace")


def _verdict_of(judged: Judged) -> str:
    """For the page's filter."""
    return "passed" if judged.passed else "failed"
