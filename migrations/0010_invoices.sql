-- Statements of ledger entries. Written once, when a month is closed; afterwards only status,
-- paid_at, amount_due and updated_at may change (column grants). The running month is computed, so
-- no row is ever a draft.

create table invoices (
    customer_id          bigint        not null,
    id                   bigint        not null,
    invoice_number       text          not null,            -- INV-<customer>-<0001>, gap-free
    billing_period_start date          not null,
    billing_period_end   date          not null,            -- the last day, in the tenant's zone
    first_seq            bigint        not null,            -- the ledger entries it states, from
    last_seq             bigint        not null,            -- to (transactions.seq, included)
    subtotal             numeric(14,4) not null,
    tax_name             text,
    tax_rate             numeric(7,4)  not null default 0,  -- percent
    tax_amount           numeric(14,4) not null default 0,
    total                numeric(14,4) not null,
    amount_due           numeric(14,4) not null,            -- what prepaid balance did not cover
    status               text          not null,
    due_date             date          not null,
    paid_at              timestamptz,
    created_at           timestamptz   not null,
    updated_at           timestamptz   not null,
    constraint invoices_pkey primary key (customer_id, id),  -- read backwards: the list, newest first
    constraint invoices_customer_id_invoice_number_key unique (customer_id, invoice_number),
    constraint invoices_customer_id_billing_period_start_key unique (customer_id, billing_period_start),
    constraint invoices_billing_period_end_check check (billing_period_end >= billing_period_start),
    constraint invoices_last_seq_check check (last_seq >= first_seq),
    constraint invoices_total_check check (total = subtotal + tax_amount),
    constraint invoices_amount_due_check check (amount_due >= 0),
    constraint invoices_status_check check (status in ('sent', 'paid', 'overdue', 'void')),
    -- Each ledger entry is on exactly one invoice, whoever closes the month twice.
    constraint invoices_no_overlap exclude using gist
        (customer_id with =, int8range(first_seq, last_seq, '[]') with &&)
);
comment on table invoices
    is 'Closed months: which ledger entries, what they add up to, what is still due.';

create table invoice_items (
    customer_id bigint        not null,
    invoice_id  bigint        not null,
    position    integer       not null,            -- 1, 2, 3 … as printed
    category    text          not null,            -- of the ledger entries it adds up
    description text          not null,
    quantity    numeric(14,4) not null default 1,  -- minutes as shown
    unit_price  numeric(14,4) not null,
    amount      numeric(14,4) not null,            -- as the ledger recorded it, never multiplied again
    created_at  timestamptz   not null,
    constraint invoice_items_pkey primary key (customer_id, invoice_id, position),
    constraint invoice_items_category_check check
        (category in ('call', 'sms', 'email', 'subscription', 'top_up', 'tax', 'adjustment', 'refund'))
);
comment on table invoice_items is 'The lines of an invoice.';
