//! What a tenant can be asked. Reply ports come last.

use std::sync::Arc;

use domain::appointments::Appointment;
use domain::billing::Posting;
use domain::calendar::{Look, Offer, WeeklyHours};
use domain::calls::{Call, CallReport, LiveCall};
use domain::customers::Status;
use domain::ids::{AppointmentId, EndpointId, EventId, InvoiceId, NotificationId, TransactionId};
use domain::invoices::Terms;
use domain::notifications::{Channel, Occasion};
use domain::retell::functions::{AvailabilityArgs, BookArgs, LookupArgs};
use domain::settings::Edit;
use domain::template::Template;
use domain::webhooks::{self, Endpoint, New};
use jiff::Timestamp;
use jiff::civil::Date;
use tokio::sync::oneshot;

use super::appointments::Booking;
use super::appointments::desk::{Placement, Wish};
use super::calendar::Availability;
use super::callers::{Answered, CallerAnswer, CallerFound};
use super::calls::Recorded;
use super::decision::{Command, LookedUp};
use super::invoices::Closed;
use super::notifications::Accepted;
use super::refunds::Refund;
use super::settings::Snapshot;
use crate::error::Refusal;
use crate::journal::Reload;
use crate::secrets::Purpose;
use crate::store::callers::CallerRow;
use crate::store::invoices::Stated;
use crate::store::lookups::{Posted, Refundable, Voidable};

/// Everything a tenant's actor handles.
pub(crate) enum Message {
    /// What the report tells is stored, charged and announced, once.
    RecordCall { report: Arc<CallReport>, looked_up: Option<LookedUp<Call>>, command: Command<Recorded> },
    /// The call counts as under way until it ends or expires.
    NoteLive { report: Box<CallReport> },
    /// The calls under way, the latest first.
    LiveCalls { reply: oneshot::Sender<Vec<Arc<LiveCall>>> },
    /// The free slots of the day asked for.
    Availability { args: AvailabilityArgs, reply: oneshot::Sender<Availability> },
    /// What is known of a caller; `read` is what the database says where memory knew nothing.
    Lookup { args: LookupArgs, read: Option<CallerRow>, reply: oneshot::Sender<CallerAnswer> },
    /// Whether a ringing call is taken, and what the agent should know.
    AnswerCall { caller: Option<CallerFound>, reply: oneshot::Sender<Answered> },
    /// The slot is the caller's, or he is told why not and what else there is.
    Book {
        args: Arc<BookArgs>,
        call: Option<Arc<CallReport>>,
        looked_up: Option<LookedUp<Call>>,
        command: Command<Booking>,
    },
    /// The time is the guest's.
    Place { placement: Arc<Placement>, command: Command<Appointment> },
    /// The appointment is as wished: elsewhere, with other details, closed.
    Edit {
        id: AppointmentId,
        wish: Arc<Wish>,
        looked_up: Option<LookedUp<Appointment>>,
        command: Command<Appointment>,
    },
    /// What the guest of this appointment may move it to, or why it cannot be moved.
    OfferMove { id: AppointmentId, look: Look, reply: oneshot::Sender<Result<Offer, Refusal>> },
    /// The appointment is at the free slot its guest has chosen.
    MoveByGuest {
        id: AppointmentId,
        start: Timestamp,
        if_revision: i64,
        looked_up: Option<LookedUp<Appointment>>,
        command: Command<Appointment>,
    },
    /// The reminders that are due are queued.
    Remind { command: Command<()> },
    /// The confirmation goes out once more by these ways.
    Resend {
        id: AppointmentId,
        channels: Arc<Vec<Channel>>,
        looked_up: Option<LookedUp<Appointment>>,
        command: Command<Vec<NotificationId>>,
    },
    /// A message was taken by its carrier: it is charged.
    ChargeSent { accepted: Arc<Accepted>, looked_up: Option<LookedUp<Posted>>, command: Command<()> },
    /// The ledger has the line, once for its reference.
    Post { posting: Posting, looked_up: Option<LookedUp<Posted>>, command: Command<Posted> },
    /// A charge is given back.
    Refund { refund: Arc<Refund>, looked_up: Option<LookedUp<Refundable>>, command: Command<Posted> },
    /// The monthly fees that are due are debited.
    DebitFees { command: Command<usize> },
    /// The oldest month that is over is closed.
    CloseMonth { terms: Arc<Terms>, looked_up: Option<LookedUp<Stated>>, command: Command<Closed> },
    /// What is overdue is said to be.
    MarkOverdue { command: Command<usize> },
    /// The invoice is taken back.
    VoidInvoice {
        id: InvoiceId,
        reason: Arc<str>,
        looked_up: Option<LookedUp<Voidable>>,
        command: Command<Option<TransactionId>>,
    },
    /// Who the customer is and what is set are as wished, all of it or nothing.
    ChangeAccount { edit: Arc<Edit>, command: Command<()> },
    /// A business that has set no time zone is in this one.
    AdoptTimeZone { timezone: String, command: Command<()> },
    /// The customer is suspended, active again, or closed.
    SetStatus { status: Status, command: Command<()> },
    /// The key counts; those before it for a day more.
    AddCredential { purpose: Purpose, secret: String, command: Command<()> },
    /// No key of Retell's counts any more; whether one did.
    EndRetellKeys { command: Command<bool> },
    /// Guests read these words.
    SetTemplate { occasion: Occasion, channel: Channel, template: Arc<Template>, command: Command<()> },
    /// Guests read the platform's words.
    ResetTemplate { occasion: Occasion, channel: Channel, command: Command<()> },
    /// There is one endpoint more, which signs with this secret.
    CreateEndpoint { new: Arc<New>, secret: Arc<str>, command: Command<Endpoint> },
    /// The endpoint is as wished.
    EditEndpoint { id: EndpointId, edit: Arc<webhooks::Edit>, command: Command<Endpoint> },
    /// The endpoint signs with this secret; with the one before it for a day more.
    RotateEndpointSecret { id: EndpointId, secret: Arc<str>, command: Command<Endpoint> },
    /// There is no such endpoint any more.
    RemoveEndpoint { id: EndpointId, command: Command<()> },
    /// Nobody answers there: nothing more is sent, and the admins are told.
    SwitchOffEndpoint { id: EndpointId, why: webhooks::State, command: Command<()> },
    /// A test is on its way there.
    TestEndpoint { id: EndpointId, command: Command<EventId> },
    /// The week is open as given.
    SetHours { hours: Box<WeeklyHours>, command: Command<()> },
    /// No slot on that day.
    BlockDate { date: Date, reason: Option<String>, command: Command<()> },
    /// Slots again on that day.
    UnblockDate { date: Date, command: Command<()> },
    /// What memory says, once everything before it is committed.
    Vouch { command: Command<Snapshot> },
    /// Start times have lied: until the next activation every unknown call is looked up. The answer
    /// is the epoch memory is in.
    Distrust { reply: oneshot::Sender<i64> },
    /// An entry was lost.
    Reload(Reload),
    /// Whether to leave memory.
    IdleCheck,
}

impl From<Reload> for Message {
    fn from(reload: Reload) -> Self {
        Self::Reload(reload)
    }
}

/// Another message.
#[derive(Debug)]
pub(crate) struct NotAReload;

impl TryFrom<Message> for Reload {
    type Error = NotAReload;

    /// Asked for by ractor's derived references; nobody takes a reload back out.
    fn try_from(message: Message) -> Result<Self, NotAReload> {
        match message {
            Message::Reload(reload) => Ok(reload),
            _ => Err(NotAReload),
        }
    }
}
