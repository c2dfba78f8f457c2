//! Finding calls by words: one way to cut a text into words, for what is stored, what is asked and
//! what is highlighted.
//!
//! Words are as PostgreSQL's configuration `simple` has them: in lower case, with no stems and no
//! stop words, because callers speak many languages. A query finds what begins with its words.

mod marks;

use std::collections::BTreeSet;

pub use marks::Mark;

use crate::ids::CustomerId;

/// Bytes of a word; PostgreSQL's limit is 2,046.
const WORD_BYTES_MAX: usize = 100;
/// Different words of one call; PostgreSQL's limit is a mebibyte of them.
const WORDS_MAX: usize = 8_000;
/// Words of a query; the rest would only narrow it further.
const QUERY_WORDS_MAX: usize = 12;
/// The least digits by which a number is found: fewer are in every second text.
const DIGITS_MIN: usize = 4;
/// Characters shown before and after the first hit.
const AROUND: usize = 80;

/// Ticks of a tenant's clock whose calls share a bucket, as a power of two: some fifteen thousand.
const BUCKET_BITS: u32 = 16;

/// The bucket of a call: the search looks into the newest first, and as a rule no further.
pub fn bucket(tick: i64) -> i64 {
    tick >> BUCKET_BITS
}

/// A word as it is stored: with its customer and its call's bucket before it, so that one look into
/// the index finds this customer's words of that time, and nothing else has to be taken out again.
pub fn stored(customer: CustomerId, bucket: i64, word: &str) -> String {
    format!("{customer}.{bucket}.{word}")
}

/// A word of a query in PostgreSQL's writing: names of agents may hold anything.
fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\\', "\\\\").replace('\'', "''"))
}

/// The words of a text, with where they stand in it.
fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let start = rest.find(char::is_alphanumeric)?;
        let end = rest[start..].find(|c: char| !c.is_alphanumeric()).map_or(rest.len(), |end| start + end);
        let at = text.len() - rest.len() + start;
        rest = &rest[end..];
        Some((at, &text[at..at + end - start]))
    })
}

fn folded(word: &str) -> String {
    let word: String = word.chars().flat_map(char::to_lowercase).collect();
    word[..word.floor_char_boundary(WORD_BYTES_MAX)].to_owned()
}

/// What one call is found by.
pub fn document<'a>(
    texts: impl IntoIterator<Item = &'a str>,
    numbers: impl IntoIterator<Item = &'a str>,
    marks: impl IntoIterator<Item = Mark>,
) -> BTreeSet<String> {
    let mut document: BTreeSet<String> = marks.into_iter().map(|mark| mark.word()).collect();
    for number in numbers {
        let digits: String = number.chars().filter(char::is_ascii_digit).collect();
        // Each ending too, so that a number is found by any part of it.
        for from in 0..=digits.len().saturating_sub(DIGITS_MIN) {
            document.insert(digits[from..].to_owned());
        }
    }
    for (_, word) in texts.into_iter().flat_map(words) {
        if document.len() >= WORDS_MAX {
            break;
        }
        document.insert(folded(word));
    }
    document.remove("");
    document
}

/// What somebody looks for: calls that have words beginning with all of these.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    words: Vec<String>,
}

impl Query {
    /// Reads what was typed. `None` where it has no word in it. A text of digits is a number,
    /// however it is spaced.
    pub fn parse(text: &str) -> Option<Self> {
        let is_number = |c: char| c.is_ascii_digit() || c.is_whitespace() || "+-().\u{a0}/".contains(c);
        let digits: String = text.chars().filter(char::is_ascii_digit).collect();
        let words = if text.chars().all(is_number) && digits.len() >= DIGITS_MIN {
            vec![digits.strip_prefix("00").unwrap_or(&digits).to_owned()]
        } else {
            words(text).map(|(_, word)| folded(word)).take(QUERY_WORDS_MAX).collect()
        };
        (!words.is_empty()).then_some(Self { words })
    }

    /// The same for PostgreSQL, in any of these buckets, for calls that have one mark of each group:
    /// `'7.0.ben':* & '7.0.ortiz':* & ('7.0.@agent:a' | '7.0.@agent:b')`. Empty, and
    /// finding nothing, where a group has no mark.
    pub fn tsquery(
        &self,
        customer: CustomerId,
        buckets: impl IntoIterator<Item = i64>,
        groups: &[Vec<Mark>],
    ) -> String {
        if groups.iter().any(Vec::is_empty) {
            return String::new();
        }
        let of_bucket = |bucket| {
            let words =
                self.words.iter().map(|word| format!("{}:*", quoted(&stored(customer, bucket, word))));
            let groups = groups.iter().map(|marks| {
                let marks = marks.iter().map(|mark| quoted(&stored(customer, bucket, &mark.word())));
                format!("({})", marks.collect::<Vec<_>>().join(" | "))
            });
            words.chain(groups).collect::<Vec<_>>().join(" & ")
        };
        buckets.into_iter().map(of_bucket).collect::<Vec<_>>().join(" | ")
    }

    /// Words and marks asked for in each bucket.
    pub fn operands(&self, groups: &[Vec<Mark>]) -> usize {
        self.words.len() + groups.iter().map(Vec::len).sum::<usize>()
    }

    /// Whether a number is why a call is found.
    pub fn is_in_number(&self, number: &str) -> bool {
        let digits: String = number.chars().filter(char::is_ascii_digit).collect();
        self.words.iter().any(|word| word.len() >= DIGITS_MIN && digits.contains(word.as_str()))
    }

    /// The place of a text where most is found, cut out, in pieces. Nothing where nothing is found.
    pub fn snippet(&self, text: &str) -> Vec<Piece> {
        let is_hit = |word: &str| {
            let word = folded(word);
            self.words.iter().any(|wanted| word.starts_with(wanted.as_str()))
        };
        let Some((first, _)) = words(text).find(|(_, word)| is_hit(word)) else { return Vec::new() };
        let from = text[..first].char_indices().rev().nth(AROUND).map_or(0, |(at, _)| at);
        let to = text[first..].char_indices().nth(2 * AROUND).map_or(text.len(), |(at, _)| first + at);
        let (from, to) = (next_word(text, from), to);
        let cut = &text[from..to];
        let mut pieces = Vec::new();
        let mut push = |text: &str, is_hit| {
            if !text.is_empty() {
                pieces.push(Piece { text: text.to_owned(), is_hit });
            }
        };
        let mut done = 0;
        for (at, word) in words(cut).filter(|(_, word)| is_hit(word)) {
            push(&cut[done..at], false);
            push(word, true);
            done = at + word.len();
        }
        push(&cut[done..], false);
        pieces
    }
}

/// Where the next word begins; a cut word says nothing.
fn next_word(text: &str, from: usize) -> usize {
    if from == 0 {
        return 0;
    }
    text[from..].find(char::is_whitespace).map_or(from, |space| from + space + 1)
}

/// A piece of a text in which something was found.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Piece {
    /// As it stands in the text.
    pub text: String,
    /// Whether this was looked for.
    pub is_hit: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finds(query: &str, document: &BTreeSet<String>) -> bool {
        let query = Query::parse(query).unwrap();
        query.words.iter().all(|wanted| document.iter().any(|word| word.starts_with(wanted.as_str())))
    }

    #[test]
    fn a_call_is_found_by_the_beginning_of_its_words_and_any_part_of_its_numbers() {
        let document =
            document(["Agent: Guten Morgen! Die Straße, ben@example.com, 3.5 km"], ["+15550100123"], []);
        for query in [
            "morg",
            "STRASSE".to_lowercase().replace("ss", "ß").as_str(),
            "ben@example.com",
            "example com",
            "3.5",
            "+1 (555) 010-0123",
            "0100123",
            "0123",
            "5550",
            "guten die",
            "001 5550100123",
        ] {
            assert!(finds(query, &document), "{query}");
        }
        for query in ["orgen", "0124", "guten abend"] {
            assert!(!finds(query, &document), "{query}");
        }
    }

    #[test]
    fn a_number_is_why_a_call_is_found_when_four_of_its_digits_were_asked_for() {
        let is_in = |query: &str| Query::parse(query).unwrap().is_in_number("+15550100123");
        assert!(is_in("010 0123") && is_in("5550") && is_in("cleaning 0123"));
        assert!(!is_in("0124") && !is_in("123") && !is_in("cleaning"));
    }

    #[test]
    fn a_query_without_a_word_is_none_and_a_long_one_is_cut() {
        for nothing in ["", "  ", "?!", "'& |"] {
            assert_eq!(Query::parse(nothing), None);
        }
        let query = Query::parse("o'neill & (sons)").unwrap();
        assert_eq!(
            query.tsquery(CustomerId(7), [3, 0], &[]),
            "'7.3.o':* & '7.3.neill':* & '7.3.sons':* | '7.0.o':* & '7.0.neill':* & '7.0.sons':*"
        );
        assert_eq!(Query::parse(&"word ".repeat(100)).unwrap().words.len(), QUERY_WORDS_MAX);
        assert!(Query::parse(&"é".repeat(1000)).unwrap().words[0].len() <= WORD_BYTES_MAX);
    }

    #[test]
    fn a_query_is_narrowed_by_one_mark_of_each_group_and_nobody_can_type_one() {
        let groups = [
            vec![Mark::Agent(r"o'a\b".to_owned()), Mark::Assignee("usr_1".to_owned())],
            vec![Mark::Status("failed".to_owned())],
        ];
        assert_eq!(
            Query::parse("ben").unwrap().tsquery(CustomerId(7), [0], &groups),
            r"'7.0.ben':* & ('7.0.@agent:o''a\\b' | '7.0.@user:usr_1') & ('7.0.@status:failed')"
        );
        assert_eq!(Query::parse("ben").unwrap().tsquery(CustomerId(7), [0], &[vec![]]), "");
        let document = document(["Hello"], [], groups.concat());
        assert!(document.contains("@user:usr_1"));
        for typed in ["@user:usr_1", "@user", "usr_1", "failed"] {
            assert!(!finds(typed, &document), "{typed}");
        }
    }

    #[test]
    fn a_snippet_shows_the_first_hit_with_what_stands_around_it() {
        let text = format!(
            "{}I would like a dental Cleaning, please. {}",
            "Hello there. ".repeat(20),
            "Bye. ".repeat(40)
        );
        let pieces = Query::parse("clean").unwrap().snippet(&text);
        let hits: Vec<&str> =
            pieces.iter().filter(|piece| piece.is_hit).map(|piece| piece.text.as_str()).collect();
        assert_eq!(hits, ["Cleaning"]);
        let shown: String = pieces.iter().map(|piece| piece.text.as_str()).collect();
        assert!(
            text.contains(&shown) && shown.len() < 260 && shown.contains("a dental Cleaning, please"),
            "{shown}"
        );
        assert_eq!(Query::parse("absent").unwrap().snippet(&text), []);
        let emoji = "🙂".repeat(500) + " word " + &"🙂".repeat(500);
        assert_eq!(
            Query::parse("word").unwrap().snippet(&emoji).iter().filter(|piece| piece.is_hit).count(),
            1
        );
    }
}
