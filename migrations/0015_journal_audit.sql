-- Lines of the audit log travel to the journal's statement like its other rows, and are written in
-- the commit of the change they tell of.
create type journal_audit as (
    customer_id     bigint,
    id              text,
    actor_kind      text,
    actor_id        text,
    impersonator_id text,
    action          text,
    subject         text,
    reason          text,
    before          text,
    after           text,
    request_id      text,
    created_at      timestamptz
);
