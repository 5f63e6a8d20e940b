"""The registry of certificates: every sequence of decisions leaves exactly the spans that a plain list of them says."""

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger import certificate_views, certificates, registry
from ledger.certificates import CertificateFacts, NoSuchRegistration, NoSuchUnit, NotInState, SpanEmpty, Wanted
from ledger.database import Connection, Pool
from ledger.registry import CertificateRow, Sender, approved_certificates

SCHOOL = "79760401"
DAY = timedelta(days=1)
START = datetime(2026, 1, 1, tzinfo=UTC)
LIFE = (START + 2 * DAY, START + 18 * DAY)
"""of the certificate itself"""
ROLE = "KY_PHAT_HANH"


def _facts(name: str = "a", *, known: bool = True) -> CertificateFacts:
    der = name.encode()
    sha256 = hashlib.sha256(der).digest()
    if not known:
        return CertificateFacts(sha256, None, "0A")
    return CertificateFacts(sha256, der, "0A", f"CN={name}", "CN=CA", "institution", *LIFE)


def _wanted(facts: CertificateFacts, *, unit: str = SCHOOL, day: int = 3) -> Wanted:
    return Wanted(unit, ROLE, facts.sha256, START + day * DAY, approver="city", source="staff")


async def _spans(connection: Connection) -> list[tuple[datetime, datetime]]:
    rows = await (
        await connection.execute("select valid_from, valid_to from approved_certificates order by valid_from")
    ).fetchall()
    return [(first, last) for first, last in rows]


async def _history(connection: Connection, registration: int) -> list[tuple[str, str, str]]:
    rows = await (
        await connection.execute(
            "select actor, what, why from certificate_events where registration_id = %s order by id", [registration]
        )
    ).fetchall()
    return [(actor, what, why) for actor, what, why in rows]


async def test_a_registration_waits_until_it_is_approved(pool: Pool, vendor: Sender) -> None:
    async with pool.connection() as connection:
        await certificates.remember(connection, [_facts()])
        registration = await certificates.register(connection, _wanted(_facts()), actor="sở")
        assert await _spans(connection) == []

        await certificates.approve(connection, registration, actor="phường", why="đúng hồ sơ")

        assert await _spans(connection) == [(START + 3 * DAY, LIFE[1])]
        assert await _history(connection, registration) == [
            ("sở", "registered", ""),
            ("phường", "approved", "đúng hồ sơ"),
        ]


async def test_ending_changes_nothing_for_what_was_signed_before(pool: Pool, vendor: Sender) -> None:
    async with pool.connection() as connection:
        await certificates.remember(connection, [_facts()])
        registration = await certificates.register(connection, _wanted(_facts()), actor="sở")
        await certificates.approve(connection, registration, actor="sở")

        await certificates.end(connection, registration, actor="sở", at=START + 9 * DAY, why="mất token")
        again = await certificates.register(connection, _wanted(_facts(), day=12), actor="sở")
        await certificates.approve(connection, again, actor="sở")

        assert again == registration
        assert await _spans(connection) == [(START + 3 * DAY, START + 9 * DAY), (START + 12 * DAY, LIFE[1])]


async def test_what_cannot_be_done_is_refused_and_changes_nothing(pool: Pool, vendor: Sender) -> None:
    async with pool.connection() as connection:
        await certificates.remember(connection, [_facts()])
        registration = await certificates.register(connection, _wanted(_facts()), actor="sở")
        with pytest.raises(NotInState, match="waiting"):
            await certificates.end(connection, registration, actor="sở", at=START, why="")
        with pytest.raises(SpanEmpty):
            await certificates.approve(connection, registration, actor="sở", valid_from=LIFE[1] + DAY)
        with pytest.raises(NoSuchRegistration):
            await certificates.approve(connection, registration + 1, actor="sở")
        with pytest.raises(NoSuchUnit):
            await certificates.register(connection, _wanted(_facts(), unit="00000000"), actor="sở")
        await certificates.refuse(connection, registration, actor="sở", why="sai trường")
        with pytest.raises(NotInState, match="refused"):
            await certificates.approve(connection, registration, actor="sở")
        assert await _spans(connection) == []


async def test_a_fingerprint_is_completed_once_the_certificate_is_seen(pool: Pool, vendor: Sender) -> None:
    async with pool.connection() as connection:
        for facts in (_facts(known=False), _facts(), _facts(known=False)):
            await certificates.remember(connection, [facts])
        rows = await (await connection.execute("select der, subject, not_after from certificates")).fetchall()
    assert rows == [(b"a", "CN=a", LIFE[1])]


async def test_an_import_leaves_history_only_where_something_changed(pool: Pool, vendor: Sender) -> None:
    row = CertificateRow(SCHOOL, ROLE, "0a", _facts().sha256, START, START + 5 * DAY)
    longer = CertificateRow(SCHOOL, ROLE, "0a", _facts().sha256, START, START + 7 * DAY)
    async with pool.connection() as connection:
        for rows in ([row], [row], [longer], [longer]):
            await registry.enter_certificates(connection, rows)
        whats = await (await connection.execute("select what from certificate_events order by id")).fetchall()
        assert whats == [("registered",), ("approved",), ("changed",)]
        assert await _spans(connection) == [(START, START + 7 * DAY)]


@dataclass
class Model:
    """What a plain list of decisions says."""

    state: str = "none"
    asked: int = 0
    spans: list[tuple[int, int]] = field(default_factory=list)

    def covers(self, day: int) -> bool:
        return any(first <= day <= last for first, last in self.spans)

    def register(self, day: int) -> None:
        if self.state in ("none", "refused", "ended"):
            self.state, self.asked = "waiting", day

    def approve(self, _: int) -> bool:
        first = max(self.asked, 2)
        if self.state != "waiting" or first > 18:
            return False
        self.spans = [span for span in self.spans if span[0] != first] + [(first, 18)]
        self.state = "approved"
        return True

    def refuse(self, _: int) -> bool:
        if self.state != "waiting":
            return False
        self.state = "refused"
        return True

    def end(self, day: int) -> bool:
        touched = any(day < last for _, last in self.spans)
        if self.state != "approved" or not touched:
            return False
        self.spans = [(first, min(day, last)) for first, last in self.spans if first <= day]
        self.state = "ended"
        return True


STEPS = st.lists(
    st.tuples(st.sampled_from(["register", "approve", "approve", "refuse", "end"]), st.integers(0, 20)),
    min_size=1,
    max_size=14,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
async def test_any_story_leaves_the_spans_that_it_tells(
    pool: Pool, vendor: Sender, steps: list[tuple[str, int]]
) -> None:
    """Asked of the same function that the verifier is given its approvals by."""
    model = Model()
    async with pool.connection() as connection:
        await certificates.remember(connection, [_facts()])
        registration = await certificates.register(connection, _wanted(_facts(), day=0), actor="sở")
        model.register(0)
        for what, day in steps:
            await _take(connection, model, registration, what, day)
        units = await (await connection.execute("select id from units where code = %s", [SCHOOL])).fetchone()
        assert units is not None
        rows = (await approved_certificates(connection, [units[0]], roles={ROLE})).get(units[0], ())
        approved = [any(first <= START + day * DAY <= last for *_, first, last in rows) for day in range(21)]
        await connection.rollback()
    assert approved == [model.covers(day) for day in range(21)]


async def _take(connection: Connection, model: Model, registration: int, what: str, day: int) -> None:
    if what == "register":
        await certificates.register(connection, _wanted(_facts(), day=day), actor="sở")
        model.register(day)
        return
    expected = getattr(model, what)(day)
    moment = START + day * DAY
    try:
        async with connection.transaction():
            if what == "approve":
                await certificates.approve(connection, registration, actor="sở")
            elif what == "refuse":
                await certificates.refuse(connection, registration, actor="sở", why="")
            else:
                await certificates.end(connection, registration, actor="sở", at=moment, why="")
    except (NotInState, SpanEmpty):
        assert not expected
    else:
        assert expected


async def test_an_approval_given_again_is_one_registration_with_its_newest_span(pool: Pool, vendor: Sender) -> None:
    async with pool.connection() as connection:
        await certificates.remember(connection, [_facts()])
        registration = await certificates.register(connection, _wanted(_facts()), actor="sở")
        await certificates.approve(connection, registration, actor="sở")
        await certificates.end(connection, registration, actor="sở", at=START + 9 * DAY, why="mất token")
        await certificates.register(connection, _wanted(_facts(), day=12), actor="sở")
        await certificates.approve(connection, registration, actor="sở")
        (row,) = await certificate_views.certificates(connection)
    assert (row.id, row.approved_from, row.approved_to) == (registration, START + 12 * DAY, LIFE[1])
