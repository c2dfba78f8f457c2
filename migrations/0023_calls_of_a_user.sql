-- Not made `concurrently`, for the reason in 0020_calls_review.sql.
--
-- Users who do not see all calls are shown those of their agents, of their called numbers, and those
-- given to them: each kind newest first by an index, instead of a walk through all calls.
create index calls_agent_id on calls (customer_id, agent_id, start_time, id)
    where agent_id is not null;

create index calls_to_number on calls (customer_id, to_number, start_time, id)
    where direction = 'inbound' and to_number is not null;

create index call_assignees_user_id on call_assignees (customer_id, user_id, call_id);

-- Lists are in the order in which calls began. With whose they are, so that failures are looked through
-- without the table.
drop index calls_not_completed;
create index calls_not_completed on calls (customer_id, status, start_time, id)
    include (agent_id, direction, to_number)
    where status <> 'completed';

-- The search narrows by agent, called number, user, state and month itself, by marks among the words
-- of a call: every call is put in once more, in place, so that searches go on meanwhile. Under another
-- name, or a server of the version before would go on putting calls in without marks.
alter table search_progress rename to call_search_progress;
alter index search_progress_pkey rename to call_search_progress_pkey;
alter policy search_progress_writer on call_search_progress rename to call_search_progress_writer;
alter policy search_progress_platform_reader on call_search_progress
    rename to call_search_progress_platform_reader;
delete from call_search_progress;

-- A report that only fills gaps of a call leaves no event by which the search would hear of it.
create table call_search_due (
    customer_id bigint not null,
    call_id     bigint not null,
    tick        bigint not null,  -- of the change: two of one call never wait for each other
    constraint call_search_due_pkey primary key (customer_id, call_id, tick)
);
comment on table call_search_due is 'Calls to be put into call_search once more; rare, and soon gone.';

alter table call_search_due enable row level security;
create policy call_search_due_writer on call_search_due for all to voice_writer using (true) with check (true);
create policy call_search_due_platform_reader on call_search_due for select to voice_platform_reader using (true);
grant select, insert, delete on call_search_due to voice_writer;
