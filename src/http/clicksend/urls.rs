//! The addresses that are given to ClickSend. The token in them is a secret.

/// Where ClickSend reaches us.
#[derive(Debug, Clone)]
pub struct ClicksendUrls {
    /// For replies of guests.
    pub inbound: String,
    /// For receipts of messages.
    pub receipt: String,
}

impl ClicksendUrls {
    /// Those with this token, on a platform reached at `base`, which ends without a slash.
    pub fn new(base: &str, token: &str) -> Self {
        Self {
            inbound: format!("{base}/api/v1/clicksend/inbound/{token}"),
            receipt: format!("{base}/api/v1/clicksend/receipt/{token}"),
        }
    }
}
