-- Certificates of schools and of their staff: what is known of each, who asked for it, who approved it and when.
create table certificates (
    sha256 bytea primary key,                    -- of the DER octets
    der bytea,                                   -- null while only its fingerprint is known
    serial_hex text not null,                    -- upper-case hexadecimal
    subject text not null default '',            -- RFC 4514; may name a person: for staff's eyes only
    issuer text not null default '',             -- RFC 4514
    holder text not null check (holder in ('person', 'institution', 'unknown')),
    not_before timestamptz,                      -- null while only its fingerprint is known
    not_after timestamptz,
    standing text not null default 'unknown' check (standing in ('good', 'revoked', 'on-hold', 'unknown')),
    standing_at timestamptz,                     -- when revocation was last asked about
    revoked_at timestamptz
);
create index certificates_ends on certificates (not_after);
create index certificates_serial on certificates (ltrim(serial_hex, '0'));

-- One wish that a certificate may sign for a unit in a role, and what became of it.
create table certificate_registrations (
    id bigint generated always as identity primary key,
    unit_id bigint not null references units,
    role text not null,                          -- KY_PHAT_HANH, GIAO_DICH, CBQL, GVCN, GVBM
    sha256 bytea not null references certificates,
    kind text not null default '',               -- ma_kieu_chu_ky: USB_TOKEN, REMOTE_SIGNING, …
    provider text not null default '',           -- nha_phat_hanh: VNPT, BKAV, …
    valid_from timestamptz not null,             -- ngay_hieu_luc: approved from here on, once approved
    state text not null check (state in ('waiting', 'approved', 'refused', 'ended')),
    approver text not null check (approver in ('ward', 'city', 'portal')),  -- whose word it waits for
    source text not null check (source in ('import', 'staff', 'sender', 'portal')),
    created_at timestamptz not null default now(),
    changed_at timestamptz not null default now(),
    unique (unit_id, role, sha256)
);
create index certificate_registrations_waiting on certificate_registrations (created_at) where state = 'waiting';
create index certificate_registrations_sha256 on certificate_registrations (sha256);

-- Its history: never changed, only added to.
create table certificate_events (
    id bigint generated always as identity primary key,
    registration_id bigint not null references certificate_registrations,
    at timestamptz not null default now(),
    actor text not null,                         -- a sender's code, a portal, or staff by name
    what text not null check (what in ('registered', 'sent', 'approved', 'refused', 'ended', 'changed')),
    valid_from timestamptz,                      -- the approval's span, as it stood after this
    valid_to timestamptz,
    why text not null default ''
);
create index certificate_events_registration on certificate_events (registration_id, id);

-- Transaction 3 towards a portal: stored before its first byte leaves; transaction 4 asks what became of it.
create table certificate_messages (
    messageid text primary key,
    registration_id bigint not null references certificate_registrations,
    destination text not null,
    content text not null,                       -- packed and signed, as it leaves
    state text not null check (state in ('ready', 'sending', 'sent', 'approved', 'refused', 'dead')),
    cause text not null default '',
    tries integer not null default 0,
    due_at timestamptz not null default now(),
    sending_at timestamptz,
    sent_at timestamptz,
    judged_at timestamptz
);
create index certificate_messages_due on certificate_messages (due_at) where state in ('ready', 'sending', 'sent');

-- What records were really signed with: by unit, slot and certificate.
create table certificates_seen (
    unit_id bigint not null references units,
    role text not null,
    sha256 bytea not null references certificates,
    records bigint not null default 0,
    first_at timestamptz not null default now(),
    last_at timestamptz not null default now(),
    primary key (unit_id, role, sha256)
);

-- A portal's catalogues: kinds of signature, issuers of certificates.
create table catalogues (
    destination text not null,
    kind text not null,                          -- kieu-chu-ky, nha-phat-hanh
    code text not null,
    name text not null,
    fetched_at timestamptz not null default now(),
    gone_at timestamptz,                         -- no longer in the catalogue since
    primary key (destination, kind, code)
);

-- A certificate whose approval ended may be approved again: each span is a row, and the gap between them counts.
alter table approved_certificates drop constraint approved_certificates_pkey;
alter table approved_certificates add primary key (unit_id, role, sha256, valid_from);

-- What was approved before there was a history: known by fingerprint, its dates as they stand.
insert into certificates (sha256, serial_hex, holder) select distinct on (sha256) sha256, upper(serial_hex), 'unknown'
    from approved_certificates order by sha256;
with entered as (
    insert into certificate_registrations (unit_id, role, sha256, valid_from, state, approver, source)
    select unit_id, role, sha256, valid_from, 'approved', 'city', 'import' from approved_certificates
    returning id, unit_id, role, sha256
)
insert into certificate_events (registration_id, actor, what, valid_from, valid_to)
    select e.id, 'import', 'approved', a.valid_from, a.valid_to from entered e
    join approved_certificates a using (unit_id, role, sha256);
