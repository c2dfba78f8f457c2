//! Who looks at a page, and what its frame says to them.

use std::sync::Arc;

use actors::store::billing;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use domain::billing::BalanceState;
use domain::customers::Status;
use domain::users::{Action, Role};
use jiff::tz::TimeZone;
use views::layout::{BalancePill, Frame, Place, Theme};
use views::parts::cents;

use crate::http::Edge;
use crate::http::api::listing::zone_of;
use crate::http::problem::Problem;
use crate::http::session::{SignedIn, cookie_of, is_asked_by_itself, plain_cookie};

/// Somebody who looks at a page.
pub struct Viewing {
    /// Who.
    pub who: SignedIn,
    /// The zone of their browser, once it has told; until then the business's.
    pub zone: TimeZone,
    theme: Option<Theme>,
    said: Option<Said>,
}

/// What has just been done. Kept in a cookie from the form to the page after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Said {
    /// A session was ended.
    SignedOutThere,
    /// All other sessions were.
    SignedOutElsewhere,
    /// A token was revoked.
    TokenRevoked,
    /// An appointment was made.
    AppointmentMade,
    /// It has another time.
    AppointmentMoved,
    /// Its details are others.
    AppointmentSaved,
    /// It is called off.
    AppointmentCancelled,
    /// It is marked as over.
    AppointmentMarked,
    /// A confirmation is sent again by mail.
    MailQueued,
    /// A confirmation is sent again as a text.
    TextQueued,
    /// A confirmation is sent again by both ways.
    BothQueued,
    /// The week is another.
    HoursSaved,
    /// A date has no slots.
    DateBlocked,
    /// A date has slots again.
    DateOpened,
    /// A call was given to somebody, or back.
    CallAssigned,
    /// Somebody was invited.
    Invited,
    /// Somebody who was invited was so once more.
    InvitedAgain,
    /// A member of the team is another.
    MemberSaved,
    /// One is signed in nowhere.
    MemberSignedOut,
    /// One is none any more.
    MemberRemoved,
    /// One is one again.
    MemberRestored,
    /// Who the business is, where it is.
    BusinessSaved,
    /// How slots are cut.
    BookingSaved,
    /// Which messages guests get.
    MessagesSaved,
    /// When the balance is low.
    AlertSaved,
    /// Several of these.
    SettingsSaved,
    /// What was saved was so already.
    SettingsSame,
    /// Retell's signatures are checked with a new key.
    RetellKeySet,
    /// They are not any more.
    RetellKeyRemoved,
    /// The addresses for Retell have another key.
    UrlsReplaced,
    /// Guests read other words.
    TemplateSaved,
    /// They read the platform's.
    TemplateReset,
    /// A webhook is another.
    WebhookSaved,
    /// It is on.
    WebhookOn,
    /// It is off.
    WebhookOff,
    /// It is none any more.
    WebhookRemoved,
    /// An event is on its way again.
    EventResent,
}

impl Said {
    const ALL: &[(Self, &'static str, &'static str)] = &[
        (Self::SignedOutThere, "signed-out-there", "Signed out there."),
        (Self::SignedOutElsewhere, "signed-out-elsewhere", "Signed out everywhere else."),
        (
            Self::TokenRevoked,
            "token-revoked",
            "The token is revoked. Programs that use it are refused from now on.",
        ),
        (Self::AppointmentMade, "appointment-made", "The appointment is made."),
        (Self::AppointmentMoved, "appointment-moved", "The appointment has its new time."),
        (Self::AppointmentSaved, "appointment-saved", "Saved."),
        (
            Self::AppointmentCancelled,
            "appointment-cancelled",
            "The appointment is cancelled. Its time is free again.",
        ),
        (Self::AppointmentMarked, "appointment-marked", "Marked."),
        (Self::MailQueued, "mail-queued", "The confirmation is on its way again, by e-mail."),
        (Self::TextQueued, "text-queued", "The confirmation is on its way again, by text message."),
        (
            Self::BothQueued,
            "both-queued",
            "The confirmation is on its way again, by e-mail and text message.",
        ),
        (
            Self::HoursSaved,
            "hours-saved",
            "The opening hours are saved. Callers are offered them from now on.",
        ),
        (Self::DateBlocked, "date-blocked", "The date is blocked. What is booked on it stays."),
        (Self::DateOpened, "date-opened", "The date is open again."),
        (Self::CallAssigned, "call-assigned", "Saved. The call is shown to whom you chose."),
        (Self::Invited, "invited", "The invitation is on its way. It can be accepted for seven days."),
        (
            Self::InvitedAgain,
            "invited-again",
            "Another invitation is on its way. It can be accepted for seven days.",
        ),
        (Self::MemberSaved, "member-saved", "Saved. It counts from their next click on."),
        (Self::MemberSignedOut, "member-signed-out", "They are signed out everywhere."),
        (Self::MemberRemoved, "member-removed", "Removed. They are signed out everywhere."),
        (Self::MemberRestored, "member-restored", "They can sign in again."),
        (Self::BusinessSaved, "business-saved", "The details of your business are saved."),
        (
            Self::BookingSaved,
            "booking-saved",
            "The booking rules are saved. Callers are offered times by them from now on.",
        ),
        (Self::MessagesSaved, "messages-saved", "Which messages your guests get is saved."),
        (Self::AlertSaved, "alert-saved", "The amount of the alert is saved."),
        (Self::SettingsSaved, "settings-saved", "The settings are saved and count from now on."),
        (Self::SettingsSame, "settings-same", "Nothing was different, so nothing was changed."),
        (
            Self::RetellKeySet,
            "retell-key-set",
            "The key is set. What Retell sends is checked with it from now on.",
        ),
        (Self::RetellKeyRemoved, "retell-key-removed", "Your Retell key is not used any more."),
        (
            Self::UrlsReplaced,
            "urls-replaced",
            "These are the new addresses. Paste all five into Retell within 24 hours.",
        ),
        (Self::TemplateSaved, "template-saved", "Saved. Guests read it from the next message on."),
        (Self::TemplateReset, "template-reset", "Guests read the default again."),
        (Self::WebhookSaved, "webhook-saved", "The webhook is saved."),
        (Self::WebhookOn, "webhook-on", "The webhook is on. What it missed can be sent again, below."),
        (Self::WebhookOff, "webhook-off", "The webhook is off. Nothing is sent there."),
        (Self::WebhookRemoved, "webhook-removed", "The webhook is removed."),
        (Self::EventResent, "event-resent", "The event is on its way again."),
    ];

    fn row(self) -> (Self, &'static str, &'static str) {
        *Self::ALL.iter().find(|(said, ..)| *said == self).expect("every one has its row")
    }

    fn parse(word: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known, _)| *known == word).map(|(said, ..)| *said)
    }
}

const SAID: &str = "said";

impl FromRequestParts<Arc<Edge>> for Viewing {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, edge: &Arc<Edge>) -> Result<Self, Problem> {
        let who = SignedIn::from_request_parts(parts, edge).await?;
        let zone = browser_zone(&parts.headers).unwrap_or_else(|| zone_of(&who));
        let theme = match cookie_of(&parts.headers, "theme").as_deref() {
            Some("dark") => Some(Theme::Dark),
            Some("light") => Some(Theme::Light),
            _ => None,
        };
        // A page that looks for news on its own must not take away what the next one is to say.
        let said = match is_asked_by_itself(parts) {
            false => cookie_of(&parts.headers, SAID).and_then(|word| Said::parse(&word)),
            true => None,
        };
        Ok(Self { who, zone, theme, said })
    }
}

/// As the browser has told it.
fn browser_zone(headers: &HeaderMap) -> Option<TimeZone> {
    let told = cookie_of(headers, "tz")?;
    let (name, _) = form_urlencoded::parse(told.as_bytes()).next()?;
    TimeZone::get(&name).ok()
}

impl Viewing {
    /// What the frame of their page says.
    pub async fn frame(&self, edge: &Edge) -> Result<Frame, Problem> {
        let membership = self.who.person.membership.as_ref();
        let may = |action| self.who.viewer.may(action);
        let balance = match membership {
            Some(membership) if may(Action::ViewBilling) => {
                let standing = billing::standing(&edge.store, membership.customer).await?;
                standing.map(|standing| BalancePill {
                    text: cents(standing.balance, &edge.currency),
                    state: BalanceState::of(standing.balance, standing.low_balance_alert),
                })
            }
            _ => None,
        };
        let person = &self.who.person;
        Ok(Frame {
            platform: edge.platform_name.clone(),
            business: membership.map_or(&edge.platform_name, |membership| &membership.company).clone(),
            person: if person.full_name.is_empty() { person.email.clone() } else { person.full_name.clone() },
            role: membership.map_or("Platform", |membership| match membership.role {
                Role::Admin => "Admin",
                Role::User => "Staff",
                Role::Viewer => "Viewer",
            }),
            menu: self.menu(),
            balance,
            theme: self.theme,
            said: self.said.map(|said| said.row().2),
            is_suspended: membership.is_some_and(|membership| membership.status == Status::Suspended),
        })
    }

    /// The pages that there are and that they may open.
    fn menu(&self) -> Vec<Place> {
        let may = |action| self.who.viewer.may(action);
        let places = [
            (Place::Home, true),
            (Place::Calls, may(Action::ViewOwnCalls)),
            (Place::Calendar, may(Action::ViewCalendar)),
            (Place::Appointments, may(Action::ViewCalendar)),
            (Place::Messages, may(Action::ViewBilling)),
            (Place::Billing, may(Action::ViewBilling)),
            (Place::Team, may(Action::ViewUsers)),
            (Place::Hours, may(Action::ViewCalendar)),
            (Place::Settings, may(Action::ViewSettings)),
        ];
        places.into_iter().filter_map(|(place, is_open)| is_open.then_some(place)).collect()
    }

    /// A page of theirs.
    pub fn page(&self, edge: &Edge, page: String) -> Response {
        self.leaving(edge, crate::http::pages::html(page))
    }

    /// The page of a form that was not taken, with what was typed.
    pub fn again(&self, edge: &Edge, page: String) -> Response {
        let mut response = self.page(edge, page);
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
        response
    }

    /// The page of their calendar, which may load what no other may.
    pub fn calendar(&self, edge: &Edge, page: String) -> Response {
        self.leaving(edge, crate::http::pages::calendar(page))
    }

    /// What was said is said once.
    fn leaving(&self, edge: &Edge, mut response: Response) -> Response {
        if self.said.is_some() {
            response.headers_mut().append(header::SET_COOKIE, plain_cookie(edge, SAID, "", 0));
        }
        response
    }
}

/// To a page that says what has just been done.
pub fn saying(edge: &Edge, said: Said, path: &str) -> Response {
    let mut response = crate::http::pages::see(path);
    let cookie: HeaderValue = plain_cookie(edge, SAID, said.row().1, 60);
    response.headers_mut().append(header::SET_COOKIE, cookie);
    response
}
