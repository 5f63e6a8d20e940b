"""Signed data changed after signing: each change, however small or invisible, breaks the digest."""

import hashlib
import re
from base64 import b64encode

from lxml import etree
from support.forge import canonical

from attacks.attack import Attack, edited
from attacks.site import Site

BROKEN = "GVCN:digest-data"


def _digest_recomputed(site: Site) -> bytes:
    text = site.good.decode()
    old = re.search(r"DigestValue>([^<]*)<", text)
    assert old is not None
    text = text.replace("<DAN_TOC>", "<DAN_TOC>X")
    octets = canonical(etree.fromstring(text.encode()).find("DU_LIEU_HOC_BA"), "exc")
    return text.replace(old[1], b64encode(hashlib.sha256(octets).digest()).decode()).encode()


def _values_swapped(site: Site) -> bytes:
    """Father's and mother's names change places."""
    text = site.good.decode()
    return re.sub(
        "<HO_VA_TEN_CHA>(.*?)</HO_VA_TEN_CHA><HO_VA_TEN_ME>(.*?)</HO_VA_TEN_ME>",
        r"<HO_VA_TEN_CHA>\2</HO_VA_TEN_CHA><HO_VA_TEN_ME>\1</HO_VA_TEN_ME>",
        text,
    ).encode()


def _rows_swapped(site: Site) -> bytes:
    text = site.good.decode()
    rows = re.findall("<MON_HOC>.*?</MON_HOC>", text)
    return text.replace(rows[0] + rows[1], rows[1] + rows[0]).encode()


ATTACKS = (
    Attack("letter-changed", BROKEN, edited("<DAN_TOC>", "<DAN_TOC>X"), "The plainest forgery."),
    Attack("letter-changed-digest-recomputed", "GVCN:value-wrong", _digest_recomputed,
           "A digest that fits is no signature."),
    Attack("mark-changed", BROKEN, edited("<DIEM_KIEM_TRA_DINH_KY>[0-9]+", "<DIEM_KIEM_TRA_DINH_KY>10"),
           "What a forger wants most."),
    Attack("mark-taken-out", BROKEN, edited("<DIEM_KIEM_TRA_DINH_KY>.*?</DIEM_KIEM_TRA_DINH_KY>", ""),
           "What is not there cannot be seen to be wrong."),
    Attack("subject-taken-out", BROKEN, edited("<MON_HOC>.*?</MON_HOC>", ""), "A bad mark left out with its subject."),
    Attack("subjects-swapped", BROKEN, _rows_swapped, "Order is part of what is signed."),
    Attack("values-swapped", BROKEN, _values_swapped, "Every value is still there, in another's place."),
    Attack("value-emptied", BROKEN, edited("<DAN_TOC>.*?</DAN_TOC>", "<DAN_TOC/>"), "An empty value is a value."),
    Attack("element-renamed", BROKEN, edited("<(/?)HO_VA_TEN_CHA>", r"<\1HO_VA_TEN_ME>", count=2),
           "Names of elements are signed like their texts."),
    Attack("white-space-in-the-data", BROKEN, edited("<THONG_TIN_CHUNG>", "<THONG_TIN_CHUNG>\n"),
           "A file that was formatted again is not the one that was signed."),
    Attack("no-break-space", BROKEN, edited("Việt Nam", "Việt\u00a0Nam"), "It looks like a space."),
    Attack("zero-width-letter", BROKEN, edited("Việt Nam", "Việt\u200b Nam"), "It cannot be seen at all."),
    Attack("letter-of-another-script", BROKEN, edited("<TEN_LOP>5A1", "<TEN_LOP>5А1"), "A Cyrillic А looks like A."),
    Attack("carriage-return-by-number", BROKEN, edited("</QUOC_TICH>", "&#13;</QUOC_TICH>"),
           "By number it survives the parser, where a plain one would not."),
    Attack("letters-decomposed", BROKEN, edited("Việt Nam", "Vie\u0323\u0302t Nam"),
           "NFD looks the same on every screen; canonical XML does not normalise letters."),
    Attack("attribute-added-to-the-data", BROKEN, edited('Id="data"', 'Id="data" x="y"'),
           "Attributes of the region are part of it."),
    Attack("attribute-added-to-a-value", BROKEN, edited("<DAN_TOC>", '<DAN_TOC hidden="1">'),
           "A renderer may heed what the signer never saw."),
    Attack("default-namespace-on-the-record", "wrong-root", edited("<HOC_BA ", '<HOC_BA xmlns="urn:x" '),
           "In a default namespace every element of the record is another one."),
    Attack("prefix-on-a-value", BROKEN, edited("<DAN_TOC>(.*?)</DAN_TOC>", r'<a:DAN_TOC xmlns:a="urn:a">\1</a:DAN_TOC>'),
           "Another namespace, another element."),
    Attack("default-namespace-on-the-data", "GVCN:digest-data", edited("<THONG_TIN_CHUNG>", '<THONG_TIN_CHUNG xmlns="urn:x">'),
           "The general data vanish from every reader that knows their names."),
    Attack("cdata-as-markup", BROKEN, edited("<DAN_TOC>(.*?)</DAN_TOC>", r"<![CDATA[<DAN_TOC>\1</DAN_TOC>]]>"),
           "Text that looks like an element is not one."),
    Attack("relative-namespace", "GVCN:c14n-forbidden", edited("<QUOC_TICH>", '<QUOC_TICH xmlns:r="../r">'),
           "Canonicalisation fails on a relative namespace URI; a verifier that digests nothing then accepts anything."),
    Attack("another-version-of-the-record", BROKEN, edited("<MA_TRA_CUU_UUID>.", "<MA_TRA_CUU_UUID>0"),
           "The record's identifier is signed: an old version cannot be sent under a new one."),
)  # fmt: skip
