"""Cutting records out of a list by search finds what parsing finds, whatever stands around them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.city import envelope
from sandbox.city.envelope import PackageRefused, cut_records

PIECES = st.sampled_from(
    [
        "<HOC_BA/>",
        "<HOC_BA></HOC_BA>",
        "<HOC_BA id='a>b'>x</HOC_BA >",
        "<HOC_BA\n><A>é</A></HOC_BA\t>",
        "<HOC_BA><HOC_BA></HOC_BA></HOC_BA>",
        "<HOC_BAN></HOC_BAN>",
        "<!-- <HOC_BA></HOC_BA> -->",
        "<A><![CDATA[<HOC_BA>]]></A>",
        "<?x <HOC_BA> ?>",
        " \n",
    ]
)


@given(st.lists(PIECES, max_size=6), st.sampled_from(["", '<?xml version="1.0" encoding="UTF-8"?>\n']))
def test_search_and_parsing_cut_alike(pieces: list[str], declaration: str) -> None:
    text = f"{declaration}<L>{''.join(pieces)}</L>".encode()
    assert cut_records(text) == envelope._cut_by_parsing(text)


def test_what_is_not_well_formed_is_refused_by_both() -> None:
    with pytest.raises(PackageRefused):
        cut_records(b"<L><HOC_BA></L>")
