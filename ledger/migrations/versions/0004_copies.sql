-- Every copy of a record that leaves the hub (rule T05): who, when, by which door, what for, and which octets.
create table copies (
    id bigint generated always as identity primary key,
    at timestamptz not null default now(),
    uuid uuid not null,                          -- of the record; no reference: it may have come back from the city
    actor text not null,                         -- a sender's code, or the hub's own staff
    way text not null check (way in ('api', 'console', 'command')),
    purpose text not null,                       -- of a closed list: never a pupil's data
    pdf_sha256 bytea not null
);
create index copies_uuid on copies (uuid);
create index bundle_records_uuid on bundle_records (uuid);
