"""Rows that a ledger would have gathered, written by SQL over a few shared payloads: history, or unfinished work."""

import psycopg

_SHARED = 100
_CHUNK = 100_000

_PAYLOADS = """
insert into payloads (sha256, octets)
select sha256(convert_to('seed' || n, 'UTF8')), convert_to(repeat('x', 19000) || n, 'UTF8')
from generate_series(0, %(shared)s - 1) n on conflict do nothing
"""

# Another vendor's than the one that pushes: whose history it is makes no difference to the hub, but the one that pushes
# would read all of it.
_UNIT = """
select u.id, su.sender_id from sender_units su join units u on u.id = su.unit_id order by su.sender_id desc, u.id limit 1
"""

_CHUNK_OF_RECORDS = """
with numbers as materialized (
    select n, nextval('ids') as transfer_id, nextval('record_ids') as record_id, nextval('positions') as position,
           gen_random_uuid() as uuid, sha256(convert_to('seed' || n %% %(shared)s, 'UTF8')) as sha
    from generate_series(%(first)s::bigint, %(last)s::bigint) n
), batch as (
    insert into submissions (receipt, sender_id, body_sha256, format, gaps, accepted, refused, duplicate, received_at)
    select gen_random_uuid(), %(sender)s, '\\x00', 'official', '{}', %(last)s - %(first)s + 1, 0, 0,
           now() - interval '40 days' returning id
), born as (
    insert into pupils (created_at) select now() from numbers returning id
), numbered as materialized (
    select n.*, p.id as pupil_id from (select *, row_number() over (order by n) as place from numbers) n
    join (select id, row_number() over (order by id) as place from born) p using (place)
), keys as (
    insert into pupil_keys (kind, value, pupil_id) select 'ma_hoc_sinh', 'SEED-' || record_id, pupil_id from numbered
), lines as (
    insert into submission_lines (submission_id, line, status, uuid, record_id)
    select (select id from batch), n - %(first)s, 'accepted', uuid::text, record_id from numbered
), known as (
    insert into uuids (uuid, record_id, state) select uuid, record_id, %(uuid_state)s from numbered
), stored as (
    insert into records (id, uuid, submission_id, line, sender_id, unit_id, pupil_id, school_year, level, profile,
                         received_sha256, official_sha256, size)
    select record_id, uuid, (select id from batch), n - %(first)s, %(sender)s, %(unit)s, pupil_id, '2024-2025', '02',
           '1.0', sha, sha, 19000 from numbered
), journeys as (
    insert into transfers (id, kind, destination, record_id, submission_id, sender_id, unit_id, sequence_id, position,
                           fate, stage)
    select transfer_id, 'record', 'city', record_id, (select id from batch), %(sender)s, %(unit)s, pupil_id, position,
           %(fate)s, %(stage)s from numbered
), unfinished as (
    insert into work (id, kind, stage, destination, state, sender_id, unit_id, submission_id, sequence_id, position,
                      deadline, due_at)
    select transfer_id, 'record', %(stage)s, 'city', 'waiting', %(sender)s, %(unit)s, (select id from batch), pupil_id,
           position, now() + interval '90 days', now() + interval '30 days' from numbered where %(fate)s = 'open'
), told as (
    insert into events (transfer_id, stage, fate, at)
    select transfer_id, stage, 'done', now() - interval '40 days' from numbered
    cross join unnest(array['normalise', 'check', 'sign', 'verify']) stage
), judged as (
    insert into verdicts (transfer_id, package_id, uuid, trang_thai, at)
    select transfer_id, 0, uuid, 1, now() - interval '40 days' from numbered where %(fate)s = 'done'
), ended as (
    insert into outcomes (position, sender_id, transfer_id, record_id, submission_id, line, uuid, unit_id, fate, stage, at)
    select nextval('outcome_positions'), %(sender)s, transfer_id, record_id, (select id from batch), n - %(first)s,
           uuid::text, %(unit)s, 'approved', 'poll', now() - interval '40 days' from numbered where %(fate)s = 'done'
)
select count(*) from numbered
"""


def history(url: str, count: int) -> None:
    """Records of a past year that the city has approved, with all that they left behind."""
    _seed(url, count, fate="done", stage="poll", uuid_state="used")


def waiting(url: str, count: int) -> None:
    """Records accepted and not finished: each waits for another try."""
    _seed(url, count, fate="open", stage="normalise", uuid_state="claimed")


def _seed(url: str, count: int, *, fate: str, stage: str, uuid_state: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(_PAYLOADS, {"shared": _SHARED})
        row = connection.execute(_UNIT).fetchone()
        assert row is not None
        for first in range(0, count, _CHUNK):
            last = min(first + _CHUNK, count) - 1
            # A table that grows keeps a million ids of room, which is more than a chunk takes.
            connection.execute("select make_partitions(1000000)")
            connection.execute(
                _CHUNK_OF_RECORDS,
                {
                    "shared": _SHARED,
                    "first": first,
                    "last": last,
                    "unit": row[0],
                    "sender": row[1],
                    "fate": fate,
                    "stage": stage,
                    "uuid_state": uuid_state,
                },
            )
        connection.execute("vacuum analyze")
