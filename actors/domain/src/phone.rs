//! Telephone numbers as they are stored: E.164 where they parse, else as they were given.

/// Characters kept of something that is no E.164 number ("anonymous", a SIP address).
const KEPT_MAX: usize = 50;

/// Brings a number into E.164 (`+` and 8 to 15 digits, ITU-T E.164 §6) where it carries its
/// country; anything else is kept trimmed, because a caller withheld or misspelt is still a caller.
/// `None` when nothing is left.
pub fn normalize(text: &str) -> Option<String> {
    let text = text.trim();
    let mut digits = String::new();
    let mut other = false;
    for character in text.chars() {
        match character {
            '0'..='9' if digits.len() < 20 => digits.push(character),
            '+' if digits.is_empty() => {}
            ' ' | '-' | '(' | ')' | '.' | '/' | '\u{a0}' => {}
            _ => other = true,
        }
    }
    let international = if text.starts_with('+') { Some(digits.as_str()) } else { digits.strip_prefix("00") };
    match international {
        Some(number) if !other && (8..=15).contains(&number.len()) && !number.starts_with('0') => {
            Some(format!("+{number}"))
        }
        _ => {
            let kept: String = text.chars().filter(|c| !c.is_control()).take(KEPT_MAX).collect();
            (!kept.is_empty()).then_some(kept)
        }
    }
}

/// What carriers send for a withheld number: the words ANONYMOUS, RESTRICTED, BLOCKED, UNKNOWN and
/// UNAVAILABLE on a telephone's keypad.
const WITHHELD: [&str; 5] = ["266696687", "7378742833", "2562533", "8656696", "86282452253"];

/// Whether a stored number tells one caller from another. "anonymous" is a text that many share:
/// taken for a number it would make them all one guest.
pub fn names_a_caller(number: &str) -> bool {
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    digits.len() >= 5 && !number.chars().any(char::is_alphabetic) && !WITHHELD.contains(&digits.as_str())
}

#[cfg(test)]
mod tests {
    use super::{names_a_caller, normalize};

    #[test]
    fn a_withheld_number_names_nobody() {
        for shared in
            ["anonymous", "Restricted", "+266696687", "+7378742833", "0", "", "sip:a12345@b.example"]
        {
            assert!(!names_a_caller(shared), "{shared}");
        }
        assert!(names_a_caller("+15550100123") && names_a_caller("555 0123"));
    }

    #[test]
    fn numbers_with_their_country_become_e164() {
        for text in ["+1 (555) 010-0123", "+15550100123", "001 555 010 0123", " +1.555.010.0123 "] {
            assert_eq!(normalize(text).as_deref(), Some("+15550100123"));
        }
    }

    #[test]
    fn anything_else_is_kept_short() {
        assert_eq!(normalize("anonymous").as_deref(), Some("anonymous"));
        assert_eq!(normalize("555 0123").as_deref(), Some("555 0123"));
        assert_eq!(normalize(" \n "), None);
        assert_eq!(normalize(&"9".repeat(10_000)).map(|kept| kept.len()), Some(50));
    }
}
