//! Wakes the tenants who have guests to remind: which and of what, each decides itself.

use std::time::Duration;

use ractor::{Actor, ActorProcessingErr, ActorRef};

use crate::clock::Clock;
use crate::error::Error;
use crate::store::Store;
use crate::store::outbox::to_remind;
use crate::tenants::Tenants;

/// A reminder may be so late.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// The actor.
pub(crate) struct Reminder;

/// What it works with.
#[derive(Clone)]
pub(crate) struct ReminderParts {
    pub store: Store,
    pub clock: Clock,
    pub tenants: Tenants,
}

/// Time to look.
pub(crate) struct Look;

impl Actor for Reminder {
    type Msg = Look;
    type State = ReminderParts;
    type Arguments = ReminderParts;

    async fn pre_start(
        &self,
        myself: ActorRef<Look>,
        parts: ReminderParts,
    ) -> Result<ReminderParts, ActorProcessingErr> {
        myself.send_after(LOOK_EVERY, || Look);
        Ok(parts)
    }

    async fn handle(
        &self,
        myself: ActorRef<Look>,
        Look: Look,
        parts: &mut ReminderParts,
    ) -> Result<(), ActorProcessingErr> {
        if let Err(error) = parts.remind_all().await {
            tracing::warn!(%error, "guests could not be reminded, and will be later");
        }
        myself.send_after(LOOK_EVERY, || Look);
        Ok(())
    }
}

impl ReminderParts {
    /// One tenant after the other: a reminder has time, callers have not. One that cannot now is asked
    /// again at the next look.
    async fn remind_all(&self) -> Result<(), Error> {
        for customer in to_remind(&self.store, self.clock.now()).await? {
            let reminded = async { self.tenants.get(customer).await?.remind().await };
            if let Err(error) = reminded.await {
                tracing::warn!(customer.id = customer.0, %error, "a customer's guests could not be reminded");
            }
        }
        Ok(())
    }
}
