//! How soon customers' own systems hear of calls, alone and beside some that never answer.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use actors::secrets::Vault;
use anyhow::{Context, bail};
use data_encoding::BASE64;
use domain::ids::{CustomerId, EndpointId};
use jiff::Timestamp;
use sqlx::{Connection, PgConnection};

use super::customers::Customer;

/// Customers whose systems take everything.
pub const HEALTHY: usize = 20;
/// Customers whose systems never answer.
pub const SILENT: usize = 40;
/// Connections that report calls of the healthy, and the pause of each: what is sent keeps up with that.
pub const PACED: usize = 4;
/// See [`PACED`].
pub const PAUSE: Duration = Duration::from_millis(40);
/// Longer than anybody would call a result.
const PATIENCE: Duration = Duration::from_secs(30);

/// Systems of customers, which end with the process.
#[derive(Clone)]
pub struct Receivers {
    /// Takes everything.
    pub healthy: SocketAddr,
    /// Takes connections, and never answers.
    pub silent: SocketAddr,
    /// From each event to its arrival, in microseconds.
    heard: Arc<Mutex<Vec<i64>>>,
}

impl Receivers {
    /// Starts them.
    pub fn start() -> anyhow::Result<Self> {
        let (listener, heard) = (TcpListener::bind("127.0.0.1:0").context("listen")?, Arc::default());
        let healthy = listener.local_addr()?;
        let hears = Arc::clone(&heard);
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let heard = Arc::clone(&hears);
                thread::spawn(move || take(&stream, &heard));
            }
        });
        let listener = TcpListener::bind("127.0.0.1:0").context("listen")?;
        let silent = listener.local_addr()?;
        // Kept open for as long as the process lives, or they would be answered by their end.
        thread::spawn(move || listener.incoming().map_while(Result::ok).collect::<Vec<TcpStream>>());
        Ok(Self { healthy, silent, heard })
    }

    /// What was heard since the last time, sorted.
    pub fn take(&self) -> Vec<i64> {
        let mut heard = std::mem::take(&mut *self.heard.lock().unwrap_or_else(PoisonError::into_inner));
        heard.sort_unstable();
        heard
    }

    /// Waits until so many were heard.
    pub fn wait_for(&self, count: usize) -> anyhow::Result<()> {
        let began = Instant::now();
        loop {
            let heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner).len();
            if heard >= count {
                return Ok(());
            }
            if began.elapsed() > PATIENCE {
                bail!("{heard} of {count} events have arrived after {} s", PATIENCE.as_secs());
            }
            thread::sleep(Duration::from_millis(5));
        }
    }
}

/// The latency that this share did not exceed, in milliseconds.
pub fn percentile_ms(sorted: &[i64], share: f64) -> f64 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of a length")]
    let index = (sorted.len().saturating_sub(1) as f64 * share).round() as usize;
    sorted.get(index).map_or(f64::NAN, |microseconds| *microseconds as f64 / 1000.0)
}

/// Takes request after request of a connection.
fn take(stream: &TcpStream, heard: &Mutex<Vec<i64>>) -> std::io::Result<()> {
    let (mut reader, mut writer) = (BufReader::new(stream), stream);
    let (mut line, mut length, mut body) = (String::new(), 0, Vec::new());
    while reader.read_line(&mut line)? > 0 {
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap_or(0);
        }
        if line == "\r\n" {
            body.resize(length, 0);
            reader.read_exact(&mut body)?;
            if let Some(took) = age(&body) {
                heard.lock().unwrap_or_else(PoisonError::into_inner).push(took);
            }
            writer.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")?;
        }
        line.clear();
    }
    Ok(())
}

/// From what a body tells to now; both by the clock of this machine.
fn age(body: &[u8]) -> Option<i64> {
    let text = std::str::from_utf8(body).ok()?;
    let (_, rest) = text.split_once(r#""timestamp":""#)?;
    let at: Timestamp = rest.split('"').next()?.parse().ok()?;
    Some(Timestamp::now().as_microsecond() - at.as_microsecond())
}

/// Customers that nobody has asked for yet hear of their calls there.
pub async fn subscribe(
    database_url: &str,
    vault: &Vault,
    customers: &[Customer],
    address: SocketAddr,
) -> anyhow::Result<()> {
    const SUBSCRIBE: &str = "
insert into webhook_endpoints (customer_id, id, url, events, sends_transcripts, state, state_since, secret,
       secret_last4, created_at, updated_at)
values ($1, 0, $2, '{call.completed}', true, 'enabled', now(), $3, 'AAA=', now(), now())";
    let mut connection = PgConnection::connect(database_url).await?;
    let secret = format!("whsec_{}", BASE64.encode(&[0; 32]));
    for customer in customers {
        let sealed = vault.seal_webhook_secret(CustomerId(customer.id), EndpointId(0), &secret);
        let subscribe =
            sqlx::query(SUBSCRIBE).bind(customer.id).bind(format!("http://{address}/")).bind(sealed);
        subscribe.execute(&mut connection).await.context("make an endpoint")?;
    }
    Ok(connection.close().await?)
}

/// Nothing waits to be delivered any more: what is measured next begins anew.
pub async fn forget(database_url: &str) -> anyhow::Result<()> {
    let mut connection = PgConnection::connect(database_url).await?;
    let forget = sqlx::query("delete from webhook_deliveries where status = 'pending'");
    forget.execute(&mut connection).await.context("forget what waits")?;
    Ok(connection.close().await?)
}
