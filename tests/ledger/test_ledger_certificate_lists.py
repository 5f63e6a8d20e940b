"""The city's list of approvals, handed over again and again: nothing ended comes back, nothing else is lost."""

from dataclasses import replace
from datetime import date

from decisions import DAY, LIFE, ROLE, SCHOOL, START, facts_of, history, registrations, spans_of, wish

from ledger import certificate_views, certificates, registry
from ledger.certificate_lists import CertificateRow, enter_certificates
from ledger.database import Pool
from ledger.registry import Sender, UnitRow, approved_certificates


async def test_an_import_leaves_history_only_where_something_changed(pool: Pool, vendor: Sender) -> None:
    row = CertificateRow(SCHOOL, ROLE, "0a", facts_of().sha256, START, START + 5 * DAY)
    longer = CertificateRow(SCHOOL, ROLE, "0a", facts_of().sha256, START, START + 7 * DAY)
    async with pool.connection() as connection:
        for rows in ([row], [row], [longer], [longer]):
            await enter_certificates(connection, rows)
        whats = await (await connection.execute("select what from certificate_events order by id")).fetchall()
        assert whats == [("registered",), ("approved",), ("changed",)]
        assert await spans_of(connection) == [(START, START + 7 * DAY)]


async def test_a_list_handed_over_again_undoes_no_end(pool: Pool, vendor: Sender) -> None:
    """The hub enters its world whenever it starts: what staff ended must not come back by that."""
    row = CertificateRow(SCHOOL, ROLE, "0A", facts_of().sha256, START, START + 15 * DAY)
    async with pool.connection() as connection:
        await enter_certificates(connection, [row])
        registration = await certificates.register(connection, wish(facts_of()), actor="sở")
        await certificates.end(connection, registration, actor="sở", at=START + 9 * DAY, why="mất token")
        before = await history(connection, registration)
        for _ in range(2):
            await enter_certificates(connection, [row])
        assert await spans_of(connection) == [(START, START + 9 * DAY)]
        assert await history(connection, registration) == before

        longer = replace(row, valid_from=START + 11 * DAY)
        await enter_certificates(connection, [row, longer])
        assert await spans_of(connection) == [(START, START + 9 * DAY), (START + 11 * DAY, START + 15 * DAY)]


async def test_a_list_may_say_two_spans_of_one_certificate(pool: Pool, vendor: Sender) -> None:
    first = CertificateRow(SCHOOL, ROLE, "0A", facts_of().sha256, START, START + 3 * DAY)
    second = replace(first, valid_from=START + 5 * DAY, valid_to=START + 9 * DAY)
    async with pool.connection() as connection:
        for _ in range(2):
            await enter_certificates(connection, [first, second])
            assert await spans_of(connection) == [(START, START + 3 * DAY), (START + 5 * DAY, START + 9 * DAY)]


async def test_rows_that_cannot_count_do_not_stop_a_list(pool: Pool, vendor: Sender) -> None:
    good = CertificateRow(SCHOOL, ROLE, "0A", facts_of().sha256, START + 3 * DAY, START + 5 * DAY)
    late = replace(good, sha256=facts_of("b").sha256, valid_from=LIFE[1] + DAY, valid_to=LIFE[1] + 2 * DAY)
    wide = replace(good, sha256=facts_of("c").sha256, valid_from=START, valid_to=LIFE[1] + 2 * DAY)
    async with pool.connection() as connection:
        await certificates.remember(connection, [facts_of("b"), facts_of("c")])
        await enter_certificates(connection, [replace(good, unit="00000000"), late, good, wide])
        assert await spans_of(connection) == [LIFE, (good.valid_from, good.valid_to)]
        assert await registrations(connection) == [("approved", good.sha256), ("approved", wide.sha256)]


async def test_an_approval_is_narrowed_once_the_certificate_is_known(pool: Pool, vendor: Sender) -> None:
    inside = CertificateRow(SCHOOL, ROLE, "0A", facts_of("a").sha256, START, START + 30 * DAY)
    outside = replace(inside, sha256=facts_of("b").sha256, valid_from=START + 20 * DAY)
    async with pool.connection() as connection:
        await enter_certificates(connection, [inside, outside])
        await certificates.remember(connection, [facts_of("a"), facts_of("b")])
        assert await spans_of(connection) == [LIFE]
        assert await registrations(connection) == [("approved", inside.sha256), ("ended", outside.sha256)]
        events = await (await connection.execute("select what from certificate_events order by id")).fetchall()
        await enter_certificates(connection, [inside])
        assert await (await connection.execute("select what from certificate_events order by id")).fetchall() == events


async def test_a_renewed_school_keeps_its_certificates(pool: Pool, vendor: Sender) -> None:
    """Under its old row, on which records may still be on their way, and under its new one."""
    row = CertificateRow(SCHOOL, ROLE, "0A", facts_of().sha256, START, START + 9 * DAY)
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
