//! Recordings: fetched from Retell while somebody listens, never stored, and never by the listener.
//!
//! Where a recording lies is a secret: the link to it is good for whoever has it. What we hand out
//! instead is a link of our own, signed and good for a while. A link of Retell's that has expired is
//! asked for anew, once.

mod listeners;

use std::sync::Arc;
use std::time::Duration;

use actors::secrets::{LINK_MAC_BYTES, Vault};
use actors::store::Store;
use actors::store::calls::Recording;
use actors::tenant::Credentials;
use axum::BoxError;
use axum::body::Bytes;
use axum::http::{HeaderValue, StatusCode, header};
use data_encoding::BASE32_NOPAD;
use domain::ids::{CallId, CustomerId};
use futures_util::Stream;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use self::listeners::{Listeners, Place, handed_on};
use crate::config::Secret;
use crate::egress::{Answer, Egress, Failed, Limits};
use crate::retell::{Retell, Unanswered};

/// A link for a player: time enough to press the button.
pub const PLAYER_LINK_LIFE: SignedDuration = SignedDuration::from_mins(5);
/// A link in an answer of the API or in an event.
pub const OBJECT_LINK_LIFE: SignedDuration = SignedDuration::from_hours(24);
/// Who takes nothing for so long has gone: a player that pauses for longer asks for the rest again.
pub const LISTENER_IDLE: Duration = Duration::from_secs(60);

/// Why there is nothing to hear.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Silent {
    /// Nothing was recorded.
    #[error("this call has no recording")]
    None,
    /// It is kept no longer, or its link has expired and there is no key to ask for another.
    #[error("the recording is not kept any longer, or its link has expired")]
    Gone,
    /// The place where it lies does not answer as it should.
    #[error("the recording cannot be fetched just now")]
    Unreachable,
    /// Too many are listening.
    #[error("too many recordings are being heard")]
    TooMany,
    /// The part that was asked for is not there.
    #[error("the recording has no such part")]
    NoSuchPart,
}

/// Fetches recordings.
pub struct Recordings {
    /// Missing on a machine without certificates of the authorities: then nothing can be fetched.
    egress: Option<Arc<Egress>>,
    retell: Retell,
    listeners: Listeners,
    listener_idle: Duration,
}

/// A recording that has begun to arrive.
pub struct Listening {
    /// Its head and body.
    pub answer: Answer,
    place: Place,
    idle: Duration,
}

impl Listening {
    /// The sound, piece by piece; the place is held until the last is taken, or the listener gone.
    pub fn pieces(self) -> Result<impl Stream<Item = Result<Bytes, BoxError>> + Send + 'static, Silent> {
        let pieces = self.answer.stream().map_err(unreachable)?;
        Ok(handed_on(pieces, self.place, self.idle))
    }
}

impl Recordings {
    /// Who listens and takes nothing for `listener_idle` is given up.
    pub fn new(egress: Option<Arc<Egress>>, retell: Retell, listener_idle: Duration) -> Self {
        Self { egress, retell, listeners: Listeners::default(), listener_idle }
    }

    /// Begins to fetch the part of a customer's recording that `range` names, all of it without.
    pub async fn listen(
        &self,
        customer: CustomerId,
        recording: &Recording,
        range: Option<&HeaderValue>,
        key: Option<Key<'_>>,
    ) -> Result<Listening, Silent> {
        let place = self.listeners.take(customer).ok_or(Silent::TooMany)?;
        let url = recording.url.as_deref().ok_or(Silent::None)?;
        let egress = self.egress.as_ref().ok_or(Silent::Unreachable)?;
        let answer = match fetch(egress, url, range).await {
            Err(Silent::Gone) => {
                let fresh = self.ask_retell(&recording.retell_call_id, key).await?;
                fetch(egress, &fresh, range).await?
            }
            answer => answer?,
        };
        Ok(Listening { answer, place, idle: self.listener_idle })
    }

    /// Another link to the same recording.
    async fn ask_retell(&self, retell_call_id: &str, key: Option<Key<'_>>) -> Result<String, Silent> {
        let key = key.ok_or(Silent::Gone)?;
        let secret = match &key {
            Key::Own(secret) | Key::Platform { secret, .. } => secret,
        };
        let call = self.retell.call(secret, retell_call_id).await.map_err(|unanswered| match unanswered {
            Unanswered::Unknown | Unanswered::Refused => Silent::Gone,
            Unanswered::Unreachable => Silent::Unreachable,
        })?;
        let text = |name: &str| call.get(name).and_then(Value::as_str);
        if !key.may_read(text("agent_id")).await {
            return Err(Silent::Gone);
        }
        text("recording_url").map(str::to_owned).ok_or(Silent::Gone)
    }
}

async fn fetch(egress: &Egress, url: &str, range: Option<&HeaderValue>) -> Result<Answer, Silent> {
    let request = egress.get(url).map_err(|blocked| {
        tracing::warn!(%blocked, "a recording's address is not used");
        Silent::Gone
    })?;
    let ranges = range.map(|range| (header::RANGE, range.clone()));
    let answer = request.headers(ranges.into_iter().collect()).send(Limits::RECORDING).await;
    let answer = answer.map_err(unreachable)?;
    match answer.status() {
        StatusCode::OK | StatusCode::PARTIAL_CONTENT => Ok(answer),
        StatusCode::RANGE_NOT_SATISFIABLE => Err(Silent::NoSuchPart),
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::NOT_FOUND | StatusCode::GONE => {
            Err(Silent::Gone)
        }
        status => {
            tracing::warn!(http.status = status.as_u16(), "a recording is not served");
            Err(Silent::Unreachable)
        }
    }
}

fn unreachable(failed: Failed) -> Silent {
    tracing::warn!(%failed, "a recording cannot be fetched");
    Silent::Unreachable
}

/// The key with which Retell is asked about a customer's calls.
pub enum Key<'a> {
    /// Of the customer's own workspace: it sees nobody else's calls.
    Own(&'a str),
    /// The platform's, which sees those of every customer.
    Platform {
        /// The key itself.
        secret: &'a str,
        /// Knows whose agents are whose.
        store: &'a Store,
        /// For whom it is asked.
        customer: CustomerId,
    },
}

impl<'a> Key<'a> {
    /// The customer's own, else the platform's.
    pub fn of(
        credentials: &'a Credentials,
        platform: Option<&'a Secret>,
        store: &'a Store,
        customer: CustomerId,
    ) -> Option<Self> {
        let own = credentials.retell_keys.iter().find(|key| key.expires_at.is_none());
        match own {
            Some(key) => Some(Key::Own(&key.secret)),
            None => platform.map(|secret| Key::Platform { secret: secret.reveal(), store, customer }),
        }
    }

    /// Whether a call of this agent is the customer's. A body that a customer has signed itself can
    /// name anybody's call: with the platform's key that must not lead to it.
    async fn may_read(&self, agent_id: Option<&str>) -> bool {
        match (self, agent_id) {
            (Key::Own(_), _) => true,
            (Key::Platform { .. }, None) => false,
            (Key::Platform { store, customer, .. }, Some(agent)) => {
                store.agent_owner(agent).await.is_ok_and(|owner| owner == Some(*customer))
            }
        }
    }
}

/// A link of ours to one recording, good until a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Link {
    /// Whose call.
    pub customer: CustomerId,
    /// Which.
    pub call: CallId,
    /// In whole seconds.
    pub expires_at: Timestamp,
}

impl Link {
    /// As it stands in an address: customer, call and end, with a seal over them.
    pub fn seal(&self, vault: &Vault) -> String {
        let said = self.said();
        let sealed = [&said[..], &vault.link_mac(&said)].concat();
        BASE32_NOPAD.encode(&sealed).to_ascii_lowercase()
    }

    /// Reads a link that was sealed here and is not over.
    pub fn open(text: &str, vault: &Vault, now: Timestamp) -> Option<Self> {
        let bytes = BASE32_NOPAD.decode(text.to_ascii_uppercase().as_bytes()).ok()?;
        let (said, mac) = bytes.split_at_checked(bytes.len().checked_sub(LINK_MAC_BYTES)?)?;
        let [customer, call, expires_at] = numbers(said)?;
        let expires_at = Timestamp::from_second(expires_at).ok()?;
        let link = Self { customer: CustomerId(customer), call: CallId(call), expires_at };
        (vault.has_made_link(said, mac) && now < expires_at).then_some(link)
    }

    fn said(&self) -> [u8; 24] {
        let mut said = [0; 24];
        let numbers = [self.customer.0, self.call.0, self.expires_at.as_second()];
        for (place, number) in said.chunks_exact_mut(8).zip(numbers) {
            place.copy_from_slice(&number.to_be_bytes());
        }
        said
    }
}

fn numbers(said: &[u8]) -> Option<[i64; 3]> {
    let number = |at: usize| Some(i64::from_be_bytes(said.get(at..at + 8)?.try_into().ok()?));
    (said.len() == 24).then_some([number(0)?, number(8)?, number(16)?])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_good_until_its_end_and_for_nothing_else() {
        let (vault, other) = (Vault::new("a key", None), Vault::new("another", None));
        let at = |second| Timestamp::from_second(second).unwrap();
        let link = Link { customer: CustomerId(7), call: CallId(12), expires_at: at(1000) };
        let sealed = link.seal(&vault);
        assert_eq!(Link::open(&sealed, &vault, at(999)), Some(link));
        assert_eq!(Link::open(&sealed, &Vault::new("the next", Some("a key")), at(999)), Some(link));
        assert_eq!(Link::open(&sealed, &vault, at(1000)), None);
        assert_eq!(Link::open(&sealed, &other, at(0)), None);
        for at_byte in 0..sealed.len() {
            let mut forged = sealed.clone().into_bytes();
            forged[at_byte] = if forged[at_byte] == b'a' { b'b' } else { b'a' };
            assert_eq!(Link::open(std::str::from_utf8(&forged).unwrap(), &vault, at(0)), None);
        }
        for nonsense in ["", "a", "🙂", &"a".repeat(10_000)] {
            assert_eq!(Link::open(nonsense, &vault, at(0)), None);
        }
    }
}
