//! The actor of one customer: owns the balance and the calendar in memory, decides every change.
//!
//! A command goes *decide* (pure, in the domain) → *journal* → *answer*; memory is ahead of the
//! database by the batch in flight, and nobody is told before the commit. Nothing here waits for
//! the database but loading. `Err` from `handle` means that memory cannot be trusted and cannot be
//! reloaded now: the actor stops, its callers are told to come back, the next one activates anew.
//!
//! Reading order: `message` (what can be asked), `state` (what is owned), then a feature each:
//! `calls`, `appointments`, `calendar`, `billing`, `invoices`, `notifications`, `templates`, `settings`,
//! `callers`.

mod appointments;
mod billing;
mod calendar;
mod callers;
mod calls;
mod decision;
mod door;
mod handle;
mod in_flight;
mod invoices;
mod live_calls;
mod message;
mod notifications;
mod recent;
mod refunds;
mod settings;
mod state;
mod templates;
mod webhooks;

use std::sync::Arc;
use std::time::{Duration, Instant};

use domain::ids::CustomerId;
use ractor::{Actor, ActorProcessingErr, ActorRef};

pub use appointments::desk::{Placement, Wish};
pub use appointments::{Booked, Booking, Declined};
pub use billing::{LedgerLine, ManualPosting, Received};
pub use calendar::Availability;
pub use callers::{Answered, CallerFound, Greeting, LastCall};
pub use calls::Recorded;
pub(crate) use door::{Admission, Door};
pub use door::{Credentials, RetellKey};
pub use handle::TenantHandle;
pub use invoices::Closed;
pub(crate) use message::Message;
pub use notifications::Accepted;
pub use settings::{ROTATION_HOURS, Snapshot};

use crate::clock::Clock;
use crate::journal::{Journal, Urgency, reload_port};
use crate::metrics::Metrics;
use crate::news::{Board, News};
use crate::secrets::Vault;
use crate::store::Store;
use crate::store::tenants::claim;
use decision::Command;
use state::State;

/// A load that takes longer has failed: above the server's own time limits, so that as a rule the
/// server speaks first.
const LOAD_SECONDS: u64 = 6;

/// What every tenant works with.
pub(crate) struct Context {
    pub store: Store,
    pub journal: Journal,
    pub clock: Clock,
    pub vault: Vault,
    pub metrics: Metrics,
    pub board: Board,
    /// How long a tenant stays in memory after its last message.
    pub idle: Duration,
}

/// The actor.
pub(crate) struct Tenant {
    pub customer: CustomerId,
    pub context: Arc<Context>,
    pub door: Arc<Door>,
}

/// `state` is `None` only before [`Actor::post_start`] has loaded.
pub(crate) struct Memory {
    state: Option<State>,
    last_message: Instant,
}

impl Actor for Tenant {
    type Msg = Message;
    type State = Memory;
    type Arguments = ();

    async fn pre_start(&self, _: ActorRef<Message>, (): ()) -> Result<Memory, ActorProcessingErr> {
        Ok(Memory { state: None, last_message: Instant::now() })
    }

    /// Loads here, not in `pre_start`: only now a failure reaches the supervisor.
    async fn post_start(
        &self,
        myself: ActorRef<Message>,
        memory: &mut Memory,
    ) -> Result<(), ActorProcessingErr> {
        let loaded = self.load(&myself, None).await;
        match loaded {
            Ok(Some(state)) => {
                self.door.open(state.credentials());
                memory.state = Some(state);
                myself.send_after(self.context.idle, || Message::IdleCheck);
            }
            Ok(None) => {
                self.door.admit(Admission::Absent);
                myself.stop(None);
            }
            Err(error) => {
                self.door.admit(Admission::Failed);
                return Err(error);
            }
        }
        Ok(())
    }

    async fn handle(
        &self,
        myself: ActorRef<Message>,
        message: Message,
        memory: &mut Memory,
    ) -> Result<(), ActorProcessingErr> {
        match message {
            Message::Reload(lost) => return self.reload(&myself, memory, lost.epoch).await,
            Message::IdleCheck => self.rest_if_idle(&myself, memory),
            // Looking on keeps nobody in memory; a call that is under way does.
            Message::LiveCalls { reply } => {
                let calls = memory.state.as_ref().map(|state| state.live.list(self.context.clock.now()));
                let _ = reply.send(calls.unwrap_or_default());
            }
            message => {
                // Nor does the auditor.
                if !matches!(message, Message::Vouch { .. }) {
                    memory.last_message = Instant::now();
                }
                // Absent means `post_start` has asked this actor to stop: dropping answers.
                if let Some(state) = &mut memory.state {
                    self.dispatch(message, state);
                }
            }
        }
        Ok(())
    }

    /// The successor is started only when this is done; until then no entry of ours may be on its
    /// way, or the successor's epoch would fence it.
    async fn post_stop(&self, _: ActorRef<Message>, memory: &mut Memory) -> Result<(), ActorProcessingErr> {
        if let Some(state) = memory.state.take() {
            state.entries_in_flight_end().await;
        }
        Ok(())
    }
}

impl Tenant {
    async fn load(
        &self,
        myself: &ActorRef<Message>,
        before: Option<State>,
    ) -> Result<Option<State>, ActorProcessingErr> {
        let began = Instant::now();
        let now = self.context.clock.now();
        let limit = Duration::from_secs(LOAD_SECONDS);
        // Boxed: what an actor may ever wait for is part of it as long as it lives.
        let claim = Box::pin(claim(&self.context.store, self.customer, now));
        let loaded = tokio::time::timeout(limit, claim).await?;
        let loaded = loaded.inspect_err(|error| {
            tracing::error!(customer.id = self.customer.0, %error, "a tenant could not be loaded");
        })?;
        let Some(loaded) = loaded else { return Ok(None) };
        self.context.metrics.tenant_activations.inc();
        self.context.metrics.tenant_activation_seconds.observe(began.elapsed().as_secs_f64());
        let mut state = State::new(self.customer, loaded, &self.context, reload_port(myself))?;
        if let Some(before) = before {
            state.keep_live_calls(before);
        }
        Ok(Some(state))
    }

    /// An entry of `epoch` was lost. A newer epoch has been loaded since, or it is done now.
    async fn reload(
        &self,
        myself: &ActorRef<Message>,
        memory: &mut Memory,
        epoch: i64,
    ) -> Result<(), ActorProcessingErr> {
        match memory.state.take() {
            Some(state) if state.epoch == epoch => {
                memory.state = self.load(myself, Some(state)).await?;
                match &memory.state {
                    Some(state) => self.door.open(state.credentials()),
                    None => myself.stop(None),
                }
                // What was lost may have been committed, and nobody was told.
                self.context.board.put(self.customer, News::Everything);
            }
            state => memory.state = state,
        }
        Ok(())
    }

    fn rest_if_idle(&self, myself: &ActorRef<Message>, memory: &mut Memory) {
        let Some(state) = &mut memory.state else { return };
        let idle_for = memory.last_message.elapsed();
        let now = self.context.clock.now();
        state.forget_past(now);
        state.forget_ghosts(now);
        let has_live_calls = state.live.len() > 0;
        if idle_for >= self.context.idle && !has_live_calls {
            // What was admitted before is still handled; whoever comes later starts the successor.
            let _ = myself.drain();
        } else {
            let wait = self.context.idle.saturating_sub(idle_for).max(self.context.idle / 8);
            myself.send_after(wait, || Message::IdleCheck);
        }
    }

    /// One arm a message, one function a feature.
    fn dispatch(&self, message: Message, state: &mut State) {
        let now = self.context.clock.now();
        let (spoken, patient) = (Urgency::Spoken, Urgency::Patient);
        let metrics = &self.context.metrics;
        match message {
            Message::RecordCall { report, looked_up, command } => {
                state.settle(command, patient, now, |state| {
                    calls::record(state, &report, looked_up, now, metrics)
                });
            }
            Message::NoteLive { report } => state.note_live(&report, now),
            Message::Availability { args, reply } => {
                let _ = reply.send(calendar::availability(state, &args, now));
            }
            Message::Lookup { args, read, reply } => {
                let _ = reply.send(callers::lookup(state, args, read, now));
            }
            Message::AnswerCall { caller, reply } => {
                let _ = reply.send(callers::answer_call(state, caller, now));
            }
            Message::Book { args, call, looked_up, command } => {
                state.settle(command, spoken, now, |state| {
                    appointments::book(state, &args, call.as_deref(), looked_up, now, metrics)
                });
            }
            Message::Place { placement, command } => {
                state.settle(command, spoken, now, |state| {
                    appointments::desk::place(state, &placement, now, metrics)
                });
            }
            Message::Edit { id, wish, looked_up, command } => {
                state.settle(command, spoken, now, |state| {
                    appointments::desk::edit(state, id, &wish, looked_up, now)
                });
            }
            Message::OfferMove { id, look, reply } => {
                let _ = reply.send(appointments::guest::offer(state, id, look, now));
            }
            Message::MoveByGuest { id, start, if_revision, looked_up, command } => {
                state.settle(command, spoken, now, |state| {
                    appointments::guest::reschedule(state, id, start, if_revision, looked_up, now)
                });
            }
            Message::Remind { command } => {
                state.settle(command, patient, now, |state| notifications::remind(state, now));
            }
            Message::Resend { id, channels, looked_up, command } => {
                state.settle(command, patient, now, |state| {
                    notifications::resend(state, id, &channels, looked_up, now)
                });
            }
            Message::ChargeSent { accepted, looked_up, command } => {
                state.settle(command, patient, now, |state| {
                    notifications::settle_accepted(state, &accepted, looked_up, now)
                });
            }
            Message::Post { posting, looked_up, command } => {
                state.settle(command, patient, now, |state| billing::post(state, posting, looked_up, now));
            }
            Message::Refund { refund, looked_up, command } => {
                state.settle(command, patient, now, |state| refunds::refund(state, &refund, looked_up, now));
            }
            Message::DebitFees { command } => {
                state.settle(command, patient, now, |state| invoices::debit_fees(state, now));
            }
            Message::CloseMonth { terms, looked_up, command } => {
                state.settle(command, patient, now, |state| {
                    invoices::close_month(state, &terms, looked_up, now)
                });
            }
            Message::MarkOverdue { command } => {
                state.settle(command, patient, now, |state| invoices::mark_overdue(state, now));
            }
            Message::VoidInvoice { id, reason, looked_up, command } => {
                state.settle(command, patient, now, |state| {
                    invoices::void(state, id, &reason, looked_up, now)
                });
            }
            Message::ChangeAccount { edit, command } => {
                state.settle(command, patient, now, |state| settings::edit(state, &edit, now));
            }
            Message::AdoptTimeZone { timezone, command } => {
                state.settle(command, patient, now, |state| settings::adopt_timezone(state, timezone, now));
            }
            Message::SetStatus { status, command } => {
                state.settle(command, patient, now, |state| settings::set_status(state, status, now));
                self.door.open(state.credentials());
            }
            Message::AddCredential { purpose, secret, command } => {
                let vault = &self.context.vault;
                state.settle(command, patient, now, |state| {
                    settings::add_credential(state, purpose, &secret, vault, now)
                });
                self.door.open(state.credentials());
            }
            Message::EndRetellKeys { command } => {
                state.settle(command, patient, now, |state| settings::end_retell_keys(state, now));
                self.door.open(state.credentials());
            }
            Message::SetTemplate { occasion, channel, template, command } => {
                state.settle(command, patient, now, |state| {
                    templates::set(state, occasion, channel, &template, now)
                });
            }
            Message::ResetTemplate { occasion, channel, command } => {
                state.settle(command, patient, now, |state| templates::reset(state, occasion, channel, now));
            }
            Message::CreateEndpoint { new, secret, command } => {
                let vault = &self.context.vault;
                state.settle(command, patient, now, |state| {
                    webhooks::create(state, (*new).clone(), &secret, vault, now)
                });
            }
            Message::EditEndpoint { id, edit, command } => {
                state.settle(command, patient, now, |state| webhooks::edit(state, id, &edit, now));
            }
            Message::RotateEndpointSecret { id, secret, command } => {
                let vault = &self.context.vault;
                state.settle(command, patient, now, |state| webhooks::rotate(state, id, &secret, vault, now));
            }
            Message::RemoveEndpoint { id, command } => {
                state.settle(command, patient, now, |state| webhooks::remove(state, id, now));
            }
            Message::SwitchOffEndpoint { id, why, command } => {
                state.settle(command, patient, now, |state| webhooks::switch_off(state, id, why, now));
            }
            Message::TestEndpoint { id, command } => {
                state.settle(command, patient, now, |state| webhooks::test(state, id, now));
            }
            Message::SetHours { hours, command } => {
                state.settle(command, patient, now, |state| calendar::set_hours(state, hours, now));
            }
            Message::BlockDate { date, reason, command } => {
                state.settle(command, patient, now, |state| calendar::block(state, date, reason, now));
            }
            Message::UnblockDate { date, command } => {
                state.settle(command, patient, now, |state| calendar::unblock(state, date, now));
            }
            Message::Vouch { command } => {
                state.settle(command, patient, now, |state| settings::vouch(state));
            }
            Message::Distrust { reply } => {
                state.calls.distrust_start_times();
                let _ = reply.send(state.epoch);
            }
            Message::Reload(_) | Message::IdleCheck | Message::LiveCalls { .. } => {
                unreachable!("handled before dispatch")
            }
        }
    }
}

impl<T> Command<T> {
    /// Nobody waits for it any more.
    fn is_late(&self) -> bool {
        Instant::now() >= self.deadline
    }
}
