//! Signing in without a password: what a link, a code and a session are good for, and how long.

use jiff::{SignedDuration, Timestamp};

use crate::ids::Realm;

/// A sign-in link lives this long.
pub const LINK_LIFE: SignedDuration = SignedDuration::from_mins(10);
/// An invitation lives this long; it leads to signing in and signs nobody in itself.
pub const INVITATION_LIFE: SignedDuration = SignedDuration::from_hours(7 * 24);
/// Codes that may be typed for one link; then it is dead.
pub const CODE_TRIES_MAX: i16 = 5;
/// Digits of the code shown where a link was asked for.
pub const CODE_DIGITS: usize = 6;

/// What a link is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Asked for in a browser: one click there, the code anywhere else.
    SignIn,
    /// Sent by an admin.
    Invitation,
    /// Made by whoever runs the server: one click.
    CommandLine,
}

impl Purpose {
    /// As it is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Purpose::SignIn => "sign_in",
            Purpose::Invitation => "invitation",
            Purpose::CommandLine => "command_line",
        }
    }

    /// Reads [`Purpose::as_str`].
    pub fn parse(text: &str) -> Option<Self> {
        [Purpose::SignIn, Purpose::Invitation, Purpose::CommandLine]
            .into_iter()
            .find(|purpose| purpose.as_str() == text)
    }

    /// How long such a link lives.
    pub fn life(self) -> SignedDuration {
        match self {
            Purpose::SignIn | Purpose::CommandLine => LINK_LIFE,
            Purpose::Invitation => INVITATION_LIFE,
        }
    }
}

/// The six digits of a code, from four random bytes.
pub fn code(random: [u8; 4]) -> String {
    format!("{:06}", u32::from_be_bytes(random) % 1_000_000)
}

/// A code as somebody typed it: `123 456`, `123-456`. `None` for what can be none.
pub fn typed_code(text: &str) -> Option<String> {
    let digits: String = text.chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
    (digits.len() == CODE_DIGITS && digits.bytes().all(|byte| byte.is_ascii_digit())).then_some(digits)
}

/// How long a session lives: after the last request, and in all. Who may see every customer is
/// asked more often.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionLife {
    /// After the last request.
    pub idle: SignedDuration,
    /// In all.
    pub absolute: SignedDuration,
}

impl SessionLife {
    /// Of the sessions of a realm.
    pub fn of(realm: Realm) -> Self {
        match realm {
            Realm::Customer(_) => Self {
                idle: SignedDuration::from_hours(14 * 24),
                absolute: SignedDuration::from_hours(60 * 24),
            },
            Realm::Platform => {
                Self { idle: SignedDuration::from_hours(2), absolute: SignedDuration::from_hours(12) }
            }
        }
    }

    /// Whether a session last used at `last_seen_at`, ending at `expires_at` anyhow, still counts.
    pub fn counts(self, last_seen_at: Timestamp, expires_at: Timestamp, now: Timestamp) -> bool {
        now < expires_at && now.duration_since(last_seen_at) < self.idle
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_has_six_digits_however_it_is_typed() {
        assert_eq!(code([0, 0, 0, 7]), "000007");
        assert_eq!(code([255; 4]).len(), CODE_DIGITS);
        assert_eq!(typed_code(" 123 456").as_deref(), Some("123456"));
        assert_eq!(typed_code("123-456").as_deref(), Some("123456"));
        for wrong in ["", "12345", "1234567", "12345a", "１２３４５６"] {
            assert_eq!(typed_code(wrong), None, "{wrong}");
        }
    }
}
