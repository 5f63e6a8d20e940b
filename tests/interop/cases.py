"""All inputs of the comparison, judged here as they are made."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from attacks.attack import Attack
from attacks.catalogue import ATTACKS
from attacks.doors import DOORS
from attacks.odd import ODD
from attacks.site import Site
from lxml import etree
from support.authority import ec_key, institution, rsa_key, write_p12
from support.forge import batch
from support.tsa import token, tsa, value_of
from support.workshop import HOUR, NAMED, NOW, SIGNED, SLOTS, Workshop

from interop.case import Case
from interop.forms import PASSWORD, Form, Staff, forms, orders
from interop.jvm import Programs, lacking
from routes.sealing import batch_text
from schemas.octets import cut_batch
from signing.seal import FileKeyring, seal_record, seal_transaction, seals_for
from signing.seal.stamping import TRANSACTION_PATH, with_timestamp
from signing.trust import TrustStore
from signing.verify import Approved, RecordVerifier, SlotPolicy, verify_transaction

SAMPLES = Path(__file__).parents[3] / "shared" / "spec" / "samples" / "signed"
SAMPLES_AT = datetime(2026, 12, 1, tzinfo=UTC)
"""After the samples' revocation lists were issued: what comes from the future is no evidence."""
KEY_NAMES = {"rsa": "RSA PKCS#1 v1.5", "pss": "RSA-PSS", "p256": "ECDSA P-256", "p384": "ECDSA P-384"}
PRETTY = "DSS pretty-printing what it cannot"
PARAMETERS = "JDK: RSA-PSS with parameters"
_DOORS = ("record", "transaction")
_MOST_OF_A_CAUSE = 1
_LARGEST = 60_000
_BROKEN_PRETTY = ("both-indented-rsa-ds", "both-indented-p256-default", "xades-indented-rsa-default")
_WITH_PARAMETERS = ("both-compact-pss-ds", "xades-indented-pss-default")


class Bench:
    """One school, its staff's keys, and files that others make and judge."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.site = _with_short_records()
        self.trust = folder / "trust"
        self.files = folder / "files"
        self.made = folder / "made"
        for each in (self.files, self.made):
            each.mkdir()
        self.staff = Staff(self.site, folder / "keys")
        self._verifier: RecordVerifier | None = None

    def record(self, kind: str, name: str, octets: bytes) -> Case:
        """Judge a record here."""
        # Nothing that is judged so was ever revoked: one verifier will do.
        self._verifier = self._verifier or self.site.verifier()
        verdict = self._verifier.verify(octets, registry=self.site.approved(*self.staff.seals), at=NOW)
        return self.case(kind, name, octets, verdict.cause)

    def transaction(self, kind: str, name: str, octets: bytes) -> Case:
        """Judge a batch's own signature here."""
        verdict = verify_transaction(
            octets,
            trust=self.site.trust(),
            policy=SlotPolicy.city(),
            approved=self.site.approved(*self.staff.seals),
            at=NOW,
        )
        return self.case(kind, name, octets, verdict.cause)

    def case(self, kind: str, name: str, octets: bytes, cause: str | None) -> Case:
        return Case(kind, name, octets, (cause or "").rpartition(":")[2], self.trust, NOW)


def _with_short_records() -> Site:
    """DSS walks through the whole document for each of its questions: what repeats in a record stands in it once."""
    site = Site()
    for name in ("NAM", "MON_HOC"):
        site.data = re.sub(rf"(<{name}>.*?</{name}>)(?:<{name}>.*?</{name}>)+", r"\1", site.data, flags=re.DOTALL)
    site.data = re.sub("<(PHAM_CHAT|NANG_LUC)_[A-Z_]+>.*?</.*?>", "", site.data)
    site.good = site.record()
    return site


def foreign(bench: Bench, programs: Programs) -> Iterator[Case]:
    """What the JDK and EU DSS sign, in every form that they can write."""
    yield from _made(bench, programs, "JDK", [*_usual("JDK", forms()), *_with_parameters()])
    if "dss" not in lacking():
        written = list(forms(("xades", "both")))
        yield from _made(bench, programs, "DSS", [*_usual("DSS", written), *_broken(written)])


@dataclass(frozen=True, slots=True)
class _Wanted:
    kind: str
    name: str
    form: Form
    pretty: bool = False
    parameters: bool = False


def _usual(maker: str, wanted: Iterable[Form]) -> Iterator[_Wanted]:
    for form in wanted:
        pretty = form.layout == "indented" and (maker == "JDK" or dss_can_indent(form))
        kind = f"{maker}: {form.form}, {KEY_NAMES[form.looks[0].key]}"
        yield _Wanted(kind, f"{maker.lower()}-{form.name}", form, pretty=pretty)


def _with_parameters() -> Iterator[_Wanted]:
    for form in forms():
        if form.name in _WITH_PARAMETERS:
            yield _Wanted(PARAMETERS, f"jdk-{form.name}-parameters", form, parameters=True)


def _broken(wanted: Iterable[Form]) -> Iterator[_Wanted]:
    for form in wanted:
        if form.name in _BROKEN_PRETTY:
            yield _Wanted(PRETTY, f"dss-{form.name}-broken", form, pretty=True)


def dss_can_indent(form: Form) -> bool:
    """DSS pretty-prints soundly only with a prefix and with nothing but its own objects; see `docs/interop.md`."""
    return form.layout == "indented" and form.form == "xades" and form.looks[0].prefix != ""


def _made(bench: Bench, programs: Programs, maker: str, wanted: Sequence[_Wanted]) -> Iterator[Case]:
    manifest: list[str] = []
    for each in wanted:
        file = bench.made / f"{each.name}.xml"
        manifest += orders(each.form, file, bench.staff, pretty=each.pretty, parameters=each.parameters)
    programs.run(f"{maker.capitalize()}Signs", manifest)
    for each in wanted:
        yield bench.record(each.kind, each.name, (bench.made / f"{each.name}.xml").read_bytes())


def own(bench: Bench) -> Iterator[Case]:
    """What the hub seals itself, with keys of two kinds in a record, and its timestamps; `written.py` has the rest."""
    keys = _keys(bench)
    sealed = {form: _seal(bench.site.unsigned(), keys, form) for form in ("both", "property", "xades")}
    for form, octets in sealed.items():
        yield bench.record(f"hub: {form}", f"hub-{form}", octets)
    authority = tsa(bench.site.issuing, key=rsa_key())
    for form in ("both", "xades"):
        for slot in SLOTS:
            made = token(value_of(sealed[form], slot.name), authority, NOW)
            sealed[form] = with_timestamp(sealed[form], slot.path, made)
        yield bench.record(f"hub: {form} with timestamps", f"hub-b-t-{form}", sealed[form])
    text = batch_text([_renamed(bench.site, keys, form, turn) for turn, form in enumerate(sealed)])
    key = keys.transaction_key(bench.site.unit)
    whole = seal_transaction(text, key=key, signature_id="sig-giao-dich-1", at=NOW)
    yield bench.transaction("hub: transaction in its batch", "hub-batch", whole)
    stamped = with_timestamp(whole, TRANSACTION_PATH, token(value_of(whole, ""), authority, NOW))
    yield bench.transaction("hub: transaction with a timestamp", "hub-batch-b-t", stamped)


def _keys(bench: Bench) -> FileKeyring:
    """The school's seal is an elliptic key, its staff's are RSA."""
    folder = bench.site.write_keys(bench.folder / "keyring", password=PASSWORD)
    seal = bench.site.issuing.issue(institution("Trường", bench.site.unit), key=ec_key())
    bench.staff.seals.append(seal)
    for role in ("KY_PHAT_HANH", "GIAO_DICH"):
        write_p12(folder / bench.site.unit / f"{role}.p12", seal, password=PASSWORD)
    return FileKeyring(folder)


def _renamed(workshop: Workshop, keys: FileKeyring, form: str, turn: int) -> bytes:
    """Another record of the same school: identifiers of signatures are unlike in a batch, `data` repeats."""
    uuid = f"{workshop.uuid[:-4]}{turn:04x}"
    return _seal(workshop.unsigned().replace(workshop.uuid.encode(), uuid.encode()), keys, form)


def _seal(octets: bytes, keys: FileKeyring, form: str) -> bytes:
    seals = seals_for(etree.fromstring(octets), SLOTS, named=NAMED, keys=keys, form=form, at=NOW)
    return seal_record(octets, seals=seals)


def vendors(bench: Bench) -> Iterator[Case]:
    """Records in mixed styles, and the specification's samples where they are."""
    site = bench.site
    mixed = {"GVCN": {"c14n": "inc", "prefix": ""}, "CBQL": {"form": "property", "c14n": "c11"}}
    elliptic = {"by": site.head(), "form": "xades", "digest": "sha512"}
    yield bench.record("mixed styles", "mixed-usual", site.good)
    yield bench.record("mixed styles", "mixed-slots", site.record(layout="pretty", **mixed))
    yield bench.record("mixed styles", "mixed-elliptic", site.record(CBQL=elliptic))
    whole = batch([site.good], by=site.school, at=SIGNED + 9 * HOUR)
    yield bench.transaction("mixed styles", "mixed-batch", whole)
    if SAMPLES.is_dir():
        yield from _samples(bench)


def _samples(bench: Bench) -> Iterator[Case]:
    parts = {"roots": ["root.pem"], "intermediates": ["ica.pem"], "crls": ["root.crl", "ica.crl"]}
    folder = bench.folder / "trust-of-samples"
    for name, files in parts.items():
        (folder / name).mkdir(parents=True)
        for file in files:
            (folder / name / file).write_bytes((SAMPLES / "trust" / file).read_bytes())
    trust = TrustStore.from_folder(folder)
    for file in sorted(SAMPLES.glob("batch-*.xml")):
        unit, octets = file.stem.removeprefix("batch-"), file.read_bytes()
        approved = Approved.from_rows(unit, _rows(SAMPLES / "trust" / "registry.tsv"))
        verdict = verify_transaction(octets, trust=trust, policy=SlotPolicy.city(), approved=approved, at=SAMPLES_AT)
        yield Case(
            "samples: transaction in its batch", f"sample-{unit}", octets, verdict.cause or "", folder, SAMPLES_AT
        )
        verifier = RecordVerifier(SLOTS, trust=trust, policy=SlotPolicy.city())
        for turn, one in enumerate(cut_batch(octets).records):
            cause = verifier.verify(one, registry=approved, at=SAMPLES_AT).cause or ""
            yield Case("samples: record cut out", f"sample-{unit}-{turn}", one, cause, folder, SAMPLES_AT)


def _rows(file: Path) -> Iterable[dict[str, str]]:
    head, *lines = file.read_text(encoding="utf-8").splitlines()
    return [dict(zip(head.split("\t"), line.split("\t"), strict=True)) for line in lines]


def changed(bench: Bench, sound: Iterable[Case]) -> Iterator[Case]:
    """One letter of each maker's records changed afterwards."""
    for case in sound:
        if case.passes and b"<DAN_TOC>" in case.octets:
            spoiled = case.octets.replace(b"<DAN_TOC>", b"<DAN_TOC>X", 1)
            judge = bench.transaction if b"<DANH_SACH_HOC_BA" in spoiled else bench.record
            yield judge("a letter changed afterwards", f"{case.name}-changed", spoiled)


def attacks(bench: Bench) -> Iterator[Case]:
    """Named attacks on records and transactions, the first ones of each family and cause; all odd files that pass.

    What only the hub's bounds stop is left out: others take minutes and gigabytes over it.
    """
    seen: Counter[tuple[str, str]] = Counter()
    for attack in ATTACKS.values():
        if attack.door in _DOORS and seen[attack.family, attack.cause] < _MOST_OF_A_CAUSE:
            case = _tried(bench, attack, f"attacks: {attack.family}")
            if len(case.octets) < _LARGEST and not case.cause.startswith("too-"):
                seen[attack.family, attack.cause] += 1
                yield case
    for odd in ODD.values():
        if odd.door in _DOORS:
            yield _tried(bench, odd, "odd but valid")


def _tried(bench: Bench, attack: Attack, kind: str) -> Case:
    octets = attack.make(bench.site)
    verdict = DOORS[attack.door](bench.site, octets)
    return bench.case(kind, f"{'odd' if kind.startswith('odd') else 'attack'}-{attack.name}", octets, verdict.cause)
