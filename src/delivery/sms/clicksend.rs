//! Text messages by ClickSend's REST API v3: <https://developers.clicksend.com/docs>.
//!
//! Status 200 says that ClickSend has read the request; what became of the message is a word of its
//! own. A message that ClickSend took although we never heard so is sent again by whoever tries
//! again: there is no key that makes a repeat harmless, but ClickSend itself refuses the same text
//! to the same number shortly after (`THROTTLED`), which ends the tries.

use std::time::Duration;

use anyhow::Context;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use data_encoding::BASE64;
use serde_json::{Value, json};

use super::super::not_sent::NotSent;
use super::{SmsTransport, Taken, TextMessage, checked};
use crate::config::{Config, Secret};
use crate::egress::{Egress, Failed, Limits};

/// What an answer about one message may cost.
const LIMITS: Limits =
    Limits { idle: Duration::from_secs(15), total: Duration::from_secs(15), bytes: 64 * 1024 };
/// More parts than any message has: whoever says so means something else.
const PARTS_MAX: u32 = 100;
/// Of an id that is kept.
const ID_BYTES_MAX: usize = 100;

/// Speaks to ClickSend.
pub struct Clicksend {
    egress: Egress,
    url: String,
    authorization: HeaderValue,
    /// A number or a name; ClickSend chooses a number without.
    from: Option<String>,
    limits: Limits,
}

impl Clicksend {
    /// With this account.
    pub fn new(config: &Config, username: &str, api_key: &Secret) -> anyhow::Result<Self> {
        let egress = Egress::new(&config.egress_allow).context("prepare to speak to ClickSend")?;
        let url = format!("{}/v3/sms/send", config.clicksend_api_base.trim().trim_end_matches('/'));
        egress.check(&url).context("CLICKSEND_API_BASE cannot be used")?;
        let account = format!("{}:{}", username.trim(), api_key.reveal().trim());
        let mut authorization = HeaderValue::try_from(format!("Basic {}", BASE64.encode(account.as_bytes())))
            .context("write the header for ClickSend")?;
        authorization.set_sensitive(true);
        let from = config.clicksend_from.as_deref().map(str::trim).filter(|from| !from.is_empty());
        Ok(Self { egress, url, authorization, from: from.map(str::to_owned), limits: LIMITS })
    }

    /// The same with less patience, for tests.
    pub fn within(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }

    fn body(&self, message: &TextMessage, number: &str) -> String {
        let mut said = json!({"to": number, "body": message.body, "custom_string": message.reference});
        if let Some(from) = &self.from {
            said["from"] = json!(from);
        }
        json!({"messages": [said]}).to_string()
    }
}

impl SmsTransport for Clicksend {
    async fn send(&self, message: &TextMessage) -> Result<Taken, NotSent> {
        let number = checked(&message.to)?;
        let headers = HeaderMap::from_iter([
            (header::AUTHORIZATION, self.authorization.clone()),
            (header::CONTENT_TYPE, HeaderValue::from_static("application/json")),
        ]);
        let request = self.egress.request(Method::POST, &self.url);
        let request = request.map_err(|blocked| unreached(&Failed::Blocked(blocked)))?;
        let request = request.headers(headers).body(self.body(message, number));
        let answer = request.send(self.limits).await.map_err(|failed| unreached(&failed))?;
        let status = answer.status();
        let said = answer.read().await.map_err(|failed| unreached(&failed))?;
        let judged = judge(status, &serde_json::from_slice(&said).unwrap_or_default());
        match judged {
            // It went out by the try before, which is what we wanted to know.
            Err(Refused { blame: Blame::Repeat, .. }) if message.is_retry => {
                Ok(Taken { provider_id: None, parts: None })
            }
            judged => judged.map_err(|refused| refused.reported(status)),
        }
    }
}

/// No answer, or half of one.
fn unreached(failed: &Failed) -> NotSent {
    let kind = match failed {
        Failed::TooSlow => "ClickSend does not answer in time",
        Failed::TooLarge(_) => "ClickSend's answer is too large",
        Failed::BrokeOff(_) => "ClickSend's answer broke off",
        Failed::Blocked(_) | Failed::Unreachable(_) => "ClickSend cannot be reached",
    };
    NotSent { kind, why: kind.to_owned(), is_permanent: false }
}

/// Why ClickSend has not taken a message.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Refused {
    blame: Blame,
    /// ClickSend's own, such as `INVALID_RECIPIENT`.
    word: Option<String>,
}

/// What must change before a message is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Blame {
    /// The message: it never will be.
    Message,
    /// The same text has just gone there: it was taken before, by a try whose answer was lost.
    Repeat,
    /// Our account there, or how we use it: not the customer's fault, and somebody must act.
    Account,
    /// Nothing but the time of day.
    Moment,
}

/// Those of ClickSend's words whose blame is not the message's.
const WORDS: [(&str, Blame); 14] = [
    ("THROTTLED", Blame::Repeat),
    ("INSUFFICIENT_CREDIT", Blame::Account),
    ("MISSING_CREDENTIALS", Blame::Account),
    ("INVALID_CREDENTIALS", Blame::Account),
    ("ACCOUNT_NOT_ACTIVATED", Blame::Account),
    ("COUNTRY_NOT_ENABLED", Blame::Account),
    ("INVALID_SENDER_ID", Blame::Account),
    ("NOT_ENOUGH_PERMISSION", Blame::Account),
    ("UNAUTHORIZED", Blame::Account),
    ("FORBIDDEN", Blame::Account),
    ("INTERNAL_ERROR", Blame::Moment),
    ("INTERNAL_SERVER_ERROR", Blame::Moment),
    ("SOMETHING_IS_WRONG", Blame::Moment),
    ("TOO_MANY_REQUESTS", Blame::Moment),
];

/// What an answer means for the one message that was sent.
fn judge(status: StatusCode, said: &Value) -> Result<Taken, Refused> {
    let message = said.pointer("/data/messages/0");
    // That the request as a whole is a SUCCESS says nothing about the message in it.
    let word = word(message.map_or(&said["response_code"], |message| &message["status"]));
    if let Some(message) = message.filter(|_| status.is_success() && word.as_deref() == Some("SUCCESS")) {
        return Ok(Taken {
            provider_id: id(&message["message_id"]),
            parts: parts(&message["message_parts"]),
        });
    }
    let known = word.as_deref().and_then(|word| WORDS.iter().find(|(known, _)| *known == word));
    let blame = match (status.as_u16(), known) {
        (_, Some((_, blame))) => *blame,
        // Not ClickSend's handwriting: something in between has answered.
        (200..=299, None) if message.is_none() => Blame::Moment,
        // A word that we do not know. It could mean that the message is on its way: nobody is
        // texted twice for that.
        (200..=299, None) => Blame::Message,
        (408 | 425 | 429 | 500..=599, None) => Blame::Moment,
        // A wrong name or key, no right to send, or CLICKSEND_API_BASE is somebody else.
        (100..=399 | 401..=405 | 407, None) => Blame::Account,
        (_, None) => Blame::Message,
    };
    Err(Refused { blame, word })
}

impl Refused {
    /// For the worker's decision and the customer's log; where somebody must act, also for the
    /// server's.
    fn reported(self, status: StatusCode) -> NotSent {
        let word = self.word.as_deref().unwrap_or("no word that we know");
        let (kind, why) = match self.blame {
            Blame::Message => ("ClickSend refuses the message", format!("ClickSend answers {word}")),
            Blame::Repeat => (
                "ClickSend has just taken the same message",
                "ClickSend says that it has just sent the same text to this number".to_owned(),
            ),
            Blame::Account => {
                tracing::error!(
                    http.status = status.as_u16(),
                    clicksend.status = word,
                    "ClickSend does not serve our account: look at its credit, keys, sender and countries"
                );
                // Whose credit it is that is used up is nothing that a customer needs to know.
                let why = "text messages cannot be sent just now".to_owned();
                ("ClickSend does not serve our account", why)
            }
            Blame::Moment => {
                ("ClickSend cannot take it now", format!("ClickSend answers {}", status.as_u16()))
            }
        };
        let is_permanent = matches!(self.blame, Blame::Message | Blame::Repeat);
        NotSent { kind, why, is_permanent }
    }
}

/// One of ClickSend's words; anything else could be somebody's number or text.
fn word(value: &Value) -> Option<String> {
    let word = value.as_str()?.trim();
    let is_word = (1..=40).contains(&word.len()) && word.bytes().all(|b| b.is_ascii_uppercase() || b == b'_');
    is_word.then(|| word.to_owned())
}

fn id(value: &Value) -> Option<String> {
    let id = value.as_str()?.trim();
    let is_id = (1..=ID_BYTES_MAX).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic());
    is_id.then(|| id.to_owned())
}

/// A number, also where it is written as a text or with a point.
fn parts(value: &Value) -> Option<u32> {
    let text = match value {
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.trim().to_owned(),
        _ => return None,
    };
    let parts = text.strip_suffix(".0").unwrap_or(&text).parse().ok()?;
    (1..=PARTS_MAX).contains(&parts).then_some(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(status: u16, said: Value) -> Result<Taken, Refused> {
        judge(StatusCode::from_u16(status).unwrap(), &said)
    }

    fn message(status: &str) -> Value {
        json!({"http_code": 200, "response_code": "SUCCESS", "data": {"messages": [{"status": status}]}})
    }

    fn blame(status: u16, said: Value) -> Blame {
        judged(status, said).expect_err("a refusal").blame
    }

    #[test]
    fn only_the_word_about_the_message_says_that_it_was_taken() {
        let said = json!({"response_code": "SUCCESS", "data": {"messages": [
            {"status": "SUCCESS", "message_id": "1EF2-A", "message_parts": 3}]}});
        assert_eq!(judged(200, said), Ok(Taken { provider_id: Some("1EF2-A".to_owned()), parts: Some(3) }));
        assert_eq!(judged(200, message("SUCCESS")), Ok(Taken { provider_id: None, parts: None }));
        assert_eq!(blame(200, message("INVALID_RECIPIENT")), Blame::Message);
        assert_eq!(blame(200, message("A_WORD_OF_TOMORROW")), Blame::Message);
        assert_eq!(blame(200, message("THROTTLED")), Blame::Repeat);
        assert_eq!(blame(200, message("INSUFFICIENT_CREDIT")), Blame::Account);
        assert_eq!(blame(200, message("COUNTRY_NOT_ENABLED")), Blame::Account);
        assert_eq!(blame(200, json!({"response_code": "SUCCESS", "data": {"messages": []}})), Blame::Moment);
        assert_eq!(blame(500, message("SUCCESS")), Blame::Moment);
    }

    #[test]
    fn a_status_alone_is_ours_theirs_or_the_moments() {
        for status in [429, 500, 502, 503, 504, 408] {
            assert_eq!(blame(status, Value::Null), Blame::Moment, "{status}");
        }
        for status in [301, 401, 402, 403, 404] {
            assert_eq!(blame(status, Value::Null), Blame::Account, "{status}");
        }
        assert_eq!(blame(200, Value::Null), Blame::Moment);
        assert_eq!(blame(400, json!({"response_code": "BAD_REQUEST"})), Blame::Message);
        assert_eq!(blame(400, json!({"response_code": "INSUFFICIENT_CREDIT"})), Blame::Account);
    }

    #[test]
    fn nothing_that_could_be_a_number_or_a_text_is_repeated() {
        let refused = judged(200, message("+15550100123 is bad")).expect_err("a refusal");
        assert_eq!((refused.blame, &refused.word), (Blame::Message, &None));
        assert!(!refused.reported(StatusCode::OK).why.contains("555"));
    }

    #[test]
    fn parts_are_read_however_they_are_written() {
        for (said, read) in [
            (json!(2), Some(2)),
            (json!(2.0), Some(2)),
            (json!("2"), Some(2)),
            (json!(0), None),
            (json!(101), None),
            (json!(-1), None),
            (json!(null), None),
            (json!("many"), None),
        ] {
            assert_eq!(parts(&said), read, "{said}");
        }
    }
}
