"""Bodies with something wrong in them, found by Hypothesis: octets changed, cut out, doubled, or words put in."""

from hypothesis import strategies as st

WORDS = (
    *(b"<", b">", b"</", b"&", b"&amp;", b"<!--", b"-->", b"<?x?>", b"<![CDATA[", b"]]>", b"<!DOCTYPE x>", b'"'),
    *(
        b"{",
        b"}",
        b"[",
        b"]",
        b",",
        b":",
        b"null",
        b"-1",
        b"1e999",
        b"\\u0000",
        b"\\ud800",
        b"\x00",
        b"\xff",
        b"\xef\xbb\xbf",
    ),
    *(b"xmlns='u'", b"HOC_BA", b"<HOC_BA/>", b"\xcc\x81", b"\xf0\x9f\x98\x80", b"9" * 400, b"[" * 300),
)


@st.composite
def mutated(draw: st.DrawFn, body: bytes) -> bytes:
    """The body after one to four changes."""
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(body)))
        end = min(len(body), start + draw(st.integers(0, 40)))
        put = draw(st.sampled_from([b"", *WORDS]) | st.binary(max_size=6) | st.just(body[start:end] * 2))
        body = body[:start] + put + body[end:]
    return body
