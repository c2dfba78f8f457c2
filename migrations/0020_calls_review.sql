-- Calls that a person should look at: the platform's dashboard counts them. A few in a thousand; the
-- others pay nothing for it. Not made `concurrently`: of two servers that start at once one waits for
-- the other's migrations in a statement, and such an index waits for all statements.
create index calls_review on calls (customer_id, id)
    where review is not null;
