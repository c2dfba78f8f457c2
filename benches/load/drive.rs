//! Drives connections for some time and measures every answer.
//!
//! Closed loop: each connection asks again as soon as it was answered, after a pause where one is
//! given. Everything runs on one thread, the caller's, so that the server keeps the other processor
//! as far as it can.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};

use super::client::{Answer, Connection};

/// What one connection asks, over and over.
pub trait Traffic: Send + 'static {
    /// Writes the next request; `false` when there is none left.
    fn ask(&mut self, request: &mut Vec<u8>) -> bool;

    /// Takes the answer to the last request; `false` when it is not the one hoped for.
    fn hear(&mut self, answer: Answer<'_>) -> bool;
}

/// How it is asked.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// No new request after this.
    pub length: Duration,
    /// Between an answer and the next request.
    pub pause: Duration,
}

impl Pace {
    /// Without a pause.
    pub fn flat_out(length: Duration) -> Self {
        Self { length, pause: Duration::ZERO }
    }
}

/// What was measured.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Of every answer hoped for, in microseconds, sorted.
    latencies: Vec<u32>,
    /// From the first request to the last answer.
    pub elapsed: Duration,
    /// Answers that were not the ones hoped for.
    pub refused: usize,
    /// The first of them, to see what is wrong.
    pub first_refusal: Option<String>,
}

impl Outcome {
    /// Answers hoped for.
    pub fn answers(&self) -> usize {
        self.latencies.len()
    }

    /// Answers hoped for, each second.
    pub fn per_second(&self) -> f64 {
        self.answers() as f64 / self.elapsed.as_secs_f64().max(1e-9)
    }

    /// The latency that this share of answers did not exceed, in milliseconds.
    pub fn percentile_ms(&self, share: f64) -> f64 {
        let last = self.latencies.len().saturating_sub(1);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of a length")]
        let index = (last as f64 * share).round() as usize;
        self.latencies.get(index).map_or(f64::NAN, |microseconds| f64::from(*microseconds) / 1000.0)
    }

    fn add(&mut self, other: Self) {
        self.latencies.extend(other.latencies);
        self.refused += other.refused;
        self.first_refusal = self.first_refusal.take().or(other.first_refusal);
    }
}

/// Drives one connection for each of `traffics`, and gives them back with what they learnt. Blocks;
/// must not be called from within a runtime.
pub fn drive<T: Traffic>(
    address: SocketAddr,
    traffics: Vec<T>,
    pace: Pace,
) -> anyhow::Result<(Outcome, Vec<T>)> {
    /// An answer that takes longer never comes.
    const GRACE: Duration = Duration::from_secs(15);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let all = async {
        let mut connections = Vec::with_capacity(traffics.len());
        for traffic in traffics {
            let connection =
                Connection::open(address).await.with_context(|| format!("connect to {address}"))?;
            connections.push((connection, traffic));
        }
        let began = Instant::now();
        let tasks: Vec<_> = connections
            .into_iter()
            .map(|(connection, traffic)| tokio::spawn(one(connection, traffic, began, pace)))
            .collect();
        let (mut outcome, mut traffics) = (Outcome::default(), Vec::with_capacity(tasks.len()));
        for task in tasks {
            let (measured, traffic) = task.await.context("a connection's task fell")??;
            outcome.add(measured);
            traffics.push(traffic);
        }
        outcome.elapsed = began.elapsed();
        outcome.latencies.sort_unstable();
        anyhow::Ok((outcome, traffics))
    };
    match runtime.block_on(async { tokio::time::timeout(pace.length + GRACE, all).await }) {
        Ok(done) => done,
        Err(_) => bail!("a request had no answer within {} s of the end", GRACE.as_secs()),
    }
}

async fn one<T: Traffic>(
    mut connection: Connection,
    mut traffic: T,
    began: Instant,
    pace: Pace,
) -> anyhow::Result<(Outcome, T)> {
    let mut outcome = Outcome::default();
    let mut request = Vec::with_capacity(8 * 1024);
    while began.elapsed() < pace.length {
        request.clear();
        if !traffic.ask(&mut request) {
            break;
        }
        let asked = Instant::now();
        let answer = connection.exchange(&request).await.context("exchange a request for an answer")?;
        let latency = u32::try_from(asked.elapsed().as_micros()).unwrap_or(u32::MAX);
        if traffic.hear(answer) {
            outcome.latencies.push(latency);
        } else {
            outcome.refused += 1;
            outcome
                .first_refusal
                .get_or_insert_with(|| format!("{} {}", answer.status, String::from_utf8_lossy(answer.body)));
        }
        if !pace.pause.is_zero() {
            tokio::time::sleep(pace.pause).await;
        }
    }
    Ok((outcome, traffic))
}
