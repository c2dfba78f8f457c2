//! One request and its answer, bounded in time and size.
//!
//! reqwest's own errors print the address they are about; here it is taken out of them.

use std::error::Error;
use std::time::Duration;

use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode};
use futures_util::stream::{self, Stream};
use reqwest::{Body, RequestBuilder, Response};
use tokio::time::{Instant, timeout_at};

use super::Blocked;

/// What an answer may cost. Connecting has five seconds of it, whoever asks.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Waiting for the head of the answer, and for each next piece of its body.
    pub idle: Duration,
    /// From the request to the end of the body, also while nobody asks for the next piece.
    pub total: Duration,
    /// Of the body.
    pub bytes: u64,
}

impl Limits {
    /// A recording, heard while it is fetched: two hours of a call in two channels are 230 MB. A
    /// player that pauses for longer asks again for the rest.
    pub const RECORDING: Self =
        Self { idle: Duration::from_secs(15), total: Duration::from_secs(3600), bytes: 512 * 1024 * 1024 };

    /// A webhook: of what its receiver says, only the status matters, and the beginning is kept for
    /// people, see [`Answer::beginning`].
    pub const WEBHOOK: Self =
        Self { idle: Duration::from_secs(15), total: Duration::from_secs(15), bytes: 4 * 1024 };

    /// Nobody gets more than a recording does.
    fn bounded(self) -> Self {
        let most = Self::RECORDING;
        Self {
            idle: self.idle.min(most.idle),
            total: self.total.min(most.total),
            bytes: self.bytes.min(most.bytes),
        }
    }
}

/// Why there is no answer, or no more of it. No sentence repeats the address.
#[derive(Debug, thiserror::Error)]
pub enum Failed {
    /// Every address of the host is private.
    #[error(transparent)]
    Blocked(#[from] Blocked),
    /// The name leads nowhere, nobody listens, or the certificate is not good.
    #[error("the host cannot be connected to")]
    Unreachable(#[source] reqwest::Error),
    /// One of the limits.
    #[error("the host took too long to answer")]
    TooSlow,
    /// More than the limit, announced or sent.
    #[error("the answer is larger than {0} bytes")]
    TooLarge(u64),
    /// The connection was lost, or what came is no HTTP.
    #[error("the answer broke off")]
    BrokeOff(#[source] reqwest::Error),
}

impl From<reqwest::Error> for Failed {
    fn from(error: reqwest::Error) -> Self {
        let causes = std::iter::successors(error.source(), |&cause| cause.source());
        if let Some(blocked) = causes.filter_map(|cause| cause.downcast_ref::<Blocked>()).next() {
            return Self::Blocked(*blocked);
        }
        match error.without_url() {
            error if error.is_timeout() => Self::TooSlow,
            error if error.is_connect() => Self::Unreachable(error),
            error => Self::BrokeOff(error),
        }
    }
}

/// A request to an address that was found good.
pub struct Request(RequestBuilder);

impl Request {
    pub(super) fn new(request: RequestBuilder) -> Self {
        Self(request)
    }

    /// These headers, and none that are not named: least of all those of a browser that asked us.
    pub fn headers(self, headers: HeaderMap) -> Self {
        Self(self.0.headers(headers))
    }

    /// What is sent.
    pub fn body(self, body: impl Into<Body>) -> Self {
        Self(self.0.body(body))
    }

    /// Sends it and waits for the head of the answer, whatever its status: a redirect is an answer.
    pub async fn send(self, limits: Limits) -> Result<Answer, Failed> {
        let limits = limits.bounded();
        let deadline = Instant::now() + limits.total;
        let until = deadline.min(Instant::now() + limits.idle);
        let response = timeout_at(until, self.0.send()).await.map_err(|_| Failed::TooSlow)??;
        Ok(Answer { response, limits, deadline, received: 0 })
    }
}

/// The head of an answer; its body is still to be read, or not.
pub struct Answer {
    response: Response,
    limits: Limits,
    deadline: Instant,
    received: u64,
}

impl Answer {
    /// The status.
    pub fn status(&self) -> StatusCode {
        self.response.status()
    }

    /// The headers, for whoever passes on some of them.
    pub fn headers(&self) -> &HeaderMap {
        self.response.headers()
    }

    /// The body, all of it in memory.
    pub async fn read(mut self) -> Result<Bytes, Failed> {
        self.check_announced()?;
        let mut body = Vec::new();
        while let Some(piece) = self.next().await? {
            body.extend_from_slice(&piece);
        }
        Ok(body.into())
    }

    /// As much of the body as its limit of bytes and `patience` let through, as it came: how it goes on, or
    /// breaks off, is nobody's concern. Whatever is not read ends with the connection.
    pub async fn beginning(mut self, patience: Duration) -> Vec<u8> {
        let until = self.deadline.min(Instant::now() + patience);
        let most = usize::try_from(self.limits.bytes).unwrap_or(usize::MAX);
        let mut beginning = Vec::new();
        while beginning.len() < most && Instant::now() < until {
            let Ok(Ok(Some(piece))) = timeout_at(until, self.response.chunk()).await else { break };
            beginning.extend_from_slice(&piece[..piece.len().min(most - beginning.len())]);
        }
        beginning
    }

    /// The body, piece by piece as it is asked for: nothing is held but the piece on its way. An
    /// error ends it. Limits are looked at when a piece is asked for, so whoever stops asking holds
    /// the connection until the stream is dropped.
    pub fn stream(self) -> Result<impl Stream<Item = Result<Bytes, Failed>> + Send + 'static, Failed> {
        self.check_announced()?;
        Ok(stream::try_unfold(self, async |mut answer| {
            let piece = answer.next().await?;
            Ok(piece.map(|piece| (piece, answer)))
        }))
    }

    /// Refused before anything is read, as long as whoever asked us can still be told.
    fn check_announced(&self) -> Result<(), Failed> {
        match self.response.content_length() {
            Some(length) if length > self.limits.bytes => Err(Failed::TooLarge(self.limits.bytes)),
            _ => Ok(()),
        }
    }

    async fn next(&mut self) -> Result<Option<Bytes>, Failed> {
        let now = Instant::now();
        // A time-out alone never ends a host that always has one more piece ready.
        if now >= self.deadline {
            return Err(Failed::TooSlow);
        }
        let until = self.deadline.min(now + self.limits.idle);
        let piece = timeout_at(until, self.response.chunk()).await.map_err(|_| Failed::TooSlow)??;
        self.received += piece.as_ref().map_or(0, |piece| piece.len() as u64);
        if self.received > self.limits.bytes {
            return Err(Failed::TooLarge(self.limits.bytes));
        }
        Ok(piece)
    }
}
