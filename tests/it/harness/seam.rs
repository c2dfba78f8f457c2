//! Holds the journal, loses its connection, makes it fall: at points a test chooses.

use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::sync::Mutex;

use actors::journal::{Interrupt, Point, Verdict};
use tokio::sync::watch;

/// The journal's test seam. By default nothing happens.
pub struct Seam {
    /// Commits that may still pass; `None` while nothing is held.
    passes: watch::Sender<Option<usize>>,
    waiting: watch::Sender<usize>,
    script: Mutex<VecDeque<(Point, Verdict)>>,
}

impl Default for Seam {
    fn default() -> Self {
        let (passes, waiting) = (watch::channel(None).0, watch::channel(0).0);
        Self { passes, waiting, script: Mutex::default() }
    }
}

impl Seam {
    /// No commit from now on.
    pub fn hold(&self) {
        self.passes.send_replace(Some(0));
    }

    /// One commit, and no more.
    pub fn pass_one(&self) {
        self.passes.send_replace(Some(1));
    }

    /// Commits again.
    pub fn release(&self) {
        self.passes.send_replace(None);
    }

    /// Until a writer stands before a commit.
    pub async fn writer_waits(&self) {
        let mut waiting = self.waiting.subscribe();
        waiting.wait_for(|count| *count > 0).await.expect("the seam is there");
    }

    /// The next time a writer comes to `point`, this happens.
    pub fn next(&self, point: Point, verdict: Verdict) {
        self.script.lock().expect("no panic under the lock").push_back((point, verdict));
    }

    /// Whether everything scripted has happened.
    pub fn is_spent(&self) -> bool {
        self.script.lock().expect("no panic under the lock").is_empty()
    }

    fn take_pass(&self) -> bool {
        let mut may_pass = false;
        self.passes.send_if_modified(|passes| {
            may_pass = *passes != Some(0);
            if let Some(count) = passes {
                *count = count.saturating_sub(1);
            }
            false
        });
        may_pass
    }

    fn verdict(&self, point: Point) -> Verdict {
        let mut script = self.script.lock().expect("no panic under the lock");
        match script.front() {
            Some((at, verdict)) if *at == point => {
                let verdict = *verdict;
                script.pop_front();
                verdict
            }
            _ => Verdict::Continue,
        }
    }
}

impl Interrupt for Seam {
    fn at(&self, point: Point) -> Pin<Box<dyn Future<Output = Verdict> + Send + '_>> {
        Box::pin(async move {
            if point == Point::BeforeCommit {
                let mut passes = self.passes.subscribe();
                self.waiting.send_modify(|count| *count += 1);
                while !self.take_pass() {
                    passes.changed().await.expect("the seam is there");
                }
                self.waiting.send_modify(|count| *count -= 1);
            }
            self.verdict(point)
        })
    }
}
