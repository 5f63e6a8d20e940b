"""`hocba print`: files and the hub's records as PDF, and what it says when it cannot."""

import asyncio
import hashlib
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import psycopg
import pytest
from support import pdf as within
from support.arrivals import batch, enter_vendor, push, record
from support.command_line import Hocba
from support.printables import EXAMPLES
from support.signing_service import SigningService
from support.verifying import desk_in
from support.workshop import Workshop

from ledger.database import open_pool
from ledger.settings import LedgerSettings
from sandbox.world import World
from schemas.octets import cut_batch
from signing.printed import verify_pdf
from signing.trust import TrustStore

GRADE_4 = EXAMPLES / "grade-4.xml"
UUID_4 = "7d0a4c52-93e1-4b7e-8f0d-2c9b6a1e5f34"


def test_a_file_becomes_a_pdf_named_by_its_uuid(hocba: Hocba, clean: Path) -> None:
    done = hocba("print", str(GRADE_4), "--output", "in")
    assert done.code == 0, done.said
    assert "không ghi vào nhật ký" in done.said
    pdf = (clean / "in" / f"hoc-ba-{UUID_4}.pdf").read_bytes()
    assert GRADE_4.read_bytes().strip() in within.streams(pdf)


def test_a_file_of_ones_own_name(hocba: Hocba, clean: Path) -> None:
    assert hocba("print", str(GRADE_4), "-o", "ban-in.pdf").code == 0
    assert (clean / "ban-in.pdf").read_bytes().startswith(b"%PDF")
    two = hocba("print", str(GRADE_4), str(EXAMPLES / "grade-5.xml"), "-o", "mot.pdf")
    assert two.code == 64
    assert "--join" in two.said


def test_years_of_one_pupil_are_joined(hocba: Hocba, clean: Path) -> None:
    other = (EXAMPLES / "grade-4.xml").read_text(encoding="utf-8").replace(UUID_4, str(uuid4()))
    (clean / "lop4.xml").write_text(other.replace("2025-2026", "2024-2025"), encoding="utf-8")
    done = hocba("print", "lop4.xml", str(EXAMPLES / "grade-5.xml"), "--join")
    assert done.code == 0, done.said
    pdf = (clean / f"hoc-ba-{UUID_4}.pdf").read_bytes()
    assert (within.pages(pdf), len(within.file_names(pdf))) == (6, 2)
    twice = hocba("print", str(GRADE_4), str(GRADE_4), "--join")
    assert twice.code == 65
    assert "một học sinh" in twice.said


def test_a_bad_record_does_not_stop_the_others_but_ends_a_joined_form(hocba: Hocba, clean: Path) -> None:
    text = GRADE_4.read_text(encoding="utf-8")
    (clean / "sai.xml").write_text(text.replace("<PHIEN_BAN>1.0<", "<PHIEN_BAN>7<"), encoding="utf-8")
    done = hocba("print", "sai.xml", str(GRADE_4))
    assert done.code == 1
    assert "✗ sai.xml" in done.said
    assert (clean / f"hoc-ba-{UUID_4}.pdf").exists()
    (clean / f"hoc-ba-{UUID_4}.pdf").unlink()
    assert hocba("print", "sai.xml", str(GRADE_4), "--join").code == 1
    assert list(clean.glob("*.pdf")) == []


def test_what_means_nothing_is_said_in_words(hocba: Hocba, clean: Path) -> None:
    assert hocba("print", "khong-co.xml").code == 66
    (clean / "rac.xml").write_text("không phải XML", encoding="utf-8")
    assert hocba("print", "rac.xml").code == 65
    assert "pupil" in hocba("print", str(GRADE_4), "--purpose", "tò mò").said
    (clean / "tep").write_text("", encoding="utf-8")
    blocked = hocba("print", str(GRADE_4), "-o", "tep/in.pdf")
    assert blocked.code == 73
    assert "Traceback" not in blocked.said


def test_a_files_own_word_on_its_uuid_does_not_choose_where_a_file_lands(hocba: Hocba, clean: Path) -> None:
    text = GRADE_4.read_text(encoding="utf-8").replace(UUID_4, "../../x")
    (clean / "la.xml").write_text(text, encoding="utf-8")
    done = hocba("print", "la.xml", "-o", "in")
    assert done.code == 0, done.said
    assert [each.name for each in (clean / "in").iterdir()] == ["hoc-ba-khong-ro-ma.pdf"]


def test_a_record_of_the_hub_is_printed_and_written_down(
    hocba: Hocba, clean: Path, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    uuid = asyncio.run(_accepted(database))
    monkeypatch.setenv("HOCBA_LEDGER__URL", database)
    done = hocba("print", str(uuid), "--purpose", "admission")
    assert done.code == 0, done.said
    digest = hashlib.sha256((clean / f"hoc-ba-{UUID_4}.pdf").read_bytes()).digest()
    with psycopg.connect(database) as connection:
        rows = connection.execute("select way, purpose, pdf_sha256, actor like 'cli:%' from copies").fetchall()
    assert rows == [("command", "admission", digest, True)]
    assert hocba("print", str(uuid4())).code == 66


async def _accepted(database: str) -> UUID:
    settings = LedgerSettings(url=database, pool_size=2)  # type: ignore[arg-type]
    async with open_pool(settings) as pool:
        sender = await enter_vendor(pool, "A", ["79760401"])
        item = record(uuid=UUID_4)
        object.__setattr__(item, "octets", GRADE_4.read_bytes())
        receipt = await push(pool, sender, batch(item))
        return UUID(receipt.lines[0].uuid)


@pytest.fixture
def signed(world: World, clean: Path) -> Callable[[], Path]:
    """A record that the sandbox's people have signed."""

    def make() -> Path:
        from sandbox.pupils import write_batches

        write_batches(world, clean / "lo", count=1, seed=7, senders=("HOASEN",))
        (octets,) = cut_batch(next((clean / "lo").glob("*.xml")).read_bytes()).records
        (clean / "ky.xml").write_bytes(octets)
        return clean / "ky.xml"

    return make


def test_signatures_of_a_file_are_verified_where_there_is_a_trust_folder(
    hocba: Hocba, clean: Path, world: World, signed: Callable[[], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = signed()
    told: list[list[str]] = []

    def shown(printables: list[object], *_: object) -> bytes:
        told.append([each.state.name for each in printables[0].signatures])  # type: ignore[attr-defined]
        return b"%PDF"

    monkeypatch.setattr("transformers.printed.press.Press.print", lambda _, *given: shown(*given))
    hocba("print", str(file))
    monkeypatch.setenv("HOCBA_SIGNING__TRUST_FOLDER", str(world.folder / "trust"))
    hocba("print", str(file))
    name = file.read_text(encoding="utf-8")
    file.write_text(name.replace("<HO_VA_TEN>", "<HO_VA_TEN>X"), encoding="utf-8")
    hocba("print", str(file))
    assert told == [["UNCHECKED"] * 3, ["VALID"] * 3, ["INVALID"] * 3]


@pytest.fixture
def delegated(clean: Path, workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A record of a school whose key and trust the settings have."""
    desk = desk_in(clean, workshop)
    keys = workshop.write_keys(clean / "keys")
    monkeypatch.setenv("HOCBA_SIGNING__TRUST_FOLDER", desk.trust)
    monkeypatch.setenv("HOCBA_SIGNING__KEYS_FOLDER", str(keys))
    return Path(desk.write("hoc-ba.xml", workshop.good))


def test_a_form_is_signed_with_the_schools_key(hocba: Hocba, delegated: Path, workshop: Workshop) -> None:
    done = hocba("print", str(delegated), "--sign", "-o", "ban-in.pdf")
    assert done.code == 0, done.said
    pdf = Path("ban-in.pdf").read_bytes()
    told = verify_pdf(pdf, trust=workshop.trust(), at=datetime.now(UTC))
    assert told.passed, told
    assert [each.octets for each in told.attachments] == [workshop.good]
    (signature,) = told.signatures
    assert signature.certificate is not None
    assert signature.certificate.sha256 == workshop.school.sha256
    assert b"/Subtype /Widget" in pdf


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda clean: shutil.rmtree(clean / "keys"), "Không dùng được khóa"),
        (lambda clean: next((clean / "keys").glob("*/KY_PHAT_HANH.p12")).unlink(), "không giữ khóa"),
        (lambda clean: next((clean / "trust" / "roots").iterdir()).unlink(), "đã được kiểm và hợp lệ"),
    ],
    ids=["no-keys", "no-key", "no-trust"],
)
def test_what_cannot_be_signed_is_said_in_words_and_not_written(
    change: Callable[[Path], None], words: str, hocba: Hocba, clean: Path, delegated: Path
) -> None:
    change(clean)
    done = hocba("print", str(delegated), "--sign")
    assert done.code == 1
    assert words in done.said
    assert list(clean.glob("*.pdf")) == []


def test_a_changed_record_is_not_signed(hocba: Hocba, clean: Path, delegated: Path) -> None:
    good = delegated.read_text(encoding="utf-8")
    delegated.write_text(good.replace("<DAN_TOC>", "<DAN_TOC>X"), encoding="utf-8")
    done = hocba("print", str(delegated), "--sign")
    assert done.code == 1
    assert "đã được kiểm và hợp lệ" in done.said
    assert list(clean.glob("*.pdf")) == []


@pytest.fixture(scope="module")
def service(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SigningService]:
    started = SigningService(world.folder, tmp_path_factory.mktemp("service"))
    started.start()
    yield started
    started.stop()


@pytest.fixture
def remote(signed: Callable[[], Path], world: World, service: SigningService, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A record of a school whose key is at the signing service."""
    service.press()
    settings = service.settings().model_dump_json()
    monkeypatch.setenv("HOCBA_SIGNING__TRUST_FOLDER", str(world.folder / "trust"))
    monkeypatch.setenv("HOCBA_SIGNING__SERVICES", f'{{"xa": {settings}}}')
    monkeypatch.setenv("HOCBA_SIGNING__HOMES", '[{"home": "xa", "role": "KY_PHAT_HANH"}]')
    monkeypatch.setenv("HOCBA_SIGNING__WAITING__POLL_DELAYS_SECONDS", "[0.1]")
    return signed()


def test_a_form_is_signed_with_a_remote_key(hocba: Hocba, remote: Path, world: World, service: SigningService) -> None:
    service.press(approve_ms=300)
    done = hocba("print", str(remote), "--sign", "-o", "ban-in.pdf")
    assert done.code == 0, done.said
    trust = TrustStore.from_folder(world.folder / "trust")
    told = verify_pdf(Path("ban-in.pdf").read_bytes(), trust=trust, at=datetime.now(UTC))
    assert told.passed, told


@pytest.mark.parametrize(
    ("buttons", "words"),
    [
        ({"error": 503}, "Dịch vụ ký số từ xa chưa trả lời"),
        ({"wrong_value": "other-digest"}, "không khớp với bản in"),
        ({"locked": True}, "Dịch vụ ký số từ xa chưa trả lời"),
    ],
    ids=["down", "foreign", "locked"],
)
def test_what_a_service_does_not_sign_is_not_written(
    hocba: Hocba, clean: Path, remote: Path, service: SigningService, buttons: dict[str, object], words: str
) -> None:
    service.press(**buttons)
    done = hocba("print", str(remote), "--sign")
    assert (done.code, words in done.said) == (1, True), done.said
    assert list(clean.glob("*.pdf")) == []
