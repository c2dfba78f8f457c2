-- Calls and their search. Hot: one statement writes the calls of many tenants.
create extension if not exists btree_gin;  -- customer_id beside the words in one index

create table calls (
    customer_id                 bigint        not null,
    id                          bigint        not null,  -- from the tenant's clock: rises with time
    retell_call_id              text          not null,  -- from many workspaces: unique per tenant only
    agent_id                    text,
    direction                   text          not null,
    channel                     text          not null,
    from_number                 text,                    -- a web call has no numbers
    to_number                   text,
    start_time                  timestamptz,
    end_time                    timestamptz,
    duration_seconds            integer       not null,
    billable_seconds            integer       not null,
    rate_per_minute             numeric(10,4) not null,  -- the rate in force at the first charge
    cost                        numeric(14,4) not null,  -- the sum of its ledger entries
    charges                     integer       not null,  -- how many ledger entries so far
    disconnection_reason        text,                    -- Retell's word; the set is open
    recording_url               text,
    transcript                  text,
    turns                       text,                    -- json of timings; jsonb doubles the cost
    summary                     text,
    call_score                  integer,
    analysis                    jsonb,
    improvement_recommendations jsonb,
    status                      text,                    -- null while the call is under way
    review                      text,                    -- why a person should look at it
    announced_at                timestamptz,             -- when its end was told to webhooks
    analyzed_at                 timestamptz,
    created_at                  timestamptz   not null,
    constraint calls_pkey primary key (customer_id, id),  -- read backwards: list, activation
    constraint calls_customer_id_retell_call_id_key unique (customer_id, retell_call_id),
    constraint calls_direction_check check (direction in ('inbound', 'outbound')),
    constraint calls_channel_check check (channel in ('phone', 'web')),
    constraint calls_billable_seconds_check check (billable_seconds >= 0),
    constraint calls_rate_per_minute_check check (rate_per_minute >= 0),
    constraint calls_cost_check check (cost >= 0),
    constraint calls_charges_check check (charges >= 0),
    constraint calls_call_score_check check (call_score between 0 and 100),
    constraint calls_status_check check (status in ('completed', 'failed', 'no-answer'))
);
comment on table calls is 'One row per telephone or web call, charged or not; a record only grows.';

-- The default compression was a third of the server's work per call. A server built without lz4
-- keeps its default.
do $$
begin
    if exists (
        select
          from pg_settings
         where name = 'default_toast_compression'
           and 'lz4' = any (enumvals)
    ) then
        alter table calls
            alter column transcript set compression lz4,
            alter column turns set compression lz4,
            alter column summary set compression lz4,
            alter column analysis set compression lz4,
            alter column improvement_recommendations set compression lz4;
    end if;
end
$$;

-- Calls of one number, newest first: the list's filter, the caller's history, and what an agent is
-- told of a caller.
create index calls_from_number on calls (customer_id, from_number, id)
    where from_number is not null;

-- Calls of a period (a call without start_time is in none), and the totals line over any filter of
-- period and status, answered from the index alone. Only columns that no longer change once a call
-- has ended, so that its analysis can be written in place.
create index calls_start_time on calls (customer_id, start_time)
    include (id, status, duration_seconds, cost);

-- Filled behind the hot path: a full-text index costs at every insert. Derived, hence without a
-- foreign key.
create table call_search (
    customer_id bigint   not null,
    call_id     bigint   not null,
    document    tsvector not null,  -- configuration `simple`: callers speak many languages
    constraint call_search_pkey primary key (customer_id, call_id)
);
comment on table call_search
    is 'The words and numbers of each call, for search; may be rebuilt at any time.';

create index call_search_document on call_search using gin (customer_id, document);

-- Where a tenant's reader searches. `@@` is not leakproof, so under row-level security it would be
-- tried on every document of the tenant and never through the index. This view has the same
-- condition and lets the index be used; the reader has no right to the table itself. It must be
-- searched in a `with … as materialized` of its own: joined directly, the row-level security of the
-- other table would reach over to it.
create view tenant_call_search as
select customer_id, call_id, document
  from call_search
 where customer_id = (select nullif(current_setting('app.customer_id', true), '')::bigint);
comment on view tenant_call_search
    is 'The rows of call_search that belong to the customer set on the transaction.';
