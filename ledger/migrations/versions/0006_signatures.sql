-- A signature that a remote service makes. Everything in it is fixed before its holder is asked; the order is written down
-- before its first byte leaves; a value comes in only once it was verified against what was prepared.
create table signature_requests (
    id bigint generated always as identity primary key,
    kind text not null check (kind in ('record', 'package')),
    work_id bigint not null,                     -- transfer of the record, or package
    place text not null,                         -- path of the slot in the record; GIAO_DICH of a package
    role text not null,                          -- GVBM, GVCN, CBQL, KY_PHAT_HANH, GIAO_DICH
    unit_id bigint not null references units,
    home text not null,                          -- name of the service in the settings
    credential text not null,                    -- the service's name of the key
    algorithm text not null,                     -- rsa-sha256 or ecdsa-sha256
    digest bytea not null,                       -- what is signed
    prepared bytea not null,                     -- the signature without its value; names a person by number
    prepared_at timestamptz not null default now(),
    state text not null check (state in
        ('wanted', 'asked', 'stale', 'answered', 'used', 'refused', 'failed', 'ended')),
    -- wanted: not with the service; asked: may be with it; stale: to be prepared again before its holder is asked again;
    -- answered: the value is here; used: it stands in the record; refused: by its holder; failed: somebody must act;
    -- ended: let go by staff, or of no use any more
    order_id uuid,                               -- requests of one holder that are asked together
    handle text,                                 -- what the service calls the order; null = its answer is not known
    value bytea,
    cause text not null default '',              -- machine-readable; after a colon, what the service said
    asks integer not null default 0,             -- how often its holder was asked
    tries integer not null default 0,            -- looks or exchanges in a row that brought nothing
    created_at timestamptz not null default now(),
    asked_at timestamptz,
    until_at timestamptz,                        -- its holder may agree until then
    due_at timestamptz not null default now(),
    changed_at timestamptz not null default now()
);
create unique index signature_requests_live on signature_requests (work_id, place)
    where state in ('wanted', 'asked', 'stale', 'answered', 'refused', 'failed');
create index signature_requests_wanted on signature_requests (home, credential, id) where state = 'wanted';
create index signature_requests_asked on signature_requests (home, due_at) where state = 'asked';
create index signature_requests_work on signature_requests (work_id);
create index signature_requests_waiting on signature_requests (unit_id, role)
    where state in ('wanted', 'asked', 'stale', 'refused', 'failed');
