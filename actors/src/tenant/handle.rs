//! The only way to a tenant for everybody outside `actors`: typed methods, a place, a deadline. What can
//! be asked is in the file of each feature; how it gets there and back is here.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Instant;

use domain::audit::Author;
use domain::ids::CustomerId;
use jiff::Timestamp;
use tokio::sync::{Semaphore, oneshot};

use super::decision::{Command, LookedUp, Reply};
use super::door::Credentials;
use super::message::Message;
use crate::PATIENCE;
use crate::error::{Error, Unavailable};
use crate::journal::Poisoned;
use crate::store::Store;
use crate::tenants::Tenants;

/// How often a row is looked up for one command before giving up: each time something else changed.
const LOOKUPS_MAX: usize = 3;
/// The rules that a call has one row and a source one ledger line. A breach means that it was
/// stored before memory began.
const STORED_BEFORE: [&str; 2] =
    ["calls_customer_id_retell_call_id_key", "transactions_customer_id_reference_key"];

const OVERLOADED: Error = Error::Unavailable(Unavailable::Overloaded);

/// One tenant, to be asked.
#[derive(Clone)]
pub struct TenantHandle {
    customer: CustomerId,
    credentials: Arc<Credentials>,
    /// Bounds the requests under way at this tenant.
    places: Arc<Semaphore>,
    tenants: Tenants,
    /// One for all that is asked; without it each question has its own.
    deadline: Option<Instant>,
    /// Under whose name changes are written down.
    author: Arc<Author>,
}

/// What a row is looked up with.
pub(super) type Read<T> = Result<T, sqlx::Error>;

/// Who the answer of a command is waited for by.
type Asked<T> = Result<Reply<T>, Error>;

impl TenantHandle {
    pub(crate) fn new(
        customer: CustomerId,
        credentials: Arc<Credentials>,
        places: Arc<Semaphore>,
        tenants: Tenants,
    ) -> Self {
        let author = Arc::new(Author::system("server"));
        Self { customer, credentials, places, tenants, deadline: None, author }
    }

    /// The same, with all its answers due by `deadline`.
    pub fn until(self, deadline: Instant) -> Self {
        Self { deadline: Some(deadline), ..self }
    }

    /// The same, under this name.
    pub fn by(self, author: Author) -> Self {
        Self { author: Arc::new(author), ..self }
    }

    pub(super) fn deadline(&self) -> Instant {
        self.deadline.unwrap_or_else(|| Instant::now() + PATIENCE)
    }

    /// Whose handle this is.
    pub fn customer(&self) -> CustomerId {
        self.customer
    }

    /// The keys as they were published when this handle was made.
    pub fn credentials(&self) -> &Credentials {
        &self.credentials
    }

    /// Where what the actor does not keep is read.
    pub(super) fn store(&self) -> &Store {
        self.tenants.store()
    }

    /// The time of day.
    pub(super) fn now(&self) -> Timestamp {
        self.tenants.now()
    }

    /// Says something to which there is no answer.
    pub(super) async fn tell(&self, message: Message) -> Result<(), Error> {
        self.tenants.send(self.customer, message, self.deadline()).await
    }

    /// A command that needs nothing looked up.
    pub(super) async fn change<T: Send + 'static>(
        &self,
        message: impl Fn(Command<T>) -> Message,
    ) -> Result<T, Error> {
        self.decide(
            |command, _: Option<LookedUp<()>>| message(command),
            || std::future::ready(Ok::<Option<()>, sqlx::Error>(None)),
        )
        .await
    }

    /// Sends a command until it is decided, reading the row it turns out to need.
    pub(super) async fn decide<T, R, F>(
        &self,
        message: impl Fn(Command<T>, Option<LookedUp<R>>) -> Message,
        look_up: impl Fn() -> F,
    ) -> Result<T, Error>
    where
        T: Send + 'static,
        F: Future<Output = Read<Option<R>>>,
    {
        let deadline = self.deadline();
        let mut looked_up = None;
        for _ in 0..=LOOKUPS_MAX {
            match self.command(deadline, |command| message(command, looked_up.take())).await? {
                Reply::Decided(result) => return Ok(result?),
                Reply::LookUp { epoch } => {
                    looked_up = Some(LookedUp { epoch, row: answered(deadline, Box::pin(look_up())).await? });
                }
                // Stored before memory began, with a start time that says otherwise. The tenant is
                // reloading; whatever its epoch will be, what is read now was committed before.
                Reply::Poisoned(Poisoned { constraint: Some(name) })
                    if STORED_BEFORE.contains(&name.as_str()) =>
                {
                    let row = answered(deadline, Box::pin(look_up())).await?;
                    let epoch = self.distrust_start_times(deadline).await?;
                    looked_up = Some(LookedUp { epoch, row });
                }
                Reply::Poisoned(_) => break,
            }
        }
        Err(Error::Unavailable(Unavailable::Lost))
    }

    /// The epoch the tenant is in, once it has reloaded; it believes no start time from now on.
    async fn distrust_start_times(&self, deadline: Instant) -> Result<i64, Error> {
        let (reply, answer) = oneshot::channel();
        self.tenants.send(self.customer, Message::Distrust { reply }, deadline).await?;
        until(deadline, answer).await
    }

    async fn command<T: Send + 'static>(
        &self,
        deadline: Instant,
        message: impl FnOnce(Command<T>) -> Message,
    ) -> Asked<T> {
        let _at_the_tenant = self.places.try_acquire().map_err(|_| OVERLOADED)?;
        let place = self.tenants.reserve(self.customer).map_err(|_| OVERLOADED)?;
        let (reply, answer) = oneshot::channel();
        let author = Arc::clone(&self.author);
        self.tenants
            .send(self.customer, message(Command { place, author, deadline, reply }), deadline)
            .await?;
        until(deadline, answer).await
    }

    pub(super) async fn ask<T: Send + 'static>(
        &self,
        message: impl FnOnce(oneshot::Sender<T>) -> Message,
    ) -> Result<T, Error> {
        let _at_the_tenant = self.places.try_acquire().map_err(|_| OVERLOADED)?;
        let deadline = self.deadline();
        let (reply, answer) = oneshot::channel();
        self.tenants.send(self.customer, message(reply), deadline).await?;
        until(deadline, answer).await
    }
}

/// A read of the database, which may be frozen: no step waits longer than its caller. Boxed, since
/// it is rare and large: inside it would make every request's future four times its size.
pub(super) async fn answered<T>(
    deadline: Instant,
    read: Pin<Box<impl Future<Output = Read<T>>>>,
) -> Result<T, Error> {
    match tokio::time::timeout_at(deadline.into(), read).await {
        Ok(read) => Ok(read?),
        Err(_) => Err(Error::Unavailable(Unavailable::Database)),
    }
}

async fn until<T>(deadline: Instant, answer: oneshot::Receiver<T>) -> Result<T, Error> {
    match tokio::time::timeout_at(deadline.into(), answer).await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(_)) => Err(Error::Unavailable(Unavailable::Lost)),
        Err(_) => Err(Error::Unavailable(Unavailable::Late)),
    }
}
