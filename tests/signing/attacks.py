"""Attacks and mistakes by name: how each record is made, and the first cause for which it must not pass."""

import hashlib
import re
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.x509.oid import ExtendedKeyUsageOID
from lxml import etree
from support.authority import Authority, Holder, ec_key, institution, person, rsa_key
from support.forge import C14N, DIGESTS, ENVELOPED, XADES, XMLDSIG, canonical, signature_of, stamp
from support.workshop import HOUR, NOW, PRINCIPAL, SIGNED, TEACHER, Workshop

from signing.verify import Disposition

Make = Callable[[Workshop], bytes]
EXCLUSIVE = C14N["exc"]
REFUSE, HOLD = Disposition.REFUSE, Disposition.HOLD


@dataclass(frozen=True, slots=True)
class Attack:
    """One record that must not pass."""

    name: str
    """Stable name."""
    cause: str
    """What the verdict must name."""
    make: Make
    """How it is made."""
    disposition: Disposition = REFUSE
    """What becomes of the record."""


def edited(pattern: str, replacement: str, *, count: int = 1) -> Make:
    """The good record with its text changed afterwards."""

    def make(workshop: Workshop) -> bytes:
        text, changed = re.subn(pattern, replacement, workshop.good.decode(), count=count, flags=re.DOTALL)
        assert changed
        return text.encode()

    return make


def template(pattern: str, replacement: str) -> Make:
    """The principal's software writes something else, and signs it."""

    def change(text: str) -> str:
        text, changed = re.subn(pattern, replacement, text, flags=re.DOTALL)
        assert changed
        return text

    return lambda workshop: workshop.styled(template=change)


def key_info(text: str) -> Make:
    return lambda workshop: workshop.styled(key_info=lambda _: text)


def headed(make: Callable[[Workshop], Holder], **style: object) -> Make:
    """Signed by another certificate of the principal."""
    return lambda workshop: workshop.record(CBQL={"by": make(workshop), **style})


# --- wrapping ---------------------------------------------------------------------------------------------------------


def _forged(workshop: Workshop, identifier: str = 'Id="data"') -> str:
    """The data with the marks an attacker would like."""
    better = workshop.data.replace("<MUC_DAT_DUOC>H</MUC_DAT_DUOC>", "<MUC_DAT_DUOC>T</MUC_DAT_DUOC>")
    return better.replace('Id="data"', identifier).replace("<DAN_TOC>", "<DAN_TOC>X")


def _beside(identifier: str, wrapper: str = "BOC") -> Make:
    """The forged data in their place, the signed ones kept beside them."""

    def make(workshop: Workshop) -> bytes:
        forged, text = _forged(workshop, identifier), workshop.good.decode()
        text = text.replace(workshop.data, forged)
        return text.replace("</HOC_BA>", f"<{wrapper}>{workshop.data}</{wrapper}></HOC_BA>").encode()

    return make


def _inside_object(workshop: Workshop) -> bytes:
    text = workshop.good.decode().replace(workshop.data, _forged(workshop))
    return text.replace("</ds:Object>", f"</ds:Object><ds:Object>{workshop.data}</ds:Object>", 1).encode()


def _nested_record(workshop: Workshop) -> bytes:
    forged = f'<HOC_BA id="hb-x">{_forged(workshop)}'
    return (forged + workshop.good.decode() + "</HOC_BA>").encode()


def _second_region(workshop: Workshop) -> bytes:
    text = workshop.good.decode()
    return text.replace("<DANH_SACH_THONG", _forged(workshop, 'Id="other"') + "<DANH_SACH_THONG", 1).encode()


def _properties_named_data(workshop: Workshop) -> bytes:
    """The signature's own properties bear the data's identifier: the reference could mean either."""
    return workshop.styled(template=lambda text: re.sub(r'Id="sig-cbql-[^"]*-props"', 'Id="data"', text))


WRAPPING = (
    Attack("wrapped-data-beside", "identifier-repeated", _beside('Id="data"')),
    Attack("wrapped-data-under-another-spelling", "identifier-repeated", _beside('id="data"')),
    Attack("wrapped-data-under-capitals", "identifier-repeated", _beside('ID="data"')),
    Attack("wrapped-data-under-xml-id", "identifier-repeated", _beside('xml:id="data"')),
    Attack("wrapped-data-forged-without-identifier", "GVCN:data-missing", _beside("")),
    Attack("wrapped-data-forged-under-new-identifier", "GVCN:data-missing", _beside('Id="data2"')),
    Attack("wrapped-data-in-object", "identifier-repeated", _inside_object),
    Attack("wrapped-record-in-record", "identifier-repeated", _nested_record),
    Attack("second-data-region", "GVCN:data-missing", _second_region),
    Attack("properties-named-as-data", "identifier-repeated", _properties_named_data),
    Attack(
        "identifiers-repeated-between-signatures",
        "identifier-repeated",
        lambda w: w.good.replace(f"sig-cbql-{w.uuid}".encode(), f"sig-gvcn-{w.uuid}".encode()),
    ),
)


# --- places -----------------------------------------------------------------------------------------------------------


def _swapped_signatures(workshop: Workshop) -> bytes:
    text = workshop.good.decode()
    first, second = signature_of(text, "GVCN"), signature_of(text, "CBQL")
    return text.replace(first, "@").replace(second, first).replace("@", second).encode()


def _swapped_slots(workshop: Workshop) -> bytes:
    text = workshop.good.decode()
    first, second = (re.search(f"<{name}>(.*?)</{name}>", text, re.DOTALL)[1] for name in ("GVCN", "CBQL"))
    return text.replace(first, "@").replace(second, first).replace("@", second).encode()


def _moved_out(workshop: Workshop) -> bytes:
    text = workshop.good.decode()
    signature = signature_of(text, "CBQL")
    return text.replace(signature, "").replace("</HOC_BA>", f"{signature}</HOC_BA>").encode()


def _in_wrong_namespace(workshop: Workshop) -> bytes:
    text = workshop.good.decode()
    signature = signature_of(text, "CBQL")
    return text.replace(signature, signature.replace(XMLDSIG, "urn:another")).encode()


def _twice(workshop: Workshop) -> bytes:
    text = workshop.good.decode()
    signature = signature_of(text, "CBQL")
    return text.replace(signature, signature + signature.replace("sig-cbql", "sig-zwei")).encode()


def _within_another(workshop: Workshop) -> bytes:
    text = workshop.good.decode()
    inner = signature_of(text, "GVCN").replace("sig-gvcn", "sig-drin")
    signature = signature_of(text, "CBQL")
    nested = signature.replace("</ds:Signature>", f"<ds:Object>{inner}</ds:Object></ds:Signature>")
    return text.replace(signature, nested).encode()


def _foreign_record(workshop: Workshop) -> bytes:
    """A sound signature of the same people over another record."""
    other = workshop.record(data=workshop.data.replace("Việt Nam", "Lào")).decode()
    text = workshop.good.decode()
    return text.replace(signature_of(text, "CBQL"), signature_of(other, "CBQL")).encode()


PLACES = (
    Attack("swapped-signatures", "GVCN:signing-date-differs", _swapped_signatures),
    Attack("swapped-slots", "order-wrong", _swapped_slots),
    Attack("signature-moved-out-of-its-slot", "signature-misplaced", _moved_out),
    Attack("signature-in-another-namespace", "signature-misplaced", _in_wrong_namespace),
    Attack("two-signatures-in-a-slot", "slot-repeated", _twice),
    Attack("signature-within-a-signature", "signature-misplaced", _within_another),
    Attack("signature-of-another-record", "CBQL:digest-data", _foreign_record),
    Attack("slot-twice", "slot-repeated", edited("<CBQL>", "<CBQL></CBQL><CBQL>")),
    Attack("slot-list-twice", "slot-repeated", edited("</HOC_BA>", "<DANH_SACH_THONG_TIN_KY/></HOC_BA>")),
    Attack("slot-unsigned", "slot-unsigned", edited("(<CBQL>.*?)<ds:Signature .*?</ds:Signature>(</CBQL>)", r"\1\2")),
    Attack("slot-missing", "slot-missing", edited("<CBQL>.*?</CBQL>", "")),
    Attack("slot-of-unknown-name", "signature-misplaced", edited("<(/?)CBQL>", r"<\1KHAC>", count=2)),
)


# --- what is signed ---------------------------------------------------------------------------------------------------


def _digest_recomputed(workshop: Workshop) -> bytes:
    text = workshop.good.decode()
    old = re.search(r"DigestValue>([^<]*)<", text)[1]
    text = text.replace("<DAN_TOC>", "<DAN_TOC>X")
    octets = canonical(etree.fromstring(text).find("DU_LIEU_HOC_BA"), "exc")
    return text.replace(old, b64encode(hashlib.sha256(octets).digest()).decode()).encode()


CONTENT = (
    Attack("changed-letter", "GVCN:digest-data", edited("<DAN_TOC>", "<DAN_TOC>X")),
    Attack("changed-letter-digest-recomputed", "GVCN:value-wrong", _digest_recomputed),
    Attack("changed-mark", "GVCN:digest-data", edited("<DIEM_KIEM_TRA_DINH_KY>[0-9]+", "<DIEM_KIEM_TRA_DINH_KY>10")),
    Attack("white-space-in-data", "GVCN:digest-data", edited("<THONG_TIN_CHUNG>", "<THONG_TIN_CHUNG>\n")),
    Attack("carriage-return-in-data", "GVCN:digest-data", edited("</QUOC_TICH>", "&#13;</QUOC_TICH>")),
    Attack("letters-decomposed", "GVCN:digest-data", edited("Việt Nam", "Vie\u0323\u0302t Nam")),
    Attack("attribute-added-to-data", "GVCN:digest-data", edited('Id="data"', 'Id="data" x="y"')),
    Attack("default-namespace-on-record", "wrong-root", edited("<HOC_BA ", '<HOC_BA xmlns="urn:x" ')),
    Attack("prefix-on-a-value", "GVCN:digest-data", edited("<DAN_TOC>(.*?)</DAN_TOC>", r'<a:DAN_TOC xmlns:a="urn:a">\1</a:DAN_TOC>')),
    Attack("signing-time-changed", "GVCN:digest-properties", edited("<SigningTime>2026", "<SigningTime>2027")),
    Attack("xades-time-changed", "GVCN:digest-properties", edited("<xades:SigningTime>2026", "<xades:SigningTime>2027")),
    Attack("ngay-ky-changed", "GVCN:signing-date-differs", edited("<NGAY_KY>2026-05-25T09", "<NGAY_KY>2026-05-25T08")),
    Attack("ngay-ky-of-another-day", "CBQL:signing-date-differs", lambda w: w.styled(ngay_ky="2026-05-24")),
    Attack("ngay-ky-unreadable", "CBQL:signing-date-differs", lambda w: w.styled(ngay_ky="hôm qua")),
    Attack("signature-value-changed", "GVCN:value-wrong", edited("(SignatureValue>)....", r"\1AAAA")),
    Attack("signature-value-empty", "GVCN:value-wrong", edited("SignatureValue>[^<]+<", "SignatureValue><")),
    Attack("signature-value-not-base64", "GVCN:signature-malformed", edited("(SignatureValue>)....", r"\1****")),
    Attack("signature-algorithm-exchanged", "GVCN:value-wrong", edited("more#rsa-sha256", "more#rsa-sha512")),
)  # fmt: skip


# --- references and transforms ----------------------------------------------------------------------------------------

_DATA_TRANSFORMS = r'(URI="#data"><ds:Transforms>).*?(</ds:Transforms>)'
_FILTER = '<f:XPath xmlns:f="http://www.w3.org/2002/06/xmldsig-filter2" Filter="{}">{}</f:XPath>'


def transforms(*texts: str) -> Make:
    """The principal's software transforms the data so; where no digest can be right, the verdict names the transform."""
    return template(_DATA_TRANSFORMS, r"\1" + "".join(texts).replace("\\", r"\\") + r"\2")


def transform(algorithm: str, content: str = "") -> str:
    return f'<ds:Transform Algorithm="{algorithm}">{content}</ds:Transform>'


def _many_references(text: str) -> str:
    (reference,) = re.findall(r'<ds:Reference URI="#sig[^"]*-props">.*?</ds:Reference>', text)
    return text.replace(reference, reference * 10)


_ONLY_DATA = r'<ds:Reference URI="#sig-.*?</ds:Reference>'
_CERTAIN = r'<ds:Reference URI="#data">.*?</ds:Reference>'

REFERENCES = (
    Attack("transform-xslt", "CBQL:transform-forbidden", transforms(
        transform("http://www.w3.org/TR/1999/REC-xslt-19991116", '<x:stylesheet xmlns:x="http://www.w3.org/1999/XSL/Transform" version="1.0"/>'))),
    Attack("transform-xpath", "CBQL:transform-forbidden", transforms(
        transform("http://www.w3.org/TR/1999/REC-xpath-19991116", "<ds:XPath>not(ancestor-or-self::BANG_DIEM)</ds:XPath>"))),
    Attack("transform-filter-intersect", "CBQL:transform-forbidden", transforms(
        transform("http://www.w3.org/2002/06/xmldsig-filter2", _FILTER.format("intersect", "/descendant::ds:Signature")))),
    Attack("transform-filter-subtract-marks", "CBQL:transform-forbidden", transforms(
        transform("http://www.w3.org/2002/06/xmldsig-filter2", _FILTER.format("subtract", "/descendant::BANG_DIEM")))),
    Attack("transform-base64", "CBQL:transform-forbidden", transforms(transform(f"{XMLDSIG}base64"))),
    Attack("transform-unknown", "CBQL:transform-forbidden", transforms(transform("urn:x:y"), transform(EXCLUSIVE))),
    Attack("transform-after-canonicalisation", "CBQL:transform-forbidden", transforms(transform(EXCLUSIVE), transform(ENVELOPED))),
    Attack("transform-with-comments", "CBQL:transform-forbidden", transforms(transform(f"{EXCLUSIVE}WithComments"))),
    Attack("canonicalisation-with-comments", "CBQL:c14n-forbidden", template(
        f'CanonicalizationMethod Algorithm="{EXCLUSIVE}"', f'CanonicalizationMethod Algorithm="{EXCLUSIVE}WithComments"')),
    Attack("canonicalisation-unknown", "CBQL:c14n-forbidden", template(
        f'CanonicalizationMethod Algorithm="{EXCLUSIVE}"', 'CanonicalizationMethod Algorithm="urn:x"')),
    Attack("reference-empty", "CBQL:reference-foreign", lambda w: w.styled(uri="")),
    Attack("reference-file", "CBQL:reference-foreign", lambda w: w.styled(uri="file:///etc/hostname")),
    Attack("reference-http", "CBQL:reference-foreign", lambda w: w.styled(uri="http://localhost/data")),
    Attack("reference-xpointer", "CBQL:reference-foreign", lambda w: w.styled(uri="#xpointer(id('data'))")),
    Attack("reference-whole-record", "CBQL:reference-foreign", lambda w: w.styled(uri=f"#hb-{w.uuid}")),
    Attack("reference-another-slot", "CBQL:reference-foreign", lambda w: w.styled(uri=f"#sig-gvcn-{w.uuid}-props")),
    Attack("reference-nowhere", "CBQL:reference-foreign", lambda w: w.styled(uri="#khong-co")),
    Attack("reference-data-twice", "CBQL:reference-foreign", template(f"({_CERTAIN})", r"\1\1")),
    Attack("references-too-many", "CBQL:signature-malformed", lambda w: w.styled(template=_many_references)),
    Attack("only-data-signed", "CBQL:properties-unsigned", template(_ONLY_DATA, "")),
    Attack("only-properties-signed", "CBQL:data-unsigned", template(_CERTAIN, "")),
    Attack("xades-properties-unsigned", "CBQL:signing-time-conflict", template(r'<ds:Reference URI="#sig-[^"]*-xades">.*?</ds:Reference>', "")),
    Attack("signed-info-without-references", "CBQL:signature-malformed", template(r"<ds:Reference .*</ds:Reference>", "")),
)  # fmt: skip


# --- algorithms and keys ----------------------------------------------------------------------------------------------

_HMAC = "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256"


def _method(algorithm: str) -> Make:
    return template(r'SignatureMethod Algorithm="[^"]*"', f'SignatureMethod Algorithm="{algorithm}"')


def _ed25519(workshop: Workshop) -> bytes:
    other = workshop.head(key=ed25519.Ed25519PrivateKey.generate())
    return workshop.styled(key_info=lambda text: _with_certificate(text, other))


def _with_certificate(text: str, holder: Holder) -> str:
    return re.sub("(X509Certificate>)[^<]*", lambda found: found[1] + b64encode(holder.der).decode(), text)


ALGORITHMS = (
    Attack("sha1", "CBQL:algorithm-forbidden", lambda w: w.styled(digest="sha1")),
    Attack("sha1-digest-only", "CBQL:algorithm-forbidden", template(re.escape(DIGESTS["sha256"]) + '"/><ds:DigestValue>\\[', DIGESTS["sha1"] + '"/><ds:DigestValue>[')),
    Attack("md5-method", "CBQL:algorithm-forbidden", _method("http://www.w3.org/2001/04/xmldsig-more#rsa-md5")),
    Attack("hmac-method", "CBQL:algorithm-forbidden", _method(_HMAC)),
    Attack("dsa-method", "CBQL:algorithm-forbidden", _method("http://www.w3.org/2009/xmldsig11#dsa-sha256")),
    Attack("method-unknown", "CBQL:algorithm-forbidden", _method("urn:x")),
    Attack("method-of-another-key", "CBQL:algorithm-forbidden", _method("http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256")),
    Attack("rsa-1024", "CBQL:key-too-small", headed(lambda w: w.head(key=rsa_key(1024)))),
    Attack("ec-p192", "CBQL:key-too-small", headed(lambda w: w.head(key=ec_key(ec.SECP192R1())))),
    Attack("ec-another-curve", "CBQL:key-too-small", headed(lambda w: w.head(key=ec_key(ec.SECP256K1())))),
    Attack("ed25519-certificate", "CBQL:key-too-small", _ed25519),
)  # fmt: skip


# --- certificates -----------------------------------------------------------------------------------------------------


def _substituted(workshop: Workshop) -> bytes:
    """Another certificate over the same key."""
    other = workshop.head(key=workshop.principal.key)
    return workshop.styled(key_info=lambda text: _with_certificate(text, other))


def _two_ends(workshop: Workshop) -> bytes:
    return workshop.styled(key_info=lambda text: text + _with_certificate(text, workshop.teacher))


def _issuer_revoked(workshop: Workshop) -> Holder:
    workshop.root.revoke(workshop.stray.holder, SIGNED - timedelta(days=30))
    return workshop.head(by=workshop.stray)


def _institution(make: Callable[[Workshop], Holder]) -> Make:
    return lambda workshop: workshop.record(KY_PHAT_HANH={"by": make(workshop)})


def _self_signed(workshop: Workshop) -> Holder:
    return Authority("Tự ký").issue(person("Lê Văn Hiệu", PRINCIPAL), key=ec_key())


_COMPROMISE, _HOLD = x509.ReasonFlags.key_compromise, x509.ReasonFlags.certificate_hold

CERTIFICATES = (
    Attack("key-info-empty", "CBQL:certificate-missing", key_info("")),
    Attack("key-value-only", "CBQL:certificate-missing", key_info("<ds:KeyValue><ds:RSAKeyValue/></ds:KeyValue>")),
    Attack("key-name-only", "CBQL:certificate-missing", key_info("<ds:KeyName>x</ds:KeyName>")),
    Attack("subject-name-missing", "CBQL:subject-name-missing", lambda w: w.styled(subject_name=False)),
    Attack("subject-name-empty", "CBQL:subject-name-missing", lambda w: w.styled(key_info=lambda t: t.replace("CN=x", " "))),
    Attack("certificate-not-base64", "CBQL:certificate-unreadable", lambda w: w.styled(key_info=lambda t: t.replace("MII", "***"))),
    Attack("certificate-of-two-signers", "CBQL:certificate-missing", _two_ends),
    Attack("certificate-substituted", "CBQL:certificate-digest", _substituted),
    Attack("certificate-expired", "CBQL:certificate-expired", headed(lambda w: w.head(ends=SIGNED - timedelta(days=1)))),
    Attack("certificate-not-yet-valid", "CBQL:certificate-not-yet-valid", headed(lambda w: w.head(starts=SIGNED + timedelta(days=1)))),
    Attack("certificate-revoked-before", "CBQL:certificate-revoked", headed(lambda w: w.revoked(SIGNED - HOUR))),
    Attack("certificate-compromised-later", "CBQL:certificate-revoked", headed(lambda w: w.revoked(SIGNED + 9 * HOUR, _COMPROMISE))),
    Attack("certificate-revoked-later", "CBQL:certificate-revoked-later", headed(lambda w: w.revoked(SIGNED + 9 * HOUR)), HOLD),
    Attack("certificate-on-hold", "CBQL:certificate-on-hold", headed(lambda w: w.revoked(SIGNED - HOUR, _HOLD)), HOLD),
    Attack("issuer-revoked", "CBQL:issuer-revoked", headed(_issuer_revoked)),
    Attack("certificate-of-root-of-the-same-name", "CBQL:path-invalid", headed(lambda w: w.head(by=w.foreign))),
    Attack("certificate-self-signed", "CBQL:path-not-found", headed(_self_signed)),
    Attack("certificate-without-end", "CBQL:certificate-unreadable", key_info(
        "<ds:X509Data><ds:X509SubjectName>x</ds:X509SubjectName><ds:X509Certificate>" + "MIIB" * 9000
        + "</ds:X509Certificate></ds:X509Data>")),
    Attack("certificate-of-an-authority", "CBQL:certificate-is-ca", headed(lambda w: w.head(ca=True))),
    Attack("certificate-for-encryption", "CBQL:key-usage", headed(lambda w: w.head(signing=False))),
    Attack("certificate-for-servers", "CBQL:key-usage", headed(lambda w: w.head(purposes=[ExtendedKeyUsageOID.SERVER_AUTH]))),
    Attack("certificate-issued-by-a-signer", "CBQL:path-not-found", headed(
        lambda w: _by_holder(w.teacher).issue(person("Lê Văn Hiệu", PRINCIPAL), key=ec_key()))),
    Attack("seal-not-approved", "KY_PHAT_HANH:certificate-not-approved", _institution(
        lambda w: w.issuing.issue(institution("Trường Tiểu học Thử", w.unit), key=w.school.key))),
    Attack("seal-of-another-school", "KY_PHAT_HANH:certificate-not-approved", _institution(lambda w: w.neighbour)),
    Attack("seal-by-a-person", "KY_PHAT_HANH:certificate-not-approved", _institution(lambda w: w.principal)),
    Attack("signer-is-somebody-else", "CBQL:signer-differs", lambda w: w.styled(by=w.teacher)),
    Attack("signer-number-changed", "GVCN:signer-differs", edited(f"<SO_CCCD>{TEACHER}</SO_CCCD><ds", f"<SO_CCCD>{PRINCIPAL}</SO_CCCD><ds")),
    Attack("signer-number-missing", "CBQL:signer-unnamed", lambda w: w.styled(cccd="")),
    Attack("signer-is-the-institution", "CBQL:signer-differs", lambda w: w.styled(by=w.school)),
)  # fmt: skip


def _by_holder(holder: Holder) -> Authority:
    """A certificate that is no authority issues one all the same."""
    authority = Authority("x")
    authority.holder = holder
    return authority


# --- signed properties and times --------------------------------------------------------------------------------------


def _unsigned_time(text: str) -> str:
    """An extra object, covered by nothing."""
    extra = re.search(r"<ds:Object><ds:SignatureProperties .*?</ds:Object>", text)[0].replace("-props", "-more")
    return text.replace("</ds:Signature>", f"{extra}</ds:Signature>")


def _unsigned_property(text: str) -> str:
    unsigned = (
        f"<xades:UnsignedProperties><xades:SigningTime>{stamp(SIGNED)}</xades:SigningTime></xades:UnsignedProperties>"
    )
    return text.replace("</xades:QualifyingProperties>", f"{unsigned}</xades:QualifyingProperties>")


_POLICY = "<xades:SignaturePolicyIdentifier><xades:SignaturePolicyId/></xades:SignaturePolicyIdentifier>"

PROPERTIES = (
    Attack("times-contradict", "CBQL:signing-time-conflict", template("<SigningTime>2026-05-25T10", "<SigningTime>2026-05-25T11")),
    Attack("time-without-zone", "CBQL:signing-time-missing", template(r"(SigningTime>[^<]*)\+07:00", r"\1")),
    Attack("time-not-a-date", "CBQL:signing-time-missing", template(r"SigningTime>2026-05", "SigningTime>2026-15")),
    Attack("no-time-at-all", "CBQL:signing-time-missing", template(r"<(xades:)?SigningTime>[^<]*</(xades:)?SigningTime>", "")),
    Attack("time-outside-its-property", "CBQL:signing-time-conflict", template(r"(<ds:SignatureProperty [^>]*>)(<SigningTime>.*?</SigningTime>)", r"\1<x>\2</x>")),
    Attack("unsigned-properties-object", "CBQL:signature-malformed", lambda w: w.styled(template=_unsigned_time)),
    Attack("unsigned-time", "CBQL:signing-time-conflict", lambda w: w.styled(template=_unsigned_property)),
    Attack("foreign-object", "CBQL:signature-malformed", template("</ds:Signature>", "<ds:Object><x/></ds:Object></ds:Signature>")),
    Attack("manifest", "CBQL:signature-malformed", template("</ds:Signature>", "<ds:Object><ds:Manifest/></ds:Object></ds:Signature>")),
    Attack("second-qualifying-properties", "CBQL:signature-malformed", template(
        "</ds:Signature>", f'<ds:Object><xades:QualifyingProperties xmlns:xades="{XADES}"><xades:SignedProperties/></xades:QualifyingProperties></ds:Object></ds:Signature>')),
    Attack("target-of-another-signature", "CBQL:target-wrong", template('Target="#sig-cbql', 'Target="#sig-gvcn')),
    Attack("target-missing", "CBQL:target-wrong", template(' Target="#[^"]*"', "")),
    Attack("certificate-reference-missing", "CBQL:certificate-reference-missing", template("<xades:SigningCertificateV2>.*</xades:SigningCertificateV2>", "")),
    Attack("certificate-digest-wrong", "CBQL:certificate-digest", template("(xades:CertDigest>.*?DigestValue>)....", r"\1AAAA")),
    Attack("signature-policy-unknown", "CBQL:signature-policy", template("(</xades:SigningCertificateV2>)", rf"\1{_POLICY}"), HOLD),
    Attack("signed-in-the-future", "KY_PHAT_HANH:time-in-future", lambda w: w.record(KY_PHAT_HANH={"at": NOW + HOUR})),
    Attack("order-of-times", "order-wrong", lambda w: w.styled(at=SIGNED - HOUR)),
    Attack("seal-before-the-principal", "order-wrong", lambda w: w.record(KY_PHAT_HANH={"at": SIGNED})),
)  # fmt: skip


# --- the document -----------------------------------------------------------------------------------------------------

DOCUMENT = (
    Attack("comment-in-a-value", "comment", edited("<QUOC_TICH>Việt", "<QUOC_TICH>Việt<!-- x -->")),
    Attack("instruction-in-a-value", "comment", edited("<QUOC_TICH>", "<?x y?><QUOC_TICH>")),
    Attack("xinclude", "comment", edited("<QUOC_TICH>", '<x:include xmlns:x="http://www.w3.org/2001/XInclude" href="a"/><QUOC_TICH>')),
    Attack("dtd", "doctype", lambda w: b"<!DOCTYPE HOC_BA [<!ATTLIST HOC_BA x CDATA 'y'>]>" + w.good),
    Attack("dtd-external", "doctype", lambda w: b'<!DOCTYPE HOC_BA SYSTEM "http://localhost/x.dtd">' + w.good),
    Attack("entities", "doctype", lambda w: b'<!DOCTYPE HOC_BA [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>' + w.good.replace(b"<DAN_TOC>", b"<DAN_TOC>&b;")),
    Attack("entity-undeclared", "not-well-formed", edited("<DAN_TOC>", "<DAN_TOC>&b;")),
    Attack("xml-base", "xml-base", edited("<HOC_BA ", '<HOC_BA xml:base="http://localhost/" ')),
    Attack("utf-16", "not-utf8", lambda w: w.good.decode().encode("utf-16")),
    Attack("latin-1", "not-utf8", lambda w: b'<?xml version="1.0" encoding="ISO-8859-1"?>' + w.good),
    Attack("broken-utf-8", "not-well-formed", lambda w: w.good.replace("ệ".encode(), b"\xe1\xbb", 1)),
    Attack("nul", "not-utf8", lambda w: w.good + b"\x00"),
    Attack("trailing-garbage", "not-well-formed", lambda w: w.good + b"x"),
    Attack("cut-off", "not-well-formed", lambda w: w.good[:-20]),
    Attack("empty", "not-well-formed", lambda w: b""),
    Attack("another-root", "wrong-root", lambda w: b"<A>" + w.good + b"</A>"),
    Attack("attributes-without-end", "too-many-attributes", edited("<QUOC_TICH>", "<QUOC_TICH " + " ".join(f'a{i}="x"' for i in range(2500)) + ">")),
    Attack("namespaces-without-end", "too-many-attributes", edited("<QUOC_TICH>", "<QUOC_TICH " + " ".join(f'xmlns:a{i}="u:x"' for i in range(500)) + ">")),
    Attack("signatures-without-end", "signature-misplaced", edited("</HOC_BA>", "<Signature/>" * 50 + "</HOC_BA>")),
    Attack("depth-without-end", "not-well-formed", edited("</HOC_BA>", "<x>" * 5000 + "</x>" * 5000 + "</HOC_BA>")),
    Attack("too-large", "too-large", edited("</HOC_BA>", " " * 3_000_000 + "</HOC_BA>")),
    Attack("relative-namespace", "GVCN:c14n-forbidden", edited("<QUOC_TICH>", '<QUOC_TICH xmlns:r="../r">')),
)  # fmt: skip

ATTACKS: Mapping[str, Attack] = {
    attack.name: attack
    for attack in (
        *WRAPPING,
        *PLACES,
        *CONTENT,
        *REFERENCES,
        *ALGORITHMS,
        *CERTIFICATES,
        *PROPERTIES,
        *DOCUMENT,
    )
}
