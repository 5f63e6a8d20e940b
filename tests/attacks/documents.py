"""The document: DTD, entities, encodings, comments, and sizes that only cost."""

from attacks.attack import Attack, Make, edited
from attacks.site import Site

_INSIDE = "<QUOC_TICH>"
_XI = 'xmlns:x="http://www.w3.org/2001/XInclude"'
_LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))


def prolog(prolog: str, inside: str = "") -> Make:
    """Something before the record, and perhaps a value that uses it."""
    return lambda site: (prolog + site.good.decode().replace("<DAN_TOC>", f"<DAN_TOC>{inside}")).encode()


def within(text: str) -> Make:
    """Something before a value in the data."""
    return edited(_INSIDE, (text + _INSIDE).replace("\\", r"\\"))


def _attributes(count: int, pattern: str) -> Make:
    return edited(_INSIDE, "<QUOC_TICH " + " ".join(pattern.format(number) for number in range(count)) + ">")


def _inherited(elements: int, namespaces: int = 390) -> Make:
    """Namespaces on the record and many elements in the data, canonicalised with all that is in scope."""
    return lambda site: _with_inherited(site, elements, namespaces)


def _with_inherited(site: Site, elements: int, namespaces: int) -> bytes:
    text = site.record(GVCN={"c14n": "inc"}, CBQL={"c14n": "c11"}).decode()
    many = " ".join(f'xmlns:n{number}="urn:{number}"' for number in range(namespaces))
    return text.replace("<HOC_BA ", f"<HOC_BA {many} ").replace(_INSIDE, "<a/>" * elements + _INSIDE).encode()


def _own_prefix(site: Site) -> bytes:
    """Elements that each declare and use a namespace, as many as there may be."""
    many = "".join(f'<n{number}:a xmlns:n{number}="urn:{number}"/>' for number in range(380))
    return site.good.replace(_INSIDE.encode(), (many + _INSIDE).encode())


def _nested_prefixes(site: Site) -> bytes:
    """Each inside the last, so that all are in scope at the innermost."""
    many = "".join(f'<a xmlns:n{number}="urn:{number}">' for number in range(200))
    return site.good.replace(_INSIDE.encode(), (many + "</a>" * 200 + _INSIDE).encode())


ATTACKS = (
    Attack("external-entity", "doctype", prolog('<!DOCTYPE HOC_BA [<!ENTITY b SYSTEM "file:///etc/passwd">]>', "&b;"), "XXE: a file of the verifier's becomes data."),
    Attack("external-entity-by-http", "doctype", prolog('<!DOCTYPE HOC_BA [<!ENTITY b SYSTEM "http://127.0.0.1:9/">]>', "&b;"), "XXE: the verifier calls whoever the sender likes."),
    Attack("parameter-entity", "doctype", prolog('<!DOCTYPE HOC_BA [<!ENTITY % p SYSTEM "http://127.0.0.1:9/p">%p;]>'), "It is fetched before anything else is looked at."),
    Attack("external-dtd", "doctype", prolog('<!DOCTYPE HOC_BA SYSTEM "http://127.0.0.1:9/x.dtd">'), "The document means what another server says."),
    Attack("attribute-by-default", "doctype", prolog("<!DOCTYPE HOC_BA [<!ATTLIST DAN_TOC x CDATA 'y'>]>"), "The DTD writes into the signed data."),
    Attack("namespace-by-default", "doctype", prolog("<!DOCTYPE HOC_BA [<!ATTLIST HOC_BA xmlns CDATA 'urn:x'>]>"), "The DTD moves every element into another namespace."),
    Attack("identifier-by-declaration", "doctype", prolog("<!DOCTYPE HOC_BA [<!ATTLIST THONG_TIN_CHUNG x ID #IMPLIED>]>"), "The DTD decides what an identifier is."),
    Attack("entity-as-text", "doctype", prolog('<!DOCTYPE HOC_BA [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>', "&b;"), "What is read is not what is written."),
    Attack("billion-laughs", "doctype", prolog(f'<!DOCTYPE HOC_BA [<!ENTITY l0 "lol">{_LAUGHS}]>', "&l9;"), "Three gigabytes out of one kilobyte."),
    Attack("billion-laughs-in-an-attribute", "doctype", lambda site: (f'<!DOCTYPE HOC_BA [<!ENTITY l0 "lol">{_LAUGHS}]>' + site.good.decode().replace("<HOC_BA ", '<HOC_BA a="&l9;" ')).encode(),
           "The same where some guards do not look."),
    Attack("quadratic-blow-up", "doctype", prolog(f'<!DOCTYPE HOC_BA [<!ENTITY l "{"x" * 50_000}">]>', "&l;" * 20_000), "A gigabyte without any nesting."),
    Attack("doctype-after-white-space", "doctype", prolog("\n \t\n<!DOCTYPE HOC_BA>"), "Not at the start, and a DTD all the same."),
    Attack("entity-not-declared", "not-well-formed", edited("<DAN_TOC>", "<DAN_TOC>&b;"), "Nobody says what it stands for."),
    Attack("xinclude", "comment", within(f'<x:include {_XI} href="file:///etc/hostname" parse="text"/>'), "Processed after verification, it changes what was verified."),
    Attack("xinclude-in-a-slot", "comment", edited("<CBQL>", f'<CBQL><x:include {_XI} href="a"/>'), "The slot's own content would come from elsewhere."),
    Attack("comment-in-a-value", "comment", edited("<QUOC_TICH>Việt", "<QUOC_TICH>Việt<!-- x -->"), "Canonical XML drops it; a reader of the first text sees half a value."),
    Attack("comment-in-a-signer-number", "comment", edited("<SO_CCCD>079", "<SO_CCCD>079<!---->", count=3), "The number would be cut where it is compared."),
    Attack("comment-in-the-subject", "comment", edited("X509SubjectName>CN", "X509SubjectName>C<!---->N"), "A name that two readers read differently."),
    Attack("instruction-in-a-value", "comment", within("<?x y?>"), "It is signed, and shown by nobody."),
    Attack("stylesheet-instruction", "comment", edited("<HOC_BA [^>]*>", r'\g<0><?xml-stylesheet href="http://127.0.0.1:9/a.xsl"?>'), "A browser would show what the stylesheet says."),
    Attack("xml-base", "xml-base", edited("<HOC_BA ", '<HOC_BA xml:base="http://127.0.0.1:9/" '), "Every relative reference means another place."),
    Attack("xml-base-in-the-signature", "xml-base", edited("<ds:SignedInfo>", '<ds:SignedInfo xml:base="http://127.0.0.1:9/">'), "Every relative reference means another place."),
    Attack("utf-16", "not-utf8", lambda site: site.good.decode().encode("utf-16"), "Checks on octets would see nothing."),
    Attack("utf-16-without-a-mark", "not-utf8", lambda site: site.good.decode().encode("utf-16-le"), "Checks on octets would see nothing."),
    Attack("utf-16-declared", "not-utf8", prolog('<?xml version="1.0" encoding="UTF-16"?>'), "The declaration is not what the octets are."),
    Attack("utf-32", "not-utf8", lambda site: site.good.decode().encode("utf-32"), "Checks on octets would see nothing."),
    Attack("utf-7", "not-utf8", lambda site: b'<?xml version="1.0" encoding="UTF-7"?>' + site.good, "Markup hides in plain letters."),
    Attack("latin-1", "not-utf8", lambda site: b'<?xml version="1.0" encoding="ISO-8859-1"?>' + site.good, "The same octets, other letters."),
    Attack("broken-utf-8", "not-well-formed", lambda site: site.good.replace("ệ".encode(), b"\xe1\xbb", 1), "Half a letter."),
    Attack("overlong-utf-8", "not-well-formed", lambda site: site.good.replace(b"<DAN_TOC>", b"<DAN_TOC>\xc0\xbc", 1), "A `<` that no check sees."),
    Attack("surrogates", "not-well-formed", lambda site: site.good.replace(b"<DAN_TOC>", b"<DAN_TOC>\xed\xa0\x80", 1), "Not a letter."),
    Attack("nul", "not-utf8", lambda site: site.good + b"\x00", "Where C ends, Python goes on."),
    Attack("nul-in-a-value", "not-utf8", lambda site: site.good.replace(b"<DAN_TOC>", b"<DAN_TOC>\x00"), "Where C ends, Python goes on."),
    Attack("control-letter", "not-well-formed", lambda site: site.good.replace(b"<DAN_TOC>", b"<DAN_TOC>\x08"), "It takes back a letter on a terminal."),
    Attack("trailing-garbage", "not-well-formed", lambda site: site.good + b"x", "Something after the end."),
    Attack("second-record-behind", "not-well-formed", lambda site: site.good + site.good, "One octet string is one record."),
    Attack("cut-off", "not-well-formed", lambda site: site.good[:-20], "The end is missing."),
    Attack("attribute-twice", "not-well-formed", edited('Id="data"', 'Id="data" Id="data"'), "Readers differ in which counts."),
    Attack("empty", "not-well-formed", lambda site: b"", "Nothing."),
    Attack("white-space-only", "not-well-formed", lambda site: b" \n" * 1000, "Nothing."),
    Attack("not-xml", "not-well-formed", lambda site: bytes(range(1, 256)) * 20, "Octets of anything."),
    Attack("another-root", "wrong-root", lambda site: b"<A>" + site.good + b"</A>", "Whatever stands around a record is not part of it."),
    Attack("batch-for-a-record", "wrong-root", lambda site: b"<DANH_SACH_HOC_BA>" + site.good + b"</DANH_SACH_HOC_BA>", "Two records could stand in it."),
    Attack("attributes-fifty-thousand", "too-many-attributes", _attributes(50_000, 'a{}="x"'), "Canonicalisation sorts them: four seconds in one library, eleven in another."),
    Attack("attributes-below-the-bound", "GVCN:digest-data", _attributes(1_900, 'a{}="x"'), "As many as are borne must cost little."),
    Attack("namespaces-five-thousand", "too-many-attributes", _attributes(5_000, 'xmlns:a{0}="u:{0}"'), "Each is in scope at each element."),
    Attack("namespaces-in-hundreds", "too-many-attributes", _attributes(390, 'xmlns:a{0}="u:{0}"'), "All are in scope at everything below."),
    Attack("namespaces-inherited-by-elements-without-end", "too-large", _inherited(300_000), "Each element is written with regard to every namespace: it took minutes."),
    Attack("namespaces-inherited-by-many-elements", "too-many-attributes", _inherited(18_000), "Each element is written with regard to every namespace."),
    Attack("namespaces-inherited-below-the-bound", "GVCN:digest-data", _inherited(18_000, 24), "As many as are borne must cost little."),
    Attack("namespace-of-each-element", "GVCN:digest-data", _own_prefix, "Each is written where it is used."),
    Attack("namespaces-nested", "too-many-attributes", _nested_prefixes, "All are in scope at the innermost."),
    Attack("signatures-in-thousands", "signature-misplaced", edited("</HOC_BA>", "<Signature/>" * 10_000 + "</HOC_BA>"), "Each would be judged."),
    Attack("slots-in-thousands", "slot-repeated", edited("<CBQL>", "<CBQL/>" * 10_000 + "<CBQL>"), "Each would be judged."),
    Attack("identifiers-without-end", "identifier-repeated", edited(_INSIDE, "".join(f'<a id="i{n // 2}"/>' for n in range(1_500)) + _INSIDE), "Each is compared with all the others."),
    Attack("depth-of-nine-thousand", "not-well-formed", within("<x>" * 9_000 + "</x>" * 9_000), "A reader that calls itself falls off its stack."),
    Attack("depth-of-a-hundred-thousand", "too-large", within("<x>" * 100_000 + "</x>" * 100_000), "A reader that calls itself falls off its stack."),
    Attack("depth-below-the-bound", "GVCN:digest-data", within("<x>" * 200 + "</x>" * 200), "As deep as is borne must cost little."),
    Attack("text-of-twenty-megabytes", "too-large", within("<a>" + "x" * 20_000_000 + "</a>"), "Everything costs in proportion."),
    Attack("text-below-the-bound", "GVCN:digest-data", within("<a>" + "x" * 1_900_000 + "</a>"), "As much as is borne must cost little."),
    Attack("escapes-without-end", "GVCN:digest-data", within("<a>" + "&#62;" * 380_000 + "</a>"), "Each letter is written as five."),
    Attack("elements-without-end", "too-large", within("<a/>" * 450_000), "Each costs at every step."),
    Attack("elements-below-the-bound", "GVCN:digest-data", within("<a/>" * 18_000), "As many as are borne must cost little."),
    Attack("white-space-without-end", "too-large", edited("</HOC_BA>", " " * 3_000_000 + "</HOC_BA>"), "Unsigned, and part of the record all the same."),
    Attack("name-of-a-hundred-kilobytes", "not-well-formed", within("<" + "a" * 100_000 + "/>"), "Names are kept in a table of their own."),
)  # fmt: skip
