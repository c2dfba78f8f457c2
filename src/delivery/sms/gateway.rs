//! Text messages as mails to ClickSend's gateway: `<number>@sms.clicksend.com`.
//!
//! The text is the body, and everything else that a mail may have would be part of the text or cost
//! a message more: so no subject, no HTML, one recipient. What the mail server takes counts as sent;
//! nobody tells whether it arrived.

use anyhow::Context;
use lettre::Message;
use lettre::address::Address;
use lettre::message::Mailbox;
use lettre::message::header::ContentType;

use super::super::email::Mailer;
use super::super::not_sent::NotSent;
use super::{SmsTransport, Taken, TextMessage, checked};

/// Mails text messages.
#[derive(Clone)]
pub struct Gateway {
    mailer: Mailer,
    host: String,
}

impl Gateway {
    /// To the gateway on this host.
    pub fn new(mailer: Mailer, host: &str) -> anyhow::Result<Self> {
        let host = host.trim().to_owned();
        Address::new("+15550100123", &host)
            .with_context(|| format!("CLICKSEND_GATEWAY {host:?} is no host"))?;
        Ok(Self { mailer, host })
    }

    fn mail(&self, message: &TextMessage, number: &str) -> anyhow::Result<Message> {
        let to = Address::new(number, &self.host)?;
        let builder = Message::builder().from(self.mailer.sender().clone()).to(Mailbox::new(None, to));
        let builder = builder.subject("").message_id(Some(message.message_id.clone()));
        Ok(builder.header(ContentType::TEXT_PLAIN).body(message.body.clone())?)
    }
}

impl SmsTransport for Gateway {
    async fn send(&self, message: &TextMessage) -> Result<Taken, NotSent> {
        let number = checked(&message.to)?;
        let mail = self.mail(message, number).map_err(|error| NotSent {
            kind: "it cannot be written as a mail",
            why: error.to_string(),
            is_permanent: true,
        })?;
        self.mailer.post(mail).await?;
        Ok(Taken { provider_id: None, parts: None })
    }
}
