//! What became of a message: by our own account, and by its carrier's.

use serde::{Deserialize, Serialize};

/// What became of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// It waits to be sent, for the first time or again.
    Pending,
    /// Its carrier has accepted it.
    Sent,
    /// It could not be sent.
    Failed,
    /// It should not be sent any more.
    Suppressed,
}

impl Status {
    /// All there are.
    pub const ALL: [Status; 4] = [Status::Pending, Status::Sent, Status::Failed, Status::Suppressed];

    /// As it is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Status::Pending => "pending",
            Status::Sent => "sent",
            Status::Failed => "failed",
            Status::Suppressed => "suppressed",
        }
    }

    /// Reads [`Status::as_str`].
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == text)
    }
}

/// What the carrier has said of a message since it accepted it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Receipt {
    /// Nothing.
    Unknown,
    /// It has arrived.
    Delivered,
    /// It could not be handed over.
    Undelivered,
}

impl Receipt {
    /// All there are.
    pub const ALL: [Receipt; 3] = [Receipt::Unknown, Receipt::Delivered, Receipt::Undelivered];

    /// As it is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Receipt::Unknown => "unknown",
            Receipt::Delivered => "delivered",
            Receipt::Undelivered => "undelivered",
        }
    }

    /// Reads [`Receipt::as_str`].
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|receipt| receipt.as_str() == text)
    }
}
