//! Speaks with the mail server.
//!
//! The conversation is ours to lead, step by step, and lettre's to word: a pool that is handed a
//! conversation which was broken off in the middle would give it to the next mail, which takes the answer
//! to the last one for its own; and only who knows the step knows whom a refusal is meant for. What the
//! server says to our name or password is no fault of a mail, and passes.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use lettre::Message;
use lettre::address::Envelope;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::{ClientId, Extension, MailBodyParameter, MailParameter};
use tokio::time::timeout;

use super::not_sent::NotSent;
use crate::config::{Config, SmtpTls};

/// One step of the conversation may take this long.
const STEP_TIMEOUT: Duration = Duration::from_secs(10);
/// The answer to a whole mail may: servers look into it before they take it (RFC 5321, 4.5.3.2.6 asks for
/// ten minutes), and one that is not waited for gets the mail again.
const ACCEPTANCE_TIMEOUT: Duration = Duration::from_secs(300);
/// Conversations kept for the next mail.
const KEPT: usize = 16;
/// Servers hang up on who says nothing; sooner than most of them do.
const KEPT_FOR: Duration = Duration::from_secs(20);
/// The port on which the conversation begins in TLS; on others it is begun with STARTTLS.
const IMPLICIT_TLS_PORT: u16 = 465;

/// How the conversation becomes secret.
enum Secrecy {
    /// Not at all: to this very machine, and without a password.
    None,
    Implicit(TlsParameters),
    Starttls(TlsParameters),
}

/// A mail server.
pub struct Smtp {
    host: String,
    port: u16,
    secrecy: Secrecy,
    account: Option<Credentials>,
    name: ClientId,
    /// Conversations that ended well, with the time of their last word.
    kept: Arc<Mutex<Vec<(AsyncSmtpConnection, Instant)>>>,
}

/// Where the conversation was when it failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    /// Connecting, TLS, names, password, and whom mails are from: ours.
    Account,
    /// This mail: to whom, and what it says.
    Mail,
}

/// Why a conversation failed.
enum Failure {
    Said(Error),
    TooSlow,
    /// An address has letters that the server does not take (RFC 6531).
    Letters,
}

impl Smtp {
    /// From the settings. Nothing is connected yet.
    pub fn new(config: &Config, host: &str) -> anyhow::Result<Self> {
        let is_here = matches!(host, "localhost" | "127.0.0.1" | "::1");
        let parameters = || TlsParameters::new(host.to_owned()).context("prepare TLS for SMTP_HOST");
        let secrecy = match config.smtp_tls {
            SmtpTls::Implicit => Secrecy::Implicit(parameters()?),
            SmtpTls::Auto if config.smtp_port == IMPLICIT_TLS_PORT => Secrecy::Implicit(parameters()?),
            SmtpTls::Auto if is_here && config.smtp_user.is_none() => Secrecy::None,
            SmtpTls::Auto | SmtpTls::Starttls => Secrecy::Starttls(parameters()?),
        };
        let account = match (&config.smtp_user, &config.smtp_pass) {
            (Some(user), Some(pass)) => Some(Credentials::new(user.clone(), pass.reveal().to_owned())),
            (None, None) => None,
            _ => bail!("SMTP_USER and SMTP_PASS belong together: set both, or none"),
        };
        Ok(Self {
            host: host.to_owned(),
            port: config.smtp_port,
            secrecy,
            account,
            name: ClientId::default(),
            kept: Arc::default(),
        })
    }

    /// Hands a mail over, once.
    pub async fn send(&self, message: &Message) -> Result<(), NotSent> {
        let mut connection = match self.kept().await {
            Some(connection) => connection,
            None => self.connect().await.map_err(|failure| not_sent(Step::Account, failure))?,
        };
        // On the way out by an error it is dropped, and with it whatever the server still says.
        converse(&mut connection, message.envelope(), &message.formatted())
            .await
            .map_err(|(step, failure)| not_sent(step, failure))?;
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() < KEPT {
            kept.push((connection, Instant::now()));
        }
        Ok(())
    }

    /// A conversation that can go on.
    async fn kept(&self) -> Option<AsyncSmtpConnection> {
        loop {
            let (mut connection, spoken) = self.kept.lock().unwrap_or_else(PoisonError::into_inner).pop()?;
            let is_there = async { timeout(STEP_TIMEOUT, connection.test_connected()).await == Ok(true) };
            if spoken.elapsed() < KEPT_FOR && is_there.await {
                return Some(connection);
            }
        }
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, Failure> {
        let wrapped = match &self.secrecy {
            Secrecy::Implicit(parameters) => Some(parameters.clone()),
            Secrecy::None | Secrecy::Starttls(_) => None,
        };
        let server = (self.host.as_str(), self.port);
        let connect =
            AsyncSmtpConnection::connect_tokio1(server, Some(STEP_TIMEOUT), &self.name, wrapped, None);
        let mut connection = in_time(STEP_TIMEOUT, connect).await?;
        if let Secrecy::Starttls(parameters) = &self.secrecy {
            in_time(STEP_TIMEOUT, connection.starttls(parameters.clone(), &self.name)).await?;
        }
        if let Some(account) = &self.account {
            in_time(STEP_TIMEOUT, connection.auth(&[Mechanism::Plain, Mechanism::Login], account)).await?;
        }
        Ok(connection)
    }
}

async fn converse(
    connection: &mut AsyncSmtpConnection,
    envelope: &Envelope,
    mail: &[u8],
) -> Result<(), (Step, Failure)> {
    let mut parameters = Vec::new();
    let mut addresses = envelope.to().iter().chain(envelope.from());
    if addresses.any(|address| !address.to_string().is_ascii()) {
        if !connection.server_info().supports_feature(Extension::SmtpUtfEight) {
            return Err((Step::Mail, Failure::Letters));
        }
        parameters.push(MailParameter::SmtpUtfEight);
    }
    if !mail.is_ascii() && connection.server_info().supports_feature(Extension::EightBitMime) {
        parameters.push(MailParameter::Body(MailBodyParameter::EightBitMime));
    }
    let from = Mail::new(envelope.from().cloned(), parameters);
    in_time(STEP_TIMEOUT, connection.command(from)).await.map_err(|failure| (Step::Account, failure))?;
    let about_the_mail = |failure| (Step::Mail, failure);
    for to in envelope.to() {
        let to = Rcpt::new(to.clone(), Vec::new());
        in_time(STEP_TIMEOUT, connection.command(to)).await.map_err(about_the_mail)?;
    }
    in_time(STEP_TIMEOUT, connection.command(Data)).await.map_err(about_the_mail)?;
    in_time(ACCEPTANCE_TIMEOUT, connection.message(mail)).await.map_err(about_the_mail)?;
    Ok(())
}

async fn in_time<T>(limit: Duration, step: impl Future<Output = Result<T, Error>>) -> Result<T, Failure> {
    match timeout(limit, step).await {
        Ok(said) => said.map_err(Failure::Said),
        Err(_) => Err(Failure::TooSlow),
    }
}

/// For the worker's decision and both logs. What is ours to mend is tried again until it is mended.
fn not_sent(step: Step, failure: Failure) -> NotSent {
    let error = match failure {
        Failure::TooSlow => {
            let kind = "the mail server does not answer";
            return NotSent { kind, why: kind.to_owned(), is_permanent: false };
        }
        Failure::Letters => {
            let kind = "the mail server takes no address with such letters";
            return NotSent { kind, why: kind.to_owned(), is_permanent: true };
        }
        Failure::Said(error) => error,
    };
    let kind = match step {
        Step::Account if error.is_permanent() => {
            "the mail server does not serve us: look at SMTP_USER, SMTP_PASS and MAIL_FROM"
        }
        Step::Mail if error.is_permanent() => "the mail server refuses it",
        _ if error.is_transient() => "the mail server cannot take it now",
        _ if error.is_timeout() => "the mail server does not answer",
        _ if error.is_tls() => "no encrypted connection to the mail server",
        _ => "the mail server cannot be reached",
    };
    if step == Step::Account {
        tracing::error!(error = kind, "mails cannot be sent just now");
        // What our account is told is nothing that a customer needs to know.
        return NotSent { kind, why: "mails cannot be sent just now".to_owned(), is_permanent: false };
    }
    NotSent { kind, why: error.to_string(), is_permanent: error.is_permanent() }
}
