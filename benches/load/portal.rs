//! Pages of the portal of a business with 100,000 calls, as many charges and 5,000 appointments: every
//! page, by an admin, as the server answers it. The calls are of eight months.
//!
//! The calls are those of `reads`; the rest is put there by SQL: the charges of the calls, without the
//! chain of hashes that nothing here looks at, and appointments of half an hour from a year ago until
//! half a year ahead.

use anyhow::Context;
use sqlx::{Connection, Executor, PgConnection};

/// Calls of the business.
pub const CALLS: i64 = 100_000;
const APPOINTMENTS: i64 = 5_000;

/// With `$1` the customer, `$2` the calls, `$3` the appointments.
const FILL: [&str; 4] = [
    "insert into transactions (customer_id, seq, type, category, amount, balance_after, reference, reference_id,
            description, created_at, hash)
     select $1, 1, 'credit', 'top_up', $2 + 500, $2 + 500, 'top_up:portal', null, 'First payment',
            now() - ($2 + 1) * interval '20 seconds' * (1000000 / $2), sha256('1') where $3 > 0",
    "insert into transactions (customer_id, seq, type, category, amount, balance_after, reference, reference_id,
            description, created_at, hash)
     select customer_id, id + 1, 'debit', 'call', -1, $2 + 500 - id, 'call:' || retell_call_id, 'call_' || id,
            'Call, 1 min', created_at, sha256(id::text::bytea)
       from calls where customer_id = $1 and $3 > 0",
    "insert into appointments (customer_id, id, call_id, guest_name, guest_phone, start_time, end_time,
            duration_minutes, status, notes, revision, created_at, updated_at)
     select $1, $2 + n, case when n % 3 = 0 then n end, 'Guest ' || n, '+1557' || lpad((n % 900)::text, 7, '0'),
            at, at + interval '30 minutes', 30,
            case when at > now() then 'scheduled' when n % 9 = 0 then 'cancelled' when n % 13 = 0 then 'no-show'
                 else 'completed' end,
            'Check-up', $2 + n, at - interval '9 days', at
       from (select n, date_trunc('hour', now()) + (n - $3 * 2 / 3) * interval '150 minutes' as at
               from generate_series(1::bigint, $3) n) times",
    "update balances
        set seq = $2 + $3, ledger_seq = $2 + 1, ledger_hash = sha256($2::text::bytea), current_balance = 500
      where customer_id = $1",
];

/// Gives a customer who has the calls the rest.
pub async fn fill(database_url: &str, customer: i64) -> anyhow::Result<()> {
    let mut connection = PgConnection::connect(database_url).await?;
    connection.execute("set statement_timeout = 0").await?;
    for statement in FILL {
        let fill = sqlx::query(statement).bind(customer).bind(CALLS).bind(APPOINTMENTS);
        fill.execute(&mut connection).await.context("fill the portal")?;
    }
    for table in ["vacuum analyze transactions", "vacuum analyze appointments"] {
        connection.execute(table).await?;
    }
    connection.close().await?;
    Ok(())
}

/// Every page, with its name in the report.
pub const PAGES: [(&str, &str); 18] = [
    ("home", "/"),
    ("calls", "/calls"),
    ("calls, 100 a page", "/calls?per_page=100&page=3"),
    ("calls, failed", "/calls?status=failed"),
    ("calls, searched", "/calls?q=word4711"),
    ("a call", "/calls/call_77777"),
    ("calendar, list", "/calendar"),
    ("calendar, month", "/calendar?view=month"),
    ("appointments", "/appointments"),
    ("appointments, past", "/appointments?tab=past"),
    ("an appointment", "/appointments/apt_103600"),
    ("hours", "/hours"),
    ("billing", "/billing"),
    ("transactions", "/billing/transactions"),
    ("team", "/users"),
    ("settings", "/settings"),
    ("Retell", "/settings/retell"),
    ("find", "/find?q=guest"),
];
