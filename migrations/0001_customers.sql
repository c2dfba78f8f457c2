-- Who the tenants are and how a request finds its tenant. Reference tables: small, read by
-- everyone, copied to every node when storage is sharded. Money and ownership live in `balances`,
-- which changes with every call.

create table customers (
    id         bigint      generated always as identity,
    name       text        not null,
    company    text,
    email      text        not null,                -- also the address of the first admin
    phone      text,
    timezone   text        not null default 'UTC',  -- IANA name: what opening hours and periods mean
    status     text        not null default 'active',
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint customers_pkey primary key (id),
    constraint customers_email_key unique (email),
    constraint customers_email_check check (email = lower(email)),
    constraint customers_status_check check (status in ('active', 'suspended', 'closed'))
);
comment on table customers
    is 'The tenants: businesses whose telephone is answered here; closed, never deleted.';

-- The key in a URL carries its customer id, so the look-up names the tenant and needs no index over
-- all of them.
create table credentials (
    customer_id bigint      not null,
    kind        text        not null,
    digest      bytea       not null,  -- sha256 of the key: what a request is compared with
    sealed      bytea       not null,  -- the key itself, encrypted: the portal shows the URL again
    created_at  timestamptz not null,
    expires_at  timestamptz,           -- null: the current one; set: rotated out, valid until then
    constraint credentials_pkey primary key (customer_id, kind, digest),
    constraint credentials_kind_check check (kind in ('api', 'retell')),
    constraint credentials_digest_check check (octet_length(digest) = 32)
);
comment on table credentials
    is 'Keys of a tenant: its own in our URLs (api), and those Retell signs with (retell).';

-- Keyed by the agent alone: the question is "whose agent is this?", asked when the platform-wide
-- key has signed.
create table agents (
    agent_id    text        not null,
    customer_id bigint      not null,
    created_at  timestamptz not null default now(),
    constraint agents_pkey primary key (agent_id)
);
comment on table agents
    is 'Which tenant a Retell agent belongs to, so that a signed body cannot be billed to another.';

-- The agents of one tenant: activation, settings page.
create index agents_customer_id on agents (customer_id);
