//! Signing in by mail, sessions, API tokens.
//!
//! A link in a mail is opened by scanners, too: GET shows what it leads to and changes nothing. The
//! browser that asked for it carries a cookie and needs one click; another must know the code.

use std::sync::Arc;

use actors::secrets::random;
use actors::store::auth::{self, Fresh, Opening, Person, Proof};
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::audit::Author;
use domain::auth::{LINK_LIFE, Purpose, code, typed_code};
use domain::ids::{Digest32, Realm, Token};
use domain::users::{Permissions, Role, Viewer};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;
use views::auth::Mistake;

use crate::delivery::sign_in::Asked;
use crate::http::Edge;
use crate::http::body;
use crate::http::json::{Json, is_form, is_json, parse};
use crate::http::pages::html;
use crate::http::problem::{Problem, Problems};
use crate::http::query;
use crate::http::session::{
    API_TOKEN_PREFIX, Client, SignedIn, browser_cookie, browser_cookie_name, cookie_of, ended_cookie,
    session_cookie, session_cookie_name,
};
use crate::http::typed;

/// Characters of the name of an API token.
const TOKEN_NAME_CHARS_MAX: usize = 100;

/// Who wants to sign in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Login {
    /// The address of the account.
    #[schema(format = Email, max_length = 254, example = "owner@example.com")]
    email: String,
}

/// A link is on its way, if there is such an account.
#[derive(Serialize, ToSchema)]
pub struct LinkSent {
    /// What to tell the person.
    #[schema(example = "if there is such an account, a link is on its way")]
    message: String,
    /// To be typed where the link is opened in another browser.
    #[schema(example = "042317")]
    code: String,
    /// How long both count.
    #[schema(example = 600)]
    expires_in_seconds: i64,
}

/// Ask for a sign-in link
///
/// The answer is the same for every address, known or not. It sets a cookie: opened in this very
/// browser the link needs one click, in another one it needs the `code`.
#[utoipa::path(post, path = "/api/auth/login", operation_id = "requestSignInLink", tag = "Signing in",
    request_body = Login,
    responses(
        (status = 200, body = LinkSent, headers(("Set-Cookie" = String, description = "Knows this browser again."))),
        Problems
    )
)]
pub async fn login(
    State(edge): State<Arc<Edge>>,
    Client(client): Client,
    Json(login): Json<Login>,
) -> Result<Response, Problem> {
    let email = domain::customers::email(&login.email)
        .ok_or_else(|| Problem::invalid_field("email", "that is not an e-mail address"))?;
    let (cookie, code) = send_link(&edge, client, &email)?;
    let sent = LinkSent {
        message: "if there is such an account, a link is on its way".to_owned(),
        code,
        expires_in_seconds: LINK_LIFE.as_secs(),
    };
    Ok(([(header::SET_COOKIE, cookie)], axum::Json(sent)).into_response())
}

fn send_link(
    edge: &Edge,
    client: std::net::IpAddr,
    email: &str,
) -> Result<(axum::http::HeaderValue, String), Problem> {
    edge.limits.admit_sign_in(email, client).map_err(Problem::too_many_for)?;
    let secret = data_encoding::HEXLOWER.encode(&random::<16>());
    let code = code(random());
    let asked = Asked { email: email.to_owned(), browser: digest(&secret), code: code.clone() };
    edge.sign_ins.send_link(asked).map_err(|_| Problem::overloaded())?;
    Ok((browser_cookie(edge, &secret), code))
}

/// What a link leads to.
#[derive(Serialize, ToSchema)]
pub struct Link {
    /// The business, or the platform itself.
    #[schema(example = "Harbour Dental")]
    place: String,
    /// Whom it would sign in.
    #[schema(example = "owner@example.com")]
    email: String,
    #[schema(value_type = LinkPurpose)]
    purpose: &'static str,
    /// This is not the browser that asked: the code must be typed.
    #[schema(example = false)]
    needs_code: bool,
}

/// What a link is for; an invitation leads to asking for a sign-in link.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
#[expect(dead_code, reason = "the document's: the words are the domain's")]
enum LinkPurpose {
    SignIn,
    Invitation,
    CommandLine,
}

/// Look at a sign-in link
///
/// Changes nothing, however often it is fetched. A browser gets a page with a button.
#[utoipa::path(get, path = "/api/auth/verify/{token}", operation_id = "lookAtSignInLink", tag = "Signing in",
    params(("token" = String, Path, description = "The end of the link in the mail.", example = "ae_64sd4anacw")),
    responses(
        (status = 200, content((Link = "application/json"), (String = "text/html"))),
        Problems
    )
)]
pub async fn look(
    State(edge): State<Arc<Edge>>,
    Path(token): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let found = find(&edge, &token, &headers).await;
    if !wants_page(&headers) {
        let (_, found) = found?;
        return Ok(axum::Json(Link {
            place: place(&edge, &found.person),
            email: found.person.email,
            purpose: found.purpose.as_str(),
            needs_code: found.needs_code,
        })
        .into_response());
    }
    match found {
        Ok((_, found)) if found.purpose == Purpose::Invitation => {
            Ok(html(views::auth::invited(&place(&edge, &found.person), &found.person.email)))
        }
        Ok((_, found)) => Ok(confirm(&edge, &found, None)),
        Err(problem) if problem.is_dead_link() => {
            Ok((StatusCode::NOT_FOUND, html(views::auth::dead())).into_response())
        }
        Err(problem) => Err(problem),
    }
}

async fn find(edge: &Edge, token: &str, headers: &HeaderMap) -> Result<(Token, auth::Found), Problem> {
    let token = Token::parse(token).ok_or_else(Problem::dead_link)?;
    let found = auth::look(&edge.store, &token, browser(edge, headers), edge.clock.now()).await?;
    found.map(|found| (token, found)).ok_or_else(Problem::dead_link)
}

/// What is typed on the page of a link.
#[derive(Deserialize, ToSchema, Default)]
#[serde(deny_unknown_fields)]
pub struct Verification {
    /// The six digits shown where the link was asked for; needed in another browser only.
    #[serde(default)]
    #[schema(example = "042317")]
    code: Option<String>,
    /// IANA name of the browser's zone: the business's, as long as it has none of its own.
    #[serde(default)]
    #[schema(example = "Europe/Madrid")]
    timezone: Option<String>,
}

/// Sign in by a link
///
/// Ends the link and sets the session's cookie. With an invitation it asks for a sign-in link
/// instead and answers as `/api/auth/login` does.
#[utoipa::path(post, path = "/api/auth/verify/{token}", operation_id = "signIn", tag = "Signing in", request_body = Verification,
    params(("token" = String, Path, description = "The end of the link in the mail.", example = "ae_64sd4anacw")),
    responses(
        (status = 200, body = Me),
        Problems
    )
)]
pub async fn verify(
    State(edge): State<Arc<Edge>>,
    Path(token): Path<String>,
    Client(client): Client,
    request: Request,
) -> Result<Response, Problem> {
    let (parts, sent) = request.into_parts();
    let headers = parts.headers;
    let bytes = body::read_small(&headers, sent).await?;
    let is_form = is_form(&headers);
    if !is_form && !is_json(&headers) {
        return Err(Problem::not_json());
    }
    let typed: Verification = if is_form { query::parse(&bytes)? } else { parse(&bytes)? };
    let found = find(&edge, &token, &headers).await;
    let (token, found) = match found {
        Err(problem) if is_form && problem.is_dead_link() => {
            return Ok((StatusCode::NOT_FOUND, html(views::auth::dead())).into_response());
        }
        found => found?,
    };
    if found.purpose == Purpose::Invitation {
        return ask_for_link(&edge, client, &found.person.email, is_form);
    }
    let code = match typed.code.as_deref().map(str::trim).filter(|code| !code.is_empty()) {
        None => None,
        Some(text) => match typed_code(text) {
            Some(code) => Some(token.keyed_digest(&code)),
            None if is_form => return Ok(confirm(&edge, &found, Some(Mistake::CodeMissing))),
            None => return Err(Problem::invalid_field("code", "the code has six digits")),
        },
    };
    let session = Token::new(token.realm(), random());
    let user_agent = headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok());
    let fresh = Fresh { token: &session, user_agent, address: client };
    let proof = Proof { browser: browser(&edge, &headers), code };
    match auth::open(&edge.store, &token, proof, &fresh, edge.clock.now()).await? {
        Opening::Open(person) => {
            adopt_time_zone(&edge, &person, typed.timezone.as_deref()).await;
            Ok(signed_in(&edge, &person, &session, is_form))
        }
        Opening::CodeNeeded if is_form => Ok(confirm(&edge, &found, Some(Mistake::CodeMissing))),
        Opening::CodeNeeded => Err(Problem::code_needed()),
        Opening::CodeWrong(left) if is_form && left > 0 => {
            Ok(confirm(&edge, &found, Some(Mistake::CodeWrong(left))))
        }
        Opening::CodeWrong(left) if left > 0 => Err(Problem::code_wrong(left)),
        Opening::CodeWrong(_) | Opening::Dead if is_form => {
            Ok((StatusCode::NOT_FOUND, html(views::auth::dead())).into_response())
        }
        Opening::CodeWrong(_) | Opening::Dead => Err(Problem::dead_link()),
    }
}

fn ask_for_link(
    edge: &Edge,
    client: std::net::IpAddr,
    email: &str,
    is_form: bool,
) -> Result<Response, Problem> {
    let (cookie, code) = send_link(edge, client, email)?;
    let cookie = [(header::SET_COOKIE, cookie)];
    if is_form {
        return Ok((cookie, html(views::auth::sent(email, &code))).into_response());
    }
    let sent = LinkSent {
        message: "a link is on its way".to_owned(),
        code,
        expires_in_seconds: LINK_LIFE.as_secs(),
    };
    Ok((cookie, axum::Json(sent)).into_response())
}

fn signed_in(edge: &Edge, person: &Person, session: &Token, is_form: bool) -> Response {
    let mut response = if is_form {
        html(views::auth::signed_in(&place(edge, person), &person.email))
    } else {
        axum::Json(Me::of(person)).into_response()
    };
    // The browser's own cookie stays: its mail may hold links to other places.
    response.headers_mut().append(header::SET_COOKIE, session_cookie(edge, session));
    response
}

/// A business that has set no zone is where its first admin's browser is. Signing in never fails
/// for it.
async fn adopt_time_zone(edge: &Edge, person: &Person, timezone: Option<&str>) {
    let (Some(membership), Some(zone)) = (&person.membership, timezone) else { return };
    if membership.role != Role::Admin || membership.timezone != "UTC" || zone.is_empty() {
        return;
    }
    let author = Author::user(&person.user, None);
    let adopted =
        async { edge.tenants.get(membership.customer).await?.by(author).adopt_timezone(zone).await };
    if let Err(error) = adopted.await {
        tracing::info!(%error, "the browser's time zone was not taken");
    }
}

/// End this session
#[utoipa::path(post, path = "/api/auth/logout", operation_id = "signOut", tag = "Signing in", responses(
    (status = 204, description = "signed out; also when nobody was signed in"),
    Problems
))]
pub async fn logout(
    State(edge): State<Arc<Edge>>,
    signed_in: Result<SignedIn, Problem>,
) -> Result<Response, Problem> {
    if let Ok(SignedIn { person, session: Some(session), .. }) = signed_in {
        auth::end(&edge.store, &person, &session).await?;
    }
    let cookie = [(header::SET_COOKIE, ended_cookie(&edge, session_cookie_name(&edge)))];
    Ok((StatusCode::NO_CONTENT, cookie).into_response())
}

/// Whoever is signed in.
#[derive(Serialize, ToSchema)]
pub struct Me {
    #[schema(example = "usr_5x7k3q")]
    user_id: String,
    #[schema(example = "owner@example.com")]
    email: String,
    #[schema(example = "Maria Keller")]
    full_name: String,
    /// `super_admin` is the platform's owner.
    #[schema(value_type = MyRole)]
    role: &'static str,
    permissions: Rights,
    /// `null` for the platform's owner.
    #[schema(required)]
    customer: Option<Place>,
}

/// A role is a ceiling; the permissions widen within it.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
#[expect(dead_code, reason = "the document's: the words are the domain's")]
enum MyRole {
    Admin,
    User,
    Viewer,
    SuperAdmin,
}

/// The flags of a user, as they widen the role.
#[derive(Serialize, ToSchema, Clone, Copy)]
pub struct Rights {
    can_download_recordings: bool,
    can_view_all_calls: bool,
    can_manage_calendar: bool,
}

impl From<Permissions> for Rights {
    fn from(permissions: Permissions) -> Self {
        Self {
            can_download_recordings: permissions.can_download_recordings,
            can_view_all_calls: permissions.can_view_all_calls,
            can_manage_calendar: permissions.can_manage_calendar,
        }
    }
}

/// A business.
#[derive(Serialize, ToSchema)]
pub struct Place {
    #[schema(example = 1)]
    id: i64,
    #[schema(example = "Harbour Dental")]
    name: String,
    #[schema(value_type = Standing)]
    status: &'static str,
    /// IANA name.
    #[schema(example = "Europe/Madrid")]
    timezone: String,
}

/// Of a suspended business everything can be read and nothing changed.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case", as = CustomerStatus)]
#[expect(dead_code, reason = "the document's: the words are the domain's")]
enum Standing {
    Active,
    Suspended,
    Closed,
}

impl Me {
    fn of(person: &Person) -> Self {
        let membership = person.membership.as_ref();
        Self {
            user_id: person.user.0.clone(),
            email: person.email.clone(),
            full_name: person.full_name.clone(),
            role: membership.map_or("super_admin", |membership| membership.role.as_str()),
            permissions: membership.map(|membership| membership.permissions).unwrap_or_default().into(),
            customer: membership.map(|membership| Place {
                id: membership.customer.0,
                name: membership.company.clone(),
                status: membership.status.as_str(),
                timezone: membership.timezone.clone(),
            }),
        }
    }
}

/// Who is signed in
#[utoipa::path(get, path = "/api/auth/me", tag = "Signing in", security(("token" = []), ("session" = [])),
    responses(
        (status = 200, body = Me),
        Problems
    )
)]
pub async fn me(signed_in: SignedIn) -> axum::Json<Me> {
    axum::Json(Me::of(&signed_in.person))
}

/// A signed-in browser.
#[derive(Serialize, ToSchema)]
pub struct Session {
    #[schema(example = "ses_q3k7x5")]
    id: String,
    /// What the browser calls itself.
    #[schema(required, example = "Mozilla/5.0 (Macintosh)")]
    user_agent: Option<String>,
    /// Whence it signed in.
    #[schema(required, example = "203.0.113.7")]
    address: Option<String>,
    #[schema(example = "2026-01-12T09:12:31Z")]
    created_at: Timestamp,
    /// To the minute.
    #[schema(example = "2026-01-15T10:05:00Z")]
    last_seen_at: Timestamp,
    #[schema(example = "2026-01-29T10:05:00Z")]
    expires_at: Timestamp,
    /// The one that asks.
    #[schema(example = true)]
    is_current: bool,
}

/// List sessions
///
/// The browsers in which one is signed in.
#[utoipa::path(get, path = "/api/auth/sessions", tag = "Signing in",
    security(("token" = []), ("session" = [])),
    responses(
        (status = 200, body = Vec<Session>),
        Problems
    )
)]
pub async fn sessions(
    State(edge): State<Arc<Edge>>,
    signed_in: SignedIn,
) -> Result<axum::Json<Vec<Session>>, Problem> {
    let sessions = auth::list(&edge.store, &signed_in.person, edge.clock.now()).await?;
    let shown = sessions.into_iter().map(|session| Session {
        is_current: signed_in.session.as_ref() == Some(&session.id),
        id: session.id,
        user_agent: session.user_agent,
        address: session.address,
        created_at: session.created_at,
        last_seen_at: session.last_seen_at,
        expires_at: session.expires_at,
    });
    Ok(axum::Json(shown.collect()))
}

/// Sign a browser out
#[utoipa::path(delete, path = "/api/auth/sessions/{id}", tag = "Signing in",
    security(("token" = []), ("session" = [])), params(("id" = String, Path, example = "ses_q3k7x5")),
    responses(
        (status = 204, description = "signed out"),
        Problems
    )
)]
pub async fn end_session(
    State(edge): State<Arc<Edge>>,
    signed_in: SignedIn,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    match auth::end(&edge.store, &signed_in.person, &id).await? {
        true => Ok(StatusCode::NO_CONTENT),
        false => Err(Problem::nothing_of_that_name("session")),
    }
}

/// A key with which a program acts as its user.
#[derive(Serialize, ToSchema)]
pub struct ApiToken {
    #[schema(example = "tok_5x7k3q")]
    id: String,
    #[schema(example = "Booking site")]
    name: String,
    #[schema(example = "2026-01-12T09:12:31Z")]
    created_at: Timestamp,
    /// To the minute.
    #[schema(required)]
    last_used_at: Option<Timestamp>,
}

impl From<auth::ApiToken> for ApiToken {
    fn from(token: auth::ApiToken) -> Self {
        let auth::ApiToken { id, name, created_at, last_used_at } = token;
        Self { id, name, created_at, last_used_at }
    }
}

/// List API tokens
///
/// One's own; the tokens themselves are not kept.
#[utoipa::path(get, path = "/api/auth/tokens", tag = "Signing in", security(("token" = []), ("session" = [])),
    responses(
        (status = 200, body = Vec<ApiToken>),
        Problems
    )
)]
pub async fn tokens(
    State(edge): State<Arc<Edge>>,
    signed_in: SignedIn,
) -> Result<axum::Json<Vec<ApiToken>>, Problem> {
    let customer = signed_in.customer()?;
    let tokens = auth::tokens(&edge.store, customer, &signed_in.person).await?;
    Ok(axum::Json(tokens.into_iter().map(ApiToken::from).collect()))
}

/// What a token is to be called.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewApiToken {
    #[schema(min_length = 1, max_length = 100, example = "Booking site")]
    name: String,
}

/// A token just made.
#[derive(Serialize, ToSchema)]
pub struct CreatedApiToken {
    #[serde(flatten)]
    token: ApiToken,
    /// The token itself; it is shown this once.
    #[schema(example = "voice_ae_…")]
    secret: String,
}

/// Make an API token
///
/// It has the rights of its user, now and whenever they change.
#[utoipa::path(post, path = "/api/auth/tokens", tag = "Signing in", request_body = NewApiToken,
    security(("token" = []), ("session" = [])),
    responses(
        (status = 201, body = CreatedApiToken),
        Problems
    )
)]
pub async fn create_token(
    State(edge): State<Arc<Edge>>,
    signed_in: SignedIn,
    Json(wanted): Json<NewApiToken>,
) -> Result<Response, Problem> {
    let customer = signed_in.customer()?;
    if matches!(signed_in.viewer, Viewer::Impersonator { .. }) {
        return Err(Problem::not_allowed());
    }
    if matches!(signed_in.viewer, Viewer::Member { is_suspended: true, .. }) {
        return Err(Problem::customer_suspended());
    }
    let name = typed::text("name", Some(&wanted.name), TOKEN_NAME_CHARS_MAX)?
        .ok_or_else(|| Problem::invalid_field("name", "a name of 1 to 100 characters is needed"))?;
    let token = Token::new(Realm::Customer(customer), random());
    let now = edge.clock.now();
    let author = signed_in.author();
    let made = auth::create_token(&edge.store, customer, &signed_in.person, &token, &name, &author, now);
    let made = made.await?.ok_or_else(|| Problem::conflict("a user may have 20 tokens"))?;
    let secret = format!("{API_TOKEN_PREFIX}{}", token.reveal());
    Ok((StatusCode::CREATED, axum::Json(CreatedApiToken { token: made.into(), secret })).into_response())
}

/// Revoke an API token
#[utoipa::path(delete, path = "/api/auth/tokens/{id}", tag = "Signing in",
    security(("token" = []), ("session" = [])), params(("id" = String, Path, example = "tok_5x7k3q")),
    responses(
        (status = 204, description = "it opens nothing any more"),
        Problems
    )
)]
pub async fn revoke_token(
    State(edge): State<Arc<Edge>>,
    signed_in: SignedIn,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    let customer = signed_in.customer()?;
    let author = signed_in.author();
    let revoked =
        auth::revoke_token(&edge.store, customer, &signed_in.person, &id, &author, edge.clock.now()).await?;
    if revoked { Ok(StatusCode::NO_CONTENT) } else { Err(Problem::nothing_of_that_name("token")) }
}

fn place(edge: &Edge, person: &Person) -> String {
    match &person.membership {
        Some(membership) => membership.company.clone(),
        None => edge.platform_name.clone(),
    }
}

fn confirm(edge: &Edge, found: &auth::Found, mistake: Option<Mistake>) -> Response {
    let place = place(edge, &found.person);
    html(views::auth::confirm(&place, &found.person.email, found.needs_code, mistake))
}

fn browser(edge: &Edge, headers: &HeaderMap) -> Option<Digest32> {
    cookie_of(headers, browser_cookie_name(edge)).map(|secret| digest(&secret))
}

fn digest(text: &str) -> Digest32 {
    Sha256::digest(text.as_bytes()).into()
}

fn wants_page(headers: &HeaderMap) -> bool {
    let accepted = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
    accepted.contains("text/html")
}
