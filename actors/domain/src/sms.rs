//! How a text message travels: in which characters, and in how many parts.
//!
//! GSM 03.38 packs 160 characters of a small alphabet into one part, or 153 into each of several,
//! whose heads take the rest; one character outside of it turns the whole message into UCS-2, with
//! room for 70 or 67. The crates that count this allocate tables for each character or only
//! encode, so the two tables stand here.

/// In which characters a message travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// The alphabet of GSM 03.38, seven bits each.
    Gsm7,
    /// UTF-16, sixteen bits a unit.
    Ucs2,
}

impl Encoding {
    /// As people who buy text messages call it.
    pub fn as_str(self) -> &'static str {
        match self {
            Encoding::Gsm7 => "GSM-7",
            Encoding::Ucs2 => "UCS-2",
        }
    }

    /// How many units fit into a message of one part.
    pub fn units_in_one(self) -> u32 {
        match self {
            Encoding::Gsm7 => 160,
            Encoding::Ucs2 => 70,
        }
    }

    /// How many units fit into each of several parts.
    pub fn units_in_each(self) -> u32 {
        match self {
            Encoding::Gsm7 => 153,
            Encoding::Ucs2 => 67,
        }
    }
}

/// What a text is once it travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parts {
    /// In which characters.
    pub encoding: Encoding,
    /// How many units of it.
    pub units: u32,
    /// In how many messages, which the telephone joins. An empty text is one, too.
    pub count: u32,
}

/// The characters of GSM 03.38 that take one unit. The line break is not among them, see [`parts`].
const BASIC: &str = "@£$¥èéùìòÇØøÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?\
                     ¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";

/// Those that take an escape and a unit.
const EXTENSION: &str = "^{}\\[~]|€\u{c}";

/// Counts the parts of a text. A line break counts two units, as it travels as CR LF. A pair, be it
/// an escape and its character or two surrogates, is never cut between parts: the unit that would
/// be left over stays empty.
pub fn parts(text: &str) -> Parts {
    let encoding = match first_outside(text) {
        None => Encoding::Gsm7,
        Some(_) => Encoding::Ucs2,
    };
    let each = encoding.units_in_each();
    let (mut units, mut count, mut in_part) = (0_u32, 1_u32, 0_u32);
    for width in text.chars().flat_map(|character| widths(character, encoding)) {
        units = units.saturating_add(width);
        if in_part + width > each {
            (count, in_part) = (count.saturating_add(1), 0);
        }
        in_part += width;
    }
    let count = if units <= encoding.units_in_one() { 1 } else { count };
    Parts { encoding, units, count }
}

/// The first character that GSM 03.38 does not have: the one that turns a message into UCS-2.
pub fn first_outside(text: &str) -> Option<char> {
    text.chars().find(|character| !is_gsm(*character))
}

fn is_gsm(character: char) -> bool {
    matches!(character, '\n' | '\r') || BASIC.contains(character) || EXTENSION.contains(character)
}

/// The units of a character, those together that cannot be cut.
fn widths(character: char, encoding: Encoding) -> impl Iterator<Item = u32> {
    let (first, second) = match (character, encoding) {
        ('\n', _) => (1, Some(1)),
        // It comes before a line break, which is counted with it.
        ('\r', _) => (0, None),
        (_, Encoding::Gsm7) if EXTENSION.contains(character) => (2, None),
        (_, Encoding::Gsm7) => (1, None),
        (_, Encoding::Ucs2) => (if character.len_utf16() == 2 { 2 } else { 1 }, None),
    };
    std::iter::once(first).chain(second)
}

/// Replaces what word processors and language models put for plain quotes, dashes, dots and
/// spaces by what GSM 03.38 has: one curly quote would more than halve the room. Letters stay, also
/// those it does not have: nobody wants to read their name misspelt.
pub fn readable(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '‘' | '’' | '‚' | '‛' | '′' | '‹' | '›' | '`' | '´' => plain.push('\''),
            '“' | '”' | '„' | '‟' | '″' | '«' | '»' => plain.push('"'),
            '\u{2010}'..='\u{2015}' | '−' | '•' | '·' => plain.push('-'),
            '…' => plain.push_str("..."),
            '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}' | '\t' => {
                plain.push(' ');
            }
            // Nothing to see: soft hyphen, zero-width space, word joiner, byte order mark.
            '\u{ad}' | '\u{200b}' | '\u{2060}' | '\u{feff}' => {}
            '\r' => {}
            _ => plain.push(character),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(text: &str) -> (Encoding, u32, u32) {
        let Parts { encoding, units, count } = parts(text);
        (encoding, units, count)
    }

    #[test]
    fn a_hundred_and_sixty_characters_are_one_part_and_one_more_makes_two() {
        use Encoding::Gsm7;
        assert_eq!(counted(""), (Gsm7, 0, 1));
        assert_eq!(counted(&"a".repeat(160)), (Gsm7, 160, 1));
        assert_eq!(counted(&"a".repeat(161)), (Gsm7, 161, 2));
        assert_eq!(counted(&"a".repeat(306)), (Gsm7, 306, 2));
        assert_eq!(counted(&"a".repeat(307)), (Gsm7, 307, 3));
        assert_eq!(counted("Grüße an Ñoño für 5 £"), (Gsm7, 21, 1));
        assert_eq!(counted("a\nb"), (Gsm7, 4, 1));
        assert_eq!(counted("a\r\nb"), (Gsm7, 4, 1));
    }

    #[test]
    fn one_character_of_another_alphabet_leaves_room_for_seventy() {
        use Encoding::Ucs2;
        assert_eq!(counted(&format!("ë{}", "a".repeat(69))), (Ucs2, 70, 1));
        assert_eq!(counted(&format!("ë{}", "a".repeat(70))), (Ucs2, 71, 2));
        assert_eq!(counted(&"ë".repeat(134)), (Ucs2, 134, 2));
        assert_eq!(counted(&"ë".repeat(135)), (Ucs2, 135, 3));
        assert_eq!(counted(&"🦷".repeat(35)), (Ucs2, 70, 1));
        // A small c with a cedilla is not in the alphabet, the capital is.
        assert_eq!(counted("ç").0, Ucs2);
        assert_eq!(counted("Ç").0, Encoding::Gsm7);
    }

    #[test]
    fn a_pair_is_never_cut_between_parts() {
        // 67 units hold 33 pairs; the last unit stays empty.
        assert_eq!(counted(&"🦷".repeat(66)).2, 2);
        assert_eq!(counted(&"🦷".repeat(67)).2, 3);
        assert_eq!(counted(&"€".repeat(80)), (Encoding::Gsm7, 160, 1));
        // 153 units hold 76 pairs.
        assert_eq!(counted(&"€".repeat(152)), (Encoding::Gsm7, 304, 2));
        assert_eq!(counted(&"€".repeat(153)), (Encoding::Gsm7, 306, 3));
    }

    #[test]
    fn typographic_signs_become_plain_ones_and_letters_stay() {
        assert_eq!(readable("“It’s” 3–4\u{a0}pm…"), "\"It's\" 3-4 pm...");
        assert_eq!(readable("Zoë Çelik\u{200b}\t— ok"), "Zoë Çelik - ok");
        assert_eq!(parts(&readable("Don’t forget — it’s “today”…")).encoding, Encoding::Gsm7);
        assert_eq!(parts(&readable("Zoë")).encoding, Encoding::Ucs2);
    }
}
