//! The rules every table keeps, read from the catalogue, and the plans of the queries people wait for.
//!
//! A rule is a query for its offenders: the test passes when there are none, else it names them.
//! The only exceptions are the two lists below. Who may read and write what is in `tenancy`.

use sqlx::{AssertSqlSafe, Connection, PgConnection};

use crate::harness::db::{self, Database};

mod plans;

/// Small tables without a tenant of their own, or asked before the tenant is known.
const REFERENCE_TABLES: &str = "customers, agents, global_settings, platform_logos, platform_users, platform_magic_links, platform_sessions";

/// Written with every call or booking, or derived from them: they carry no foreign keys.
const HOT_TABLES: &str = "balances, transactions, calls, call_search, appointments, notifications, \
                          webhook_logs, audit_log";

/// Our tables, each with its kind. `customer_id` is column 1 of every tenant table, by the first rule.
const TABLES: &str = "
create temporary view tables as
select c.oid,
       c.relname as name,
       c.relname = any (string_to_array('{reference}', ', ')) as is_reference,
       c.relname = any (string_to_array('{hot}', ', ')) as is_hot
  from pg_class c
 where c.relnamespace = current_schema()::text::regnamespace
   and c.relkind in ('r', 'p')
   and c.relname <> '_sqlx_migrations'";

/// Fails with the names of those that break a rule.
async fn assert_nobody(rule: &str, offenders: &'static str) {
    let database = db::fresh().await;
    let mut connection = database.connect().await;
    let tables = TABLES.replace("{reference}", REFERENCE_TABLES).replace("{hot}", HOT_TABLES);
    sqlx::query(AssertSqlSafe(tables)).execute(&mut connection).await.expect("a view of the catalogue");
    let found: Vec<String> =
        sqlx::query_scalar(offenders).fetch_all(&mut connection).await.expect("a query of the catalogue");
    assert!(found.is_empty(), "{rule}: {found:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_lists_of_exceptions_name_existing_tables() {
    let listed = format!("{REFERENCE_TABLES}, {HOT_TABLES}");
    let database = db::fresh().await;
    let mut connection = database.connect().await;
    let unknown: Vec<String> = sqlx::query_scalar(
        "select name from unnest(string_to_array($1, ', ')) name where to_regclass(name) is null",
    )
    .bind(listed)
    .fetch_all(&mut connection)
    .await
    .unwrap();
    assert!(unknown.is_empty(), "listed here, but no such table: {unknown:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenant_table_begins_with_the_customer() {
    assert_nobody(
        "the first column must be `customer_id bigint not null`, or the table is a reference table",
        "select t.name::text
           from tables t
          where not t.is_reference
            and not exists (
                select
                  from pg_attribute a
                 where a.attrelid = t.oid
                   and a.attnum = 1
                   and a.attname = 'customer_id'
                   and a.atttypid = 'bigint'::regtype
                   and a.attnotnull
            )",
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenant_table_has_a_primary_key() {
    assert_nobody(
        "a table needs a primary key",
        "select t.name::text
           from tables t
          where not exists (select from pg_index i where i.indrelid = t.oid and i.indisprimary)",
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_primary_unique_and_exclusion_key_begins_with_the_customer() {
    assert_nobody(
        "the key must begin with customer_id, compared by equality",
        "select i.indexrelid::regclass::text
           from tables t
           join pg_index i on i.indrelid = t.oid
           left join pg_constraint c on c.conindid = i.indexrelid and c.contype = 'x'
           left join pg_operator o on o.oid = c.conexclop[1]
          where not t.is_reference
            and (i.indisunique or i.indisexclusion)
            and (i.indkey[0] <> 1 or o.oprname <> '=')",
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_index_of_a_tenant_table_begins_with_the_customer_unless_it_serves_no_single_one() {
    assert_nobody(
        "an index that does not begin with customer_id serves queries that forget it",
        "select i.indexrelid::regclass::text
           from tables t
           join pg_index i on i.indrelid = t.oid
          where not t.is_reference
            and i.indkey[0] <> 1
            and i.indexrelid <> 'users_email'::regclass
            -- Whoever answers STOP does not say to whom.
            and i.indexrelid <> 'notifications_texted'::regclass
            -- The words in it begin with the customer.
            and i.indexrelid <> 'call_search_document'::regclass
            -- Workers take what is due of all tenants, and STOP comes from a number that does not say to whom.
            and i.indexrelid not in ('notifications_due'::regclass, 'notifications_texted'::regclass,
                                     'appointments_next_reminder_at'::regclass)",
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_foreign_key_of_a_tenant_table_begins_with_the_customer_on_both_sides() {
    assert_nobody(
        "the foreign key must lead from customer_id, and between tenant tables also to it",
        "select c.conname::text
           from tables t
           join pg_constraint c on c.conrelid = t.oid and c.contype = 'f'
           join tables r on r.oid = c.confrelid
          where not t.is_reference
            and (c.conkey[1] <> 1 or not r.is_reference and c.confkey[1] <> 1)",
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_reference_table_refers_to_a_tenant_table() {
    assert_nobody(
        "a reference table is on every node, a tenant's rows are on one",
        "select c.conname::text
           from tables t
           join pg_constraint c on c.conrelid = t.oid and c.contype = 'f'
           join tables r on r.oid = c.confrelid
          where t.is_reference
            and not r.is_reference",
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_foreign_key_cascades_or_sets_null() {
    assert_nobody(
        "rows are removed by name, accounting rows never",
        "select c.conname::text
           from tables t
           join pg_constraint c on c.conrelid = t.oid and c.contype = 'f'
          where c.confdeltype not in ('a', 'r')
             or c.confupdtype not in ('a', 'r')",
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_foreign_key_touches_a_hot_table() {
    assert_nobody(
        "foreign keys were a quarter of the cost of a call",
        "select c.conname::text
           from tables t
           join pg_constraint c on t.oid in (c.conrelid, c.confrelid) and c.contype = 'f'
          where t.is_hot",
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_table_has_triggers_or_rules() {
    assert_nobody(
        "what happens to a row is written in the statement that touches it",
        "select t.name || ': ' || g.tgname
           from tables t
           join pg_trigger g on g.tgrelid = t.oid
          where not g.tgisinternal
         union all
         select t.name || ': ' || r.rulename
           from tables t
           join pg_rewrite r on r.ev_class = t.oid",
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_tenant_table_hands_out_ids() {
    assert_nobody(
        "ids come from the tenant's clock or are random",
        "select t.name || '.' || a.attname
           from tables t
           join pg_attribute a on a.attrelid = t.oid and a.attnum > 0
           left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
          where not t.is_reference
            and (a.attidentity <> '' or pg_get_expr(d.adbin, d.adrelid) ~ 'nextval|random|uuid')",
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_constraint_is_named_after_its_table_column_and_rule() {
    assert_nobody(
        "expected table_pkey, table_columns_key, table_columns_fkey, table_column_check, table_no_overlap",
        "select c.conname::text
           from tables t
           join pg_constraint c on c.conrelid = t.oid
          cross join lateral (
                select array_agg(a.attname::text order by k.place) as columns
                  from unnest(c.conkey) with ordinality k(number, place)
                  join pg_attribute a on a.attrelid = t.oid and a.attnum = k.number
          ) k
          where case c.contype
                when 'p' then c.conname <> t.name || '_pkey'
                when 'u' then c.conname <> t.name || '_' || array_to_string(k.columns, '_') || '_key'
                when 'f' then c.conname <> t.name || '_' || array_to_string(k.columns, '_') || '_fkey'
                when 'c' then c.conname <> all (
                    select t.name || '_' || name || '_check' from unnest(k.columns) name)
                when 'x' then c.conname <> t.name || '_no_overlap'
                else false  -- not null, from version 18 on
                end",
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_index_is_named_after_its_table() {
    assert_nobody(
        "an index is named table_what",
        "select i.indexrelid::regclass::text
           from tables t
           join pg_index i on i.indrelid = t.oid
          where i.indexrelid::regclass::text not like t.name || '\\_%'",
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_table_says_in_a_comment_what_it_is() {
    assert_nobody(
        "without a comment",
        "select t.name::text
           from tables t
          where obj_description(t.oid, 'pg_class') is null",
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn long_texts_of_calls_are_compressed_by_lz4_where_the_server_has_it() {
    assert_nobody(
        "compressed by the slow default",
        "select t.name || '.' || a.attname
           from tables t
           join pg_attribute a on a.attrelid = t.oid
          where (t.name, a.attname) in (
                    ('calls', 'transcript'), ('calls', 'turns'), ('calls', 'summary'), ('calls', 'analysis'),
                    ('calls', 'improvement_recommendations'), ('webhook_logs', 'payload'))
            and a.attcompression <> 'l'
            and exists (
                select
                  from pg_settings
                 where name = 'default_toast_compression'
                   and 'lz4' = any (enumvals)
            )",
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_scheduled_appointments_of_a_tenant_never_overlap_but_may_swap_in_one_statement() {
    const BOOK: &str = "
insert into appointments (customer_id, id, start_time, end_time, duration_minutes, status, revision,
       created_at, updated_at)
values ($1, $2, $3::timestamptz, $3::timestamptz + interval '30 minutes', 30, $4, 1, now(), now())";
    const SWAP: &str = "
update appointments a
   set start_time = b.start_time,
       end_time = b.end_time
  from appointments b
 where a.customer_id = 1
   and b.customer_id = 1
   and a.status = 'scheduled'
   and b.status = 'scheduled'
   and a.id <> b.id";
    let database = db::fresh().await;
    let mut connection = database.connect().await;
    let mut book = async |customer: i64, id: i64, at: &str, status: &str| {
        let query = sqlx::query(BOOK).bind(customer).bind(id).bind(at.to_owned()).bind(status.to_owned());
        query.execute(&mut connection).await.map_err(|error| {
            error.as_database_error().and_then(|e| e.constraint()).unwrap_or_default().to_owned()
        })
    };
    book(1, 1, "2026-12-01 10:00Z", "scheduled").await.unwrap();
    book(1, 2, "2026-12-01 10:30Z", "scheduled").await.unwrap();
    book(2, 3, "2026-12-01 10:00Z", "scheduled").await.unwrap();
    book(1, 4, "2026-12-01 10:00Z", "cancelled").await.unwrap();
    let refused = book(1, 5, "2026-12-01 10:15Z", "scheduled").await.unwrap_err();
    assert_eq!(refused, "appointments_no_overlap");

    let swapped = sqlx::query(SWAP).execute(&mut connection).await.unwrap();
    assert_eq!(swapped.rows_affected(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ledger_line_has_the_sign_of_its_type_and_a_source_that_counts_once() {
    const POST: &str = "
insert into transactions (customer_id, seq, type, category, amount, balance_after, reference, description,
       created_at, hash)
values (1, $1, $2, 'adjustment', $3::numeric, 0, $4, 'Correction', now(), '\\x00')";
    let database = db::fresh().await;
    let mut connection = database.connect().await;
    let mut post = async |seq: i64, kind: &str, amount: &str, reference: &str| {
        let query = sqlx::query(POST).bind(seq).bind(kind.to_owned()).bind(amount.to_owned());
        query.bind(reference.to_owned()).execute(&mut connection).await.map_err(|error| {
            error.as_database_error().and_then(|e| e.constraint()).unwrap_or_default().to_owned()
        })
    };
    post(1, "credit", "5.00", "adjustment:1").await.unwrap();
    post(2, "debit", "-5.00", "adjustment:2").await.unwrap();
    assert_eq!(post(3, "credit", "-5.00", "adjustment:3").await.unwrap_err(), "transactions_amount_check");
    assert_eq!(post(3, "debit", "5.00", "adjustment:3").await.unwrap_err(), "transactions_amount_check");
    assert_eq!(
        post(3, "credit", "5.00", "adjustment:1").await.unwrap_err(),
        "transactions_customer_id_reference_key"
    );
}
