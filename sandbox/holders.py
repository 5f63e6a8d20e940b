"""Whose certificates the invented authority issues: for each unit and role, the holder and the subject."""

from collections.abc import Iterable
from dataclasses import dataclass

from cryptography import x509

from sandbox import pki
from sandbox.schools import CITY_CODE, CITY_NAME, Person, School


@dataclass(frozen=True, slots=True)
class Holder:
    """One certificate to issue and the files it goes into."""

    unit: str
    """Code of the school or the city."""
    roles: tuple[str, ...]
    """What it signs as; a key file for each."""
    name: str
    """Of the organisation or the person."""
    cccd: str
    """The person's number; empty for an organisation."""
    subject: x509.Name
    """As the certificate writes it."""


def holders_of(schools: Iterable[School]) -> list[Holder]:
    """The city, then school by school: the organisation, who heads it, the teachers of its classes."""
    holders = [_organisation(CITY_CODE, CITY_NAME, "0301464459")]
    for school in schools:
        holders.append(_organisation(school.code, school.name, school.tax_code))
        holders.append(_staff(school, "CBQL", school.principal, organisation=school.name))
        teachers = {room.teacher.cccd: room.teacher for room in school.classes}
        holders += [_staff(school, "GVCN", teacher, organisation=None) for teacher in teachers.values()]
    return holders


def _organisation(code: str, name: str, tax_code: str) -> Holder:
    subject = pki.organisation_subject(name=name, code=code, tax_code=tax_code)
    return Holder(code, ("KY_PHAT_HANH", "GIAO_DICH"), name, "", subject)


def _staff(school: School, role: str, person: Person, *, organisation: str | None) -> Holder:
    subject = pki.person_subject(name=person.name, cccd=person.cccd, organisation=organisation)
    return Holder(school.code, (role,), person.name, person.cccd, subject)
