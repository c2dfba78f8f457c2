//! The way of every request of Retell's: key, rate, body, signature. Parsing comes after all four.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Instant;

use actors::store::arrivals::Kind;
use actors::tenant::TenantHandle;
use actors::tenants::Found;
use axum::extract::{ConnectInfo, FromRequest, FromRequestParts, Request};
use axum::http::HeaderMap;
use domain::audit::Author;
use domain::ids::ApiKey;
use domain::retell;
use domain::retell::functions::Invocation;
use serde_json::Value;
use tokio::sync::OwnedSemaphorePermit;

use super::super::body::{self, Read};
use super::super::edge::Edge;
use super::super::path::Path;
use super::super::problem::Problem;
use super::{phrases, signature};

/// A request that may be acted on.
pub struct Received {
    /// Whose URL it came to.
    pub tenant: TenantHandle,
    /// What it says; `Err` with the reason when that is no JSON.
    pub body: Result<Value, String>,
    signer: Signer,
    deadline: Instant,
    /// The memory of a large body, given back with the request.
    _share: Option<OwnedSemaphorePermit>,
}

impl FromRequest<Arc<Edge>> for Received {
    type Rejection = Problem;

    async fn from_request(request: Request, edge: &Arc<Edge>) -> Result<Self, Problem> {
        let (mut parts, body) = request.into_parts();
        let Path(api_key) =
            Path::<String>::from_request_parts(&mut parts, edge).await.map_err(|_| Problem::unknown_key())?;
        let peer = parts.extensions.get().map(|ConnectInfo::<SocketAddr>(peer)| peer.ip());
        let headers = &parts.headers;
        let began = Instant::now();
        let tenant = find(edge, &api_key, peer, headers).await?;
        if !edge.limits.admit_tenant(tenant.customer()) {
            return Err(Problem::too_many_requests());
        }
        let finding = began.elapsed();
        let Read { bytes: raw, share } = body::read(&edge.large_bodies, headers, body).await?;
        let signer = verify(edge, &tenant, headers, &raw)?;
        let body = if body::is_foreign_charset(headers) {
            Err("the body must be UTF-8".to_owned())
        } else {
            retell::parse(&raw).map_err(|error| format!("the body is no JSON: {error}"))
        };
        // The sender's time is not ours, nor is that of reading ten mebibytes; finding the tenant is.
        let deadline = Instant::now() + edge.patience.saturating_sub(finding);
        Ok(Self { tenant: tenant.until(deadline), body, signer, deadline, _share: share })
    }
}

/// Whose key made a signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Signer {
    /// The tenant's own.
    Tenant,
    /// The platform's, so whose agent it is must be checked.
    Platform,
    /// There is no key to sign with.
    Nobody,
}

impl Received {
    /// Notes that something of this kind came, for whoever sets it up.
    pub fn note(&self, edge: &Edge, kind: Kind) {
        edge.arrivals.note(self.tenant.customer(), kind, None, edge.clock.now());
    }

    /// Refuses an agent that speaks for another customer.
    pub async fn check_agent(&self, edge: &Edge, agent_id: Option<&str>) -> Result<(), Problem> {
        let Some(agent_id) = agent_id.filter(|_| self.signer == Signer::Platform) else { return Ok(()) };
        let customer = self.tenant.customer();
        match edge.agents.owner(&edge.store, agent_id, customer, self.deadline).await? {
            owner if owner == customer => Ok(()),
            _ => Err(Problem::agent_of_another()),
        }
    }
}

/// A function call of an agent's, or the sentence it says where there is none to act on: it can
/// say a sentence and nothing else.
pub struct Spoken(pub Result<(Received, Invocation), &'static str>);

impl FromRequest<Arc<Edge>> for Spoken {
    type Rejection = Problem;

    async fn from_request(request: Request, edge: &Arc<Edge>) -> Result<Self, Problem> {
        let spoken: Result<_, Problem> = async {
            let received = Received::from_request(request, edge).await?;
            let Ok(body) = &received.body else { return Ok(Err(phrases::NOT_UNDERSTOOD)) };
            let invocation = Invocation::read(body);
            received.check_agent(edge, invocation.agent_id()).await?;
            received.note(edge, Kind::Function);
            let tenant = received.tenant.by(Author::agent(invocation.agent_id()));
            Ok(Ok((Received { tenant, ..received }, invocation)))
        }
        .await;
        match spoken {
            Ok(spoken) => Ok(Self(spoken)),
            Err(problem) if problem.is_temporary() => Ok(Self(Err(phrases::TRY_AGAIN))),
            Err(problem) => Err(problem),
        }
    }
}

async fn find(
    edge: &Edge,
    api_key: &str,
    peer: Option<IpAddr>,
    headers: &HeaderMap,
) -> Result<TenantHandle, Problem> {
    let key = ApiKey::parse(api_key).ok_or_else(Problem::unknown_key)?;
    // Every connection of ours has a peer; without one all would be one client.
    let client = edge.proxies.client(peer.unwrap_or(IpAddr::from([0, 0, 0, 0])), headers);
    // Retell's one address wakes any number of tenants: keys of our making are never counted.
    let may_look_up = || edge.vault.has_minted(&key) || edge.limits.admit_guess(client);
    match edge.tenants.by_api_key(&key, may_look_up).await? {
        Found::Tenant(tenant) => Ok(*tenant),
        Found::Nowhere => Err(Problem::unknown_key()),
        Found::NotLookedUp => Err(Problem::too_many_requests()),
    }
}

/// A key of the tenant's own makes its signature mandatory, else the platform's key does; with
/// neither, the URL's key alone is accepted, and counted. Answers whose key signed.
fn verify(edge: &Edge, tenant: &TenantHandle, headers: &HeaderMap, raw: &[u8]) -> Result<Signer, Problem> {
    let now = edge.clock.now();
    let note = |kind, detail| edge.arrivals.note(tenant.customer(), kind, detail, now);
    let own = &tenant.credentials().retell_keys;
    let (verified, signer) = if own.is_empty() {
        let Some(key) = &edge.retell_api_key else {
            edge.metrics.unsigned.inc();
            return Ok(Signer::Nobody);
        };
        (signature::verify(headers, raw, std::iter::once(key.reveal()), now), Signer::Platform)
    } else {
        let counting = own.iter().filter(|key| key.expires_at.is_none_or(|end| now < end));
        (signature::verify(headers, raw, counting.map(|key| key.secret.as_str()), now), Signer::Tenant)
    };
    match verified {
        Ok(()) => note(Kind::Signed, None),
        Err(refused) => note(Kind::Refused, Some(refused.sentence())),
    }
    verified.map(|()| signer).map_err(|refused| Problem::bad_signature(refused.sentence()))
}
