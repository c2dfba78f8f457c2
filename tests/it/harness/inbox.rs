//! The mails that a platform without a mail server keeps as files.

use std::path::{Path, PathBuf};
use std::time::Duration;

use mail_parser::{Message, MessageParser};

use super::app::{Options, TestApp, at};

/// A folder that goes with its test.
pub struct Inbox(PathBuf);

/// A mail that was read.
pub struct Mail {
    pub to: String,
    pub from: String,
    pub subject: String,
    pub text: String,
    pub html: String,
    /// The entry for a calendar that is attached, its lines unfolded.
    pub calendar: String,
    pub raw: String,
}

impl Inbox {
    pub fn new() -> Self {
        let name = format!("voice-inbox-{}", data_encoding::HEXLOWER.encode(&actors::secrets::random::<8>()));
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir(&folder).expect("a new folder");
        Self(folder)
    }

    /// A platform that keeps its mails here.
    pub async fn app(&self) -> TestApp {
        TestApp::with(Options { data_dir: Some(self.0.clone()), ..Options::default() }).await
    }

    /// The same, and messages that wait are sent.
    pub async fn delivering(&self) -> TestApp {
        let data_dir = Some(self.0.clone());
        TestApp::with(Options { data_dir, delivers: true, ..Options::default() }).await
    }

    /// The platform stops, and starts again at this time, now sending what waits.
    pub async fn delivering_again(&self, app: TestApp, now: &str) -> TestApp {
        app.clock.advance(at(now).duration_since(app.clock.now()));
        let data_dir = Some(self.0.clone());
        app.restart_with(Options { data_dir, delivers: true, ..Options::default() }).await
    }

    /// For `DATA_DIR`.
    pub fn folder(&self) -> &str {
        self.0.to_str().expect("a folder with a readable name")
    }

    /// All mails so far, in the order in which they were sent.
    pub fn mails(&self) -> Vec<Mail> {
        let Ok(files) = std::fs::read_dir(self.0.join("mail")) else { return Vec::new() };
        let mut files: Vec<PathBuf> = files.map(|file| file.expect("a file").path()).collect();
        files.retain(|file| file.extension().is_some_and(|extension| extension == "eml"));
        files.sort_unstable();
        files.iter().map(|file| read(file)).collect()
    }

    /// The newest mail, once there are so many.
    pub async fn mail(&self, count: usize) -> Mail {
        let arrived = tokio::time::timeout(Duration::from_secs(20), async {
            let mut looks = tokio::time::interval(Duration::from_millis(5));
            while self.mails().len() < count {
                looks.tick().await;
            }
        });
        assert!(arrived.await.is_ok(), "{} mails instead of {count}", self.mails().len());
        self.mails().pop().expect("a mail")
    }
}

impl Drop for Inbox {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

impl Mail {
    /// The paths of the links in its text.
    pub fn links(&self) -> Vec<String> {
        let links = self.text.split_whitespace().filter(|word| word.starts_with("http"));
        links
            .map(|url| {
                url.split_once("://")
                    .and_then(|(_, rest)| rest.find('/').map(|at| rest[at..].to_owned()))
                    .expect("a path")
            })
            .collect()
    }
}

fn read(file: &Path) -> Mail {
    let bytes = std::fs::read(file).expect("a mail");
    let mail = MessageParser::new().parse(&bytes).expect("a mail");
    let address = |of: Option<&mail_parser::Address<'_>>| {
        of.and_then(|list| list.first()).and_then(|one| one.address()).unwrap_or_default().to_owned()
    };
    let body = |text: Option<std::borrow::Cow<'_, str>>| text.unwrap_or_default().into_owned();
    let message: &Message<'_> = &mail;
    Mail {
        to: address(message.to()),
        from: address(message.from()),
        subject: message.subject().unwrap_or_default().to_owned(),
        text: body(message.body_text(0)),
        html: body(message.body_html(0)),
        calendar: message
            .attachments()
            .filter_map(|part| part.text_contents())
            .collect::<String>()
            .replace("\r\n ", ""),
        raw: String::from_utf8_lossy(&bytes).into_owned(),
    }
}
