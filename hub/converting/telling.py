"""A conversion in words, in the language that was asked for: what was written, what was lost, what is missing."""

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.text import Text

from hub.checking.words import figure, in_lang
from hub.converting.defaults import NEW, ONE_PUPILS, fields_for, hint_of
from hub.converting.report import Faults, Refusal, Report, Way
from schemas.catalogue import OBSERVED
from schemas.findings import Words
from schemas.profiles import Profile
from schemas.told import mapped
from transformers.coverage import Carried, coverage
from transformers.places import places_of

_WORDS = {
    "converted": ("đã chuyển", "converted"),
    "would": ("chuyển được (chưa ghi gì)", "can be converted (nothing written)"),
    "of": ("hồ sơ", "records"),
    "written": ("ghi vào", "written to"),
    "unwritten": ("không ghi tệp nào", "no file was written"),
    "lost": ("Mất: nơi đến không có chỗ", "Lost: no place in the target"),
    "changed": (
        "Không còn nguyên: nơi đến có chỗ, nhưng không chứa được đúng như vậy",
        "Changed: it does not fit as it was",
    ),
    "beside": ("Mất: không thuộc nội dung học bạ", "Lost: it is no part of a record"),
    "kept": ("Không mất thông tin nào.", "Nothing is lost."),
    "missing": ("Chưa chuyển: nơi đến bắt buộc mà hồ sơ không có", "Not converted: mandatory there, and not told"),
    "uncoded": ("Chưa chuyển: danh mục nơi đến không có giá trị này", "Not converted: the code list there lacks it"),
    "unusable": ("Chưa chuyển: giá trị không dùng được", "Not converted: the value cannot be used"),
    "misfits": ("Chưa chuyển: không vừa cấu trúc nơi đến", "Not converted: the target does not take it"),
    "faults": ("Chưa chuyển: hồ sơ có lỗi cấu trúc", "Not converted: the structure has errors"),
    "files": ("Tệp có lỗi, không đọc ra hồ sơ", "Files with errors, no record read"),
    "unread": ("Không đọc được", "Could not be read"),
    "errors": ("lỗi", "errors"),
    "skipped": ("tệp không phải hồ sơ, bỏ qua", "files that are no records, passed by"),
    "once": ("của riêng một học sinh: --set chỉ dùng cho một hồ sơ", "one pupil's own: --set gives it to one record"),
    "rows": ("ghi dòng trong --defaults TỆP.toml: [[{}]]", "give rows in --defaults FILE.toml: [[{}]]"),
    "check": ("Xem đủ lỗi: hocba check", "All errors: hocba check"),
    "row_lost": ("cả dòng", "whole rows"),
    Refusal.OTHER_KIND: (
        "Chưa chuyển: nơi đến không dành cho cấp học này",
        "Not converted: another level of schooling",
    ),
    Refusal.CANCELLED: ("Chưa chuyển: nơi gửi đã hủy (CANCEL)", "Not converted: cancelled by its sender (CANCEL)"),
    Refusal.TWICE: (
        "Chưa chuyển: UUID này đã chuyển ở trên; chỉ đưa vào bản cần giữ",
        "Not converted: a record with this UUID came before; give only the one to keep",
    ),
    Refusal.BROKEN: ("Chưa chuyển: lỗi của chương trình", "Not converted: a fault of the program"),
}
_SIGNATURES = Words(
    "Chữ ký không chuyển theo: hồ sơ chuyển ra chưa ký.", "Signatures never travel: what is converted is unsigned."
)
_SIGN_ANEW = Words(
    "Chữ ký không chuyển theo: {} hồ sơ đã ký ở nơi đi, bản chuyển ra phải ký lại.",
    "Signatures never travel: {} records were signed, and must be signed anew as converted.",
)


class Teller:
    """Says it in one language."""

    def __init__(self, report: Report, lang: str, paths: str) -> None:
        self._report = report
        self._lang = lang
        self._paths = paths

    def lines(self, *, written: Sequence[Path], dry_run: bool) -> Iterator[Text]:
        """The whole report."""
        report = self._report
        for way in report.ways.values():
            yield from self._way(way)
        yield from self._faults("faults", report.faults, check=True)
        yield from self._faults("files", report.files, check=True)
        for why, places in report.refused.items():
            yield self._head(self._said(why), report.refusals[why])
            yield from (Text(f"    {place}") for place in places)
        for unread in report.unread:
            yield Text(
                f"✗ {self._said('unread')} {unread.file}: {in_lang(Words(unread.vi, unread.en), self._lang)}", "red"
            )
        if report.skipped:
            yield Text(f"{self._figure(report.skipped)} {self._said('skipped')}", "dim")
        yield self._signatures()
        yield self._summary(written, dry_run)

    def _way(self, way: Way) -> Iterator[Text]:
        there = {each.member: each for each in coverage(way.source, way.target).members}
        title = f"{self._profile(way.source)} → {self._profile(way.target)}"
        yield Text(f"{title}: {self._figure(way.converted)} {self._said('of')}", "bold")
        yield from self._members("lost", way.lost, way, there, "yellow")
        yield from self._members("changed", way.changed, way, there, "yellow")
        if way.beside:
            yield Text(f"! {self._said('beside')}:", "yellow")
            yield from (Text(f"    {name}: {self._figure(count)}") for name, count in way.beside.most_common())
        if way.converted and not (way.lost or way.changed or way.beside):
            yield Text(f"✓ {self._said('kept')}", "green")
        if way.missing:
            yield self._head(self._said("missing"), way.incomplete)
            yield from (self._missing(member, count, way.target) for member, count in way.missing.items())
        yield from self._members("uncoded", way.uncoded, way, there, "red")
        yield from self._members("unusable", way.unusable, way, there, "red")
        yield from self._faults("misfits", way.misfits, check=False)

    def _members(
        self, words: str, counts: Counter[str], way: Way, there: dict[str, Carried], style: str
    ) -> Iterator[Text]:
        if not counts:
            return
        yield Text(f"{'✗' if style == 'red' else '!'} {self._said(words)}:", style)
        here, target = places_of(way.source), places_of(way.target)
        lists = mapped(way.target.name).rows
        for member, count in counts.items():
            names = " → ".join(_short(places[member].path) if member in places else "–" for places in (here, target))
            carried = there.get(member)
            reasons = "; ".join(in_lang(each, self._lang) for each in carried.reasons) if carried is not None else ""
            whole = f" ({self._said('row_lost')})" if member in lists else ""
            why = f" – {reasons}" if reasons else ""
            yield Text(f"    {names} [{member}]{whole}: {self._figure(count)} {self._said('of')}{why}")

    def _missing(self, member: str, count: int, target: Profile) -> Text:
        place = places_of(target).get(member)
        name = _short(place.path) if place is not None else member
        return Text(f"    {name}: {self._figure(count)} {self._said('of')} → {self._how(member, target)}")

    def _how(self, member: str, target: Profile) -> str:
        """The option that would give it."""
        if member in mapped(target.name).rows:
            return self._said("rows").format(member)
        if member == "uuid":
            return f"--set uuid={NEW}"
        fields = fields_for(member, target)
        hint = hint_of(fields[0]) if fields else ""
        notes = [hint, self._said("once") if member in ONE_PUPILS else ""]
        return f"--set {member}=…" + "".join(f" ({note})" for note in notes if note)

    def _faults(self, words: str, faults: Faults, *, check: bool) -> Iterator[Text]:
        if not faults.records:
            return
        yield self._head(f"{self._said(words)} ({self._figure(faults.count)} {self._said('errors')})", faults.records)
        for place in faults.places:
            finding = place.finding
            where = place.file + (f" #{place.record}" if place.record else "")
            path = f" {_short(finding.path)}" if finding.path else ""
            yield Text(f"    {where}{path}: {finding.rule} {in_lang(finding.message, self._lang)}")
        if check:
            yield Text(f"    → {self._said('check')} {self._paths}", "bold")

    def _signatures(self) -> Text:
        signed = sum(way.signed for way in self._report.ways.values())
        words = (
            in_lang(_SIGN_ANEW, self._lang).format(self._figure(signed)) if signed else in_lang(_SIGNATURES, self._lang)
        )
        return Text(words, "yellow" if signed else "dim")

    def _summary(self, written: Sequence[Path], dry_run: bool) -> Text:
        report = self._report
        counts = f"{self._figure(report.converted)}/{self._figure(report.records)} {self._said('of')}"
        if dry_run:
            tail = self._said("would")
        else:
            where = f"{self._said('written')} {', '.join(map(str, written))}" if written else self._said("unwritten")
            tail = f"{self._said('converted')} · {where}"
        good = report.complete and not report.unread
        return Text(f"{'✓' if good else '✗'} {counts} {tail}", "bold green" if good else "bold red")

    def _head(self, words: str, count: int) -> Text:
        return Text(f"✗ {words}: {self._figure(count)}", "red")

    def _profile(self, profile: Profile) -> str:
        return f"{profile.name} ({in_lang(OBSERVED, self._lang)})" if profile.observed else profile.name

    def _figure(self, number: int) -> str:
        return figure(number, self._lang)

    def _said(self, name: str) -> str:
        vi, en = _WORDS[name]
        return vi if self._lang == "vi" else en


def _short(path: str) -> str:
    """The last two names of a place."""
    return "/".join(path.split("/")[-2:])
