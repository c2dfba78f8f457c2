-- How far a tenant's calls are in the search: everything committed up to this tick of the tenant's
-- clock. Beside `balances`, which only the journal writes.
create table search_progress (
    customer_id bigint      not null,
    seq         bigint      not null,
    updated_at  timestamptz not null,
    constraint search_progress_pkey primary key (customer_id)
);
comment on table search_progress is 'How far each tenant''s calls are in call_search.';

alter table search_progress enable row level security;
create policy search_progress_writer on search_progress for all to voice_writer using (true) with check (true);
create policy search_progress_platform_reader on search_progress for select to voice_platform_reader using (true);
grant select, insert, update on search_progress to voice_writer;
