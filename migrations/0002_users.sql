-- People and what they sign in with. Ids are random text (usr_…, ses_…): they appear in links and
-- must not be counted. Tokens are stored as sha256 and carry their customer id, so that every
-- look-up names the tenant.

create table users (
    customer_id             bigint      not null,
    id                      text        not null,
    email                   text        not null,
    full_name               text        not null,
    role                    text        not null,  -- a ceiling; the flags widen within it
    can_download_recordings boolean     not null default false,
    can_view_all_calls      boolean     not null default false,
    can_manage_calendar     boolean     not null default false,
    status                  text        not null default 'active',
    last_login              timestamptz,
    created_at              timestamptz not null,
    updated_at              timestamptz not null,
    constraint users_pkey primary key (customer_id, id),
    constraint users_customer_id_email_key unique (customer_id, email),
    constraint users_email_check check (email = lower(email)),
    constraint users_role_check check (role in ('admin', 'user', 'viewer')),
    constraint users_status_check check (status in ('invited', 'active', 'disabled'))
);
comment on table users
    is 'One address in one tenant; the same address may belong to several tenants.';

-- Sign-in knows an address but no tenant yet: the only question asked over all tenants.
create index users_email on users (email);

create table magic_links (
    customer_id    bigint      not null,
    token_digest   bytea       not null,
    user_id        text        not null,
    purpose        text        not null,
    browser_digest bytea,        -- cookie of the browser that asked; null: none asked
    code_digest    bytea,        -- keyed hash of the 6 digits another browser must type
    code_tries     smallint    not null default 0,
    created_at     timestamptz not null,
    expires_at     timestamptz not null,
    used_at        timestamptz,  -- used, or replaced by a newer one: dead either way
    constraint magic_links_pkey primary key (customer_id, token_digest),
    constraint magic_links_token_digest_check check (octet_length(token_digest) = 32),
    constraint magic_links_purpose_check check (purpose in ('sign_in', 'invitation', 'command_line')),
    constraint magic_links_code_tries_check check (code_tries between 0 and 5),
    constraint magic_links_expires_at_check check (expires_at > created_at)
);
comment on table magic_links is 'Links that sign a user in once.';

create table sessions (
    customer_id  bigint      not null,
    id           text        not null,  -- names the session in lists; opens nothing
    user_id      text        not null,
    token_digest bytea       not null,  -- the cookie
    user_agent   text,
    address      inet,
    created_at   timestamptz not null,
    last_seen_at timestamptz not null,  -- in no index: it changes with every page
    expires_at   timestamptz not null,  -- the absolute end; idleness is counted from last_seen_at
    constraint sessions_pkey primary key (customer_id, id),
    constraint sessions_customer_id_token_digest_key unique (customer_id, token_digest),
    constraint sessions_token_digest_check check (octet_length(token_digest) = 32)
);
comment on table sessions is 'Signed-in browsers of users; a row removed is a browser signed out.';

create table api_tokens (
    customer_id  bigint      not null,
    id           text        not null,
    user_id      text        not null,  -- a token has the rights of its user, at every request
    name         text        not null,
    token_digest bytea       not null,
    created_at   timestamptz not null,
    last_used_at timestamptz,
    revoked_at   timestamptz,
    constraint api_tokens_pkey primary key (customer_id, id),
    constraint api_tokens_customer_id_token_digest_key unique (customer_id, token_digest),
    constraint api_tokens_token_digest_check check (octet_length(token_digest) = 32)
);
comment on table api_tokens
    is 'Keys with which a tenant''s own programs call the API as one of its users.';

-- Super admins belong to no tenant: reference tables of their own, the same shapes without
-- customer_id.
create table platform_users (
    id         text        not null,
    email      text        not null,
    full_name  text        not null,
    status     text        not null default 'active',
    last_login timestamptz,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    constraint platform_users_pkey primary key (id),
    constraint platform_users_email_key unique (email),
    constraint platform_users_email_check check (email = lower(email)),
    constraint platform_users_status_check check (status in ('active', 'disabled'))
);
comment on table platform_users is 'Super admins: they run the platform and belong to no tenant.';

create table platform_magic_links (
    token_digest     bytea       not null,
    platform_user_id text        not null,
    purpose          text        not null,
    browser_digest   bytea,
    code_digest      bytea,
    code_tries       smallint    not null default 0,
    created_at       timestamptz not null,
    expires_at       timestamptz not null,
    used_at          timestamptz,
    constraint platform_magic_links_pkey primary key (token_digest),
    constraint platform_magic_links_token_digest_check check (octet_length(token_digest) = 32),
    constraint platform_magic_links_purpose_check check (purpose in ('sign_in', 'command_line')),
    constraint platform_magic_links_code_tries_check check (code_tries between 0 and 5),
    constraint platform_magic_links_expires_at_check check (expires_at > created_at)
);
comment on table platform_magic_links is 'Links that sign a super admin in once.';

create table platform_sessions (
    id               text        not null,
    platform_user_id text        not null,
    token_digest     bytea       not null,
    user_agent       text,
    address          inet,
    created_at       timestamptz not null,
    last_seen_at     timestamptz not null,
    expires_at       timestamptz not null,
    constraint platform_sessions_pkey primary key (id),
    constraint platform_sessions_token_digest_key unique (token_digest),
    constraint platform_sessions_token_digest_check check (octet_length(token_digest) = 32)
);
comment on table platform_sessions is 'Signed-in browsers of super admins.';
