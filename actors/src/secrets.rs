//! Secrets at rest: sealed with a key derived from `SECRET_KEY`.
//!
//! A sealed value is `key id (4 bytes) ‖ nonce (12) ‖ ciphertext and tag`, and names its owner and
//! purpose as associated data, so that a row copied to another customer does not open.

mod guest;

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{ChaCha20Poly1305, Key, Nonce};
use data_encoding::BASE32_NOPAD;
use domain::ids::{ApiKey, CustomerId, EndpointId, Realm, Token};
use hkdf::Hkdf;
use sha2::Sha256;
use subtle::ConstantTimeEq;

const KEY_ID_BYTES: usize = 4;
const NONCE_BYTES: usize = 12;

/// Random bytes of an API key; the rest of its secret part is the mark.
const RANDOM_BYTES: usize = ApiKey::SECRET_BYTES - MARK_BYTES;
/// The same of a token.
const TOKEN_RANDOM_BYTES: usize = Token::SECRET_BYTES - MARK_BYTES;
const MARK_BYTES: usize = 8;

/// Bytes of the seal on a link.
pub const LINK_MAC_BYTES: usize = 16;

/// Bytes of the token in the addresses that ClickSend calls.
const CLICKSEND_TOKEN_BYTES: usize = 20;

/// Bytes of the seal on whom a payment is for.
const PAYMENT_SEAL_BYTES: usize = 16;

/// What a secret is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// The key in a customer's Retell URLs.
    ApiKey,
    /// The key with which a customer's Retell workspace signs.
    RetellKey,
}

impl Purpose {
    /// As it is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Purpose::ApiKey => "api",
            Purpose::RetellKey => "retell",
        }
    }
}

/// Seals and opens.
#[derive(Clone)]
pub struct Vault {
    current: SealingKey,
    /// Tried for reading after `SECRET_KEY` was changed.
    old: Option<SealingKey>,
}

#[derive(Clone)]
struct SealingKey {
    id: [u8; KEY_ID_BYTES],
    cipher: ChaCha20Poly1305,
    /// Marks the API keys made here.
    minting: Hkdf<Sha256>,
}

/// A value that does not open with any key we have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a stored secret does not open: was SECRET_KEY changed without SECRET_KEY_OLD?")]
pub struct Sealed;

impl SealingKey {
    fn derive(secret: &str) -> Self {
        let derivation = Hkdf::<Sha256>::new(None, secret.as_bytes());
        let expand = |purpose: &[u8], out: &mut [u8]| {
            let derived = derivation.expand(purpose, out);
            derived.expect("the lengths asked for are far below HKDF's limit of 255 hashes");
        };
        let (mut key, mut id) = ([0; 32], [0; KEY_ID_BYTES]);
        expand(b"voice-server secrets at rest, key", &mut key);
        expand(b"voice-server secrets at rest, key id", &mut id);
        Self { id, cipher: ChaCha20Poly1305::new(Key::from_slice(&key)), minting: derivation }
    }

    /// What ends an API key made with this secret: a keyed hash (HKDF's expansion is HMAC).
    fn mark(&self, customer: CustomerId, random: &[u8]) -> [u8; MARK_BYTES] {
        let mut mark = [0; MARK_BYTES];
        let context = [b"voice-server api key".as_slice(), &customer.0.to_be_bytes(), random];
        self.minting.expand_multi_info(&context, &mut mark).expect("far below HKDF's limit");
        mark
    }

    /// What ends a token, in the same way.
    fn token_mark(&self, realm: Realm, random: &[u8]) -> [u8; MARK_BYTES] {
        let mut mark = [0; MARK_BYTES];
        // Customers are numbered from one.
        let customer = realm.customer().map_or(0, |customer| customer.0);
        let context = [b"voice-server token".as_slice(), &customer.to_be_bytes(), random];
        self.minting.expand_multi_info(&context, &mut mark).expect("far below HKDF's limit");
        mark
    }

    /// What ClickSend shows, in the same way: there is one for the whole platform.
    fn clicksend_token(&self) -> String {
        let mut token = [0; CLICKSEND_TOKEN_BYTES];
        self.minting.expand(b"voice-server clicksend", &mut token).expect("far below HKDF's limit");
        BASE32_NOPAD.encode(&token).to_ascii_lowercase()
    }

    /// What goes with a customer's number to whoever takes payments, in the same way.
    fn payment_seal(&self, customer: CustomerId) -> String {
        let mut seal = [0; PAYMENT_SEAL_BYTES];
        let context = [b"voice-server payment".as_slice(), &customer.0.to_be_bytes()];
        self.minting.expand_multi_info(&context, &mut seal).expect("far below HKDF's limit");
        BASE32_NOPAD.encode(&seal).to_ascii_lowercase()
    }

    /// What seals a link, in the same way.
    fn link_mac(&self, said: &[u8]) -> [u8; LINK_MAC_BYTES] {
        let mut mac = [0; LINK_MAC_BYTES];
        let context = [b"voice-server link".as_slice(), said];
        self.minting.expand_multi_info(&context, &mut mac).expect("far below HKDF's limit");
        mac
    }
}

impl Vault {
    /// From `SECRET_KEY` and, during a change of it, `SECRET_KEY_OLD`.
    pub fn new(secret: &str, old: Option<&str>) -> Self {
        Self { current: SealingKey::derive(secret), old: old.map(SealingKey::derive) }
    }

    fn keys(&self) -> impl Iterator<Item = &SealingKey> {
        std::iter::once(&self.current).chain(&self.old)
    }

    /// A fresh API key of `customer`.
    pub fn mint(&self, customer: CustomerId) -> ApiKey {
        let random = random::<RANDOM_BYTES>();
        let mut secret = [0; ApiKey::SECRET_BYTES];
        secret[..RANDOM_BYTES].copy_from_slice(&random);
        secret[RANDOM_BYTES..].copy_from_slice(&self.current.mark(customer, &random));
        ApiKey::new(customer, secret)
    }

    /// Whether a key was made here, which nobody can guess: then looking it up is no favour to a
    /// guesser. A key made before `SECRET_KEY` was changed twice is still good, and not known here.
    pub fn has_minted(&self, key: &ApiKey) -> bool {
        let (random, mark) = key.secret().split_at(RANDOM_BYTES);
        self.keys().any(|own| own.mark(key.customer(), random) == *mark)
    }

    /// A fresh token of `realm`: for a sign-in link, a session, a program.
    pub fn mint_token(&self, realm: Realm) -> Token {
        let random = random::<TOKEN_RANDOM_BYTES>();
        let mut secret = [0; Token::SECRET_BYTES];
        secret[..TOKEN_RANDOM_BYTES].copy_from_slice(&random);
        secret[TOKEN_RANDOM_BYTES..].copy_from_slice(&self.current.token_mark(realm, &random));
        Token::new(realm, secret)
    }

    /// The same of a token as [`Vault::has_minted`] says of a key.
    pub fn has_minted_token(&self, token: &Token) -> bool {
        let (random, mark) = token.secret().split_at(TOKEN_RANDOM_BYTES);
        self.keys().any(|own| bool::from(own.token_mark(token.realm(), random).as_slice().ct_eq(mark)))
    }

    /// The seal on what a link of ours says.
    pub fn link_mac(&self, said: &[u8]) -> [u8; LINK_MAC_BYTES] {
        self.current.link_mac(said)
    }

    /// Whether a link was sealed with one of the keys here.
    pub fn has_made_link(&self, said: &[u8], mac: &[u8]) -> bool {
        self.keys().any(|key| bool::from(key.link_mac(said).as_slice().ct_eq(mac)))
    }

    /// Goes with a customer's number to whoever takes payments, so that what comes back is known as ours.
    pub fn payment_seal(&self, customer: CustomerId) -> String {
        self.current.payment_seal(customer)
    }

    /// Whether the seal is on that customer's number, and by one of the keys here.
    pub fn has_made_payment_seal(&self, customer: CustomerId, seal: &str) -> bool {
        self.keys().any(|key| bool::from(key.payment_seal(customer).as_bytes().ct_eq(seal.as_bytes())))
    }

    /// The token in the addresses that ClickSend calls, which nobody can guess.
    pub fn clicksend_token(&self) -> String {
        self.current.clicksend_token()
    }

    /// Whether it is that of one of the keys here.
    pub fn has_made_clicksend_token(&self, token: &str) -> bool {
        self.keys().any(|key| bool::from(key.clicksend_token().as_bytes().ct_eq(token.as_bytes())))
    }

    /// Seals a secret of `customer`.
    pub fn seal(&self, customer: CustomerId, purpose: Purpose, secret: &str) -> Vec<u8> {
        self.seal_for(&associated(customer, purpose), secret)
    }

    /// Seals the secret with which what goes to an endpoint is signed.
    pub fn seal_webhook_secret(&self, customer: CustomerId, endpoint: EndpointId, secret: &str) -> Vec<u8> {
        self.seal_for(&associated_with(customer, endpoint), secret)
    }

    fn seal_for(&self, aad: &[u8], secret: &str) -> Vec<u8> {
        let nonce = random::<NONCE_BYTES>();
        let payload = Payload { msg: secret.as_bytes(), aad };
        let sealed = self.current.cipher.encrypt(Nonce::from_slice(&nonce), payload);
        let sealed = sealed.expect("ChaCha20-Poly1305 refuses only messages of 256 GiB");
        [&self.current.id[..], &nonce, &sealed].concat()
    }

    /// Whether it was sealed with one of the keys here.
    pub fn knows(&self, sealed: &[u8]) -> bool {
        self.keys().any(|key| sealed.starts_with(&key.id))
    }

    /// Whether it was sealed with the current key.
    pub fn is_current(&self, sealed: &[u8]) -> bool {
        sealed.starts_with(&self.current.id)
    }

    /// Opens it again.
    pub fn open(&self, customer: CustomerId, purpose: Purpose, sealed: &[u8]) -> Result<String, Sealed> {
        self.open_for(&associated(customer, purpose), sealed)
    }

    /// Opens the secret of an endpoint again.
    pub fn open_webhook_secret(
        &self,
        customer: CustomerId,
        endpoint: EndpointId,
        sealed: &[u8],
    ) -> Result<String, Sealed> {
        self.open_for(&associated_with(customer, endpoint), sealed)
    }

    fn open_for(&self, aad: &[u8], sealed: &[u8]) -> Result<String, Sealed> {
        let (id, rest) = sealed.split_at_checked(KEY_ID_BYTES).ok_or(Sealed)?;
        let (nonce, ciphertext) = rest.split_at_checked(NONCE_BYTES).ok_or(Sealed)?;
        let key = self.keys().find(|key| key.id == id).ok_or(Sealed)?;
        let payload = Payload { msg: ciphertext, aad };
        let opened = key.cipher.decrypt(Nonce::from_slice(nonce), payload).map_err(|_| Sealed)?;
        String::from_utf8(opened).map_err(|_| Sealed)
    }
}

fn associated(customer: CustomerId, purpose: Purpose) -> Vec<u8> {
    format!("{}:{}", purpose.as_str(), customer.0).into_bytes()
}

fn associated_with(customer: CustomerId, endpoint: EndpointId) -> Vec<u8> {
    format!("webhook:{}:{}", customer.0, endpoint.0).into_bytes()
}

/// Fresh random bytes from the operating system.
pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the operating system's random source works, or nothing is safe");
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_known_again_by_its_maker_for_its_customer_only() {
        let vault = Vault::new("first", None);
        let key = vault.mint(CustomerId(7));
        assert!(vault.has_minted(&key) && Vault::new("second", Some("first")).has_minted(&key));
        assert!(!Vault::new("second", None).has_minted(&key));
        assert!(!vault.has_minted(&ApiKey::new(CustomerId(8), *key.secret())));
        assert!(!vault.has_minted(&ApiKey::new(CustomerId(7), random())));
    }

    #[test]
    fn a_token_is_known_again_by_its_maker_for_its_realm_only() {
        let vault = Vault::new("first", None);
        for realm in [Realm::Platform, Realm::Customer(CustomerId(7))] {
            let token = vault.mint_token(realm);
            assert_eq!(token.realm(), realm);
            assert!(vault.has_minted_token(&token));
            assert!(Vault::new("second", Some("first")).has_minted_token(&token));
            assert!(!Vault::new("second", None).has_minted_token(&token));
            assert!(!vault.has_minted_token(&Token::new(Realm::Customer(CustomerId(8)), *token.secret())));
            assert!(!vault.has_minted_token(&Token::new(realm, random())));
        }
    }

    #[test]
    fn the_token_of_the_key_before_is_known_too() {
        let (first, second) = (Vault::new("first", None), Vault::new("second", None));
        let token = first.clicksend_token();
        assert_eq!(token.len(), 32);
        assert!(first.has_made_clicksend_token(&token) && !second.has_made_clicksend_token(&token));
        assert!(Vault::new("second", Some("first")).has_made_clicksend_token(&token));
        for other in ["", &token[..31], &token.to_uppercase(), &second.clicksend_token()] {
            assert!(!first.has_made_clicksend_token(other), "{other}");
        }
    }

    #[test]
    fn the_seal_on_a_payment_is_for_one_customer_of_this_platform() {
        let (first, second) = (Vault::new("first", None), Vault::new("second", None));
        let seal = first.payment_seal(CustomerId(7));
        assert!(first.has_made_payment_seal(CustomerId(7), &seal));
        assert!(Vault::new("second", Some("first")).has_made_payment_seal(CustomerId(7), &seal));
        assert!(!first.has_made_payment_seal(CustomerId(8), &seal));
        assert!(!second.has_made_payment_seal(CustomerId(7), &seal));
        assert!(!first.has_made_payment_seal(CustomerId(7), ""));
    }

    #[test]
    fn a_secret_opens_for_its_owner_and_purpose_only_also_after_the_key_was_changed() {
        let (one, two) = (CustomerId(1), CustomerId(2));
        let sealed = Vault::new("first", None).seal(one, Purpose::ApiKey, "secret");
        let later = Vault::new("second", Some("first"));
        assert_eq!(later.open(one, Purpose::ApiKey, &sealed).as_deref(), Ok("secret"));
        assert_eq!(later.open(two, Purpose::ApiKey, &sealed), Err(Sealed));
        assert_eq!(later.open(one, Purpose::RetellKey, &sealed), Err(Sealed));
        assert_eq!(Vault::new("second", None).open(one, Purpose::ApiKey, &sealed), Err(Sealed));
        for broken in [&sealed[..3], &sealed[..10], &[]] {
            assert_eq!(later.open(one, Purpose::ApiKey, broken), Err(Sealed));
        }
    }
}
