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
-- of a call: what was there is put in anew.
truncate call_search, search_progress;
