//! The frame around every page of the portal: menu, top bar, and on a phone the tabs below.

use domain::billing::BalanceState;
use maud::{DOCTYPE, Markup, Render, html};

use crate::assets::address;
use crate::parts::{Icon, live};

/// Where in the portal a page is; the menu shows those that its viewer may open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// `/`
    Home,
    /// `/calls`
    Calls,
    /// `/calendar`
    Calendar,
    /// `/appointments`
    Appointments,
    /// `/messages`
    Messages,
    /// `/billing`
    Billing,
    /// `/users`
    Team,
    /// `/hours`
    Hours,
    /// `/settings`
    Settings,
    /// `/account`
    Account,
    /// `/find`, which is in no menu.
    Find,
}

impl Place {
    /// Its address.
    pub fn path(self) -> &'static str {
        match self {
            Self::Home => "/",
            Self::Calls => "/calls",
            Self::Calendar => "/calendar",
            Self::Appointments => "/appointments",
            Self::Messages => "/messages",
            Self::Billing => "/billing",
            Self::Team => "/users",
            Self::Hours => "/hours",
            Self::Settings => "/settings",
            Self::Account => "/account",
            Self::Find => "/find",
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Home => "Home",
            Self::Calls => "Calls",
            Self::Calendar => "Calendar",
            Self::Appointments => "Appointments",
            Self::Messages => "Messages",
            Self::Billing => "Billing",
            Self::Team => "Team",
            Self::Hours => "Opening hours",
            Self::Settings => "Settings",
            Self::Account => "Account",
            Self::Find => "Find",
        }
    }

    pub(crate) fn icon(self) -> Icon {
        match self {
            Self::Home => Icon("house"),
            Self::Calls => Icon("telephone"),
            Self::Calendar => Icon("calendar3"),
            Self::Appointments => Icon("person-check"),
            Self::Messages => Icon("chat-left-text"),
            Self::Billing => Icon("wallet2"),
            Self::Team => Icon("people"),
            Self::Hours => Icon("clock"),
            Self::Settings => Icon("gear"),
            Self::Account => Icon("person"),
            Self::Find => Icon("search"),
        }
    }

    /// What people do day by day, above what they set up once.
    fn is_daily(self) -> bool {
        matches!(self, Self::Home | Self::Calls | Self::Calendar | Self::Appointments)
    }
}

/// Light or dark, where the viewer has chosen; else as the system has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Theme {
    /// Ink on paper.
    Light,
    /// Paper on ink.
    Dark,
}

impl Theme {
    /// As Bootstrap and the cookie call it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

/// The balance in the top bar.
#[derive(Debug, Clone)]
pub struct BalancePill {
    /// With its currency.
    pub text: String,
    /// Whether something should be done.
    pub state: BalanceState,
}

/// What the frame of every page of one request says.
#[derive(Debug, Clone)]
pub struct Frame {
    /// Of the platform.
    pub platform: String,
    /// Of the business; the platform's for whoever runs it.
    pub business: String,
    /// Who is signed in.
    pub person: String,
    /// As what.
    pub role: &'static str,
    /// The pages they may open.
    pub menu: Vec<Place>,
    /// For those who may see money.
    pub balance: Option<BalancePill>,
    /// Chosen before.
    pub theme: Option<Theme>,
    /// What has just been done, in a sentence.
    pub said: Option<&'static str>,
    /// Whether the business is suspended: everything can be read, nothing changed.
    pub is_suspended: bool,
}

impl Frame {
    /// A page in its frame.
    pub fn page(&self, place: Place, title: &str, body: &Markup) -> String {
        document(
            self.theme,
            &format!("{title} · {}", self.business),
            &html! {
                a.skip href="#main" { "Skip to content" }
                div.shell {
                    (self.side(place))
                    div.col-main {
                        (self.top())
                        main.main id="main" tabindex="-1" {
                            @if self.is_suspended {
                                div.note role="status" {
                                    (Icon("exclamation-triangle-fill"))
                                    span.t { b { "This account is suspended." } " Everything can be read; nothing can be changed." }
                                }
                            }
                            @if let Some(said) = self.said { div.said role="status" { (Icon("check-circle-fill")) (said) } }
                            (body)
                        }
                    }
                }
                (self.tabs(place))
                @if self.has_news() { (live::script()) }
            },
        )
    }

    /// Whether there is something to hear of: who runs the platform belongs to no business.
    fn has_news(&self) -> bool {
        self.menu.contains(&Place::Calls)
    }

    fn side(&self, current: Place) -> Markup {
        let entries = |is_daily: bool| {
            let places = self.menu.iter().filter(move |place| place.is_daily() == is_daily);
            html! { ul.nav-g { @for place in places { li { (Link { place: *place, current }) } } } }
        };
        let has_more = self.menu.iter().any(|place| !place.is_daily());
        html! {
            aside.side aria-label="Main menu" {
                (self.brand(&self.business, "brand"))
                nav aria-label="Main" {
                    (entries(true))
                    @if has_more { div.nav-h { "Business" } (entries(false)) }
                }
                a.side-foot href=(Place::Account.path()) aria-current=[(current == Place::Account).then_some("page")] {
                    span.av { (initials(&self.person)) }
                    span.t-sm {
                        span.d-block.strong { (self.person) }
                        span.t-3 { (self.role) }
                    }
                }
            }
        }
    }

    /// All of the menu.
    pub(crate) fn entries(&self, current: Place) -> Markup {
        html! { @for place in self.menu.iter().chain(&[Place::Account]) { li { (Link { place: *place, current }) } } }
    }

    fn brand(&self, name: &str, class: &str) -> Markup {
        html! {
            a class=(class) href="/" {
                (mark())
                span { (name) @if name != self.platform { small { (self.platform) } } }
            }
        }
    }

    fn top(&self) -> Markup {
        html! {
            header.top {
                (self.brand(&self.business, "brand only-s p-0"))
                @if self.menu.contains(&Place::Calls) {
                    a.cmd href="/find" data-over="Find" aria-keyshortcuts="Control+K" {
                        (Icon("search")) span { "Find a caller, call or appointment" } kbd { "Ctrl K" }
                    }
                }
                span.ms-auto {}
                @if self.has_news() { (live::indicator()) }
                @if let Some(balance) = &self.balance {
                    a.pill-bal.low[balance.state != BalanceState::Ok] id="live-balance" data-live="balance" href=(Place::Billing.path()) {
                        span.num { span.visually-hidden { "Balance " } (balance.text) }
                    }
                }
                a.icon-btn.hide-m href="/keys" data-over="Keyboard" aria-keyshortcuts="?" aria-label="Keyboard shortcuts" { (Icon("keyboard")) }
                form method="post" action="/account/theme" data-theme-form {
                    @let other = if self.theme == Some(Theme::Dark) { Theme::Light } else { Theme::Dark };
                    button.icon-btn name="theme" value=(other.word()) aria-label={ "Switch to the " (other.word()) " theme" } {
                        (Icon("moon"))
                    }
                }
            }
        }
    }

    fn tabs(&self, current: Place) -> Markup {
        let first = self.menu.iter().filter(|place| place.is_daily()).take(4);
        html! {
            nav.tabs aria-label="Main (mobile)" {
                @for place in first { (Link { place: *place, current }) }
                a href="/more" aria-current=[(!current.is_daily()).then_some("page")] { (Icon("list")) "More" }
            }
        }
    }
}

struct Link {
    place: Place,
    current: Place,
}

impl Render for Link {
    fn render(&self) -> Markup {
        let current = (self.place == self.current).then_some("page");
        html! { a href=(self.place.path()) aria-current=[current] { (self.place.icon()) (self.place.name()) } }
    }
}

/// The platform's mark.
pub(crate) fn mark() -> Markup {
    html! { span.mark { svg viewBox="0 0 18 18" aria-hidden="true" { use href={ (address("icons.svg")) "#mark" } {} } } }
}

/// What every document begins and ends with.
pub(crate) fn document(theme: Option<Theme>, title: &str, body: &Markup) -> String {
    html! {
        (DOCTYPE)
        html lang="en" data-bs-theme=[theme.map(Theme::word)] {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover";
                meta name="color-scheme" content="light dark";
                title { (title) }
                // In the head and at once: the theme stands before anything is painted.
                script src=(address("theme.js")) {}
                link rel="preload" href=(address("geist-latin-wght-normal.woff2")) as="font" type="font/woff2" crossorigin;
                link rel="stylesheet" href=(address("bootstrap.css"));
                link rel="stylesheet" href=(address("app.css"));
                link rel="icon" href=(address("mark.svg")) type="image/svg+xml";
                script src=(address("app.js")) defer {}
                script src=(address("keys.js")) defer {}
            }
            body { (body) }
        }
    }
    .into_string()
}

/// Two letters for a name.
pub(crate) fn initials(name: &str) -> String {
    let mut words = name.split_whitespace().filter_map(|word| word.chars().find(|c| c.is_alphanumeric()));
    let (first, last) = (words.next(), words.next_back());
    first.into_iter().chain(last).flat_map(char::to_uppercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_at_most_two_initials() {
        for (name, expected) in
            [("Dana Ruiz", "DR"), ("Ana María de Souza", "AS"), ("ébène", "É"), ("\"", "")]
        {
            assert_eq!(initials(name), expected);
        }
    }
}
