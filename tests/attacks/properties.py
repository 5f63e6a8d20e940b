"""Signed properties and the structure of a signature: what it says of itself, and what is put in beside."""

import re

from support.forge import XADES

from attacks.attack import HOLD, Attack, edited, key_info, template
from attacks.site import Site

_MALFORMED = "CBQL:signature-malformed"
_END = "</ds:Signature>"


def _extra_object(text: str) -> str:
    """An extra object, covered by nothing."""
    found = re.search(r"<ds:Object><ds:SignatureProperties .*?</ds:Object>", text)
    assert found is not None
    return text.replace(_END, found[0].replace("-props", "-more") + _END)


def _reordered(site: Site) -> bytes:
    return site.styled(
        template=lambda text: re.sub(
            "(<ds:SignatureValue>.*?</ds:SignatureValue>)(<ds:KeyInfo>.*?</ds:KeyInfo>)", r"\2\1", text
        )
    )


_QUALIFYING = f'<ds:Object><xades:QualifyingProperties xmlns:xades="{XADES}"><xades:SignedProperties/></xades:QualifyingProperties></ds:Object>'
_POLICY = "<xades:SignaturePolicyIdentifier><xades:SignaturePolicyId/></xades:SignaturePolicyIdentifier>"
_REFERENCE = "<xades:SigningCertificateV2>.*</xades:SigningCertificateV2>"

ATTACKS = (
    Attack("extra-properties", _MALFORMED, lambda site: site.styled(template=_extra_object), "Properties that no reference covers."),
    Attack("foreign-object", _MALFORMED, template(_END, "<ds:Object><x/></ds:Object>" + _END), "Anything can be said in an object that nobody declared."),
    Attack("empty-object", _MALFORMED, template(_END, "<ds:Object/>" + _END), "No software writes it."),
    Attack("objects-in-dozens", _MALFORMED, template(_END, "<ds:Object><x/></ds:Object>" * 40 + _END), "Each is one more thing to read."),
    Attack("second-qualifying-properties", _MALFORMED, template(_END, _QUALIFYING + _END), "Which of the two is meant?"),
    Attack("second-signed-properties", _MALFORMED, template("(</xades:SignedProperties>)", r"\1<xades:SignedProperties/>"), "Which of the two is meant?"),
    Attack("foreign-element-in-the-signature", _MALFORMED, template(_END, "<x/>" + _END), "XML Signature knows no such child."),
    Attack("signature-in-another-order", _MALFORMED, _reordered, "XML Signature has one order."),
    Attack("signed-info-twice", _MALFORMED, template("(<ds:SignedInfo>.*</ds:SignedInfo>)", r"\1<ds:SignedInfo/>"), "One could be verified and the other read."),
    Attack("value-twice", _MALFORMED, template("(<ds:SignatureValue>.*</ds:SignatureValue>)", r"\1<ds:SignatureValue/>"), "One could be verified and the other read."),
    Attack("key-info-missing", _MALFORMED, template("<ds:KeyInfo>.*</ds:KeyInfo>", ""), "Nobody is named."),
    Attack("signature-empty", "GVCN:signature-malformed", edited(r"(<ds:Signature [^>]*>).*?(</ds:Signature>)", r"\1\2"), "A signature by name only."),
    Attack("target-of-another-signature", "CBQL:target-wrong", template('Target="#sig-cbql', 'Target="#sig-gvcn'), "The properties say that they are another's."),
    Attack("target-missing", "CBQL:target-wrong", template(' Target="#[^"]*"', ""), "The properties could be anybody's."),
    Attack("target-empty", "CBQL:target-wrong", template(' Target="#[^"]*"', ' Target="#"'), "It points to nothing."),
    Attack("certificate-reference-missing", "CBQL:certificate-reference-missing", template(_REFERENCE, ""),
           "Nothing signed says which certificate was meant."),
    Attack("certificate-reference-empty", "CBQL:certificate-reference-missing", template(_REFERENCE, "<xades:SigningCertificateV2/>"),
           "It names no certificate."),
    Attack("certificate-digest-wrong", "CBQL:certificate-digest", template("(xades:CertDigest>.*?DigestValue>)....", r"\1AAAA"),
           "Another certificate was meant when this was signed."),
    Attack("certificate-digest-by-sha-1", "CBQL:algorithm-forbidden",
           template('(<xades:CertDigest><ds:DigestMethod Algorithm=")[^"]*', r"\1http://www.w3.org/2000/09/xmldsig#sha1"),
           "A weak digest names many certificates."),
    Attack("certificate-reference-unsigned", "CBQL:certificate-reference-missing", lambda site: site.styled(
        template=lambda text: re.sub(f"({_REFERENCE})(.*?)(</xades:QualifyingProperties>)",
                                     r"\2<xades:UnsignedProperties>\1</xades:UnsignedProperties>\3", text)),
           "Whoever sends the file can write it."),
    Attack("signature-policy-unknown", "CBQL:signature-policy", template("(</xades:SigningCertificateV2>)", rf"\1{_POLICY}"),
           "Its rules are not known here: a person must look.", HOLD),
    Attack("key-info-of-elements-without-end", "CBQL:certificate-missing", key_info("<x/>" * 10_000), "Each is looked at."),
)  # fmt: skip
