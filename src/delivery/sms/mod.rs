//! Text messages: one trait, and the two ways in which ClickSend takes them.
//!
//! By mail to its gateway ([`gateway`], as the specification has it), or by its REST API
//! ([`clicksend`]), which alone says whether a message arrived and in how many parts it went. Who
//! wants no messages is not asked here: whoever sends looks at the opt-outs first.

pub mod clicksend;
pub mod gateway;

use std::sync::Arc;

use anyhow::bail;

use self::clicksend::Clicksend;
use self::gateway::Gateway;
use super::email::Mailer;
use super::not_sent::NotSent;
use crate::config::Config;

/// What is sent to a telephone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextMessage {
    /// E.164, and nothing else: `+` and 7 to 15 digits.
    pub to: String,
    /// What it says.
    pub body: String,
    /// What receipts and replies repeat: [`domain::sms_replies::Reference`] as it is written.
    pub reference: String,
    /// The `Message-ID` of the mail to the gateway, the same at each try.
    pub message_id: String,
    /// Whether it may have been taken before, by a try whose answer was lost.
    pub is_retry: bool,
}

/// A message that was accepted, which is not yet one that arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// ClickSend's name for it; the gateway tells none.
    pub provider_id: Option<String>,
    /// Of how many parts it consists; the gateway does not tell.
    pub parts: Option<u32>,
}

/// A way for text messages.
pub trait SmsTransport {
    /// Hands a message over, once.
    fn send(&self, message: &TextMessage) -> impl Future<Output = Result<Taken, NotSent>> + Send;
}

/// The way that the settings choose.
#[derive(Clone)]
pub enum Texter {
    /// A mail to ClickSend's gateway.
    Gateway(Gateway),
    /// ClickSend's REST API.
    Clicksend(Arc<Clicksend>),
}

impl Texter {
    /// The REST API where there is an account for it, else the gateway: by the mail server, or as
    /// files where there is none. Nothing is connected before the first message.
    pub fn new(config: &Config, mailer: &Mailer) -> anyhow::Result<Self> {
        match (&config.clicksend_username, &config.clicksend_api_key) {
            (Some(username), Some(api_key)) => {
                Ok(Self::Clicksend(Arc::new(Clicksend::new(config, username, api_key)?)))
            }
            (None, None) => Ok(Self::Gateway(Gateway::new(mailer.clone(), &config.clicksend_gateway)?)),
            _ => bail!("CLICKSEND_USERNAME and CLICKSEND_API_KEY belong together: set both, or none"),
        }
    }
}

impl SmsTransport for Texter {
    async fn send(&self, message: &TextMessage) -> Result<Taken, NotSent> {
        match self {
            Self::Gateway(gateway) => gateway.send(message).await,
            Self::Clicksend(clicksend) => clicksend.send(message).await,
        }
    }
}

/// The number as it is given to ClickSend. What a caller gave as a number may be anything: in front
/// of the gateway's host it would be an address, or several.
fn checked(to: &str) -> Result<&str, NotSent> {
    let digits = to.strip_prefix('+').unwrap_or_default();
    if (7..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(to);
    }
    Err(NotSent {
        kind: "the recipient is no telephone number",
        why: "this is no telephone number with its country".to_owned(),
        is_permanent: true,
    })
}

#[cfg(test)]
mod tests {
    use super::checked;

    #[test]
    fn only_a_number_is_a_recipient() {
        for number in ["+1234567", "+15550100123", "+123456789012345"] {
            assert_eq!(checked(number), Ok(number));
        }
        for hostile in [
            "",
            "+",
            "+123456",
            "+1234567890123456",
            "15550100123",
            "++15550100123",
            "+1555@evil.example,v@x",
            "+15550100123,+15550100124",
            "+15550100123@evil.example",
            "+1555010 0123",
            "+15550100123\r\nBcc: v@x.example",
            "+15550100123\0",
            "+١٥٥٥٠١٠٠١٢٣",
            "anonymous",
        ] {
            let refused = checked(hostile).expect_err(hostile);
            assert!(refused.is_permanent && !refused.why.contains("evil"), "{hostile}");
        }
    }
}
