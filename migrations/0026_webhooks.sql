-- Events go to endpoints: who is told of what, what became of each delivery, and every attempt.
--
-- `webhook_logs` stays what it was written as, the events of a tenant. Its columns about one delivery
-- belong to nobody any more; they go with the next release, since the version that still runs fills
-- `due_at`.

drop index webhook_logs_due;
alter table webhook_logs
    alter column due_at drop not null,
    add column sequence bigint;  -- 1, 2, 3 … of the tenant's events; null: told before there were endpoints
comment on table webhook_logs is 'Events of a tenant, numbered; what its own systems are told.';

alter table balances
    add column event_seq bigint not null default 0;  -- the last number handed out to an event

-- As journal_tenant, with the number of the last event.
create type journal_tenant_2 as (
    customer_id bigint,
    epoch       bigint,
    from_seq    bigint,
    to_seq      bigint,
    ledger_seq  bigint,
    ledger_hash bytea,
    balance     numeric,
    at          timestamptz,
    event_seq   bigint
);

create type journal_webhook_2 as (
    customer_id bigint,
    id          bigint,
    event       text,
    subject     text,
    payload     text,
    created_at  timestamptz,
    sequence    bigint
);

-- One event on its way to one endpoint.
create type journal_delivery as (
    customer_id bigint,
    endpoint_id bigint,
    event_id    bigint,
    event       text,
    due_at      timestamptz,
    created_at  timestamptz
);

create table webhook_endpoints (
    customer_id        bigint      not null,
    id                 bigint      not null,      -- ep_<id>; only events with a larger id go there
    url                text        not null,
    description        text,
    events             text[]      not null,
    sends_transcripts  boolean     not null,
    state              text        not null,
    state_since        timestamptz not null,
    secret             bytea,                     -- sealed; null once removed
    secret_last4       text        not null,
    previous_secret    bytea,                     -- sealed; signs too until then
    previous_until     timestamptz,
    created_at         timestamptz not null,
    updated_at         timestamptz not null,
    -- Delivery's own, not the tenant's: how it goes there.
    served_until       timestamptz not null default '-infinity',  -- a worker has it until then
    closed_until       timestamptz not null default '-infinity',  -- left in peace until then
    failures           integer     not null default 0,            -- since the last success
    failing_since      timestamptz,
    is_slow            boolean     not null default false,        -- it took long the last time
    delivered_at       timestamptz,                               -- the last success
    constraint webhook_endpoints_pkey primary key (customer_id, id),
    constraint webhook_endpoints_state_check check (state in ('enabled', 'paused', 'gone', 'failing', 'removed')),
    constraint webhook_endpoints_secret_check check ((secret is null) = (state = 'removed')),
    constraint webhook_endpoints_previous_secret_check check ((previous_secret is null) = (previous_until is null)),
    constraint webhook_endpoints_failures_check check (failures >= 0 and (failures = 0) = (failing_since is null))
);
comment on table webhook_endpoints is 'Where a tenant''s own systems hear of its events.';
alter table webhook_endpoints
    add constraint webhook_endpoints_customer_id_fkey foreign key (customer_id) references customers (id);
alter table webhook_endpoints enable row level security;
create policy webhook_endpoints_writer on webhook_endpoints for all to voice_writer using (true) with check (true);
create policy webhook_endpoints_platform_reader on webhook_endpoints for select to voice_platform_reader using (true);
create policy webhook_endpoints_reader on webhook_endpoints for select to voice_reader
    using (customer_id = (select nullif(current_setting('app.customer_id', true), '')::bigint));
grant select, insert, update on webhook_endpoints to voice_writer;
-- Not the secrets.
grant select (customer_id, id, url, description, events, sends_transcripts, state, state_since, secret_last4,
              previous_until, created_at, updated_at, closed_until, failures, failing_since, is_slow, delivered_at)
    on webhook_endpoints to voice_reader;

create table webhook_deliveries (
    customer_id   bigint      not null,
    endpoint_id   bigint      not null,
    event_id      bigint      not null,
    event         text        not null,
    status        text        not null default 'pending',
    attempts      integer     not null default 0,  -- all there were
    tries         integer     not null default 0,  -- those since it was last asked for
    due_at        timestamptz not null,
    body          text,                            -- made with the first attempt, the same in all of them
    response_code integer,                         -- of the last attempt
    reason        text,                            -- why the last attempt failed, in a word
    ended_at      timestamptz,                     -- delivered or given up
    created_at    timestamptz not null,
    constraint webhook_deliveries_pkey primary key (customer_id, endpoint_id, event_id),
    constraint webhook_deliveries_status_check check (status in ('pending', 'delivered', 'failed')),
    constraint webhook_deliveries_attempts_check check (tries between 0 and attempts),
    constraint webhook_deliveries_ended_at_check check ((status = 'pending') = (ended_at is null))
);
comment on table webhook_deliveries is 'What becomes of an event at an endpoint.';
-- What a worker sends next to an endpoint; walked from endpoint to endpoint to find who has something due.
create index webhook_deliveries_due on webhook_deliveries (customer_id, endpoint_id, due_at, event_id)
    where status = 'pending';
-- What may be sent again; few, and looked for among many.
create index webhook_deliveries_failed on webhook_deliveries (customer_id, endpoint_id, event_id)
    where status = 'failed';
-- The log of a customer over all endpoints, newest first.
create index webhook_deliveries_event on webhook_deliveries (customer_id, event_id, endpoint_id);
alter table webhook_deliveries enable row level security;
create policy webhook_deliveries_writer on webhook_deliveries for all to voice_writer using (true) with check (true);
create policy webhook_deliveries_platform_reader on webhook_deliveries for select to voice_platform_reader using (true);
create policy webhook_deliveries_reader on webhook_deliveries for select to voice_reader
    using (customer_id = (select nullif(current_setting('app.customer_id', true), '')::bigint));
grant select, insert, update, delete on webhook_deliveries to voice_writer;
grant select on webhook_deliveries to voice_reader;

create table webhook_attempts (
    customer_id   bigint      not null,
    endpoint_id   bigint      not null,
    event_id      bigint      not null,
    attempt       integer     not null,  -- 1, 2, 3 …
    started_at    timestamptz not null,
    took_ms       integer,               -- null: under way, or cut off by the end of the server
    response_code integer,
    response      text,                  -- what it said, the first 4 KiB
    reason        text,                  -- why it failed, in a word; null: delivered, or no end
    constraint webhook_attempts_pkey primary key (customer_id, endpoint_id, event_id, attempt)
);
comment on table webhook_attempts is 'Every request that was made to deliver an event.';
alter table webhook_attempts enable row level security;
create policy webhook_attempts_writer on webhook_attempts for all to voice_writer using (true) with check (true);
create policy webhook_attempts_platform_reader on webhook_attempts for select to voice_platform_reader using (true);
create policy webhook_attempts_reader on webhook_attempts for select to voice_reader
    using (customer_id = (select nullif(current_setting('app.customer_id', true), '')::bigint));
grant select, insert, update, delete on webhook_attempts to voice_writer;
grant select on webhook_attempts to voice_reader;

-- As in calls: lz4 where the server has it.
do $$
begin
    if exists (
        select
          from pg_settings
         where name = 'default_toast_compression'
           and 'lz4' = any (enumvals)
    ) then
        alter table webhook_deliveries
            alter column body set compression lz4;
    end if;
end
$$;
