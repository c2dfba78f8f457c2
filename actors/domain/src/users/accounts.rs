//! A user's account: how it begins, what it may become, which calls are its own.

use serde::{Deserialize, Serialize};

use crate::phone::normalize;
use crate::text::kept;

/// Users of a customer who can sign in or are invited to.
pub const USERS_MAX: i64 = 500;
/// Agents, and called numbers, of one user.
pub const BINDINGS_MAX: usize = 100;
/// Bytes of an agent's id: Retell's have thirty.
pub const AGENT_ID_MAX: usize = 100;

/// Whether a user can sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum UserStatus {
    /// Yes, and has not done so yet.
    Invited,
    /// Yes.
    Active,
    /// Not any more.
    Disabled,
}

/// Why an account cannot be as wished.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UserRefusal {
    /// Nobody would be left who could invite another.
    #[error("this is the last active admin; make somebody else an admin first")]
    LastAdmin,
    /// The address signs in already.
    #[error("a user with this address exists")]
    AlreadyUser,
    /// Only signing in does that.
    #[error("an invited user becomes active by signing in")]
    NotSignedInYet,
    /// Only an invitation does that.
    #[error("post the address to /api/users to invite it again")]
    NotByHand,
    /// [`USERS_MAX`].
    #[error("a customer may have {USERS_MAX} users")]
    TooMany,
}

impl UserStatus {
    /// As it is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            UserStatus::Invited => "invited",
            UserStatus::Active => "active",
            UserStatus::Disabled => "disabled",
        }
    }

    /// Reads [`UserStatus::as_str`].
    pub fn parse(text: &str) -> Option<Self> {
        [UserStatus::Invited, UserStatus::Active, UserStatus::Disabled]
            .into_iter()
            .find(|status| status.as_str() == text)
    }

    /// What the account is when an admin wants it to be `wanted`.
    pub fn becoming(self, wanted: Self, has_signed_in: bool) -> Result<Self, UserRefusal> {
        match (self, wanted) {
            (now, wanted) if now == wanted => Ok(now),
            (_, UserStatus::Disabled) => Ok(UserStatus::Disabled),
            (UserStatus::Disabled, UserStatus::Active) if has_signed_in => Ok(UserStatus::Active),
            (_, UserStatus::Active) => Err(UserRefusal::NotSignedInYet),
            (_, UserStatus::Invited) => Err(UserRefusal::NotByHand),
        }
    }
}

/// The agents whose calls are a user's, each once, in order. `None` where one is no id or there are
/// more than [`BINDINGS_MAX`].
pub fn agent_ids(texts: &[String]) -> Option<Vec<String>> {
    bindings(texts, |text| kept(text, AGENT_ID_MAX).filter(|kept| kept.len() == text.trim().len()))
}

/// The called numbers whose calls are a user's, as calls have them, each once, in order. `None`
/// where one is none or there are more than [`BINDINGS_MAX`].
pub fn numbers(texts: &[String]) -> Option<Vec<String>> {
    bindings(texts, normalize)
}

fn bindings(texts: &[String], read: impl Fn(&str) -> Option<String>) -> Option<Vec<String>> {
    if texts.len() > BINDINGS_MAX {
        return None;
    }
    let mut read: Vec<String> = texts.iter().map(|text| read(text)).collect::<Option<_>>()?;
    read.sort_unstable();
    read.dedup();
    Some(read)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_becomes_active_by_signing_in_and_disabled_by_hand() {
        use UserStatus::{Active, Disabled, Invited};
        assert_eq!(Invited.becoming(Active, false), Err(UserRefusal::NotSignedInYet));
        assert_eq!(Disabled.becoming(Active, false), Err(UserRefusal::NotSignedInYet));
        assert_eq!(Disabled.becoming(Active, true), Ok(Active));
        assert_eq!(Active.becoming(Invited, true), Err(UserRefusal::NotByHand));
        for status in [Invited, Active, Disabled] {
            assert_eq!(status.becoming(Disabled, true), Ok(Disabled));
            assert_eq!(status.becoming(status, false), Ok(status));
        }
    }

    #[test]
    fn agents_and_numbers_are_kept_once_and_as_calls_have_them() {
        let texts = |all: &[&str]| all.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        assert_eq!(agent_ids(&texts(&["b", " a ", "b"])), Some(texts(&["a", "b"])));
        assert_eq!(agent_ids(&texts(&[" "])), None);
        assert_eq!(agent_ids(&[("x").repeat(AGENT_ID_MAX + 1)]), None);
        assert_eq!(agent_ids(&vec!["a".to_owned(); BINDINGS_MAX + 1]), None);
        let once = texts(&["+15550100100"]);
        assert_eq!(numbers(&texts(&["+1 (555) 010-0100", "+15550100100"])), Some(once));
        assert_eq!(numbers(&texts(&["", "+15550100100"])), None);
    }
}
