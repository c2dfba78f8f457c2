//! Writes messages: the words of the business, filled in with how the appointment is.

use actors::error::Error;
use actors::secrets::Vault;
use actors::store::Store;
use actors::store::invoices;
use actors::store::outbox::{self, Brief, Claimed};
use actors::store::webhooks;
use domain::appointments::Appointment;
use domain::invoices::{Invoice, Status};
use domain::notifications::{Channel, Occasion, Topic};
use domain::sms;
use domain::speech::{date_in_words, time_in_words};
use domain::template::{Values, fill};
use domain::webhooks::{State, host_of};
use jiff::tz::TimeZone;
use views::ics::{self, Entry, Method};
use views::mail::Content;
use views::mail::appointments::{GuestMail, guest_mail};
use views::mail::balance::alert;
use views::mail::invoices::{finalized, overdue};
use views::mail::webhooks::{SwitchedOff, switched_off};

use super::letter::{Calendar, Document, Letter};
use super::not_sent::NotSent;
use crate::documents;
use crate::guest_links::{cancel_url, guest_url, move_url};

/// A message as it leaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Message {
    /// A mail.
    Mail {
        /// To whom, from whom.
        letter: Box<Letter>,
        /// What it says.
        content: Content,
    },
    /// A text message.
    Text {
        /// As it was said or typed; whoever sends it takes nothing but a number.
        to: String,
        /// What it says.
        body: String,
        /// Of the mail to a gateway.
        message_id: String,
    },
}

impl Message {
    /// Subject, words and number of parts, for the log.
    pub fn as_sent(self) -> (Option<String>, String, Option<u32>) {
        match self {
            Message::Mail { content, .. } => (Some(content.subject), content.text, None),
            Message::Text { body, .. } => {
                let parts = sms::parts(&body).count;
                (None, body, Some(parts))
            }
        }
    }
}

/// Writes messages.
pub struct Writer {
    /// Where a business's admins are.
    pub store: Store,
    /// Makes the links of guests.
    pub vault: Vault,
    /// Whose service it is.
    pub platform_name: String,
    /// Where it is reached, without a slash at the end.
    pub public_url: String,
    /// Of every amount.
    pub currency: String,
    /// The address that mails are from.
    pub sender: String,
}

impl Writer {
    /// Writes a message that is to be sent now.
    pub async fn write(
        &self,
        claimed: Claimed,
        brief: &Brief,
        topic: Topic,
    ) -> Result<Result<Message, NotSent>, Error> {
        let message_id = self.message_id(claimed);
        match (topic, &brief.appointment) {
            (Topic::Balance(state), _) => {
                let to = outbox::admins(&self.store, claimed.customer).await?;
                let letter = Letter { to, message_id: Some(message_id), ..Letter::default() };
                let top_up = format!("{}/billing/top-up", self.public_url);
                let (balance, threshold) = (brief.balance, brief.low_balance_alert);
                let content = alert(state, balance, threshold, &self.currency, &self.platform_name, &top_up);
                Ok(Ok(Message::Mail { letter: Box::new(letter), content }))
            }
            (Topic::Endpoint, _) => {
                let off = webhooks::switched_off(&self.store, claimed.customer).await?;
                let off: Vec<SwitchedOff> = off.into_iter().map(told).collect();
                if off.is_empty() {
                    return Ok(Err(NotSent {
                        kind: "the endpoint is on again",
                        why: "somebody has switched it on again".to_owned(),
                        is_permanent: true,
                    }));
                }
                let to = outbox::admins(&self.store, claimed.customer).await?;
                let letter = Letter { to, message_id: Some(message_id), ..Letter::default() };
                let url = format!("{}/settings/webhooks", self.public_url);
                let content = switched_off(&off, &self.platform_name, &url);
                Ok(Ok(Message::Mail { letter: Box::new(letter), content }))
            }
            (Topic::Invoice | Topic::Overdue, _) => {
                self.about_invoice(claimed, brief, topic, message_id).await
            }
            (Topic::Appointment(occasion), Some(appointment)) => {
                Ok(Ok(self.to_guest(claimed, brief, occasion, appointment, message_id)))
            }
            (Topic::Appointment(_), None) => Ok(Err(NotSent {
                kind: "there is no appointment",
                why: "there is no such appointment any more".to_owned(),
                is_permanent: true,
            })),
        }
    }

    /// To the admins: an invoice, or that it is overdue. One that was paid or taken back meanwhile is not.
    async fn about_invoice(
        &self,
        claimed: Claimed,
        brief: &Brief,
        topic: Topic,
        message_id: String,
    ) -> Result<Result<Message, NotSent>, Error> {
        let invoice = match brief.invoice {
            Some(id) => invoices::to_send(&self.store, claimed.customer, id).await?,
            None => None,
        };
        let is_wanted = |invoice: &Invoice| match topic {
            Topic::Overdue => invoice.status == Status::Overdue,
            _ => invoice.status != Status::Void,
        };
        let Some(invoice) = invoice.filter(is_wanted) else {
            return Ok(Err(NotSent {
                kind: "the invoice is settled",
                why: "the invoice was paid or taken back".to_owned(),
                is_permanent: true,
            }));
        };
        let to = outbox::admins(&self.store, claimed.customer).await?;
        let url = format!("{}/billing/invoices/{}", self.public_url, invoice.id);
        let content = match topic {
            Topic::Overdue => overdue(&invoice, &self.platform_name, &url),
            _ => finalized(&invoice, &self.platform_name, &url),
        };
        let name = format!("{}.pdf", invoice.number);
        let document = match documents::invoice(&self.store, invoice).await {
            Ok(pdf) => Some(Document { name, pdf }),
            Err(error) => {
                tracing::error!(customer.id = claimed.customer.0, %error, "an invoice could not be written");
                return Ok(Err(NotSent {
                    kind: "no document",
                    why: "the invoice's document could not be written".to_owned(),
                    is_permanent: false,
                }));
            }
        };
        let letter = Letter { to, message_id: Some(message_id), document, ..Letter::default() };
        Ok(Ok(Message::Mail { letter: Box::new(letter), content }))
    }

    fn to_guest(
        &self,
        claimed: Claimed,
        brief: &Brief,
        occasion: Occasion,
        appointment: &Appointment,
        message_id: String,
    ) -> Message {
        let template = brief.template(occasion);
        let zone = TimeZone::get(&brief.profile.timezone).unwrap_or(TimeZone::UTC);
        let local = appointment.start.to_zoned(zone.clone());
        let (date, time) = (date_in_words(local.date()), time_in_words(local.time()));
        let token = self.vault.guest_token(claimed.customer, appointment.id);
        let link = guest_url(&self.public_url, &token);
        let values = Values {
            guest_name: appointment.guest.name.as_deref(),
            date: &date,
            time: &time,
            company_name: brief.profile.shown_name(),
            company_phone: brief.profile.phone.as_deref(),
            cancellation_link: &cancel_url(&self.public_url, &token),
            reschedule_link: &move_url(&self.public_url, &token),
            has_email: brief.email_enabled && appointment.guest.email.is_some(),
        };
        if brief.channel == Channel::Sms {
            let body = fill(&template, Channel::Sms, &values).body;
            return Message::Text { to: brief.recipient.clone(), body, message_id };
        }
        let mail = GuestMail {
            occasion,
            template: &template,
            values: &values,
            weekday: &local.strftime("%A").to_string(),
            zone: &brief.profile.timezone.replace('_', " "),
            platform_name: &self.platform_name,
        };
        let letter = Letter {
            to: vec![brief.recipient.clone()],
            from_name: Some(format!("{} via {}", brief.profile.shown_name(), self.platform_name)),
            reply_to: Some(brief.profile.email.clone()),
            message_id: Some(message_id),
            calendar: Some(self.calendar(claimed, brief, occasion, appointment, &link)),
            document: None,
        };
        Message::Mail { letter: Box::new(letter), content: guest_mail(&mail) }
    }

    /// The entry of the guest's calendar: newer with each move, and at last taken out. A reminder repeats
    /// it as it is.
    fn calendar(
        &self,
        claimed: Claimed,
        brief: &Brief,
        occasion: Occasion,
        appointment: &Appointment,
        link: &str,
    ) -> Calendar {
        let is_cancelled = occasion == Occasion::Cancelled;
        let (method, name) = match is_cancelled {
            true => (Method::Cancel, "CANCEL"),
            false => (Method::Request, "REQUEST"),
        };
        let company = brief.profile.shown_name();
        let uid = ics::uid(claimed.customer, appointment.id, &self.public_url);
        let entry = Entry {
            uid: &uid,
            sequence: appointment.moves + u32::from(is_cancelled),
            method,
            start: appointment.start,
            end: appointment.end,
            stamp: appointment.updated_at,
            summary: &format!("Appointment with {company}"),
            description: brief.profile.phone.as_deref(),
            location: None,
            organizer: Some((company, &self.sender)),
            attendee: Some((appointment.guest.name.as_deref(), &brief.recipient)),
            url: Some(link),
        };
        Calendar { method: name, file: ics::render(&entry) }
    }

    /// The same at each try.
    fn message_id(&self, claimed: Claimed) -> String {
        let host = self.sender.rsplit_once('@').map_or("localhost", |(_, host)| host);
        format!("<{}.{}@{host}>", claimed.id, claimed.customer.0)
    }
}

fn told((url, state): (String, State)) -> SwitchedOff {
    SwitchedOff { host: host_of(&url).to_owned(), is_gone: state == State::Gone }
}
