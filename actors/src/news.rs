//! Tells whoever looks on what has just become true at a tenant: after the commit, and in hints only.
//!
//! The board stands beside the tenants: who listens hears on when a tenant has left memory and come
//! back. A tenant to which nobody listens has no line here, and where nobody listens at all a
//! commit costs one look at a number. News say what to read anew, not what it says.
//!
//! Invariant: what is told of a commit can be read. Not told is what another server commits; whoever
//! must know that compares [`crate::store::progress`] with [`Committed::seq`].

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use dashmap::DashMap;
use domain::calls::LiveCall;
use domain::ids::{CallId, CustomerId};
use tokio::sync::broadcast::error::{RecvError, TryRecvError};
use tokio::sync::broadcast::{Receiver, Sender, channel};

use crate::store::calls::Handover;
use crate::store::change::Change;
use crate::store::rows::Rows;

/// News kept for a listener who is slow; who misses some is told to read everything.
const KEPT: usize = 256;

/// Something has become true.
#[derive(Debug, Clone)]
pub enum News {
    /// It is in the database.
    Committed(Committed),
    /// A call has begun, or is not under way any more although nobody said that it ended.
    Live(Arc<LiveCall>),
    /// A call was given to somebody.
    Given(Handover),
    /// Anything may be: some news were missed, or it is not known what was committed.
    Everything,
}

/// What a commit was about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Committed {
    /// The tenant's clock after it.
    pub seq: i64,
    /// A call was recorded, or more became known of it.
    pub call: Option<CallId>,
    /// An appointment was made or is otherwise.
    pub appointments: bool,
    /// A message was queued, or is sent.
    pub messages: bool,
    /// The balance is another, or what counts as low.
    pub balance: bool,
    /// Other times are open, or offered.
    pub hours: bool,
    /// Who the customer is, or whether they may use the service.
    pub profile: bool,
}

impl Committed {
    pub(crate) fn of(seq: i64, rows: &Rows, change: Option<&Change>) -> Self {
        debug_assert!(rows.calls.len() <= 1, "a command is about one call");
        let is_changed = |kinds: fn(&Change) -> bool| change.is_some_and(kinds);
        let is_set = is_changed(|change| matches!(change, Change::Settings(_) | Change::Account(_)));
        Self {
            seq,
            call: rows.calls.first().map(|call| CallId(call.id)),
            appointments: !rows.appointments.is_empty(),
            messages: !rows.notifications.is_empty() || !rows.sent.is_empty(),
            balance: is_set
                || !rows.transactions.is_empty()
                || is_changed(|change| matches!(change, Change::InvoicesSettled { .. })),
            hours: is_set
                || is_changed(|change| {
                    matches!(change, Change::Hours(_) | Change::Block(_) | Change::Unblock { .. })
                }),
            profile: is_changed(|change| matches!(change, Change::Profile(_) | Change::Account(_))),
        }
    }
}

/// Where tenants put their news; cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct Board(Arc<Lines>);

#[derive(Default)]
struct Lines {
    /// Counted apart: a map has to be locked to be looked at, and every commit looks.
    listeners: AtomicUsize,
    /// Only those to which somebody listens.
    by_customer: DashMap<CustomerId, Sender<News>>,
}

/// Somebody who hears the news of one customer.
pub struct Listener {
    board: Board,
    customer: CustomerId,
    /// There until the end.
    receiver: Option<Receiver<News>>,
}

impl Board {
    /// Tells everybody who listens to this customer.
    pub fn put(&self, customer: CustomerId, news: News) {
        // In one order with the count below: who listens before a commit hears of it.
        if self.0.listeners.load(Ordering::SeqCst) == 0 {
            return;
        }
        if let Some(line) = self.0.by_customer.get(&customer) {
            let _ = line.send(news);
        }
    }

    /// Hears everything that is put there from now on.
    pub fn listen(&self, customer: CustomerId) -> Listener {
        let line = self.0.by_customer.entry(customer).or_insert_with(|| channel(KEPT).0);
        let receiver = Some(line.subscribe());
        self.0.listeners.fetch_add(1, Ordering::SeqCst);
        Listener { board: self.clone(), customer, receiver }
    }
}

impl Listener {
    /// The next news; waits for them. Whatever was missed is told as [`News::Everything`].
    pub async fn next(&mut self) -> News {
        let receiver = self.receiver.as_mut().expect("it is taken at the end only");
        match receiver.recv().await {
            Ok(news) => news,
            Err(RecvError::Lagged(_)) => News::Everything,
            // The line is there as long as one listener is.
            Err(RecvError::Closed) => std::future::pending().await,
        }
    }

    /// The next news, if there are some already.
    pub fn waiting(&mut self) -> Option<News> {
        match self.receiver.as_mut()?.try_recv() {
            Ok(news) => Some(news),
            Err(TryRecvError::Lagged(_)) => Some(News::Everything),
            Err(TryRecvError::Empty | TryRecvError::Closed) => None,
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.receiver = None;
        self.board.0.listeners.fetch_sub(1, Ordering::SeqCst);
        // Nobody joins meanwhile: whoever does holds the same lock of the map.
        self.board.0.by_customer.remove_if(&self.customer, |_, line| line.receiver_count() == 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn committed(seq: i64) -> News {
        let nothing = Committed::of(seq, &Rows::default(), None);
        News::Committed(Committed { appointments: true, ..nothing })
    }

    fn seq(news: Option<News>) -> Option<i64> {
        match news {
            Some(News::Committed(committed)) => Some(committed.seq),
            _ => None,
        }
    }

    #[test]
    fn a_customer_is_on_the_board_while_somebody_listens_and_each_hears_only_theirs() {
        let board = Board::default();
        board.put(CustomerId(1), committed(1));
        let (mut first, mut second) = (board.listen(CustomerId(1)), board.listen(CustomerId(1)));
        let mut other = board.listen(CustomerId(2));
        board.put(CustomerId(1), committed(2));
        assert_eq!((seq(first.waiting()), seq(second.waiting())), (Some(2), Some(2)));
        assert!(first.waiting().is_none() && other.waiting().is_none());
        drop((first, other));
        assert_eq!(board.0.by_customer.len(), 1);
        drop(second);
        assert!(board.0.by_customer.is_empty());
        assert_eq!(board.0.listeners.load(Ordering::SeqCst), 0);
    }

    #[test]
    fn who_is_too_slow_is_told_to_read_everything_and_hears_on() {
        let board = Board::default();
        let mut slow = board.listen(CustomerId(1));
        let last = i64::try_from(KEPT).unwrap() + 1;
        for seq in 1..=last {
            board.put(CustomerId(1), committed(seq));
        }
        assert!(matches!(slow.waiting(), Some(News::Everything)));
        let rest: Vec<i64> = std::iter::from_fn(|| seq(slow.waiting())).collect();
        assert_eq!((rest.first(), rest.last()), (Some(&2), Some(&last)));
    }
}
