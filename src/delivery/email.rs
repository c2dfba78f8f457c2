//! Mail: over SMTP, or as files where no server is configured.

use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use actors::secrets::random;
use anyhow::Context;
use jiff::Timestamp;
use lettre::Message;
use lettre::message::Mailbox;
use views::mail::Content;

use super::letter::Letter;
use super::not_sent::NotSent;
use super::smtp::Smtp;
use crate::config::Config;

/// Pauses before the second, third and fourth try: a mail server that restarts is back by then.
const PAUSES: [Duration; 3] = [Duration::from_secs(2), Duration::from_secs(10), Duration::from_secs(40)];

/// Sends mails.
#[derive(Clone)]
pub struct Mailer {
    from: Mailbox,
    way: Arc<Way>,
}

enum Way {
    Smtp(Box<Smtp>),
    Files(PathBuf),
}

impl Mailer {
    /// From the settings. Nothing is connected before the first mail.
    pub fn new(config: &Config) -> anyhow::Result<Self> {
        let from = sender(config)?;
        let way = match &config.smtp_host {
            Some(host) => Way::Smtp(Box::new(Smtp::new(config, host.trim())?)),
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
            Way::Smtp(server) => server.send(&message).await,
            Way::Files(folder) => keep(folder, &message.formatted()).map_err(|error| NotSent {
                kind: "it cannot be kept as a file",
                why: error.to_string(),
                is_permanent: false,
            }),
        }
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
