//! Where the links in messages to guests lead: pages that change nothing until a button is pressed.

/// The page of the appointment that this token opens ([`actors::secrets::Vault::guest_token`]).
pub fn guest_url(public_url: &str, token: &str) -> String {
    format!("{public_url}{}", path(token))
}

/// Where it is moved: `{reschedule_link}`.
pub fn move_url(public_url: &str, token: &str) -> String {
    format!("{}/move", guest_url(public_url, token))
}

/// Where it is called off: `{cancellation_link}`.
pub fn cancel_url(public_url: &str, token: &str) -> String {
    format!("{}/cancel", guest_url(public_url, token))
}

/// The same without the platform's address.
pub fn path(token: &str) -> String {
    format!("/g/{token}")
}
