"""Where elements stand in the octets: told from the tags alone where that can be, and as a parser tells it always."""

from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from signing.seal import places
from signing.seal.places import find_spans, find_spans_of

NAMES = ("A", "B", "AB", "x:A")
TEXTS = st.sampled_from(["", "t", "a &gt; b", "/>", "é > ế", '="/>" \'', "\n  "])
ODD = st.sampled_from(["<!-- <A> -->", "<![CDATA[</B>]]>", "<?p <A>?>"])
ATTRIBUTES = st.sampled_from(["", " c='1'", ' c="/>"', " c = '>'", "\n"])


@st.composite
def elements(draw: st.DrawFn, depth: int = 3) -> str:
    name, attributes = draw(st.sampled_from(NAMES)), draw(ATTRIBUTES)
    if draw(st.booleans()) and draw(st.booleans()):
        return f"<{name}{attributes}/>"
    inside = st.one_of(TEXTS, *([elements(depth - 1)] * 3 if depth else []))
    space = draw(st.sampled_from(["", " "]))
    return f"<{name}{attributes}>{''.join(draw(st.lists(inside, max_size=4)))}</{name}{space}>"


@st.composite
def documents(draw: st.DrawFn) -> str:
    inside = draw(st.lists(st.one_of(elements(), TEXTS, ODD) if draw(st.booleans()) else elements(), max_size=4))
    preface = draw(st.sampled_from(["", "\ufeff", '<?xml version="1.0"?>\n', "\ufeff<?xml version='1.0'?>"]))
    return f"{preface}<A{draw(ATTRIBUTES)}>{''.join(inside)}</A>{draw(st.sampled_from(['', chr(10), '<!---->']))}"


PATHS = ("", "A", "B", "A/B", "B/A", "A/A/A", "AB/A", "A/x:A", "B[2]", "A/B[2]", "A/B[1]", "A/C", "x:A")
PLAIN = tuple(path for path in PATHS if ":" not in path and "[" not in path)


@given(document=documents(), paths=st.sets(st.sampled_from(PATHS), min_size=1))
def test_tags_alone_tell_what_a_parser_tells(document: str, paths: set[str]) -> None:
    octets = document.encode()
    parsed = places._spans(octets, places._every_tag(octets), paths)

    assert find_spans(octets, paths) == parsed
    for span in parsed.values():
        assert octets[span.start : span.start + 1] == b"<"
        assert octets[span.end - 1 : span.end] == b">"


@given(document=documents(), paths=st.sets(st.sampled_from(PLAIN), min_size=1))
def test_a_tree_beside_the_octets_changes_nothing(document: str, paths: set[str]) -> None:
    octets = document.replace("x:A", "xA").encode()

    assert find_spans_of(etree.fromstring(octets), octets, paths) == find_spans(octets, paths)


def test_a_record_as_software_writes_it_needs_no_parser() -> None:
    octets = b'<?xml version="1.0" encoding="UTF-8"?>\n<HOC_BA id="x"><D a=">"><N/></D><K>a</K ></HOC_BA>\n'
    assert places._plain_tags(octets, frozenset({"K", "D/N"})) is not None
    for odd in (b"<!-- -->", b"/>", b"<?p?>", b"<![CDATA[]]>"):
        assert places._plain_tags(octets.replace(b"a</K", odd + b"</K"), frozenset({"K"})) is None
