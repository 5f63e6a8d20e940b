"""The list of rules as pages for people, made from the rules themselves: `python -m schemas.catalogue docs/rules`.

One page for each family of rules, and one that lists them all; what a page says of a rule is what `entry` knows of it.
"""

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from schemas.findings import Severity, Words
from schemas.profiles import Profile, profiles
from schemas.rules import rules
from schemas.rules.rule import Rule

REPOSITORY = Path(__file__).resolve().parents[1]
WEIGHTS: Mapping[Severity, Words] = {Severity.ERROR: Words("lỗi", "error"), Severity.WARNING: Words("nhắc", "warning")}
OBSERVED = Words("quan sát được", "observed")
FAMILIES: Mapping[str, Words] = {
    "A": Words("tiếp nhận vào sổ cái", "taking on"),
    "B": Words("nội dung học bạ", "content of records"),
    "C": Words("kết quả cấp THCS, THPT", "results of secondary school"),
    "F": Words("tệp đem kiểm tra tại chỗ", "files that are checked on one's own desk"),
    "G": Words("cả tệp, cả lô", "a whole file or batch"),
    "J": Words("tài liệu JSON", "JSON documents"),
    "N": Words("điều đã chỉnh khi đọc", "what was made regular as it was read"),
    "P": Words("tệp và gói", "files and packages"),
    "S": Words("chữ ký", "signatures"),
    "T": Words("giao dịch", "transactions"),
    "W": Words("tệp Excel", "workbooks"),
    "X": Words("cấu trúc", "structure"),
}
"""first letter of the ids → what they are about"""

_HEAD = """# Danh mục quy tắc · Rules

Sinh từ mã nguồn bằng `python -m schemas.catalogue docs/rules`; không sửa tay.
Made from the code by that command; not edited by hand.

Mỗi mã giữ nguyên ở mọi nơi: API, trang quản trị, dòng lệnh, báo cáo. `hocba rule B10` in một quy tắc, `hocba rule` in cả
danh mục. An id is the same everywhere; `hocba rule B10` prints one rule, `hocba rule` all of them.

Ở nơi khác · elsewhere: S02 – S05 là kết quả xác minh chữ ký · verification of signatures (`signing/verify`); D: cửa tiếp
nhận · the door (`connectors/refusals.py`); V: định dạng riêng của nhà cung cấp · a vendor's own format
(`connectors/vendors/faults.py`).

"""
_COLUMNS = """| mã · id | mức · weight | điều phải đúng · what must hold | căn cứ · basis |
|---|---|---|---|
"""


@dataclass(frozen=True, slots=True)
class Use:
    """A profile that has a rule."""

    profile: Profile
    """whose records it looks at"""
    severity: Severity
    """what it weighs there, where no setting says otherwise"""
    failing: tuple[Path, ...] = ()
    """examples that it tells of"""
    passing: tuple[Path, ...] = ()
    """examples that it has nothing to say of"""


@dataclass(frozen=True, slots=True)
class Entry:
    """One rule and where it is used."""

    rule: Rule
    """its words, weight and basis"""
    uses: tuple[Use, ...]
    """profiles that have it; () for what is found of files, batches and transactions"""

    @property
    def family(self) -> str:
        """First letter of its id."""
        return self.rule.id[0]


def entry(rule_id: str) -> Entry:
    """What is known of a rule.

    Raises:
        KeyError: there is none of that id.
    """
    return _entry(rules()[rule_id])


def entries() -> tuple[Entry, ...]:
    """Every rule, by id."""
    return tuple(_entry(rule) for rule in rules().values())


def pages() -> Mapping[str, str]:
    """Every page, by the name of its file."""
    listed = entries()
    families = {family: list(group) for family, group in groupby(listed, key=lambda each: each.family)}
    told = {f"{family}.md": _family_page(family, group) for family, group in families.items()}
    return {"README.md": _HEAD + "".join(_overview(family, group) for family, group in families.items()), **told}


def page_name(rule_id: str) -> str:
    """Where the pages tell of a rule: B.md#b10."""
    return f"{rule_id[0]}.md#{rule_id.lower()}"


def _entry(rule: Rule) -> Entry:
    return Entry(rule, tuple(use for profile in profiles().values() for use in _uses(rule, profile)))


def _uses(rule: Rule, profile: Profile) -> Iterator[Use]:
    """Of profiles that name the rule, or show it in an example: what the schema says has no need to be named."""
    failing = () if profile.examples is None else _failing(rule.id, profile.examples)
    if rule.id in profile.rules or failing:
        severity = profile.severities.get(rule.id, rule.severity)
        passing = () if profile.examples is None else tuple(sorted((profile.examples / "valid").glob("*.*"))[:1])
        yield Use(profile, severity, failing, passing)


def _failing(rule_id: str, examples: Path) -> tuple[Path, ...]:
    """Files named by the rule, but for those that hold what is found of one."""
    named = sorted(examples.rglob(f"{rule_id}.*"))
    told = {path for path in named if path.name.endswith(".findings.json")}
    beside = {
        path
        for path in named
        if path.suffix == ".json" and any(path.with_suffix(other).exists() for other in (".xml", ".xlsx"))
    }
    return tuple(path for path in named if path not in told | beside)


def _overview(family: str, group: list[Entry]) -> str:
    words = FAMILIES[family]
    rows = "".join(_row(each) for each in group)
    return f"## {family}: {words.vi} · {words.en}\n\n{_COLUMNS}{rows}\n"


def _text(text: str) -> str:
    """Words as Markdown shows them."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace("|", "&#124;").replace("*", "&#42;")


def _row(each: Entry) -> str:
    rule = each.rule
    weight = WEIGHTS[rule.severity]
    link = f"[{rule.id}]({page_name(rule.id)})"
    return f"| {link} | {weight.vi} · {weight.en} | {_text(rule.title.vi)}<br>{_text(rule.title.en)} | {_text(rule.basis)} |\n"


def _family_page(family: str, group: list[Entry]) -> str:
    words = FAMILIES[family]
    head = f"# {family}: {words.vi} · {words.en}\n\n[Danh mục · all rules](README.md). Sinh từ mã nguồn · made from the code.\n"
    return head + "".join(_section(each) for each in group)


def _section(each: Entry) -> str:
    rule, weight = each.rule, WEIGHTS[each.rule.severity]
    lines = [
        f"\n## {rule.id}\n",
        f"**{_text(rule.title.vi)}**<br>{_text(rule.title.en)}\n",
        f"- mức · weight: {weight.vi} · {weight.en}",
        f"- căn cứ · basis: {_text(rule.basis)}",
        f"- thông báo · message: «{_text(rule.message.vi)}»<br>«{_text(rule.message.en)}»",
        f"- cách sửa · remedy: {_text(rule.remedy.vi)}<br>{_text(rule.remedy.en)}",
    ]
    if rule.roster:
        lines.append(
            "- cần danh sách của Sở (trường, lớp, học sinh, phân công); không có thì «chưa kiểm» · needs a roster"
        )
    lines += [_use_line(use) for use in each.uses]
    return "\n".join(lines) + "\n"


def _use_line(use: Use) -> str:
    weight = WEIGHTS[use.severity]
    observed = f" ({OBSERVED.vi} · {OBSERVED.en})" if use.profile.observed else ""
    parts = [f"- {use.profile.name}{observed}: {weight.vi} · {weight.en}"]
    for words, paths in (("sai · fails", use.failing), ("đúng · passes", use.passing)):
        if paths:
            parts.append(f"{words}: " + ", ".join(_link(path) for path in paths))
    return "; ".join(parts)


def _link(path: Path) -> str:
    return f"[{path.name}](../../{path.relative_to(REPOSITORY).as_posix()})"


def write(folder: Path) -> None:
    """Every page into a folder; pages of families that are no more go."""
    told = pages()
    for old in folder.glob("*.md"):
        if old.name not in told:
            old.unlink()
    for name, text in told.items():
        (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
