"""Odd files that must pass: what XML, XML Signature and XAdES hold to be the same, or allow."""

import re
from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from support.authority import Holder, ec_key
from support.forge import C14N, DIGESTS, ENVELOPED, Style, batch
from support.workshop import HOUR, SIGNED

from attacks.algorithms import Signs
from attacks.archives import sound as archived
from attacks.attack import Attack, Make, edited, substituted, template, with_certificate
from attacks.batches import of
from attacks.references import subtracting, transform
from attacks.registrations import registered
from attacks.site import Site
from attacks.transactions import another, listed
from signing.verify import Disposition

_MORE_2007 = "http://www.w3.org/2007/05/xmldsig-more#"
PASS = Disposition.PASS


def _good(change: Any) -> Make:
    return lambda site: change(site.good.decode()).encode()


def _pss(salt: int) -> Make:
    """RSASSA-PSS with parameters of its own."""
    inside = f'<p:RSAPSSParams xmlns:p="{_MORE_2007}"><ds:DigestMethod Algorithm="{DIGESTS["sha256"]}"/><p:SaltLength>{salt}</p:SaltLength></p:RSAPSSParams>'

    def make(site: Site) -> bytes:
        scheme = padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=salt)
        by = Holder(
            Signs(lambda octets: site.principal.key.sign(octets, scheme, hashes.SHA256())), site.principal.certificate
        )
        method = f'<ds:SignatureMethod Algorithm="{_MORE_2007}rsa-pss">{inside}</ds:SignatureMethod>'
        return site.styled(
            by=by, template=lambda text: substituted(r'<ds:SignatureMethod Algorithm="[^"]*"/>', method, text)
        )

    return make


def _chain(order: int) -> Make:
    """The issuing authorities' certificates beside the signer's, before or after it."""

    def make(site: Site) -> bytes:
        def change(text: str) -> str:
            above = [with_certificate(text, each.holder) for each in (site.issuing, site.root)]
            parts = [text, *above] if order > 0 else [*above, text]
            return "".join(parts)

        return site.styled(key_info=change)

    return make


def _in_one(site: Site) -> bytes:
    """All certificates in one X509Data."""

    def change(text: str) -> str:
        own = re.search("<ds:X509Certificate>.*?</ds:X509Certificate>", text)
        assert own is not None
        return text.replace(own[0], with_certificate(own[0], site.issuing.holder) + own[0])

    return site.styled(key_info=change)


def _times(written: str, ngay_ky: str | None = None) -> Make:
    """The principal's time written so, in both forms."""
    return lambda site: site.styled(
        ngay_ky=ngay_ky,
        template=lambda text: substituted(r"SigningTime>2026-05-25T10:00:00\+07:00", f"SigningTime>{written}", text),
    )


def _late_day(site: Site) -> bytes:
    late = SIGNED.replace(hour=18)
    return site.record(
        CBQL={"at": late, "ngay_ky": "2026-05-26"}, KY_PHAT_HANH={"at": late + HOUR, "ngay_ky": "2026-05-26"}
    )


def _attributes_swapped(text: str) -> str:
    return re.sub(
        r'<xades:QualifyingProperties (xmlns:xades="[^"]*") (Target="[^"]*")',
        r"<xades:QualifyingProperties \2 \1",
        text,
    )


def _xades_v1(text: str) -> str:
    """SigningCertificate of XAdES 1.3.2 with its IssuerSerial."""
    serial = "<xades:IssuerSerial><ds:X509IssuerName>CN=x</ds:X509IssuerName><ds:X509SerialNumber>1</ds:X509SerialNumber></xades:IssuerSerial>"
    return text.replace("SigningCertificateV2", "SigningCertificate").replace("</xades:Cert>", serial + "</xades:Cert>")


_TIMESTAMP = (
    '<xades:UnsignedProperties><xades:UnsignedSignatureProperties><xades:SignatureTimeStamp Id="ts-1">'
    "<xades:EncapsulatedTimeStamp>AAAA</xades:EncapsulatedTimeStamp></xades:SignatureTimeStamp>"
    "</xades:UnsignedSignatureProperties></xades:UnsignedProperties>"
)
_FORMAT = (
    '<xades:SignedDataObjectProperties><xades:DataObjectFormat ObjectReference="#r"><xades:MimeType>text/xml</xades:MimeType>'
    "</xades:DataObjectFormat></xades:SignedDataObjectProperties>"
)


def _wrapped_base64(text: str) -> str:
    return re.sub(
        r"(X509Certificate>|SignatureValue>)([A-Za-z0-9+/=]{100,})",
        lambda found: found[1] + "\n" + "\n".join(re.findall(".{1,76}", found[2])) + "\n",
        text,
    )


def _crlf(site: Site) -> bytes:
    return site.record(layout="pretty").replace(b"\n", b"\r\n")


def _expired_since(site: Site) -> bytes:
    return site.record(CBQL={"by": site.head(ends=SIGNED + 9 * HOUR)})


def _of_the_staff(change: Any) -> Make:
    return lambda site: change(site.staff.sealed(site.staff.unsigned))


_DATA = r'(URI="#data"><ds:Transforms>).*?(</ds:Transforms>)'


def _transforms(*texts: str) -> Make:
    return template(_DATA, r"\1" + "".join(texts) + r"\2")


def _odd(name: str, make: Make, why: str, door: str = "record") -> Attack:
    return Attack(name, "", make, why, PASS, door, "odd")


ODD: Mapping[str, Attack] = {
    each.name: each
    for each in (
        _odd("good", lambda site: site.good, "What every attack starts from."),
        _odd(
            "good-of-teachers",
            _of_the_staff(lambda octets: octets),
            "What the attacks on teachers start from.",
            "teachers",
        ),
        _odd(
            "good-list",
            lambda site: listed(site, site.good, another(site)),
            "What the attacks on lists start from.",
            "transaction",
        ),
        _odd(
            "good-batch", lambda site: of(site.good, another(site)), "What the attacks on batches start from.", "batch"
        ),
        _odd(
            "good-registration",
            lambda site: registered(site.school.der, by=site.school),
            "What the attacks on registrations start from.",
            "registration",
        ),
        _odd("attributes-in-another-order", _good(_attributes_swapped), "Order of attributes means nothing in XML."),
        _odd("quotes-of-another-kind", _good(lambda text: text.replace('Id="data"', "Id='data'")), "XML knows two."),
        _odd(
            "white-space-inside-a-tag",
            _good(lambda text: text.replace('Id="data"', '\n  Id = "data" ')),
            "It means nothing in XML.",
        ),
        _odd(
            "value-in-cdata",
            _good(lambda text: text.replace(">Việt Nam<", "><![CDATA[Việt Nam]]><")),
            "The same letters.",
        ),
        _odd("letters-by-number", _good(lambda text: text.replace("Việt", "&#86;i&#x1EC7;t")), "The same letters."),
        _odd(
            "empty-elements-as-one-tag",
            _good(lambda text: re.sub(r"></ds:(Transform|DigestMethod)>", "/>", text)),
            "The same elements.",
        ),
        _odd(
            "empty-elements-as-two-tags",
            _good(
                lambda text: re.sub(r'<ds:(Transform|DigestMethod) (Algorithm="[^"]*")/>', r"<ds:\1 \2></ds:\1>", text)
            ),
            "The same elements.",
        ),
        _odd(
            "unused-namespace",
            _good(lambda text: text.replace("<HOC_BA ", '<HOC_BA xmlns:u="urn:u" ')),
            "Exclusive canonicalisation leaves it out.",
        ),
        _odd("lines-ended-by-crlf", _crlf, "An XML parser makes one line end of the two."),
        _odd("indented", lambda site: site.record(layout="pretty"), "White space between slots is signed by nobody."),
        _odd(
            "white-space-between-slots",
            _good(lambda text: text.replace("<CBQL>", "\n\t <CBQL>")),
            "White space between slots is signed by nobody.",
        ),
        _odd("white-space-in-base64", _good(_wrapped_base64), "Lines of 76 letters, as many libraries write them."),
        _odd("byte-order-mark", _good(lambda text: "\ufeff" + text), "UTF-8 with a mark, as Windows writes it."),
        _odd(
            "declaration",
            _good(lambda text: '<?xml version="1.0" encoding="utf-8" standalone="yes"?>\r\n' + text),
            "Small letters, and standalone.",
        ),
        _odd(
            "comments-between-records",
            lambda site: b"<DANH_SACH_HOC_BA><!-- a -->" + site.good + b"<!-- b --></DANH_SACH_HOC_BA>",
            "Outside records they are nobody's.",
            "batch",
        ),
        _odd(
            "comments-in-a-sealed-list",
            lambda site: listed(site).replace(site.good, b"<!-- a -->" + site.good),
            "Canonicalised without comments, the list is the same.",
            "transaction",
        ),
        _odd(
            "unsigned-timestamp",
            _good(
                lambda text: text.replace(
                    "</xades:QualifyingProperties>", _TIMESTAMP + "</xades:QualifyingProperties>", 1
                )
            ),
            "Added later, to make a signature last.",
        ),
        _odd(
            "data-object-format",
            template("</xades:SignedProperties>", _FORMAT + "</xades:SignedProperties>"),
            "As EU DSS writes it.",
        ),
        _odd(
            "signing-certificate-of-version-1",
            lambda site: site.styled(template=_xades_v1),
            "As older software writes it.",
        ),
        _odd("certificates-of-the-path-after", _chain(1), "The signer's first, then those above."),
        _odd("certificates-of-the-path-before", _chain(-1), "In any order."),
        _odd("certificates-in-one-element", _in_one, "One X509Data for all."),
        _odd(
            "issuer-and-serial-beside",
            lambda site: site.styled(
                key_info=lambda text: text.replace(
                    "<ds:X509Certificate>",
                    "<ds:X509IssuerSerial><ds:X509IssuerName>CN=y</ds:X509IssuerName><ds:X509SerialNumber>7</ds:X509SerialNumber></ds:X509IssuerSerial><ds:X509Certificate>",
                )
            ),
            "Beside the certificate it adds nothing.",
        ),
        _odd(
            "key-value-beside",
            lambda site: site.styled(key_info=lambda text: text + "<ds:KeyValue><ds:RSAKeyValue/></ds:KeyValue>"),
            "Beside the certificate it is not looked at.",
        ),
        _odd(
            "prefix-of-another-name",
            lambda site: site.record(GVCN={"prefix": "dsig"}, CBQL={"prefix": ""}, KY_PHAT_HANH={"prefix": "n0"}),
            "A prefix is a name for a namespace, and no more.",
        ),
        _odd("canonicalisation-1-0", lambda site: site.styled(c14n="inc"), "Inclusive, as .NET writes it."),
        _odd("canonicalisation-1-1", lambda site: site.styled(c14n="c11"), "Inclusive, of the second version."),
        _odd(
            "no-transform-at-all",
            lambda site: site.styled(
                c14n="inc", template=lambda text: re.sub("<ds:Transforms>.*?</ds:Transforms>", "", text)
            ),
            "Then canonicalisation 1.0 applies.",
        ),
        _odd(
            "enveloped-signature-to-no-purpose",
            _transforms(transform(ENVELOPED), transform(C14N["exc"])),
            "The data do not hold the signature: nothing is taken out.",
        ),
        _odd(
            "filter-of-eu-dss",
            _transforms(subtracting("/descendant::ds:Signature"), transform(C14N["exc"])),
            "Literally what EU DSS writes: there is no signature in the data.",
        ),
        _odd(
            "reference-without-a-type",
            template('(URI="#sig-[^"]*-xades") Type="[^"]*"', r"\1"),
            "XAdES asks for one; the reference is known by its place.",
        ),
        _odd("pss-in-its-short-form", lambda site: site.styled(pss=True), "RFC 6931."),
        _odd("pss-with-a-salt-of-twenty", _pss(20), "RFC 6931 leaves the length to the signer."),
        _odd("pss-without-salt", _pss(0), "RFC 6931 leaves the length to the signer."),
        _odd("sha-384", lambda site: site.styled(digest="sha384"), "Stronger than need be."),
        _odd("sha-512", lambda site: site.styled(digest="sha512"), "Stronger than need be."),
        _odd(
            "ec-p384",
            lambda site: site.styled(by=site.head(key=ec_key(ec.SECP384R1())), digest="sha384"),
            "A larger curve.",
        ),
        _odd("property-alone", lambda site: site.styled(form="property"), "The plain form of CV 2088."),
        _odd("xades-alone", lambda site: site.styled(form="xades"), "XAdES B."),
        _odd(
            "time-with-fractions",
            _times("2026-05-25T10:00:00.123456789+07:00"),
            "Fractions of a second are not compared.",
        ),
        _odd("time-in-greenwich", _times("2026-05-25T03:00:00Z"), "The same instant."),
        _odd("time-in-tokyo", _times("2026-05-25T12:00:00+09:00"), "The same instant."),
        _odd("date-in-greenwich", lambda site: site.styled(ngay_ky="2026-05-25T03:00:00Z"), "The same instant."),
        _odd("date-alone", lambda site: site.styled(ngay_ky="2026-05-25"), "A plain date is the day in Vietnam."),
        _odd("date-alone-after-midnight", _late_day, "In Vietnam it is the next day already."),
        _odd(
            "all-at-once",
            lambda site: site.record(CBQL={"at": SIGNED}, KY_PHAT_HANH={"at": SIGNED}),
            "Not before one another is enough.",
        ),
        _odd("certificate-expired-since", _expired_since, "It was valid then."),
        _odd("certificate-revoked-since", archived, "It was archived a day before."),
        _odd(
            "teacher-absent-nationally",
            edited("<GVCN>.*?</GVCN>", ""),
            "CV 2088 lets the homeroom teacher be absent.",
            "national",
        ),
        _odd(
            "list-of-another-style",
            lambda site: batch(
                [site.good, another(site)],
                by=site.school,
                at=SIGNED + 9 * HOUR,
                style=Style(prefix="", form="xades"),
                gap="\n  ",
            ),
            "The seal's style is its own.",
            "transaction",
        ),
    )
}
