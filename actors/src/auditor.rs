//! Walks all customers and says what does not agree. It alarms, it never repairs.

mod watch;

use domain::ids::CustomerId;
use domain::money::Money;
use jiff::{SignedDuration, Timestamp};

use crate::error::Error;
use crate::store::{Store, audit};
use crate::tenant::Snapshot;

pub use self::watch::{Auditor, Step, Walk, Watch};
pub use crate::store::audit::Finding;

/// How often memory is asked again when the database had moved on before it could be compared.
const COMPARISONS: usize = 5;

/// What was looked at, and what was found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Report {
    /// Customers checked in the database.
    pub customers: usize,
    /// Customers whose memory was compared with it.
    pub compared: usize,
    /// Everything that is wrong.
    pub findings: Vec<Finding>,
}

/// What became of comparing one tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compared {
    /// What differs.
    pub findings: Vec<Finding>,
    /// Whether the calendar was compared too: not if the tenant changed faster than it could be read.
    pub is_complete: bool,
}

/// Checks the records of every customer.
pub async fn audit(store: &Store) -> Result<Report, Error> {
    let customers = audit::customers(store).await?;
    let mut findings = audit::rules(store, None).await?;
    findings.extend(audit::orphans(store).await?);
    for customer in &customers {
        findings.extend(audit::hashes(store, *customer).await?);
    }
    Ok(Report { customers: customers.len(), compared: 0, findings })
}

/// Compares a tenant's memory with the database; `again` asks for a newer snapshot.
///
/// The ledger is compared at the line the snapshot ends with, which no later commit changes. The
/// calendar can be compared only while the clocks agree, so a busy tenant is asked a few times.
pub async fn compare<F>(
    store: &Store,
    mut snapshot: Snapshot,
    now: Timestamp,
    again: impl Fn(CustomerId) -> F,
) -> Result<Compared, Error>
where
    F: Future<Output = Option<Snapshot>>,
{
    let customer = snapshot.customer_id;
    let finding = |what: String| Finding { customer, what };
    let mut findings = Vec::new();
    if snapshot.ledger_seq > 0 {
        match audit::ledger_line(store, customer, snapshot.ledger_seq).await? {
            Some((balance, hash))
                if Money::canonical(balance) == snapshot.balance && hash == snapshot.ledger_hash => {}
            stored => findings.push(finding(format!(
                "memory has a balance of {} after txn_{}, the ledger has {:?}",
                snapshot.balance,
                snapshot.ledger_seq,
                stored.map(|(balance, _)| balance.to_string())
            ))),
        }
    }
    let mut is_complete = false;
    for _ in 0..COMPARISONS {
        let from = now - SignedDuration::from_hours(1);
        let Some(standing) = audit::standing(store, customer, from).await? else {
            findings.push(finding("memory has a customer the database does not have".to_owned()));
            break;
        };
        if standing.seq == snapshot.seq {
            is_complete = true;
            snapshot.scheduled.retain(|(_, _, end)| *end > from);
            if standing.scheduled != snapshot.scheduled {
                findings.push(finding(format!(
                    "memory holds {} appointments, the database {} or others",
                    snapshot.scheduled.len(),
                    standing.scheduled.len()
                )));
            }
            break;
        }
        match again(customer).await {
            Some(newer) => snapshot = newer,
            None => break,
        }
    }
    Ok(Compared { findings, is_complete })
}
