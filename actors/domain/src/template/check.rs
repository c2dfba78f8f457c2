//! What may be stored as a template.

use super::sentences::segments_said_to_all;
use super::tokens::{Fault, tokens};
use super::{Segment, Template, Variable};
use crate::notifications::Channel;

/// Where something is wrong, as an editor shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Counted from 1.
    pub line: usize,
    /// Characters, counted from 1.
    pub column: usize,
}

/// Why a template is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TemplateRefusal {
    /// Braces around something that is no variable.
    #[error("{{{name}}} in line {}, column {} is not a variable; these are: {}", .place.line, .place.column, names())]
    UnknownVariable {
        /// The name of the field.
        field: &'static str,
        /// What stands between the braces.
        name: String,
        /// Of its brace.
        place: Place,
    },
    /// A brace without the other.
    #[error("the {brace} in line {}, column {} stands alone; {brace}{brace} writes one", .place.line, .place.column)]
    LoneBrace {
        /// The name of the field.
        field: &'static str,
        /// Which of the two.
        brace: char,
        /// Where it stands.
        place: Place,
    },
    /// A character that is not to be seen.
    #[error("line {}, column {} holds a character that cannot be written", .place.line, .place.column)]
    ControlCharacter {
        /// The name of the field.
        field: &'static str,
        /// Where it stands.
        place: Place,
    },
    /// More than anybody reads.
    #[error("at most {most} characters")]
    TooLong {
        /// The name of the field.
        field: &'static str,
        /// How many there may be.
        most: usize,
    },
    /// A text message that no longer has a bound.
    #[error("at most {} variables in a text message", Template::SMS_VARIABLES_MAX)]
    TooManyVariables,
    /// A head of a mail is one line.
    #[error("a subject is one line")]
    LineBreakInSubject,
    /// A text message has none.
    #[error("a text message has no subject")]
    SubjectOfText,
    /// Nothing is left for a guest without an address, or of a business without a telephone.
    #[error(
        "something must be said to every guest: sentences about e-mail, and those with {{company_phone}}, are left out where there is none"
    )]
    SaysNothing {
        /// The name of the field.
        field: &'static str,
    },
}

impl TemplateRefusal {
    /// The name of the field that is wrong.
    pub fn field(&self) -> &'static str {
        match self {
            TemplateRefusal::UnknownVariable { field, .. }
            | TemplateRefusal::LoneBrace { field, .. }
            | TemplateRefusal::ControlCharacter { field, .. }
            | TemplateRefusal::TooLong { field, .. }
            | TemplateRefusal::SaysNothing { field } => field,
            TemplateRefusal::TooManyVariables => "body",
            TemplateRefusal::LineBreakInSubject | TemplateRefusal::SubjectOfText => "subject",
        }
    }

    /// Where it is wrong, where it is one place.
    pub fn place(&self) -> Option<Place> {
        match self {
            TemplateRefusal::UnknownVariable { place, .. }
            | TemplateRefusal::LoneBrace { place, .. }
            | TemplateRefusal::ControlCharacter { place, .. } => Some(*place),
            _ => None,
        }
    }
}

/// All variables as they are written, for whoever misspelt one.
fn names() -> String {
    let names: Vec<String> =
        Variable::ALL.iter().map(|variable| format!("{{{}}}", variable.name())).collect();
    names.join(", ")
}

impl Template {
    /// Refuses what could not be filled in, would have no end, or would say nothing.
    pub fn check(&self, channel: Channel) -> Result<(), TemplateRefusal> {
        match (channel, self.subject.as_deref()) {
            (Channel::Email, subject) => check_subject(subject.unwrap_or_default())?,
            (Channel::Sms, None) => {}
            (Channel::Sms, Some(_)) => return Err(TemplateRefusal::SubjectOfText),
        }
        let most = match channel {
            Channel::Email => Self::EMAIL_MAX,
            Channel::Sms => Self::SMS_MAX,
        };
        check_text("body", &self.body, most, channel)?;
        let is_variable = |token: &Result<Segment<'_>, Fault<'_>>| matches!(token, Ok(Segment::Variable(_)));
        let variables = tokens(&self.body).filter(|token| is_variable(&token.what)).count();
        if channel == Channel::Sms && variables > Self::SMS_VARIABLES_MAX {
            return Err(TemplateRefusal::TooManyVariables);
        }
        Ok(())
    }
}

fn check_subject(subject: &str) -> Result<(), TemplateRefusal> {
    match subject.contains(['\n', '\r']) {
        true => Err(TemplateRefusal::LineBreakInSubject),
        false => check_text("subject", subject, Template::SUBJECT_MAX, Channel::Email),
    }
}

fn check_text(field: &'static str, text: &str, most: usize, channel: Channel) -> Result<(), TemplateRefusal> {
    if text.chars().count() > most {
        return Err(TemplateRefusal::TooLong { field, most });
    }
    // The separators of lines and paragraphs are line breaks by another name.
    let is_unseen = |c: char| (c.is_control() && c != '\n') || matches!(c, '\u{2028}' | '\u{2029}');
    if let Some(at) = text.find(is_unseen) {
        return Err(TemplateRefusal::ControlCharacter { field, place: place(text, at) });
    }
    for token in tokens(text) {
        let place = place(text, token.at);
        match token.what {
            Ok(_) => {}
            Err(Fault::Unknown(name)) => {
                return Err(TemplateRefusal::UnknownVariable { field, name: name.to_owned(), place });
            }
            Err(Fault::Unclosed) => return Err(TemplateRefusal::LoneBrace { field, brace: '{', place }),
            Err(Fault::Stray) => return Err(TemplateRefusal::LoneBrace { field, brace: '}', place }),
        }
    }
    match segments_said_to_all(text, channel).is_empty() {
        true => Err(TemplateRefusal::SaysNothing { field }),
        false => Ok(()),
    }
}

fn place(text: &str, at: usize) -> Place {
    let before = &text[..at];
    let begin = before.rfind('\n').map_or(0, |end| end + 1);
    Place { line: before.matches('\n').count() + 1, column: before[begin..].chars().count() + 1 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mail(subject: &str, body: &str) -> Result<(), TemplateRefusal> {
        Template { subject: Some(subject.to_owned()), body: body.to_owned() }.check(Channel::Email)
    }

    fn sms(body: &str) -> Result<(), TemplateRefusal> {
        Template { subject: None, body: body.to_owned() }.check(Channel::Sms)
    }

    #[test]
    fn an_unknown_variable_is_refused_by_its_name_and_its_place() {
        let refusal = sms("Hi {first_name}!\nÜber {gast}").unwrap_err();
        assert_eq!((refusal.field(), refusal.place()), ("body", Some(Place { line: 2, column: 6 })));
        assert!(refusal.to_string().starts_with("{gast} in line 2, column 6 is not a variable"), "{refusal}");
        assert!(refusal.to_string().contains("{reschedule_link}"), "{refusal}");
        assert_eq!(mail("For {nobody}", "x").unwrap_err().field(), "subject");
    }

    #[test]
    fn a_lone_brace_is_refused_and_a_doubled_one_is_written() {
        let refusal = sms("a {first_name").unwrap_err();
        assert_eq!(refusal.to_string(), "the { in line 1, column 3 stands alone; {{ writes one");
        assert!(matches!(sms("a } b"), Err(TemplateRefusal::LoneBrace { brace: '}', .. })));
        assert_eq!(sms("{{a}}"), Ok(()));
    }

    #[test]
    fn a_template_has_bounds() {
        let most = |template: Result<(), TemplateRefusal>| match template {
            Err(TemplateRefusal::TooLong { field, most }) => Some((field, most)),
            _ => None,
        };
        assert_eq!(sms(&"ë".repeat(1_000)), Ok(()));
        assert_eq!(most(sms(&"ë".repeat(1_001))), Some(("body", 1_000)));
        assert_eq!(most(mail(&"x".repeat(201), "x")), Some(("subject", 200)));
        assert_eq!(most(mail("x", &"x".repeat(10_001))), Some(("body", 10_000)));
        assert_eq!(sms(&"{time}".repeat(15)), Ok(()));
        assert_eq!(sms(&"{time}".repeat(16)), Err(TemplateRefusal::TooManyVariables));
    }

    #[test]
    fn a_subject_is_one_line_of_a_mail() {
        assert_eq!(mail("a\nb", "x"), Err(TemplateRefusal::LineBreakInSubject));
        assert_eq!(mail("a\rBcc: x", "x"), Err(TemplateRefusal::LineBreakInSubject));
        assert!(matches!(mail("a\u{2028}b", "x"), Err(TemplateRefusal::ControlCharacter { .. })));
        assert!(matches!(mail("a", "x\0"), Err(TemplateRefusal::ControlCharacter { field: "body", .. })));
        let text = Template { subject: Some("a".to_owned()), body: "x".to_owned() };
        assert_eq!(text.check(Channel::Sms), Err(TemplateRefusal::SubjectOfText));
        let mail = Template { subject: None, body: "x".to_owned() };
        assert_eq!(mail.check(Channel::Email), Err(TemplateRefusal::SaysNothing { field: "subject" }));
    }

    #[test]
    fn something_must_be_left_for_every_guest() {
        let nothing = Err(TemplateRefusal::SaysNothing { field: "body" });
        assert_eq!(sms(" \n "), nothing);
        assert_eq!(sms("Check your email."), nothing);
        assert_eq!(sms("Call {company_phone}"), nothing);
        assert_eq!(sms("Hi! Check your email."), Ok(()));
        assert_eq!(mail("Your mail", "Check your email."), Ok(()));
    }
}
