//! One row a route: who may, and what it is about.

use super::cast::Who;

/// What a path names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// Nothing, or nothing of a tenant's.
    None,
    Call,
    Appointment,
    Message,
    Invoice,
    /// Of money that came in.
    Payment,
    BlockedDate,
    /// A session of the one who asks.
    Session,
    /// An API token of the one who asks.
    Token,
    /// A colleague.
    User,
    /// Where the customer's own systems hear of events.
    Endpoint,
    /// An event at one of these.
    Delivery,
    /// A customer of the platform, which is nobody's but the platform's owner's to name.
    Customer,
}

/// A route, and its policy.
pub struct Row {
    pub route: &'static str,
    pub subject: Subject,
    /// Letters of [`Who`]; the rest get 403, nobody 401.
    pub may: &'static str,
    /// What those who may are answered.
    pub status: u16,
    /// With the names of the cast in braces.
    pub body: Option<&'static str>,
    /// Changes something, so a suspended customer's admin may not.
    pub writes: bool,
}

/// Everybody of the customer.
const MEMBERS: &str = "VWUDCKAZ";
/// And the platform's owner.
const ALL: &str = "VWUDCKAZS";

/// What only a session may do: a program with the token of whoever may is answered 403.
pub const BY_SESSION_ONLY: [&str; 1] = ["POST /api/auth/tokens"];

const fn reads(route: &'static str, subject: Subject, may: &'static str) -> Row {
    Row { route, subject, may, status: 200, body: None, writes: false }
}

const fn writes(
    route: &'static str,
    subject: Subject,
    may: &'static str,
    status: u16,
    body: Option<&'static str>,
) -> Row {
    Row { route, subject, may, status, body, writes: true }
}

/// For everybody of their own, suspended or not.
const fn own(
    route: &'static str,
    subject: Subject,
    may: &'static str,
    status: u16,
    body: Option<&'static str>,
) -> Row {
    Row { route, subject, may, status, body, writes: false }
}

#[rustfmt::skip]
pub const ROWS: &[Row] = &[
    own("POST /api/auth/login", Subject::None, "NVWUDCKAXZS", 200, Some(r#"{"email": "{email}"}"#)),
    // What a link opens is its own right; these lead nowhere.
    Row { route: "GET /api/auth/verify/{token}", subject: Subject::None, may: "NVWUDCKAXZS", status: 404, body: None, writes: false },
    Row { route: "POST /api/auth/verify/{token}", subject: Subject::None, may: "NVWUDCKAXZS", status: 404, body: Some("{}"), writes: false },
    reads("GET /api/auth/me", Subject::None, ALL),
    reads("GET /api/auth/sessions", Subject::None, ALL),
    own("DELETE /api/auth/sessions/{id}", Subject::Session, ALL, 204, None),
    reads("GET /api/auth/tokens", Subject::None, MEMBERS),
    writes("POST /api/auth/tokens", Subject::None, "VWUDCKA", 201, Some(r#"{"name": "x"}"#)),
    own("DELETE /api/auth/tokens/{id}", Subject::Token, MEMBERS, 204, None),

    reads("GET /api/calls", Subject::None, MEMBERS),
    Row { route: "GET /api/calls/search", subject: Subject::None, may: MEMBERS, status: 200, body: None, writes: false },
    reads("GET /api/calls/{id}", Subject::Call, MEMBERS),
    writes("PUT /api/calls/{id}/assignee", Subject::Call, "A", 204, Some(r#"{"user_id": null}"#)),
    // The sound itself lies elsewhere: with the right one gets as far as that.
    Row { route: "GET /api/calls/{id}/recording", subject: Subject::Call, may: MEMBERS, status: 502, body: None, writes: false },
    Row { route: "GET /api/calls/{id}/download", subject: Subject::Call, may: "DAZ", status: 502, body: None, writes: false },
    reads("GET /api/calls/{id}/recording-link", Subject::Call, MEMBERS),
    Row { route: "GET /api/recordings/{link}", subject: Subject::None, may: "NVWUDCKAXZS", status: 404, body: None, writes: false },

    reads("GET /api/appointments", Subject::None, MEMBERS),
    writes("POST /api/appointments", Subject::None, "KA", 201, Some(r#"{"start_time": "{free}", "guest_name": "Ben", "outside_hours": true}"#)),
    reads("GET /api/appointments/{id}", Subject::Appointment, MEMBERS),
    writes("PUT /api/appointments/{id}", Subject::Appointment, "KA", 200, Some(r#"{"notes": "x"}"#)),
    writes("DELETE /api/appointments/{id}", Subject::Appointment, "KA", 200, None),
    writes("POST /api/appointments/{id}/resend", Subject::Appointment, "KA", 202, None),
    reads("GET /api/notifications", Subject::None, "AZ"),
    reads("GET /api/notifications/{id}", Subject::Message, "AZ"),
    reads("GET /api/calendar", Subject::None, MEMBERS),
    reads("GET /api/availability", Subject::None, MEMBERS),
    writes("PUT /api/availability", Subject::None, "KA", 200, Some(r#"{"hours": [{"day_of_week": 2, "start_time": "00:00", "end_time": "24:00"}]}"#)),
    writes("POST /api/blocked-dates", Subject::None, "KA", 201, Some(r#"{"date": "2026-12-25"}"#)),
    writes("DELETE /api/blocked-dates/{id}", Subject::BlockedDate, "KA", 204, None),
    reads("GET /api/billing/balance", Subject::None, "AZ"),
    reads("GET /api/billing/transactions", Subject::None, "AZ"),
    reads("GET /api/billing/transactions.csv", Subject::None, "AZ"),
    reads("GET /api/billing/transactions.json", Subject::None, "AZ"),
    reads("GET /api/billing/statement", Subject::None, "AZ"),
    reads("GET /api/billing/usage", Subject::None, "AZ"),
    reads("GET /api/billing/receipts/{id}", Subject::Payment, "AZ"),
    reads("GET /api/billing/top-up", Subject::None, "AZ"),
    // Also of who is suspended; who has no Stripe is told so.
    own("POST /api/billing/top-up", Subject::None, "AZ", 409, Some(r#"{"amount": 50}"#)),
    reads("GET /api/billing/invoices", Subject::None, "AZ"),
    reads("GET /api/billing/invoices/draft", Subject::None, "AZ"),
    reads("GET /api/billing/invoices/{id}", Subject::Invoice, "AZ"),
    reads("GET /api/billing/invoices/{id}/pdf", Subject::Invoice, "AZ"),

    reads("GET /api/users", Subject::None, "AZ"),
    writes("POST /api/users", Subject::None, "A", 201, Some(r#"{"email": "{email}", "full_name": "Eve", "role": "viewer"}"#)),
    reads("GET /api/users/{id}", Subject::User, "AZ"),
    writes("PUT /api/users/{id}", Subject::User, "A", 200, Some(r#"{"full_name": "Eve"}"#)),
    writes("DELETE /api/users/{id}", Subject::User, "A", 204, None),
    writes("DELETE /api/users/{id}/sessions", Subject::User, "A", 204, None),

    reads("GET /api/settings", Subject::None, "AZ"),
    writes("PUT /api/settings", Subject::None, "A", 200, Some(r#"{"name": "Ada"}"#)),
    writes("PUT /api/settings/retell-key", Subject::None, "A", 200, Some(r#"{"key": "key_0123456789abcdef"}"#)),
    writes("DELETE /api/settings/retell-key", Subject::None, "A", 204, None),
    writes("POST /api/settings/api-key", Subject::None, "A", 200, Some("{}")),
    reads("GET /api/settings/templates", Subject::None, "AZ"),
    own("POST /api/settings/templates/{occasion}/{channel}/preview", Subject::None, "AZ", 200, Some(r#"{"body": "Hi"}"#)),
    writes("PUT /api/settings/templates/{occasion}/{channel}", Subject::None, "A", 200, Some(r#"{"body": "Hi"}"#)),
    writes("DELETE /api/settings/templates/{occasion}/{channel}", Subject::None, "A", 204, None),

    reads("GET /api/settings/webhooks", Subject::None, "AZ"),
    writes("POST /api/settings/webhooks", Subject::None, "A", 201, Some(r#"{"url": "https://hooks.example.com/"}"#)),
    reads("GET /api/settings/webhooks/{id}", Subject::Endpoint, "AZ"),
    writes("PATCH /api/settings/webhooks/{id}", Subject::Endpoint, "A", 200, Some(r#"{"is_enabled": false}"#)),
    writes("DELETE /api/settings/webhooks/{id}", Subject::Endpoint, "A", 204, None),
    writes("POST /api/settings/webhooks/{id}/secret", Subject::Endpoint, "A", 200, None),
    writes("POST /api/settings/webhooks/{id}/test", Subject::Endpoint, "A", 200, None),
    writes("POST /api/settings/webhooks/{id}/resend", Subject::Endpoint, "A", 202, Some(r#"{"since": "2026-01-01"}"#)),
    reads("GET /api/webhooks/events", Subject::None, "AZ"),
    reads("GET /api/webhooks/deliveries", Subject::None, "AZ"),
    reads("GET /api/webhooks/deliveries/{endpoint}/{event}", Subject::Delivery, "AZ"),
    writes("POST /api/webhooks/deliveries/{endpoint}/{event}/resend", Subject::Delivery, "A", 202, None),
    reads("GET /api/settings/webhook", Subject::None, "AZ"),
    writes("PUT /api/settings/webhook", Subject::None, "A", 200, Some(r#"{"url": "https://hooks.example.com/"}"#)),
    writes("POST /api/settings/webhook/test", Subject::None, "A", 200, None),
    writes("DELETE /api/settings/webhook", Subject::None, "A", 204, None),

    reads("GET /api/admin/dashboard", Subject::None, "S"),
    reads("GET /api/admin/customers", Subject::None, "S"),
    writes("POST /api/admin/customers", Subject::None, "S", 201, Some(r#"{"name": "Eve", "email": "{email}"}"#)),
    reads("GET /api/admin/customers/{id}", Subject::Customer, "S"),
    writes("PUT /api/admin/customers/{id}", Subject::Customer, "S", 200, Some(r#"{"company": "Lovelace"}"#)),
    writes("POST /api/admin/customers/{id}/credit", Subject::Customer, "S", 200, Some(r#"{"amount": 1.00, "reason": "x", "key": "{email}"}"#)),
    writes("POST /api/admin/customers/{id}/adjust", Subject::Customer, "S", 200, Some(r#"{"amount": -0.01, "reason": "x", "key": "{email}"}"#)),
    writes("POST /api/admin/customers/{id}/refund", Subject::Customer, "S", 404, Some(r#"{"transaction": "txn_999999999", "amount": 1.00, "reason": "x", "key": "{email}"}"#)),
    // The invoice is nobody's: with the right one gets as far as that.
    writes("POST /api/admin/customers/{id}/void", Subject::Customer, "S", 404, Some(r#"{"invoice": "inv_999999999", "reason": "x"}"#)),
    reads("GET /api/admin/settings", Subject::None, "S"),
    writes("PUT /api/admin/settings", Subject::None, "S", 200, Some(r#"{"due_days": 14}"#)),
    writes("DELETE /api/admin/settings/logo", Subject::None, "S", 204, None),
    Row { route: "GET /api/admin/settings/logo", subject: Subject::None, may: "S", status: 404, body: None, writes: false },
    Row { route: "PUT /api/admin/settings/logo", subject: Subject::None, may: "S", status: 422, body: Some("{}"), writes: true },
    writes("PUT /api/admin/customers/{id}/suspend", Subject::Customer, "S", 200, None),
    writes("PUT /api/admin/customers/{id}/activate", Subject::Customer, "S", 200, None),

    // The last: it ends what the others stand on.
    own("POST /api/auth/logout", Subject::None, "NVWUDCKAXZS", 204, Some("{}")),
];

impl Row {
    /// What somebody is answered about what is their own customer's.
    pub fn expected(&self, who: Who) -> (u16, &'static str) {
        let may = |letter: char| self.may.contains(letter);
        match who {
            who if may(who.letter()) => (self.status, ""),
            Who::Nobody => (401, "not-signed-in"),
            // Of another customer, with every right there: nothing of ours is there.
            Who::Stranger if may('A') && self.subject != Subject::None => (404, ""),
            Who::Stranger if may('A') => (self.status, ""),
            Who::Suspended if self.writes && may('A') => (403, "customer-suspended"),
            _ => (403, "not-allowed"),
        }
    }
}
