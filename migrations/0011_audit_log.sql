-- Who did what. Append-only for everyone who serves; written in the commit of the change itself,
-- bookings included, and therefore without a foreign key like the other hot tables.

create table audit_log (
    customer_id     bigint           not null,
    id              text collate "C" not null,  -- time-ordered and random: also made where no actor is
    actor_kind      text             not null,
    actor_id        text             not null,  -- usr_…, a super admin's id, an agent's, a job's name
    impersonator_id text,                       -- the super admin who acted as that user
    action          text             not null,  -- 'appointment.moved'
    subject         text             not null,  -- 'apt_12'
    reason          text,
    before          jsonb,
    after           jsonb,
    request_id      text,
    created_at      timestamptz      not null,
    constraint audit_log_pkey primary key (customer_id, id),  -- read backwards: newest first
    constraint audit_log_actor_kind_check check
        (actor_kind in ('user', 'platform', 'agent', 'guest', 'system'))
);
comment on table audit_log
    is 'Each change of money, rights, settings, keys and appointments: who, what, before, after.';
