"""The registry of certificates: every sequence of decisions leaves exactly the spans that a plain list of them says."""

import asyncio
import hashlib
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from ledger import certificate_messages, certificate_views, certificates, registry
from ledger.certificate_lists import CertificateRow, enter_certificates
from ledger.certificates import CertificateFacts, Entered, NoSuchRegistration, NoSuchUnit, NotInState, SpanEmpty, Wanted
from ledger.database import Connection, Pool
from ledger.registry import Sender, UnitRow, approved_certificates

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
            await enter_certificates(connection, rows)
        whats = await (await connection.execute("select what from certificate_events order by id")).fetchall()
        assert whats == [("registered",), ("approved",), ("changed",)]
        assert await _spans(connection) == [(START, START + 7 * DAY)]


async def test_a_list_handed_over_again_undoes_no_end(pool: Pool, vendor: Sender) -> None:
    """The hub enters its world whenever it starts: what staff ended must not come back by that."""
    row = CertificateRow(SCHOOL, ROLE, "0A", _facts().sha256, START, START + 15 * DAY)
    async with pool.connection() as connection:
        await enter_certificates(connection, [row])
        registration = await certificates.register(connection, _wanted(_facts()), actor="sở")
        await certificates.end(connection, registration, actor="sở", at=START + 9 * DAY, why="mất token")
        before = await _history(connection, registration)
        for _ in range(2):
            await enter_certificates(connection, [row])
        assert await _spans(connection) == [(START, START + 9 * DAY)]
        assert await _history(connection, registration) == before

        longer = replace(row, valid_from=START + 11 * DAY)
        await enter_certificates(connection, [row, longer])
        assert await _spans(connection) == [(START, START + 9 * DAY), (START + 11 * DAY, START + 15 * DAY)]


async def test_a_list_may_say_two_spans_of_one_certificate(pool: Pool, vendor: Sender) -> None:
    first = CertificateRow(SCHOOL, ROLE, "0A", _facts().sha256, START, START + 3 * DAY)
    second = replace(first, valid_from=START + 5 * DAY, valid_to=START + 9 * DAY)
    async with pool.connection() as connection:
        for _ in range(2):
            await enter_certificates(connection, [first, second])
            assert await _spans(connection) == [(START, START + 3 * DAY), (START + 5 * DAY, START + 9 * DAY)]


async def test_rows_that_cannot_count_do_not_stop_a_list(pool: Pool, vendor: Sender) -> None:
    good = CertificateRow(SCHOOL, ROLE, "0A", _facts().sha256, START + 3 * DAY, START + 5 * DAY)
    late = replace(good, sha256=_facts("b").sha256, valid_from=LIFE[1] + DAY, valid_to=LIFE[1] + 2 * DAY)
    wide = replace(good, sha256=_facts("c").sha256, valid_from=START, valid_to=LIFE[1] + 2 * DAY)
    async with pool.connection() as connection:
        await certificates.remember(connection, [_facts("b"), _facts("c")])
        await enter_certificates(connection, [replace(good, unit="00000000"), late, good, wide])
        assert await _spans(connection) == [LIFE, (good.valid_from, good.valid_to)]
        assert await _registrations(connection) == [("approved", good.sha256), ("approved", wide.sha256)]


async def _registrations(connection: Connection) -> list[tuple[str, bytes]]:
    rows = await (
        await connection.execute("select state, sha256 from certificate_registrations order by id")
    ).fetchall()
    return [(state, bytes(sha256)) for state, sha256 in rows]


async def test_an_approval_is_narrowed_once_the_certificate_is_known(pool: Pool, vendor: Sender) -> None:
    inside = CertificateRow(SCHOOL, ROLE, "0A", _facts("a").sha256, START, START + 30 * DAY)
    outside = replace(inside, sha256=_facts("b").sha256, valid_from=START + 20 * DAY)
    async with pool.connection() as connection:
        await enter_certificates(connection, [inside, outside])
        await certificates.remember(connection, [_facts("a"), _facts("b")])
        assert await _spans(connection) == [LIFE]
        assert await _registrations(connection) == [("approved", inside.sha256), ("ended", outside.sha256)]
        events = await (await connection.execute("select what from certificate_events order by id")).fetchall()
        await enter_certificates(connection, [inside])
        assert await (await connection.execute("select what from certificate_events order by id")).fetchall() == events


async def test_a_renewed_school_keeps_its_certificates(pool: Pool, vendor: Sender) -> None:
    """Under its old row, on which records may still be on their way, and under its new one."""
    row = CertificateRow(SCHOOL, ROLE, "0A", _facts().sha256, START, START + 9 * DAY)
    renewed = UnitRow(SCHOOL, "school", "Tên mới", "26740", "01", "intermediary", date(2026, 9, 1), None)
    async with pool.connection() as connection:
        await enter_certificates(connection, [row])
        await connection.execute(
            "insert into certificates_seen (unit_id, role, sha256, records) select unit_id, role, sha256, 4"
            " from certificate_registrations"
        )
        for _ in range(2):
            await registry.enter_units(connection, [renewed])
            await enter_certificates(connection, [row])
        units = await (
            await connection.execute("select id from units where code = %s order by valid_from", [SCHOOL])
        ).fetchall()
        ids = [unit for (unit,) in units]
        approved = await approved_certificates(connection, ids, roles={ROLE})
        moved = await (await connection.execute("select unit_id, records from certificates_seen")).fetchall()
        (registration,) = await certificate_views.certificates(connection)
        assert (len(ids), set(approved), moved) == (2, set(ids), [(ids[1], 4)])
        assert registration.unit_name == "Tên mới"

        await certificates.end(connection, registration.id, actor="sở", at=START + 2 * DAY, why="")
        await enter_certificates(connection, [row])
        for rows in (await approved_certificates(connection, ids, roles={ROLE})).values():
            assert [span[3:] for span in rows] == [(START, START + 2 * DAY)]


async def test_many_at_once_leave_one_registration_and_one_decision(pool: Pool, vendor: Sender) -> None:
    async with pool.connection() as connection:
        await certificates.remember(connection, [_facts()])

    async def register() -> Entered:
        async with pool.connection() as connection:
            return await certificates.enter_waiting(connection, _wanted(_facts()), actor="sở")

    async def approve(registration: int) -> str:
        try:
            async with pool.connection() as connection:
                await certificates.approve(connection, registration, actor="sở")
        except NotInState as error:
            return str(error.args[0])
        return "done"

    entered = await asyncio.gather(*(register() for _ in range(4)))
    decided = await asyncio.gather(*(approve(entered[0].id) for _ in range(4)))

    assert sorted(each.what for each in entered) == ["registered", "there", "there", "there"]
    assert sorted(decided) == ["approved", "approved", "approved", "done"]
    async with pool.connection() as connection:
        assert [what for _, what, _ in await _history(connection, entered[0].id)] == ["registered", "approved"]


async def test_what_waits_is_completed_unless_a_portal_is_asked(pool: Pool, vendor: Sender) -> None:
    token, remote = (replace(_wanted(_facts()), kind=kind, provider="VNPT") for kind in ("USB_TOKEN", "REMOTE_SIGNING"))
    async with pool.connection() as connection:
        await certificates.remember(connection, [_facts()])
        whats = []
        for wanted in (_wanted(_facts()), _wanted(_facts()), token, _wanted(_facts())):
            entered = await certificates.enter_waiting(connection, wanted, actor="sở")
            whats.append(entered.what)
        await certificate_messages.keep(
            connection, messageid="m", registration_id=entered.id, destination="city", content="c"
        )
        whats.append((await certificates.enter_waiting(connection, remote, actor="sở")).what)
        row = await certificate_views.registration(connection, entered.id)
    assert whats == ["registered", "there", "changed", "there", "there"]
    assert row is not None
    assert (row.kind, row.provider) == ("USB_TOKEN", "VNPT")


async def test_a_certificate_is_found_as_people_write_it(pool: Pool) -> None:
    facts, other = replace(_facts(), serial_hex="0054010A"), replace(_facts("b"), serial_hex="5505291")
    sha256 = facts.sha256.hex()
    async with pool.connection() as connection:
        await certificates.remember(connection, [facts, other])
        for name in ("54010A", "54:01:0a", "0x54010a", "00 54 01 0A", "5505290", sha256, sha256[:8].upper()):
            assert await certificates.find(connection, name) == [facts.sha256], name


async def test_what_names_nothing_finds_nothing(pool: Pool) -> None:
    async with pool.connection() as connection:
        await certificates.remember(connection, [replace(_facts(), serial_hex="0")])
        for name in ("", "0", "%", "zz", "9" * 60, "٣", _facts().sha256.hex()[:7], "f" * 65):
            assert await certificates.find(connection, name) == []


KNOWN = range(4, 37)
"""half days of the certificate's own life"""
Days = tuple[int, int]


@dataclass
class Model:
    """What the decisions leave, counted in half days: no spans, only moments that are covered or not."""

    known: bool
    state: str = "none"
    asked: int = 0
    covered: set[int] = field(default_factory=set)
    told: list[Days | None] = field(default_factory=list)
    """spans as they were approved; None where an approval was ended or refused"""

    def register(self, first: int, _: int) -> bool:
        if self.state in ("none", "refused", "ended"):
            self.state, self.asked = "waiting", first
        return True

    def approve(self, _: int, last: int) -> bool:
        return self.state == "waiting" and self._approve(self.asked, last)

    def _approve(self, first: int, last: int) -> bool:
        span = self._clamped(first, last)
        if span[1] < span[0]:
            return False
        self.covered |= _half_days(span)
        self.state = "approved"
        self.told.append(span)
        return True

    def refuse(self, *_: int) -> bool:
        if self.state != "waiting":
            return False
        self.state = "refused"
        self.told.append(None)
        return True

    def end(self, day: int, _: int) -> bool:
        if self.state != "approved" or max(self.covered, default=-1) <= 2 * day:
            return False
        self.covered = {half for half in self.covered if half <= 2 * day}
        self.state = "ended"
        self.told.append(None)
        return True

    def hand_over(self, first: int, last: int) -> bool:
        span = self._clamped(first, last)
        if span[1] < span[0]:
            return False
        if any(told == span and None in self.told[place:] for place, told in enumerate(self.told)):
            return True
        if self.state != "approved":
            return self._approve(first, last)
        new = _half_days(span)
        met = {half for part in _parts(self.covered) if part & new for half in part}
        if met != new:
            self.covered = self.covered - met | new
            self.told.append(span)
        return True

    def learn(self, *_: int) -> bool:
        self.known = True
        if self.covered <= set(KNOWN):
            return True
        self.covered &= set(KNOWN)
        newest = max(_parts(self.covered), key=min, default=set())
        if newest:
            self.told.append((min(newest) // 2, max(newest) // 2))
        elif self.state == "approved":
            self.state = "ended"
            self.told.append(None)
        return True

    def _clamped(self, first: int, last: int) -> Days:
        return (max(first, 2), min(last, 18)) if self.known else (first, last)


def _half_days(span: Days) -> set[int]:
    return set(range(2 * span[0], 2 * span[1] + 1))


def _parts(covered: set[int]) -> list[set[int]]:
    """What hangs together."""
    parts: list[set[int]] = []
    for half in sorted(covered):
        if parts and half - 1 in parts[-1]:
            parts[-1].add(half)
        else:
            parts.append({half})
    return parts


DAYS = st.sampled_from([0, 3, 5, 9, 18, 20])
WHAT = st.sampled_from(["register", "approve", "approve", "refuse", "end", "end", "hand_over", "hand_over", "learn"])
STEPS = st.lists(st.tuples(WHAT, DAYS, DAYS), min_size=1, max_size=14)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(known=st.booleans(), steps=STEPS)
@example(known=True, steps=[("approve", 0, 9), ("end", 5, 0), ("register", 7, 0), ("approve", 0, 9), ("end", 4, 0)])
@example(known=True, steps=[("approve", 0, 18), ("end", 9, 0), ("register", 3, 0), ("approve", 0, 5)])
@example(
    known=True, steps=[("approve", 0, 5), ("end", 3, 0), ("hand_over", 2, 5), ("register", 5, 0), ("hand_over", 2, 5)]
)
@example(known=False, steps=[("hand_over", 0, 1), ("hand_over", 19, 20), ("learn", 0, 0), ("hand_over", 19, 20)])
async def test_any_story_leaves_the_spans_that_it_tells(
    pool: Pool, vendor: Sender, known: bool, steps: list[tuple[str, int, int]]
) -> None:
    """Asked of the same function that the verifier is given its approvals by."""
    model = Model(known)
    async with pool.connection() as connection:
        await certificates.remember(connection, [_facts(known=known)])
        registration = await certificates.register(connection, _wanted(_facts(), day=0), actor="sở")
        model.register(0, 0)
        for what, first, last in steps:
            await _take(connection, model, registration, what, first, last)
        row = await certificate_views.registration(connection, registration)
        units = await (await connection.execute("select id from units where code = %s", [SCHOOL])).fetchone()
        assert units is not None
        rows = (await approved_certificates(connection, [units[0]], roles={ROLE})).get(units[0], ())
        spans = [(first, last) for *_, first, last in rows]
        await connection.rollback()
    halves = [half for half in range(42) if any(first <= START + half * DAY / 2 <= last for first, last in spans)]
    assert halves == sorted(model.covered)
    assert len(spans) == len(_parts(model.covered))
    assert row is not None
    assert row.state == model.state


async def _take(connection: Connection, model: Model, registration: int, what: str, first: int, last: int) -> None:
    expected = getattr(model, what)(first, last)
    since, until = START + first * DAY, START + last * DAY
    try:
        async with connection.transaction():
            if what == "register":
                await certificates.register(connection, _wanted(_facts(), day=first), actor="sở")
            elif what == "approve":
                await certificates.approve(connection, registration, actor="sở", valid_to=until)
            elif what == "refuse":
                await certificates.refuse(connection, registration, actor="sở", why="")
            elif what == "end":
                await certificates.end(connection, registration, actor="sở", at=since, why="")
            elif what == "hand_over":
                wanted = _wanted(_facts(), day=first)
                await certificates.enter_approved(connection, wanted, actor="import", since=since, until=until)
            else:
                await certificates.remember(connection, [_facts()])
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
