//! A text as numbers, words and marks, and a reader that moves along them.
//!
//! Case, white space and the marks that only separate are gone after this, so that the grammar in
//! the neighbouring files is about words. A [`Reader`] is a copy of a place: to try a reading is to
//! read with a copy and keep it if it worked.

/// The longest text that is looked at. Nothing a caller means by a date or a time is longer.
pub const TEXT_CHARS_MAX: usize = 100;

/// More digits than this mean nothing here: a fraction of a second has nine.
const DIGITS_MAX: usize = 9;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// Digits, and how many: `05` is a minute, `5` is none.
    Number { value: u32, digits: usize },
    /// Letters, in lower case.
    Word(&'a str),
    /// Any other character.
    Mark(char),
}

/// The text in lower case, with one spelling for what has many; `None` when it is too long. Half a
/// text is not read: what was cut off may be the "or rather".
pub(super) fn plain(text: &str) -> Option<String> {
    let text = text.trim();
    if text.chars().nth(TEXT_CHARS_MAX).is_some() {
        return None;
    }
    Some(text.chars().flat_map(char::to_lowercase).filter_map(spelled).collect())
}

fn spelled(character: char) -> Option<char> {
    match character {
        // "o'clock", "o’clock", "week's": one word.
        '\'' | '’' | '`' => None,
        '‐' | '‑' | '‒' | '–' | '—' | '−' => Some('-'),
        // They separate, and a space does too.
        ',' | ';' | '(' | ')' | '"' | '!' | '?' => Some(' '),
        other => Some(other),
    }
}

/// `None` for a number too long to be meant.
pub(super) fn tokens(text: &str) -> Option<Vec<Token<'_>>> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let kind: fn(char) -> bool = match first {
            '0'..='9' => |c| c.is_ascii_digit(),
            c if c.is_alphabetic() => char::is_alphabetic,
            _ => |_| false,
        };
        let end = rest.find(|c| !kind(c)).unwrap_or(rest.len()).max(first.len_utf8());
        let (piece, after) = rest.split_at(end);
        tokens.push(match first {
            '0'..='9' if piece.len() > DIGITS_MAX => return None,
            '0'..='9' => Token::Number { value: piece.parse().ok()?, digits: piece.len() },
            c if c.is_alphabetic() => Token::Word(piece),
            mark => Token::Mark(mark),
        });
        rest = after.trim_start();
    }
    Some(tokens)
}

/// A place in a row of tokens.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reader<'a> {
    rest: &'a [Token<'a>],
}

impl<'a> Reader<'a> {
    pub(super) fn new(tokens: &'a [Token<'a>]) -> Self {
        Self { rest: tokens }
    }

    pub(super) fn is_done(&self) -> bool {
        self.rest.is_empty()
    }

    /// The next token, read.
    pub(super) fn next(&mut self) -> Option<Token<'a>> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*first)
    }

    /// A number, if one is next.
    pub(super) fn number(&mut self) -> Option<(u32, usize)> {
        self.attempt(|reader| match reader.next()? {
            Token::Number { value, digits } => Some((value, digits)),
            _ => None,
        })
    }

    /// A number of so many digits, if one is next.
    pub(super) fn number_of(&mut self, digits: std::ops::RangeInclusive<usize>) -> Option<u32> {
        self.attempt(|reader| {
            reader.number().filter(|(_, count)| digits.contains(count)).map(|(value, _)| value)
        })
    }

    /// A word, if one is next and `known` makes something of it.
    pub(super) fn word<T>(&mut self, known: impl FnOnce(&'a str) -> Option<T>) -> Option<T> {
        self.attempt(|reader| match reader.next()? {
            Token::Word(word) => known(word),
            _ => None,
        })
    }

    /// Reads on if one of these words is next, and says so.
    pub(super) fn takes(&mut self, words: &[&str]) -> bool {
        self.word(|word| words.contains(&word).then_some(())).is_some()
    }

    /// Reads on if all these words are next, and says so.
    pub(super) fn takes_all(&mut self, words: &[&str]) -> bool {
        let read = self.attempt(|reader| words.iter().all(|word| reader.takes(&[word])).then_some(()));
        read.is_some()
    }

    /// Reads on if one of these marks is next, and returns it.
    pub(super) fn mark(&mut self, marks: &[char]) -> Option<char> {
        self.attempt(|reader| match reader.next()? {
            Token::Mark(mark) if marks.contains(&mark) => Some(mark),
            _ => None,
        })
    }

    /// Reads on only if the reading works.
    pub(super) fn attempt<T>(&mut self, reading: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        let mut ahead = *self;
        let read = reading(&mut ahead)?;
        *self = ahead;
        Some(read)
    }
}
