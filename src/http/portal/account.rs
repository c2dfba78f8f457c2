//! What everybody has of their own: rights, sessions, API tokens, a theme.

use std::sync::Arc;

use actors::store::auth;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::Response;
use domain::users::{Action, Viewer};
use serde::Deserialize;
use views::account::{Account, ApiToken, Session, page};
use views::layout::Theme;

use super::viewing::{Said, Viewing, saying};
use crate::http::Edge;
use crate::http::api::auth::sessions::end_session as end_session_of;
use crate::http::api::auth::tokens;
use crate::http::form::Form;
use crate::http::pages::see;
use crate::http::problem::Problem;
use crate::http::session::{SignedIn, ended_cookie, plain_cookie, session_cookie_name};

const YEAR_SECONDS: i64 = 365 * 24 * 60 * 60;

/// The page.
pub async fn show(State(edge): State<Arc<Edge>>, viewing: Viewing) -> Result<Response, Problem> {
    shown(&edge, viewing, None, None).await
}

async fn shown(
    edge: &Edge,
    viewing: Viewing,
    secret: Option<&str>,
    token_error: Option<&str>,
) -> Result<Response, Problem> {
    let who = &viewing.who;
    let sessions = auth::list(&edge.store, &who.person, edge.clock.now()).await?;
    let sessions: Vec<Session> = sessions
        .into_iter()
        .map(|session| Session {
            is_current: who.session.as_ref() == Some(&session.id),
            id: session.id,
            user_agent: session.user_agent,
            address: session.address,
            last_seen_at: session.last_seen_at,
        })
        .collect();
    let tokens = match who.viewer.customer() {
        Some(customer) => Some(auth::tokens(&edge.store, customer, &who.person).await?),
        None => None,
    };
    let tokens: Option<Vec<ApiToken>> = tokens.map(|tokens| {
        let token = |auth::ApiToken { id, name, created_at, last_used_at }| ApiToken {
            id,
            name,
            created_at,
            last_used_at,
        };
        tokens.into_iter().map(token).collect()
    });
    let account = Account {
        email: &who.person.email,
        rights: &rights(&who.viewer),
        sessions: &sessions,
        tokens: tokens.as_deref(),
        secret,
        token_error,
        zone: &viewing.zone,
    };
    let frame = viewing.frame(edge).await?;
    Ok(viewing.page(edge, page(&frame, &account)))
}

/// What somebody may do, in sentences.
fn rights(viewer: &Viewer) -> Vec<&'static str> {
    let sentences = [
        (Action::RunPlatform, "Run the platform"),
        (Action::ViewAllCalls, "See and hear all calls"),
        (Action::DownloadRecording, "Download recordings"),
        (Action::ViewCalendar, "See the calendar and appointments"),
        (Action::ManageCalendar, "Book, move and cancel appointments, and set opening hours"),
        (Action::ViewBilling, "See costs, balance and invoices"),
        (Action::ManageUsers, "Invite people and say what they may do"),
        (Action::ManageApiKey, "Change the keys and settings of the business"),
    ];
    let own = (viewer.may(Action::ViewOwnCalls) && !viewer.may(Action::ViewAllCalls))
        .then_some("See and hear the calls that are yours");
    let may = sentences.iter().filter(|(action, _)| viewer.may(*action)).map(|(_, sentence)| *sentence);
    own.into_iter().chain(may).collect()
}

/// Ends this session.
pub async fn sign_out(
    State(edge): State<Arc<Edge>>,
    signed_in: Result<SignedIn, Problem>,
) -> Result<Response, Problem> {
    end_session_of(&edge, signed_in).await?;
    let mut response = see("/login");
    let ended = ended_cookie(&edge, session_cookie_name(&edge));
    response.headers_mut().append(header::SET_COOKIE, ended);
    Ok(response)
}

/// Which one is meant.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Chosen {
    #[serde(default)]
    id: String,
}

/// Ends another session.
pub async fn end_session(
    State(edge): State<Arc<Edge>>,
    who: SignedIn,
    Form(chosen): Form<Chosen>,
) -> Result<Response, Problem> {
    // One that has ended meanwhile is what was wanted.
    auth::end(&edge.store, &who.person, &chosen.id).await?;
    Ok(saying(&edge, Said::SignedOutThere, "/account"))
}

/// Ends all other sessions.
pub async fn end_other_sessions(State(edge): State<Arc<Edge>>, who: SignedIn) -> Result<Response, Problem> {
    for session in auth::list(&edge.store, &who.person, edge.clock.now()).await? {
        if who.session.as_ref() != Some(&session.id) {
            auth::end(&edge.store, &who.person, &session.id).await?;
        }
    }
    Ok(saying(&edge, Said::SignedOutElsewhere, "/account"))
}

/// What a token is to be called.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewToken {
    #[serde(default)]
    name: String,
}

/// Makes a token and shows it this once: no redirect, so that it is kept nowhere.
pub async fn create_token(
    State(edge): State<Arc<Edge>>,
    viewing: Viewing,
    Form(typed): Form<NewToken>,
) -> Result<Response, Problem> {
    match tokens::make(&edge, &viewing.who, &typed.name).await {
        Ok((_, secret)) => shown(&edge, viewing, Some(&secret), None).await,
        Err(problem) if problem.is_about_input() => shown(&edge, viewing, None, Some(problem.detail())).await,
        Err(problem) => Err(problem),
    }
}

/// Revokes a token.
pub async fn revoke_token(
    State(edge): State<Arc<Edge>>,
    who: SignedIn,
    Form(chosen): Form<Chosen>,
) -> Result<Response, Problem> {
    let (customer, author, now) = (who.customer()?, who.author(), edge.clock.now());
    auth::revoke_token(&edge.store, customer, &who.person, &chosen.id, &author, now).await?;
    Ok(saying(&edge, Said::TokenRevoked, "/account"))
}

/// Light or dark.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChosenTheme {
    #[serde(default)]
    theme: String,
}

/// Keeps the theme, and goes back to where it was chosen.
pub async fn choose_theme(
    State(edge): State<Arc<Edge>>,
    headers: HeaderMap,
    Form(chosen): Form<ChosenTheme>,
) -> Response {
    let theme = if chosen.theme == Theme::Dark.word() { Theme::Dark } else { Theme::Light };
    let mut response = see(&crate::http::next::came_from(&edge, &headers));
    let cookie = plain_cookie(&edge, "theme", theme.word(), YEAR_SECONDS);
    response.headers_mut().append(header::SET_COOKIE, cookie);
    response
}
