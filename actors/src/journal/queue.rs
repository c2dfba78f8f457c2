//! Who is committed next: first come, first served, but whoever waits on the telephone goes ahead
//! of other tenants' webhooks.
//!
//! Within a tenant the order never changes: an entry was decided on the one before it. So an urgent
//! entry takes with it all that its own tenant has waiting before it.

use std::collections::{HashMap, VecDeque};

use tokio::sync::mpsc;

use super::{Entry, Urgency};

/// Entries in one commit, at most.
const BATCH_ENTRIES: usize = 256;
/// Bytes of long texts in one commit, at most; a single larger entry goes alone.
const BATCH_BYTES: usize = 8 * 1024 * 1024;

/// What waits for one writer.
pub(crate) struct Queue {
    receiver: mpsc::UnboundedReceiver<Entry>,
    waiting: VecDeque<Entry>,
}

impl Queue {
    pub fn new(receiver: mpsc::UnboundedReceiver<Entry>) -> Self {
        Self { receiver, waiting: VecDeque::new() }
    }

    /// The next batch: whatever queued up while the last one was committed. Empty when no more can come.
    pub async fn next(&mut self) -> Vec<Entry> {
        if self.waiting.is_empty() {
            match self.receiver.recv().await {
                Some(entry) => self.waiting.push_back(entry),
                None => return Vec::new(),
            }
        }
        while let Ok(entry) = self.receiver.try_recv() {
            self.waiting.push_back(entry);
        }
        self.bring_urgent_forward();
        self.take_batch()
    }

    fn bring_urgent_forward(&mut self) {
        if self.waiting.iter().all(|entry| entry.urgency == Urgency::Patient) {
            return;
        }
        let mut last_urgent = HashMap::new();
        for (index, entry) in self.waiting.iter().enumerate() {
            if entry.urgency == Urgency::Spoken {
                last_urgent.insert(entry.customer, index);
            }
        }
        let mut index = 0;
        let (urgent, patient): (Vec<_>, Vec<_>) = self.waiting.drain(..).partition(|entry| {
            let goes_ahead = last_urgent.get(&entry.customer).is_some_and(|last| index <= *last);
            index += 1;
            goes_ahead
        });
        self.waiting.extend(urgent);
        self.waiting.extend(patient);
    }

    fn take_batch(&mut self) -> Vec<Entry> {
        let mut count = 0;
        let mut bytes = 0;
        for entry in self.waiting.iter().take(BATCH_ENTRIES) {
            bytes += entry.size();
            let fits = count == 0 || (bytes <= BATCH_BYTES && entry.change.is_none());
            if !fits {
                break;
            }
            count += 1;
            if entry.change.is_some() {
                break; // A rare change has a statement of its own.
            }
        }
        self.waiting.drain(..count).collect()
    }
}
