"""Records that the JDK and EU DSS sign, in every declared form, pass here."""

import re
from collections import Counter

import pytest

from interop.case import Case
from interop.cases import PARAMETERS, PRETTY
from interop.jvm import lacking

pytestmark = [pytest.mark.oracle, pytest.mark.timeout(1200)]


@pytest.mark.parametrize(("maker", "records"), [("JDK", 48 + 2), ("DSS", 32)])
def test_records_of_other_software_pass(foreign_cases: list[Case], maker: str, records: int) -> None:
    if maker.lower() in lacking():
        pytest.skip(lacking()[maker.lower()])
    made = [case for case in foreign_cases if case.kind.startswith(f"{maker}:")]

    assert len(made) == records
    assert {case.name: case.cause for case in made if not case.passes} == {}


def test_every_form_is_there(foreign_cases: list[Case]) -> None:
    """Three forms of the JDK, two of DSS, four keys each; canonicalisations and prefixes stand in the octets."""
    if lacking():
        pytest.skip("; ".join(lacking().values()))
    kinds = Counter(case.kind for case in foreign_cases if case.kind not in (PARAMETERS, PRETTY))

    assert set(kinds.values()) == {4}
    assert len(kinds) == 3 * 4 + 2 * 4
    for key, method in (("v1.5", b"more#rsa-sha"), ("PSS", b"-rsa-MGF1"), ("P-", b"more#ecdsa-sha")):
        signed = [case for case in foreign_cases if case.kind in kinds and key in case.kind]
        assert all(len(re.findall(b"SignatureMethod Algorithm=[^>]*" + method, case.octets)) == 3 for case in signed)
    for method in (b"xml-exc-c14n#", b"REC-xml-c14n-20010315", b"xml-c14n11"):
        assert all(method in case.octets for case in foreign_cases)
    for digest in (b"xmlenc#sha256", b"more#sha384", b"xmlenc#sha512"):
        assert any(digest in case.octets for case in foreign_cases)
    assert {case.octets.count(b"<ds:Signature ") for case in foreign_cases} == {0, 3}


def test_what_dss_spoils_itself_is_refused(foreign_cases: list[Case]) -> None:
    """DSS indents the default namespace, and objects of others, after it has digested them: nobody accepts it."""
    if "dss" in lacking():
        pytest.skip(lacking()["dss"])
    causes = {case.cause for case in foreign_cases if case.kind == PRETTY}

    assert causes == {"digest-properties", "value-wrong"}
