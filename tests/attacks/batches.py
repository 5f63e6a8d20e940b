"""Batches: identifiers repeat from record to record, so a record is judged by its own octets alone."""

import re

from support.forge import signature_of

from attacks.attack import Attack, Make, replaced
from attacks.site import Site
from attacks.transactions import another
from attacks.wrapping import SLOTS, forged


def of(*records: bytes) -> bytes:
    """A batch without a seal."""
    return b"<DANH_SACH_HOC_BA>" + b"".join(records) + b"</DANH_SACH_HOC_BA>"


def _list_of_slots(record: bytes) -> bytes:
    found = re.search(b"<DANH_SACH_THONG_TIN_KY>.*</DANH_SACH_THONG_TIN_KY>", record, re.DOTALL)
    assert found is not None
    return found[0]


def _moved(slot: str) -> Make:
    """The first record's signature, and its date, in the second: both say #data."""

    def make(site: Site) -> bytes:
        false = another(site).decode()
        moved = false.replace(signature_of(false, slot), signature_of(site.good.decode(), slot))
        return of(site.good, moved.encode())

    return make


def _all_moved(site: Site) -> bytes:
    other = another(site)
    return of(site.good, other.replace(_list_of_slots(other), _list_of_slots(site.good)))


def _relying(site: Site) -> bytes:
    """A record without data of its own: its reference would find the first record's."""
    other = another(site).decode()
    return of(site.good, re.sub("<DU_LIEU_HOC_BA .*</DU_LIEU_HOC_BA>", "", other, flags=re.DOTALL).encode())


def _renamed(site: Site) -> bytes:
    """Forged data under another identifier: `#data` would find the record before."""
    other = another(site).decode()
    data = re.search("<DU_LIEU_HOC_BA .*</DU_LIEU_HOC_BA>", other, re.DOTALL)
    assert data is not None
    return of(
        site.good,
        replaced(other, data[0], data[0].replace('Id="data"', 'Id="data2"').replace("<DAN_TOC>", "<DAN_TOC>X")),
    )


def _one_bad(turn: int) -> Make:
    def make(site: Site) -> bytes:
        records = [site.good, another(site)]
        records[turn] = records[turn].replace(b"<DAN_TOC>", b"<DAN_TOC>X")
        return of(*records)

    return make


def _inner(site: Site) -> bytes:
    """The true record inside the false one: cut as one record, with two of everything."""
    return of(f'<HOC_BA id="hb-x">{forged(site)}{site.good.decode()}</HOC_BA>'.encode())


def _by_comment(site: Site) -> bytes:
    """A comment that looks like the start of a record."""
    return of(site.good.replace(b"<THONG_TIN_CHUNG>", b"<!-- <HOC_BA> --><THONG_TIN_CHUNG>"))


def _by_cdata(site: Site) -> bytes:
    """Text that looks like the end of a record."""
    return of(site.good.replace(b"<QUOC_TICH>", b"<QUOC_TICH><![CDATA[</HOC_BA><HOC_BA>]]>"))


ATTACKS = tuple(
    attack.through("batch")
    for attack in (
        *(Attack(f"signature-of-another-record-{slot.lower().replace('_', '-')}", f"{slot}:digest-data", _moved(slot),
                 f"Both records name their data `data`: {slot}'s signature is sound, over the other.")
          for slot in SLOTS),
        Attack("slots-of-another-record", "GVCN:digest-data", _all_moved, "Every signature is sound, over the other record."),
        Attack("data-of-another-record", "GVCN:data-missing", _relying, "A reference that is looked up in the batch finds somebody else's data."),
        Attack("data-under-another-identifier-in-a-batch", "GVCN:data-missing", _renamed, "A reference that is looked up in the batch finds somebody else's data."),
        Attack("first-of-two-forged", "GVCN:digest-data", _one_bad(0), "The one beside it passes, and does not carry it."),
        Attack("last-of-two-forged", "GVCN:digest-data", _one_bad(1), "The one beside it passes, and does not carry it."),
        Attack("record-inside-a-forged-one", "identifier-repeated", _inner, "The cut takes the outer one, with all it holds."),
        Attack("cut-led-by-a-comment", "comment", _by_comment, "What looks like a tag in a comment is none."),
        Attack("cut-led-by-cdata", "GVCN:digest-data", _by_cdata, "What looks like a tag in CDATA is text, and changes the data."),
    )
)  # fmt: skip
