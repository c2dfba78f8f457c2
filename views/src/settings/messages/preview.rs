//! What a guest would read, beside the words as they are typed.

use domain::money::Money;
use domain::notifications::Channel;
use domain::sms::{Encoding, Parts};
use domain::template::{Segment, Template, Values, segments_said};
use maud::{Markup, html};

use crate::parts::{Icon, money};

/// What is shown of the words.
pub enum Preview<'a> {
    /// They cannot be filled in.
    Wrong,
    /// A mail, filled with these.
    Mail {
        /// The words.
        template: &'a Template,
        /// The guest.
        values: &'a Values<'a>,
        /// Of this mail.
        cost: Money,
    },
    /// A text message.
    Text(TextPreview),
}

/// A text message as it travels.
pub struct TextPreview {
    /// To a guest who gets mail, too.
    pub text: String,
    /// To one who gets none, where that reads otherwise.
    pub without_mail: Option<String>,
    /// Of the first.
    pub parts: Parts,
    /// The first character that is not in the small alphabet.
    pub outside: Option<char>,
    /// Of the first.
    pub cost: Money,
    /// Whether each part costs.
    pub is_per_part: bool,
}

/// The panel's body; the script puts it in place anew while somebody types.
pub(super) fn body(preview: &Preview<'_>, currency: &str) -> Markup {
    html! {
        div data-part="preview" {
            @match preview {
                Preview::Wrong => p.t-2.mb-0 { "Once what is marked is mended, your guest's view stands here." },
                Preview::Mail { template, values, cost } => {
                    (mail(template, values))
                    p.t-sm.t-3.mb-0.mt-3 { "Each e-mail costs " (money(*cost, currency)) "." }
                }
                Preview::Text(text) => (text_message(text, currency)),
            }
        }
    }
}

fn mail(template: &Template, values: &Values<'_>) -> Markup {
    let subject = template.subject.as_deref().unwrap_or_default();
    html! {
        div.sheet {
            dl.sheet-h {
                dt { "From" } dd { (values.company_name) }
                dt { "Subject" } dd.strong { (written(subject, values)) }
            }
            div.sheet-b { (written(&template.body, values)) }
        }
    }
}

/// Values stand out; links look like links and lead nowhere, for the guest is invented.
fn written(text: &str, values: &Values<'_>) -> Markup {
    html! {
        @for segment in segments_said(text, Channel::Email, values) {
            @match segment {
                Segment::Text(text) => (text),
                Segment::Variable(variable) if variable.is_link() => span.sheet-a { (values.text(variable)) },
                Segment::Variable(variable) => span.filled { (values.text(variable)) },
            }
        }
    }
}

fn text_message(text: &TextPreview, currency: &str) -> Markup {
    let Parts { encoding, units, count } = text.parts;
    let room = match count {
        1 => encoding.units_in_one(),
        many => many * encoding.units_in_each(),
    };
    html! {
        div.phone {
            p.bubble { (text.text) }
            @if let Some(without) = &text.without_mail {
                p.phone-l { "Without an e-mail address" }
                p.bubble { (without) }
            }
        }
        dl.figures {
            div { dt { "Characters" } dd { (units) span.t-3 { " of " (room) } } }
            div { dt { @if count == 1 { "Part" } @else { "Parts" } } dd { (count) } }
            div { dt { "Alphabet" } dd { (encoding.as_str()) } }
            div { dt { "Costs" } dd { (money(text.cost, currency)) } }
        }
        @match (encoding, text.outside) {
            (Encoding::Ucs2, Some(outside)) => p.hintline {
                (Icon("info-circle")) span { "Because of “" (outside) "”, a part holds 70 characters instead of 160." }
            },
            _ => {}
        }
        @if text.is_per_part && count > 1 {
            p.hintline { (Icon("info-circle")) span { "You are charged for each part." } }
        }
    }
}
