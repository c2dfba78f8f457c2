//! The link of a guest: made from whose appointment it is and from nothing else, so that every message
//! has the same one, nothing is stored, and guessing costs no look into the database.

use data_encoding::BASE32_NOPAD;
use domain::ids::{AppointmentId, CustomerId};
use subtle::ConstantTimeEq;

use super::{SealingKey, Vault};

/// Bytes of its seal. 96 bits are beyond guessing over the network, and every letter of a text message
/// is somebody's money.
const MAC_BYTES: usize = 12;
/// Bytes that the longest token can have: two numbers, a length, the seal.
const BYTES_MAX: usize = 17 + MAC_BYTES;

impl SealingKey {
    fn guest_mac(&self, said: &[u8]) -> [u8; MAC_BYTES] {
        let mut mac = [0; MAC_BYTES];
        let context = [b"voice-server guest".as_slice(), said];
        self.minting.expand_multi_info(&context, &mut mac).expect("far below HKDF's limit");
        mac
    }
}

impl Vault {
    /// What stands in the link of an appointment's guest: the same for ever, as long as `SECRET_KEY`
    /// stays.
    pub fn guest_token(&self, customer: CustomerId, appointment: AppointmentId) -> String {
        let said = said(customer, appointment);
        let sealed = [&said[..], &self.current.guest_mac(&said)].concat();
        BASE32_NOPAD.encode(&sealed).to_ascii_lowercase()
    }

    /// Whose appointment it is, of a token that was made here.
    pub fn open_guest_token(&self, token: &str) -> Option<(CustomerId, AppointmentId)> {
        if token.len() > BASE32_NOPAD.encode_len(BYTES_MAX) {
            return None;
        }
        let bytes = BASE32_NOPAD.decode(token.to_ascii_uppercase().as_bytes()).ok()?;
        let (said, mac) = bytes.split_at_checked(bytes.len().checked_sub(MAC_BYTES)?)?;
        if !self.keys().any(|key| bool::from(key.guest_mac(said).as_slice().ct_eq(mac))) {
            return None;
        }
        let (length, numbers) = said.split_first()?;
        let (customer, appointment) = numbers.split_at_checked(usize::from(*length))?;
        Some((CustomerId(number(customer)?), AppointmentId(number(appointment)?)))
    }
}

/// How long the first number is, then both without the noughts they begin with.
fn said(customer: CustomerId, appointment: AppointmentId) -> Vec<u8> {
    let (customer, appointment) = (customer.0.to_be_bytes(), appointment.0.to_be_bytes());
    let significant = |number: &'_ [u8; 8]| number.iter().position(|byte| *byte != 0).unwrap_or(8);
    let (customer, appointment) =
        (&customer[significant(&customer)..], &appointment[significant(&appointment)..]);
    let length = u8::try_from(customer.len()).expect("eight bytes at most");
    [&[length], customer, appointment].concat()
}

fn number(bytes: &[u8]) -> Option<i64> {
    let mut whole = [0; 8];
    whole.get_mut(8_usize.checked_sub(bytes.len())?..)?.copy_from_slice(bytes);
    Some(i64::from_be_bytes(whole))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_opens_for_its_appointment_only_also_after_the_key_was_changed() {
        let vault = Vault::new("first", None);
        let later = Vault::new("second", Some("first"));
        for (customer, appointment) in [(1, 1), (7, 256), (1 << 40, i64::MAX), (i64::MAX, i64::MAX), (0, 0)] {
            let (customer, appointment) = (CustomerId(customer), AppointmentId(appointment));
            let token = vault.guest_token(customer, appointment);
            assert_eq!(token, vault.guest_token(customer, appointment), "the same in every message");
            assert_eq!(vault.open_guest_token(&token), Some((customer, appointment)));
            assert_eq!(vault.open_guest_token(&token.to_ascii_uppercase()), Some((customer, appointment)));
            assert_eq!(later.open_guest_token(&token), Some((customer, appointment)));
            assert_eq!(Vault::new("second", None).open_guest_token(&token), None);
        }
        assert!(
            vault.guest_token(CustomerId(300), AppointmentId(70_000)).len() <= 30,
            "short enough to text"
        );
    }

    #[test]
    fn no_other_token_opens() {
        let vault = Vault::new("first", None);
        let token = vault.guest_token(CustomerId(7), AppointmentId(12));
        for at_byte in 0..token.len() {
            for letter in *b"ab27" {
                let mut forged = token.clone().into_bytes();
                if forged[at_byte] == letter {
                    continue;
                }
                forged[at_byte] = letter;
                assert_eq!(vault.open_guest_token(std::str::from_utf8(&forged).unwrap()), None);
            }
        }
        for nonsense in ["", "a", "🙂", &token[1..], &format!("{token}aa"), &"a".repeat(10_000)] {
            assert_eq!(vault.open_guest_token(nonsense), None, "{nonsense}");
        }
        // What other links of ours are sealed with opens none of these.
        let said = super::said(CustomerId(7), AppointmentId(12));
        let other = [&said[..], &vault.link_mac(&said)[..MAC_BYTES]].concat();
        assert_eq!(vault.open_guest_token(&BASE32_NOPAD.encode(&other)), None);
    }
}
