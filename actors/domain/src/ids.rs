//! The names of things: numbers per tenant with a prefix for people, and the key in a Retell URL.

use std::fmt;

use data_encoding::BASE32_NOPAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// A customer of the platform: one tenant, one actor. Handed out by the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CustomerId(pub i64);

impl CustomerId {
    /// As it stands in credentials: base32 in lower case, one spelling for each customer.
    fn encode(self) -> String {
        let id = self.0.to_be_bytes();
        let significant = &id[id.iter().position(|byte| *byte != 0).unwrap_or(id.len() - 1)..];
        BASE32_NOPAD.encode(significant).to_ascii_lowercase()
    }

    /// Reads [`CustomerId::encode`]; another spelling of the same number too.
    fn decode(text: &str) -> Option<Self> {
        let id = BASE32_NOPAD.decode(text.to_ascii_uppercase().as_bytes()).ok()?;
        if id.is_empty() || id.len() > 8 {
            return None;
        }
        let number = id.iter().fold(0_u64, |number, byte| (number << 8) | u64::from(*byte));
        i64::try_from(number).ok().map(CustomerId)
    }
}

impl fmt::Display for CustomerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Declares a number that means something only within its tenant, shown with a prefix.
macro_rules! tenant_id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub i64);

        impl $name {
            /// Reads it as people are shown it.
            pub fn parse(text: &str) -> Option<Self> {
                text.strip_prefix($prefix)?.parse().ok().map(Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($prefix, "{}"), self.0)
            }
        }

        impl Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }
    };
}

tenant_id!(
    /// One telephone call, `call_12`.
    CallId, "call_"
);
tenant_id!(
    /// One appointment, `apt_123`.
    AppointmentId, "apt_"
);
tenant_id!(
    /// One entry of the ledger, `txn_88`: its place in the tenant's gap-free sequence.
    TransactionId, "txn_"
);
tenant_id!(
    /// One invoice, `inv_7`.
    InvoiceId, "inv_"
);
tenant_id!(
    /// One message to a guest, `msg_12`.
    NotificationId, "msg_"
);

tenant_id!(
    /// One event for a customer's own systems, `evt_12`.
    EventId, "evt_"
);
tenant_id!(
    /// Where a customer's own systems hear of events, `ep_12`.
    EndpointId, "ep_"
);

/// A person who signs in, `usr_…`: random, because it stands in links and must not be counted.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UserId(pub String);

impl fmt::Display for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Where a person or a program signs in: at one customer, or at the platform itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Realm {
    /// One of its users.
    Customer(CustomerId),
    /// A super admin.
    Platform,
}

impl Realm {
    /// A digit that base32 does not have, so that no customer is spelled like it.
    const PLATFORM: &str = "0";

    fn encode(self) -> String {
        match self {
            Realm::Customer(customer) => customer.encode(),
            Realm::Platform => Self::PLATFORM.to_owned(),
        }
    }

    fn decode(text: &str) -> Option<Self> {
        match text {
            Self::PLATFORM => Some(Realm::Platform),
            text => CustomerId::decode(text).map(Realm::Customer),
        }
    }

    /// The customer's number; `None` for the platform.
    pub fn customer(self) -> Option<CustomerId> {
        match self {
            Realm::Customer(customer) => Some(customer),
            Realm::Platform => None,
        }
    }
}

/// A secret by which somebody is known: in a sign-in link, a session's cookie, an API token. 256
/// bits, of which 192 are random and 64 a seal by which its maker knows it again; it carries its
/// realm, so that every look-up names the tenant.
///
/// `Debug` hides it, and there is no `Display`.
#[derive(Clone, PartialEq, Eq)]
pub struct Token {
    realm: Realm,
    secret: [u8; Self::SECRET_BYTES],
    text: String,
}

impl Token {
    /// Bytes of its secret part.
    pub const SECRET_BYTES: usize = 32;
    const LENGTH_MAX: usize = 80;

    /// The token of `realm` with this secret part.
    pub fn new(realm: Realm, secret: [u8; Self::SECRET_BYTES]) -> Self {
        let random = BASE32_NOPAD.encode(&secret).to_ascii_lowercase();
        Self { realm, secret, text: format!("{}_{random}", realm.encode()) }
    }

    /// Reads one as it was handed out. `None` for whatever [`Token::new`] cannot have made.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() > Self::LENGTH_MAX {
            return None;
        }
        let (realm, random) = text.split_once('_')?;
        let random = BASE32_NOPAD.decode(random.to_ascii_uppercase().as_bytes()).ok()?;
        let token = Self::new(Realm::decode(realm)?, random.try_into().ok()?);
        (token.text == text).then_some(token)
    }

    /// The secret part.
    pub fn secret(&self) -> &[u8; Self::SECRET_BYTES] {
        &self.secret
    }

    /// Where it opens something.
    pub fn realm(&self) -> Realm {
        self.realm
    }

    /// What is stored and looked up.
    pub fn digest(&self) -> Digest32 {
        Sha256::digest(self.text.as_bytes()).into()
    }

    /// Hashes `text` with this token as the key: what is stored of a short code beside it tells
    /// nothing to whoever reads only the database.
    pub fn keyed_digest(&self, text: &str) -> Digest32 {
        Sha256::new().chain_update(self.secret).chain_update(text).finalize().into()
    }

    /// The token itself, to hand it out.
    pub fn reveal(&self) -> &str {
        &self.text
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Token({:?}, …)", self.realm)
    }
}

/// SHA-256 of a credential: what is stored and compared instead of the credential.
pub type Digest32 = [u8; 32];

/// The credential in a customer's Retell URLs: `<customer id in base32>_<192 bits in base32>`, of
/// which 128 are random and 64 a seal by which its maker knows it again.
///
/// It carries the customer so that finding the tenant needs no global look-up. It is a secret:
/// `Debug` hides it, and there is no `Display`.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKey {
    customer: CustomerId,
    secret: [u8; Self::SECRET_BYTES],
    text: String,
}

impl ApiKey {
    /// Bytes of a key's secret part.
    pub const SECRET_BYTES: usize = 24;
    const LENGTH_MAX: usize = 64;

    /// The key of `customer` with this secret part.
    pub fn new(customer: CustomerId, secret: [u8; Self::SECRET_BYTES]) -> Self {
        let random = BASE32_NOPAD.encode(&secret).to_ascii_lowercase();
        Self { customer, secret, text: format!("{}_{random}", customer.encode()) }
    }

    /// Reads a key as it stands in a URL. `None` for whatever [`ApiKey::new`] cannot have made.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() > Self::LENGTH_MAX {
            return None;
        }
        let (id, random) = text.split_once('_')?;
        let random = BASE32_NOPAD.decode(random.to_ascii_uppercase().as_bytes()).ok()?;
        let key = Self::new(CustomerId::decode(id)?, random.try_into().ok()?);
        // Two spellings of one key would have two digests, one of them unknown.
        (key.text == text).then_some(key)
    }

    /// The customer this key claims to belong to; true only once [`ApiKey::digest`] is known to them.
    pub fn customer(&self) -> CustomerId {
        self.customer
    }

    /// The secret part.
    pub fn secret(&self) -> &[u8; Self::SECRET_BYTES] {
        &self.secret
    }

    /// What is stored and looked up.
    pub fn digest(&self) -> Digest32 {
        Sha256::digest(self.text.as_bytes()).into()
    }

    /// The key itself, to show it to its owner or to seal it.
    pub fn reveal(&self) -> &str {
        &self.text
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ApiKey({}_…)", self.customer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_read_back_as_it_was_made_and_hides_itself() {
        for id in [0, 1, 31, 255, 256, 1_000_000, i64::MAX] {
            let key = ApiKey::new(CustomerId(id), [7; ApiKey::SECRET_BYTES]);
            assert_eq!(ApiKey::parse(key.reveal()), Some(key.clone()));
            assert_eq!(key.customer(), CustomerId(id));
            assert!(!format!("{key:?}").contains(&key.reveal()[10..]));
        }
    }

    #[test]
    fn a_token_is_read_back_as_it_was_made_and_hides_itself() {
        for realm in [Realm::Platform, Realm::Customer(CustomerId(1)), Realm::Customer(CustomerId(i64::MAX))]
        {
            let token = Token::new(realm, [7; Token::SECRET_BYTES]);
            assert_eq!(Token::parse(token.reveal()), Some(token.clone()));
            assert_eq!(token.realm(), realm);
            assert!(!format!("{token:?}").contains(&token.reveal()[10..]));
            assert_eq!(Token::parse(&token.reveal().to_uppercase().replace("0_", "00_")), None);
        }
        let of = |realm| Token::new(realm, [7; Token::SECRET_BYTES]).digest();
        assert_ne!(of(Realm::Platform), of(Realm::Customer(CustomerId(0))));
    }

    #[test]
    fn another_spelling_of_a_key_is_no_key() {
        let key = ApiKey::new(CustomerId(1), [7; ApiKey::SECRET_BYTES]);
        assert_eq!(ApiKey::parse(&key.reveal().to_uppercase()), None);
        assert_eq!(ApiKey::parse(&format!("aa{}", key.reveal())), None);
        for nonsense in ["", "_", "ae", "ae_", "ae_short", "\u{1F98A}_x", &"a".repeat(10_000)] {
            assert_eq!(ApiKey::parse(nonsense), None);
        }
    }
}
