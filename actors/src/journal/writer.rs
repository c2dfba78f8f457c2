//! One writer: takes a batch, commits it, answers; one commit in flight, no timer.
//!
//! What it cannot do it buries: the entry is dropped, its tenant reloads, its caller may ask again.
//! The table of what the database may answer and what follows is [`Writer::run`].

use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

use ractor::{Actor, ActorProcessingErr, ActorRef};
use sqlx::{Connection, PgConnection};

use super::{Entry, Point, Poisoned, SharedQueue, Verdict, WriterParts};
use crate::store::batch::{Batch, truth};
use domain::ids::CustomerId;

/// A statement that takes longer has an unknown outcome. Above the server's own time limits, so
/// that as a rule the server speaks first.
const STATEMENT_SECONDS: u64 = 6;
/// How long the truth about a lost statement is sought before its entries are given up.
const TRUTH_SECONDS: u64 = 2;
const RECONNECT_PAUSE_MS: u64 = 25;

/// A supervised actor whose one message is "work until the queue ends".
pub(crate) struct Writer;

/// What a writer is spawned with.
pub(crate) struct WriterArguments {
    pub queue: SharedQueue,
    pub parts: WriterParts,
}

pub(crate) struct State {
    queue: SharedQueue,
    parts: WriterParts,
    connection: Option<PgConnection>,
    /// The latest epoch of each tenant that lost an entry: nothing of it may commit any more.
    dead: HashMap<CustomerId, i64>,
}

pub(crate) struct Work;

impl Actor for Writer {
    type Msg = Work;
    type State = State;
    type Arguments = WriterArguments;

    async fn pre_start(
        &self,
        myself: ActorRef<Work>,
        arguments: WriterArguments,
    ) -> Result<State, ActorProcessingErr> {
        myself.cast(Work)?;
        let WriterArguments { queue, parts } = arguments;
        Ok(State { queue, parts, connection: None, dead: HashMap::new() })
    }

    async fn handle(
        &self,
        myself: ActorRef<Work>,
        _: Work,
        state: &mut State,
    ) -> Result<(), ActorProcessingErr> {
        let queue = state.queue.clone();
        let mut queue = queue.lock().await;
        loop {
            let batch = queue.next().await;
            if batch.is_empty() {
                break;
            }
            state.commit(batch).await;
        }
        myself.stop(None);
        Ok(())
    }
}

/// What became of a statement.
enum Outcome {
    /// Committed for these tenants; the others were fenced.
    Passed(HashSet<i64>),
    /// One of its rows cannot be stored.
    Refused(Poisoned),
    /// The answer was lost.
    Unknown,
    /// Not committed, and no use trying again now.
    Unavailable,
}

/// Entries to commit, and whether their outcome was already unknown once.
struct Job {
    entries: Vec<Entry>,
    is_retry: bool,
}

impl State {
    async fn commit(&mut self, entries: Vec<Entry>) {
        let mut jobs = vec![Job { entries, is_retry: false }];
        while let Some(Job { entries, is_retry }) = jobs.pop() {
            let (mut fit, later) = self.sort_out(entries);
            if !later.is_empty() {
                jobs.push(Job { entries: later, is_retry });
            }
            if fit.is_empty() {
                continue;
            }
            match self.run(&fit).await {
                Outcome::Passed(passed) => self.settle(fit, &passed),
                Outcome::Refused(poisoned) if fit.len() == 1 => {
                    let entry = fit.remove(0);
                    self.parts.metrics.journal_poisoned.inc();
                    tracing::error!(
                        customer.id = entry.customer.0,
                        constraint = poisoned.constraint,
                        "the database refused an entry that was decided to be right"
                    );
                    self.mark_dead(&entry);
                    entry.refuse(poisoned);
                }
                Outcome::Refused(_) => {
                    let second = fit.split_off(fit.len() / 2);
                    jobs.push(Job { entries: second, is_retry });
                    jobs.push(Job { entries: fit, is_retry });
                }
                Outcome::Unknown => {
                    if let Some(entries) = self.learn_the_truth(fit, is_retry).await {
                        jobs.push(Job { entries, is_retry: true });
                    }
                }
                Outcome::Unavailable => fit.into_iter().for_each(|entry| self.bury(entry)),
            }
        }
    }

    /// Splits into what can be committed together now, in order, and what must wait for that; an
    /// entry of a dead epoch, or one that does not continue its tenant's previous one, is buried.
    fn sort_out(&mut self, entries: Vec<Entry>) -> (Vec<Entry>, Vec<Entry>) {
        let (mut fit, mut later) = (Vec::<Entry>::with_capacity(entries.len()), Vec::new());
        let mut last: HashMap<CustomerId, usize> = HashMap::new();
        for entry in entries {
            let is_dead = self.dead.get(&entry.customer).is_some_and(|epoch| entry.epoch <= *epoch);
            let previous = last.get(&entry.customer).map(|index| &fit[*index]);
            match previous {
                _ if is_dead => self.bury(entry),
                Some(previous) if entry.epoch > previous.epoch => later.push(entry),
                Some(previous) if !entry.continues(previous) => self.bury(entry),
                _ => {
                    last.insert(entry.customer, fit.len());
                    fit.push(entry);
                }
            }
        }
        (fit, later)
    }

    /// Runs one statement.
    ///
    /// | answer | means |
    /// |---|---|
    /// | ids | committed for these, fenced for the others |
    /// | 22, 23, 54, 21000 | a row cannot be stored: find it by halving |
    /// | I/O error, 08, 57P, no answer in time | unknown |
    /// | anything else | not committed |
    async fn run(&mut self, entries: &[Entry]) -> Outcome {
        if self.connection.is_none() {
            match self.parts.store.writer_connection().await {
                Ok(connection) => self.connection = Some(connection),
                Err(error) => {
                    tracing::error!(%error, "the journal has no database");
                    return Outcome::Unavailable;
                }
            }
        }
        if self.interrupted(Point::BeforeCommit).await {
            return Outcome::Unknown;
        }
        let Some(connection) = &mut self.connection else { return Outcome::Unknown };
        let began = Instant::now();
        let batch = Batch::new(entries.iter().map(Entry::step));
        let limit = Duration::from_secs(STATEMENT_SECONDS);
        let result = tokio::time::timeout(limit, batch.commit(connection)).await;
        self.parts.metrics.journal_commit_seconds.observe(began.elapsed().as_secs_f64());
        self.parts.metrics.journal_batch_entries.observe(entries.len() as f64);
        if self.interrupted(Point::AfterCommit).await {
            return Outcome::Unknown;
        }
        match result {
            Ok(Ok(passed)) => Outcome::Passed(passed.into_iter().collect()),
            Ok(Err(sqlx::Error::Database(error))) => {
                let code = error.code().unwrap_or_default().into_owned();
                if ["22", "23", "54"].iter().any(|class| code.starts_with(class)) || code == "21000" {
                    return Outcome::Refused(Poisoned { constraint: error.constraint().map(str::to_owned) });
                }
                tracing::error!(code, "a commit of the journal failed");
                self.connection = None;
                if code.starts_with("08") || code.starts_with("57P") {
                    return Outcome::Unknown;
                }
                Outcome::Unavailable
            }
            Ok(Err(error)) => {
                tracing::error!(%error, "the journal lost its connection");
                self.connection = None;
                Outcome::Unknown
            }
            Err(_) => {
                tracing::error!("a commit of the journal had no answer in time");
                self.connection = None;
                Outcome::Unknown
            }
        }
    }

    /// Asks the test seam; true when the connection is lost.
    async fn interrupted(&mut self, point: Point) -> bool {
        match self.parts.interrupt.at(point).await {
            Verdict::Continue => false,
            Verdict::LoseConnection => {
                self.connection = None;
                true
            }
            Verdict::Panic => panic!("the test seam asked for a panic"),
        }
    }

    /// Answers after a commit.
    fn settle(&mut self, entries: Vec<Entry>, passed: &HashSet<i64>) {
        for entry in entries {
            if passed.contains(&entry.customer.0) {
                // A newer epoch stands: what was dead before it cannot come any more.
                self.dead.remove(&entry.customer);
                entry.done();
            } else {
                self.parts.metrics.journal_fenced.inc();
                self.bury(entry);
            }
        }
    }

    /// Learns from the rows themselves what became of a lost statement: answers what was
    /// committed, gives back what can be tried once more, buries the rest.
    async fn learn_the_truth(&mut self, entries: Vec<Entry>, is_retry: bool) -> Option<Vec<Entry>> {
        let customers: Vec<i64> = entries.iter().map(|entry| entry.customer.0).collect();
        let asked = tokio::time::timeout(Duration::from_secs(TRUTH_SECONDS), async {
            loop {
                // On a connection of its own: the old one may still have answers under way.
                if let Ok(mut connection) = self.parts.store.writer_connection().await {
                    if let Ok(found) = truth(&mut connection, &customers).await {
                        return (connection, found);
                    }
                    let _ = connection.close().await;
                }
                tokio::time::sleep(Duration::from_millis(RECONNECT_PAUSE_MS)).await;
            }
        });
        let Ok((connection, found)) = asked.await else {
            entries.into_iter().for_each(|entry| self.bury(entry));
            return None;
        };
        self.connection = Some(connection);
        let mut again = Vec::new();
        for entry in entries {
            match found.get(&entry.customer.0) {
                Some(truth) if truth.epoch == entry.epoch && truth.seq >= entry.to_seq => {
                    // An empty entry is vouched for only by the clock it stands on.
                    entry.done();
                }
                Some(truth) if truth.epoch == entry.epoch && truth.seq <= entry.from_seq && !is_retry => {
                    again.push(entry);
                }
                _ => self.bury(entry),
            }
        }
        (!again.is_empty()).then_some(again)
    }

    fn mark_dead(&mut self, entry: &Entry) {
        let dead = self.dead.entry(entry.customer).or_insert(entry.epoch);
        *dead = (*dead).max(entry.epoch);
    }

    /// Gives an entry up; nothing later of its epoch may commit.
    fn bury(&mut self, entry: Entry) {
        self.mark_dead(&entry);
        self.parts.metrics.journal_lost.inc();
        drop(entry);
    }
}
