-- Calls that failed or were not answered, newest first, and how many of them a period has: looked for
-- among a hundred times as many that went well, which pay nothing for this.
create index calls_not_completed on calls (customer_id, status, id)
    include (start_time)
    where status <> 'completed';
