//! How a command travels: asked with a place in the queue, decided in memory, answered after the commit.

use std::sync::Arc;
use std::time::Instant;

use domain::audit::Author;
use jiff::Timestamp;
use tokio::sync::oneshot;

use super::state::State;
use crate::error::Refusal;
use crate::journal::{Answer, Entry, Place, Poisoned, Urgency};
use crate::news::{Committed, News};
use crate::store::change::Change;
use crate::store::rows::Rows;

/// A request to change something.
pub(crate) struct Command<T> {
    /// Taken before anything is decided.
    pub place: Place,
    /// Who asks.
    pub author: Arc<Author>,
    /// After it nobody waits: nothing is decided any more.
    pub deadline: Instant,
    /// Closed unanswered means: unavailable, outcome unknown.
    pub reply: oneshot::Sender<Reply<T>>,
}

/// What a command is told.
#[derive(Debug)]
pub(crate) enum Reply<T> {
    /// Decided, and committed where it changes anything.
    Decided(Result<T, Refusal>),
    /// The actor does not keep that row: read it and ask again, in this epoch.
    LookUp {
        /// What is read counts only while this epoch stands.
        epoch: i64,
    },
    /// The database refused what was decided.
    Poisoned(Poisoned),
}

/// A row read for a decision, or the knowledge that there is none.
#[derive(Debug)]
pub(crate) struct LookedUp<T> {
    /// The epoch in which it was asked for.
    pub epoch: i64,
    /// What was found.
    pub row: Option<T>,
}

/// What a feature decides.
pub(crate) enum Decision<T> {
    /// An answer that needs no commit.
    Answer(Result<T, Refusal>),
    /// A row is missing to decide.
    LookUp,
    /// The state has changed, or stays and is vouched for: the answer leaves after the commit.
    Commit {
        /// The answer.
        value: T,
        /// What is written; empty when everything is known already.
        rows: Rows,
        /// A rare change beside them.
        change: Option<Box<Change>>,
    },
}

impl<T> Decision<T> {
    /// Nothing changes, but the answer must stand on what is committed.
    pub fn known(value: T) -> Self {
        Self::Commit { value, rows: Rows::default(), change: None }
    }

    /// A rare change is written, with the rows beside it.
    pub fn change(value: T, change: Change, rows: Rows) -> Self {
        Self::Commit { value, rows, change: Some(Box::new(change)) }
    }

    /// Rows are written.
    pub fn write(value: T, rows: Rows) -> Self {
        Self::Commit { value, rows, change: None }
    }

    /// No.
    pub fn refuse(refusal: impl Into<Refusal>) -> Self {
        Self::Answer(Err(refusal.into()))
    }
}

impl State {
    /// Decides a command, hands its entry to the journal. Never waits.
    pub fn settle<T: Send + Sync + 'static>(
        &mut self,
        command: Command<T>,
        urgency: Urgency,
        now: Timestamp,
        decide: impl FnOnce(&mut State) -> Decision<T>,
    ) {
        if command.is_late() {
            return;
        }
        let from_seq = self.seq;
        self.author = command.author;
        match decide(self) {
            Decision::Answer(answer) => {
                debug_assert_eq!(from_seq, self.seq);
                let _ = command.reply.send(Reply::Decided(answer));
            }
            Decision::LookUp => {
                let _ = command.reply.send(Reply::LookUp { epoch: self.epoch });
            }
            Decision::Commit { value, rows, change } => {
                let reply = command.reply;
                let (board, customer) = (self.board.clone(), self.customer);
                let is_news = self.seq != from_seq;
                let committed = Committed::of(self.seq, &rows, change.as_deref());
                let in_flight = self.in_flight.clone();
                let answer: Answer = Box::new(move |outcome| {
                    if is_news && outcome.is_ok() {
                        board.put(customer, News::Committed(committed));
                    }
                    let _ = reply.send(match outcome {
                        Ok(()) => Reply::Decided(Ok(value)),
                        Err(poisoned) => Reply::Poisoned(poisoned),
                    });
                    drop(in_flight);
                });
                self.check_invariants();
                self.journal.send(Entry {
                    customer: self.customer,
                    epoch: self.epoch,
                    from_seq,
                    to_seq: self.seq,
                    ledger: self.ledger.clone(),
                    event_seq: self.event_seq,
                    at: now,
                    rows,
                    change,
                    urgency,
                    answer: Some(answer),
                    tenant: self.reload_port.clone(),
                    _place: command.place,
                });
            }
        }
    }
}
