//! Makes a message of a template.

use super::sentences::{has_word, segments_said};
use super::{Segment, Template, Values};
use crate::notifications::Channel;
use crate::sms;

/// What every text message says, whether its template does or not.
pub const OPT_OUT: &str = "Reply STOP to opt out.";

/// A message as its guest reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filled {
    /// Of a mail.
    pub subject: Option<String>,
    /// As plain text.
    pub body: String,
}

/// Fills a template in: one pass, in which values are only written. A text message is brought into
/// the characters it travels in and tells how to stop the next one.
pub fn fill(template: &Template, channel: Channel, values: &Values<'_>) -> Filled {
    let said = segments_said(&template.body, channel, values);
    let body = written(&said, values);
    let body = match channel {
        Channel::Email => body,
        Channel::Sms => sms::readable(&with_opt_out(body, &said)),
    };
    let subject = template.subject.as_deref();
    Filled { subject: subject.map(|text| written(&segments_said(text, channel, values), values)), body }
}

fn written(segments: &[Segment<'_>], values: &Values<'_>) -> String {
    let mut written = String::new();
    for segment in segments {
        match segment {
            Segment::Text(text) => written.push_str(text),
            Segment::Variable(variable) => written.push_str(&values.text(*variable)),
        }
    }
    written
}

/// Only a STOP that the template says counts: that of a guest called so explains nothing.
fn with_opt_out(mut body: String, said: &[Segment<'_>]) -> String {
    if !has_word(said, |word| word == "STOP") {
        // An address that is followed by a word in its own line is still an address.
        body.push(if body.ends_with(['.', '!', '?', ')', '…']) { ' ' } else { '\n' });
        body.push_str(OPT_OUT);
    }
    body
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notifications::Occasion;
    use crate::sms::{Encoding, parts};
    use crate::template::platform_default;

    fn values() -> Values<'static> {
        Values {
            guest_name: Some("Ana Ruiz"),
            date: "Thursday, January 15, 2026",
            time: "10:00 AM",
            company_name: "Harbour Dental",
            company_phone: Some("+15550100100"),
            cancellation_link: "https://example.com/cancel/x",
            reschedule_link: "https://example.com/move/x",
            has_email: true,
        }
    }

    fn text(body: &str, values: &Values<'_>) -> String {
        fill(&Template { subject: None, body: body.to_owned() }, Channel::Sms, values).body
    }

    #[test]
    fn the_sentence_of_the_specification_is_filled_in() {
        let booked = platform_default(Occasion::Booked, Channel::Sms);
        let said = |values: &Values<'_>| fill(&booked, Channel::Sms, values).body;
        let begin =
            "Your appointment with Harbour Dental is confirmed for Thursday, January 15, 2026 at 10:00 AM.";
        assert_eq!(
            said(&values()),
            format!("Hi Ana! {begin} Check your email for details. Reply STOP to opt out.")
        );
        let unknown = Values { guest_name: None, has_email: false, ..values() };
        assert_eq!(said(&unknown), format!("Hi there! {begin} Reply STOP to opt out."));
    }

    #[test]
    fn a_value_is_never_read_again() {
        let hostile = Values { guest_name: Some("{cancellation_link} {{ } {"), ..values() };
        assert_eq!(text("Hi {guest_name}! STOP", &hostile), "Hi {cancellation_link} {{ } {! STOP");
        let lines = Values { guest_name: Some("Ana\r\nBcc: x@example.com"), ..values() };
        let mail = Template { subject: Some("For {guest_name}".to_owned()), body: "x".to_owned() };
        let filled = fill(&mail, Channel::Email, &lines);
        assert_eq!(filled.subject.as_deref(), Some("For Ana Bcc: x@example.com"));
    }

    #[test]
    fn no_sentence_about_mail_for_a_guest_without_an_address() {
        let without = Values { has_email: false, company_name: "Mail & More", ..values() };
        let body = "Hi! See your E-mail. Or our e-mails. From {company_name}.\nCheck your inbox!\nBye. STOP";
        assert_eq!(text(body, &without), "Hi! From Mail & More.\nBye. STOP");
        assert_eq!(text("Check your email. Hi. STOP", &without), "Hi. STOP");
    }

    #[test]
    fn a_business_without_a_telephone_is_not_to_be_called() {
        let without = Values { company_phone: None, ..values() };
        for (occasion, channel) in
            Occasion::ALL.into_iter().flat_map(|occasion| Channel::ALL.map(|channel| (occasion, channel)))
        {
            let Filled { subject, body } = fill(&platform_default(occasion, channel), channel, &without);
            let said = format!("{} {body}", subject.unwrap_or_default());
            assert!(!said.to_lowercase().contains("call"), "{said}");
            assert!(!said.contains("  ") && !said.contains("\n\n\n"), "{said}");
        }
    }

    #[test]
    fn every_text_message_tells_how_to_stop_the_next() {
        assert_eq!(text("See you!", &values()), "See you! Reply STOP to opt out.");
        assert_eq!(
            text("Move: {reschedule_link}", &values()),
            "Move: https://example.com/move/x\nReply STOP to opt out."
        );
        let called_stop = Values { guest_name: Some("STOP"), ..values() };
        assert_eq!(text("{guest_name}!", &called_stop), "STOP! Reply STOP to opt out.");
        let body = "Hi. Reply STOP or answer our mail.";
        assert_eq!(text(body, &Values { has_email: false, ..values() }), "Hi. Reply STOP to opt out.");
    }

    #[test]
    fn a_text_message_has_a_bound_whatever_it_is_filled_with() {
        let long = "🦷".repeat(400);
        let hostile = Values { guest_name: Some(&long), company_name: &long, ..values() };
        let names = "{guest_name}".repeat(Template::SMS_VARIABLES_MAX);
        let template = Template { subject: None, body: format!("{}{names}", "🦷".repeat(820)) };
        assert_eq!(template.check(Channel::Sms), Ok(()));
        // More than a hundred could not be stored.
        assert!(parts(&fill(&template, Channel::Sms, &hostile).body).count <= 100);
    }

    #[test]
    fn the_platforms_own_words_may_be_stored_and_are_short() {
        for (occasion, channel) in
            Occasion::ALL.into_iter().flat_map(|occasion| Channel::ALL.map(|channel| (occasion, channel)))
        {
            let template = platform_default(occasion, channel);
            assert_eq!(template.check(channel), Ok(()), "{occasion:?} {channel:?}");
            let filled = fill(&template, channel, &values());
            assert_eq!(filled.subject.is_some(), channel == Channel::Email);
            if channel == Channel::Sms {
                let parts = parts(&filled.body);
                assert!(parts.count <= 2 && parts.encoding == Encoding::Gsm7, "{}", filled.body);
            }
        }
    }
}
