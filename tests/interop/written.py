"""Everything that the hub writes: form × kind of key × profile × place, judged here as it is made.

A record is sealed once. It stands alone, goes into a batch with those of the other profiles, or into one of its own; each
batch is signed as a transaction and packed; then every record is cut out again by the hub and, of the package, by the
city. What comes out octet for octet as it went in is one file in several places.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import cycle, product

from lxml import etree
from support.papers import KINDS, PAPERS, Office, Paper
from support.workshop import NOW

from interop.case import Case
from interop.cases import Bench
from routes.sealing import batch_text
from sandbox.city.envelope import open_package
from schemas.octets import cut_batch
from schemas.packing import pack, unpack
from signing.seal import seal_record, seal_registration, seal_transaction
from signing.verify import Form, RecordValidation, SlotPolicy, verify_registration, verify_transaction
from transformers.transactions import write_registration

FORMS = tuple(form.value for form in Form)
ALONE, CUT, CUT_OF_SEVERAL = "record alone", "record cut out of its batch", "record cut out of a batch of several"
CITY = "record cut out of a package by the city"
MOVED = "record written anew under other parents"
BATCH, SEVERAL = "transaction in its batch of one", "transaction in its batch of several"
PACKAGE = "transaction unpacked by the city"
REGISTRATION = "certificate that registers itself"
SPOILT = "a space put in afterwards"
INCLUSIVE = "inclusive, for comparison: record alone"
INCLUSIVE_MOVED = "inclusive, for comparison: record under other parents"
KEY_NAMES = {"rsa-2048": "RSA-2048", "rsa-3072": "RSA-3072", "p-256": "EC-256", "p-384": "EC-384"}
_ABOVE = (
    '<HOC_BA id="khac" xmlns:ds="http://www.w3.org/2000/09/xmldsig#" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    ' xmlns:xades="http://uri.etsi.org/01903/v1.4.1#" xmlns:a="urn:a" xml:lang="vi" xml:space="preserve"/>'
)


class Desk:
    """Where the hub's own files are made and judged."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._site = bench.site
        self.office = Office(bench.site, bench.folder / "office")
        self._approved = bench.site.approved(bench.site.school, *self.office.approved)

    def written(self) -> Iterator[Case]:
        """All of it; whose record has a batch of its own goes by turns."""
        for (form, kind), turn in zip(product(FORMS, KINDS), cycle(PAPERS), strict=False):
            sealed = {name: self._sealed(self.office.papers[name], form, kind) for name in PAPERS}
            for name, octets in sealed.items():
                yield self._record(ALONE, name, f"{form}-{kind}", octets)
                yield self._record(MOVED, name, f"{form}-{kind}", moved(octets))
            yield from self._in_batch({turn: sealed[turn]}, form, kind, BATCH, CUT)
            yield from self._in_batch(sealed, form, kind, SEVERAL, CUT_OF_SEVERAL)
            yield self._registration(form, kind)
        yield from self._inclusive()

    def spoilt(self, written: Iterable[Case]) -> Iterator[Case]:
        """One letter of the last ones of each kind changed afterwards."""
        last = {case.kind: case for case in written if case.passes}
        for place in (*(f"{ALONE}, {name}" for name in PAPERS), SEVERAL, REGISTRATION):
            octets = re.sub(b"<(TEN_MON_HOC|CHUNG_THU_SO)>", b"\\g<0> ", last[place].octets, count=1)
            assert octets != last[place].octets
            if place == REGISTRATION:
                verdict = verify_registration(octets, trust=self._site.trust(), policy=SlotPolicy.city(), at=NOW)
                yield self._case(SPOILT, place, octets, verdict.cause)
            elif place == SEVERAL:
                yield self._case(SPOILT, place, octets, self._transaction(SPOILT, place, octets).cause)
            else:
                yield self._case(SPOILT, place, octets, self._judged(place.rpartition(" ")[2], octets).cause)

    def _sealed(self, paper: Paper, form: str, kind: str) -> bytes:
        return seal_record(paper.unsigned, seals=paper.seals(paper.unsigned, self.office.keys[kind], form=form))

    def _in_batch(self, records: Mapping[str, bytes], form: str, kind: str, place: str, cut: str) -> Iterator[Case]:
        key = self.office.keys[kind].transaction_key(self._site.unit)
        text = batch_text(list(records.values()))
        whole = seal_transaction(text, key=key, signature_id="sig-giao-dich-1", at=NOW, form=Form(form))
        package = open_package(pack(whole))
        assert package.text == unpack(pack(whole))
        label = f"{form}-{kind}"
        yield self._transaction(place, label, whole)
        yield self._transaction(PACKAGE, f"{label}-{len(records)}", package.text)
        for name, octets in zip(records, cut_batch(whole).records, strict=True):
            yield self._record(cut, name, label, octets)
        for name, (start, end) in zip(records, package.cuts, strict=True):
            yield self._record(CITY, name, f"{label}-{len(records)}", package.text[start:end])

    def _record(self, place: str, name: str, label: str, octets: bytes) -> Case:
        verdict = self._judged(name, octets)
        form, _, kind = label.partition("-")
        if verdict.passed:
            found = {(slot.form, slot.algorithms and slot.algorithms.key) for slot in verdict.slots}
            assert found == {(Form(form), KEY_NAMES["-".join(kind.split("-")[:2])])}
        return self._case(f"{place}, {name}", label, octets, verdict.cause)

    def _judged(self, name: str, octets: bytes) -> RecordValidation:
        return self.office.verify(self.office.papers[name], octets)

    def _transaction(self, place: str, label: str, octets: bytes) -> Case:
        verdict = verify_transaction(
            octets, trust=self._site.trust(), policy=SlotPolicy.city(), approved=self._approved, at=NOW
        )
        return self._case(place, label, octets, verdict.cause)

    def _registration(self, form: str, kind: str) -> Case:
        key = self.office.keys[kind].key(self._site.unit, "KY_PHAT_HANH")
        text = write_registration(key.chain[0].der)
        octets = seal_registration(text, key=key, signature_id="sig-dang-ky", at=NOW, form=Form(form))
        verdict = verify_registration(octets, trust=self._site.trust(), policy=SlotPolicy.city(), at=NOW)
        return self._case(REGISTRATION, f"{form}-{kind}", octets, verdict.cause)

    def _inclusive(self) -> Iterator[Case]:
        """What other software signs with an inclusive canonicalisation, before and after it is moved."""
        for c14n in ("inc", "c11"):
            style = {"c14n": c14n}
            octets = self._site.record(GVCN=style, CBQL=style, KY_PHAT_HANH=style)
            for place, one in ((INCLUSIVE, octets), (INCLUSIVE_MOVED, moved(octets))):
                yield self._case(place, c14n, one, self._judged("hbs-1.0", one).cause)

    def _case(self, kind: str, name: str, octets: bytes, cause: str | None) -> Case:
        return self._bench.case(kind, re.sub("[^0-9a-z.]+", "-", f"hub-{kind}-{name}"), octets, cause)


def moved(octets: bytes) -> bytes:
    """The same record below another root, written by another serialiser."""
    above = etree.fromstring(_ABOVE)
    above.extend(etree.fromstring(octets))
    return bytes(etree.tostring(above, encoding="utf-8", xml_declaration=True))
