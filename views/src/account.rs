//! What everybody has of their own: rights, sessions, API tokens.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use maud::{Markup, html};

use crate::layout::{Frame, Place};
use crate::parts::{Field, Head, Icon, Input, Style, Tag, When, empty, panel, tag, zone_name};

/// A browser in which somebody is signed in.
pub struct Session {
    /// By which it is ended.
    pub id: String,
    /// What the browser calls itself.
    pub user_agent: Option<String>,
    /// From where it came.
    pub address: Option<String>,
    /// When it was last heard of.
    pub last_seen_at: Timestamp,
    /// Whether it is this one.
    pub is_current: bool,
}

/// A key of a program.
pub struct ApiToken {
    /// By which it is revoked.
    pub id: String,
    /// Given by whoever made it.
    pub name: String,
    /// When.
    pub created_at: Timestamp,
    /// `None` where never.
    pub last_used_at: Option<Timestamp>,
}

/// What the page shows.
pub struct Account<'a> {
    /// By which they sign in.
    pub email: &'a str,
    /// What they may do, in sentences.
    pub rights: &'a [&'static str],
    /// The newest first.
    pub sessions: &'a [Session],
    /// `None` for whoever belongs to no business.
    pub tokens: Option<&'a [ApiToken]>,
    /// Just made, and never shown again.
    pub secret: Option<&'a str>,
    /// What is wrong with the name of a token.
    pub token_error: Option<&'a str>,
    /// In which zone its reader is.
    pub zone: &'a TimeZone,
}

/// The page.
pub fn page(frame: &Frame, account: &Account<'_>) -> String {
    let head = Head {
        title: "Account",
        sentence: Some(html! { "You are signed in as " b.strong { (account.email) } "." }),
        actions: Some(html! {
            form method="post" action="/account/sign-out" { button.btn.btn-soft { (Icon("box-arrow-right")) "Sign out" } }
        }),
    };
    let body = html! {
        (head)
        div.stack {
            @if let Some(secret) = account.secret { (new_secret(secret)) }
            (panel("h-rights", "What you may do", None, &rights(account.rights)))
            (panel("h-sessions", "Where you are signed in", end_others(account.sessions), &sessions(account)))
            @if let Some(tokens) = account.tokens {
                (panel("h-tokens", "API tokens", None, &tokens_of(tokens, account)))
            }
        }
        p.t-sm.t-3.mt-2 { "Times in " span data-zone-name { (zone_name(account.zone)) } "." }
    };
    frame.page(Place::Account, "Account", &body)
}

fn rights(rights: &[&str]) -> Markup {
    html! {
        ul.rights { @for right in rights { li { (Icon("check-lg")) (right) } } }
        p.t-sm.t-3.mb-0 { "An administrator of your business can change this." }
    }
}

fn end_others(sessions: &[Session]) -> Option<Markup> {
    (sessions.len() > 1).then(|| {
        html! {
            form method="post" action="/account/sessions/end-others" {
                button.btn.btn-quiet.btn-sm { "Sign out everywhere else" }
            }
        }
    })
}

fn sessions(account: &Account<'_>) -> Markup {
    html! {
        ul.rows {
            @for session in account.sessions {
                li {
                    (Icon("display"))
                    div.tx {
                        span.strong { (browser(session.user_agent.as_deref())) }
                        @if session.is_current { " " (tag(Tag::Good, "This browser")) }
                        div.t-sm.t-3 {
                            @if let Some(address) = &session.address { (address) " · " }
                            "last seen " (When { at: session.last_seen_at, zone: account.zone, style: Style::DateTime })
                        }
                    }
                    @if !session.is_current {
                        form.act method="post" action="/account/sessions/end" {
                            input type="hidden" name="id" value=(session.id);
                            button.btn.btn-soft.btn-sm aria-label={ "Sign out of " (browser(session.user_agent.as_deref())) } { "Sign out" }
                        }
                    }
                }
            }
        }
    }
}

fn tokens_of(tokens: &[ApiToken], account: &Account<'_>) -> Markup {
    html! {
        p.t-2 {
            "With a token, a program of yours acts with your rights. "
            a href="/api/docs" { "How to use the API" } "."
        }
        @if tokens.is_empty() {
            (empty(Icon("key"), "No tokens", "Make one for each program, so that each can be stopped alone.", None))
        } @else {
            ul.rows {
                @for token in tokens {
                    li {
                        (Icon("key"))
                        div.tx {
                            span.strong { (token.name) }
                            div.t-sm.t-3 {
                                "made " (When { at: token.created_at, zone: account.zone, style: Style::Date }) " · "
                                @match token.last_used_at {
                                    Some(at) => { "last used " (When { at, zone: account.zone, style: Style::DateTime }) }
                                    None => "never used"
                                }
                            }
                        }
                        form.act method="post" action="/account/tokens/revoke" {
                            input type="hidden" name="id" value=(token.id);
                            button.btn.btn-soft.btn-danger-soft.btn-sm aria-label={ "Revoke " (token.name) } { "Revoke" }
                        }
                    }
                }
            }
        }
        form.inline-form method="post" action="/account/tokens" {
            (Field {
                name: "name",
                label: "Name of the program",
                input: Input::Line { kind: "text", autocomplete: Some("off") },
                value: "",
                is_required: true,
                hint: None,
                error: account.token_error,
            })
            button.btn.btn-soft { "Make a token" }
        }
    }
}

fn new_secret(secret: &str) -> Markup {
    html! {
        section.panel aria-labelledby="h-secret" {
            header { h2 id="h-secret" { "Your new token" } }
            div.body {
                p.t-2 { "Copy it now: it is not shown again." }
                div.secret {
                    code.mono { (secret) }
                    button.btn.btn-soft.btn-sm type="button" data-copy=(secret) { (Icon("copy")) span data-label { "Copy" } }
                }
            }
        }
    }
}

/// A browser in words that people know, out of what it calls itself.
fn browser(user_agent: Option<&str>) -> String {
    let Some(agent) = user_agent else { return "Unknown browser".to_owned() };
    let name = [
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    ]
    .into_iter()
    .find(|(mark, _)| agent.contains(mark));
    let system = [
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Android", "Android"),
        ("Windows", "Windows"),
        ("Mac OS", "Mac"),
        ("Linux", "Linux"),
    ]
    .into_iter()
    .find(|(mark, _)| agent.contains(mark));
    match (name, system) {
        (Some((_, name)), Some((_, system))) => format!("{name} on {system}"),
        (Some((_, name)), None) => name.to_owned(),
        _ => agent.chars().take(60).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_is_named_as_people_know_it() {
        let chrome = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0 Safari/537.36";
        assert_eq!(browser(Some(chrome)), "Chrome on Linux");
        assert_eq!(browser(Some("curl/8.0")), "curl/8.0");
        assert_eq!(browser(None), "Unknown browser");
    }
}
