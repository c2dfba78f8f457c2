-- Calls whose events were lost are found in Retell's own list. Until when a workspace was listed: the platform's
-- is in global_settings ('retell_listed_until'), that of a customer with a Retell key of its own here.
alter table customers
    add column retell_listed_until timestamptz;  -- of its own workspace: calls that began before it were asked for
