//! The auditor that never ends: one customer after the other, and from the beginning again.

use std::time::Duration;

use domain::ids::CustomerId;
use prometheus::IntGauge;
use ractor::{Actor, ActorProcessingErr, ActorRef};

use super::{Finding, compare};
use crate::clock::Clock;
use crate::error::Error;
use crate::store::{Store, audit};
use crate::tenants::Tenants;

/// Between one customer and the next: ten thousand take less than half an hour.
const PAUSE: Duration = Duration::from_millis(100);
/// Between one round and the next.
const REST: Duration = Duration::from_secs(300);
/// When the database is away.
const WAIT_AFTER_ERROR: Duration = Duration::from_secs(30);

/// What auditing takes.
#[derive(Clone)]
pub struct Watch {
    /// The records.
    pub store: Store,
    /// The time of day.
    pub clock: Clock,
    /// Memory, where it is this server's.
    pub tenants: Tenants,
    /// What the last round has found, and this one so far.
    pub discrepancies: IntGauge,
    /// When the last round ended, in seconds since 1970.
    pub rounded_at: IntGauge,
}

impl Watch {
    /// Checks everybody once; answers what does not agree.
    pub async fn round(&self) -> Result<Vec<Finding>, Error> {
        let mut findings = Vec::new();
        findings.extend(self.orphans().await?);
        for customer in audit::customers(&self.store).await? {
            findings.extend(self.look_at(customer).await?);
        }
        self.ends(findings.len());
        Ok(findings)
    }

    /// Rows that belong to nobody, whom nobody would look at.
    async fn orphans(&self) -> Result<Vec<Finding>, Error> {
        Ok(told(audit::orphans(&self.store).await?))
    }

    /// Checks one customer: the records with each other, and memory, if it is here, with them.
    async fn look_at(&self, customer: CustomerId) -> Result<Vec<Finding>, Error> {
        let mut findings = audit::rules(&self.store, Some(customer)).await?;
        findings.extend(audit::hashes(&self.store, customer).await?);
        if self.tenants.is_resident(customer) {
            let snapshot = async || self.tenants.get(customer).await.ok()?.snapshot().await.ok();
            // Who is too busy to say, or gone by now, is asked in the next round.
            if let Some(held) = snapshot().await {
                let again = |_| snapshot();
                findings.extend(compare(&self.store, held, self.clock.now(), again).await?.findings);
            }
        }
        Ok(told(findings))
    }

    fn ends(&self, findings: usize) {
        self.discrepancies.set(i64::try_from(findings).unwrap_or(i64::MAX));
        self.rounded_at.set(self.clock.now().as_second());
    }
}

/// Says what was found, to whoever reads the log: which customer and rows, and nothing of a person.
fn told(findings: Vec<Finding>) -> Vec<Finding> {
    for finding in &findings {
        tracing::error!(customer.id = finding.customer.0, what = finding.what, "the records do not agree");
    }
    findings
}

/// The actor.
pub struct Auditor;

/// What it is told.
#[derive(Debug)]
pub enum Step {
    /// Look at the next customer.
    Next,
}

/// A round under way.
pub struct Walk {
    watch: Watch,
    /// Those still to be looked at, the next one last.
    left: Vec<CustomerId>,
    found: usize,
}

impl Actor for Auditor {
    type Msg = Step;
    type State = Walk;
    type Arguments = Watch;

    async fn pre_start(&self, myself: ActorRef<Step>, watch: Watch) -> Result<Walk, ActorProcessingErr> {
        myself.send_after(REST, || Step::Next);
        Ok(Walk { watch, left: Vec::new(), found: 0 })
    }

    async fn handle(
        &self,
        myself: ActorRef<Step>,
        Step::Next: Step,
        walk: &mut Walk,
    ) -> Result<(), ActorProcessingErr> {
        let pause = walk.step().await.unwrap_or_else(|error| {
            tracing::warn!(%error, "the records could not be checked, and will be later");
            WAIT_AFTER_ERROR
        });
        myself.send_after(pause, || Step::Next);
        Ok(())
    }
}

impl Walk {
    /// One customer; answers how long to wait for the next.
    async fn step(&mut self) -> Result<Duration, Error> {
        if self.left.is_empty() {
            let (customers, orphans) =
                (audit::customers(&self.watch.store).await?, self.watch.orphans().await?);
            (self.left, self.found) = (customers, orphans.len());
            self.left.reverse();
        }
        // Off the list first: one who cannot be looked at now keeps nobody else from being.
        let Some(customer) = self.left.pop() else { return Ok(REST) };
        match self.watch.look_at(customer).await {
            Ok(found) => self.found += found.len(),
            Err(error) => {
                tracing::warn!(customer.id = customer.0, %error, "a customer's records could not be checked");
            }
        }
        if self.left.is_empty() {
            self.watch.ends(self.found);
            return Ok(REST);
        }
        // What is wrong alarms now, what was mended is quiet at the end of the round.
        let known = self.watch.discrepancies.get();
        self.watch.discrepancies.set(known.max(i64::try_from(self.found).unwrap_or(i64::MAX)));
        Ok(PAUSE)
    }
}
