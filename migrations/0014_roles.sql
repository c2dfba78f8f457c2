-- What each part of the server may do, enforced by the database. The login owns everything and runs
-- migrations (it is what the design calls voice_owner); it serves under three roles without a
-- login, entered by `set role`:
--
--   voice_writer           the journal and the delivery workers: all tenants, but the ledger, the
--                          audit log and the content of an invoice can only be added to
--   voice_reader           the portal and the API: only the customer set on the transaction as
--                          app.customer_id; a query without it finds nothing, and one that forgets
--                          customer_id nothing of anybody else
--   voice_platform_reader  reports and the auditor: reads everything, writes nothing

-- Roles belong to the cluster: another database may have made them already or be making them at
-- this moment, and the login may be allowed to make them, only to use them, or neither. In the last
-- case: say what to run.
do $$
declare
    role_name text;
    missing   text[] := '{}';
    ungranted text[] := '{}';
    unsafe    text;
    -- From version 16 on a member may lack the right to `set role`.
    usable    constant text :=
        case when current_setting('server_version_num')::integer >= 160000 then 'set' else 'member' end;
begin
    foreach role_name in array array['voice_writer', 'voice_reader', 'voice_platform_reader'] loop
        if not exists (select from pg_roles where rolname = role_name) then
            begin
                execute format('create role %I nologin', role_name);
            exception
                when duplicate_object or unique_violation then
                    null;
                when insufficient_privilege then
                    missing := missing || format('create role %I nologin; ', role_name);
                    ungranted := ungranted || role_name;
                    continue;
            end;
        end if;

        -- The session's user, not the current one, is whose memberships `set role` looks at.
        if not pg_has_role(session_user, role_name, usable) then
            begin
                execute format('grant %I to %I', role_name, session_user);
            exception
                when unique_violation then
                    null;
                when insufficient_privilege then
                    ungranted := ungranted || role_name;
            end;
        end if;
    end loop;

    if ungranted <> '{}' then
        raise insufficient_privilege using message = format(
            'the login %I may not make or use the server''s database roles; as an administrator run: %s%s',
            session_user,
            array_to_string(missing, ''),
            format('grant %s to %I;', array_to_string(ungranted, ', '), session_user)
        );
    end if;

    select rolname
      into unsafe
      from pg_roles
     where rolname in ('voice_writer', 'voice_reader', 'voice_platform_reader')
       and (rolsuper or rolbypassrls);
    if found then
        raise exception 'row-level security does not hold for %; as an administrator run: alter role % %;',
            unsafe, unsafe, 'nosuperuser nobypassrls';
    end if;
end
$$;

-- Nothing is open that is not named below, nor anything that comes later: a new table is closed to
-- the writer and the reader until its migration grants it. Only the platform's reader follows by
-- itself, reports should not fall behind.
do $$
begin
    -- The schema is often somebody else's; then everybody's right to use it has to do.
    if pg_has_role((select nspowner from pg_namespace where nspname = current_schema()), 'usage') then
        -- Before version 15 everybody may also create tables in the schema `public`.
        execute format('revoke create on schema %I from public', current_schema());
        execute format(
            'grant usage on schema %I to voice_writer, voice_reader, voice_platform_reader',
            current_schema()
        );
    elsif not has_schema_privilege('voice_reader', current_schema(), 'usage') then
        raise insufficient_privilege using message = format(
            'the server''s database roles may not use the schema %I; as an administrator run: '
            'grant usage on schema %I to voice_writer, voice_reader, voice_platform_reader;',
            current_schema(),
            current_schema()
        );
    end if;
    execute format('grant select on all tables in schema %I to voice_platform_reader', current_schema());
    execute format(
        'alter default privileges in schema %I grant select on tables to voice_platform_reader',
        current_schema()
    );
end
$$;

-- The writer. What may be deleted is what its owner may take back; the rest is closed, overwritten
-- or kept.
grant select, insert, update
    on customers, agents, users, api_tokens, customer_settings, platform_users,
       balances, calls, appointments
    to voice_writer;

grant select, insert, update, delete
    on credentials, magic_links, sessions, platform_magic_links, platform_sessions, global_settings,
       call_search, availability_slots, blocked_dates, notifications, webhook_logs
    to voice_writer;

grant select, insert
    on transactions, audit_log, invoices, invoice_items
    to voice_writer;

grant update (amount_due, status, paid_at, updated_at)
    on invoices
    to voice_writer;

-- The reader. Not listed, hence closed: credentials, links, sessions, tokens, everything of the
-- platform, and call_search, which is searched through its view.
grant select
    on customers, agents, users, customer_settings, balances, transactions, calls, tenant_call_search,
       appointments, availability_slots, blocked_dates, notifications, webhook_logs, invoices,
       invoice_items, audit_log
    to voice_reader;

-- Row-level security on every table that says whose a row is. The reader gets a policy only where
-- it may read at all, so that a grant made by mistake shows no row. `select` around the setting
-- makes it a constant of the query, computed once, usable by an index; after a transaction the
-- setting is '' and not null, hence nullif.
do $$
declare
    guarded record;
begin
    for guarded in
        select t.oid, t.relname as name, a.attname as tenant
          from pg_class t
          join pg_namespace n on n.oid = t.relnamespace
          join pg_attribute a on a.attrelid = t.oid
         where n.nspname = current_schema()
           and t.relkind in ('r', 'p')
           and a.attname = case t.relname when 'customers' then 'id' else 'customer_id' end
    loop
        execute format('alter table %I enable row level security', guarded.name);
        execute format(
            'create policy %I on %I for all to voice_writer using (true) with check (true)',
            guarded.name || '_writer', guarded.name
        );
        execute format(
            'create policy %I on %I for select to voice_platform_reader using (true)',
            guarded.name || '_platform_reader', guarded.name
        );
        if has_table_privilege('voice_reader', guarded.oid, 'select') then
            execute format(
                'create policy %I on %I for select to voice_reader using '
                '(%I = (select nullif(current_setting(''app.customer_id'', true), '''')::bigint))',
                guarded.name || '_reader', guarded.name, guarded.tenant
            );
        end if;
    end loop;
end
$$;
