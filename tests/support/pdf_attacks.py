"""Signed forms that somebody has tampered with, and files that were made to harm their reader."""

import io
import re
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.pdf_utils.writer import copy_into_new_writer

from signing.printed import prepare_pdf, sign_pdf
from support.authority import ec_key, institution, person
from support.sealed_forms import SEALED, PrintShop, key_of


@dataclass(frozen=True, slots=True)
class Attack:
    """One file, and what must be said of it."""

    make: Callable[[PrintShop], bytes]
    """the file"""
    cause: str
    """of the verdict, its signature's name left out"""


def _updated(pdf: bytes, change: Callable[[IncrementalPdfFileWriter], None]) -> bytes:
    """The file with one more revision."""
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    change(writer)
    output = io.BytesIO()
    writer.write(output)
    return output.getvalue()


def _paint(writer: IncrementalPdfFileWriter) -> None:
    """A better mark over the page of marks."""
    stream = generic.StreamObject(stream_data=b"q 1 1 1 rg 300 500 80 20 re f Q")
    writer.add_stream_to_page(2, writer.add_object(stream))


def _replace_content(writer: IncrementalPdfFileWriter) -> None:
    page = writer.root["/Pages"]["/Kids"][2]
    content = page.raw_get("/Contents")
    writer.objects[(content.generation, content.idnum)] = generic.StreamObject(stream_data=b"")
    writer.update_container(page)
    page["/Contents"] = writer.add_object(generic.StreamObject(stream_data=b"q Q"))


def _note(writer: IncrementalPdfFileWriter) -> None:
    """A note over the marks."""
    note = generic.DictionaryObject(
        {
            pdf_name("/Type"): pdf_name("/Annot"),
            pdf_name("/Subtype"): pdf_name("/FreeText"),
            pdf_name("/Rect"): generic.ArrayObject(map(generic.NumberObject, (300, 500, 380, 520))),
            pdf_name("/Contents"): generic.pdf_string("10"),
            pdf_name("/DA"): generic.pdf_string("/Helv 12 Tf"),
        }
    )
    writer.register_annotation(writer.root["/Pages"]["/Kids"].raw_get(2), writer.add_object(note))


def _attachment(writer: IncrementalPdfFileWriter) -> Any:
    return writer.root["/Names"]["/EmbeddedFiles"]["/Names"][1].get_object()


def swap_record(other: bytes) -> Callable[[IncrementalPdfFileWriter], None]:
    """Another record in the place of the one that is attached."""

    def swap(writer: IncrementalPdfFileWriter) -> None:
        files = _attachment(writer)["/EF"]
        files["/F"] = writer.add_object(generic.StreamObject(stream_data=other))
        writer.update_container(files)

    return swap


def _retitle(writer: IncrementalPdfFileWriter) -> None:
    writer.root["/PageLayout"] = pdf_name("/TwoColumnLeft")
    writer.update_root()


def _script(writer: IncrementalPdfFileWriter) -> None:
    action = {pdf_name("/S"): pdf_name("/JavaScript"), pdf_name("/JS"): generic.pdf_string("app.alert(1)")}
    writer.root["/OpenAction"] = generic.DictionaryObject(action)
    writer.update_root()


def _launch(writer: Any) -> None:
    """A program to be started; what kind of action it is stands behind a reference."""
    kind = writer.add_object(pdf_name("/Launch"))
    action: Any = {pdf_name("/S"): kind, pdf_name("/F"): generic.pdf_string("calc.exe")}
    writer.root["/OpenAction"] = generic.DictionaryObject(action)
    writer.update_root()


def _better_record(shop: PrintShop) -> bytes:
    return shop.workshop.good.replace(b"<DAN_TOC>", b"<DAN_TOC>X", 1)


def _other_record(shop: PrintShop) -> bytes:
    return re.sub(rb"[0-9a-f]{8}-[0-9a-f-]{27}", b"11111111-2222-4333-8444-555555555555", shop.workshop.good)


def _stranger(shop: PrintShop) -> bytes:
    """Somebody whose root nobody trusts signs as well."""
    holder = shop.workshop.foreign.issue(institution("Trường Tiểu học Thử", shop.workshop.unit), key=ec_key())
    key = key_of(holder, shop.workshop.foreign)
    prepared = prepare_pdf(shop.sealed(), key=key, at=SEALED, field="THEM")
    return prepared.finish(key.sign(prepared.octets))


def _by_stranger(shop: PrintShop) -> bytes:
    holder = shop.workshop.foreign.issue(institution("Trường Tiểu học Thử", shop.workshop.unit), key=ec_key())
    return shop.sealed(key=key_of(holder, shop.workshop.foreign))


def _visible_later(shop: PrintShop) -> bytes:
    """A trusted person's visible signature, laid over the marks of a form that is certified."""
    holder = shop.workshop.issuing.issue(person("Phạm Thị Khác", "079184009999"), key=ec_key())
    key = key_of(holder, shop.workshop.issuing)
    shown = shop.appearance(shop.unsealed())
    over = type(shown)(2, (300, 500, 460, 560), shown.picture)
    prepared = prepare_pdf(shop.sealed(), key=key, at=SEALED, field="THEM", appearance=over)
    return prepared.finish(key.sign(prepared.octets))


def _range(shop: PrintShop, change: Callable[[list[int]], list[int]]) -> bytes:
    """Another ByteRange, written over the old one."""
    sealed = shop.sealed()
    found = re.search(rb"/ByteRange \[([^\]]*)\](\s*)", sealed)
    assert found is not None
    told = " ".join(str(each) for each in change([int(each) for each in found[1].split()])).encode()
    room = len(found[1]) + len(found[2])
    return sealed[: found.start(1)] + told + b"]" + b" " * (room - len(told)) + sealed[found.end() :]


def _letter(shop: PrintShop) -> bytes:
    """One octet of what was printed, changed in place."""
    sealed = bytearray(shop.sealed())
    sealed[sealed.index(b"/MediaBox") + 1] ^= 0x20
    return bytes(sealed)


def _value(shop: PrintShop) -> bytes:
    """The signature's own octets, changed."""
    sealed = shop.sealed()
    found = re.search(rb"/Contents <([0-9A-F]+?)(0*)>", sealed)
    assert found is not None
    at = found.end(1) - 20
    other = b"0" if sealed[at : at + 1] != b"0" else b"1"
    return sealed[:at] + other + sealed[at + 1 :]


def _locked(shop: PrintShop) -> bytes:
    writer: Any = copy_into_new_writer(PdfFileReader(io.BytesIO(shop.unsealed().pdf)))
    writer.encrypt(owner_pass="a", user_pass="b")
    output = io.BytesIO()
    writer.write(output)
    return output.getvalue()


def _signed_after(change: Callable[[IncrementalPdfFileWriter], None]) -> Callable[[PrintShop], bytes]:
    """Changed by the signer, before signing."""
    return lambda shop: sign_pdf(_updated(shop.unsealed().pdf, change), key=shop.key, at=SEALED)


def _bomb(layers: int) -> Callable[[PrintShop], bytes]:
    """The attached record is 48 MB of spaces, packed once or more often."""

    def make(shop: PrintShop) -> bytes:
        packer = zlib.compressobj(9)
        block = b" " * 2**20
        packed = b"".join(packer.compress(block) for _ in range(48)) + packer.flush()
        for _ in range(layers - 1):
            packed = zlib.compress(packed, 9)

        def swap(writer: IncrementalPdfFileWriter) -> None:
            filters = generic.ArrayObject([pdf_name("/FlateDecode")] * layers)
            stream = generic.StreamObject({pdf_name("/Filter"): filters}, encoded_data=packed)
            files = _attachment(writer)["/EF"]
            files["/F"] = writer.add_object(stream)
            writer.update_container(files)

        return _signed_after(swap)(shop)

    return make


def _object_bomb(shop: PrintShop) -> bytes:
    """An object stream that unpacks to 96 MB."""
    packed = zlib.compress(b"1 0 " + b" " * (96 * 2**20), 9)
    head = b"%%PDF-1.7\n1 0 obj\n<</Type/ObjStm/N 1/First 4/Filter/FlateDecode/Length %d>>stream\n" % len(packed)
    body = head + packed + b"\nendstream\nendobj\n"
    rows = b"\x00\x00\x00\x00" + b"\x01" + len(b"%PDF-1.7\n").to_bytes(2, "big") + b"\x00" + b"\x02\x00\x01\x00"
    at = len(body)
    xref = b"2 0 obj\n<</Type/XRef/Size 3/W[1 2 1]/Index[0 3]/Root 5 0 R/Length %d>>stream\n" % len(rows)
    return body + xref + rows + b"\nendstream\nendobj\nstartxref\n%d\n%%%%EOF" % at


def _nested(shop: PrintShop) -> bytes:
    """Arrays in arrays, a hundred thousand deep."""
    deep = b"[" * 100_000 + b"]" * 100_000
    body = b"%PDF-1.7\n1 0 obj\n<</Type/Catalog/X " + deep + b">>\nendobj\n"
    table = b"xref\n0 2\n0000000000 65535 f \n0000000009 00000 n \ntrailer<</Size 2/Root 1 0 R>>\nstartxref\n"
    return body + table + b"%d\n%%%%EOF" % len(body)


def _circle(shop: PrintShop) -> bytes:
    """A cross-reference table that names itself as the one before."""
    body = b"%PDF-1.7\n1 0 obj\n<</Type/Catalog>>\nendobj\n"
    table = b"xref\n0 2\n0000000000 65535 f \n0000000009 00000 n \ntrailer<</Size 2/Root 1 0 R/Prev %d>>\nstartxref\n"
    return body + table % len(body) + b"%d\n%%%%EOF" % len(body)


def _many(shop: PrintShop) -> bytes:
    """Thirty thousand objects in the table, one in the file."""
    body = b"%PDF-1.7\n1 0 obj\n<</Type/Catalog>>\nendobj\n"
    rows = b"0000000000 65535 f \n" + b"0000000009 00000 n \n" * 30_000
    table = b"xref\n0 30001\n" + rows + b"trailer<</Size 30001/Root 1 0 R>>\nstartxref\n"
    return body + table + b"%d\n%%%%EOF" % len(body)


ATTACKS: Mapping[str, Attack] = {
    # After signing.
    "painted-over": Attack(lambda shop: _updated(shop.sealed(), _paint), "pdf-changed"),
    "page-replaced": Attack(lambda shop: _updated(shop.sealed(), _replace_content), "pdf-changed"),
    "note-over-marks": Attack(lambda shop: _updated(shop.sealed(), _note), "pdf-changed"),
    "record-replaced": Attack(lambda shop: _updated(shop.sealed(), swap_record(_better_record(shop))), "pdf-changed"),
    "catalogue-changed": Attack(lambda shop: _updated(shop.sealed(), _retitle), "pdf-changed"),
    "visible-signature-over-marks": Attack(_visible_later, "pdf-changed"),
    "letter-changed": Attack(_letter, "pdf-digest"),
    "value-changed": Attack(_value, "pdf-value"),
    "appended": Attack(lambda shop: shop.sealed() + b"\n% xong", "pdf-coverage"),
    "another-form-behind-it": Attack(lambda shop: shop.sealed() + b"\n" + shop.unsealed().pdf, "pdf-unsigned"),
    "range-too-short": Attack(lambda shop: _range(shop, lambda told: [*told[:3], told[3] - 40]), "pdf-coverage"),
    "range-with-a-larger-hole": Attack(
        lambda shop: _range(shop, lambda told: [told[0], told[1] - 90, told[2], told[3]]), "pdf-coverage"
    ),
    "range-not-from-the-start": Attack(
        lambda shop: _range(shop, lambda told: [9, told[1] - 9, told[2], told[3]]), "pdf-coverage"
    ),
    # By others.
    "stranger-as-well": Attack(_stranger, "path-invalid"),
    "stranger-alone": Attack(_by_stranger, "path-invalid"),
    "not-signed": Attack(lambda shop: shop.unsealed().pdf, "pdf-unsigned"),
    # By the signer.
    "script-inside": Attack(_signed_after(_script), "pdf-active"),
    "launch-behind-a-reference": Attack(_signed_after(_launch), "pdf-active"),
    "other-record-inside": Attack(
        lambda shop: _signed_after(swap_record(_other_record(shop)))(shop), "pdf-other-record"
    ),
    "no-record-inside": Attack(lambda shop: _signed_after(swap_record(b"<HOC_BA"))(shop), "pdf-attachments"),
    # Files that are none.
    "empty": Attack(lambda _: b"", "pdf-unreadable"),
    "garbage": Attack(lambda _: b"%PDF-1.7\n" + bytes(range(256)) * 400, "pdf-unreadable"),
    "a-record": Attack(lambda shop: shop.workshop.good, "pdf-unreadable"),
    "truncated": Attack(lambda shop: shop.sealed()[:-900], "pdf-unreadable"),
    "cut-in-half": Attack(lambda shop: shop.sealed()[:50_000], "pdf-unreadable"),
    "huge": Attack(lambda shop: shop.sealed() + b"\n" * 17 * 2**20, "pdf-too-large"),
    "locked": Attack(_locked, "pdf-encrypted"),
    "bomb": Attack(_bomb(1), "pdf-swollen"),
    "bomb-in-a-bomb": Attack(_bomb(2), "pdf-swollen"),
    "object-bomb": Attack(_object_bomb, "pdf-swollen"),
    "nested": Attack(_nested, "pdf-unreadable"),
    "circle": Attack(_circle, "pdf-unreadable"),
    "many-objects": Attack(_many, "pdf-unreadable"),
}
"""name → a file, and the verdict's cause"""
