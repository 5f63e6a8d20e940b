-- Transaction 3 is signed by the very certificate that it registers, whose key may be at a remote service. Its request is
-- no row of work's: it has a registration instead, and its place is the portal that the message is for.
alter table signature_requests add column registration_id bigint references certificate_registrations;
alter table signature_requests alter column work_id drop not null;
alter table signature_requests drop constraint signature_requests_kind_check;
alter table signature_requests add constraint signature_requests_kind_check
    check (kind in ('record', 'package', 'registration'));
alter table signature_requests add constraint signature_requests_subject_check
    check ((kind = 'registration') = (registration_id is not null) and (kind = 'registration') = (work_id is null));
create unique index signature_requests_registration on signature_requests (registration_id)
    where state in ('wanted', 'asked', 'stale', 'answered', 'refused', 'failed');
