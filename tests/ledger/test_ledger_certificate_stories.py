"""The registry of certificates: every sequence of decisions leaves exactly the spans that a plain list of them says."""

from dataclasses import dataclass, field

from decisions import DAY, ROLE, SCHOOL, START, facts_of, wish
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from ledger import certificate_views, certificates
from ledger.certificates import NotInState, SpanEmpty
from ledger.database import Connection, Pool
from ledger.registry import Sender, approved_certificates

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
        await certificates.remember(connection, [facts_of(known=known)])
        registration = await certificates.register(connection, wish(facts_of(), day=0), actor="sở")
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
                await certificates.register(connection, wish(facts_of(), day=first), actor="sở")
            elif what == "approve":
                await certificates.approve(connection, registration, actor="sở", valid_to=until)
            elif what == "refuse":
                await certificates.refuse(connection, registration, actor="sở", why="")
            elif what == "end":
                await certificates.end(connection, registration, actor="sở", at=since, why="")
            elif what == "hand_over":
                wanted = wish(facts_of(), day=first)
                await certificates.enter_approved(connection, wanted, actor="import", since=since, until=until)
            else:
                await certificates.remember(connection, [facts_of()])
    except (NotInState, SpanEmpty):
        assert not expected
    else:
        assert expected
