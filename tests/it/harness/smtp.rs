//! A mail server that keeps what it gets, in the clear or over TLS.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rcgen::{CertifiedKey, generate_simple_self_signed};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::{self, ServerConfig};

/// How the conversation becomes secret.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Security {
    None,
    Implicit,
    Starttls,
}

/// What goes wrong once a mail has been said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// 451: not now.
    Later,
    /// 550: never.
    Refuse,
    /// 550 to whom it is from: the account is blocked.
    Blocked,
    /// The connection goes before the mail is kept.
    CutBefore,
    /// The mail is kept, and the connection goes before that is said.
    CutAfter,
    /// No word any more.
    Hang,
}

/// What goes wrong at the next mails, until it is taken back; cheap to clone.
#[derive(Clone, Default)]
pub struct Faults(Arc<Mutex<Option<Fault>>>);

impl Faults {
    /// From now on this goes wrong, or nothing.
    pub fn set(&self, fault: Option<Fault>) {
        *self.0.lock().expect("nobody panics with it") = fault;
    }

    fn now(&self) -> Option<Fault> {
        *self.0.lock().expect("nobody panics with it")
    }
}

/// A server, and the mails it was given.
pub struct MailServer {
    pub address: SocketAddr,
    /// In PEM, for whoever is to trust it.
    pub certificate: String,
    /// What goes wrong.
    pub faults: Faults,
    mails: UnboundedReceiver<Received>,
}

/// A mail as it came.
#[derive(Debug)]
pub struct Received {
    /// The line with which the client has proved who it is.
    pub auth: Option<String>,
    pub recipient: String,
    pub data: String,
}

impl Received {
    /// The line with its name.
    pub fn message_id(&self) -> &str {
        self.data.lines().find(|line| line.starts_with("Message-ID: ")).expect("every mail has a name")
    }
}

impl MailServer {
    /// `refusals` answers of 451 come before the first mail is taken.
    pub async fn start(security: Security, refusals: usize) -> Self {
        let CertifiedKey { cert, signing_key } =
            generate_simple_self_signed(["localhost".to_owned(), "127.0.0.1".to_owned()])
                .expect("a certificate");
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("the usual versions")
            .with_no_client_auth()
            .with_single_cert(
                vec![cert.der().clone()],
                rustls::pki_types::PrivateKeyDer::try_from(signing_key.serialize_der()).expect("a key"),
            )
            .expect("a certificate and its key");
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("its address");
        let (sender, mails) = unbounded_channel();
        let faults = Faults::default();
        let house = Talk { mails: sender, faults: faults.clone(), refusals };
        tokio::spawn(async move {
            let mut house = house;
            while let Ok((stream, _)) = listener.accept().await {
                let talk = house.clone();
                house.refusals = 0;
                tokio::spawn(serve(stream, security, acceptor.clone(), talk));
            }
        });
        Self { address, certificate: cert.pem(), faults, mails }
    }

    /// All mails that came so far.
    pub fn mails(&mut self) -> Vec<Received> {
        std::iter::from_fn(|| self.mails.try_recv().ok()).collect()
    }

    /// The next mail.
    pub async fn mail(&mut self) -> Received {
        let mail = tokio::time::timeout(std::time::Duration::from_secs(30), self.mails.recv()).await;
        mail.expect("a mail in time").expect("the server runs")
    }
}

async fn serve(
    stream: TcpStream,
    security: Security,
    acceptor: TlsAcceptor,
    talk: Talk,
) -> std::io::Result<()> {
    match security {
        Security::Implicit => {
            let stream = acceptor.accept(stream).await?;
            converse(stream, None, talk, true).await.map(drop)
        }
        Security::None => converse(stream, None, talk, true).await.map(drop),
        Security::Starttls => {
            let Some(stream) = converse(stream, Some(()), talk.clone(), true).await? else {
                return Ok(());
            };
            let stream = acceptor.accept(stream).await?;
            converse(stream, None, talk, false).await.map(drop)
        }
    }
}

/// What one conversation is told.
#[derive(Clone)]
struct Talk {
    mails: UnboundedSender<Received>,
    faults: Faults,
    /// Answers of 451 before the first mail is taken.
    refusals: usize,
}

/// Speaks SMTP until the client leaves, or wants TLS.
async fn converse<S: AsyncRead + AsyncWrite + Unpin>(
    stream: S,
    offers_tls: Option<()>,
    mut talk: Talk,
    greets: bool,
) -> std::io::Result<Option<S>> {
    let mut stream = BufReader::new(stream);
    if greets {
        stream.write_all(b"220 localhost ESMTP\r\n").await?;
    }
    let (mut auth, mut recipient) = (None, String::new());
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(None);
        }
        let verb = line.split(' ').next().unwrap_or_default().trim().to_ascii_uppercase();
        match verb.as_str() {
            "EHLO" if offers_tls.is_some() => stream.write_all(b"250-localhost\r\n250 STARTTLS\r\n").await?,
            "EHLO" => stream.write_all(b"250-localhost\r\n250 AUTH PLAIN LOGIN\r\n").await?,
            "STARTTLS" => {
                stream.write_all(b"220 go ahead\r\n").await?;
                return Ok(Some(stream.into_inner()));
            }
            "AUTH" => {
                auth = Some(line.trim().to_owned());
                stream.write_all(b"235 welcome\r\n").await?;
            }
            "MAIL" if talk.faults.now() == Some(Fault::Blocked) => {
                stream.write_all(b"550 account blocked\r\n").await?;
            }
            "MAIL" if talk.refusals > 0 => {
                talk.refusals -= 1;
                stream.write_all(b"451 come back later\r\n").await?;
            }
            "RCPT" => {
                recipient = line.trim().to_owned();
                stream.write_all(b"250 ok\r\n").await?;
            }
            "DATA" => {
                stream.write_all(b"354 go ahead\r\n").await?;
                let mut data = String::new();
                loop {
                    let mut line = String::new();
                    stream.read_line(&mut line).await?;
                    if line == ".\r\n" || line.is_empty() {
                        break;
                    }
                    data.push_str(&line);
                }
                let fault = talk.faults.now();
                if matches!(fault, None | Some(Fault::CutAfter)) {
                    let received = Received { auth: auth.clone(), recipient: recipient.clone(), data };
                    let _ = talk.mails.send(received);
                }
                match fault {
                    None => stream.write_all(b"250 taken\r\n").await?,
                    Some(Fault::Later) => stream.write_all(b"451 not now\r\n").await?,
                    Some(Fault::Refuse) => stream.write_all(b"550 no such mailbox\r\n").await?,
                    Some(Fault::CutBefore | Fault::CutAfter | Fault::Blocked) => return Ok(None),
                    // Until the client loses patience, or somebody starts the server anew.
                    Some(Fault::Hang) => {
                        let mut looks = tokio::time::interval(Duration::from_millis(20));
                        while talk.faults.now() == Some(Fault::Hang) {
                            looks.tick().await;
                        }
                        return Ok(None);
                    }
                }
            }
            "QUIT" => {
                stream.write_all(b"221 bye\r\n").await?;
                return Ok(None);
            }
            _ => stream.write_all(b"250 ok\r\n").await?,
        }
        stream.flush().await?;
    }
}
