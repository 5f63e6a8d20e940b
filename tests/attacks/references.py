"""References, transforms and canonicalisation: what a signature says it covers, and how."""

import re

from support.forge import C14N, ENVELOPED, XMLDSIG, signature_of

from attacks.attack import Attack, Make, edited, substituted, template
from attacks.site import Site

EXCLUSIVE = C14N["exc"]
FILTER2 = "http://www.w3.org/2002/06/xmldsig-filter2"
_DATA_TRANSFORMS = r'(URI="#data"><ds:Transforms>).*?(</ds:Transforms>)'
_XPATH = "http://www.w3.org/TR/1999/REC-xpath-19991116"
_XSLT = "http://www.w3.org/TR/1999/REC-xslt-19991116"
_SHEET = '<x:stylesheet xmlns:x="http://www.w3.org/1999/XSL/Transform" version="1.0">{}</x:stylesheet>'
_LOOP = '<x:template match="/" name="l"><x:call-template name="l"/></x:template>'
_READS = '<x:template match="/"><x:copy-of select="document(\'file:///etc/hostname\')"/></x:template>'
_SLOW = "count(//. | //@* | //namespace::*) * count(//. | //@*) > count(//*[count(//*) > 0])"

FORBIDDEN = "CBQL:transform-forbidden"
FOREIGN = "CBQL:reference-foreign"


def transforms(*texts: str) -> Make:
    """The principal's software transforms the data so; no digest can be right, and the verdict names the transform."""
    return template(_DATA_TRANSFORMS, r"\1" + "".join(texts).replace("\\", r"\\") + r"\2")


def transform(algorithm: str, content: str = "") -> str:
    """One transform."""
    return f'<ds:Transform Algorithm="{algorithm}">{content}</ds:Transform>'


def subtracting(what: str, how: str = "subtract", **namespaces: str) -> str:
    """A transform of XPath Filter 2.0."""
    bound = "".join(f' xmlns:{prefix}="{uri}"' for prefix, uri in namespaces.items())
    return transform(FILTER2, f'<f:XPath xmlns:f="{FILTER2}"{bound} Filter="{how}">{what}</f:XPath>')


def _references(count: int) -> Make:
    """The reference to the properties, so many times, put in after signing."""

    def make(site: Site) -> bytes:
        text = site.good.decode()
        signature = signature_of(text, "CBQL")
        (one,) = re.findall(r'<ds:Reference URI="#sig[^"]*-props">.*?</ds:Reference>', signature)
        return text.replace(signature, signature.replace(one, one * count)).encode()

    return make


def _uri(uri: str) -> Make:
    return lambda site: site.styled(uri=uri)


_ONLY_DATA = r'<ds:Reference URI="#sig-.*?</ds:Reference>'
_TO_DATA = r'<ds:Reference URI="#data">.*?</ds:Reference>'
_TO_XADES = r'<ds:Reference URI="#sig-[^"]*-xades"[^>]*>.*?</ds:Reference>'
_METHOD = f'CanonicalizationMethod Algorithm="{EXCLUSIVE}"'


def _c14n(algorithm: str) -> Make:
    return template(_METHOD, f'CanonicalizationMethod Algorithm="{algorithm}"')


def _prefixes(text: str) -> str:
    inside = f'<e:InclusiveNamespaces xmlns:e="{EXCLUSIVE}" PrefixList="{" ".join(f"p{n}" for n in range(200))}"/>'
    return substituted(
        re.escape(_METHOD) + "/>", f"<ds:{_METHOD}>{inside}</ds:CanonicalizationMethod>".replace("<ds:C", "C", 1), text
    )


ATTACKS = (
    Attack("transform-xslt", FORBIDDEN, transforms(transform(_XSLT, _SHEET.format(""))),
           "A stylesheet makes the signed octets out of anything; some verifiers skip it, others run it."),
    Attack("transform-xslt-without-end", FORBIDDEN, transforms(transform(_XSLT, _SHEET.format(_LOOP))),
           "Run before any signature is checked, it hangs whoever receives the file."),
    Attack("transform-xslt-reads-a-file", FORBIDDEN, transforms(transform(_XSLT, _SHEET.format(_READS))),
           "It reads what the verifier can read."),
    Attack("transform-xpath", FORBIDDEN, transforms(transform(_XPATH, "<ds:XPath>not(ancestor-or-self::BANG_DIEM)</ds:XPath>")),
           "The signer leaves the marks out of what is signed."),
    Attack("transform-xpath-slow", FORBIDDEN, transforms(transform(_XPATH, f"<ds:XPath>{_SLOW.replace('>', '&gt;')}</ds:XPath>")),
           "Evaluated for every node, it takes minutes."),
    Attack("transform-xpath-nothing", FORBIDDEN, transforms(transform(_XPATH, "<ds:XPath>false()</ds:XPath>")),
           "Nothing is signed, and any data fit."),
    Attack("transform-filter-intersect", FORBIDDEN, transforms(subtracting("/descendant::ds:Signature", "intersect")),
           "Only the signature itself would be covered."),
    Attack("transform-filter-subtract-marks", FORBIDDEN, transforms(subtracting("/descendant::BANG_DIEM")),
           "The marks are taken out of what is signed."),
    Attack("transform-filter-of-another-namespace", FORBIDDEN, transforms(subtracting("/descendant::b:Signature", b="urn:b")),
           "The prefix decides what is subtracted, not the name."),
    Attack("transform-filter-twice", FORBIDDEN, transforms(*[subtracting("/descendant::ds:Signature")] * 2),
           "Each further filter works on what the last one left."),
    Attack("transform-base64", FORBIDDEN, transforms(transform(f"{XMLDSIG}base64")),
           "The signed octets are those of a text, not of the element."),
    Attack("transform-unknown", FORBIDDEN, transforms(transform("urn:x:y"), transform(EXCLUSIVE)),
           "What a verifier does not know it may not skip."),
    Attack("transform-without-name", FORBIDDEN, transforms("<ds:Transform/>"), "No algorithm at all."),
    Attack("transform-after-canonicalisation", FORBIDDEN, transforms(transform(EXCLUSIVE), transform(ENVELOPED)),
           "Order decides what is signed; a verifier that ignores it sees other octets."),
    Attack("transform-twice", FORBIDDEN, transforms(*[transform(ENVELOPED)] * 2), "No software writes it."),
    Attack("transform-with-comments", FORBIDDEN, transforms(transform(f"{EXCLUSIVE}WithComments")),
           "Comments would be signed here and ignored elsewhere."),
    Attack("transform-decrypts", FORBIDDEN, transforms(transform("http://www.w3.org/2002/07/decrypt#XML")),
           "What is signed would depend on a key."),
    Attack("transform-of-properties", "CBQL:transform-forbidden",
           template(r'(URI="#sig-[^"]*-xades"[^>]*><ds:Transforms>)', r"\1" + transform(ENVELOPED)),
           "The properties do not hold their signature; taking one out of them means something else."),
    Attack("canonicalisation-with-comments", "CBQL:c14n-forbidden", _c14n(f"{EXCLUSIVE}WithComments"),
           "SignedInfo with a comment in it would be read in two ways."),
    Attack("canonicalisation-unknown", "CBQL:c14n-forbidden", _c14n("urn:x"), "Nobody knows what was signed."),
    Attack("canonicalisation-of-version-2", "CBQL:c14n-forbidden", _c14n("http://www.w3.org/2010/xml-c14n2"),
           "It was never finished, and verifiers differ."),
    Attack("canonicalisation-by-stylesheet", "CBQL:c14n-forbidden", _c14n(_XSLT),
           "SignedInfo itself would be what a stylesheet says."),
    Attack("canonicalisation-with-200-prefixes", "CBQL:c14n-forbidden", lambda site: site.styled(template=_prefixes),
           "Each prefix is looked for at each element."),
    Attack("reference-empty", FOREIGN, _uri(""), "The whole document: whatever it is put into."),
    Attack("reference-without-uri", FOREIGN, template(' URI="#data"', ""), "What is meant is left to the verifier."),
    Attack("reference-file", FOREIGN, _uri("file:///etc/hostname"), "A file of the verifier's is read."),
    Attack("reference-http", FOREIGN, _uri("http://127.0.0.1:9/data"), "The verifier calls whoever the sender likes."),
    Attack("reference-relative", FOREIGN, _uri("../data.xml"), "Relative to what?"),
    Attack("reference-data-uri", FOREIGN, _uri("data:text/xml,x"), "The signed octets come with the reference."),
    Attack("reference-xpointer", FOREIGN, _uri("#xpointer(id('data'))"), "XPointer is a language of its own."),
    Attack("reference-xpointer-root", FOREIGN, _uri("#xpointer(/)"), "The whole document, with its comments."),
    Attack("reference-whole-record", FOREIGN, lambda site: site.styled(uri=f"#hb-{site.uuid}"),
           "The record with its own signatures in it: what is covered changes with each one."),
    Attack("reference-another-slot", FOREIGN, lambda site: site.styled(uri=f"#sig-gvcn-{site.uuid}-props"),
           "The principal would sign the teacher's properties and no data."),
    Attack("reference-nowhere", FOREIGN, _uri("#khong-co"), "A reference that finds nothing covers nothing."),
    Attack("reference-of-another-case", FOREIGN, _uri("#Data"), "Identifiers are compared letter by letter."),
    Attack("reference-escaped", FOREIGN, _uri("#d%61ta"), "Verifiers differ in whether it is unescaped."),
    Attack("reference-with-foreign-attribute", FOREIGN, template('(URI="#data")', r'\1 Anything="x"'),
           "XML Signature knows no such attribute; another verifier may."),
    Attack("reference-to-the-data-twice", FOREIGN, template(f"({_TO_DATA})", r"\1\1"),
           "One could be checked and the other believed."),
    Attack("references-in-hundreds", "CBQL:signature-malformed", _references(300), "A signature has three; more only cost."),
    Attack("references-two-thousand", "too-many-attributes", _references(2000),
           "Each reference costs a canonicalisation of the whole; other verifiers take eight seconds."),
    Attack("only-the-data-signed", "CBQL:properties-unsigned", template(_ONLY_DATA, ""), "The signing time could be changed at will."),
    Attack("only-properties-signed", "CBQL:data-unsigned", template(_TO_DATA, ""),
           "A sound signature over nothing but its own time: two well-known verifiers accept it."),
    Attack("xades-properties-unsigned", "CBQL:signing-time-conflict", template(_TO_XADES, ""),
           "One of two times is signed, the other is anyone's."),
    Attack("signed-info-without-references", "CBQL:signature-malformed", template(r"<ds:Reference .*</ds:Reference>", ""),
           "A signature over an empty list."),
    Attack("digest-value-empty", "GVCN:digest-data", edited(r"(DigestValue>)[^<]*", r"\1"), "An empty digest compares with nothing."),
    Attack("digest-value-cut", "GVCN:digest-data", edited(r"(DigestValue>[^<]{8})[^<]*", r"\1"), "The start of a digest is not the digest."),
    Attack("digest-value-with-an-element", "GVCN:signature-malformed", edited(r"(DigestValue>[^<]{8})", r"\1<x/>"),
           "Readers differ in what the text of such an element is."),
    Attack("manifest", "CBQL:signature-malformed", template("</ds:Signature>", "<ds:Object><ds:Manifest/></ds:Object></ds:Signature>"),
           "References in a manifest are not verified with the signature."),
)  # fmt: skip
