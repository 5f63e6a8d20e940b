"""The printed form signed as PDF: what is written, in two steps, and what is refused before anything is."""

import io
import re
from typing import Any

import pytest
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.pdf_utils.writer import copy_into_new_writer
from support import pdf as within
from support.authority import ec_key, institution
from support.sealed_forms import SEALED, PrintShop, key_of
from support.workshop import Workshop

from signing.printed import FIELD, PreparedPdf, Unsignable, prepare_pdf, sign_pdf
from signing.seal.keys import SealingKey
from signing.seal.prepared import ForeignValue


@pytest.fixture(scope="module")
def shop(workshop: Workshop) -> PrintShop:
    return PrintShop(workshop)


@pytest.fixture(scope="module")
def curve(workshop: Workshop) -> SealingKey:
    """A key of the school on an elliptic curve."""
    return key_of(
        workshop.issuing.issue(institution("Trường Tiểu học Thử", workshop.unit), key=ec_key()), workshop.issuing
    )


def signature_of(pdf: bytes) -> Any:
    (signature,) = PdfFileReader(io.BytesIO(pdf)).embedded_regular_signatures
    return signature


def test_what_was_printed_stays_octet_for_octet_and_the_xml_with_it(shop: PrintShop) -> None:
    form, sealed = shop.unsealed(), shop.sealed()
    assert sealed.startswith(form.pdf)
    assert shop.workshop.good in within.streams(sealed)
    assert within.file_names(sealed) == {f"hoc-ba-{shop.workshop.uuid}.xml"}
    reader = PdfFileReader(io.BytesIO(sealed))
    assert reader.trailer["/Info"] == PdfFileReader(io.BytesIO(form.pdf)).trailer["/Info"]


@pytest.mark.parametrize("kind", ["rsa", "ec"])
def test_it_is_a_pades_signature_of_the_frozen_time_that_certifies(
    kind: str, shop: PrintShop, curve: SealingKey
) -> None:
    signature = signature_of(shop.sealed(key=curve if kind == "ec" else shop.key))
    assert signature.field_name == FIELD
    assert signature.sig_object["/SubFilter"] == "/ETSI.CAdES.detached"
    assert signature.self_reported_timestamp == SEALED
    assert signature.docmdp_level.name == "FILL_FORMS"
    attributes = {each["type"].native for each in signature.signer_info["signed_attrs"]}
    assert attributes == {"content_type", "message_digest", "signing_certificate_v2"}
    signature.compute_integrity_info()
    assert signature.coverage.name == "ENTIRE_FILE"


def test_the_seal_covers_a_third_of_the_leaders_frame_on_the_leaders_page(shop: PrintShop) -> None:
    form, sealed = shop.unsealed(), shop.sealed()
    assert form.place is not None
    field = signature_of(sealed).sig_field
    assert [float(each) for each in field["/Rect"]] == pytest.approx(form.place.box, abs=0.01)
    assert field["/P"].get_object() == PdfFileReader(io.BytesIO(sealed)).root["/Pages"]["/Kids"][form.place.page]
    # As the page is drawn: the leader's frame is 82 mm wide and ends at the right margin of 18 mm.
    millimetre = 72 / 25.4
    leader = (210 - 18 - 82) * millimetre
    covered = (form.place.left + form.place.width - leader) / (82 * millimetre)
    assert covered == pytest.approx(1 / 3, abs=0.005)


def test_an_invisible_signature_takes_no_place(shop: PrintShop) -> None:
    field = signature_of(shop.sealed(visible=False)).sig_field
    assert [float(each) for each in field["/Rect"]] == [0, 0, 0, 0]


@pytest.mark.parametrize("kind", ["rsa", "ec"])
def test_it_is_finished_later_from_what_was_stored(kind: str, shop: PrintShop, curve: SealingKey) -> None:
    key = curve if kind == "ec" else shop.key
    prepared = prepare_pdf(shop.unsealed().pdf, key=key, at=SEALED)
    stored = prepared.to_bytes()
    value = key.sign(prepared.octets)
    again = PreparedPdf.from_bytes(stored)
    assert again == prepared
    assert again.finish(value) == prepared.finish(value) == PreparedPdf.from_bytes(stored).finish(value)
    assert signature_of(again.finish(value)).self_reported_timestamp == SEALED


def test_a_foreign_value_is_never_used(shop: PrintShop, curve: SealingKey) -> None:
    pdf = shop.unsealed().pdf
    first, second = (prepare_pdf(pdf, key=shop.key, at=SEALED) for _ in range(2))
    good = shop.key.sign(first.octets)
    other = prepare_pdf(pdf, key=curve, at=SEALED)
    for prepared, value in (
        (second, good),
        (first, curve.sign(first.octets)),
        (first, b""),
        (first, good[:-1]),
        (other, good),
        (other, shop.key.sign(other.octets)),
    ):
        with pytest.raises(ForeignValue):
            prepared.finish(value)
        with pytest.raises(ForeignValue):
            prepared.to_be_stamped(value)


def test_a_stored_preparation_of_another_file_is_refused(shop: PrintShop) -> None:
    prepared = prepare_pdf(shop.unsealed().pdf, key=shop.key, at=SEALED)
    at = prepared.pdf.index(b"/Type")
    changed = prepared.pdf[:at] + b"/Tipe" + prepared.pdf[at + 5 :]
    stored = PreparedPdf(
        changed, prepared.start, prepared.end, prepared.attributes, prepared.method, prepared.chain
    ).to_bytes()
    with pytest.raises(ValueError, match="another file"):
        PreparedPdf.from_bytes(stored)


def test_what_is_no_pdf_or_may_not_be_signed_is_refused(shop: PrintShop) -> None:
    writer = copy_into_new_writer(PdfFileReader(io.BytesIO(shop.unsealed().pdf)))
    writer.encrypt(owner_pass="a", user_pass="b")
    locked = io.BytesIO()
    writer.write(locked)
    for octets in (b"", b"%PDF-1.7\n", shop.workshop.good, shop.unsealed().pdf[:-3000], locked.getvalue()):
        with pytest.raises(Unsignable):
            prepare_pdf(octets, key=shop.key, at=SEALED)


def test_a_second_signature_leaves_the_first_one_whole(shop: PrintShop, curve: SealingKey) -> None:
    sealed = shop.sealed()
    both = prepare_pdf(sealed, key=curve, at=SEALED, field="SO_GDDT")
    twice = both.finish(curve.sign(both.octets))
    assert twice.startswith(sealed)
    first, second = PdfFileReader(io.BytesIO(twice)).embedded_regular_signatures
    for signature in (first, second):
        signature.compute_integrity_info()
    assert first.diff_result.modification_level.name == "FORM_FILLING"
    assert second.coverage.name == "ENTIRE_FILE"
    with pytest.raises(Unsignable):
        sign_pdf(twice, key=shop.key, at=SEALED)


def test_vietnamese_letters_stand_in_the_seal_in_an_embedded_typeface(shop: PrintShop) -> None:
    form = shop.unsealed()
    said = " ".join(["Trường Tiểu học Nguyễn Bỉnh Khiêm"] * 4)
    long, short = (shop.appearance(form, name=name).picture for name in (said, "Trường"))
    assert b"LibertinusSerif" in within.objects(long)
    assert re.search(rb"/FontFile3", within.objects(long))
    assert long != short
