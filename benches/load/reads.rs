//! What people ask of a customer with a million calls: pages of the list, and searches.
//!
//! The calls are put there by SQL, sixty words each out of a vocabulary in which some are in every
//! call, some in one of a hundred, and most in a handful, as in a language.

use std::sync::Arc;

use actors::secrets::Vault;
use actors::store::Store;
use actors::store::auth::{create_token, people};
use anyhow::Context;
use domain::audit::Author;
use domain::ids::{CustomerId, Realm};
use jiff::Timestamp;
use sqlx::{Connection, Executor, PgConnection};

use super::client::Answer;
use super::drive::Traffic;

/// Words of a call, beside the two that all have.
const WORDS: i64 = 58;

const FILL: &str = "
insert into calls (customer_id, id, retell_call_id, agent_id, direction, channel, from_number, to_number,
       start_time, end_time, duration_seconds, billable_seconds, rate_per_minute, cost, charges, transcript,
       summary, call_score, status, created_at)
select $1, n, 'read-' || $1 || '-' || n, case when n % 10 = 3 then 'agent_2' else 'agent_1' end, 'inbound', 'phone',
       '+1557' || lpad((n % 50000)::text, 7, '0'),
       case when n % 20 = 3 or n % 1000 = 7 then '+15550100200' else '+15550100100' end,
       now() - ($2 - n) * interval '20 seconds' * (1000000 / $2), now() - ($2 - n) * interval '20 seconds' * (1000000 / $2) + interval '1 minute',
       60, 60, 1, 1, 1,
       (select 'hello appointment ' || string_agg(
               case when h % 20 = 0 then 'often' || h % 100 else 'word' || h % 50000 end, ' ')
          from (select abs(hashint8(n * 64 + i)::bigint) as h from generate_series(1, $3) i) hashes),
       'Asked for an appointment', 80, case when n % 49 = 0 then 'failed' else 'completed' end,
       now() - ($2 - n) * interval '20 seconds' * (1000000 / $2)
  from generate_series($4::bigint, $5::bigint) n";

const INDEX: &str = "
insert into call_search (customer_id, call_id, document)
select customer_id, id, array_to_tsvector(array(
           select distinct customer_id || '.' || (id >> 16) || '.' || word from unnest(string_to_array(transcript, ' ') || array[
               substr(from_number, 2), substr(from_number, 5), substr(from_number, 9), case when id % 1000 = 8 then '@user:usr_staff' else '@agent:' || agent_id end,
               case when id % 1000 <> 8 then '@number:' || to_number else '' end, '@status:' || status, '@month:' || to_char(start_time, 'YYYY-MM')]) word
            where word <> ''))
  from calls
 where customer_id = $1
on conflict (customer_id, call_id) do update set document = excluded.document";

/// Somebody who sees a tenth of the calls by their agent, half of them by its number, too, one of a
/// thousand by that number alone, and a thousand that were given to them by hand.
const STAFF: [&str; 4] = [
    "insert into users (customer_id, id, email, full_name, role, created_at, updated_at)
     values ($1, 'usr_staff', $2, 'Staff', 'user', now(), now())",
    "insert into user_agents (customer_id, agent_id, user_id)
     select $1, 'agent_2', 'usr_staff' where $2 <> ''",
    "insert into user_numbers (customer_id, number, user_id)
     select $1, '+15550100200', 'usr_staff' where $2 <> ''",
    "insert into call_assignees (customer_id, call_id, user_id, assigned_at)
     select customer_id, id, 'usr_staff', now()
       from calls where customer_id = $1 and id % 1000 = 8 and $2 <> ''",
];

/// The server has nothing left to put into the search, and the admin has signed in before.
const SETTLE: [&str; 3] = [
    "update users set status = 'active' where customer_id = $1 and $2::bigint is not null",
    "insert into call_search_progress (customer_id, seq, updated_at)
     values ($1, $2, now())
     on conflict (customer_id) do update set seq = excluded.seq",
    "update balances set seq = $2 where customer_id = $1",
];

/// Gives a customer so many calls, all of them found by search. Takes minutes.
pub async fn fill(database_url: &str, customer: i64, calls: i64) -> anyhow::Result<()> {
    let mut connection = PgConnection::connect(database_url).await?;
    connection.execute("set statement_timeout = 0; set maintenance_work_mem = '256MB'").await?;
    // Built anew at the end: putting in sixty million words one by one would take an hour.
    connection.execute("drop index call_search_document").await?;
    for from in (1..=calls).step_by(50_000) {
        sqlx::query(FILL)
            .bind(customer)
            .bind(calls)
            .bind(WORDS)
            .bind(from)
            .bind((from + 49_999).min(calls))
            .execute(&mut connection)
            .await
            .context("put calls in")?;
    }
    sqlx::query(INDEX).bind(customer).execute(&mut connection).await.context("put words in")?;
    connection
        .execute("create index call_search_document on call_search using gin (document)")
        .await
        .context("build the text index")?;
    for statement in SETTLE {
        sqlx::query(statement).bind(customer).bind(calls).execute(&mut connection).await?;
    }
    let staff = staff_email(customer);
    for statement in STAFF {
        sqlx::query(statement).bind(customer).bind(&staff).execute(&mut connection).await?;
    }
    for table in ["vacuum analyze calls", "vacuum analyze call_search", "vacuum analyze call_assignees"] {
        connection.execute(table).await?;
    }
    connection.close().await?;
    Ok(())
}

/// The address of the customer's user who does not see all calls.
pub fn staff_email(customer: i64) -> String {
    format!("staff-{customer}@example.com")
}

/// A token of the user with this address.
pub async fn token(database_url: &str, vault: &Vault, customer: i64, email: &str) -> anyhow::Result<String> {
    let store = Store::open(database_url).context("open the database")?;
    let person = people(&store, email).await?.pop().context("a user has this address")?;
    let customer = CustomerId(customer);
    let token = vault.mint_token(Realm::Customer(customer));
    let author = Author::system("load");
    create_token(&store, customer, &person, &token, "load", &author, Timestamp::now()).await?;
    Ok(format!("voice_{}", token.reveal()))
}

/// Asks for these paths in turn.
pub struct Pages {
    requests: Arc<[Vec<u8>]>,
    next: usize,
    begins: &'static [u8],
}

/// A list with something in it: without a row it would be quick and prove nothing.
pub const A_ROW: &[u8] = br#"{"items":[{"#;
/// A page for people.
pub const A_PAGE: &[u8] = b"<!DOCTYPE html>";

impl Pages {
    /// One traffic a connection; every answer begins so.
    pub fn new(count: usize, token: &str, paths: &[String], begins: &'static [u8]) -> Vec<Self> {
        let request = |path: &String| {
            format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {token}\r\n\r\n")
                .into_bytes()
        };
        let requests: Arc<[Vec<u8>]> = paths.iter().map(request).collect();
        (0..count).map(|index| Self { requests: Arc::clone(&requests), next: index * 3, begins }).collect()
    }
}

impl Traffic for Pages {
    fn ask(&mut self, request: &mut Vec<u8>) -> bool {
        request.extend_from_slice(&self.requests[self.next % self.requests.len()]);
        self.next += 1;
        true
    }

    fn hear(&mut self, answer: Answer<'_>) -> bool {
        answer.status == 200 && answer.body.starts_with(self.begins)
    }
}

/// Pages of the list: the first, later ones, by state, by period, by number; none empty for anybody.
pub fn lists() -> Vec<String> {
    let day = |back: i64| {
        (Timestamp::now() - jiff::SignedDuration::from_hours(24 * back)).strftime("%F").to_string()
    };
    let mut paths = vec![
        "/api/calls".to_owned(),
        "/api/calls?page=20".to_owned(),
        "/api/calls?status=failed".to_owned(),
        "/api/calls?per_page=200".to_owned(),
        format!("/api/calls?from={}&to={}", day(30), day(1)),
        format!("/api/calls?from={}&to={}&status=failed", day(60), day(30)),
    ];
    paths.extend((0..6).map(|number| format!("/api/calls?number=%2B1557{:07}", number * 7910 + 3)));
    paths
}

/// Searches: words in every call, in one of a hundred, in a handful; two words; a part of a number.
pub fn searches() -> Vec<String> {
    let mut words =
        vec!["appointment".to_owned(), "hel".to_owned(), "often20".to_owned(), "often4".to_owned()];
    words.extend((0..8).map(|number| format!("word{}", 1 + number * 6131)));
    words.push("often40%20often60".to_owned());
    words.push("hello%20word4711".to_owned());
    words.push("15570007913".to_owned());
    words.into_iter().map(|word| format!("/api/calls/search?q={word}")).collect()
}
