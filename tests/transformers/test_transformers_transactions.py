"""Recall lists and certificate registrations: refused in the catalogue's words, and the same on the way back."""

import json
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from support import records

from schemas.findings import Severity
from schemas.octets import parse_record
from schemas.profiles import profiles
from schemas.record import Sex
from schemas.transactions import RECALL, REGISTRATION, ROOTS, ContentChecker
from transformers.official import read_record
from transformers.transactions import (
    CertificateRegistration,
    RecallEntry,
    UnreadableError,
    read_recall,
    read_registration,
    recall_of,
    registration_body,
    registration_of,
    write_recall,
    write_registration,
)

PROFILE = profiles()["hbs-1.0"]
assert PROFILE.examples is not None
EXAMPLES = PROFILE.examples / "transactions"
CHECKERS = {"recall": ContentChecker(PROFILE, RECALL), "certificate": ContentChecker(PROFILE, REGISTRATION)}
ENTRY = RecallEntry(
    uuid="4ef748d9-2146-4a82-95a5-8534051475f0",
    name="Trần Thị Mẫu",
    sex=Sex.FEMALE,
    born=records.BirthDate(year=2017, month=5, day=17),
    personal_id="079317002681",
    school_name="Trường Tiểu học Mẫu Số Một",
    school_code="79760401",
    school_year="2025-2026",
)
REGISTERED = CertificateRegistration("79760401", "0A1B2C", date(2026, 1, 5), "USB_TOKEN", "BAN_CO_YEU")


def examples(folder: str) -> list[Path]:
    return sorted(EXAMPLES.glob(f"*/{folder}/*.xml"))


def named(path: Path) -> str:
    return f"{path.parts[-3]}-{path.stem}"


@pytest.mark.parametrize("example", examples("valid"), ids=named)
def test_a_valid_content_passes_without_a_word(example: Path) -> None:
    assert CHECKERS[example.parts[-3]].check(etree.fromstring(example.read_bytes())) == ()


@pytest.mark.parametrize("example", [*examples("refused"), *examples("remarked")], ids=named)
def test_a_faulty_content_is_told_of_by_its_rule_alone(example: Path) -> None:
    findings = CHECKERS[example.parts[-3]].check(etree.fromstring(example.read_bytes()))
    told = json.loads(example.with_suffix(".json").read_text(encoding="utf-8"))
    assert [finding.as_dict() for finding in findings] == told
    weight = Severity.ERROR if example.parent.name == "refused" else Severity.WARNING
    assert {(finding.rule, finding.severity) for finding in findings} == {(example.stem, weight)}


@pytest.mark.parametrize("transaction", [RECALL, REGISTRATION])
@pytest.mark.parametrize(
    "content", ["<DANH_SACH_HOC_BA/>", "<DANG_KY_CHUNG_THU_SO/>", "<a/>", "<HOC_BA><HOC_BA/></HOC_BA>"]
)
def test_a_foreign_or_empty_content_is_refused_in_words(transaction: str, content: str) -> None:
    findings = ContentChecker(PROFILE, transaction).check(etree.fromstring(content))
    assert {finding.rule for finding in findings} <= {"X01", "X02"}
    assert findings


def test_faults_beyond_the_cap_are_counted() -> None:
    content = f'<DANH_SACH_HOC_BA id="dataDanhSach">{"<HOC_BA/>" * 100}</DANH_SACH_HOC_BA>'
    findings = CHECKERS["recall"].check(etree.fromstring(content))
    assert len(findings) == 201
    assert "600" in findings[-1].message.vi


def test_only_the_senders_eyes_see_a_persons_values() -> None:
    (finding,) = CHECKERS["recall"].check(etree.parse(EXAMPLES / "recall" / "refused" / "B05.xml").getroot())
    assert finding.personal
    assert finding.masked().seen != finding.seen


def test_a_record_says_itself_what_its_recall_needs() -> None:
    record = read_record(parse_record((EXAMPLES.parent / "valid" / "grade-5.xml").read_bytes()), PROFILE)
    entry = recall_of(record)
    assert (entry.uuid, entry.name, entry.school_code) == (record.uuid, record.pupil.name, record.school.code)
    assert CHECKERS["recall"].check(etree.fromstring(write_recall([entry], PROFILE))) == ()


def test_a_record_without_a_date_of_birth_cannot_be_recalled() -> None:
    record = read_record(parse_record((EXAMPLES.parent / "valid" / "grade-5.xml").read_bytes()), PROFILE)
    unborn = record.model_copy(update={"pupil": record.pupil.model_copy(update={"born": None})})
    with pytest.raises(ValueError, match="date of birth"):
        recall_of(unborn)


@given(
    st.lists(
        st.builds(
            RecallEntry,
            uuid=st.uuids(version=4).map(str),
            name=records.texts(),
            sex=st.sampled_from([Sex.MALE, Sex.FEMALE]),
            born=records.births(),
            personal_id=records.codes(),
            school_name=records.texts(),
            school_code=records.codes(),
            school_year=records.codes(),
        ),
        max_size=3,
    )
)
def test_a_recall_list_comes_back_as_it_was(entries: list[RecallEntry]) -> None:
    tidy = [
        RecallEntry(**{**_fields(each), "name": each.name.strip(), "school_name": each.school_name.strip()})
        for each in entries
    ]
    assert read_recall(etree.fromstring(write_recall(tidy, PROFILE)), PROFILE) == tuple(tidy)


def _fields(entry: RecallEntry) -> dict[str, object]:
    return {name: getattr(entry, name) for name in RecallEntry.__dataclass_fields__}


@pytest.mark.parametrize("transaction", ["recall", "certificate"])
def test_what_is_written_is_canonical(transaction: str) -> None:
    written = write_recall([ENTRY], PROFILE) if transaction == "recall" else write_registration(b"\x30" * 90)
    root = etree.fromstring(written)
    assert etree.tostring(root, method="c14n", exclusive=True) == written
    assert root.tag == ROOTS[RECALL if transaction == "recall" else REGISTRATION]
    assert CHECKERS[transaction].check(root) == ()


@given(st.binary(min_size=1, max_size=300))
def test_a_certificate_comes_back_as_it_was(certificate: bytes) -> None:
    assert read_registration(etree.fromstring(write_registration(certificate))) == certificate


@pytest.mark.parametrize("content", ["<DANG_KY_CHUNG_THU_SO/>", "<a><CHUNG_THU_SO>?</CHUNG_THU_SO></a>"])
def test_what_is_no_certificate_is_not_read(content: str) -> None:
    with pytest.raises(UnreadableError):
        read_registration(etree.fromstring(content))


@pytest.mark.parametrize("born", ["", "x", "1/2/3/4", "31/31/2017"])
def test_what_is_no_recall_entry_is_not_read(born: str) -> None:
    written = write_recall([ENTRY], PROFILE).decode().replace("17/05/2017", born)
    with pytest.raises(UnreadableError):
        read_recall(etree.fromstring(written), PROFILE)


def test_a_registration_comes_back_from_its_request() -> None:
    body = registration_body(REGISTERED, message_id="m-1", content="AAAA")
    assert (body["type"], body["function"], body["messageid"], body["content"]) == ("HBS", "3", "m-1", "AAAA")
    assert registration_of(body) == REGISTERED


@pytest.mark.parametrize(("name", "value"), [("ma_don_vi", ""), ("serial_number", 5), ("ngay_hieu_luc", "2026-02-30")])
def test_a_request_that_says_too_little_is_not_read(name: str, value: object) -> None:
    body = registration_body(REGISTERED, message_id="m-1", content="AAAA")
    with pytest.raises(UnreadableError):
        registration_of({**body, name: value})
