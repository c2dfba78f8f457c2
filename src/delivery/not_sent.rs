//! Why something has not left the house.

/// A message that nobody has taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{kind}")]
pub struct NotSent {
    /// In our words: for the server's log.
    pub kind: &'static str,
    /// In the words of whoever refused it: for the customer's log, since they may name the recipient.
    pub why: String,
    /// Trying again would be told the same.
    pub is_permanent: bool,
}
