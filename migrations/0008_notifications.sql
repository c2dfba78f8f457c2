-- Messages to guests. An outbox: the journal only adds rows, the delivery worker claims and settles
-- them.

create table notifications (
    customer_id    bigint        not null,
    id             bigint        not null,
    appointment_id bigint,
    type           text          not null,
    recipient      text          not null,
    template       text          not null,
    content        text,                                      -- null until built at delivery
    status         text          not null default 'pending',
    receipt        text          not null default 'unknown',  -- `sent` only means accepted
    cost           numeric(14,4) not null default 0,
    error_message  text,                                      -- why it failed, or why it was suppressed
    attempts       integer       not null default 0,
    due_at         timestamptz   not null,
    sent_at        timestamptz,
    created_at     timestamptz   not null,
    constraint notifications_pkey primary key (customer_id, id),  -- read backwards: the log, newest first
    constraint notifications_type_check check (type in ('email', 'sms')),
    constraint notifications_status_check check (status in ('pending', 'sent', 'failed', 'suppressed')),
    constraint notifications_receipt_check check (receipt in ('unknown', 'delivered', 'undelivered')),
    constraint notifications_cost_check check (cost >= 0),
    constraint notifications_attempts_check check (attempts >= 0)
);
comment on table notifications
    is 'Messages to guests, queued, sent or suppressed, and what each cost.';

-- What the worker claims next.
create index notifications_due on notifications (customer_id, due_at)
    where status = 'pending';
