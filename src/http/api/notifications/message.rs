//! A message as it is answered.

use actors::store::notifications::{Notification, Worded};
use domain::billing::BalanceState;
use domain::money::Money;
use domain::notifications::{Channel, Occasion, Receipt, Status, Topic};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How a message goes.
#[derive(Serialize, Deserialize, ToSchema, Debug, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum MessageType {
    /// A mail.
    Email,
    /// A text message.
    Sms,
}

/// What became of a message.
#[derive(Serialize, Deserialize, ToSchema, Clone, Copy)]
#[serde(rename_all = "lowercase")]
pub enum MessageStatus {
    /// It waits to be sent, for the first time or again.
    Pending,
    /// Its carrier has accepted it; what became of it then says `receipt`.
    Sent,
    /// It could not be sent.
    Failed,
    /// It should not be sent any more.
    Suppressed,
}

/// What the carrier has said since it accepted a message.
#[derive(Serialize, ToSchema, Clone, Copy)]
#[serde(rename_all = "lowercase")]
pub enum MessageReceipt {
    Unknown,
    Delivered,
    Undelivered,
}

/// What a message is about.
#[derive(Serialize, Deserialize, ToSchema, Clone, Copy)]
#[serde(rename_all = "snake_case")]
pub enum MessageTopic {
    Booked,
    Moved,
    Cancelled,
    Reminder,
    BalanceLow,
    BalanceDepleted,
    /// An endpoint of the business's own systems was switched off; to the admins.
    EndpointDisabled,
    /// An invoice; to the admins.
    Invoice,
    /// An invoice is overdue; to the admins.
    InvoiceOverdue,
}

/// A message.
#[derive(Serialize, ToSchema)]
pub struct Message {
    #[schema(example = "msg_12")]
    id: String,
    r#type: MessageType,
    template: MessageTopic,
    /// A mail address or a telephone number; `admins` for an alert to the business's admins.
    #[schema(example = "+15550100123")]
    recipient: String,
    /// The appointment it tells of.
    #[schema(required, example = "apt_123")]
    appointment_id: Option<String>,
    status: MessageStatus,
    receipt: MessageReceipt,
    /// What was charged for it.
    #[schema(value_type = f64, minimum = 0, example = 0.02)]
    cost: Money,
    /// Why it was not sent, or not yet.
    #[schema(required, example = "the guest has opted out")]
    error_message: Option<String>,
    /// Tries so far.
    #[schema(minimum = 0, example = 1)]
    attempts: u32,
    /// Of a text message that was sent: as so many it was counted.
    #[schema(required, minimum = 1, example = 1)]
    parts: Option<u32>,
    /// Whether somebody asked for it by hand.
    is_resend: bool,
    /// When it is tried next, where it waits; else when it was.
    #[schema(example = "2026-01-12T09:12:31Z")]
    due_at: Timestamp,
    /// When its carrier accepted it.
    #[schema(required, example = "2026-01-12T09:12:32Z")]
    sent_at: Option<Timestamp>,
    /// When it was queued.
    #[schema(example = "2026-01-12T09:12:31Z")]
    created_at: Timestamp,
}

/// A message with its words.
#[derive(Serialize, ToSchema)]
pub struct MessageDetail {
    #[serde(flatten)]
    message: Message,
    /// Of a mail that was sent.
    #[schema(required, example = "Your appointment with Harbour Dental")]
    subject: Option<String>,
    /// As it was sent, as text.
    #[schema(required, example = "Hi Jane! Your appointment with Harbour Dental is confirmed.")]
    content: Option<String>,
}

impl From<MessageType> for Channel {
    fn from(kind: MessageType) -> Self {
        match kind {
            MessageType::Email => Self::Email,
            MessageType::Sms => Self::Sms,
        }
    }
}

impl From<Channel> for MessageType {
    fn from(channel: Channel) -> Self {
        match channel {
            Channel::Email => Self::Email,
            Channel::Sms => Self::Sms,
        }
    }
}

impl From<MessageStatus> for Status {
    fn from(status: MessageStatus) -> Self {
        match status {
            MessageStatus::Pending => Self::Pending,
            MessageStatus::Sent => Self::Sent,
            MessageStatus::Failed => Self::Failed,
            MessageStatus::Suppressed => Self::Suppressed,
        }
    }
}

impl From<Status> for MessageStatus {
    fn from(status: Status) -> Self {
        match status {
            Status::Pending => Self::Pending,
            Status::Sent => Self::Sent,
            Status::Failed => Self::Failed,
            Status::Suppressed => Self::Suppressed,
        }
    }
}

impl From<Receipt> for MessageReceipt {
    fn from(receipt: Receipt) -> Self {
        match receipt {
            Receipt::Unknown => Self::Unknown,
            Receipt::Delivered => Self::Delivered,
            Receipt::Undelivered => Self::Undelivered,
        }
    }
}

impl From<MessageTopic> for Topic {
    fn from(template: MessageTopic) -> Self {
        match template {
            MessageTopic::Booked => Self::Appointment(Occasion::Booked),
            MessageTopic::Moved => Self::Appointment(Occasion::Moved),
            MessageTopic::Cancelled => Self::Appointment(Occasion::Cancelled),
            MessageTopic::Reminder => Self::Appointment(Occasion::Reminder),
            MessageTopic::BalanceLow => Self::Balance(BalanceState::Low),
            MessageTopic::BalanceDepleted => Self::Balance(BalanceState::Depleted),
            MessageTopic::EndpointDisabled => Self::Endpoint,
            MessageTopic::Invoice => Self::Invoice,
            MessageTopic::InvoiceOverdue => Self::Overdue,
        }
    }
}

impl From<Topic> for MessageTopic {
    fn from(topic: Topic) -> Self {
        match topic {
            Topic::Appointment(Occasion::Booked) => Self::Booked,
            Topic::Appointment(Occasion::Moved) => Self::Moved,
            Topic::Appointment(Occasion::Cancelled) => Self::Cancelled,
            Topic::Appointment(Occasion::Reminder) => Self::Reminder,
            Topic::Endpoint => Self::EndpointDisabled,
            Topic::Invoice => Self::Invoice,
            Topic::Overdue => Self::InvoiceOverdue,
            Topic::Balance(BalanceState::Depleted) => Self::BalanceDepleted,
            Topic::Balance(BalanceState::Low | BalanceState::Ok) => Self::BalanceLow,
        }
    }
}

impl From<Notification> for Message {
    fn from(notification: Notification) -> Self {
        Self {
            id: notification.id.to_string(),
            r#type: notification.channel.into(),
            template: notification.topic.into(),
            recipient: notification.recipient,
            appointment_id: notification.appointment.map(|appointment| appointment.to_string()),
            status: notification.status.into(),
            receipt: notification.receipt.into(),
            cost: notification.cost,
            error_message: notification.why,
            attempts: notification.attempts,
            parts: notification.parts,
            is_resend: notification.is_resend,
            due_at: notification.due_at,
            sent_at: notification.sent_at,
            created_at: notification.created_at,
        }
    }
}

impl From<Worded> for MessageDetail {
    fn from(Worded { notification, subject, content }: Worded) -> Self {
        Self { message: notification.into(), subject, content }
    }
}
