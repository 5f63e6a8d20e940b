-- Whether a worker has begun what it was leased: a lease that runs out unread says nothing about the work.
alter table work add column begun boolean not null default false;
