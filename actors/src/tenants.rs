//! Finds tenants, starts those not in memory, and never has two of one.
//!
//! Rules, each seen to matter under load:
//! 1. An actor is created inside the map's entry lock with the synchronous spawn.
//! 2. A tenant leaves memory by `drain`: what was admitted is handled, what comes later is handed
//!    back to its sender, who starts the successor.
//! 3. An entry is replaced only when its actor has stopped; by then its last entry is answered. An
//!    actor that fell has no such grace: the fence leaves its entries out, and they are answered so.

use std::sync::Arc;
use std::time::{Duration, Instant};

use dashmap::{DashMap, Entry};
use domain::audit::Author;
use domain::calls::LiveCall;
use domain::ids::{ApiKey, CustomerId, UserId};
use jiff::Timestamp;
use ractor::{ActorCell, ActorId, ActorRef, ActorRuntime, ActorStatus, MessagingErr};
use tokio::sync::{Semaphore, oneshot};

use crate::PATIENCE;
use crate::error::{Error, Refusal, Unavailable};
use crate::journal::{Full, Place};
use crate::news::{Listener, News};
use crate::store::Store;
use crate::store::calls::{Assigned, Name, assign};
use crate::tenant::{Admission, Context, Credentials, Door, Message, Tenant, TenantHandle};

/// Tenants being loaded at once; more would only wait for the database's connections.
const ACTIVATIONS: usize = 16;
/// How long a customer id is remembered not to exist, so that asking again costs no SQL.
const ABSENT_FOR: Duration = Duration::from_secs(10);
/// How many of them; then all are forgotten.
const ABSENT_MAX: usize = 10_000;

/// The directory of tenants; cheap to clone.
#[derive(Clone)]
pub struct Tenants {
    inner: Arc<Inner>,
}

struct Inner {
    residents: DashMap<CustomerId, Resident>,
    /// Whose an actor is, to forget it when it has stopped.
    owners: DashMap<ActorId, CustomerId>,
    absent: DashMap<CustomerId, Instant>,
    activations: Semaphore,
    supervisor: ActorCell,
    context: Arc<Context>,
}

#[derive(Clone)]
struct Resident {
    actor: ActorRef<Message>,
    door: Arc<Door>,
}

/// Where a key was found to lead.
pub enum Found {
    /// To a tenant.
    Tenant(Box<TenantHandle>),
    /// Nowhere.
    Nowhere,
    /// Not looked up, because the sender may not.
    NotLookedUp,
}

impl Tenants {
    pub(crate) fn new(supervisor: ActorCell, context: Arc<Context>) -> Self {
        let inner = Inner {
            residents: DashMap::new(),
            owners: DashMap::new(),
            absent: DashMap::new(),
            activations: Semaphore::new(ACTIVATIONS),
            supervisor,
            context,
        };
        Self { inner: Arc::new(inner) }
    }

    /// The tenant of a key in a URL. `may_look_up` is asked before anything that costs SQL.
    pub async fn by_api_key(&self, key: &ApiKey, may_look_up: impl FnOnce() -> bool) -> Result<Found, Error> {
        let customer = key.customer();
        let was_resident = self.is_resident(customer);
        if !was_resident && self.is_absent(customer) {
            return Ok(Found::Nowhere);
        }
        if !was_resident && !may_look_up() {
            return Ok(Found::NotLookedUp);
        }
        match self.get(customer).await {
            Ok(tenant) => {
                let now = self.inner.context.clock.now();
                let is_theirs = tenant.credentials().admit(&key.digest(), now);
                Ok(if is_theirs { Found::Tenant(Box::new(tenant)) } else { Found::Nowhere })
            }
            Err(Error::Refused(Refusal::UnknownCustomer)) => Ok(Found::Nowhere),
            Err(error) => Err(error),
        }
    }

    /// The tenant of a customer, loaded.
    pub async fn get(&self, customer: CustomerId) -> Result<TenantHandle, Error> {
        let late = |_| Error::Unavailable(Unavailable::Database);
        let (credentials, places) =
            tokio::time::timeout(PATIENCE, self.admitted(customer)).await.map_err(late)??;
        Ok(TenantHandle::new(customer, credentials, places, self.clone()))
    }

    async fn admitted(&self, customer: CustomerId) -> Result<(Arc<Credentials>, Arc<Semaphore>), Error> {
        let Resident { actor, door } = self.resident(customer).await?;
        match door.verdict().await {
            Admission::Open(credentials) => Ok((credentials, Arc::clone(&door.places))),
            Admission::Absent => {
                self.remember_absent(customer);
                Err(Refusal::UnknownCustomer.into())
            }
            Admission::Failed | Admission::Loading => {
                // Its successor can be started only once it is gone.
                let _ = actor.wait(None).await;
                Err(Error::Unavailable(Unavailable::Database))
            }
        }
    }

    /// Whether the customer's tenant is in memory.
    pub fn is_resident(&self, customer: CustomerId) -> bool {
        self.inner.residents.get(&customer).is_some_and(|one| one.actor.get_status() < ActorStatus::Draining)
    }

    /// Every tenant in memory.
    pub fn residents(&self) -> Vec<CustomerId> {
        self.inner.residents.iter().map(|resident| *resident.key()).collect()
    }

    /// Hears what becomes true at a customer's tenant from now on, in memory or not.
    pub fn listen(&self, customer: CustomerId) -> Listener {
        self.inner.context.board.listen(customer)
    }

    /// The calls that are under way at a customer's, the latest first. Those are in memory alone: a
    /// tenant that is not there has none and is not started for it, and one that is too busy to say has none to show.
    pub async fn live_calls(&self, customer: CustomerId) -> Vec<Arc<LiveCall>> {
        let resident = self.inner.residents.get(&customer).map(|resident| resident.clone());
        let Some(Resident { actor, door }) = resident else { return Vec::new() };
        let Ok(_at_the_tenant) = door.places.try_acquire() else { return Vec::new() };
        let (reply, answer) = oneshot::channel();
        if actor.send_message(Message::LiveCalls { reply }).is_err() {
            return Vec::new();
        }
        match tokio::time::timeout(PATIENCE, answer).await {
            Ok(Ok(calls)) => calls,
            _ => Vec::new(),
        }
    }

    /// Gives a call to a user, or back to whoever its agent and number belong to.
    pub async fn give_call(
        &self,
        customer: CustomerId,
        name: &Name,
        user: Option<&UserId>,
        author: &Author,
        now: Timestamp,
    ) -> Result<Assigned, Error> {
        let (assigned, handover) = assign(self.store(), customer, name, user, author, now).await?;
        if let Some(handover) = handover {
            self.inner.context.board.put(customer, News::Given(handover));
        }
        Ok(assigned)
    }

    /// How many tenants are in memory.
    pub fn resident_count(&self) -> usize {
        self.inner.residents.len()
    }

    fn is_absent(&self, customer: CustomerId) -> bool {
        self.inner.absent.get(&customer).is_some_and(|since| since.elapsed() < ABSENT_FOR)
    }

    fn remember_absent(&self, customer: CustomerId) {
        if self.inner.absent.len() >= ABSENT_MAX {
            self.inner.absent.clear();
        }
        self.inner.absent.insert(customer, Instant::now());
    }

    /// The actor of a customer: the one in memory, else a new one.
    async fn resident(&self, customer: CustomerId) -> Result<Resident, Error> {
        loop {
            if let Some(resident) = self.inner.residents.get(&customer)
                && resident.actor.get_status() < ActorStatus::Draining
            {
                return Ok(resident.clone());
            }
            // Held until the load is over, so that a stampede of cold tenants queues here and not
            // at the database.
            let turn = self.inner.activations.acquire().await;
            let _turn = turn.map_err(|_| Error::Unavailable(Unavailable::ShuttingDown))?;
            let leaving = match self.inner.residents.entry(customer) {
                Entry::Vacant(place) => {
                    let resident = self.spawn(customer)?;
                    place.insert(resident.clone());
                    Ok(resident)
                }
                Entry::Occupied(mut place) => match place.get().actor.get_status() {
                    ActorStatus::Stopped => {
                        let resident = self.spawn(customer)?;
                        place.insert(resident.clone());
                        Ok(resident)
                    }
                    ActorStatus::Draining | ActorStatus::Stopping => Err(place.get().actor.clone()),
                    _ => Ok(place.get().clone()),
                },
            };
            match leaving {
                Ok(resident) => {
                    resident.door.verdict().await;
                    return Ok(resident);
                }
                Err(leaving) => {
                    let _ = leaving.wait(None).await;
                }
            }
        }
    }

    fn spawn(&self, customer: CustomerId) -> Result<Resident, Error> {
        let door = Arc::new(Door::default());
        let context = Arc::clone(&self.inner.context);
        let tenant = Tenant { customer, context, door: Arc::clone(&door) };
        let supervisor = self.inner.supervisor.clone();
        match ActorRuntime::spawn_linked_instant(None, tenant, (), supervisor) {
            Ok((actor, _)) => {
                self.inner.owners.insert(actor.get_id(), customer);
                Ok(Resident { actor, door })
            }
            Err(_) => Err(Error::Unavailable(Unavailable::ShuttingDown)),
        }
    }

    /// Sends a message, starting the tenant where need be; it comes back when the actor closed its
    /// door meanwhile.
    pub(crate) async fn send(
        &self,
        customer: CustomerId,
        mut message: Message,
        deadline: Instant,
    ) -> Result<(), Error> {
        let send = async {
            loop {
                let resident = self.resident(customer).await?;
                match resident.actor.send_message(message) {
                    Ok(()) => return Ok(()),
                    Err(MessagingErr::SendErr(back)) => {
                        message = back;
                        let _ = resident.actor.wait(None).await;
                    }
                    Err(_) => return Err(Error::Unavailable(Unavailable::Lost)),
                }
            }
        };
        let late = |_| Error::Unavailable(Unavailable::Late);
        tokio::time::timeout_at(deadline.into(), send).await.map_err(late)?
    }

    /// A place in the journal, before anything is decided.
    pub(crate) fn reserve(&self, customer: CustomerId) -> Result<Place, Full> {
        self.inner.context.journal.reserve(customer)
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.inner.context.clock.now()
    }

    pub(crate) fn store(&self) -> &Store {
        &self.inner.context.store
    }

    /// Forgets a tenant whose actor has stopped. Told by the supervisor; an entry replaced
    /// meanwhile is another actor's and stays.
    pub(crate) fn forget(&self, actor: ActorId) {
        if let Some((_, customer)) = self.inner.owners.remove(&actor) {
            self.inner.residents.remove_if(&customer, |_, resident| resident.actor.get_id() == actor);
        }
    }
}
