-- Appointments. Hot: booked and moved in the statement that writes calls.
create extension if not exists btree_gist;  -- customer_id beside the time range in one constraint

create table appointments (
    customer_id         bigint      not null,
    id                  bigint      not null,
    call_id             bigint,                -- no foreign key: booked before its call is recorded
    guest_name          text,
    guest_phone         text,
    guest_email         text,
    start_time          timestamptz not null,
    end_time            timestamptz not null,
    duration_minutes    integer     not null,
    status              text        not null,
    notes               text,
    cancellation_reason text,
    revision            bigint      not null,  -- the tenant's seq of its last change: the ETag
    created_at          timestamptz not null,
    updated_at          timestamptz not null,
    constraint appointments_pkey primary key (customer_id, id),
    constraint appointments_status_check check (status in ('scheduled', 'completed', 'cancelled', 'no-show')),
    constraint appointments_end_time_check check (end_time > start_time),
    -- The second wall behind the actor. Deferrable = checked at the end of the statement: two
    -- appointments may swap, a slot may be freed and taken in one batch.
    constraint appointments_no_overlap exclude using gist
        (customer_id with =, tstzrange(start_time, end_time, '[)') with &&)
        where (status = 'scheduled')
        deferrable
);
comment on table appointments
    is 'What was booked, with its state; two scheduled ones of a tenant never overlap.';

-- The calendar between two instants, and the list by date. end_time is there so that the range is
-- decided in the index. Searching a guest by name reads the tenant's appointments along it: a
-- pattern is not leakproof and could use no index under row-level security.
create index appointments_start_time on appointments (customer_id, start_time, end_time);

-- What still stands: loaded at activation, listed as upcoming.
create index appointments_scheduled_end_time on appointments (customer_id, end_time)
    where status = 'scheduled';

-- The appointments of one caller, newest first: look-up during a call, search by number.
create index appointments_guest_phone on appointments (customer_id, guest_phone, id)
    where guest_phone is not null;

-- The same by address: look-up of a caller without a number.
create index appointments_guest_email on appointments (customer_id, guest_email, id)
    where guest_email is not null;
