//! The addresses that are given to a Retell workspace. The key in them is a secret.

use domain::ids::ApiKey;
use serde::Serialize;
use utoipa::ToSchema;

/// Where Retell reaches one customer.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RetellUrls {
    /// For events of calls.
    #[schema(example = "https://voice.example/api/v1/webhook/retell/ae_…")]
    webhook_url: String,
    /// For calls that ring.
    inbound_url: String,
    /// For the function that tells free slots.
    availability_url: String,
    /// For the function that books.
    book_url: String,
    /// For the function that looks a caller up.
    lookup_url: String,
}

impl RetellUrls {
    /// Those with this key, on a platform reached at `base`, which ends without a slash.
    pub fn new(base: &str, key: &ApiKey) -> Self {
        let key = key.reveal();
        let function = |name: &str| format!("{base}/api/v1/function/{name}/{key}");
        Self {
            webhook_url: format!("{base}/api/v1/webhook/retell/{key}"),
            inbound_url: format!("{base}/api/v1/webhook/retell/{key}/inbound"),
            availability_url: function("availability"),
            book_url: function("book"),
            lookup_url: function("lookup"),
        }
    }

    /// Each with the name people know it by.
    pub fn named(&self) -> [(&'static str, &str); 5] {
        [
            ("webhook", &self.webhook_url),
            ("inbound", &self.inbound_url),
            ("availability", &self.availability_url),
            ("book", &self.book_url),
            ("lookup", &self.lookup_url),
        ]
    }
}
