//! What comes back for a text message: the name under which we sent it, and the words that guests
//! answer.

use std::fmt;

use crate::ids::{CustomerId, NotificationId};

/// Which message a receipt or a reply is about, as it is sent along: `12.345`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reference {
    /// Whose message.
    pub customer: CustomerId,
    /// Which of theirs.
    pub message: NotificationId,
}

impl Reference {
    /// Reads what [`Reference`] writes, and nothing that is only like it.
    pub fn parse(text: &str) -> Option<Self> {
        let (customer, message) = text.split_once('.')?;
        Some(Self { customer: CustomerId(number(customer)?), message: NotificationId(number(message)?) })
    }
}

fn number(text: &str) -> Option<i64> {
    let is_canonical = text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0');
    text.parse().ok().filter(|_| is_canonical)
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.customer.0, self.message.0)
    }
}

/// What a guest asks for by a keyword, with that keyword.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wish {
    /// No text messages any more.
    OptOut(&'static str),
    /// Text messages again.
    OptIn(&'static str),
}

/// The keywords that carriers and guests know, without the space that some have (`OPT OUT`). `YES` is
/// none of them: it answers all kinds of questions.
const KEYWORDS: [Wish; 12] = [
    Wish::OptOut("STOP"),
    Wish::OptOut("STOPALL"),
    Wish::OptOut("UNSUBSCRIBE"),
    Wish::OptOut("CANCEL"),
    Wish::OptOut("END"),
    Wish::OptOut("QUIT"),
    Wish::OptOut("OPTOUT"),
    Wish::OptOut("REVOKE"),
    Wish::OptIn("START"),
    Wish::OptIn("UNSTOP"),
    Wish::OptIn("OPTIN"),
    Wish::OptIn("RESUBSCRIBE"),
];

/// Longer than any keyword with whatever stands around it.
const ANSWER_BYTES_MAX: usize = 64;

impl Wish {
    /// What an answer asks for. The keyword must be all of it: who writes "please stop by at ten"
    /// asks for something else. Case, spaces and what stands around the keyword do not matter.
    pub fn read(answer: &str) -> Option<Self> {
        if answer.len() > ANSWER_BYTES_MAX {
            return None;
        }
        let said = answer.trim_matches(|character: char| !character.is_alphanumeric());
        let is_between = |character: &char| character.is_whitespace() || *character == '-';
        let said: String = said.chars().filter(|c| !is_between(c)).flat_map(char::to_uppercase).collect();
        KEYWORDS.into_iter().find(|wish| wish.keyword() == said)
    }

    /// The word by which it was asked for.
    pub fn keyword(self) -> &'static str {
        match self {
            Wish::OptOut(keyword) | Wish::OptIn(keyword) => keyword,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_is_read_as_it_was_written_and_in_no_other_way() {
        let reference = Reference { customer: CustomerId(12), message: NotificationId(345) };
        assert_eq!(reference.to_string(), "12.345");
        assert_eq!(Reference::parse("12.345"), Some(reference));
        for other in [
            "", ".", "12", "12.", ".345", "12.345 ", "+12.345", "-12.345", "012.345", "12.0", "12.3.4", "a.b",
        ] {
            assert_eq!(Reference::parse(other), None, "{other}");
        }
        assert_eq!(Reference::parse("99999999999999999999.1"), None);
    }

    #[test]
    fn a_keyword_counts_however_it_is_written() {
        for (answers, wish) in [
            (["STOP", " stop. ", "\"Stop\"!", "Stop\u{200b}\n"], Wish::OptOut("STOP")),
            (["STOPALL", "stop all", "Stop-All", "STOP ALL!!"], Wish::OptOut("STOPALL")),
            (["OPTOUT", "opt out", "Opt-out.", "OPT  OUT"], Wish::OptOut("OPTOUT")),
            (["Unsubscribe", "UNSUBSCRIBE.", "unsubscribe ", "(unsubscribe)"], Wish::OptOut("UNSUBSCRIBE")),
            (["START", "start!", " Start", "'start'"], Wish::OptIn("START")),
            (["unstop", "UNSTOP", "Unstop.", "un-stop"], Wish::OptIn("UNSTOP")),
        ] {
            for answer in answers {
                assert_eq!(Wish::read(answer), Some(wish), "{answer:?}");
            }
        }
        for keyword in ["CANCEL", "END", "QUIT", "REVOKE"] {
            assert_eq!(Wish::read(keyword), Some(Wish::OptOut(keyword)));
        }
    }

    #[test]
    fn what_is_more_than_a_keyword_is_a_message() {
        let long = format!("STOP{}", " ".repeat(100));
        for answer in [
            "",
            "!",
            "Please stop",
            "Stop by at ten",
            "I cannot come, cancel my appointment",
            "YES",
            "No",
            "STOPP",
            "1 STOP",
            "STOP START",
            "starting now",
            "🙂",
            &long,
        ] {
            assert_eq!(Wish::read(answer), None, "{answer:?}");
        }
    }
}
