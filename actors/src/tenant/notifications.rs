//! Messages of one tenant: queued in the commit of what they tell of, charged in the commit in which they
//! count as sent. Whether one still goes out is decided when it is sent, by `domain::notifications`.

use std::sync::Arc;

use domain::appointments::Appointment;
use domain::audit;
use domain::billing::{BalanceState, Category, Posting};
use domain::ids::{AppointmentId, InvoiceId, NotificationId};
use domain::money::Money;
use domain::notifications::{Channel, Occasion, TO_THE_ADMINS, Topic, cost};
use jiff::{SignedDuration, Timestamp};
use jiff_sqlx::ToSqlx;
use serde_json::json;

use super::appointments::desk::kept;
use super::decision::{Decision, LookedUp};
use super::handle::TenantHandle;
use super::message::Message;
use super::state::State;
use crate::error::{Error, Refusal};
use crate::store::lookups;
use crate::store::lookups::Posted;
use crate::store::rows::{self, NotificationRow, Rows, SentRow};

/// Whoever drags an appointment often drags it again: the guest hears of the last place only.
const MOVES_SETTLE: SignedDuration = SignedDuration::from_secs(10);

/// A message that its carrier has accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// Which.
    pub id: NotificationId,
    /// What it was about: only messages to guests are charged.
    pub topic: Topic,
    /// By which way.
    pub channel: Channel,
    /// `apt_12`: what the charge is for.
    pub appointment: Option<AppointmentId>,
    /// Of a mail.
    pub subject: Option<String>,
    /// As it was sent, as text.
    pub content: String,
    /// Of a text message.
    pub parts: Option<u32>,
    /// Under which the carrier knows it.
    pub provider_id: Option<String>,
    /// When it was accepted.
    pub at: Timestamp,
}

impl State {
    /// Queues what a guest is told, by each way that the business uses and the guest has.
    pub fn tell_guest(
        &mut self,
        appointment: &Appointment,
        occasion: Occasion,
        now: Timestamp,
        rows: &mut Rows,
    ) {
        if appointment.start <= now {
            return;
        }
        let due = if occasion == Occasion::Moved { now + MOVES_SETTLE } else { now };
        for channel in Channel::ALL {
            self.queue(appointment, occasion, channel, (false, due), now, rows);
        }
    }

    /// Confirms a standing appointment by a way that has another address now: whoever has the one before
    /// it may be a stranger.
    pub fn tell_new_address(
        &mut self,
        before: &Appointment,
        after: &Appointment,
        now: Timestamp,
        rows: &mut Rows,
    ) {
        if !after.holds_its_time() || after.start <= now {
            return;
        }
        for channel in Channel::ALL {
            if channel.address(&after.guest) != channel.address(&before.guest) {
                self.queue(after, Occasion::Booked, channel, (false, now), now, rows);
            }
        }
    }

    /// Queues one message, where the guest can be reached that way and the business wants it; answers
    /// its id.
    fn queue(
        &mut self,
        appointment: &Appointment,
        occasion: Occasion,
        channel: Channel,
        (is_resend, due): (bool, Timestamp),
        now: Timestamp,
        rows: &mut Rows,
    ) -> Option<NotificationId> {
        let is_enabled = match channel {
            Channel::Email => self.settings.email_enabled,
            Channel::Sms => self.settings.sms_enabled,
        };
        let recipient = channel.address(&appointment.guest).filter(|_| is_enabled)?.to_owned();
        let id = self.tick();
        let starts_at = (occasion == Occasion::Reminder).then(|| appointment.start.to_sqlx());
        rows.notifications.push(NotificationRow {
            appointment_id: Some(appointment.id.0),
            is_resend,
            starts_at,
            ..self.notification(id, channel, Topic::Appointment(occasion), recipient, due, now)
        });
        Some(NotificationId(id))
    }

    /// Queues the alert to the admins that a balance which falls causes.
    pub fn queue_alert(&mut self, entered: BalanceState, now: Timestamp, rows: &mut Rows) {
        self.queue_to_admins(Topic::Balance(entered), now, rows);
    }

    /// Queues a mail to the admins.
    pub fn queue_to_admins(&mut self, topic: Topic, now: Timestamp, rows: &mut Rows) {
        let (id, to) = (self.tick(), TO_THE_ADMINS.to_owned());
        let row = self.notification(id, Channel::Email, topic, to, now, now);
        rows.notifications.push(row);
    }

    /// Queues a mail to the admins about an invoice.
    pub fn queue_invoice(&mut self, topic: Topic, invoice: InvoiceId, now: Timestamp, rows: &mut Rows) {
        self.queue_to_admins(topic, now, rows);
        if let Some(row) = rows.notifications.last_mut() {
            row.invoice_id = Some(invoice.0);
        }
    }

    fn notification(
        &self,
        id: i64,
        channel: Channel,
        topic: Topic,
        recipient: String,
        due: Timestamp,
        now: Timestamp,
    ) -> NotificationRow {
        NotificationRow {
            customer_id: self.customer.0,
            id,
            appointment_id: None,
            r#type: channel.as_str().to_owned(),
            recipient,
            template: topic.as_str().to_owned(),
            is_resend: false,
            starts_at: None,
            due_at: due.to_sqlx(),
            created_at: now.to_sqlx(),
            invoice_id: None,
        }
    }

    /// Puts another time of the next reminder into memory and into `rows`. That is no change of the
    /// appointment: its revision stays.
    fn plan_reminder(&mut self, id: AppointmentId, next: Option<Timestamp>, rows: &mut Rows) {
        let customer = self.customer;
        if let Some(appointment) = self.appointments.get_mut(&id) {
            appointment.next_reminder_at = next;
            rows.appointments.push(rows::appointment(customer, appointment));
        }
    }
}

/// Plans the reminders of all that stand anew. The caller has moved the clock.
pub(super) fn plan_reminders(state: &mut State, now: Timestamp, rows: &mut Rows) {
    let reminders = state.settings.reminders.clone();
    let standing = state.appointments.values().filter(|appointment| appointment.holds_its_time());
    // One that is due and about to be queued is not taken back.
    let to_come = standing.filter(|appointment| appointment.next_reminder_at.is_none_or(|at| at > now));
    let plans = to_come.map(|appointment| {
        (appointment.id, appointment.next_reminder_at, reminders.next(appointment.start, now))
    });
    let changed: Vec<_> = plans.filter(|(_, before, next)| before != next).collect();
    for (id, _, next) in changed {
        state.plan_reminder(id, next, rows);
    }
}

/// Queues the reminders that are due, one for each appointment and way: of several that were missed, the
/// last one says it all. What has begun is not reminded of.
pub(super) fn remind(state: &mut State, now: Timestamp) -> Decision<()> {
    let is_due = |appointment: &&Appointment| {
        appointment.holds_its_time() && appointment.next_reminder_at.is_some_and(|at| at <= now)
    };
    let due: Vec<Appointment> = state.appointments.values().filter(is_due).cloned().collect();
    if due.is_empty() {
        return Decision::known(());
    }
    let mut rows = Rows::default();
    state.tick();
    for appointment in due {
        let next = state.settings.reminders.next(appointment.start, now);
        state.plan_reminder(appointment.id, next, &mut rows);
        state.tell_guest(&appointment, Occasion::Reminder, now, &mut rows);
    }
    Decision::write((), rows)
}

/// Sends the confirmation of a standing appointment once more; answers what was queued.
pub(super) fn resend(
    state: &mut State,
    id: AppointmentId,
    channels: &[Channel],
    looked_up: Option<LookedUp<Appointment>>,
    now: Timestamp,
) -> Decision<Vec<NotificationId>> {
    let appointment = match kept(state, id, looked_up) {
        Ok(appointment) => appointment,
        Err(missing) => return missing.into(),
    };
    if !state.is_active() {
        return Decision::refuse(Refusal::Suspended);
    }
    if !appointment.holds_its_time() || appointment.start <= now {
        return Decision::refuse(Refusal::NothingToConfirm);
    }
    let mut rows = Rows::default();
    let sent_anew = (true, now);
    let queued: Vec<NotificationId> = channels
        .iter()
        .filter_map(|channel| {
            state.queue(&appointment, Occasion::Booked, *channel, sent_anew, now, &mut rows)
        })
        .collect();
    if queued.is_empty() {
        return Decision::refuse(Refusal::NoWayToTheGuest);
    }
    let ways: Vec<&str> = rows.notifications.iter().map(|row| row.r#type.as_str()).collect();
    let line = audit::Change::of("appointment.resent", id.to_string()).to(json!({ "channels": ways }));
    state.audit(line, now, &mut rows);
    Decision::write(queued, rows)
}

/// A message counts as sent and is charged, once, in one commit.
pub(super) fn settle_accepted(
    state: &mut State,
    accepted: &Accepted,
    looked_up: Option<LookedUp<Posted>>,
    now: Timestamp,
) -> Decision<()> {
    let reference = reference(accepted);
    let posted = match (state.postings.get(&reference), looked_up) {
        (Some(posted), _) => Some(posted),
        (None, Some(found)) if found.epoch == state.epoch => found.row,
        (None, _) => return Decision::LookUp,
    };
    if posted.is_some() {
        return Decision::known(());
    }
    let mut rows = Rows::default();
    state.tick();
    let mut price = match accepted.topic.is_charged() {
        true => cost(&state.settings.rates, accepted.channel, accepted.parts.unwrap_or(1)),
        false => Money::ZERO,
    };
    if price != Money::ZERO {
        let posting = Posting {
            category: match accepted.channel {
                Channel::Email => Category::Email,
                Channel::Sms => Category::Sms,
            },
            amount: -price,
            reference: reference.clone(),
            reference_id: Some(accepted.id.to_string()),
            description: description(accepted),
            author: None,
        };
        match state.post(posting, now, &mut rows) {
            Ok(()) => {
                let (seq, balance_after) = (state.ledger.seq(), state.ledger.balance());
                state.postings.remember(reference, Posted { seq, amount: -price, balance_after });
            }
            // It has gone out: what cannot be charged is free.
            Err(refusal) => {
                tracing::error!(%refusal, "a message could not be charged");
                price = Money::ZERO;
            }
        }
    }
    rows.sent.push(SentRow {
        customer_id: state.customer.0,
        id: accepted.id.0,
        subject: accepted.subject.clone(),
        content: accepted.content.clone(),
        parts: accepted.parts.and_then(|parts| i32::try_from(parts).ok()),
        provider_id: accepted.provider_id.clone(),
        cost: price.amount(),
        sent_at: accepted.at.to_sqlx(),
    });
    Decision::write((), rows)
}

/// The source of a message's charge, unique within the tenant: `sms:12`, `email:13`.
pub(super) fn reference(accepted: &Accepted) -> String {
    format!("{}:{}", accepted.channel.as_str(), accepted.id.0)
}

fn description(accepted: &Accepted) -> String {
    let what = match (accepted.channel, accepted.parts) {
        (Channel::Email, _) => "E-mail".to_owned(),
        (Channel::Sms, Some(parts)) if parts > 1 => format!("Text message of {parts} parts"),
        (Channel::Sms, _) => "Text message".to_owned(),
    };
    match accepted.appointment {
        Some(appointment) => format!("{what} about {appointment}"),
        None => what,
    }
}

impl TenantHandle {
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
            || lookups::appointment(self.store(), self.customer(), id),
        )
        .await
    }

    /// Counts a message as sent and charges it, once however often this is said.
    pub async fn message_accepted(&self, accepted: Accepted) -> Result<(), Error> {
        let accepted = Arc::new(accepted);
        let reference = reference(&accepted);
        self.decide(
            |command, looked_up| Message::ChargeSent { accepted: Arc::clone(&accepted), looked_up, command },
            || lookups::posted(self.store(), self.customer(), &reference),
        )
        .await
    }
}
