//! How HTTP clients are made here: the one place that decides about proxies, redirects and TLS.
//! `.clippy.toml` refuses those that are made elsewhere.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use reqwest::dns::Resolve;
use reqwest::redirect::Policy;
use reqwest::{Client, ClientBuilder};

/// From the look-up of the name to the end of the TLS handshake.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Hosts are many and most are spoken to once in a while.
const IDLE_CONNECTIONS_MAX: usize = 4;
const IDLE_CONNECTION_TIMEOUT: Duration = Duration::from_secs(30);

/// A client for addresses from outside; which those may be, its resolver and [`super::Egress`] say.
/// Certificates are verified against the system's roots, `SSL_CERT_FILE` if that is set.
pub fn outgoing(resolver: Arc<dyn Resolve>) -> anyhow::Result<Client> {
    builder()
        .redirect(Policy::none())
        .referer(false)
        .connect_timeout(CONNECT_TIMEOUT)
        .pool_max_idle_per_host(IDLE_CONNECTIONS_MAX)
        .pool_idle_timeout(IDLE_CONNECTION_TIMEOUT)
        .dns_resolver(resolver)
        .build()
        .context("load the system's root certificates: install ca-certificates or set SSL_CERT_FILE")
}

/// A client for servers of our own, which speak plain HTTP: it trusts no certificate, and so needs
/// not read any.
pub fn plain_client() -> ClientBuilder {
    builder().tls_certs_only([])
}

#[expect(clippy::disallowed_methods, reason = "the one place where clients begin")]
fn builder() -> ClientBuilder {
    // reqwest falls where none is installed. An error says that one is, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder().no_proxy()
}
