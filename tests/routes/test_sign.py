"""The sign stage refuses in words what has no place for a seal."""

from dataclasses import replace
from typing import Any

from ledger.states import Stage
from routes.cargo import Cargo, Load
from routes.sign import sign
from routes.signing_settings import SigningSettings
from schemas.octets import parse_record
from schemas.profiles import Profile, profiles


class NoKit:
    """The sign stage asks a kit for keys and the form alone."""

    keys = None
    settings = SigningSettings()


def delegated(profile: Profile, octets: bytes) -> Cargo:
    load = Load(1, Stage.SIGN, octets, True, "official", "", "", delegated=True, approved=())
    return replace(Cargo(load, octets, official=True), root=parse_record(octets), profile=profile)


def halted(profile: Profile, octets: bytes) -> str:
    kit: Any = NoKit()
    halt = sign(delegated(profile, octets), kit)
    assert halt is not None
    return halt.cause


def test_a_record_without_a_place_for_a_seal_is_refused_in_words() -> None:
    profile = profiles()["hbs-2/secondary"]
    assert profile.examples is not None
    octets = next(iter(sorted((profile.examples / "valid").glob("*.xml")))).read_bytes()
    assert halted(profile, octets).startswith("seal-key-missing")
    slot = octets.index(b"<GVBM Id=", octets.index(b"<DANH_SACH_GVBM>"))
    start = octets.index(b'"', slot) + 1
    broken = octets[:start] + b"khong-cua-ai" + octets[octets.index(b'"', start) :]
    assert halted(profile, broken) == "no-place-to-seal"
