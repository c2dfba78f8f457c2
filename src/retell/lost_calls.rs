//! Finds calls whose events were lost: Retell tells three times, and then no more.
//!
//! Every few minutes each workspace that we have the key of is asked for the calls that have ended; what is not
//! here is fetched and recorded as its event would have been, by the same command, which charges a call once
//! however it comes to know of it. A call is taken only for an agent that is known as the customer's: by the
//! platform's key whose URL heard of it first, by a key of the customer's own whoever reported a call before.
//! So agents that never spoke for a customer here, in a workspace that is used for other things too, cost nobody
//! anything.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use actors::clock::Clock;
use actors::error::Error;
use actors::secrets::Vault;
use actors::store::Store;
use actors::store::lost_calls::{self, OwnWorkspace};
use actors::tenants::Tenants;
use anyhow::Context;
use domain::audit::Author;
use domain::ids::CustomerId;
use domain::retell::{Listed, report_of};
use futures_util::{StreamExt, stream};
use jiff::{SignedDuration, Timestamp};
use prometheus::{IntCounter, IntCounterVec, Opts};
use ractor::{Actor, ActorProcessingErr, ActorRef};

use super::{Retell, Unanswered};
use crate::backend::Backend;
use crate::config::{Config, Secret};

/// From the end of one round to the next.
const EVERY: Duration = Duration::from_secs(5 * 60);
/// The list goes by when calls began, and has those that have ended: one that is under way now is found when
/// what began so long ago is listed again. Retell ends calls after two hours.
const OVERLAP: SignedDuration = SignedDuration::from_hours(3);
/// How far a look goes back at most: the first one, and one after a workspace was out of reach for long.
const FURTHEST: SignedDuration = SignedDuration::from_hours(7 * 24);
/// Retell's own event is on its way for a while.
const ITS_OWN_TIME: SignedDuration = SignedDuration::from_mins(2);
/// Pages of one workspace in one look: two hundred thousand calls of three hours.
const PAGES_MAX: usize = 200;
/// Workspaces, and calls of one, that are asked for at once.
const AT_ONCE: usize = 4;

/// What looking for lost calls needs.
#[derive(Clone)]
pub struct LostCalls {
    store: Store,
    tenants: Tenants,
    clock: Clock,
    vault: Vault,
    retell: Retell,
    platform_key: Option<Secret>,
    found: IntCounter,
    looks: IntCounterVec,
}

/// What a look at every workspace came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Round {
    /// Workspaces that were listed, and everything lost in them recorded.
    pub listed: usize,
    /// Those where that is still to be done.
    pub failed: usize,
    /// Calls that were recorded.
    pub found: usize,
}

/// Where calls are looked for.
enum Workspace {
    /// The platform's, which has calls of many customers.
    Platform(Secret),
    /// A customer's own.
    Own(OwnWorkspace),
}

/// Why a look at a workspace has to be repeated.
#[derive(Debug, thiserror::Error)]
enum Unfinished {
    #[error(transparent)]
    Unanswered(#[from] Unanswered),
    #[error(transparent)]
    Store(#[from] Error),
    #[error("there are more than {PAGES_MAX} pages")]
    TooMany,
}

impl LostCalls {
    /// Registers what is counted.
    pub fn new(config: &Config, backend: &Backend, retell: Retell) -> anyhow::Result<Self> {
        let found = IntCounter::new(
            "voice_lost_calls_found_total",
            "calls found in Retell's list, of which no event came",
        )?;
        let looks =
            Opts::new("voice_retell_listings_total", "looks at a workspace's list, by how they ended");
        let looks = IntCounterVec::new(looks, &["outcome"])?;
        let registry = &backend.registry;
        registry.register(Box::new(found.clone())).context("register the metrics")?;
        registry.register(Box::new(looks.clone())).context("register the metrics")?;
        Ok(Self {
            store: backend.store.clone(),
            tenants: backend.tenants().clone(),
            clock: backend.clock.clone(),
            vault: backend.vault.clone(),
            retell,
            platform_key: config.retell_api_key.clone(),
            found,
            looks,
        })
    }

    /// Looks at every workspace once.
    pub async fn round(&self) -> Result<Round, Error> {
        let platform = self.platform_key.clone().map(Workspace::Platform);
        let own = lost_calls::own_workspaces(&self.store, &self.vault).await?;
        let workspaces = platform.into_iter().chain(own.into_iter().map(Workspace::Own));
        let looked = stream::iter(workspaces).map(|workspace| self.look(workspace)).buffer_unordered(AT_ONCE);
        let round = looked.fold(Round::default(), async |round, (found, is_done)| Round {
            listed: round.listed + usize::from(is_done),
            failed: round.failed + usize::from(!is_done),
            found: round.found + found,
        });
        Ok(round.await)
    }

    /// How many calls were found in a workspace, and whether everything in it is recorded now.
    async fn look(&self, workspace: Workspace) -> (usize, bool) {
        let mut found = 0;
        let ended = self.search(&workspace, &mut found).await;
        self.found.inc_by(found as u64);
        let outcome = match &ended {
            Ok(()) => "listed",
            Err(Unfinished::Unanswered(Unanswered::Refused)) => "refused",
            Err(_) => "failed",
        };
        self.looks.with_label_values(&[outcome]).inc();
        if let Err(error) = &ended {
            let customer = match &workspace {
                Workspace::Platform(_) => None,
                Workspace::Own(own) => Some(own.customer.0),
            };
            tracing::warn!(customer.id = customer, %error, "a workspace could not be looked through");
        }
        if found > 0 {
            tracing::info!(found, "calls of which no event came were found in Retell's list");
        }
        (found, ended.is_ok())
    }

    async fn search(&self, workspace: &Workspace, found: &mut usize) -> Result<(), Unfinished> {
        let now = self.clock.now();
        let (key, since) = match workspace {
            Workspace::Platform(key) => {
                let listed = lost_calls::platform_listed_until(&self.store).await?;
                (key.reveal(), from(now, listed, Timestamp::MIN))
            }
            Workspace::Own(own) => (own.key.as_str(), from(now, own.listed_until, own.since)),
        };
        let mut unfinished = None;
        let mut next = None;
        for _ in 0..PAGES_MAX {
            let page = self.retell.ended_calls(key, since, now, next.as_deref()).await?;
            let missing = self.missing(workspace, page.calls, now).await?;
            let mut recorded = stream::iter(missing)
                .map(|(customer, call)| self.record(key, customer, call))
                .buffer_unordered(AT_ONCE);
            while let Some(recorded) = recorded.next().await {
                match recorded {
                    Ok(is_new) => *found += usize::from(is_new),
                    // Others are in nobody's way; this one is asked for again next time.
                    Err(error) => unfinished = Some(error),
                }
            }
            drop(recorded);
            next = page.next;
            if next.is_none() {
                break;
            }
        }
        if let Some(error) = unfinished {
            return Err(error);
        }
        if next.is_some() {
            return Err(Unfinished::TooMany);
        }
        match workspace {
            Workspace::Platform(_) => lost_calls::platform_was_listed(&self.store, now).await?,
            Workspace::Own(own) => lost_calls::was_listed(&self.store, own.customer, now).await?,
        }
        Ok(())
    }

    /// The calls of a page that are somebody's and are not here, each with whose it is.
    async fn missing(
        &self,
        workspace: &Workspace,
        page: Vec<Listed>,
        now: Timestamp,
    ) -> Result<Vec<(CustomerId, Listed)>, Error> {
        let agents: HashSet<&str> = page.iter().filter_map(|call| call.agent_id.as_deref()).collect();
        let agents: Vec<&str> = agents.into_iter().collect();
        let customers: HashMap<String, CustomerId> = match workspace {
            Workspace::Platform(_) => lost_calls::owners(&self.store, &agents).await?,
            Workspace::Own(own) => {
                let seen = lost_calls::agents_seen(&self.store, own.customer, &agents).await?;
                seen.into_iter().map(|agent| (agent, own.customer)).collect()
            }
        };
        let is_due = |call: &Listed| call.ended_at.is_none_or(|end| now.duration_since(end) >= ITS_OWN_TIME);
        let of_somebody = page.into_iter().filter(is_due).filter_map(|call| {
            let customer = *customers.get(call.agent_id.as_deref()?)?;
            Some((customer, call))
        });
        let of_somebody: Vec<(CustomerId, Listed)> = of_somebody.collect();
        let names: Vec<(CustomerId, &str)> =
            of_somebody.iter().map(|(customer, call)| (*customer, call.retell_call_id.as_str())).collect();
        let ended = lost_calls::ended(&self.store, &names).await?;
        let is_missing = |(customer, call): &(CustomerId, Listed)| {
            !ended.contains(&(*customer, call.retell_call_id.clone()))
        };
        Ok(of_somebody.into_iter().filter(is_missing).collect())
    }

    /// Records a call as its event would have been; answers whether there was something to record. What Retell
    /// keeps no longer is recorded as the list has it: it took place.
    async fn record(&self, key: &str, customer: CustomerId, listed: Listed) -> Result<bool, Unfinished> {
        let call = match self.retell.call(key, &listed.retell_call_id).await {
            Ok(call) => call,
            Err(Unanswered::Unknown) => listed.call,
            Err(unanswered) => return Err(unanswered.into()),
        };
        let report = match report_of(&call) {
            Ok(Some(report)) if report.details.agent_id == listed.agent_id => report,
            // Not ended after all, no call, or another agent's than the list says.
            _ => {
                tracing::warn!(customer.id = customer.0, "a call of Retell's list is not what the list says");
                return Ok(false);
            }
        };
        let recorded = match self.tenants.get(customer).await {
            Ok(tenant) => tenant.by(Author::system("lost-calls")).record_call(report).await,
            Err(error) => Err(error),
        };
        match recorded {
            Ok(_) => Ok(true),
            // Closed meanwhile, say: asking again changes nothing.
            Err(Error::Refused(refusal)) => {
                tracing::warn!(customer.id = customer.0, %refusal, "a lost call could not be recorded");
                Ok(false)
            }
            Err(error) => Err(error.into()),
        }
    }
}

/// Where a look begins, by until when everything was listed and since when there is somebody to list for.
fn from(now: Timestamp, listed_until: Option<Timestamp>, since: Timestamp) -> Timestamp {
    let back = |time: Timestamp, by: SignedDuration| time.checked_sub(by).unwrap_or(Timestamp::MIN);
    let wanted = listed_until.map_or(Timestamp::MIN, |listed| back(listed, OVERLAP));
    wanted.max(back(now, FURTHEST)).max(since)
}

/// The actor that looks every few minutes.
pub struct Finder;

/// Time to look.
pub struct Look;

impl Actor for Finder {
    type Msg = Look;
    type State = LostCalls;
    type Arguments = LostCalls;

    async fn pre_start(
        &self,
        myself: ActorRef<Look>,
        lost_calls: LostCalls,
    ) -> Result<LostCalls, ActorProcessingErr> {
        // At once: events were lost while nobody was here to take them.
        let _ = myself.send_message(Look);
        Ok(lost_calls)
    }

    async fn handle(
        &self,
        myself: ActorRef<Look>,
        Look: Look,
        lost_calls: &mut LostCalls,
    ) -> Result<(), ActorProcessingErr> {
        if let Err(error) = lost_calls.round().await {
            tracing::warn!(%error, "lost calls could not be looked for, and will be later");
        }
        myself.send_after(EVERY, || Look);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_look_begins_early_enough_for_calls_that_were_under_way_and_never_before_the_customer() {
        let at = |text: &str| -> Timestamp { text.parse().unwrap() };
        let now = at("2026-01-05T12:00:00Z");
        let long_ago = Timestamp::MIN;
        assert_eq!(from(now, None, long_ago), at("2025-12-29T12:00:00Z"));
        assert_eq!(from(now, Some(at("2026-01-05T11:55:00Z")), long_ago), at("2026-01-05T08:55:00Z"));
        assert_eq!(from(now, Some(at("2025-06-01T00:00:00Z")), long_ago), at("2025-12-29T12:00:00Z"));
        assert_eq!(from(now, None, at("2026-01-05T10:00:00Z")), at("2026-01-05T10:00:00Z"));
    }
}
