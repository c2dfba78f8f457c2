-- The money. Every commit of a tenant moves its `balances` row; `transactions` is only ever added
-- to. No foreign keys on hot tables: the tenant's actor is the only writer and knows what exists;
-- the audit looks for orphans.

-- No index but the key: every commit updates this row in place (HOT).
create table balances (
    customer_id     bigint        not null,
    owner_epoch     bigint        not null default 0,     -- +1 at each activation; a write must name it
    seq             bigint        not null default 0,     -- the tenant's clock: the last id handed out
    ledger_seq      bigint        not null default 0,     -- seq of its last entry; gap-free, unlike seq
    ledger_hash     bytea         not null default '\x',  -- its hash: activation needs no second read
    current_balance numeric(14,4) not null default 0,     -- its balance_after; may be negative
    updated_at      timestamptz   not null default now(),
    constraint balances_pkey primary key (customer_id)
);
comment on table balances
    is 'Per tenant: who may write, how far its history goes, where its ledger ends.';

create table transactions (
    customer_id   bigint        not null,
    seq           bigint        not null,  -- 1, 2, 3 … per tenant
    type          text          not null,
    category      text          not null,
    amount        numeric(14,4) not null,  -- positive for credit, negative for debit
    balance_after numeric(14,4) not null,
    reference     text          not null,  -- the source, charged once: 'call:<retell id>', 'fee:2026-10'
    reference_id  text,                    -- what a reader may open: 'call_12'
    description   text          not null,
    author        text,                    -- who, when a person made the entry
    created_at    timestamptz   not null,
    hash          bytea         not null,  -- sha256 over the hash of seq - 1 and this row
    constraint transactions_pkey primary key (customer_id, seq),
    constraint transactions_customer_id_reference_key unique (customer_id, reference),
    constraint transactions_type_check check (type in ('credit', 'debit')),
    constraint transactions_category_check check
        (category in ('call', 'sms', 'email', 'subscription', 'top_up', 'tax', 'adjustment', 'refund')),
    constraint transactions_amount_check check
        (case type when 'credit' then amount >= 0 else amount <= 0 end)
);
comment on table transactions
    is 'The ledger: append-only, chained by hash; a mistake is mended by an opposite entry.';

-- The list by category, newest first. Charges of calls are left out: they are most of the ledger,
-- so the primary key read backwards finds a page of them at once, and the charge itself pays
-- nothing for this index. A query for any other category says `category <> 'call'` beside its
-- parameter, else the planner may not use it.
create index transactions_category on transactions (customer_id, category, seq)
    where category <> 'call';
