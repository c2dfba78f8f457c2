//! The only way to a tenant for everybody outside `actors`: typed methods, a place, a deadline.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Instant;

use domain::appointments::{Appointment, Closing, Edit};
use domain::audit::Author;
use domain::billing::{Category, Posting};
use domain::calendar::{Look, Offer, OutsideHours, WeeklyHours};
use domain::calls::CallReport;
use domain::customers::{Profile, Status};
use domain::ids::{AppointmentId, CustomerId, NotificationId, TransactionId};
use domain::money::Money;
use domain::notifications::Channel;
use domain::retell::functions::{AvailabilityArgs, BookArgs, LookupArgs};
use domain::settings::{self, Settings};
use domain::text::kept;
use jiff::Timestamp;
use jiff::civil::Date;
use tokio::sync::{Semaphore, oneshot};

use super::appointments::Booking;
use super::appointments::desk::{Placement, Wish, closing};
use super::calendar::Availability;
use super::callers::{Answered, CallerAnswer, CallerFound};
use super::calls::Recorded;
use super::decision::{Command, LookedUp, Reply};
use super::door::Credentials;
use super::message::Message;
use super::notifications::{Accepted, reference};
use super::settings::Snapshot;
use crate::PATIENCE;
use crate::error::{Error, Refusal, Unavailable};
use crate::journal::Poisoned;
use crate::secrets::Purpose;
use crate::store::lookups::Posted;
use crate::store::{Store, callers, lookups};
use crate::tenants::Tenants;

/// Bytes of why an appointment was cancelled or a day is blocked.
const REASON_MAX: usize = 500;
/// Bytes of the key, description and author of an entry made by hand.
const POSTING_TEXT_MAX: usize = 200;
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

/// An entry of the ledger made by a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManualPosting {
    /// Names the wish: the same key twice is the same entry.
    pub key: String,
    /// Positive or negative.
    pub amount: Money,
    /// For people.
    pub description: String,
    /// Who made it.
    pub author: String,
}

/// A line of the ledger as it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LedgerLine {
    /// `txn_<seq>`.
    pub id: TransactionId,
    /// What was posted.
    pub amount: Money,
    /// The balance after it.
    pub balance_after: Money,
}

/// What a row is looked up with.
type Read<T> = Result<T, sqlx::Error>;

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

    fn deadline(&self) -> Instant {
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

    /// Records what a report of an ended call tells: stored, charged and announced once.
    pub async fn record_call(&self, report: CallReport) -> Result<Recorded, Error> {
        let report = Arc::new(report);
        let retell_call_id = report.retell_call_id.clone();
        self.decide(
            |command, looked_up| Message::RecordCall { report: Arc::clone(&report), looked_up, command },
            || lookups::call(self.tenants.store(), self.customer, &retell_call_id),
        )
        .await
    }

    /// Notes that a call is under way. Nothing depends on it, so nobody waits.
    pub async fn note_live(&self, report: CallReport) -> Result<(), Error> {
        let deadline = self.deadline();
        self.tenants.send(self.customer, Message::NoteLive { report: Box::new(report) }, deadline).await
    }

    /// The free slots of a day.
    pub async fn availability(&self, args: AvailabilityArgs) -> Result<Availability, Error> {
        self.ask(|reply| Message::Availability { args, reply }).await
    }

    /// What is known of a caller.
    pub async fn lookup(&self, args: LookupArgs) -> Result<Option<CallerFound>, Error> {
        let mut read = None;
        for _ in 0..2 {
            let (args_now, read_now) = (args.clone(), read.take());
            match self.ask(|reply| Message::Lookup { args: args_now, read: read_now, reply }).await? {
                CallerAnswer::Found(found) => return Ok(Some(found)),
                CallerAnswer::Unknown => return Ok(None),
                CallerAnswer::Read => {
                    let find = callers::find(self.tenants.store(), self.customer, &args);
                    read = answered(self.deadline(), Box::pin(find)).await?;
                }
            }
        }
        Ok(None)
    }

    /// Whether a ringing call is taken, and what the agent should know. That the caller could not
    /// be looked up is no reason to let it ring.
    pub async fn answer_call(&self, from_number: Option<String>) -> Result<Answered, Error> {
        let args = LookupArgs { phone: from_number, email: None };
        let caller = self.lookup(args).await.unwrap_or(None);
        self.ask(|reply| Message::AnswerCall { caller, reply }).await
    }

    /// Takes a slot for a caller, or says why not.
    pub async fn book(&self, args: BookArgs, call: Option<CallReport>) -> Result<Booking, Error> {
        let (args, call) = (Arc::new(args), call.map(Arc::new));
        let retell_call_id = call.as_ref().map(|call| call.retell_call_id.clone()).unwrap_or_default();
        self.decide(
            |command, looked_up| Message::Book {
                args: Arc::clone(&args),
                call: call.clone(),
                looked_up,
                command,
            },
            || lookups::call(self.tenants.store(), self.customer, &retell_call_id),
        )
        .await
    }

    /// Places an appointment by hand.
    pub async fn place(&self, placement: Placement) -> Result<Appointment, Error> {
        let placement = Arc::new(placement);
        self.change(|command| Message::Place { placement: Arc::clone(&placement), command }).await
    }

    /// Changes an appointment: its time, its details, its end; all of it or nothing.
    pub async fn edit(&self, id: AppointmentId, wish: Wish) -> Result<Appointment, Error> {
        let wish = Arc::new(wish);
        self.decide(
            |command, looked_up| Message::Edit { id, wish: Arc::clone(&wish), looked_up, command },
            || lookups::appointment(self.tenants.store(), self.customer, id),
        )
        .await
    }

    /// Moves an appointment.
    pub async fn reschedule(
        &self,
        id: AppointmentId,
        start: Timestamp,
        duration_minutes: Option<u32>,
        outside_hours: OutsideHours,
    ) -> Result<Appointment, Error> {
        let edit = Edit { start: Some(start), duration_minutes, ..Edit::default() };
        self.edit(id, Wish { edit, outside_hours, if_revision: None }).await
    }

    /// Calls an appointment off.
    pub async fn cancel(&self, id: AppointmentId, reason: Option<String>) -> Result<Appointment, Error> {
        let reason = reason.as_deref().and_then(|reason| kept(reason, REASON_MAX));
        self.edit(id, closing(Closing::Cancel { reason })).await
    }

    /// Marks an appointment as kept.
    pub async fn complete(&self, id: AppointmentId) -> Result<Appointment, Error> {
        self.edit(id, closing(Closing::Complete)).await
    }

    /// Marks an appointment as missed.
    pub async fn no_show(&self, id: AppointmentId) -> Result<Appointment, Error> {
        self.edit(id, closing(Closing::NoShow)).await
    }

    /// What the guest of an appointment may move it to.
    pub async fn offer_move(&self, id: AppointmentId, look: Look) -> Result<Offer, Error> {
        Ok(self.ask(|reply| Message::OfferMove { id, look, reply }).await??)
    }

    /// Moves an appointment for its guest: to a free slot, as long as nobody has changed it since
    /// `if_revision`.
    pub async fn move_by_guest(
        &self,
        id: AppointmentId,
        start: Timestamp,
        if_revision: i64,
    ) -> Result<Appointment, Error> {
        self.decide(
            |command, looked_up| Message::MoveByGuest { id, start, if_revision, looked_up, command },
            || lookups::appointment(self.tenants.store(), self.customer, id),
        )
        .await
    }

    /// Calls an appointment off for its guest, under the same condition.
    pub async fn cancel_by_guest(
        &self,
        id: AppointmentId,
        reason: Option<&str>,
        if_revision: i64,
    ) -> Result<Appointment, Error> {
        let reason = reason.and_then(|reason| kept(reason, REASON_MAX));
        let wish = closing(Closing::Cancel { reason });
        self.edit(id, Wish { if_revision: Some(if_revision), ..wish }).await
    }

    /// Queues the reminders that are due.
    pub async fn remind(&self) -> Result<(), Error> {
        self.change(|command| Message::Remind { command }).await
    }

    /// Sends the confirmation of a standing appointment once more; answers what was queued.
    pub async fn resend(
        &self,
        id: AppointmentId,
        channels: Vec<Channel>,
    ) -> Result<Vec<NotificationId>, Error> {
        let channels = Arc::new(channels);
        self.decide(
            |command, looked_up| Message::Resend { id, channels: Arc::clone(&channels), looked_up, command },
            || lookups::appointment(self.tenants.store(), self.customer, id),
        )
        .await
    }

    /// Counts a message as sent and charges it, once however often this is said.
    pub async fn message_accepted(&self, accepted: Accepted) -> Result<(), Error> {
        let accepted = Arc::new(accepted);
        let reference = reference(&accepted);
        self.decide(
            |command, looked_up| Message::ChargeSent { accepted: Arc::clone(&accepted), looked_up, command },
            || lookups::posted(self.tenants.store(), self.customer, &reference),
        )
        .await
    }

    /// Adds a payment to the balance; more than zero.
    pub async fn credit(&self, payment: ManualPosting) -> Result<LedgerLine, Error> {
        if payment.amount <= Money::ZERO {
            return Err(Refusal::NotACredit.into());
        }
        self.post(Category::TopUp, "topup", payment).await
    }

    /// Mends a mistake, either way.
    pub async fn adjust(&self, mending: ManualPosting) -> Result<LedgerLine, Error> {
        self.post(Category::Adjustment, "adjustment", mending).await
    }

    async fn post(&self, category: Category, kind: &str, manual: ManualPosting) -> Result<LedgerLine, Error> {
        let is_short = |text: &str| kept(text, POSTING_TEXT_MAX).is_some_and(|kept| kept == text);
        if ![&manual.key, &manual.description, &manual.author].into_iter().all(|text| is_short(text)) {
            return Err(Refusal::BadPosting.into());
        }
        let reference = format!("{kind}:{}", manual.key);
        let posting = Posting {
            category,
            amount: manual.amount,
            reference: reference.clone(),
            reference_id: None,
            description: manual.description,
            author: Some(manual.author),
        };
        let Posted { seq, amount, balance_after } = self
            .decide(
                |command, looked_up| Message::Post { posting: posting.clone(), looked_up, command },
                || lookups::posted(self.tenants.store(), self.customer, &reference),
            )
            .await?;
        Ok(LedgerLine { id: TransactionId(seq), amount, balance_after })
    }

    /// Changes who the customer is and what is set: all that is named, or nothing.
    pub async fn change_account(&self, edit: settings::Edit) -> Result<(), Error> {
        let edit = Arc::new(edit);
        self.change(|command| Message::ChangeAccount { edit: Arc::clone(&edit), command }).await
    }

    /// Sets rates, threshold, switches and booking rules.
    pub async fn change_settings(&self, settings: Settings) -> Result<(), Error> {
        self.change_account(settings::Edit::of_settings(settings)).await
    }

    /// Sets name, company, phone and time zone; address and status stay.
    pub async fn change_profile(&self, profile: Profile) -> Result<(), Error> {
        self.change_account(settings::Edit::of_profile(profile)).await
    }

    /// Sets the time zone of a customer that has not set one: it is where the first admin signs in.
    pub async fn adopt_timezone(&self, timezone: &str) -> Result<(), Error> {
        let timezone = timezone.to_owned();
        self.change(|command| Message::AdoptTimeZone { timezone: timezone.clone(), command }).await
    }

    /// Suspends: see `Status::Suspended`.
    pub async fn suspend(&self) -> Result<(), Error> {
        self.change(|command| Message::SetStatus { status: Status::Suspended, command }).await
    }

    /// Ends a suspension.
    pub async fn activate(&self) -> Result<(), Error> {
        self.change(|command| Message::SetStatus { status: Status::Active, command }).await
    }

    /// Adds a key; the one before it counts for 24 hours more.
    pub async fn add_credential(&self, purpose: Purpose, secret: &str) -> Result<(), Error> {
        self.change(|command| Message::AddCredential { purpose, secret: secret.to_owned(), command }).await
    }

    /// Ends all keys of Retell's at once; says whether there was one.
    pub async fn end_retell_keys(&self) -> Result<bool, Error> {
        self.change(|command| Message::EndRetellKeys { command }).await
    }

    /// Opens the week as given.
    pub async fn set_hours(&self, hours: WeeklyHours) -> Result<(), Error> {
        let hours = Box::new(hours);
        self.change(|command| Message::SetHours { hours: hours.clone(), command }).await
    }

    /// Takes a day's slots away.
    pub async fn block_date(&self, date: Date, reason: Option<String>) -> Result<(), Error> {
        let reason = reason.as_deref().and_then(|reason| kept(reason, REASON_MAX));
        self.change(|command| Message::BlockDate { date, reason: reason.clone(), command }).await
    }

    /// Gives a day's slots back.
    pub async fn unblock_date(&self, date: Date) -> Result<(), Error> {
        self.change(|command| Message::UnblockDate { date, command }).await
    }

    /// What memory holds, once all of it is committed: for the auditor.
    pub async fn snapshot(&self) -> Result<Snapshot, Error> {
        self.change(|command| Message::Vouch { command }).await
    }

    /// Where what the actor does not keep is read.
    pub(super) fn store(&self) -> &Store {
        self.tenants.store()
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
    async fn decide<T, R, F>(
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

    async fn ask<T: Send + 'static>(
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
async fn answered<T>(deadline: Instant, read: Pin<Box<impl Future<Output = Read<T>>>>) -> Result<T, Error> {
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
