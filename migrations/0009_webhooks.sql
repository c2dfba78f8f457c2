-- Events to the tenants' own systems. An outbox of references: bodies are built at delivery, off
-- the hot path.

create table webhook_logs (
    customer_id     bigint      not null,
    id              bigint      not null,  -- evt_<id>
    event           text        not null,
    subject         text        not null,  -- 'call_12', 'apt_7', 'balance'
    payload         jsonb,                 -- only what delivery could not rebuild
    status          text        not null default 'pending',
    attempts        integer     not null default 0,
    due_at          timestamptz not null,
    last_attempt_at timestamptz,
    response_code   integer,
    response_body   text,
    created_at      timestamptz not null,
    constraint webhook_logs_pkey primary key (customer_id, id),  -- read backwards: the log, newest first
    constraint webhook_logs_status_check check (status in ('pending', 'delivered', 'failed')),
    constraint webhook_logs_attempts_check check (attempts >= 0)
);
comment on table webhook_logs
    is 'Events for a tenant''s own systems and what became of each delivery.';

-- As in calls: lz4 where the server has it.
do $$
begin
    if exists (
        select
          from pg_settings
         where name = 'default_toast_compression'
           and 'lz4' = any (enumvals)
    ) then
        alter table webhook_logs
            alter column payload set compression lz4;
    end if;
end
$$;

-- What the worker claims next.
create index webhook_logs_due on webhook_logs (customer_id, due_at)
    where status = 'pending';
