//! No tenant ever sees another's row: the database roles, tried.
//!
//! Every table of the schema has rows of two customers here. A table added later fails these tests
//! until it is seeded below and its migration has said who may do what with it.

use sqlx::{AssertSqlSafe, Connection, PgConnection, Row};

use crate::harness::db::{self, Database};

/// What opens doors, and the server's own notes: never readable where tenants' requests are answered.
const SECRET_TABLES: [&str; 12] = [
    "credentials",
    "magic_links",
    "sessions",
    "api_tokens",
    "global_settings",
    "platform_logos",
    "platform_users",
    "platform_magic_links",
    "platform_sessions",
    "call_search_progress",
    "call_search_due",
    "idempotency_keys",
];

/// One row or more in every table, for customers 1 and 2.
const SEED: &str = "
insert into customers (name, email)
values ('Dentist', 'owner@dentist.example.com'),
       ('Garage', 'owner@garage.example.com');

insert into customer_settings (customer_id)
select id from customers;

insert into credentials (customer_id, kind, digest, sealed, created_at)
select id, 'api', sha256(id::text::bytea), '\\x00', now() from customers;

insert into agents (agent_id, customer_id)
select 'agent_' || id, id from customers;

insert into users (customer_id, id, email, full_name, role, created_at, updated_at)
select id, 'usr_1', email, name, 'admin', now(), now() from customers;

insert into magic_links (customer_id, token_digest, user_id, purpose, created_at, expires_at)
select id, sha256('link'), 'usr_1', 'sign_in', now(), now() + interval '10 minutes' from customers;

insert into sessions (customer_id, id, user_id, token_digest, created_at, last_seen_at, expires_at)
select id, 'ses_1', 'usr_1', sha256('cookie'), now(), now(), now() from customers;

insert into api_tokens (customer_id, id, user_id, name, token_digest, created_at)
select id, 'tok_1', 'usr_1', 'Our shop', sha256('token'), now() from customers;

insert into platform_users (id, email, full_name, created_at, updated_at)
values ('adm_1', 'boss@example.com', 'Boss', now(), now());

insert into platform_magic_links (token_digest, platform_user_id, purpose, created_at, expires_at)
values (sha256('link'), 'adm_1', 'command_line', now(), now() + interval '10 minutes');

insert into platform_sessions (id, platform_user_id, token_digest, created_at, last_seen_at, expires_at)
values ('ses_1', 'adm_1', sha256('cookie'), now(), now(), now());

insert into global_settings (key, value)
values ('currency', 'USD');

insert into balances (customer_id)
select id from customers;

insert into transactions (customer_id, seq, type, category, amount, balance_after, reference, description,
       created_at, hash)
select id, 1, 'credit', 'top_up', 50, 50, 'topup:1', 'Top-up', now(), '\\x00' from customers;

insert into calls (customer_id, id, retell_call_id, direction, channel, duration_seconds, billable_seconds,
       rate_per_minute, cost, charges, created_at)
select id, 1, 'call_1', 'inbound', 'phone', 60, 60, 1, 1, 1, now() from customers;

insert into call_search (customer_id, call_id, document)
select id, 1, to_tsvector('simple', 'hello') from customers;

insert into appointments (customer_id, id, guest_name, start_time, end_time, duration_minutes, status,
       revision, created_at, updated_at)
select id, 1, 'Ann', now(), now() + interval '30 minutes', 30, 'scheduled', 1, now(), now() from customers;

insert into availability_slots (customer_id, id, day_of_week, start_time, end_time)
select id, 1, 1, '09:00', '24:00' from customers;

insert into blocked_dates (customer_id, id, blocked_date)
select id, 1, '2026-12-25' from customers;

insert into message_templates (customer_id, occasion, channel, body, updated_at)
select id, 'booked', 'sms', 'Hi!', now() from customers;

insert into sms_opt_outs (customer_id, phone, keyword, created_at)
select id, '+15550100123', 'STOP', now() from customers;

insert into notifications (customer_id, id, type, recipient, template, due_at, created_at)
select id, 1, 'email', 'ann@example.com', 'booked', now(), now() from customers;

insert into webhook_endpoints (customer_id, id, url, events, sends_transcripts, state, state_since, secret,
       secret_last4, created_at, updated_at)
select id, 1, 'https://example.com', '{call.completed}', true, 'enabled', now(), decode('00', 'hex'), 'abcd',
       now(), now()
  from customers;

insert into webhook_deliveries (customer_id, endpoint_id, event_id, event, due_at, created_at)
select id, 1, 2, 'call.completed', now(), now() from customers;

insert into webhook_attempts (customer_id, endpoint_id, event_id, attempt, started_at)
select id, 1, 2, 1, now() from customers;

insert into webhook_logs (customer_id, id, event, subject, due_at, created_at)
select id, 1, 'call.completed', 'call_1', now(), now() from customers;

insert into platform_logos (digest, png, created_at)
values (sha256('\\x00'), '\\x00', now());

insert into invoices (customer_id, id, invoice_number, billing_period_start, billing_period_end, first_seq,
       last_seq, subtotal, total, amount_due, status, issued_on, due_date, currency, paid_from_balance,
       seller_name, buyer_name, created_at, updated_at)
select id, 1, 'INV-1', '2026-10-01', '2026-10-31', 1, 1, 20, 20, 20, 'sent', '2026-11-01', '2026-11-14', 'USD', 0,
       'Platform', name, now(), now()
  from customers;

insert into invoice_items (customer_id, invoice_id, position, category, description, unit_price, amount,
       created_at)
select id, 1, 1, 'call', 'Calls', 1, 20, now() from customers;

insert into audit_log (customer_id, id, actor_kind, actor_id, action, subject, created_at)
select id, 'aud_1', 'user', 'usr_1', 'settings.changed', 'settings', now() from customers;

insert into user_agents (customer_id, agent_id, user_id)
select id, 'agent_' || id, 'usr_1' from customers;

insert into arrivals (customer_id, kind, last_at)
select id, 'event', now() from customers;

insert into user_numbers (customer_id, number, user_id)
select id, '+15550100001', 'usr_1' from customers;

insert into call_assignees (customer_id, call_id, user_id, assigned_at)
select id, 1, 'usr_1', now() from customers;

insert into call_search_progress (customer_id, seq, updated_at)
select id, 1, now() from customers;

insert into call_search_due (customer_id, call_id, tick)
select id, 1, 1 from customers;

insert into idempotency_keys (customer_id, user_id, route, key, body_digest, created_at)
select id, 'usr_1', 'POST /api/appointments', 'key', sha256('body'), now() from customers;";

async fn seeded() -> (Database, PgConnection) {
    let database = db::fresh().await;
    let mut connection = database.connect().await;
    sqlx::raw_sql(SEED).execute(&mut connection).await.expect("the rows fit the tables");
    (database, connection)
}

async fn enter(connection: &mut PgConnection, role: &str) {
    sqlx::raw_sql(AssertSqlSafe(format!("set role {role}")))
        .execute(connection)
        .await
        .expect("the login may enter the role");
}

/// As the server does it: for the transaction, next to the role.
async fn set_customer(connection: &mut PgConnection, customer: i64) {
    sqlx::query("select set_config('app.customer_id', $1, true)")
        .bind(customer.to_string())
        .execute(connection)
        .await
        .expect("anybody may set it");
}

/// Runs it and says how it was refused, or how many rows it touched.
async fn attempt(connection: &mut PgConnection, sql: &str) -> Result<u64, String> {
    let done = sqlx::query(AssertSqlSafe(sql.to_owned())).execute(connection).await;
    done.map(|done| done.rows_affected())
        .map_err(|error| error.as_database_error().and_then(|e| e.code()).unwrap_or_default().into_owned())
}

/// `insufficient_privilege`
fn refused<T>() -> Result<T, String> {
    Err("42501".to_owned())
}

/// Our tables and views, with the column that says whose a row is.
async fn relations(connection: &mut PgConnection) -> Vec<(String, Option<String>)> {
    const RELATIONS: &str = "
select c.relname::text,
       case c.relname when 'customers' then 'id' else a.attname::text end
  from pg_class c
  left join pg_attribute a on a.attrelid = c.oid and a.attname = 'customer_id'
 where c.relnamespace = current_schema()::text::regnamespace
   and c.relkind in ('r', 'p', 'v')
   and c.relname <> '_sqlx_migrations'
 order by 1";
    let rows = sqlx::query(RELATIONS).fetch_all(connection).await.expect("a query of the catalogue");
    assert!(rows.len() > 20, "the catalogue shows only {} relations", rows.len());
    rows.iter().map(|row| (row.get(0), row.get(1))).collect()
}

async fn count(connection: &mut PgConnection, sql: String) -> i64 {
    let counted = sqlx::query_scalar(AssertSqlSafe(sql.clone())).fetch_one(connection).await;
    counted.unwrap_or_else(|error| panic!("{sql}: {error}"))
}

/// Those of the privileges that the role has on the relation or on any of its columns.
async fn privileges(connection: &mut PgConnection, role: &str, relation: &str) -> Vec<String> {
    const PRIVILEGES: &str = "
select privilege
  from unnest(array['select', 'insert', 'update', 'delete', 'truncate', 'references', 'trigger']) privilege
 where case
       when privilege in ('delete', 'truncate', 'trigger') then has_table_privilege($1, $2, privilege)
       else has_any_column_privilege($1, $2, privilege)
       end";
    sqlx::query_scalar(PRIVILEGES)
        .bind(role)
        .bind(relation)
        .fetch_all(connection)
        .await
        .expect("a query of the catalogue")
}

#[tokio::test(flavor = "multi_thread")]
async fn every_table_is_seeded_here() {
    let (_database, mut connection) = seeded().await;
    for (relation, tenant) in relations(&mut connection).await {
        let (source, expected) = match tenant {
            // The view shows what the setting selects, to its owner too.
            Some(_) if relation == "tenant_call_search" => continue,
            Some(tenant) => (format!("select count(distinct {tenant}) from {relation}"), 2),
            None => (format!("select least(count(*), 1) from {relation}"), 1),
        };
        assert_eq!(count(&mut connection, source).await, expected, "rows in {relation}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_sees_nothing_without_a_customer() {
    let (_database, mut connection) = seeded().await;
    let relations = relations(&mut connection).await;
    enter(&mut connection, "voice_reader").await;
    for (relation, _) in relations.iter().filter(|(relation, _)| !is_secret(relation)) {
        let rows = count(&mut connection, format!("select count(*) from {relation}")).await;
        assert_eq!(rows, 0, "rows of {relation}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_sees_only_the_customer_set_even_when_the_query_forgets_it() {
    let (_database, mut connection) = seeded().await;
    let relations = relations(&mut connection).await;
    enter(&mut connection, "voice_reader").await;
    let mut transaction = connection.begin().await.unwrap();
    set_customer(&mut transaction, 2).await;
    for (relation, tenant) in relations.iter().filter(|(relation, _)| !is_secret(relation)) {
        let tenant = tenant.as_ref().expect("a reader reads only what belongs to somebody");
        let mine = count(&mut transaction, format!("select count(*) from {relation}")).await;
        assert_eq!(mine, 1, "rows of {relation}");
        let others = format!("select count(*) from {relation} where {tenant} is distinct from 2");
        assert_eq!(count(&mut transaction, others).await, 0, "others' rows of {relation}");
        let asked = format!("select count(*) from {relation} where {tenant} = 1");
        assert_eq!(
            count(&mut transaction, asked).await,
            0,
            "another's rows of {relation}, asked for by name"
        );
    }
    let calls = sqlx::query("select * from calls").fetch_all(&mut *transaction).await.unwrap();
    let owners: Vec<i64> = calls.iter().map(|call| call.get("customer_id")).collect();
    assert_eq!(owners, [2]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_customer_is_forgotten_when_the_transaction_ends() {
    let (_database, mut connection) = seeded().await;
    enter(&mut connection, "voice_reader").await;
    let mut transaction = connection.begin().await.unwrap();
    set_customer(&mut transaction, 1).await;
    assert_eq!(count(&mut transaction, "select count(*) from calls".to_owned()).await, 1);
    transaction.commit().await.unwrap();
    assert_eq!(count(&mut connection, "select count(*) from calls".to_owned()).await, 0);
    assert_eq!(count(&mut connection, "select count(*) from tenant_call_search".to_owned()).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_can_write_nothing() {
    let (_database, mut connection) = seeded().await;
    for (relation, _) in relations(&mut connection).await {
        let expected: &[&str] = if is_secret(&relation) { &[] } else { &["select"] };
        assert_eq!(privileges(&mut connection, "voice_reader", &relation).await, expected, "on {relation}");
    }
    enter(&mut connection, "voice_reader").await;
    for sql in [
        "insert into blocked_dates (customer_id, id, blocked_date) values (1, 2, '2026-12-26')",
        "update calls set cost = 0 where customer_id = 1",
        "delete from appointments where customer_id = 1",
        "delete from tenant_call_search where customer_id = 1",
        "truncate webhook_logs",
        "create table notes (customer_id bigint)",
    ] {
        assert_eq!(attempt(&mut connection, sql).await, refused(), "{sql}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_sees_no_secrets_not_even_its_own_customers() {
    let (_database, mut connection) = seeded().await;
    enter(&mut connection, "voice_reader").await;
    for table in SECRET_TABLES.into_iter().chain(["call_search"]) {
        let sql = format!("select 1 from {table}");
        assert_eq!(attempt(&mut connection, &sql).await, refused(), "{sql}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_a_reader_may_read_is_bound_to_the_customer_set() {
    const UNBOUND: &str = "
select c.relname::text
  from pg_class c
 where c.relnamespace = current_schema()::text::regnamespace
   and c.relkind in ('r', 'p', 'v', 'm', 'f')
   and has_any_column_privilege('voice_reader', c.oid, 'select')
   and case c.relkind
       when 'v' then pg_get_viewdef(c.oid) !~ 'app\\.customer_id'
       else not c.relrowsecurity
         or not exists (
                select
                  from pg_policy p
                 where p.polrelid = c.oid
                   and p.polroles = array['voice_reader'::regrole::oid]
                   and p.polcmd = 'r'
                   and p.polpermissive
                   and pg_get_expr(p.polqual, p.polrelid) ~ '^\\((customer_id|id) = .*app\\.customer_id'
            )
         or exists (
                select
                  from pg_policy p
                 where p.polrelid = c.oid
                   and p.polroles && array[0::oid]
            )
       end";
    const OPEN: &str = "
select c.relname::text
  from pg_class c
  join pg_attribute a on a.attrelid = c.oid and a.attname = 'customer_id'
 where c.relnamespace = current_schema()::text::regnamespace
   and c.relkind in ('r', 'p')
   and not c.relrowsecurity";
    let (_database, mut connection) = seeded().await;
    let unbound: Vec<String> = sqlx::query_scalar(UNBOUND).fetch_all(&mut connection).await.unwrap();
    assert!(unbound.is_empty(), "readable without app.customer_id: {unbound:?}");
    let open: Vec<String> = sqlx::query_scalar(OPEN).fetch_all(&mut connection).await.unwrap();
    assert!(open.is_empty(), "without row-level security: {open:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_writer_serves_every_customer() {
    let (_database, mut connection) = seeded().await;
    enter(&mut connection, "voice_writer").await;
    for sql in [
        "update balances set seq = seq + 1",
        "update calls set summary = 'Booked'",
        "update appointments set revision = revision + 1",
        "update notifications set status = 'sent'",
        "update webhook_logs set status = 'delivered'",
        "insert into transactions
         select customer_id, 2, type, category, amount, 100, 'topup:2', null, description, null, created_at,
                hash
           from transactions",
        "delete from sessions",
    ] {
        assert_eq!(attempt(&mut connection, sql).await, Ok(2), "{sql}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_writer_can_only_add_to_the_ledger_the_audit_log_and_the_content_of_invoices() {
    let (_database, mut connection) = seeded().await;
    for table in ["transactions", "audit_log", "invoice_items"] {
        let granted = privileges(&mut connection, "voice_writer", table).await;
        assert_eq!(granted, ["select", "insert"], "on {table}");
    }
    enter(&mut connection, "voice_writer").await;
    for sql in [
        "update transactions set amount = 1 where customer_id = 1",
        "update transactions set description = '' where customer_id = 1",
        "delete from transactions where customer_id = 1",
        "truncate transactions",
        "update audit_log set after = null where customer_id = 1",
        "delete from audit_log where customer_id = 1",
        "update invoices set total = 0 where customer_id = 1",
        "update invoices set last_seq = 9 where customer_id = 1",
        "delete from invoices where customer_id = 1",
        "update invoice_items set amount = 0 where customer_id = 1",
        "delete from invoice_items where customer_id = 1",
        // Accounts are closed and calls overwritten, never removed.
        "delete from balances where customer_id = 1",
        "delete from calls where customer_id = 1",
        "delete from appointments where customer_id = 1",
        "delete from customers where id = 1",
    ] {
        assert_eq!(attempt(&mut connection, sql).await, refused(), "{sql}");
    }
    let paid = "update invoices set status = 'paid', paid_at = now(), amount_due = 0, updated_at = now()";
    assert_eq!(attempt(&mut connection, paid).await, Ok(2));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_an_invoice_only_what_payment_changes_can_change() {
    const CHANGEABLE: &str = "
select attname::text
  from pg_attribute
 where attrelid = 'invoices'::regclass
   and attnum > 0
   and has_column_privilege('voice_writer', attrelid, attnum, 'update')
 order by 1";
    let (_database, mut connection) = seeded().await;
    let changeable: Vec<String> = sqlx::query_scalar(CHANGEABLE).fetch_all(&mut connection).await.unwrap();
    assert_eq!(changeable, ["amount_due", "paid_at", "status", "updated_at", "void_reason", "voided_at"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_platform_reader_reads_everything_and_writes_nothing() {
    let (_database, mut connection) = seeded().await;
    let mut rows = Vec::new();
    for (relation, _) in relations(&mut connection).await {
        let granted = privileges(&mut connection, "voice_platform_reader", &relation).await;
        assert_eq!(granted, ["select"], "on {relation}");
        rows.push((count(&mut connection, format!("select count(*) from {relation}")).await, relation));
    }
    enter(&mut connection, "voice_platform_reader").await;
    for (owner_sees, relation) in rows {
        let sees = count(&mut connection, format!("select count(*) from {relation}")).await;
        assert_eq!(sees, owner_sees, "rows of {relation}");
    }
    let sql = "update balances set current_balance = 0";
    assert_eq!(attempt(&mut connection, sql).await, refused());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_made_later_is_closed_to_the_serving_roles() {
    let (_database, mut connection) = seeded().await;
    attempt(&mut connection, "create table notes (customer_id bigint not null)").await.unwrap();
    for (role, expected) in
        [("voice_writer", &[][..]), ("voice_reader", &[]), ("voice_platform_reader", &["select"])]
    {
        assert_eq!(privileges(&mut connection, role, "notes").await, expected, "{role}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_roles_cannot_log_in_nor_get_around_row_security() {
    const ROLES: &str = "
select rolname::text
  from pg_roles
 where rolname in ('voice_writer', 'voice_reader', 'voice_platform_reader')
   and not (rolcanlogin or rolsuper or rolbypassrls or rolcreaterole or rolcreatedb)
   and not exists (select from pg_auth_members m where m.member = pg_roles.oid)
 order by 1";
    let (_database, mut connection) = seeded().await;
    let roles: Vec<String> = sqlx::query_scalar(ROLES).fetch_all(&mut connection).await.unwrap();
    assert_eq!(roles, ["voice_platform_reader", "voice_reader", "voice_writer"]);
}

/// Closed to the reader: what opens doors, and the table behind the search view.
fn is_secret(relation: &str) -> bool {
    SECRET_TABLES.contains(&relation) || relation == "call_search"
}
