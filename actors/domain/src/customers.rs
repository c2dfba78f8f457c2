//! A customer: who they are and whether they may use the service.

use serde::{Deserialize, Serialize};

use crate::text::kept;

/// Bytes of a name.
pub const NAME_MAX: usize = 255;

/// The zone of a customer that has set none: it is then taken from its first admin's browser.
pub const UNSET_TIME_ZONE: &str = "UTC";

/// What a customer may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Everything.
    Active,
    /// New calls are declined and nothing can be booked; what still ends is stored and charged.
    Suspended,
    /// Read-only, the keys are dead.
    Closed,
}

impl Status {
    /// As it is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Status::Active => "active",
            Status::Suspended => "suspended",
            Status::Closed => "closed",
        }
    }

    /// Reads [`Status::as_str`].
    pub fn parse(text: &str) -> Option<Self> {
        [Status::Active, Status::Suspended, Status::Closed].into_iter().find(|status| status.as_str() == text)
    }
}

/// Who a customer is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// The person to speak to.
    pub name: String,
    /// The business, as callers know it.
    pub company: Option<String>,
    /// Where the platform writes; unique, in lower case.
    pub email: String,
    /// The business's own number.
    pub phone: Option<String>,
    /// IANA name of the zone in which opening hours and spoken times are meant.
    pub timezone: String,
    /// What the customer may use.
    pub status: Status,
}

/// Why a customer cannot be registered as given.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RegistrationRefusal {
    /// No name, more than [`NAME_MAX`] bytes, or control characters in it.
    #[error("a name is needed, of at most {NAME_MAX} bytes and without control characters")]
    Name,
    /// Not an address mail could be sent to.
    #[error("that is not an e-mail address")]
    Email,
    /// Not a zone of the tz database.
    #[error("{0:?} is not a time zone of the tz database, such as Europe/Madrid")]
    TimeZone(String),
}

impl RegistrationRefusal {
    /// The name of the field that is wrong.
    pub fn field(&self) -> &'static str {
        match self {
            RegistrationRefusal::Name => "name",
            RegistrationRefusal::Email => "email",
            RegistrationRefusal::TimeZone(_) => "timezone",
        }
    }
}

impl Profile {
    /// Checks what was typed and brings it into the stored form.
    pub fn register(mut self) -> Result<Self, RegistrationRefusal> {
        self.name = kept(&self.name, NAME_MAX)
            .filter(|name| name.len() == self.name.trim().len())
            .ok_or(RegistrationRefusal::Name)?;
        self.company = self.company.as_deref().and_then(|company| kept(company, NAME_MAX));
        self.email = email(&self.email).ok_or(RegistrationRefusal::Email)?;
        self.phone = self.phone.as_deref().and_then(crate::phone::normalize);
        jiff::tz::TimeZone::get(&self.timezone)
            .map_err(|_| RegistrationRefusal::TimeZone(self.timezone.clone()))?;
        Ok(self)
    }

    /// What callers are told the business is called.
    pub fn shown_name(&self) -> &str {
        self.company.as_deref().unwrap_or(&self.name)
    }
}

/// An address in its stored form: trimmed, lower case; `None` where mail could not be sent to it.
///
/// Deliberately no more than "something @ something with a dot": whether a mailbox exists, only a
/// mail can tell. White space and control characters are refused because they end headers.
pub fn email(text: &str) -> Option<String> {
    let text = text.trim().to_lowercase();
    let (local, host) = text.rsplit_once('@')?;
    let is_plain = |c: char| !c.is_whitespace() && !c.is_control() && !"<>,;:\"()[]\\".contains(c);
    let is_usable = text.len() <= 254
        && !local.is_empty()
        && !local.contains('@')
        && host.contains('.')
        && !host.starts_with('.')
        && !host.ends_with('.')
        && text.chars().all(is_plain);
    is_usable.then_some(text)
}

#[cfg(test)]
mod tests {
    use super::email;

    #[test]
    fn an_address_is_stored_in_lower_case_and_hostile_ones_are_refused() {
        assert_eq!(email(" Ada@Example.COM "), Some("ada@example.com".to_owned()));
        for hostile in ["unknown", "a@b", "a@b.c\r\nBcc: v@x.y", "a b@c.de", "<a@b.cd>", "a@@b.cd", "@b.cd"] {
            assert_eq!(email(hostile), None, "{hostile:?}");
        }
    }
}
