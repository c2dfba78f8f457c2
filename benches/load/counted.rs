//! What the server itself counted, read from its operators' address.

use std::net::SocketAddr;

use anyhow::Context;

use super::client::Connection;

/// The journal's counters at one moment.
#[derive(Debug, Clone, Copy, Default)]
pub struct Counted {
    commits: f64,
    entries: f64,
    commit_seconds: f64,
    /// Entries given up: their callers were told to come back.
    pub lost: f64,
}

impl Counted {
    /// Reads them.
    pub fn read(operators: SocketAddr) -> anyhow::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let text = runtime.block_on(async {
            let mut connection = Connection::open(operators).await?;
            let answer = connection.exchange(b"GET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n").await?;
            anyhow::Ok(String::from_utf8_lossy(answer.body).into_owned())
        });
        let text = text.context("read the server's metrics")?;
        let value = |name: &str| -> f64 {
            let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
            line.and_then(|value| value.trim().parse().ok()).unwrap_or(0.0)
        };
        Ok(Self {
            commits: value("voice_journal_batch_entries_count"),
            entries: value("voice_journal_batch_entries_sum"),
            commit_seconds: value("voice_journal_commit_seconds_sum"),
            lost: value("voice_journal_lost_total"),
        })
    }

    /// What happened since `before`, for people.
    pub fn since(&self, before: &Self) -> String {
        let commits = (self.commits - before.commits).max(1.0);
        format!(
            "{:.1} entries a commit, {:.2} ms a commit, {:.0} lost",
            (self.entries - before.entries) / commits,
            (self.commit_seconds - before.commit_seconds) * 1000.0 / commits,
            self.lost - before.lost
        )
    }
}
