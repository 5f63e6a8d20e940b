"""Slots: signatures moved, swapped, doubled, stripped, or put where none belongs."""

import re
from collections.abc import Iterator

from support.forge import XMLDSIG, record, signature_of, stamp
from support.workshop import HOUR, PRINCIPAL, SIGNED, TEACHER

from attacks.attack import Attack, edited, replaced
from attacks.site import Site
from attacks.wrapping import SLOTS


def _swapped_signatures(site: Site) -> bytes:
    text = site.good.decode()
    first, second = signature_of(text, "GVCN"), signature_of(text, "CBQL")
    return text.replace(first, "@").replace(second, first).replace("@", second).encode()


def _swapped_with_dates(site: Site) -> bytes:
    """Signatures and dates change places, the names stay."""
    dates = (stamp(SIGNED), stamp(SIGNED + HOUR))
    text = _swapped_signatures(site).decode()
    for slot, other in zip(("GVCN", "CBQL"), reversed(dates), strict=True):
        text = re.sub(f"(<{slot}><NGAY_KY>)[^<]*", lambda found, other=other: found[1] + other, text)  # type: ignore[misc]
    return text.encode()


def _swapped_slots(site: Site) -> bytes:
    text = site.good.decode()
    first, second = (re.search(f"<{name}>(.*?)</{name}>", text, re.DOTALL)[1] for name in ("GVCN", "CBQL"))  # type: ignore[index]
    return text.replace(first, "@").replace(second, first).replace("@", second).encode()


def _moved_out(site: Site) -> bytes:
    text = site.good.decode()
    signature = signature_of(text, "CBQL")
    return text.replace(signature, "").replace("</HOC_BA>", f"{signature}</HOC_BA>").encode()


def _moved_into_data(site: Site) -> bytes:
    text = site.good.decode()
    signature = signature_of(text, "CBQL")
    return text.replace(signature, "").replace("</DU_LIEU_HOC_BA>", f"{signature}</DU_LIEU_HOC_BA>").encode()


def _deeper(site: Site) -> bytes:
    text = site.good.decode()
    signature = signature_of(text, "CBQL")
    return replaced(text, signature, f"<x>{signature}</x>")


def _in_wrong_namespace(site: Site) -> bytes:
    text = site.good.decode()
    signature = signature_of(text, "CBQL")
    return replaced(text, signature, signature.replace(XMLDSIG, "urn:another"))


def _twice(site: Site) -> bytes:
    text = site.good.decode()
    signature = signature_of(text, "CBQL")
    return replaced(text, signature, signature + signature.replace("sig-cbql", "sig-zwei"))


def _junk_second(site: Site) -> bytes:
    text = site.good.decode()
    signature = signature_of(text, "CBQL")
    junk = re.sub(r"(SignatureValue>)[^<]*", r"\1AAAA", signature).replace("sig-cbql", "sig-zwei")
    return replaced(text, signature, signature + junk)


def _within_another(site: Site) -> bytes:
    text = site.good.decode()
    inner = signature_of(text, "GVCN").replace("sig-gvcn", "sig-drin")
    signature = signature_of(text, "CBQL")
    nested = signature.replace("</ds:Signature>", f"<ds:Object>{inner}</ds:Object></ds:Signature>")
    return replaced(text, signature, nested)


def _countersigned(site: Site) -> bytes:
    """A counter-signature, as XAdES allows: nobody declared its place."""
    text = site.good.decode()
    inner = signature_of(text, "GVCN").replace("sig-gvcn", "sig-gegen")
    unsigned = (
        "<xades:UnsignedProperties><xades:UnsignedSignatureProperties><xades:CounterSignature>"
        f"{inner}</xades:CounterSignature></xades:UnsignedSignatureProperties></xades:UnsignedProperties>"
    )
    signature = signature_of(text, "CBQL")
    ending = "</xades:QualifyingProperties>"
    return replaced(text, signature, signature.replace(ending, unsigned + ending))


def _second_name(site: Site) -> bytes:
    return replaced(
        site.good.decode(),
        f"<SO_CCCD>{PRINCIPAL}</SO_CCCD><ds",
        f"<SO_CCCD>{PRINCIPAL}</SO_CCCD><SO_CCCD>{TEACHER}</SO_CCCD><ds",
    )


def _second_date(site: Site) -> bytes:
    date = f"<NGAY_KY>{stamp(SIGNED + HOUR)}</NGAY_KY>"
    return replaced(site.good.decode(), date, f"{date}<NGAY_KY>2026-05-20T10:00:00+07:00</NGAY_KY>")


def _stripped() -> Iterator[Attack]:
    for slot in SLOTS:
        low = slot.lower().replace("_", "-")
        yield Attack(f"slot-stripped-{low}", "slot-missing", edited(f"<{slot}>.*?</{slot}>", ""),
                     f"Without {slot}'s slot nothing of it can fail: what is required must be there.")  # fmt: skip
        pattern = f"(<{slot}>.*?)<ds:Signature .*?</ds:Signature>(</{slot}>)"
        yield Attack(f"slot-unsigned-{low}", "slot-unsigned", edited(pattern, r"\1\2"),
                     f"{slot}'s slot names a signer and a date, and nobody signed.")  # fmt: skip


def _one_bad() -> Iterator[Attack]:
    for slot in SLOTS:
        low = slot.lower().replace("_", "-")
        changed = rf"(<{slot}>.*?SignatureValue>)...."
        yield Attack(f"one-bad-of-three-{low}", f"{slot}:value-wrong", edited(changed, r"\1AAAA"),
                     f"Two good signatures must not carry {slot}'s broken one.")  # fmt: skip


ATTACKS = (
    *_stripped(),
    *_one_bad(),
    Attack("signatures-swapped", "GVCN:signing-date-differs", _swapped_signatures,
           "Both are sound and over the same data; only who stands where is wrong."),
    Attack("signatures-swapped-with-their-dates", "GVCN:signer-differs", _swapped_with_dates,
           "The slot's name must be the certificate's: a teacher does not become the principal."),
    Attack("slots-swapped", "order-wrong", _swapped_slots,
           "Whole slots change places: each agrees with itself, and the order tells."),
    Attack("signature-moved-out-of-its-slot", "signature-misplaced", _moved_out,
           "A signature somewhere in the record belongs to nobody."),
    Attack("signature-moved-into-the-data", "signature-misplaced", _moved_into_data,
           "A search through the whole record would find it there."),
    Attack("signature-one-level-deeper", "signature-misplaced", _deeper,
           "What stands around a signature can be styled into another meaning."),
    Attack("signature-in-another-namespace", "signature-misplaced", _in_wrong_namespace,
           "What looks like a signature and is none must not be passed over."),
    Attack("two-signatures-in-a-slot", "slot-repeated", _twice,
           "A verifier that takes the first one leaves the second to mislead."),
    Attack("junk-second-signature", "slot-repeated", _junk_second,
           "Every signature is judged; one that is broken may not hide behind a good one."),
    Attack("signature-within-a-signature", "signature-misplaced", _within_another,
           "Another's signature inside an Object looks like one of the record."),
    Attack("counter-signature", "signature-misplaced", _countersigned,
           "A signature over a signature has no declared slot; nothing says what it approves."),
    Attack("slot-twice", "slot-repeated", edited("<CBQL>", "<CBQL></CBQL><CBQL>"),
           "Of two slots one is read by the verifier and the other by a person."),
    Attack("slot-list-twice", "slot-repeated", edited("</HOC_BA>", "<DANH_SACH_THONG_TIN_KY/></HOC_BA>"),
           "Of two lists one is read by the verifier and the other by a person."),
    Attack("slot-of-unknown-name", "signature-misplaced", edited("<(/?)CBQL>", r"<\1KHAC>", count=2),
           "A signature in a slot that nobody declared says nothing."),
    Attack("slot-of-small-letters", "signature-misplaced", edited("<(/?)CBQL>", r"<\1cbql>", count=2),
           "XML has no regard for what looks alike."),
    Attack("slot-names-two-signers", "CBQL:signer-differs", _second_name,
           "The first name is the certificate's, and whoever reads the last sees another person."),
    Attack("slot-names-two-dates", "CBQL:signing-date-differs", _second_date,
           "The first date is the signature's, and whoever reads the last sees another day."),
    Attack("nothing-signed", "slot-missing", lambda site: record(site.data, [], identifier=site.uuid),
           "No signature can fail where there is none."),
    Attack("nothing-signed-and-no-list", "slot-missing", lambda site: site.unsigned(),
           "The whole list of signers is gone."),
    Attack("nothing-required", "policy-empty", lambda site: site.good, "A policy that asks for nothing accepts nothing.",
           door="no-policy"),
    Attack("institution-missing-nationally", "slot-missing", edited("<KY_PHAT_HANH>.*?</KY_PHAT_HANH>", ""),
           "Nationally the teacher may be absent, the institution may not.", door="national"),
    Attack("optional-slot-broken-nationally", "GVCN:value-wrong", edited(r"(<GVCN>.*?SignatureValue>)....", r"\1AAAA"),
           "What need not be signed must be sound where it is signed.", door="national"),
)  # fmt: skip
