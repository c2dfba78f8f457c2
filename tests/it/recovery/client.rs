//! Delivers as Retell does: the same body up to four times, until somebody says that it is taken.
//!
//! HTTP by hand, because the interesting clients are those that hang up before they have read the
//! answer. Retell waits ten seconds before it tries again, longer than a restart takes; here a
//! retry waits for the restart itself.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::watch;

use super::dice::Dice;

/// Once, and three times more.
const TRIES: usize = 4;
/// Nobody is left without an answer or a broken connection for so long.
const ANSWERED_WITHIN: Duration = Duration::from_secs(20);

/// The way to the server, wherever it is now.
#[derive(Clone)]
pub struct Line {
    server: Arc<watch::Sender<Place>>,
}

/// The last known address, and whether somebody is there.
#[derive(Clone, Copy)]
struct Place {
    address: SocketAddr,
    is_up: bool,
}

/// What a client does once it has sent its request.
#[derive(Clone, Copy, PartialEq)]
enum Manner {
    Listens,
    /// Closes the connection at once: the server may not even have read the request.
    HangsUpAtOnce,
    /// Closes it when the answer is there, unread.
    HangsUpOnTheAnswer,
}

/// What became of a delivery.
pub struct Delivery {
    /// The first 200 that was read.
    pub answer: Option<String>,
    /// How often it was sent.
    pub tries: usize,
    /// How often the client hung up on an answer.
    pub hung_up: usize,
}

impl Line {
    pub fn to(address: SocketAddr) -> Self {
        Self { server: Arc::new(watch::channel(Place { address, is_up: true }).0) }
    }

    /// From now on retries wait.
    pub fn goes_dead(&self) {
        self.server.send_modify(|place| place.is_up = false);
    }

    pub fn is_back_at(&self, address: SocketAddr) {
        self.server.send_replace(Place { address, is_up: true });
    }

    /// Posts until it was taken or the tries are used up; `is_taken` judges the body of a 200.
    pub async fn deliver(
        &self,
        path: &str,
        body: &str,
        dice: &mut Dice,
        is_taken: fn(&str) -> bool,
    ) -> Delivery {
        let mut delivery = Delivery { answer: None, tries: 0, hung_up: 0 };
        while delivery.tries < TRIES {
            let place = if delivery.tries == 0 { *self.server.borrow() } else { self.comes_back().await };
            delivery.tries += 1;
            let manner = match dice.within(0..12) {
                0 => Manner::HangsUpAtOnce,
                1 => Manner::HangsUpOnTheAnswer,
                _ => Manner::Listens,
            };
            let posted = tokio::time::timeout(ANSWERED_WITHIN, post(place.address, path, body, manner));
            match posted.await.unwrap_or_else(|_| panic!("no answer in {ANSWERED_WITHIN:?} to {body}")) {
                Ok(_) if manner != Manner::Listens => delivery.hung_up += 1,
                Ok((200, answer)) if is_taken(&answer) => {
                    delivery.answer = Some(answer);
                    break;
                }
                Ok((200 | 503, _)) | Err(_) => {}
                Ok((status, answer)) => panic!("{status} {answer} to {body}"),
            }
        }
        delivery
    }

    async fn comes_back(&self) -> Place {
        let mut server = self.server.subscribe();
        *server.wait_for(|place| place.is_up).await.expect("the line is there")
    }
}

/// One request on one connection; an answer that is cut off is none.
async fn post(address: SocketAddr, path: &str, body: &str, manner: Manner) -> io::Result<(u16, String)> {
    let mut stream = TcpStream::connect(address).await?;
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(&[head.as_bytes(), body.as_bytes()].concat()).await?;
    match manner {
        Manner::HangsUpAtOnce => return Ok((0, String::new())),
        Manner::HangsUpOnTheAnswer => {
            stream.readable().await?;
            return Ok((0, String::new()));
        }
        Manner::Listens => {}
    }
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    whole(&answer).ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
}

/// Status and body of an answer, if all of it is there.
fn whole(answer: &str) -> Option<(u16, String)> {
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let status = head.strip_prefix("HTTP/1.1 ")?.get(..3)?.parse().ok()?;
    let length: usize = head.lines().find_map(|line| line.strip_prefix("content-length: "))?.parse().ok()?;
    (body.len() == length).then(|| (status, body.to_owned()))
}
