//! The two ways a request to a tenant can fail: it was refused, or it could not be decided.

use domain::appointments::{Appointment, AppointmentRefusal};
use domain::billing::LedgerRefusal;
use domain::calendar::{BlockRefusal, SlotRefusal};
use domain::customers::RegistrationRefusal;
use domain::settings::{EditRefusal, SettingsRefusal};
use domain::template::TemplateRefusal;
use domain::users::UserRefusal;
use domain::webhooks::EndpointRefusal;

/// Why a request to a tenant has no result.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Error {
    /// Decided, and the answer is no. Asking again changes nothing.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Not decided, or decided and lost before it was certain. Asking again is right and safe.
    #[error("the service is not available just now: {0}")]
    Unavailable(Unavailable),
}

/// Why something could not be decided now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unavailable {
    /// Too much is waiting already.
    #[error("too many requests are waiting")]
    Overloaded,
    /// No answer within the time allowed; the outcome is unknown.
    #[error("no answer in time")]
    Late,
    /// The entry was lost with its batch, or its tenant fell; the outcome is unknown.
    #[error("the outcome is unknown")]
    Lost,
    /// The database does not answer.
    #[error("the database does not answer")]
    Database,
    /// The server is going down.
    #[error("the server is shutting down")]
    ShuttingDown,
}

/// A decided no, named as a person would say it.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Refusal {
    /// There is no such customer, or the key is not one of theirs.
    #[error("there is no such customer")]
    UnknownCustomer,
    /// The customer is suspended.
    #[error("this customer is suspended")]
    Suspended,
    /// The customer is closed.
    #[error("this customer is closed")]
    Closed,
    /// The time cannot be had.
    #[error(transparent)]
    Slot(#[from] SlotRefusal),
    /// There is no such appointment.
    #[error("there is no such appointment")]
    UnknownAppointment,
    /// Somebody has changed the appointment meanwhile; this is how it is now.
    #[error("somebody has changed this appointment meanwhile")]
    Changed(Box<Appointment>),
    /// The appointment cannot change that way.
    #[error(transparent)]
    Appointment(#[from] AppointmentRefusal),
    /// An appointment that does not stand, or is over, needs no confirmation.
    #[error("only an appointment that is still to come can be confirmed")]
    NothingToConfirm,
    /// The guest has neither, or the business has switched them off.
    #[error("there is no way to reach the guest: no address or number, or messages are switched off")]
    NoWayToTheGuest,
    /// The ledger cannot take it.
    #[error(transparent)]
    Ledger(#[from] LedgerRefusal),
    /// A top-up is more than zero.
    #[error("a top-up must be more than zero")]
    NotACredit,
    /// The same key was used for another amount.
    #[error("this key was already used for another amount")]
    KeyReused,
    /// A key, description or author is missing, too long, or has white space around it.
    #[error("a key, a description and an author of 1 to 200 bytes are needed")]
    BadPosting,
    /// Settings out of bounds.
    #[error(transparent)]
    Settings(#[from] SettingsRefusal),
    /// Words for guests that could not be filled in.
    #[error(transparent)]
    Template(#[from] TemplateRefusal),
    /// There is no such endpoint.
    #[error("there is no such endpoint")]
    UnknownEndpoint,
    /// The endpoint cannot be as wished.
    #[error(transparent)]
    Endpoint(#[from] EndpointRefusal),
    /// The customer's details cannot be registered.
    #[error(transparent)]
    Registration(#[from] RegistrationRefusal),
    /// The address belongs to another customer.
    #[error("a customer with this e-mail address exists")]
    EmailTaken,
    /// Too many keys of a kind count already.
    #[error("too many keys count already; the old ones end a day after they were replaced")]
    TooManyKeys,
    /// The user cannot be as wished.
    #[error(transparent)]
    User(#[from] UserRefusal),
    /// There is no such entry, or it charged nothing.
    #[error("there is no such charge")]
    UnknownTransaction,
    /// An entry gives back no more than it charged.
    #[error("no more can be given back than was charged")]
    RefundTooLarge,
    /// The invoice on which the charge is was taken back, and with it the charge.
    #[error("the invoice of this charge was taken back, and the charge with it")]
    ChargeTakenBack,
    /// There is no such invoice.
    #[error("there is no such invoice")]
    UnknownInvoice,
    /// The invoice was taken back before.
    #[error("this invoice was taken back already")]
    InvoiceVoid,
    /// Taking an invoice back would give some of its charges back twice.
    #[error("charges of this invoice were given back one by one; give back the others so, too")]
    InvoiceRefunded,
    /// The day cannot be blocked, or not opened again.
    #[error(transparent)]
    Block(#[from] BlockRefusal),
    /// The day is not blocked.
    #[error("that day is not blocked")]
    NotBlocked,
}

impl From<EditRefusal> for Refusal {
    fn from(refusal: EditRefusal) -> Self {
        match refusal {
            EditRefusal::Profile(refusal) => Self::Registration(refusal),
            EditRefusal::Settings(refusal) => Self::Settings(refusal),
        }
    }
}

impl From<sqlx::Error> for Error {
    /// The database's own words go to the log, once, here; the caller can only try again.
    fn from(error: sqlx::Error) -> Self {
        tracing::error!(%error, "a statement failed");
        Self::Unavailable(Unavailable::Database)
    }
}
