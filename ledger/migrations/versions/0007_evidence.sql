-- A hash tree under one timestamp. A day's tree holds the digests of what was verified; a renewal's those of timestamps
-- that it covers; a re-hash's those of data objects with all that was there about them. The tree is written in one
-- transaction with its timestamp: there is none without.
create table evidence_trees (
    id bigint generated always as identity primary key,
    kind text not null check (kind in ('records', 'renewal', 'rehash')),
    day date,                                    -- of records: the day in Vietnam that it closes
    algorithm text not null,                     -- hashlib's name
    root bytea not null,
    leaf_count integer not null,
    leaves bytea not null,                       -- the digests in ascending order, one after the other
    token bytea not null,                        -- RFC 3161; revocation data is put into it before it is covered
    stamped_at timestamptz not null,             -- the timestamp's own word
    good_until timestamptz not null,             -- the end of its authority's certificate
    signature text not null,                     -- its method and key, for example ecdsa-sha256, EC-256
    created_at timestamptz not null default now()
);
-- Digests do not compress.
alter table evidence_trees alter column leaves set storage external;
create index evidence_trees_day on evidence_trees (day) where kind = 'records';

-- Which day's tree holds which octets: each once, for ever.
create table evidence_leaves (
    sha256 bytea primary key,
    tree_id bigint not null references evidence_trees,
    record_id bigint not null                    -- a record that these octets are; the first, where they came again
);
create index evidence_leaves_tree on evidence_leaves (tree_id);

-- The timestamps of a day's tree, in order: each in a chain of one hash algorithm, each chain over those before.
create table evidence_timestamps (
    series_id bigint not null references evidence_trees, -- the day's tree
    chain smallint not null check (chain > 0),
    number smallint not null check (number > 0),
    tree_id bigint not null references evidence_trees,   -- the tree that this timestamp stands over
    primary key (series_id, chain, number)
);
create index evidence_timestamps_tree on evidence_timestamps (tree_id);

-- What the keeper of evidence has to do next, and what keeps it from it.
create table evidence_work (
    name text primary key check (name in ('build', 'renew')),
    done_until timestamptz,                      -- build: what was verified before is under a tree, but for late writers
    due_at timestamptz not null default now(),
    tries integer not null default 0,            -- in a row that brought nothing
    failing_since timestamptz,
    cause text not null default '',
    alarmed boolean not null default false,
    changed_at timestamptz not null default now()
);
insert into evidence_work (name) values ('build'), ('renew');
