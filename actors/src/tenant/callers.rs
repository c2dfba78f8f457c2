//! What is known of a caller, and what an agent is told when the telephone rings.

use domain::appointments::Appointment;
use domain::billing::BalanceState;
use domain::calendar::Slot;
use domain::ids::{AppointmentId, CallId};
use domain::retell::functions::LookupArgs;
use jiff::Timestamp;
use jiff::civil::DateTime;

use super::handle::{TenantHandle, answered};
use super::message::Message;
use super::state::State;
use crate::error::Error;
use crate::store::callers;
use crate::store::callers::CallerRow;

/// Slots an agent is given when the telephone rings.
const SLOTS_TOLD: usize = 3;

/// What is known of a caller.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CallerFound {
    /// Who it is, where an appointment ever said so.
    pub name: Option<String>,
    /// E.164 where it parses.
    pub phone: Option<String>,
    /// Where mail reaches him.
    pub email: Option<String>,
    /// Standing appointments still to come: id and wall time of the business, in order.
    pub upcoming: Vec<(AppointmentId, DateTime)>,
    /// The last call from this number.
    pub last_call: Option<LastCall>,
    /// Calls from this number in all.
    pub calls_total: i64,
}

/// The last call of a caller.
#[derive(Debug, Clone, PartialEq)]
pub struct LastCall {
    /// `call_<id>`.
    pub id: CallId,
    /// When it began.
    pub at: Timestamp,
    /// Whole seconds.
    pub duration_seconds: i32,
    /// What it was about, cut.
    pub summary: Option<String>,
}

/// The answer to a lookup.
#[derive(Debug)]
pub(crate) enum CallerAnswer {
    /// Nobody, or somebody with nothing recorded.
    Unknown,
    /// This is known.
    Found(CallerFound),
    /// Memory does not say: read the records and ask again with them.
    Read,
}

/// Whether a ringing call is taken.
#[derive(Debug, Clone, PartialEq)]
pub enum Answered {
    /// The customer is suspended or has no balance left.
    Declined,
    /// It is, and this is what the agent should know.
    Accepted(Box<Greeting>),
}

/// What an agent should know when it answers.
#[derive(Debug, Clone, PartialEq)]
pub struct Greeting {
    /// What the business is called.
    pub company: String,
    /// IANA name of its zone.
    pub timezone: String,
    /// What its clock shows.
    pub local_now: DateTime,
    /// Whether it is within opening hours.
    pub is_open: bool,
    /// The next free slots of the default length.
    pub next_slots: Vec<Slot>,
    /// Who calls, where that is known.
    pub caller: Option<CallerFound>,
}

/// What is known of a caller, from memory; `read` is what the records say where memory could not.
pub(super) fn lookup(
    state: &mut State,
    args: LookupArgs,
    read: Option<CallerRow>,
    now: Timestamp,
) -> CallerAnswer {
    let kept = args.phone.as_ref().and_then(|phone| state.callers.get(phone)).cloned();
    let row = match (kept, read) {
        (Some(kept), _) => kept,
        (None, Some(read)) => {
            // Only if nothing has happened since it was read: from now on memory counts on.
            if read.seq == state.seq
                && let Some(phone) = &args.phone
            {
                state.callers.remember(phone.clone(), read.clone());
            }
            read
        }
        (None, None) if args == LookupArgs::default() => return CallerAnswer::Unknown,
        (None, None) => return CallerAnswer::Read,
    };
    let phone = args.phone.or(row.phone);
    let is_theirs = |appointment: &Appointment| match (&phone, &args.email) {
        (Some(phone), _) => appointment.guest.phone.as_ref() == Some(phone),
        (None, Some(email)) => appointment.guest.email.as_ref() == Some(email),
        (None, None) => false,
    };
    let mut theirs: Vec<&Appointment> =
        state.appointments.values().filter(|appointment| is_theirs(appointment)).collect();
    theirs.sort_unstable_by_key(|appointment| appointment.created_at);
    let latest = |field: fn(&Appointment) -> &Option<String>| {
        theirs.iter().rev().find_map(|appointment| field(appointment).clone())
    };
    let name = latest(|appointment| &appointment.guest.name).or(row.name);
    let email = latest(|appointment| &appointment.guest.email).or(row.email).or(args.email);
    let mut upcoming: Vec<_> = theirs
        .iter()
        .filter(|appointment| appointment.holds_its_time() && appointment.start > now)
        .map(|appointment| (appointment.start, appointment.id))
        .collect();
    upcoming.sort_unstable();
    if row.calls_total == 0 && name.is_none() && theirs.is_empty() {
        return CallerAnswer::Unknown;
    }
    let zone = state.calendar.time_zone();
    CallerAnswer::Found(CallerFound {
        name,
        phone,
        email,
        upcoming: upcoming.into_iter().map(|(start, id)| (id, zone.to_datetime(start))).collect(),
        last_call: row.last_call.map(|call| LastCall {
            id: call.id,
            at: call.at,
            duration_seconds: call.duration_seconds,
            summary: call.summary,
        }),
        calls_total: row.calls_total,
    })
}

/// Whether a ringing call is taken, and what the agent should know.
pub(super) fn answer_call(state: &State, caller: Option<CallerFound>, now: Timestamp) -> Answered {
    let has_credit = state.balance_state != BalanceState::Depleted;
    if !state.is_active() || !has_credit {
        return Answered::Declined;
    }
    let calendar = &state.calendar;
    let duration = state.settings.booking.default_duration_minutes;
    Answered::Accepted(Box::new(Greeting {
        company: state.profile.shown_name().to_owned(),
        timezone: state.profile.timezone.clone(),
        local_now: calendar.time_zone().to_datetime(now),
        is_open: calendar.is_open_at(now),
        next_slots: calendar.next_free(calendar.today(now), duration, now, SLOTS_TOLD),
        caller,
    }))
}

impl TenantHandle {
    /// What is known of a caller.
    pub async fn lookup(&self, args: LookupArgs) -> Result<Option<CallerFound>, Error> {
        let mut read = None;
        for _ in 0..2 {
            let (args_now, read_now) = (args.clone(), read.take());
            match self.ask(|reply| Message::Lookup { args: args_now, read: read_now, reply }).await? {
                CallerAnswer::Found(found) => return Ok(Some(found)),
                CallerAnswer::Unknown => return Ok(None),
                CallerAnswer::Read => {
                    let find = callers::find(self.store(), self.customer(), &args);
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
}
