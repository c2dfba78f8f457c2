//! One entry of `EGRESS_ALLOW`: a host and a port that may be spoken to wherever they are.

use anyhow::{Context, bail};
use url::{Host, Url};

use super::name;

/// Invariant: matches one host, letter by letter, on one port of each scheme.
pub struct Allowed {
    /// As [`Url`] writes it, which has one way for each.
    host: String,
    /// `None`: the scheme's own.
    port: Option<u16>,
}

impl Allowed {
    /// Reads `host` or `host:port`; an IPv6 address is in brackets.
    pub fn parse(entry: &str) -> anyhow::Result<Self> {
        let wanted = || format!("EGRESS_ALLOW lists {entry:?}, which is neither host nor host:port");
        // An end in a colon is a port that was forgotten, which would list another one.
        if entry.contains(['/', '\\', '?', '#', '@']) || entry.ends_with(':') {
            bail!(wanted());
        }
        // A URL does not tell its scheme's own port from none, but no port is the own one of both.
        let read = |scheme: &str| Url::parse(&format!("{scheme}://{entry}/")).with_context(wanted);
        let (http, https) = (read("http")?, read("https")?);
        if matches!(http.host(), Some(Host::Domain(name)) if !name::is_well_formed(name)) {
            bail!(wanted());
        }
        let host = http.host_str().with_context(wanted)?.to_owned();
        Ok(Self { host, port: http.port().or(https.port()) })
    }

    /// Whether an address is that host's, on that port.
    pub fn matches(&self, url: &Url) -> bool {
        let is_port = match self.port {
            Some(port) => url.port_or_known_default() == Some(port),
            None => url.port().is_none(),
        };
        is_port && matches!(url.scheme(), "http" | "https") && url.host_str() == Some(&self.host)
    }
}
