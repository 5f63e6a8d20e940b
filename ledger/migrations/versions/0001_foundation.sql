-- The ledger's foundation. Times are timestamptz; ids of transfers and packages come from one sequence, so that a
-- reference (kind, id, token) names one row of unfinished work. Tables that grow are partitioned by ranges of id
-- (ids rise with time, so an old range can be detached whole); payloads by the first byte of their hash.

create sequence ids;          -- transfers, packages, bundles
create sequence record_ids;
create sequence positions;    -- order of acceptance within a pupil's sequence
create sequence tokens;       -- fencing tokens of leases

-- The day in Vietnam: rights that begin or end on a day do so at midnight there.
create function today() returns date language sql stable
    return (now() at time zone interval '7 hours')::date;

-- ---------------------------------------------------------------- who: units, senders, keys

create table units (
    id bigint generated always as identity primary key,
    code text not null,
    kind text not null check (kind in ('city', 'district', 'ward', 'school')),
    name text not null,
    level text,                                  -- MA_CAP_HOC of a school: 02, 03, 04
    parent_id bigint references units,
    valid_from date not null default '1900-01-01',
    valid_to date,                               -- exclusive; null = still valid
    transaction_seal text not null default 'intermediary'
        check (transaction_seal in ('pass-through', 'delegated', 'intermediary')),
    unique (kind, code, valid_from)
);
create index units_code on units (code);

create table senders (
    id bigint generated always as identity primary key,
    code text not null unique,
    name text not null,
    format text not null,                        -- a connector's name: official, or a folder of connectors/vendors
    signing text not null default 'own' check (signing in ('own', 'delegated')),
    stopped_at timestamptz,                      -- set when the refusal limit stops this sender; a person resumes
    stopped_why text,
    passed bigint not null default 0,            -- since the last resume: what the refusal limit looks at
    refused bigint not null default 0,
    created_at timestamptz not null default now()
);

-- The hub itself: sender of what comes back from a destination.
insert into senders (code, name, format) values ('hub', 'Hocba Hub', 'official');

create table sender_units (
    sender_id bigint not null references senders,
    unit_id bigint not null references units,
    valid_from date not null default '1900-01-01',
    valid_to date,
    primary key (sender_id, unit_id, valid_from)
);

create table api_keys (
    id bigint generated always as identity primary key,
    sender_id bigint not null references senders,
    label text not null default '',
    digest bytea not null unique,                -- SHA-256 of a random 256-bit key: never the key
    created_at timestamptz not null default now(),
    revoked_at timestamptz
);

create table approved_certificates (
    unit_id bigint not null references units,
    role text not null,                          -- KY_PHAT_HANH, GIAO_DICH, CBQL, GVCN
    serial_hex text not null,
    sha256 bytea not null,
    valid_from timestamptz not null,
    valid_to timestamptz not null,
    primary key (unit_id, role, sha256)
);

-- ---------------------------------------------------------------- what came in

create table payloads (
    sha256 bytea not null,
    octets bytea not null,
    primary key (sha256)
) partition by hash (sha256);
create table payloads_0 partition of payloads for values with (modulus 4, remainder 0);
create table payloads_1 partition of payloads for values with (modulus 4, remainder 1);
create table payloads_2 partition of payloads for values with (modulus 4, remainder 2);
create table payloads_3 partition of payloads for values with (modulus 4, remainder 3);
-- Signed XML is mostly Base64: compressing it costs more than the disk it saves.
alter table payloads_0 alter column octets set storage external;
alter table payloads_1 alter column octets set storage external;
alter table payloads_2 alter column octets set storage external;
alter table payloads_3 alter column octets set storage external;

create table submissions (
    id bigint generated always as identity primary key,
    receipt uuid not null unique,
    sender_id bigint not null references senders,
    received_at timestamptz not null default now(),
    idempotency_key text,
    body_sha256 bytea not null,                  -- of the body as sent: tells a repeat from a clash
    format text not null,
    gaps bytea[] not null,                       -- the octets around and between the records, as received
    sealed boolean not null default false,       -- carries a transaction signature that can still go on as it is
    accepted integer not null,
    refused integer not null,
    duplicate integer not null,
    unique (sender_id, idempotency_key)
);
create index submissions_received on submissions (received_at desc);

create table submission_lines (
    submission_id bigint not null,
    line integer not null,                       -- 0-based place in the submission
    status text not null check (status in ('accepted', 'refused', 'duplicate')),
    uuid text not null default '',               -- as given, or as allocated
    record_id bigint,                            -- null when refused at the door
    findings jsonb not null default '[]',
    primary key (submission_id, line)
) partition by range (submission_id);

create table uuids (
    uuid uuid primary key,                       -- unique for ever, over all partitions
    record_id bigint not null,                   -- the record that holds it now
    state text not null check (state in ('claimed', 'used', 'free'))
    -- claimed: in a journey; used: a destination accepted a unit under it; free: refused, may be presented again
);

create table allocated_uuids (
    sender_id bigint not null references senders,
    received_sha256 bytea not null,              -- the same octets get the same UUID, however often they are pushed
    uuid uuid not null,
    primary key (sender_id, received_sha256)
);

create table pupils (
    id bigint generated always as identity primary key,
    created_at timestamptz not null default now()
);
create table pupil_keys (
    kind text not null check (kind in ('cccd', 'ma_hoc_sinh')),
    value text not null,
    pupil_id bigint not null references pupils,
    primary key (kind, value)
);

create table records (
    id bigint not null primary key,
    uuid uuid not null,
    submission_id bigint not null,
    line integer not null,
    sender_id bigint not null,
    unit_id bigint not null,
    pupil_id bigint not null,
    school_year text not null,
    level text not null default '',
    profile text not null,
    received_sha256 bytea not null,              -- the octets as received
    official_sha256 bytea,                       -- the official signed octets; set when normalise and sign are done
    size integer not null,                       -- octets of what goes on: official once set, else received
    accepted_at timestamptz not null default now()
) partition by range (id);
create index records_uuid on records (uuid);
create index records_submission on records (submission_id, line);

create table transfers (
    id bigint not null primary key,
    kind text not null check (kind in ('record', 'recall', 'certificate', 'bundle')),
    destination text not null,
    record_id bigint,
    submission_id bigint,
    sender_id bigint,
    unit_id bigint not null,
    sequence_id bigint,                          -- the pupil; null where no order is to be kept
    position bigint not null,
    fate text not null default 'open'
        check (fate in ('open', 'done', 'refused', 'held', 'dead', 'superseded')),
    stage text not null,                         -- the stage reached: where it stands or ended
    cause text not null default '',              -- machine-readable, from the fate catalogue
    findings jsonb not null default '[]',
    created_at timestamptz not null default now(),
    changed_at timestamptz not null default now()
) partition by range (id);
create index transfers_record on transfers (record_id);
create index transfers_submission on transfers (submission_id);
create index transfers_sequence on transfers (sequence_id, position) where sequence_id is not null;
create index transfers_failed on transfers (cause, id) where fate in ('refused', 'held', 'dead');

-- ---------------------------------------------------------------- the small table of unfinished work

create table work (
    id bigint primary key,                       -- of the transfer or package
    kind text not null check (kind in ('record', 'package', 'bundle')),
    stage text not null check (stage in
        ('normalise', 'check', 'sign', 'verify', 'pack', 'deliver', 'poll', 'return')),
    destination text not null,
    state text not null check (state in ('ready', 'queued', 'waiting', 'leased', 'gathered', 'held')),
    sender_id bigint not null,
    unit_id bigint not null,
    submission_id bigint,
    sequence_id bigint,
    position bigint not null,
    deadline timestamptz not null,
    due_at timestamptz not null default now(),
    tries integer not null default 0,            -- tries of the present stage that did not end it
    losses integer not null default 0,           -- leases of the present stage that ran out: what poison looks like
    token bigint not null default 0,
    lease_until timestamptz,
    since timestamptz not null default now()     -- in this stage since
) with (fillfactor = 60, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 2000,
        autovacuum_vacuum_cost_delay = 0);
create index work_ready on work (stage, destination, sender_id, deadline, id) where state = 'ready';
create index work_due on work (due_at) where state = 'waiting';
create index work_leased on work (lease_until) where state = 'leased';
create index work_lost on work (losses) where losses > 0;
create index work_sequence on work (sequence_id, position) where sequence_id is not null;
create index work_queued on work (since) where state = 'queued';
create index work_submission on work (submission_id) where kind = 'record';

create table moves (
    from_stage text not null, from_state text not null, to_stage text not null, to_state text not null,
    primary key (from_stage, from_state, to_stage, to_state)
);

create function work_moves() returns trigger language plpgsql as $$
begin
    if not exists (select from moves m where m.from_stage = old.stage and m.from_state = old.state
                   and m.to_stage = new.stage and m.to_state = new.state) then
        raise exception 'illegal move of work %: % % -> % %', old.id, old.stage, old.state, new.stage, new.state
            using errcode = 'check_violation';
    end if;
    return new;
end $$;
create trigger work_moves before update of stage, state on work
    for each row when (old.stage is distinct from new.stage or old.state is distinct from new.state)
    execute function work_moves();

create function work_ends() returns trigger language plpgsql as $$
begin
    if old.state not in ('leased', 'gathered', 'held') then
        raise exception 'illegal end of work % in state %', old.id, old.state using errcode = 'check_violation';
    end if;
    return old;
end $$;
create trigger work_ends before delete on work for each row
    when (old.state not in ('leased', 'gathered', 'held')) execute function work_ends();

create table attempts (
    id bigint generated always as identity primary key,
    work_id bigint not null,
    kind text not null,
    stage text not null,
    at timestamptz not null default now(),
    took_ms integer,
    fate text not null,
    cause text not null default '',
    detail jsonb not null default '{}'           -- never personal data
) partition by range (id);
create index attempts_work on attempts (work_id);

create table events (
    id bigint generated always as identity primary key,
    at timestamptz not null default now(),
    transfer_id bigint not null,                 -- of a transfer or a package
    stage text not null,
    fate text not null,                          -- done, or why it did not go on
    cause text not null default '',
    actor text not null default 'hub',
    detail jsonb not null default '{}'
) partition by range (id);
create index events_transfer on events (transfer_id);

-- ---------------------------------------------------------------- packages and verdicts

create table packages (
    id bigint primary key,
    destination text not null,
    kind text not null check (kind in ('record', 'recall', 'certificate')),
    profile text not null,
    unit_id bigint not null references units,
    sender_id bigint not null,
    school_year text not null,
    seal text not null check (seal in ('pass-through', 'delegated', 'intermediary')),
    submission_id bigint,                        -- pass-through: the batch that goes on octet for octet
    state text not null check (state in
        ('open', 'closed', 'sealed', 'sending', 'sent', 'judged', 'split', 'dead')),
    messageid text unique,
    body bytea,                                  -- the final content field (Base64 text octets), until judged
    nam_hoc integer,                             -- as the authentication request says it
    members integer not null default 0,
    octets bigint not null default 0,            -- of the members, before packing
    opened_at timestamptz not null default now(),
    closes_at timestamptz not null,
    sealed_at timestamptz,
    sending_at timestamptz,                      -- committed before the first byte leaves
    sent_at timestamptz,
    judged_at timestamptz,
    parent_id bigint,                            -- the package this one was split from
    cause text not null default ''
) with (autovacuum_analyze_scale_factor = 0.02, autovacuum_analyze_threshold = 200);
alter table packages alter column body set storage external;
create unique index packages_open on packages (destination, kind, profile, unit_id, school_year, seal,
    coalesce(submission_id, 0)) where state = 'open';
create index packages_submission on packages (submission_id) where submission_id is not null;

create table package_members (
    package_id bigint not null references packages,
    transfer_id bigint not null,
    record_id bigint not null,
    destination text not null,
    place integer not null,                      -- order in the package
    live boolean not null default true,          -- this package is the record's one way to the destination
    judged boolean not null default false,
    primary key (package_id, transfer_id)
);
create unique index package_members_live on package_members (destination, record_id) where live;
create index package_members_transfer on package_members (transfer_id);

create table verdicts (
    id bigint generated always as identity primary key,
    transfer_id bigint not null,
    package_id bigint not null,
    uuid uuid not null,
    trang_thai integer not null,                 -- 1 approved, 0 refused
    error text not null default '',              -- the portal's raw code
    error_field_title text not null default '',
    error_description text not null default '',
    at timestamptz not null default now()
) partition by range (id);
create index verdicts_transfer on verdicts (transfer_id);

create table alarms (
    id bigint generated always as identity primary key,
    at timestamptz not null default now(),
    kind text not null,                          -- verdict-missing, verdict-foreign, verdict-contradicts, …
    destination text not null default '',
    package_id bigint,
    transfer_id bigint,
    detail jsonb not null default '{}',
    seen_at timestamptz
);

-- ---------------------------------------------------------------- what goes back

create table outcomes (
    id bigint generated always as identity primary key,
    position bigint unique,                      -- given by the one numberer after commit: readers page by it
    sender_id bigint not null,
    transfer_id bigint not null,
    record_id bigint,
    submission_id bigint,
    line integer,
    uuid text not null,
    unit_id bigint not null,
    fate text not null,                          -- approved, refused, held, dead, superseded
    stage text not null,
    cause text not null default '',
    findings jsonb not null default '[]',
    verdict jsonb,
    at timestamptz not null default now()
);
create index outcomes_sender on outcomes (sender_id, position) where position is not null;
create index outcomes_new on outcomes (id) where position is null;
create sequence outcome_positions;

create table bundles (
    id bigint primary key,                       -- the transfer's
    destination text not null,                   -- whence it came
    ma_tra_hoc_ba text not null,
    ma_truong_di text not null default '',
    ma_truong_den text not null,
    ngay_tra text not null default '',
    content_sha256 bytea not null,               -- the unpacked batch text (payloads)
    about jsonb not null,                        -- the row as received, without content; personal: never logged
    unit_id bigint,                              -- the receiving school; null = unmatched
    state text not null check (state in ('arrived', 'inbox', 'confirmed', 'acknowledged', 'refused', 'failed')),
    inbox_position bigint unique,                -- given by the numberer, as for outcomes
    confirmed_by bigint references senders,
    confirmation text,                           -- received, refused
    reason text not null default '',
    received_at timestamptz not null default now(),
    changed_at timestamptz not null default now(),
    unique (destination, ma_tra_hoc_ba)
);
create index bundles_unit on bundles (unit_id, inbox_position);
create index bundles_new on bundles (id) where state = 'inbox' and inbox_position is null;
create sequence inbox_positions;

create table bundle_records (
    bundle_id bigint not null references bundles,
    line integer not null,
    uuid text not null,
    school_year text not null,
    octets_sha256 bytea not null,
    primary key (bundle_id, line)
);

create table cursors (
    name text primary key,                       -- e.g. city/returns
    value text not null,
    changed_at timestamptz not null default now()
);

-- ---------------------------------------------------------------- steering

create table lanes (
    stage text not null,
    destination text not null,
    state text not null check (state in ('open', 'paused', 'stopped')),
    why text not null default '',
    by text not null default '',
    changed_at timestamptz not null default now(),
    primary key (stage, destination)
);

create table destinations (
    name text primary key,
    breaker text not null default 'closed' check (breaker in ('closed', 'open', 'probing')),
    failures integer not null default 0,         -- in a row
    probe_at timestamptz,
    opened_at timestamptz,
    deaths integer not null default 0,           -- since the last resume: what the death limit looks at
    changed_at timestamptz not null default now()
);

create table dead_letters (
    id bigint generated always as identity primary key,
    stage text not null,
    message jsonb not null,                      -- kind, id, cause, stage, attempts, origin: references only
    published_at timestamptz,
    at timestamptz not null default now()
);
create index dead_letters_new on dead_letters (id) where published_at is null;

-- ---------------------------------------------------------------- partitions by id

create function make_partitions(ahead bigint) returns void language plpgsql as $$
-- Every table that grows keeps at least `ahead` ids of room; called by migration and by the dispatcher.
declare
    grown record;
    width constant bigint := 5000000;
    top bigint;
    used bigint;
begin
    for grown in
        select * from (values
            ('records', 'record_ids'), ('transfers', 'ids'), ('events', 'events_id_seq'),
            ('attempts', 'attempts_id_seq'), ('verdicts', 'verdicts_id_seq'),
            ('submission_lines', 'submissions_id_seq')) as g (name, sequence)
    loop
        execute format('select last_value from %I', grown.sequence) into used;
        select coalesce(max(substring(c.relname from '_(\d+)$')::bigint), 0) * width into top
            from pg_inherits i join pg_class c on c.oid = i.inhrelid
            where i.inhparent = grown.name::regclass;
        while top < used + ahead loop
            -- Attached, not created in place: readers and writers of the table are not kept waiting.
            execute format('create table %I (like %I including defaults including constraints)',
                grown.name || '_' || (top / width + 1), grown.name);
            execute format('alter table %I attach partition %I for values from (%s) to (%s)',
                grown.name, grown.name || '_' || (top / width + 1), top, top + width);
            top := top + width;
        end loop;
    end loop;
end $$;
select make_partitions(1000000);
