//! Starts what runs, supervises it, stops it in reverse.
//!
//! One supervisor for tenants, journal writers and those who work behind them: it handles deaths and
//! nothing else, so there is nothing in it to fail. A tenant that falls is forgotten and loaded anew by
//! its next request; a writer that falls is replaced at once on the same queue, and so are the others.

use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use ractor::{Actor, ActorCell, ActorId, ActorProcessingErr, ActorRef, SupervisionEvent};
use tokio::sync::oneshot;

use crate::arrivals::{Arrivals, Keeper, KeeperParts};
use crate::clock::Clock;
use crate::indexer::{Indexer, IndexerParts};
use crate::journal::{Interrupt, Journal, Never, SharedQueue, Writer, WriterArguments, WriterParts};
use crate::metrics::Metrics;
use crate::news::Board;
use crate::reminders::{Reminder, ReminderParts};
use crate::secrets::Vault;
use crate::store::Store;
use crate::tenant::Context;
use crate::tenants::Tenants;

/// How long tenants and the journal may take to finish what was admitted.
const DRAIN_SECONDS: u64 = 10;

/// What the platform is started with.
pub struct Parts {
    /// The database.
    pub store: Store,
    /// The time of day.
    pub clock: Clock,
    /// Secrets at rest.
    pub vault: Vault,
    /// What is counted.
    pub metrics: Metrics,
    /// How long a tenant stays in memory after its last request.
    pub idle: Duration,
    /// The test seam of the journal; [`Never`] in production.
    pub interrupt: Arc<dyn Interrupt>,
}

impl Parts {
    /// As in production: ten minutes in memory, no interruptions.
    pub fn new(store: Store, vault: Vault, metrics: Metrics) -> Self {
        let idle = Duration::from_secs(600);
        Self { store, clock: Clock::System, vault, metrics, idle, interrupt: Arc::new(Never) }
    }
}

/// The running actors.
pub struct Platform {
    tenants: Tenants,
    journal: Journal,
    supervisor: ActorRef<Supervisor>,
    store: Store,
    arrivals: Arrivals,
}

/// What the supervisor is told.
enum Supervisor {
    /// Somebody works here from now on.
    Employ(Post, oneshot::Sender<Result<(), ractor::SpawnErr>>),
}

/// A worker's place: who falls is replaced in it.
struct Post {
    name: &'static str,
    start: Box<dyn Fn(ActorCell) -> Started + Send + Sync>,
    worker: Option<ActorId>,
}

type Started = Pin<Box<dyn Future<Output = Result<ActorId, ractor::SpawnErr>> + Send>>;

impl Post {
    fn new<A>(name: &'static str, worker: fn() -> A, arguments: A::Arguments) -> Self
    where
        A: Actor,
        A::Arguments: Clone + Sync,
    {
        let start = move |supervisor: ActorCell| -> Started {
            let arguments = arguments.clone();
            Box::pin(async move {
                let (worker, _) = Actor::spawn_linked(None, worker(), arguments, supervisor).await?;
                Ok(worker.get_id())
            })
        };
        Self { name, start: Box::new(start), worker: None }
    }

    async fn fill(&mut self, supervisor: &ActorRef<Supervisor>) -> Result<(), ractor::SpawnErr> {
        self.worker = Some((self.start)(supervisor.get_cell()).await?);
        Ok(())
    }
}

/// Nobody is there to supervise: the platform is stopping.
fn gone() -> ractor::SpawnErr {
    ractor::SpawnErr::StartupFailed("the supervisor is gone".into())
}

struct Root;

struct RootState {
    queues: Vec<SharedQueue>,
    parts: WriterParts,
    writers: Vec<Option<ActorId>>,
    posts: Vec<Post>,
    tenants: Arc<OnceLock<Tenants>>,
}

impl Platform {
    /// Starts the journal and an empty directory of tenants.
    pub async fn start(parts: Parts) -> Result<Self, ractor::SpawnErr> {
        let (journal, queues) = Journal::new();
        let writer_parts = WriterParts {
            store: parts.store.clone(),
            metrics: parts.metrics.clone(),
            interrupt: parts.interrupt,
        };
        let directory = Arc::new(OnceLock::new());
        let arrivals = Arrivals::default();
        let root = RootState {
            writers: vec![None; queues.len()],
            posts: Vec::new(),
            queues,
            parts: writer_parts,
            tenants: Arc::clone(&directory),
        };
        let (supervisor, _) = Actor::spawn(None, Root, root).await?;
        let context = Context {
            store: parts.store.clone(),
            journal: journal.clone(),
            clock: parts.clock.clone(),
            vault: parts.vault,
            metrics: parts.metrics,
            board: Board::default(),
            idle: parts.idle,
        };
        let tenants = Tenants::new(supervisor.get_cell(), Arc::new(context));
        let _ = directory.set(tenants.clone());
        let this = Self { tenants, journal, supervisor, store: parts.store, arrivals };
        let (store, clock) = (this.store.clone(), parts.clock);
        let indexer = IndexerParts { store: store.clone(), clock: clock.clone() };
        this.employ("what puts calls into the search", || Indexer, indexer).await?;
        let keeper = KeeperParts { arrivals: this.arrivals.clone(), store: store.clone() };
        this.employ("what writes down what arrived", || Keeper, keeper).await?;
        let reminder = ReminderParts { store, clock, tenants: this.tenants.clone() };
        this.employ("what has guests reminded", || Reminder, reminder).await?;
        Ok(this)
    }

    /// Starts a worker under supervision: whenever it falls, another one starts with these arguments.
    pub async fn employ<A>(
        &self,
        name: &'static str,
        worker: fn() -> A,
        arguments: A::Arguments,
    ) -> Result<(), ractor::SpawnErr>
    where
        A: Actor,
        A::Arguments: Clone + Sync,
    {
        let (reply, started) = oneshot::channel();
        let post = Post::new(name, worker, arguments);
        self.supervisor.send_message(Supervisor::Employ(post, reply)).map_err(|_| gone())?;
        started.await.map_err(|_| gone())?
    }

    /// The directory of tenants.
    pub fn tenants(&self) -> &Tenants {
        &self.tenants
    }

    /// What of Retell's has arrived.
    pub fn arrivals(&self) -> &Arrivals {
        &self.arrivals
    }

    /// Entries waiting or in flight.
    pub fn journal_depth(&self) -> usize {
        self.journal.depth()
    }

    /// Stops: no new entries, everything admitted is committed and answered, connections close.
    pub async fn stop(self) {
        let drained = tokio::time::timeout(Duration::from_secs(DRAIN_SECONDS), self.journal.drain()).await;
        if drained.is_err() {
            tracing::error!("entries were left when the time to stop was over; their callers were told so");
        }
        self.supervisor.stop(None);
        let _ = self.supervisor.wait(Some(Duration::from_secs(DRAIN_SECONDS))).await;
        if let Err(error) = self.arrivals.write_down(&self.store).await {
            tracing::warn!(%error, "the last of what arrived was not written down");
        }
        self.store.close().await;
    }
}

impl Actor for Root {
    type Msg = Supervisor;
    type State = RootState;
    type Arguments = RootState;

    async fn pre_start(
        &self,
        _: ActorRef<Supervisor>,
        state: RootState,
    ) -> Result<RootState, ActorProcessingErr> {
        Ok(state)
    }

    async fn post_start(
        &self,
        myself: ActorRef<Supervisor>,
        state: &mut RootState,
    ) -> Result<(), ActorProcessingErr> {
        for index in 0..state.queues.len() {
            state.start_writer(&myself, index).await?;
        }
        Ok(())
    }

    async fn handle(
        &self,
        myself: ActorRef<Supervisor>,
        message: Supervisor,
        state: &mut RootState,
    ) -> Result<(), ActorProcessingErr> {
        let Supervisor::Employ(mut post, reply) = message;
        let filled = post.fill(&myself).await;
        state.posts.push(post);
        let _ = reply.send(filled);
        Ok(())
    }

    /// The default would stop the supervisor with its first failing child.
    async fn handle_supervisor_evt(
        &self,
        myself: ActorRef<Supervisor>,
        event: SupervisionEvent,
        state: &mut RootState,
    ) -> Result<(), ActorProcessingErr> {
        let (actor, failure) = match event {
            SupervisionEvent::ActorTerminated(cell, ..) => (cell.get_id(), None),
            SupervisionEvent::ActorFailed(cell, error) => (cell.get_id(), Some(error)),
            _ => return Ok(()),
        };
        if let Some(index) = state.writers.iter().position(|writer| *writer == Some(actor)) {
            tracing::error!(writer = index, "a journal writer fell");
            return state.start_writer(&myself, index).await;
        }
        if let Some(post) = state.posts.iter_mut().find(|post| post.worker == Some(actor)) {
            tracing::error!(worker = post.name, "a worker fell");
            return Ok(post.fill(&myself).await?);
        }
        if failure.is_some() {
            // Its last words may be a panic's, and hold what somebody said on the telephone.
            state.parts.metrics.tenant_failures.inc();
            tracing::error!("a tenant fell; its next request loads it anew");
        }
        if let Some(tenants) = state.tenants.get() {
            tenants.forget(actor);
        }
        Ok(())
    }
}

impl RootState {
    async fn start_writer(
        &mut self,
        myself: &ActorRef<Supervisor>,
        index: usize,
    ) -> Result<(), ActorProcessingErr> {
        let arguments = WriterArguments { queue: self.queues[index].clone(), parts: self.parts.clone() };
        let (writer, _) = Actor::spawn_linked(None, Writer, arguments, myself.get_cell()).await?;
        self.writers[index] = Some(writer.get_id());
        Ok(())
    }
}
