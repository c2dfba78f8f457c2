-- What was answered to a request with an Idempotency-Key, for a day: the same request again gets the
-- same answer. No answer yet means that it is under way, or was cut off.
create table idempotency_keys (
    customer_id bigint      not null,
    user_id     text        not null,
    route       text        not null,
    key         text        not null,
    body_digest bytea       not null,  -- another body with the same key is a mistake
    status      smallint,
    answer      bytea,
    created_at  timestamptz not null,
    constraint idempotency_keys_pkey primary key (customer_id, user_id, route, key),
    constraint idempotency_keys_key_check check (octet_length(key) between 1 and 200),
    constraint idempotency_keys_body_digest_check check (octet_length(body_digest) = 32)
);
comment on table idempotency_keys is 'Answers to requests that may be sent twice.';

alter table idempotency_keys enable row level security;
create policy idempotency_keys_writer on idempotency_keys for all to voice_writer using (true) with check (true);
create policy idempotency_keys_platform_reader on idempotency_keys for select to voice_platform_reader using (true);
grant select, insert, update, delete on idempotency_keys to voice_writer;
