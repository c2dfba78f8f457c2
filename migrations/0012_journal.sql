-- Row shapes of the journal's parameters: one array of these per kind of change.
-- A column more means a new type beside the old one (`journal_call_2`), so that the version still
-- running keeps its own. Texts that are stored as jsonb travel as text, with their exact digits.

create type journal_tenant as (
    customer_id bigint,
    epoch       bigint,
    from_seq    bigint,
    to_seq      bigint,
    ledger_seq  bigint,
    ledger_hash bytea,
    balance     numeric,
    at          timestamptz
);

create type journal_call as (
    customer_id                 bigint,
    id                          bigint,
    retell_call_id              text,
    agent_id                    text,
    direction                   text,
    channel                     text,
    from_number                 text,
    to_number                   text,
    start_time                  timestamptz,
    end_time                    timestamptz,
    duration_seconds            integer,
    billable_seconds            integer,
    rate_per_minute             numeric,
    cost                        numeric,
    charges                     integer,
    disconnection_reason        text,
    recording_url               text,
    transcript                  text,
    turns                       text,
    summary                     text,
    call_score                  integer,
    analysis                    text,
    improvement_recommendations text,
    status                      text,
    review                      text,
    announced_at                timestamptz,
    analyzed_at                 timestamptz,
    created_at                  timestamptz
);

create type journal_transaction as (
    customer_id   bigint,
    seq           bigint,
    type          text,
    category      text,
    amount        numeric,
    balance_after numeric,
    reference     text,
    reference_id  text,
    description   text,
    author        text,
    created_at    timestamptz,
    hash          bytea
);

create type journal_appointment as (
    customer_id         bigint,
    id                  bigint,
    call_id             bigint,
    guest_name          text,
    guest_phone         text,
    guest_email         text,
    start_time          timestamptz,
    end_time            timestamptz,
    duration_minutes    integer,
    status              text,
    notes               text,
    cancellation_reason text,
    revision            bigint,
    created_at          timestamptz,
    updated_at          timestamptz
);

create type journal_webhook as (
    customer_id bigint,
    id          bigint,
    event       text,
    subject     text,
    payload     text,
    created_at  timestamptz
);
