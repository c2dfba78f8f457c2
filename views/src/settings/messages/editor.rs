//! The editor of one message. Without the script, its button shows the preview; with it, typing does.

use domain::notifications::{Channel, Occasion};
use domain::template::Template;
use maud::{Markup, html};

use super::preview::{Preview, body as preview};
use super::words;
use crate::assets::address;
use crate::layout::{Frame, Place};
use crate::parts::{Field, Head, Icon, Input, Tag, panel, tag};

/// What the page shows.
pub struct Editor<'a> {
    /// What the message tells.
    pub occasion: Occasion,
    /// By which way.
    pub channel: Channel,
    /// As it is, or as it was typed.
    pub template: &'a Template,
    /// Names of fields, and what is wrong with each, in a sentence.
    pub errors: &'a [(&'static str, String)],
    /// Whether guests read the business's own words now.
    pub is_own: bool,
    /// The platform's words.
    pub default: &'a Template,
    /// What a guest would read.
    pub preview: &'a Preview<'a>,
    /// ISO 4217.
    pub currency: &'a str,
    /// Whether messages go this way at all.
    pub is_sent: bool,
    /// Whether the business has a number to be called.
    pub has_phone: bool,
    /// Whether its reader may change it.
    pub may_change: bool,
}

/// The page.
pub fn page(frame: &Frame, editor: &Editor<'_>) -> String {
    let (occasion, channel) = (words::title(editor.occasion), words::channel(editor.channel));
    let title = format!("{occasion}: {}", channel.to_lowercase());
    let state = match editor.is_own {
        true => tag(Tag::Agent, "Your words"),
        false => tag(Tag::Neutral, "Default"),
    };
    let body = html! {
        nav.crumb aria-label="Path" {
            a href="/settings" { "Settings" } span aria-hidden="true" { "/" }
            a href="/settings/messages" { "Messages" } span aria-hidden="true" { "/" }
            span { (title) }
        }
        (Head { title: &title, sentence: Some(html! { (words::when(editor.occasion)) }), actions: None })
        @if !editor.errors.is_empty() {
            div.note role="alert" {
                (Icon("exclamation-triangle-fill"))
                span.t { b { "Nothing was saved yet. " } "Guests would not be able to read it as it is." }
            }
        }
        @if !editor.is_sent {
            div.note {
                (Icon("exclamation-triangle-fill"))
                span.t { b { "This message is not sent just now. " } (channel) "s are switched off at " a href="/settings#h-messages" { "Settings" } "." }
            }
        }
        div.editor {
            div.stack {
                (panel("h-words", "Words", Some(state), &form(editor)))
                @if editor.is_own && editor.may_change { (reset(editor)) }
            }
            div.stack {
                section.panel aria-labelledby="h-preview" {
                    header { h2 id="h-preview" { "What your guest reads" } }
                    div.body {
                        (preview(editor.preview, editor.currency))
                        (notes(editor))
                    }
                }
            }
        }
        @if editor.may_change { script src=(address("messages.js")) defer {} }
    };
    frame.page(Place::Settings, &title, &body)
}

fn form(editor: &Editor<'_>) -> Markup {
    let path = words::path(editor.occasion, editor.channel);
    let rows = if editor.channel == Channel::Email { 16 } else { 6 };
    let error =
        |name: &str| editor.errors.iter().find(|(field, _)| *field == name).map(|(_, said)| said.as_str());
    html! {
        form method="post" action=(path) data-guarded data-preview={ (path) "/preview" } {
            fieldset disabled[!editor.may_change] {
                @if editor.channel == Channel::Email {
                    (Field {
                        name: "subject",
                        label: "Subject",
                        input: Input::Line { kind: "text", autocomplete: Some("off") },
                        value: editor.template.subject.as_deref().unwrap_or_default(),
                        is_required: true,
                        hint: Some("One line, 200 characters at most."),
                        error: error("subject"),
                    })
                }
                (Field {
                    name: "body",
                    label: if editor.channel == Channel::Email { "Text" } else { "Message" },
                    input: Input::Words { rows },
                    value: &editor.template.body,
                    is_required: true,
                    hint: Some("What stands in braces is filled in for each guest; {{ writes a brace."),
                    error: error("body"),
                })
                div.chips-f {
                    p.t-sm.strong.mb-2 id="h-chips" { "Filled in for each guest" }
                    ul.chips aria-labelledby="h-chips" {
                        @for (variable, label) in words::OFFERED {
                            li data-insert={ "{" (variable.name()) "}" } { span { (label) } code { "{" (variable.name()) "}" } }
                        }
                    }
                }
                @if editor.may_change {
                    div.d-flex.gap-2.mt-3 {
                        button.btn.btn-cta { "Save" }
                        button.btn.btn-soft formaction={ (path) "/preview#h-preview" } data-by-hand { "Preview" }
                        a.btn.btn-quiet href="/settings/messages" { "Back" }
                    }
                }
            }
        }
    }
}

fn reset(editor: &Editor<'_>) -> Markup {
    let path = words::path(editor.occasion, editor.channel);
    let default = editor.default;
    panel(
        "h-default",
        "Reset to default",
        None,
        &html! {
            p.t-sm.t-2 { "Your words are thrown away, and guests read this again:" }
            div.sheet.quiet {
                @if let Some(subject) = &default.subject { p.strong.mb-2 { (subject) } }
                div.sheet-b { (default.body) }
            }
            form.mt-3 method="post" action={ (path) "/reset" } {
                button.btn.btn-soft.btn-danger-soft { "Reset to default" }
            }
        },
    )
}

fn notes(editor: &Editor<'_>) -> Markup {
    html! {
        ul.goodtoknow {
            li { (Icon("person")) span { "Shown for an invented guest, Ana Ruiz, with your business as it is." } }
            @if editor.channel == Channel::Sms {
                li { (Icon("envelope")) span { "Sentences about e-mail are left out for guests who get none." } }
                li { (Icon("lock")) span { "“Reply STOP to opt out.” is always there: where you leave it out, it is added." } }
            } @else {
                li { (Icon("link-45deg")) span { "Each guest has links of their own, which work until the appointment ends." } }
            }
            @if !editor.has_phone {
                li { (Icon("telephone")) span { "Your business has no number yet, so sentences with your number are left out. " a href="/settings#h-business" { "Add it" } } }
            }
        }
    }
}
