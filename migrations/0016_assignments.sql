-- Whose calls are whose: users who do not see all calls see those of their agents, of their called
-- numbers, and those given to them by hand, which takes a call away from everybody else.

create table user_agents (
    customer_id bigint not null,
    agent_id    text   not null,
    user_id     text   not null,
    constraint user_agents_pkey primary key (customer_id, agent_id, user_id)
);
comment on table user_agents is 'The Retell agents whose calls a user sees.';

create table user_numbers (
    customer_id bigint not null,
    number      text   not null,  -- as calls.to_number has it
    user_id     text   not null,
    constraint user_numbers_pkey primary key (customer_id, number, user_id)
);
comment on table user_numbers is 'The called numbers whose calls a user sees.';

-- Beside `calls`, which only the tenant's actor writes.
create table call_assignees (
    customer_id bigint      not null,
    call_id     bigint      not null,
    user_id     text        not null,
    assigned_at timestamptz not null,
    constraint call_assignees_pkey primary key (customer_id, call_id)
);
comment on table call_assignees is 'Calls given to a user by hand.';

alter table user_agents
    add constraint user_agents_customer_id_user_id_fkey
    foreign key (customer_id, user_id) references users (customer_id, id);

alter table user_numbers
    add constraint user_numbers_customer_id_user_id_fkey
    foreign key (customer_id, user_id) references users (customer_id, id);

alter table call_assignees
    add constraint call_assignees_customer_id_user_id_fkey
    foreign key (customer_id, user_id) references users (customer_id, id);

do $$
declare
    name text;
begin
    foreach name in array array['user_agents', 'user_numbers', 'call_assignees'] loop
        execute format('alter table %I enable row level security', name);
        execute format(
            'create policy %I on %I for all to voice_writer using (true) with check (true)',
            name || '_writer', name
        );
        execute format(
            'create policy %I on %I for select to voice_platform_reader using (true)',
            name || '_platform_reader', name
        );
        execute format(
            'create policy %I on %I for select to voice_reader using '
            '(customer_id = (select nullif(current_setting(''app.customer_id'', true), '''')::bigint))',
            name || '_reader', name
        );
        execute format('grant select, insert, update, delete on %I to voice_writer', name);
        execute format('grant select on %I to voice_reader', name);
    end loop;
end
$$;
