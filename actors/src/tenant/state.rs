//! What the actor of one customer owns.

use std::collections::HashMap;
use std::sync::Arc;

use domain::appointments::Appointment;
use domain::audit::{self, Author};
use domain::billing::{BalanceState, Ledger, Posting};
use domain::calendar::{Calendar, WeeklyHours};
use domain::calls::CallReport;
use domain::customers::{Profile, Status};
use domain::ids::{AppointmentId, CustomerId, Digest32};
use domain::invoices::Books;
use domain::notifications::Occasion;
use domain::settings::Settings;
use domain::webhooks::{AppointmentData, Endpoint, EventKind, balance_data};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use ractor::{ActorProcessingErr, DerivedActorRef};

use super::Context;
use super::door::{Credentials, RetellKey};
use super::in_flight::InFlight;
use super::live_calls::LiveCalls;
use super::recent::{RecentCallers, RecentCalls, RecentPostings};
use crate::journal::{Journal, Reload};
use crate::news::{Board, News};
use crate::secrets::Purpose;
use crate::store::rows::{self, AuditRow, Rows};
use crate::store::tenants::{APPOINTMENTS_KEPT_HOURS, Loaded, blocked_from};

/// One tenant in memory.
///
/// Invariants: equal to the database plus the entries in flight; `seq` has handed out every id;
/// `calendar` holds exactly the times of the scheduled appointments in `appointments`.
pub(super) struct State {
    pub customer: CustomerId,
    /// Which activation this is; every write names it.
    pub epoch: i64,
    /// The tenant's clock: the last id handed out.
    pub seq: i64,
    /// The number of the last event: they are counted without gaps.
    pub event_seq: i64,
    pub ledger: Ledger,
    /// Where the balance stood at the last change, to tell a crossing from a stay.
    pub balance_state: BalanceState,
    pub profile: Profile,
    pub settings: Settings,
    /// How far fees and invoices have come.
    pub books: Books,
    pub calendar: Calendar,
    /// Who asked for what is being decided.
    pub author: Arc<Author>,
    /// The standing ones, and those changed since the activation.
    pub appointments: HashMap<AppointmentId, Appointment>,
    pub calls: RecentCalls,
    pub callers: RecentCallers,
    pub postings: RecentPostings,
    /// The ledger line of the last refund decided since the activation.
    pub last_refund: i64,
    pub live: LiveCalls,
    /// Where events go, in the order in which they were made.
    pub endpoints: Vec<Endpoint>,
    credentials: Arc<Credentials>,
    pub journal: Journal,
    /// Where what was committed is told.
    pub board: Board,
    pub reload_port: DerivedActorRef<Reload>,
    pub in_flight: InFlight,
}

impl State {
    /// Takes over what was loaded.
    pub fn new(
        customer: CustomerId,
        loaded: Loaded,
        context: &Context,
        reload_port: DerivedActorRef<Reload>,
    ) -> Result<Self, ActorProcessingErr> {
        let zone = TimeZone::get(&loaded.profile.timezone)?;
        let hours = WeeklyHours::new(loaded.hours)?;
        let mut calendar = Calendar::new(zone, hours, loaded.settings.booking);
        for (date, reason) in loaded.blocked {
            calendar.block(date, reason);
        }
        for appointment in &loaded.appointments {
            calendar.hold(appointment.start, appointment.end);
        }
        let mut credentials =
            Credentials { is_closed: loaded.profile.status == Status::Closed, ..Credentials::default() };
        for row in loaded.credentials {
            if row.kind == Purpose::ApiKey.as_str() {
                let digest = data_encoding::HEXLOWER.decode(row.digest.as_bytes())?;
                let digest: Digest32 = digest.try_into().map_err(|_| "a stored digest has no 32 bytes")?;
                credentials.api_keys.push((digest, row.expires_at));
            } else {
                let sealed = data_encoding::HEXLOWER.decode(row.sealed.as_bytes())?;
                let secret = context.vault.open(customer, Purpose::RetellKey, &sealed)?;
                credentials.retell_keys.push(RetellKey { secret, expires_at: row.expires_at });
            }
        }
        let balance_state = BalanceState::of(loaded.ledger.balance(), loaded.settings.low_balance_alert);
        let appointments = loaded.appointments.into_iter().map(|one| (one.id, one)).collect();
        Ok(Self {
            customer,
            epoch: loaded.epoch,
            seq: loaded.seq,
            event_seq: loaded.event_seq,
            ledger: loaded.ledger,
            balance_state,
            profile: loaded.profile,
            settings: loaded.settings,
            books: loaded.books,
            calendar,
            author: Arc::new(Author::system("server")),
            appointments,
            calls: RecentCalls::new(loaded.calls, loaded.has_all_calls),
            callers: RecentCallers::default(),
            postings: RecentPostings::default(),
            last_refund: 0,
            live: LiveCalls::default(),
            endpoints: loaded.endpoints,
            credentials: Arc::new(credentials),
            journal: context.journal.clone(),
            board: context.board.clone(),
            reload_port,
            in_flight: InFlight::default(),
        })
    }

    /// Whether the customer may use everything: neither suspended nor closed.
    pub fn is_active(&self) -> bool {
        self.profile.status == Status::Active
    }

    /// The next tick of the tenant's clock: an id, or the number of a change.
    pub fn tick(&mut self) -> i64 {
        self.seq += 1;
        self.seq
    }

    /// Writes a line of the ledger, and the events and alerts of a threshold it crosses.
    pub fn post(
        &mut self,
        posting: Posting,
        now: Timestamp,
        rows: &mut Rows,
    ) -> Result<(), domain::billing::LedgerRefusal> {
        let entry = self.ledger.post(posting, now)?;
        self.tell_crossing(now, rows);
        rows.transactions.push(rows::transaction(self.customer, entry));
        Ok(())
    }

    /// Compares the balance with the threshold, and tells what was crossed on the way down.
    pub fn tell_crossing(&mut self, now: Timestamp, rows: &mut Rows) {
        let threshold = self.settings.low_balance_alert;
        let state = BalanceState::of(self.ledger.balance(), threshold);
        for entered in self.balance_state.crossed(state) {
            let Some(kind) = EventKind::of_balance(entered) else { continue };
            let payload = balance_data(self.ledger.balance(), threshold);
            self.announce(kind, "balance".to_owned(), Some(payload), now, rows);
            self.queue_alert(entered, now, rows);
        }
        self.balance_state = state;
    }

    /// Writes a line of the audit log, under the name of whoever asked.
    pub fn audit(&self, change: audit::Change, now: Timestamp, rows: &mut Rows) {
        rows.audits.push(AuditRow::new(self.customer, &self.author, change, now));
    }

    /// Puts an appointment as it is now into memory and into `rows`, with its event and what its guest
    /// is `told`; answers it with its new revision.
    pub fn write_appointment(
        &mut self,
        mut appointment: Appointment,
        kind: EventKind,
        told: Option<Occasion>,
        now: Timestamp,
        rows: &mut Rows,
    ) -> Appointment {
        // As it is now: by the time it is delivered it may be elsewhere.
        let payload = serde_json::to_string(&AppointmentData::from(&appointment)).ok();
        self.announce(kind, appointment.id.to_string(), payload, now, rows);
        appointment.revision = self.seq;
        appointment.next_reminder_at = match told {
            _ if !appointment.holds_its_time() => None,
            Some(Occasion::Booked | Occasion::Moved) => self.settings.reminders.next(appointment.start, now),
            _ => appointment.next_reminder_at,
        };
        let before = self.appointments.insert(appointment.id, appointment.clone());
        if let Some(before) = before.as_ref().filter(|before| before.holds_its_time()) {
            self.calendar.release(before.start);
        }
        if appointment.holds_its_time() {
            self.calendar.hold(appointment.start, appointment.end);
        }
        rows.appointments.push(rows::appointment(self.customer, &appointment));
        if let Some(occasion) = told {
            self.tell_guest(&appointment, occasion, now, rows);
        }
        appointment
    }

    /// The same of one that was just booked.
    pub fn write_booked(&mut self, appointment: Appointment, now: Timestamp, rows: &mut Rows) -> Appointment {
        self.write_appointment(appointment, EventKind::AppointmentCreated, Some(Occasion::Booked), now, rows)
    }

    /// Lets go of what a fresh activation would not load either: appointments, which are looked up for
    /// whoever asks for one, and blocked dates, for which nobody asks.
    pub fn forget_past(&mut self, now: Timestamp) {
        let kept_from = now - SignedDuration::from_hours(APPOINTMENTS_KEPT_HOURS);
        let calendar = &mut self.calendar;
        self.appointments.retain(|_, appointment| {
            let is_past = appointment.end <= kept_from;
            if is_past && appointment.holds_its_time() {
                calendar.release(appointment.start);
            }
            !is_past
        });
        self.calendar.forget_blocked_before(blocked_from(now));
    }

    /// The keys, for the door.
    pub fn credentials(&self) -> Arc<Credentials> {
        Arc::clone(&self.credentials)
    }

    /// Changes the keys.
    pub fn change_credentials(&mut self, change: impl FnOnce(&mut Credentials)) {
        change(Arc::make_mut(&mut self.credentials));
    }

    /// A call is under way, unless it is known to be over.
    pub fn note_live(&mut self, report: &CallReport, now: Timestamp) {
        self.forget_ghosts(now);
        let has_ended = self
            .calls
            .get(&report.retell_call_id)
            .is_some_and(|call| call.stage > domain::calls::Stage::Started);
        if !has_ended && let Some(call) = self.live.begin(report, now) {
            self.board.put(self.customer, News::Live(call));
        }
    }

    /// Calls whose end got lost are over.
    pub fn forget_ghosts(&mut self, now: Timestamp) {
        for ghost in self.live.forget_ghosts(now) {
            self.board.put(self.customer, News::Live(ghost));
        }
    }

    /// Live calls are nowhere but in memory, so a reload keeps them.
    pub fn keep_live_calls(&mut self, before: State) {
        self.live = before.live;
    }

    /// Waits until every entry handed to the journal was answered, one way or the other.
    pub async fn entries_in_flight_end(self) {
        let in_flight = self.in_flight.clone();
        drop(self);
        in_flight.end().await;
    }

    /// Asserted at every change: wrong money is worse than a stopped tenant.
    pub fn check_invariants(&self) {
        assert!(self.ledger.seq() <= self.seq, "every ledger line took a tick of the tenant's clock");
        debug_assert_eq!(
            self.calendar.held().count(),
            self.appointments.values().filter(|appointment| appointment.holds_its_time()).count(),
            "the calendar holds the scheduled appointments and nothing else"
        );
    }
}
