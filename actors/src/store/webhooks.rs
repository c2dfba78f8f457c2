//! Reads where events go. Written by the tenant's actor, but for how it goes there, which is delivery's.

pub mod endpoints;
pub mod log;
pub mod resend;

use domain::ids::{CustomerId, EndpointId};
use domain::webhooks::State;

use super::Store;
use crate::error::Error;
use crate::secrets::Vault;

/// Endpoints of a customer that were switched off because of how they answered: address and why.
pub async fn switched_off(store: &Store, customer: CustomerId) -> Result<Vec<(String, State)>, Error> {
    const SWITCHED_OFF: &str = "
select url, state
  from webhook_endpoints
 where customer_id = $1 and state in ('gone', 'failing')
 order by id";
    let rows: Vec<(String, String)> =
        sqlx::query_as(SWITCHED_OFF).bind(customer.0).fetch_all(&store.deliveries).await?;
    Ok(rows.into_iter().filter_map(|(url, state)| Some((url, State::parse(&state)?))).collect())
}

/// Customer, endpoint, its secret, the one before it.
type SealedRow = (i64, i64, Vec<u8>, Option<Vec<u8>>);

/// Seals with the current key what the old one has sealed; answers how many secrets, and how many open
/// with no key there is. A row that was changed meanwhile is left as it is.
pub(super) async fn seal_again(store: &Store, vault: &Vault) -> Result<super::customers::SealedAgain, Error> {
    // All customers: the key is the platform's. At most ten endpoints each.
    const ALL: &str = "
select customer_id, id, secret, previous_secret
  from webhook_endpoints
 where (customer_id, id) > ($1, $2) and secret is not null
 order by customer_id, id
 limit 500";
    const REPLACE: &str = "
update webhook_endpoints
   set secret = $3, previous_secret = $4
 where customer_id = $1 and id = $2 and secret = $5 and previous_secret is not distinct from $6";
    let mut done = super::customers::SealedAgain::default();
    let mut last = (i64::MIN, i64::MIN);
    loop {
        let rows: Vec<SealedRow> =
            sqlx::query_as(ALL).bind(last.0).bind(last.1).fetch_all(&store.claims).await?;
        for (customer, id, secret, previous) in &rows {
            last = (*customer, *id);
            let (owner, endpoint) = (CustomerId(*customer), EndpointId(*id));
            if vault.is_current(secret) && previous.as_ref().is_none_or(|sealed| vault.is_current(sealed)) {
                done.already += 1;
                continue;
            }
            let again = |sealed: &[u8]| {
                let secret = vault.open_webhook_secret(owner, endpoint, sealed).ok()?;
                Some(vault.seal_webhook_secret(owner, endpoint, &secret))
            };
            let Some(fresh) = again(secret) else {
                done.unopened += 1;
                continue;
            };
            // One that does not open signs nothing anyway, and ends within a day.
            let fresh_previous =
                previous.as_ref().map(|sealed| again(sealed).unwrap_or_else(|| sealed.clone()));
            sqlx::query(REPLACE)
                .bind(customer)
                .bind(id)
                .bind(fresh)
                .bind(fresh_previous)
                .bind(secret)
                .bind(previous)
                .execute(&store.claims)
                .await?;
            done.again += 1;
        }
        if rows.is_empty() {
            return Ok(done);
        }
    }
}
