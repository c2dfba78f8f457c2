-- What of Retell's has reached a customer's addresses, for whoever sets them up: whether events come,
-- whether they are signed, whether functions are called, why the last one was refused.

create table arrivals (
    customer_id bigint      not null,
    kind        text        not null,
    last_at     timestamptz not null,  -- to the minute: not every request is written down
    detail      text,                  -- why it was refused
    constraint arrivals_pkey primary key (customer_id, kind),
    constraint arrivals_kind_check check (kind in ('event', 'signed', 'function', 'refused'))
);
comment on table arrivals is 'When something of Retell''s last arrived for a customer; one row a kind.';

alter table arrivals
    add constraint arrivals_customer_id_fkey foreign key (customer_id) references customers (id);

alter table arrivals enable row level security;
create policy arrivals_writer on arrivals for all to voice_writer using (true) with check (true);
create policy arrivals_platform_reader on arrivals for select to voice_platform_reader using (true);
create policy arrivals_reader on arrivals for select to voice_reader
    using (customer_id = (select nullif(current_setting('app.customer_id', true), '')::bigint));
grant select, insert, update on arrivals to voice_writer;
grant select on arrivals to voice_reader;
