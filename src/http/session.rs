//! Who is asking: a session's cookie or an API token becomes a viewer with rights.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use actors::error::Error;
use actors::store::auth::{Person, bearer, signed_in, still_signed_in};
use actors::tenant::TenantHandle;
use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, header};
use axum_extra::extract::cookie::CookieJar;
use domain::audit::{Author, AuthorKind};
use domain::auth::SessionLife;
use domain::customers::Status;
use domain::ids::{CustomerId, Realm, Token};
use domain::users::{Action, Viewer};

use super::edge::Edge;
use super::problem::Problem;
use super::request_log::RequestId;

/// Before an API token, so that scanners for leaked secrets know it.
pub const API_TOKEN_PREFIX: &str = "voice_";

/// With it `live.js` asks for the page again that it stands on.
const LIVE_HEADER: &str = "x-live";
/// Where it hears that something has changed.
const LIVE_PATH: &str = "/live";

/// Somebody who is signed in.
pub struct SignedIn {
    /// Who.
    pub person: Person,
    /// The rights.
    pub viewer: Viewer,
    /// In which session; `None` for an API token.
    pub session: Option<String>,
    request_id: Option<String>,
}

impl FromRequestParts<Arc<Edge>> for SignedIn {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, edge: &Arc<Edge>) -> Result<Self, Problem> {
        let now = edge.clock.now();
        let Client(client) = Client::from_request_parts(parts, edge).await?;
        let (person, session) = match api_token(&parts.headers) {
            Some(token) => {
                let token = token.ok_or_else(Problem::not_signed_in)?;
                let found = look_up(edge, client, &token, bearer(&edge.store, &token, now)).await?;
                (found.ok_or_else(Problem::not_signed_in)?, None)
            }
            None => {
                let token = session_token(edge, &parts.headers).ok_or_else(Problem::not_signed_in)?;
                let found = match is_asked_by_itself(parts) {
                    false => look_up(edge, client, &token, signed_in(&edge.store, &token, now)).await?,
                    true => look_up(edge, client, &token, still_signed_in(&edge.store, &token, now)).await?,
                };
                let found = found.ok_or_else(Problem::not_signed_in)?;
                (found.person, Some(found.session))
            }
        };
        let request_id = parts.extensions.get().map(|RequestId(id)| id.clone());
        Ok(Self { viewer: viewer(&person), person, session, request_id })
    }
}

/// Whether a page asks on its own for what has changed: nobody did anything, so no session is
/// kept alive by it.
pub fn is_asked_by_itself(parts: &Parts) -> bool {
    parts.headers.contains_key(LIVE_HEADER) || parts.uri.path() == LIVE_PATH
}

/// Looks a token up, in the way given: one of our making, however often; one that is not known as
/// ours, as long as its sender may guess. So no guess of somebody behind the same address shuts out
/// who is signed in.
pub async fn look_up<T>(
    edge: &Edge,
    client: IpAddr,
    token: &Token,
    way: impl Future<Output = Result<Option<T>, Error>>,
) -> Result<Option<T>, Problem> {
    if edge.vault.has_minted_token(token) {
        return Ok(way.await?);
    }
    if !edge.limits.admit_guess(client) {
        return Err(Problem::too_many_requests());
    }
    let found = way.await?;
    if found.is_some() {
        edge.limits.was_no_guess(client);
    }
    Ok(found)
}

fn viewer(person: &Person) -> Viewer {
    match &person.membership {
        None => Viewer::SuperAdmin,
        Some(membership) => Viewer::Member {
            customer: membership.customer,
            role: membership.role,
            permissions: membership.permissions,
            is_suspended: membership.status != Status::Active,
        },
    }
}

impl SignedIn {
    /// Whether the session of this cookie still stands, with the very same rights.
    pub async fn still_stands(&self, edge: &Edge, token: &Token) -> Result<bool, Error> {
        let found = still_signed_in(&edge.store, token, edge.clock.now()).await?;
        Ok(found.is_some_and(|found| viewer(&found.person) == self.viewer))
    }

    /// The customer of a member who may do this.
    pub fn member(&self, action: Action) -> Result<CustomerId, Problem> {
        self.require(action)?;
        self.viewer.customer().ok_or_else(Problem::not_allowed)
    }

    /// Refuses whoever may not do this.
    pub fn require(&self, action: Action) -> Result<(), Problem> {
        if self.viewer.may(action) {
            Ok(())
        } else if self.viewer.would_if_active(action) {
            Err(Problem::customer_suspended())
        } else {
            Err(Problem::not_allowed())
        }
    }

    /// The customer, whatever the rights: for what everybody has of their own.
    pub fn customer(&self) -> Result<CustomerId, Problem> {
        self.viewer.customer().ok_or_else(Problem::not_allowed)
    }

    /// As whom the audit log knows them.
    pub fn author(&self) -> Author {
        let author = Author::user(&self.person.user, self.request_id.clone());
        match self.person.realm() {
            Realm::Customer(_) => author,
            Realm::Platform => Author { kind: AuthorKind::Platform, ..author },
        }
    }

    /// Any customer's tenant, for whoever runs the platform, with this author on every change.
    pub async fn platform_tenant(&self, edge: &Edge, customer: CustomerId) -> Result<TenantHandle, Error> {
        Ok(edge.tenants.get(customer).await?.by(self.author()))
    }

    /// The tenant of a member who may do this, with this author on every change.
    pub async fn tenant(&self, edge: &Edge, action: Action) -> Result<TenantHandle, Problem> {
        let customer = self.member(action)?;
        Ok(edge.tenants.get(customer).await?.by(self.author()))
    }
}

/// What the cookie of a session says.
pub fn session_token(edge: &Edge, headers: &HeaderMap) -> Option<Token> {
    cookie_of(headers, session_cookie_name(edge)).as_deref().and_then(Token::parse)
}

/// `None` without one; `Some(None)` with one that is none.
fn api_token(headers: &HeaderMap) -> Option<Option<Token>> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().unwrap_or_default();
    let (scheme, text) = value.split_once(' ').unwrap_or_default();
    let text = text.trim().strip_prefix(API_TOKEN_PREFIX).filter(|_| scheme.eq_ignore_ascii_case("bearer"));
    Some(text.and_then(Token::parse))
}

/// Whence a request comes.
pub struct Client(pub IpAddr);

impl FromRequestParts<Arc<Edge>> for Client {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, edge: &Arc<Edge>) -> Result<Self, Problem> {
        let peer = parts.extensions.get().map(|ConnectInfo::<SocketAddr>(peer)| peer.ip());
        // Every connection of ours has a peer; without one all would be one client.
        Ok(Self(edge.proxies.client(peer.unwrap_or(IpAddr::from([0, 0, 0, 0])), &parts.headers)))
    }
}

/// The cookie of a session. With TLS it belongs to this host alone and never travels in the clear.
pub fn session_cookie(edge: &Edge, token: &Token) -> HeaderValue {
    let life = SessionLife::of(token.realm()).absolute;
    cookie(edge, session_cookie_name(edge), token.reveal(), life.as_secs())
}

/// The cookie by which the browser that asked for a link is known again.
pub fn browser_cookie(edge: &Edge, secret: &str) -> HeaderValue {
    cookie(edge, browser_cookie_name(edge), secret, domain::auth::LINK_LIFE.as_secs())
}

/// Ends a cookie.
pub fn ended_cookie(edge: &Edge, name: &str) -> HeaderValue {
    cookie(edge, name, "", 0)
}

fn cookie(edge: &Edge, name: &str, value: &str, seconds: i64) -> HeaderValue {
    cookie_with(edge, name, value, seconds, "; HttpOnly")
}

/// A cookie that holds no secret, and that the page's script may read and write, too. Both are plain
/// letters.
pub fn plain_cookie(edge: &Edge, name: &str, value: &str, seconds: i64) -> HeaderValue {
    cookie_with(edge, name, value, seconds, "")
}

fn cookie_with(edge: &Edge, name: &str, value: &str, seconds: i64, more: &str) -> HeaderValue {
    let secure = if edge.is_public { "; Secure" } else { "" };
    let text = format!("{name}={value}; Path=/{more}; SameSite=Lax; Max-Age={seconds}{secure}");
    HeaderValue::try_from(text).expect("names and values are plain letters")
}

/// A cookie of the request.
pub fn cookie_of(headers: &HeaderMap, name: &str) -> Option<String> {
    CookieJar::from_headers(headers).get(name).map(|cookie| cookie.value().to_owned())
}

/// `__Host-` is what browsers refuse from a neighbouring domain; it needs TLS.
pub fn session_cookie_name(edge: &Edge) -> &'static str {
    if edge.is_public { "__Host-session" } else { "session" }
}

/// See [`browser_cookie`].
pub fn browser_cookie_name(edge: &Edge) -> &'static str {
    if edge.is_public { "__Host-browser" } else { "browser" }
}
