//! Mail: over SMTP, or as files where no server is configured.

use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use actors::secrets::random;
use anyhow::{Context, bail};
use jiff::Timestamp;
use lettre::message::Mailbox;
use lettre::transport::smtp::PoolConfig;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use tokio::time::timeout;
use views::mail::Content;

use super::letter::Letter;
use super::not_sent::NotSent;
use crate::config::{Config, SmtpTls};

/// One step of a conversation with the mail server may take this long.
const STEP_TIMEOUT: Duration = Duration::from_secs(10);
/// The whole of it may take this long: each step of a server that dawdles may be in time.
const POST_TIMEOUT: Duration = Duration::from_secs(30);
/// Conversations at once: of guests' mails, of text messages to a gateway, of sign-in mails.
const CONNECTIONS_MAX: u32 = 40;
/// Servers hang up on who says nothing; sooner than most of them do.
const CONNECTION_IDLE: Duration = Duration::from_secs(20);
/// The port on which the conversation begins in TLS; on others it is begun with STARTTLS.
const IMPLICIT_TLS_PORT: u16 = 465;
/// Pauses before the second, third and fourth try: a mail server that restarts is back by then.
const PAUSES: [Duration; 3] = [Duration::from_secs(2), Duration::from_secs(10), Duration::from_secs(40)];

/// Sends mails.
#[derive(Clone)]
pub struct Mailer {
    from: Mailbox,
    way: Arc<Way>,
}

enum Way {
    Smtp(AsyncSmtpTransport<Tokio1Executor>),
    Files(PathBuf),
}

impl Mailer {
    /// From the settings. Nothing is connected before the first mail.
    pub fn new(config: &Config) -> anyhow::Result<Self> {
        let from = sender(config)?;
        let way = match &config.smtp_host {
            Some(host) => Way::Smtp(transport(config, host.trim())?),
            None => Way::Files(mail_folder(config)),
        };
        Ok(Self { from, way: Arc::new(way) })
    }

    /// Sends a mail, with a few tries. What is wrong at the end goes to the log, without the address.
    pub async fn send(&self, to: &str, content: Content) {
        let letter = Letter { to: vec![to.to_owned()], ..Letter::default() };
        let message = match letter.write(&self.from, content) {
            Ok(message) => message,
            Err(error) => {
                tracing::error!(%error, "a mail could not be written");
                return;
            }
        };
        let mut pauses = PAUSES.iter();
        while let Err(error) = self.post(message.clone()).await {
            let Some(pause) = pauses.next().filter(|_| !error.is_permanent) else {
                tracing::error!(error = error.kind, "a mail could not be sent");
                return;
            };
            tracing::warn!(error = error.kind, "a mail could not be sent, and will be tried again");
            tokio::time::sleep(*pause).await;
        }
    }

    /// Whom mails are from.
    pub fn sender(&self) -> &Mailbox {
        &self.from
    }

    /// Hands a mail over, once.
    pub async fn post(&self, message: Message) -> Result<(), NotSent> {
        match &*self.way {
            Way::Smtp(transport) => match timeout(POST_TIMEOUT, transport.send(message)).await {
                Ok(Ok(_)) => Ok(()),
                Err(_) => Err(NotSent {
                    kind: "the mail server does not answer",
                    why: "the mail server does not answer".to_owned(),
                    is_permanent: false,
                }),
                Ok(Err(error)) => Err(NotSent {
                    kind: kind_of(&error),
                    why: error.to_string(),
                    is_permanent: error.is_permanent(),
                }),
            },
            Way::Files(folder) => keep(folder, &message.formatted()).map_err(|error| NotSent {
                kind: "it cannot be kept as a file",
                why: error.to_string(),
                is_permanent: false,
            }),
        }
    }
}

fn kind_of(error: &lettre::transport::smtp::Error) -> &'static str {
    if error.is_permanent() {
        "the mail server refuses it"
    } else if error.is_transient() {
        "the mail server cannot take it now"
    } else if error.is_timeout() {
        "the mail server does not answer"
    } else if error.is_tls() {
        "no encrypted connection to the mail server"
    } else {
        "the mail server cannot be reached"
    }
}

/// Where mails are kept when there is no server for them.
pub fn mail_folder(config: &Config) -> PathBuf {
    config.data_dir.join("mail")
}

fn sender(config: &Config) -> anyhow::Result<Mailbox> {
    let address = match &config.mail_from {
        Some(address) => address.clone(),
        None => format!("no-reply@{}", config.public_host().unwrap_or("localhost")),
    };
    let mailbox: Mailbox =
        address.parse().with_context(|| format!("MAIL_FROM {address:?} is no mail address"))?;
    let name = mailbox.name.unwrap_or_else(|| config.platform_name.clone());
    Ok(Mailbox::new(Some(name), mailbox.email))
}

/// TLS from the first byte, or before the first secret; plain only to this very machine.
fn transport(config: &Config, host: &str) -> anyhow::Result<AsyncSmtpTransport<Tokio1Executor>> {
    let is_here = matches!(host, "localhost" | "127.0.0.1" | "::1");
    let parameters = || TlsParameters::new(host.to_owned()).context("prepare TLS for SMTP_HOST");
    let tls = match config.smtp_tls {
        SmtpTls::Implicit => Tls::Wrapper(parameters()?),
        SmtpTls::Auto if config.smtp_port == IMPLICIT_TLS_PORT => Tls::Wrapper(parameters()?),
        SmtpTls::Auto if is_here && config.smtp_user.is_none() => Tls::None,
        SmtpTls::Auto | SmtpTls::Starttls => Tls::Required(parameters()?),
    };
    let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(host)
        .port(config.smtp_port)
        .tls(tls)
        .pool_config(PoolConfig::new().max_size(CONNECTIONS_MAX).idle_timeout(CONNECTION_IDLE))
        .timeout(Some(STEP_TIMEOUT));
    match (&config.smtp_user, &config.smtp_pass) {
        (Some(user), Some(pass)) => {
            builder = builder.credentials(Credentials::new(user.clone(), pass.reveal().to_owned()));
        }
        (None, None) => {}
        _ => bail!("SMTP_USER and SMTP_PASS belong together: set both, or none"),
    }
    Ok(builder.build())
}

/// Written aside and renamed: whoever looks sees whole mails only, in the order of their names.
fn keep(folder: &Path, mail: &[u8]) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    let time = Timestamp::now().as_microsecond();
    let name = format!("{time}-{}", data_encoding::HEXLOWER.encode(&random::<4>()));
    let aside = folder.join(format!("{name}.new"));
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&aside)?;
    file.write_all(mail)?;
    drop(file);
    std::fs::rename(&aside, folder.join(format!("{name}.eml")))
}
