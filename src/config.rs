//! Every setting of the server, its meaning and its default. Secrets do not print.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use crate::network::Network;

/// A value that must not appear in logs.
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    /// The value itself.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Secret {
    fn from(value: &str) -> Self {
        Self(value.to_owned())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[hidden]")
    }
}

/// The settings; each also as an environment variable. Nothing is required for a first start.
#[derive(Debug, Clone, Args)]
pub struct Config {
    /// PostgreSQL 14 or later; without it a private one is kept under the data directory
    #[arg(long, env = "DATABASE_URL", hide_env_values = true, global = true)]
    pub database_url: Option<Secret>,

    /// Where the private database and the made secret are kept
    #[arg(long, env = "DATA_DIR", default_value = "var", global = true)]
    pub data_dir: PathBuf,

    /// The key that secrets at rest are sealed with; without it one is made and kept
    #[arg(long, env = "SECRET_KEY", hide_env_values = true, global = true)]
    pub secret_key: Option<Secret>,

    /// The key before, to read what it sealed
    #[arg(long, env = "SECRET_KEY_OLD", hide_env_values = true, global = true)]
    pub secret_key_old: Option<Secret>,

    /// Where customers and Retell reach the platform; default: http on the address listened on
    #[arg(long, env = "PLATFORM_URL", global = true)]
    pub platform_url: Option<String>,

    /// What the platform is called
    #[arg(long, env = "PLATFORM_NAME", default_value = "Voice AI Platform", global = true)]
    pub platform_name: String,

    /// The currency of every amount, as ISO 4217 writes it
    #[arg(long, env = "CURRENCY", default_value = "USD", value_parser = currency, global = true)]
    pub currency: String,

    /// The server that takes our mail; without it mails are kept as files under the data directory
    #[arg(long, env = "SMTP_HOST", global = true)]
    pub smtp_host: Option<String>,

    /// Usually 465 or 587
    #[arg(long, env = "SMTP_PORT", default_value = "465", global = true)]
    pub smtp_port: u16,

    /// How TLS begins there: with the first byte, by STARTTLS, or as the port says (465: the first)
    #[arg(long, env = "SMTP_TLS", default_value = "auto", global = true)]
    pub smtp_tls: SmtpTls,

    /// The account at the mail server
    #[arg(long, env = "SMTP_USER", global = true)]
    pub smtp_user: Option<String>,

    /// Its password
    #[arg(long, env = "SMTP_PASS", hide_env_values = true, global = true)]
    pub smtp_pass: Option<Secret>,

    /// Whom mails are from; default: no-reply at the host of PLATFORM_URL
    #[arg(long, env = "MAIL_FROM", global = true)]
    pub mail_from: Option<String>,

    /// The account at ClickSend; with its key, text messages go by ClickSend's REST API, else by mail
    #[arg(long, env = "CLICKSEND_USERNAME", global = true)]
    pub clicksend_username: Option<String>,

    /// Its key
    #[arg(long, env = "CLICKSEND_API_KEY", hide_env_values = true, global = true)]
    pub clicksend_api_key: Option<Secret>,

    /// Whom text messages are from: a number or name that ClickSend knows as ours; default: its choice
    #[arg(long, env = "CLICKSEND_FROM", global = true)]
    pub clicksend_from: Option<String>,

    /// Where ClickSend takes text messages
    #[arg(long, env = "CLICKSEND_API_BASE", default_value = "https://rest.clicksend.com", global = true)]
    pub clicksend_api_base: String,

    /// The host that turns mails into text messages, where there is no account for the REST API
    #[arg(long, env = "CLICKSEND_GATEWAY", default_value = "sms.clicksend.com", global = true)]
    pub clicksend_gateway: String,

    /// Signs what Retell sends, for customers without a key of their own
    #[arg(long, env = "RETELL_API_KEY", hide_env_values = true, global = true)]
    pub retell_api_key: Option<Secret>,

    /// Where Retell is asked about calls
    #[arg(long, env = "RETELL_API_BASE", default_value = "https://api.retellai.com", global = true)]
    pub retell_api_base: String,

    /// The account at Stripe that payments go to; without it, customers are told how to pay otherwise
    #[arg(long, env = "STRIPE_SECRET_KEY", hide_env_values = true, global = true)]
    pub stripe_secret_key: Option<Secret>,

    /// Signs what Stripe tells: that of the endpoint /api/v1/webhook/stripe there; needed with the key
    #[arg(long, env = "STRIPE_WEBHOOK_SECRET", hide_env_values = true, global = true)]
    pub stripe_webhook_secret: Option<Secret>,

    /// Where Stripe is asked for a page to pay on
    #[arg(long, env = "STRIPE_API_BASE", default_value = "https://api.stripe.com", global = true)]
    pub stripe_api_base: String,

    /// The public address
    #[arg(long, env = "LISTEN", default_value = "127.0.0.1:8080", global = true)]
    pub listen: SocketAddr,

    /// The operators' address: /metrics, and what `audit` asks; never on the public one
    #[arg(long, env = "METRICS_LISTEN", default_value = "127.0.0.1:9464", global = true)]
    pub metrics_listen: SocketAddr,

    /// Proxies whose X-Forwarded-For and X-Forwarded-Proto are believed: addresses or networks (10.0.0.0/8), separated by commas
    #[arg(long, env = "TRUSTED_PROXIES", value_delimiter = ',', global = true)]
    pub trusted_proxies: Vec<Network>,

    /// Hosts that may be spoken to although private or without TLS (host or host:port), separated by commas
    #[arg(long, env = "EGRESS_ALLOW", value_delimiter = ',', global = true)]
    pub egress_allow: Vec<String>,

    /// Connections at once; more wait
    #[arg(long, env = "CONNECTIONS_MAX", default_value = "4096", global = true)]
    pub connections_max: usize,

    /// Requests a second on the URLs of one customer
    #[arg(long, env = "TENANT_REQUESTS_PER_SECOND", default_value = "50", global = true)]
    pub tenant_requests_per_second: std::num::NonZeroU32,

    /// Requests of one customer that may come at once
    #[arg(long, env = "TENANT_REQUESTS_BURST", default_value = "200", global = true)]
    pub tenant_requests_burst: std::num::NonZeroU32,

    /// Seconds a customer stays in memory after the last request
    #[arg(long, env = "TENANT_IDLE_SECONDS", default_value = "600", global = true)]
    pub tenant_idle_seconds: u64,

    /// How logs are written: text or json
    #[arg(long, env = "LOG_FORMAT", default_value = "text", global = true)]
    pub log_format: LogFormat,
}

/// A code of three letters, in upper case.
fn currency(text: &str) -> Result<String, &'static str> {
    let code = text.trim().to_ascii_uppercase();
    let is_code = code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_uppercase());
    is_code.then_some(code).ok_or("a currency is named by three letters, such as USD")
}

/// How a conversation with a mail server becomes secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum SmtpTls {
    /// As usual on that port; plain only to this very machine and without a password.
    Auto,
    /// TLS from the first byte.
    Implicit,
    /// STARTTLS, or no conversation.
    Starttls,
}

/// How logs are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum LogFormat {
    /// For people.
    Text,
    /// For machines: one object a line.
    Json,
}

impl Config {
    /// Where the platform is reached, without a slash at the end.
    pub fn public_url(&self, listening: SocketAddr) -> String {
        match &self.platform_url {
            Some(url) => url.trim().trim_end_matches('/').to_owned(),
            None => format!("http://{listening}"),
        }
    }

    /// The host in PLATFORM_URL, without a port.
    pub fn public_host(&self) -> Option<&str> {
        let (_, rest) = self.platform_url.as_deref()?.trim().split_once("://")?;
        let authority = rest.split(['/', '?', '#']).next()?;
        let host = authority.rsplit_once(':').map_or(authority, |(host, _)| host);
        (!host.is_empty()).then_some(host)
    }

    /// Whether nobody but this machine reaches the platform: then mails kept as files are shown.
    pub fn is_on_this_machine(&self) -> bool {
        let is_local = |host: &str| {
            host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
        };
        !self.is_public()
            && self.listen.ip().is_loopback()
            && (self.platform_url.is_none() || self.public_host().is_some_and(is_local))
    }

    /// Whether people reach the platform over TLS: then nothing is made up silently.
    pub fn is_public(&self) -> bool {
        let scheme = self.platform_url.as_deref().and_then(|url| url.trim().split_once("://"));
        scheme.is_some_and(|(scheme, _)| scheme.eq_ignore_ascii_case("https"))
    }

    /// How long a customer stays in memory.
    pub fn tenant_idle(&self) -> Duration {
        Duration::from_secs(self.tenant_idle_seconds.max(1))
    }
}
