-- Months that are closed: what an invoice is written with is kept on it, and a customer's row says how
-- far its fees and invoices have come.

-- Nobody has written invoices before.
alter table invoices
    add column issued_on            date          not null,  -- the day it got its number, in the tenant's zone
    add column currency             text          not null,
    add column paid_from_balance    numeric(14,4) not null,  -- at issue; the rest of the total was due
    add column seller_name          text          not null,
    add column seller_address       text,
    add column buyer_name           text          not null,
    add column buyer_address        text,
    add column payment_instructions text,
    add column logo                 bytea,                   -- platform_logos.digest
    add column voided_at            timestamptz,
    add column void_reason          text;

grant update (voided_at, void_reason) on invoices to voice_writer;

-- What is still to be paid: activation, and which are overdue.
create index invoices_open on invoices (customer_id, id)
    where status in ('sent', 'overdue');

alter table invoice_items
    add column received_on date;  -- of a payment, which is no part of the total

alter table customers
    add column active_since  timestamptz not null default now(),  -- when a suspension ended last: fees count from there
    add column fee_month     date,                                -- the first day of the last month whose fee was decided
    add column closed_month  date,                                -- of the last month that was closed
    add column invoiced_seq  bigint      not null default 0,      -- the last ledger entry that is on an invoice
    add column invoice_count integer     not null default 0;      -- the number of the last one
alter table customers
    add constraint customers_invoiced_seq_check check (invoiced_seq >= 0),
    add constraint customers_invoice_count_check check (invoice_count >= 0);

-- Whoever is a customer already pays a fee from the next month on.
update customers
   set active_since = created_at, fee_month = date_trunc('month', now() at time zone 'UTC')::date;

alter table customer_settings
    add column billing_address text,          -- lines of the address on its invoices
    add column tax_rate        numeric(7,4),  -- per cent; null: the platform's
    add column tax_name        text,
    add constraint customer_settings_tax_rate_check check (tax_rate between 0 and 100);

-- A picture stays, because invoices have it on them.
create table platform_logos (
    digest     bytea       not null,  -- sha256 of the picture
    png        bytea       not null,
    created_at timestamptz not null,
    constraint platform_logos_pkey primary key (digest),
    constraint platform_logos_digest_check check (octet_length(digest) = 32),
    constraint platform_logos_png_check check (octet_length(png) <= 262144)
);
comment on table platform_logos is 'Pictures in the head of invoices, by their digest.';
grant select, insert on platform_logos to voice_writer;

-- A message about an invoice says which.
alter table notifications
    add column invoice_id bigint;

create type journal_notification_2 as (
    customer_id    bigint,
    id             bigint,
    appointment_id bigint,
    type           text,
    recipient      text,
    template       text,
    is_resend      boolean,
    starts_at      timestamptz,
    due_at         timestamptz,
    created_at     timestamptz,
    invoice_id     bigint
);
