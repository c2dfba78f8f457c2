//! The address guard: everything that is fetched from or sent to an address which came from outside
//! goes through here, so that nobody makes this server speak to what only it can reach.
//!
//! An address is judged twice. [`Egress::check`] reads it as browsers do and refuses all but `https`
//! on port 443 of a public name or address, when it is typed and again before each request. What a
//! name leads to may change in between, so the client's own resolver ([`resolver`]) keeps of each
//! answer only public addresses, and the connection goes to exactly these: there is no second look-up
//! that could answer otherwise. Redirects are answers; no proxy, cookie or password is ever used.
//!
//! `EGRESS_ALLOW` is the one exception: hosts that tests and demonstrations run themselves. They have
//! a client of their own, because a resolver is not told the port that it resolves for.
//!
//! What may be asked and how much of an answer is read: [`exchange`]. The rules: [`address`], [`name`].

pub mod address;
mod allowed;
mod client;
pub mod exchange;
pub mod name;
pub mod resolver;

use std::sync::Arc;

use reqwest::dns::Resolve;
use reqwest::{Client, Method};
use url::{Host, Url};

use self::allowed::Allowed;
pub use self::client::plain_client;
pub use self::exchange::{Answer, Failed, Limits, Request};
use self::resolver::{Guarded, System};

/// Signed links of clouds have one or two thousand.
const URL_BYTES_MAX: usize = 4096;

/// Why an address is not used. The sentence is for whoever typed it, and repeats nothing of it: its
/// path and query may be secrets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Blocked {
    /// It cannot be read.
    #[error("this is no complete address of the form https://host/path")]
    Unreadable,
    /// Nobody types that much; a link with a signature in it is shorter too.
    #[error("the address is longer than {URL_BYTES_MAX} bytes")]
    TooLong,
    /// Whoever reads a log or a page would read the password.
    #[error("the address must not contain a user name or a password")]
    Credentials,
    /// What it carries are recordings and records of calls.
    #[error("the address must begin with https://")]
    NotHttps,
    /// Other ports belong to other protocols and to the inside of networks.
    #[error("the address must not name another port than 443")]
    Port,
    /// A name of this machine or of a private network.
    #[error("the host of the address is no name on the public internet")]
    PrivateName,
    /// It is, or leads to, addresses of this machine or of a private network alone.
    #[error("the host of the address has no public address")]
    PrivateAddress,
}

/// Makes requests to public addresses, and to no other.
pub struct Egress {
    allowed: Vec<Allowed>,
    /// Connects to public addresses alone.
    public: Client,
    /// Connects to any address; only for what is listed in `allowed`.
    listed: Client,
}

impl Egress {
    /// With the exceptions of `EGRESS_ALLOW`: each `host` (its scheme's own port) or `host:port`.
    pub fn new(allow: &[String]) -> anyhow::Result<Self> {
        Self::with_resolver(allow, Arc::new(System::default()))
    }

    /// The same; `None` on a machine that trusts nobody, which works all the same as far as it can. A
    /// mistake in the setting must be mended; a missing package must not stop the telephone.
    pub fn perhaps(allow: &[String]) -> anyhow::Result<Option<Self>> {
        match Self::new(allow) {
            Ok(egress) => Ok(Some(egress)),
            Err(error) if !allow.is_empty() => Err(error),
            Err(error) => {
                tracing::error!(error = format!("{error:#}"), "nothing can be fetched or delivered");
                Ok(None)
            }
        }
    }

    /// With another source of addresses than the system: tests say what a name leads to.
    pub fn with_resolver(allow: &[String], resolver: Arc<dyn Resolve>) -> anyhow::Result<Self> {
        let entries = allow.iter().map(|entry| entry.trim()).filter(|entry| !entry.is_empty());
        let allowed = entries.map(Allowed::parse).collect::<anyhow::Result<Vec<_>>>()?;
        let public = client::outgoing(Arc::new(Guarded(Arc::clone(&resolver))))?;
        // Each reads the system's certificates. Where nothing is listed, one client is enough.
        let listed = if allowed.is_empty() { public.clone() } else { client::outgoing(resolver)? };
        Ok(Self { allowed, public, listed })
    }

    /// Whether an address may be used, as far as it can be told without asking anybody: where its
    /// name leads is decided at each connection.
    pub fn check(&self, url: &str) -> Result<Url, Blocked> {
        self.judge(url).map(|(url, _)| url)
    }

    /// A request for what is at an address.
    pub fn get(&self, url: &str) -> Result<Request, Blocked> {
        self.request(Method::GET, url)
    }

    /// A request to an address.
    pub fn request(&self, method: Method, url: &str) -> Result<Request, Blocked> {
        let (url, client) = self.judge(url)?;
        Ok(Request::new(client.request(method, url)))
    }

    fn judge(&self, url: &str) -> Result<(Url, &Client), Blocked> {
        if url.len() > URL_BYTES_MAX {
            return Err(Blocked::TooLong);
        }
        let url = Url::parse(url).map_err(|_| Blocked::Unreadable)?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Blocked::Credentials);
        }
        if self.allowed.iter().any(|allowed| allowed.matches(&url)) {
            return Ok((url, &self.listed));
        }
        if url.scheme() != "https" {
            return Err(Blocked::NotHttps);
        }
        if url.port_or_known_default() != Some(443) {
            return Err(Blocked::Port);
        }
        // No resolver is asked about literal addresses: this is the only place that sees them.
        let is_global = match url.host().ok_or(Blocked::Unreadable)? {
            Host::Domain(name) if name::is_public(name) => true,
            Host::Domain(_) => return Err(Blocked::PrivateName),
            Host::Ipv4(address) => address::is_global(address.into()),
            Host::Ipv6(address) => address::is_global(address.into()),
        };
        if is_global { Ok((url, &self.public)) } else { Err(Blocked::PrivateAddress) }
    }
}
