"""Evidence records: any tree of any size, renewed and hashed anew, in two syntaxes that say the same; changed, refused."""

import hashlib
import re
import tracemalloc
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from asn1crypto import cms
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from support.evidence import BOTH, FIRST, YEAR, Authorities, Kept, stamp

from schemas.algorithms import TT_15_2025, Suite
from signing.certificates import certificate_from_der
from signing.evidence import (
    Chain,
    EvidenceValidation,
    HashTree,
    NotInTree,
    RecordUnreadable,
    Syntax,
    asn1,
    covered,
    data_digest,
    first,
    read_record,
    root_of,
    settled,
    verify_evidence,
    write_record,
    xml,
)
from signing.evidence.records import LONGEST, ArchiveTimestamp
from signing.indications import Indication
from signing.trust import TrustStore

OBJECTS = [
    b'<HOC_BA id="hb-1"><A  x="1"/><B>\xc4\x91</B></HOC_BA>',
    b'<HOC_BA id="hb-2"><A x="2"></A></HOC_BA>',
    b"not XML at all",
    b'<?xml version="1.0"?><HOC_BA id=\'hb-3\' a="1"></HOC_BA>\n',
    b"",
]
LATER = FIRST + 14 * YEAR

digests = st.binary(min_size=32, max_size=32)
leaves = st.lists(digests, min_size=1, max_size=70, unique=True)


@pytest.fixture(scope="module")
def authorities() -> Authorities:
    return Authorities()


@pytest.fixture(scope="module")
def trust(authorities: Authorities) -> TrustStore:
    return authorities.trust()


def grown(authorities: Authorities, *, until: int = 5) -> Kept:
    """Evidence after so many steps: stamped, renewed, hashed anew, renewed, hashed anew."""
    kept = Kept(authorities, OBJECTS).begin()
    steps = (
        lambda: kept.renew(at=FIRST + 3 * YEAR),
        lambda: kept.rehash("sha512", at=FIRST + 6 * YEAR),
        lambda: kept.renew(at=FIRST + 9 * YEAR),
        lambda: kept.rehash("sha384", at=FIRST + 12 * YEAR),
    )
    for step in steps[: until - 1]:
        step()
    return kept


@pytest.fixture(scope="module")
def old(authorities: Authorities) -> Kept:
    return grown(authorities)


def judged(
    kept: Kept, key: tuple[Syntax, int], trust: TrustStore, *, at: Any = LATER, **how: Any
) -> EvidenceValidation:
    octets = write_record(key[0], kept.chains[key])
    return verify_evidence(octets, data=kept.objects[key[1]], trust=trust, at=at, **how)


# ---------------------------------------------------------------- trees


@given(leaves)
def test_every_leaf_leads_to_the_root(given_leaves: list[bytes]) -> None:
    tree = HashTree.of(given_leaves, "sha256")
    for leaf in given_leaves:
        reduced = tree.reduced(leaf)
        assert root_of(reduced, leaf, "sha256") == tree.root
        assert all(list(values) == sorted(values) and values for values in reduced)
        assert not reduced or leaf in reduced[0]


@given(leaves, digests)
def test_no_other_digest_is_in_the_tree(given_leaves: list[bytes], other: bytes) -> None:
    if other in given_leaves:
        return
    tree = HashTree.of(given_leaves, "sha256")
    with pytest.raises(NotInTree):
        tree.reduced(other)
    reduced = tree.reduced(given_leaves[0])
    if reduced:
        with pytest.raises(NotInTree):
            root_of(reduced, other, "sha256")
    else:
        assert root_of(reduced, other, "sha256") != tree.root


@given(leaves, st.data())
def test_a_changed_reduced_tree_leads_elsewhere(given_leaves: list[bytes], data: st.DataObject) -> None:
    tree = HashTree.of(given_leaves, "sha256")
    leaf = data.draw(st.sampled_from(given_leaves))
    reduced = tree.reduced(leaf)
    if not reduced:
        return
    level = data.draw(st.integers(0, len(reduced) - 1))
    place = data.draw(st.integers(0, len(reduced[level]) - 1))
    value = reduced[level][place]
    if level == 0 and value == leaf:
        return
    bit = data.draw(st.integers(0, 255))
    changed = (int.from_bytes(value, "big") ^ (1 << bit)).to_bytes(32, "big")
    lists = [list(values) for values in reduced]
    lists[level][place] = changed
    assert root_of(tuple(map(tuple, lists)), leaf, "sha256") != tree.root


@given(st.permutations(range(9)))
def test_the_order_in_which_leaves_come_does_not_matter(order: list[int]) -> None:
    hashes = [hashlib.sha256(bytes([number])).digest() for number in range(9)]
    assert HashTree.of([hashes[at] for at in order], "sha256") == HashTree.of(hashes, "sha256")


def test_leaves_of_another_algorithm_make_no_tree() -> None:
    for wrong in ([], [b"x" * 32, b"x" * 48]):
        with pytest.raises(ValueError, match="leaves"):
            HashTree.of(wrong, "sha256")


# ---------------------------------------------------------------- both syntaxes


def tokens() -> st.SearchStrategy[bytes]:
    return st.binary(max_size=300).map(
        lambda inside: cms.ContentInfo({"content_type": "data", "content": inside}).dump()
    )


@st.composite
def chains(draw: st.DrawFn) -> tuple[Chain, ...]:
    sizes = {"sha256": 32, "sha384": 48, "sha512": 64}
    made = []
    for _ in range(draw(st.integers(1, 3))):
        algorithm = draw(st.sampled_from(sorted(sizes)))
        values = st.lists(st.binary(min_size=sizes[algorithm], max_size=sizes[algorithm]), min_size=1, max_size=3)
        trees = st.lists(values.map(tuple), max_size=5).map(tuple)
        stamps = st.lists(st.builds(ArchiveTimestamp, trees, tokens()), min_size=1, max_size=3)
        made.append(Chain(algorithm, tuple(draw(stamps))))
    return tuple(made)


@settings(max_examples=30)
@given(chains())
def test_what_is_written_is_read_again(written: tuple[Chain, ...]) -> None:
    for syntax, way in ((Syntax.ASN1, asn1), (Syntax.XML, xml)):
        octets = write_record(syntax, written)
        assert read_record(octets) == way.evidence_record(written)
        assert write_record(syntax, read_record(octets).chains) == octets


@settings(max_examples=30)
@given(chains())
def test_indented_xml_says_the_same_and_is_covered_as_it_stands(written: tuple[Chain, ...]) -> None:
    plain = xml.write(written)
    indented = etree.tostring(etree.fromstring(plain), pretty_print=True)
    found = read_record(indented)
    assert found.chains == written
    assert found.sequences != read_record(plain).sequences
    prefixed = (
        plain.replace(b"<", b"<e:").replace(b"<e:/", b"</e:").replace(b"<e:?", b"<?").replace(b"xmlns=", b"xmlns:e=")
    )
    assert read_record(prefixed).chains == written


@pytest.mark.parametrize("steps", range(1, 6))
def test_both_say_the_same_at_every_age(authorities: Authorities, trust: TrustStore, steps: int) -> None:
    kept = grown(authorities, until=steps)
    at = FIRST + (3 * steps - 1) * YEAR
    for number in range(len(OBJECTS)):
        told = [judged(kept, (syntax, number), trust, at=at) for syntax in BOTH]
        for each in told:
            assert (each.indication, each.cause, each.since) == (Indication.PASSED, None, FIRST)
            assert len(each.timestamps) == steps
            assert each.until is not None
            assert at < each.until
        one, other = ([replace(each, tsa=None) for each in verdict.timestamps] for verdict in told)
        assert one == other


def test_canonical_form_is_what_xml_covers(old: Kept, trust: TrustStore) -> None:
    otherwise = OBJECTS[0].replace(b'<A  x="1"/>', b"<A x='1'></A>")
    asn = write_record(Syntax.ASN1, old.chains[Syntax.ASN1, 0])
    ers = write_record(Syntax.XML, old.chains[Syntax.XML, 0])
    assert verify_evidence(asn, data=otherwise, trust=trust, at=LATER).cause == "evidence-other-data"
    assert verify_evidence(ers, data=otherwise, trust=trust, at=LATER).passed


def test_digests_are_enough(old: Kept, trust: TrustStore) -> None:
    for syntax in BOTH:
        octets = write_record(syntax, old.chains[syntax, 0])
        told = {name: data_digest(syntax, OBJECTS[0], name) for name in ("sha256", "sha384", "sha512")}
        assert verify_evidence(octets, data=told, trust=trust, at=LATER).passed
        del told["sha384"]
        assert verify_evidence(octets, data=told, trust=trust, at=LATER).cause == "evidence-other-data"


# ---------------------------------------------------------------- changed


@given(st.data())
def test_other_data_is_refused(old: Kept, trust: TrustStore, data: st.DataObject) -> None:
    number = data.draw(st.integers(0, len(OBJECTS) - 1))
    octets = data.draw(st.binary(max_size=40) | st.sampled_from(OBJECTS))
    for syntax in BOTH:
        if data_digest(syntax, octets, "sha256") == data_digest(syntax, OBJECTS[number], "sha256"):
            continue
        record = write_record(syntax, old.chains[syntax, number])
        told = verify_evidence(record, data=octets, trust=trust, at=LATER)
        # The object beside it in the tree is found in the first list as well, and then in no later chain.
        assert told.indication is Indication.FAILED
        assert told.cause in {"evidence-other-data", "evidence-link"}


@given(st.data())
def test_a_changed_octet_is_refused_or_changes_nothing_that_is_said(
    old: Kept, trust: TrustStore, data: st.DataObject
) -> None:
    """What nobody signs in the last token, or how XML is spelt, may be written otherwise."""
    syntax = data.draw(st.sampled_from(BOTH))
    sound = write_record(syntax, old.chains[syntax, 0])
    place, bit = data.draw(st.integers(0, len(sound) - 1)), data.draw(st.integers(0, 7))
    changed = bytearray(sound)
    changed[place] ^= 1 << bit
    told = verify_evidence(bytes(changed), data=OBJECTS[0], trust=trust, at=LATER)
    if told.passed:
        assert [each.time for each in told.timestamps] == [
            each.time for each in judged(old, (syntax, 0), trust).timestamps
        ]
        assert covered(read_record(bytes(changed)), OBJECTS[0]) == covered(read_record(sound), OBJECTS[0])
        before = [each for chain in read_record(bytes(changed)).chains for each in chain.timestamps][:-1]
        assert before == [each for chain in old.chains[syntax, 0] for each in chain.timestamps][:-1]


@pytest.mark.parametrize("syntax", BOTH)
def test_chains_and_timestamps_in_another_order_are_refused(old: Kept, trust: TrustStore, syntax: Syntax) -> None:
    one, two, three = old.chains[syntax, 0]
    turned = replace(one, timestamps=one.timestamps[::-1])
    for wrong in (
        (two, one, three),
        (one, three, two),
        (one, three),
        (two, three),
        (turned, two, three),
        (one, two, two),
    ):
        told = verify_evidence(write_record(syntax, wrong), data=OBJECTS[0], trust=trust, at=LATER)
        assert not told.passed
        assert told.cause in {"evidence-link", "evidence-other-data", "evidence-tree"}


@pytest.mark.parametrize("syntax", BOTH)
def test_the_evidence_of_another_object_is_refused(old: Kept, trust: TrustStore, syntax: Syntax) -> None:
    mine = old.chains[syntax, 0]
    for number in range(1, len(OBJECTS)):
        other = old.chains[syntax, number]
        for wrong in ((other[0], *mine[1:]), (mine[0], *other[1:]), (*mine[:2], other[2])):
            # Two that share a father have the same lists.
            if wrong != mine:
                told = verify_evidence(write_record(syntax, wrong), data=OBJECTS[0], trust=trust, at=LATER)
                assert not told.passed


def test_a_timestamp_over_something_else_is_refused(authorities: Authorities, trust: TrustStore) -> None:
    leaf = data_digest(Syntax.ASN1, OBJECTS[0], "sha256")
    tree = HashTree.of([leaf, leaf[::-1]], "sha256")
    other = stamp(authorities.tsa(), leaf, at=FIRST)
    told = verify_evidence(write_record(Syntax.ASN1, first(leaf, tree, other)), data=OBJECTS[0], trust=trust, at=FIRST)
    assert told.cause == "evidence-tree"


# ---------------------------------------------------------------- too late, not trusted


def test_an_authority_that_nobody_trusts(authorities: Authorities, trust: TrustStore) -> None:
    kept = Kept(authorities, OBJECTS[:1]).begin(by=authorities.stranger())
    assert judged(kept, (Syntax.ASN1, 0), trust, at=FIRST).cause in {"timestamp-untrusted", "timestamp-path"}


def test_without_a_renewal_it_ends_with_the_certificate(authorities: Authorities, trust: TrustStore) -> None:
    kept = Kept(authorities, OBJECTS[:1]).begin(by=authorities.tsa(ends=FIRST + YEAR))
    assert judged(kept, (Syntax.XML, 0), trust, at=FIRST + YEAR / 2).until == FIRST + YEAR
    assert judged(kept, (Syntax.XML, 0), trust, at=FIRST + 2 * YEAR).cause == "timestamp-aged"


def test_a_renewal_that_came_too_late_proves_nothing(authorities: Authorities, trust: TrustStore) -> None:
    kept = Kept(authorities, OBJECTS[:1]).begin(by=authorities.tsa(ends=FIRST + YEAR)).renew(at=FIRST + 2 * YEAR)
    told = judged(kept, (Syntax.ASN1, 0), trust, at=FIRST + 3 * YEAR)
    assert (told.indication, told.cause) == (Indication.INDETERMINATE, "timestamp-aged")
    assert [each.passed for each in told.timestamps] == [False, True]


def test_a_renewal_from_before_what_it_covers_is_refused(authorities: Authorities, trust: TrustStore) -> None:
    kept = Kept(authorities, OBJECTS[:1]).begin().renew(at=FIRST - timedelta(minutes=2))
    assert judged(kept, (Syntax.ASN1, 0), trust, at=FIRST + YEAR).cause == "evidence-order"


@pytest.mark.parametrize("years", [1, 3])
def test_a_revocation_counts_only_before_the_renewal(years: int) -> None:
    authorities = Authorities()
    tsa = authorities.tsa()
    kept = Kept(authorities, OBJECTS[:1]).begin(by=tsa).renew(at=FIRST + 2 * YEAR)
    authorities.root.revoked.append((tsa.certificate.serial_number, FIRST + years * YEAR, x509.ReasonFlags.superseded))
    told = judged(kept, (Syntax.ASN1, 0), authorities.trust(), at=FIRST + 4 * YEAR)
    assert told.passed is (years == 3)


def _suites(*, sha256_until: date) -> list[Suite]:
    strong = replace(TT_15_2025, digests=frozenset({"sha384", "sha512"}))
    return [replace(TT_15_2025, until=sha256_until), strong]


def test_a_hash_that_ages_is_given_up_in_time_or_the_proof_is_gone(authorities: Authorities, trust: TrustStore) -> None:
    ends = (FIRST + YEAR).date()
    suites = _suites(sha256_until=ends)
    early = Kept(authorities, OBJECTS[:1]).begin().rehash("sha512", at=FIRST + YEAR / 2)
    late = Kept(authorities, OBJECTS[:1]).begin().rehash("sha512", at=FIRST + 2 * YEAR)
    for syntax in BOTH:
        # The authority of these tests signs its tokens by the digest that it stamps.
        assert judged(early, (syntax, 0), trust, at=FIRST + 3 * YEAR, suites=suites).passed
        told = judged(late, (syntax, 0), trust, at=FIRST + 3 * YEAR, suites=suites)
        assert (told.indication, told.cause) == (Indication.INDETERMINATE, "evidence-algorithm-aged")
    alone = Kept(authorities, OBJECTS[:1]).begin()
    told = judged(alone, (Syntax.ASN1, 0), trust, at=FIRST, suites=suites)
    assert told.passed
    assert told.until is not None
    assert told.until.date() == ends


def test_a_token_carries_the_revocation_data_of_its_day(authorities: Authorities) -> None:
    tsa = authorities.tsa()
    leaf = data_digest(Syntax.ASN1, OBJECTS[0], "sha256")
    tree = HashTree.of([leaf], "sha256")
    token = stamp(tsa, leaf, at=FIRST)
    root = authorities.root
    lists = TrustStore(anchors=[root.holder.der], revocation_lists=[root.revocation_list(ends=FIRST + 2 * YEAR)])
    certificate = certificate_from_der(tsa.certificate.public_bytes(Encoding.DER))
    bare = TrustStore(anchors=[root.holder.der])
    enriched = settled(token, certificate, lists, at=FIRST + YEAR)
    for known, cause in ((token, "timestamp-revocation-unknown"), (enriched, None)):
        record = write_record(Syntax.ASN1, first(leaf, tree, known))
        assert verify_evidence(record, data=OBJECTS[0], trust=bare, at=FIRST + YEAR).cause == cause
    assert settled(token, certificate, bare, at=FIRST + YEAR) == token


# ---------------------------------------------------------------- hostile


@given(st.binary(max_size=200) | st.binary(max_size=200).map(lambda rest: b"\x30" + rest))
def test_anything_may_come(octets: bytes) -> None:
    told = verify_evidence(octets, data=b"", trust=TrustStore(anchors=()), at=FIRST)
    assert told.cause == "evidence-malformed"


def write_sha_1(der: bytes) -> bytes:
    """A record by SHA-1 as far as its own words go; what the tokens say is left."""
    parsed = asn1._EvidenceRecord.load(der)
    for chain in parsed["archive_time_stamp_sequence"]:
        for each in chain:
            each["digest_algorithm"] = {"algorithm": "sha1"}
    return bytes(parsed.dump(force=True))


def _hostile(sound: bytes, der: bytes) -> dict[str, bytes]:
    text = sound.decode()
    head, _, body = text.partition("<EvidenceRecord")
    return {
        "empty": b"",
        "doctype": f'{head}<!DOCTYPE x [<!ENTITY a "b">]><EvidenceRecord{body}'.encode(),
        "entity": text.replace("<TimeStamp>", "<TimeStamp>&a;").encode(),
        "comment": text.replace("<TimeStamp>", "<!-- x --><TimeStamp>").encode(),
        "utf-16": text.replace("UTF-8", "UTF-16").encode("utf-16"),
        "too large": sound + b" " * LONGEST,
        "too deep": b"<a>" * 5000,
        "order repeated": text.replace('Order="2"', 'Order="1"').encode(),
        "order from zero": text.replace('Order="1"', 'Order="0"').encode(),
        "another version": text.replace('Version="1.0"', 'Version="2.0"').encode(),
        "another canonicalisation": text.replace("REC-xml-c14n-20010315", "REC-xslt-19991116").encode(),
        "sha-1": text.replace("xmlenc#sha256", "xmldsig#sha1").encode(),
        "another kind of token": text.replace("RFC3161", "XMLENTRUST").encode(),
        "no Base64": text.replace("<DigestValue>", "<DigestValue>!").encode(),
        "encryption": text.replace(
            "<ArchiveTimeStampSequence", "<EncryptionInformation/><ArchiveTimeStampSequence"
        ).encode(),
        "another name space": text.replace("xml:ns:ers", "xml:ns:other").encode(),
        "cut": der[:-1],
        "more after it": der + b"\x00",
        "long length": b"\x30\x84" + len(der[4:]).to_bytes(4, "big") + der[4:],
        "indefinite length": b"\x30\x80" + der[4:] + b"\x00\x00",
        "another tag": b"\x31" + der[1:],
        "nested": b"\x30\x80" * 5000,
        "another version in DER": der.replace(b"\x02\x01\x01", b"\x02\x01\x02", 1),
        "many chains": write_record(Syntax.ASN1, [Chain("sha256", (ArchiveTimestamp((), b"\x30\x00"),))] * 17),
        "an empty chain": re.sub(
            r'(<ArchiveTimeStampChain Order="1">).*(</ArchiveTimeStampChain>)', r"\1\2", text, flags=re.DOTALL
        ).encode(),
        "an empty timestamp": re.sub(
            r'(<ArchiveTimeStamp Order="2">).*?(</ArchiveTimeStamp>)', r"\1\2", text, flags=re.DOTALL
        ).encode(),
        "sha-1 in DER": write_sha_1(der),
        "an empty list": write_record(Syntax.ASN1, [Chain("sha256", (ArchiveTimestamp(((b"x" * 32,), ()), b"0\0"),))]),
        "many values": write_record(
            Syntax.ASN1, [Chain("sha256", (ArchiveTimestamp(((b"x" * 32,) * 1025,), b"\x30\x00"),))]
        ),
        "many lists": write_record(
            Syntax.XML, [Chain("sha256", (ArchiveTimestamp(((b"x" * 32,),) * 65, b"\x30\x00"),))]
        ),
    }


def test_what_is_hostile_is_refused_by_name(authorities: Authorities, trust: TrustStore) -> None:
    kept = Kept(authorities, OBJECTS[:2]).begin().renew(at=FIRST + YEAR)
    sound, der = (write_record(syntax, kept.chains[syntax, 0]) for syntax in (Syntax.XML, Syntax.ASN1))
    assert der[:2] == b"\x30\x82"
    for name, octets in _hostile(sound, der).items():
        told = verify_evidence(octets, data=OBJECTS[0], trust=trust, at=FIRST + 2 * YEAR)
        assert (name, told.cause) == (name, "evidence-malformed")
        with pytest.raises(RecordUnreadable):
            read_record(octets)


def _crowded(*levels: int) -> bytes:
    """A DER record, as large as one may be, of empty elements inside so many others."""
    octets = b"\x30\x00" * (LONGEST // 2 - 60)
    for tag in levels:
        octets = asn1._wrapped(bytes((tag,)), octets)
        if tag == 0xA2:
            octets = asn1._algorithm("sha256", b"\xa0") + octets + b"\x30\x00"
    return asn1._sequence(asn1._VERSION + asn1._sequence(b"") + octets)


@pytest.mark.parametrize(
    "levels",
    [(0x30,), (0x30, 0x30), (0xA2, 0x30, 0x30, 0x30), (0x30, 0xA2, 0x30, 0x30, 0x30)],
    ids=["chains", "timestamps", "lists", "values"],
)
def test_a_crowd_is_refused_before_it_is_read(levels: tuple[int, ...]) -> None:
    octets = _crowded(*levels)
    tracemalloc.start()
    try:
        with pytest.raises(RecordUnreadable):
            read_record(octets)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 8 * LONGEST


@pytest.mark.parametrize("syntax", BOTH)
def test_hash_values_of_another_length_are_refused(syntax: Syntax) -> None:
    kept = Kept(authorities := Authorities(), [b"<a></a>", b"<b></b>", b"<c></c>"]).begin()
    (chain,) = kept.chains[syntax, 0]
    (stamp,) = chain.timestamps
    first, *others = stamp.reduced
    joined = (first[0], b"".join(first[1:]) + b"x")
    spoiled = replace(chain, timestamps=(replace(stamp, reduced=(joined, *others)),))
    told = verify_evidence(write_record(syntax, [spoiled]), data=b"<a></a>", trust=authorities.trust())
    assert (told.indication, told.cause) == (Indication.FAILED, "evidence-malformed")
