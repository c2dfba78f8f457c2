//! Leaves out the sentences of a template that would be untrue or unfinished for this guest.
//!
//! A sentence ends with its full stop or with its line. Only the template's own words are looked
//! at: a business called "Mail & More" or a guest called "Dr. No" changes nothing.

use super::{Segment, Values, Variable, segments};
use crate::notifications::Channel;

/// What a template says to this guest. Left out are, of a text message, the sentences that speak of
/// mail where the guest gets none, and, everywhere, those that name a telephone number where the
/// business has none.
pub fn segments_said<'a>(text: &'a str, channel: Channel, values: &Values<'_>) -> Vec<Segment<'a>> {
    said(text, channel, values.has_email, values.company_phone.is_some())
}

/// What is said to every guest, whatever is known of them.
pub(super) fn segments_said_to_all(text: &str, channel: Channel) -> Vec<Segment<'_>> {
    said(text, channel, false, false)
}

/// Without the space that stood before the first or after the last of its sentences.
fn said(text: &str, channel: Channel, has_email: bool, has_phone: bool) -> Vec<Segment<'_>> {
    let is_said = |sentence: &Vec<Segment<'_>>| {
        let is_about_mail = channel == Channel::Sms && mentions_mail(sentence);
        (has_email || !is_about_mail) && (has_phone || !names_the_phone(sentence))
    };
    let mut said: Vec<Segment<'_>> = sentences(text).into_iter().filter(is_said).flatten().collect();
    while let Some(Segment::Text(first)) = said.first_mut() {
        *first = first.trim_start();
        match first.is_empty() {
            true => said.remove(0),
            false => break,
        };
    }
    while let Some(Segment::Text(last)) = said.last_mut() {
        *last = last.trim_end();
        match last.is_empty() {
            true => said.pop(),
            false => break,
        };
    }
    said
}

/// Whether a text says this word, in capitals or not.
pub(super) fn has_word(sentence: &[Segment<'_>], is_it: impl Fn(&str) -> bool) -> bool {
    let is_between = |c: char| !c.is_alphanumeric() && c != '-';
    sentence.iter().any(|segment| match segment {
        Segment::Text(text) => text.split(is_between).any(&is_it),
        Segment::Variable(_) => false,
    })
}

fn mentions_mail(sentence: &[Segment<'_>]) -> bool {
    has_word(sentence, |word| {
        let word = word.trim_matches('-').to_lowercase();
        let word = word.strip_prefix("e-").or(word.strip_prefix('e')).unwrap_or(&word);
        matches!(word, "mail" | "mails" | "mailed" | "mailing" | "mailbox" | "inbox")
    })
}

fn names_the_phone(sentence: &[Segment<'_>]) -> bool {
    sentence.contains(&Segment::Variable(Variable::CompanyPhone))
}

/// The sentences of a template, each with the space before it.
fn sentences(text: &str) -> Vec<Vec<Segment<'_>>> {
    let mut sentences = vec![Vec::new()];
    for segment in segments(text) {
        let Segment::Text(mut rest) = segment else {
            push(&mut sentences, segment);
            continue;
        };
        while let Some(end) = end_of_sentence(rest, sentences.last().is_none_or(Vec::is_empty)) {
            push(&mut sentences, Segment::Text(&rest[..end]));
            sentences.push(Vec::new());
            rest = &rest[end..];
        }
        push(&mut sentences, Segment::Text(rest));
    }
    sentences
}

fn push<'a>(sentences: &mut [Vec<Segment<'a>>], segment: Segment<'a>) {
    if let (Some(last), true) = (sentences.last_mut(), segment != Segment::Text("")) {
        last.push(segment);
    }
}

/// Written with a full stop that ends no sentence.
const ABBREVIATIONS: [&str; 12] =
    ["dr", "mr", "mrs", "ms", "prof", "st", "no", "nr", "tel", "approx", "e.g", "i.e"];

/// Where the first sentence ends that has something after it: before the line break, or before the
/// space after its full stop. Where the text begins a sentence, so does the space it begins with.
fn end_of_sentence(text: &str, begins: bool) -> Option<usize> {
    let begin = if begins { text.len() - text.trim_start().len() } else { 0 };
    let mut characters = text.char_indices().skip_while(|(at, _)| *at < begin).peekable();
    while let Some((at, character)) = characters.next() {
        if character == '\n' {
            return Some(at);
        }
        let is_mark = |c: char| matches!(c, '.' | '!' | '?' | '…');
        let is_closer = |c: char| matches!(c, ')' | ']' | '"' | '\'' | '”' | '’' | '»');
        if !is_mark(character) || (character == '.' && is_abbreviation(&text[..at])) {
            continue;
        }
        while characters.next_if(|(_, next)| is_mark(*next) || is_closer(*next)).is_some() {}
        match characters.peek() {
            Some((end, next)) if next.is_whitespace() => return Some(*end),
            _ => {}
        }
    }
    None
}

fn is_abbreviation(before: &str) -> bool {
    let word = before.rsplit(|c: char| c.is_whitespace() || c == '(').next().unwrap_or_default();
    ABBREVIATIONS.contains(&word.to_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Its sentences as they stand, a bar between them.
    fn cut(text: &str) -> String {
        let write = |segment: &Segment<'_>| match segment {
            Segment::Text(text) => (*text).to_owned(),
            Segment::Variable(variable) => format!("{{{}}}", variable.name()),
        };
        let sentences = sentences(text);
        let written = sentences.iter().map(|sentence| sentence.iter().map(write).collect::<String>());
        written.collect::<Vec<_>>().join("|")
    }

    #[test]
    fn a_sentence_ends_with_its_full_stop_or_its_line() {
        for (text, sentences) in [
            ("One. Two! Three", "One.| Two!| Three"),
            ("Hi {first_name}! At {time}. Bye.", "Hi {first_name}!| At {time}.| Bye."),
            ("Line\n\nOther (really?) Yes", "Line|\n\nOther (really?)| Yes"),
            ("With Dr. No at 3.30 on www.example.com", "With Dr. No at 3.30 on www.example.com"),
            ("At {time}.{date}", "At {time}.{date}"),
            ("{company_name}\n{company_phone}\n", "{company_name}|\n{company_phone}|\n"),
        ] {
            assert_eq!(cut(text), sentences);
        }
    }

    #[test]
    fn only_words_speak_of_mail() {
        let mentions = |text| mentions_mail(&segments(text));
        for text in ["Check your email.", "E-Mail us", "see your mail", "Emailed!", "Your e-mails", "inbox"] {
            assert!(mentions(text), "{text}");
        }
        for text in ["Mailand", "blackmail", "a female guest", "Mr. Maile", "{company_name}", "e-male"] {
            assert!(!mentions(text), "{text}");
        }
    }
}
