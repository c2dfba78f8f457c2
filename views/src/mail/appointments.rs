//! Mails about an appointment to its guest, in the words of the business.

use domain::notifications::{Channel, Occasion};
use domain::template::{Segment, Template, Values, Variable, fill, segments_said};
use maud::{Markup, html};

use super::{Content, button, page, quiet_button};

/// What a mail to a guest is made of.
#[derive(Debug, Clone, Copy)]
pub struct GuestMail<'a> {
    /// What it tells.
    pub occasion: Occasion,
    /// The business's words.
    pub template: &'a Template,
    /// What they name.
    pub values: &'a Values<'a>,
    /// The day of the week.
    pub weekday: &'a str,
    /// The name of the zone in which the times are meant.
    pub zone: &'a str,
    /// Whose service it is.
    pub platform_name: &'a str,
}

/// The mail.
pub fn guest_mail(mail: &GuestMail<'_>) -> Content {
    let filled = fill(mail.template, Channel::Email, mail.values);
    let subject = filled.subject.unwrap_or_default();
    let content = html! {
        (card(mail))
        (paragraphs(mail))
    };
    let html = page(&subject, mail.platform_name, &content);
    Content { subject, text: filled.body, html }
}

/// When it is, at a glance.
fn card(mail: &GuestMail<'_>) -> Markup {
    let text = |variable| mail.values.text(variable);
    let (label, color, line) = match mail.occasion {
        Occasion::Booked => ("Confirmed", "#0f766e", "none"),
        Occasion::Moved => ("New time", "#0f766e", "none"),
        Occasion::Cancelled => ("Cancelled", "#b42318", "line-through"),
        Occasion::Reminder => ("Reminder", "#0f766e", "none"),
    };
    html! {
        div style="border:1px solid #e3e5ea;border-radius:10px;padding:16px 20px;margin:0 0 24px" {
            p style={ "margin:0;font-size:13px;font-weight:600;color:" (color) } { (label) }
            p style={ "margin:4px 0 0;font-size:18px;font-weight:600;text-decoration:" (line) } {
                (mail.weekday) ", " (text(Variable::Date)) ", " (text(Variable::Time))
            }
            p style="margin:2px 0 0;color:#5c6370;font-size:14px" {
                (text(Variable::CompanyName)) " · " (mail.zone) " time"
            }
        }
    }
}

/// A piece of a line.
enum Piece<'a> {
    Text(std::borrow::Cow<'a, str>),
    Link(Variable),
}

/// The words: an empty line begins a paragraph. A link that has a line to itself is a button.
fn paragraphs(mail: &GuestMail<'_>) -> Markup {
    let mut lines: Vec<Vec<Piece<'_>>> = vec![Vec::new()];
    for segment in segments_said(&mail.template.body, Channel::Email, mail.values) {
        match segment {
            Segment::Variable(variable) if variable.is_link() => push(&mut lines, Piece::Link(variable)),
            Segment::Variable(variable) => push(&mut lines, Piece::Text(mail.values.text(variable))),
            Segment::Text(text) => {
                for (index, part) in text.split('\n').enumerate() {
                    if index > 0 {
                        lines.push(Vec::new());
                    }
                    if !part.is_empty() {
                        push(&mut lines, Piece::Text(part.into()));
                    }
                }
            }
        }
    }
    let is_blank = |line: &Vec<Piece<'_>>| line.is_empty();
    html! {
        @for paragraph in lines.split(is_blank).filter(|paragraph| !paragraph.is_empty()) {
            (self::paragraph(paragraph, mail.values))
        }
    }
}

fn push<'a>(lines: &mut [Vec<Piece<'a>>], piece: Piece<'a>) {
    if let Some(line) = lines.last_mut() {
        line.push(piece);
    }
}

fn paragraph(lines: &[Vec<Piece<'_>>], values: &Values<'_>) -> Markup {
    // A button is a paragraph of its own, and none stands within another.
    html! {
        div style="margin:0 0 16px" {
            @for (index, line) in lines.iter().enumerate() {
                @match line.as_slice() {
                    [Piece::Link(Variable::CancellationLink)] => {
                        (quiet_button(&values.text(Variable::CancellationLink), label(Variable::CancellationLink)))
                    },
                    [Piece::Link(variable)] => (button(&values.text(*variable), label(*variable))),
                    pieces => {
                        @if index > 0 { br; }
                        @for piece in pieces {
                            @match piece {
                                Piece::Text(text) => (text),
                                Piece::Link(variable) => {
                                    a href=(values.text(*variable)) style="color:#0f766e" { (label(*variable)) }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn label(link: Variable) -> &'static str {
    match link {
        Variable::CancellationLink => "Cancel the appointment",
        _ => "Choose another time",
    }
}

#[cfg(test)]
mod tests {
    use domain::template::platform_default;

    use super::*;

    fn values() -> Values<'static> {
        Values {
            guest_name: Some("<b>Ana</b>"),
            date: "January 15, 2026",
            time: "10:00 AM",
            company_name: "Harbour & Sons",
            company_phone: None,
            cancellation_link: "https://example.com/g/x/cancel",
            reschedule_link: "https://example.com/g/x/move",
            has_email: true,
        }
    }

    fn mail(template: &Template) -> Content {
        let (values, occasion) = (values(), Occasion::Booked);
        let mail = GuestMail {
            occasion,
            template,
            values: &values,
            weekday: "Thursday",
            zone: "Madrid",
            platform_name: "Voice",
        };
        guest_mail(&mail)
    }

    #[test]
    fn links_lead_where_they_say_and_names_stay_text() {
        let Content { subject, text, html } = mail(&platform_default(Occasion::Booked, Channel::Email));
        assert_eq!(subject, "Your appointment with Harbour & Sons on January 15, 2026");
        assert!(text.contains("https://example.com/g/x/move") && text.contains("Hi <b>Ana</b>"), "{text}");
        assert!(html.contains("href=\"https://example.com/g/x/move\""), "{html}");
        assert!(html.contains("&lt;b&gt;Ana") && !html.contains("<b>Ana"), "{html}");
        assert!(!html.contains("{first_name}"), "{html}");
    }

    #[test]
    fn a_link_within_a_sentence_is_a_link_and_one_alone_a_button() {
        let body = "Not free? Move it {reschedule_link} now.\n\n{cancellation_link}".to_owned();
        let html = mail(&Template { subject: Some("x".to_owned()), body }).html;
        assert!(html.contains("Move it <a href=\"https://example.com/g/x/move\""), "{html}");
        assert!(html.contains("href=\"https://example.com/g/x/cancel\" style=\"background:#fff"), "{html}");
    }
}
