//! Which workspaces of Retell are asked for calls, until when each was, and which of their calls are here.

use std::collections::{HashMap, HashSet};

use domain::ids::CustomerId;
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::Row;

use super::Store;
use super::rows::instant;
use crate::error::Error;
use crate::secrets::{Purpose, Vault};

/// Where the platform's own workspace has its mark.
const PLATFORM_MARK: &str = "retell_listed_until";

/// A workspace of Retell that is a customer's own.
#[derive(Debug, Clone)]
pub struct OwnWorkspace {
    /// Whose.
    pub customer: CustomerId,
    /// Opens it: a secret.
    pub key: String,
    /// The customer is here since then.
    pub since: Timestamp,
    /// Calls that began before this were asked for; `None` before the first time.
    pub listed_until: Option<Timestamp>,
}

/// The workspaces of all customers with a key of their own. One whose key does not open is left out, and logged.
pub async fn own_workspaces(store: &Store, vault: &Vault) -> Result<Vec<OwnWorkspace>, Error> {
    const OWN: &str = "
select c.id, c.created_at, c.retell_listed_until, k.sealed
  from credentials k
  join customers c on c.id = k.customer_id
 where k.kind = 'retell'
   and k.expires_at is null
   and c.status <> 'closed'
 order by c.id";
    let rows = sqlx::query(OWN).fetch_all(&store.deliveries).await?;
    let mut found = Vec::new();
    for row in &rows {
        let customer = CustomerId(row.try_get("id")?);
        let listed: Option<jiff_sqlx::Timestamp> = row.try_get("retell_listed_until")?;
        match vault.open(customer, Purpose::RetellKey, row.try_get("sealed")?) {
            Ok(key) => found.push(OwnWorkspace {
                customer,
                key,
                since: instant(row, "created_at")?,
                listed_until: listed.map(jiff_sqlx::Timestamp::to_jiff),
            }),
            Err(error) => tracing::error!(customer.id = customer.0, %error, "a Retell key cannot be used"),
        }
    }
    Ok(found)
}

/// Until when the platform's own workspace was asked for calls.
pub async fn platform_listed_until(store: &Store) -> Result<Option<Timestamp>, Error> {
    const READ: &str = "select value from global_settings where key = $1";
    let text: Option<Option<String>> =
        sqlx::query_scalar(READ).bind(PLATFORM_MARK).fetch_optional(&store.claims).await?;
    Ok(text.flatten().and_then(|text| text.parse().ok()))
}

/// Everything that began before `until` was asked for. A mark never goes back: of two servers the later one
/// counts.
pub async fn platform_was_listed(store: &Store, until: Timestamp) -> Result<(), Error> {
    const MARK: &str = "
insert into global_settings as g (key, value)
values ($1, $2)
on conflict (key) do update
   set value = excluded.value, updated_at = now()
 where coalesce(g.value, '')::text < excluded.value";
    // Whole seconds have one spelling, so that the order of the texts is that of the times.
    let text = until.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    sqlx::query(MARK).bind(PLATFORM_MARK).bind(text).execute(&store.claims).await?;
    Ok(())
}

/// The same of a customer's own workspace.
pub async fn was_listed(store: &Store, customer: CustomerId, until: Timestamp) -> Result<(), Error> {
    const MARK: &str = "
update customers
   set retell_listed_until = $2
 where id = $1
   and coalesce(retell_listed_until, '-infinity') < $2";
    sqlx::query(MARK).bind(customer.0).bind(until.to_sqlx()).execute(&store.claims).await?;
    Ok(())
}

/// The customers of agents that have one.
pub async fn owners(store: &Store, agents: &[&str]) -> Result<HashMap<String, CustomerId>, Error> {
    const OWNERS: &str = "select agent_id, customer_id from agents where agent_id = any($1)";
    let rows: Vec<(String, i64)> = sqlx::query_as(OWNERS).bind(agents).fetch_all(&store.deliveries).await?;
    Ok(rows.into_iter().map(|(agent, customer)| (agent, CustomerId(customer))).collect())
}

/// Those agents of which the customer has had a call before.
pub async fn agents_seen(
    store: &Store,
    customer: CustomerId,
    agents: &[&str],
) -> Result<HashSet<String>, Error> {
    const SEEN: &str = "
select a.agent_id
  from unnest($2::text[]) a(agent_id)
 where exists (select from calls c where c.customer_id = $1 and c.agent_id = a.agent_id)";
    let seen = sqlx::query_scalar(SEEN).bind(customer.0).bind(agents);
    Ok(seen.fetch_all(&store.deliveries).await?.into_iter().collect())
}

/// Which of these calls, each named by its customer and Retell's id, have ended here already.
pub async fn ended(
    store: &Store,
    calls: &[(CustomerId, &str)],
) -> Result<HashSet<(CustomerId, String)>, Error> {
    const ENDED: &str = "
select c.customer_id, c.retell_call_id
  from unnest($1::bigint[], $2::text[]) n(customer_id, retell_call_id)
  join calls c
    on c.customer_id = n.customer_id and c.retell_call_id = n.retell_call_id
 where c.status is not null";
    let (customers, names): (Vec<i64>, Vec<&str>) =
        calls.iter().map(|(customer, name)| (customer.0, *name)).unzip();
    let rows: Vec<(i64, String)> =
        sqlx::query_as(ENDED).bind(customers).bind(names).fetch_all(&store.deliveries).await?;
    Ok(rows.into_iter().map(|(customer, name)| (CustomerId(customer), name)).collect())
}
