//! Works on one message: decides whether it still goes out, writes it, sends it, has it charged.
//!
//! What decides is read when the message is about to be sent, not when it was queued. A message that was
//! accepted is charged by its tenant in the commit in which it counts as sent; until that is done it
//! stays with us, and only a server that falls in between sends it a second time, under the same
//! `Message-ID`.

use std::time::Duration;

use actors::clock::Clock;
use actors::error::Error;
use actors::secrets::random;
use actors::store::Store;
use actors::store::outbox::{self, Brief, Claimed, End};
use actors::tenant::{Accepted, TenantHandle};
use actors::tenants::Tenants;
use domain::billing::BalanceState;
use domain::notifications::{Channel, Circumstances, Topic, pause_after, verdict};
use domain::sms_replies::Reference;
use jiff::SignedDuration;

use super::email::Mailer;
use super::metrics::{Metrics, Outcome};
use super::not_sent::NotSent;
use super::sms::{SmsTransport, Taken, TextMessage, Texter};
use super::writing::{Message, Writer};

/// Pauses while a charge cannot be written, because the database or the tenant is away.
const CHARGE_PAUSES: [Duration; 5] = [
    Duration::from_millis(50),
    Duration::from_millis(250),
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(5),
];
/// Before the second of two tries: where another server had the tenant, the first one has taken it back, and only
/// whoever comes soon still has it. Two that wait equally long would take it from each other for ever.
const CHARGE_AGAIN: Duration = Duration::from_millis(50);
/// Tries after those: ten minutes in all, which a database that is started anew does not take.
const CHARGE_TRIES_MAX: usize = 120;
/// Whoever has been taken so often falls with whoever works on it, or its server does.
const CLAIMS_MAX: u32 = 20;
/// How long a message waits for an earlier one about the same appointment.
const LETS_PASS: SignedDuration = SignedDuration::from_secs(2);
/// Characters kept of why a message was not taken.
const WHY_CHARS_MAX: usize = 300;

/// Everything that sending takes.
pub struct Desk {
    /// Where messages wait.
    pub store: Store,
    /// Who charges them.
    pub tenants: Tenants,
    /// The time of day.
    pub clock: Clock,
    /// What is counted.
    pub metrics: Metrics,
    /// Who takes mails.
    pub mailer: Mailer,
    /// Who takes text messages.
    pub texter: Texter,
    /// Who writes them.
    pub writer: Writer,
}

impl Desk {
    /// Works on a message of ours until it is sent, ended or put off. What cannot be read or noted now
    /// is taken again when its lease is over.
    pub async fn work_on(&self, claimed: Claimed) {
        if let Err(error) = self.try_to_send(claimed).await {
            tracing::warn!(customer.id = claimed.customer.0, message.id = %claimed.id, %error,
                "a message is left for later");
        }
    }

    async fn try_to_send(&self, claimed: Claimed) -> Result<(), Error> {
        let now = self.clock.now();
        let Some(brief) = outbox::brief(&self.store, claimed, now).await? else { return Ok(()) };
        let channel = brief.channel;
        if brief.attempts > CLAIMS_MAX {
            self.metrics.count(channel, Outcome::Failed);
            return Ok(outbox::end(&self.store, claimed, End::Failed, "given up after too many tries").await?);
        }
        let topic = match verdict(now, &circumstances(&brief)) {
            Ok(topic) => topic,
            Err(reason) => {
                self.metrics.count(channel, Outcome::Suppressed);
                return Ok(outbox::end(&self.store, claimed, End::Suppressed, &reason.to_string()).await?);
            }
        };
        if brief.is_behind {
            return Ok(outbox::let_pass(&self.store, claimed, now + LETS_PASS).await?);
        }
        // Before it goes out: what cannot be charged now is not sent now.
        let tenant = self.tenants.get(claimed.customer).await?;
        let message = match self.writer.write(claimed, &brief, topic).await? {
            Ok(message) => message,
            Err(not_sent) => return self.not_sent(claimed, &brief, not_sent).await,
        };
        match self.send(claimed, &brief, &message).await {
            Ok(taken) => self.charge(claimed, &tenant, &brief, topic, (message, taken)).await,
            Err(not_sent) => self.not_sent(claimed, &brief, not_sent).await,
        }
    }

    async fn send(&self, claimed: Claimed, brief: &Brief, message: &Message) -> Result<Taken, NotSent> {
        match message {
            Message::Mail { letter, content } => {
                let written = letter.clone().write(self.mailer.sender(), content.clone());
                let mail = written.map_err(|error| NotSent {
                    kind: "it cannot be written",
                    why: error.to_string(),
                    is_permanent: true,
                })?;
                self.mailer.post(mail).await?;
                Ok(Taken { provider_id: None, parts: None })
            }
            Message::Text { to, body, message_id } => {
                let reference = Reference { customer: claimed.customer, message: claimed.id };
                let text = TextMessage {
                    to: to.clone(),
                    body: body.clone(),
                    reference: reference.to_string(),
                    message_id: message_id.clone(),
                    is_retry: brief.attempts > 1,
                };
                self.texter.send(&text).await
            }
        }
    }

    /// Has an accepted message charged, also if that takes a while.
    async fn charge(
        &self,
        claimed: Claimed,
        tenant: &TenantHandle,
        brief: &Brief,
        topic: Topic,
        (message, taken): (Message, Taken),
    ) -> Result<(), Error> {
        let at = self.clock.now();
        self.metrics.count(brief.channel, Outcome::Sent);
        self.metrics.accepted_after(brief.channel, at.duration_since(brief.created_at).as_secs_f64());
        let (subject, content, counted) = message.as_sent();
        let accepted = Accepted {
            id: claimed.id,
            topic,
            channel: brief.channel,
            appointment: brief.appointment.as_ref().map(|appointment| appointment.id),
            subject,
            content,
            parts: taken.parts.or(counted),
            provider_id: taken.provider_id,
            at,
        };
        let longest = CHARGE_PAUSES[CHARGE_PAUSES.len() - 1];
        let pauses = CHARGE_PAUSES.into_iter().chain(std::iter::repeat_n(longest, CHARGE_TRIES_MAX));
        for pause in pauses.flat_map(|pause| [CHARGE_AGAIN, pause]) {
            match tenant.message_accepted(accepted.clone()).await {
                Ok(()) => return Ok(()),
                Err(Error::Refused(refusal)) => {
                    tracing::error!(%refusal, "an accepted message is refused by its tenant");
                    break;
                }
                Err(error) => tracing::warn!(%error, "an accepted message waits to be charged"),
            }
            let [jitter] = random::<1>();
            tokio::time::sleep(pause.mul_f64(0.5 + f64::from(jitter) / f64::from(u8::MAX))).await;
        }
        // Better unpaid than told to a guest again and again.
        tracing::error!(customer.id = claimed.customer.0, message.id = %claimed.id,
            "a message was sent and could not be charged");
        Ok(outbox::end(&self.store, claimed, End::Failed, "it was sent, and could not be charged").await?)
    }

    async fn not_sent(&self, claimed: Claimed, brief: &Brief, not_sent: NotSent) -> Result<(), Error> {
        let [jitter] = random::<1>();
        let pause = pause_after(brief.attempts, jitter).filter(|_| !not_sent.is_permanent);
        let why: String = not_sent.why.chars().filter(|c| !c.is_control()).take(WHY_CHARS_MAX).collect();
        tracing::warn!(customer.id = claimed.customer.0, message.id = %claimed.id, error = not_sent.kind,
            is_final = pause.is_none(), "a message could not be sent");
        match pause {
            Some(pause) => {
                self.metrics.count(brief.channel, Outcome::PutOff);
                let until = self.clock.now() + pause;
                Ok(outbox::put_off(&self.store, claimed, until, &why).await?)
            }
            None => {
                self.metrics.count(brief.channel, Outcome::Failed);
                Ok(outbox::end(&self.store, claimed, End::Failed, &why).await?)
            }
        }
    }
}

fn circumstances(brief: &Brief) -> Circumstances<'_> {
    Circumstances {
        topic: brief.topic,
        channel: brief.channel,
        starts_at: brief.starts_at,
        appointment: brief.appointment.as_ref(),
        customer: brief.profile.status,
        balance: BalanceState::of(brief.balance, brief.low_balance_alert),
        recipient: &brief.recipient,
        is_enabled: match brief.channel {
            Channel::Email => brief.email_enabled,
            Channel::Sms => brief.sms_enabled,
        },
        is_opted_out: brief.is_opted_out,
        is_superseded: brief.is_superseded,
        was_told: brief.was_told,
    }
}
