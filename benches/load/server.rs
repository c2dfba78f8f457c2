//! The server that is measured: one that runs already, or one of ours with a database of ours.

use std::env;
use std::fs;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use actors::postgres::{Durability, PrivatePostgres};
use anyhow::{Context, bail};
use serde_json::Value;

use super::deliveries::Receivers;
use super::mail;
use super::options::Options;

/// Signs for all customers where the environment names no other key.
const RETELL_API_KEY: &str = "key_of_the_load_tester";
/// Seals their keys, likewise.
const SECRET_KEY: &str = "secret of the load tester";
/// Starting includes the migrations, stopping the end of every request.
const PATIENCE: Duration = Duration::from_secs(60);

/// Where everything is.
pub struct Stage {
    /// The server's public address.
    pub address: SocketAddr,
    /// Its operators' address.
    pub operators: Option<SocketAddr>,
    /// The database.
    pub database_url: String,
    /// Signs the requests.
    pub retell_api_key: String,
    /// Seals the customers' keys.
    pub secret_key: String,
    own: Option<Own>,
    /// Where our own server's mails go.
    mail: SocketAddr,
    /// Where our own server's events go.
    receivers: Receivers,
}

/// A server and a database of ours, which go with it.
struct Own {
    folder: PathBuf,
    postgres: Option<PrivatePostgres>,
    server: Option<Child>,
}

impl Stage {
    /// Finds the server that was named, or starts one.
    pub fn set(options: &Options) -> anyhow::Result<Self> {
        let key = |name: &str, default: &str| env::var(name).unwrap_or_else(|_| default.to_owned());
        let (mail, receivers) = (mail::start()?, Receivers::start()?);
        let retell_api_key = key("RETELL_API_KEY", RETELL_API_KEY);
        let secret_key = key("SECRET_KEY", SECRET_KEY);
        if let (Some(address), Some(database_url)) = (options.url, &options.database_url) {
            let (operators, database_url) = (options.operators_url, database_url.clone());
            return Ok(Self {
                address,
                operators,
                database_url,
                retell_api_key,
                secret_key,
                own: None,
                mail,
                receivers,
            });
        }
        let folder = env::temp_dir().join(format!("voice-load.{}", std::process::id()));
        // Its own user of the database, which therefore outlives a restart of the server.
        let postgres = PrivatePostgres::start(&folder, Durability::Durable).context("start a database")?;
        let database_url = postgres.url().to_owned();
        let own = Own { folder, postgres: Some(postgres), server: None };
        // Never asked: `restart` sets it before anybody can.
        let address = SocketAddr::from(([127, 0, 0, 1], 0));
        let mut stage = Self {
            address,
            operators: None,
            database_url,
            retell_api_key,
            secret_key,
            own: Some(own),
            mail,
            receivers,
        };
        stage.restart()?;
        Ok(stage)
    }

    /// A fresh process of our own server, so that its memory is that of a fresh process; a server
    /// that was named is left alone. Answers whether there is a fresh process.
    pub fn restart(&mut self) -> anyhow::Result<bool> {
        let Some(own) = &mut self.own else { return Ok(false) };
        own.stop_server()?;
        let mut server = Command::new(env!("CARGO_BIN_EXE_voice-server"))
            .arg("serve")
            .env("DATA_DIR", &own.folder)
            .env_remove("DATABASE_URL")
            .env_remove("PLATFORM_URL")
            .env("SMTP_HOST", "127.0.0.1")
            .env("SMTP_PORT", self.mail.port().to_string())
            .env("EGRESS_ALLOW", format!("{},{}", self.receivers.healthy, self.receivers.silent))
            .env("LISTEN", "127.0.0.1:0")
            .env("METRICS_LISTEN", "127.0.0.1:0")
            .env("RETELL_API_KEY", &self.retell_api_key)
            // Nobody, by RFC 2606: what is measured is none of Retell's business.
            .env("RETELL_API_BASE", "https://retell.invalid")
            .env("SECRET_KEY", &self.secret_key)
            .env("TENANT_REQUESTS_PER_SECOND", "1000000")
            .env("TENANT_REQUESTS_BURST", "1000000")
            .env("LOG_FORMAT", "json")
            .env("RUST_LOG", "info,sqlx::postgres::notice=warn")
            .stdin(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .context("start the server")?;
        let log = server.stderr.take().context("the server's log is piped")?;
        own.server = Some(server);
        let (found, addresses) = mpsc::channel();
        thread::spawn(move || follow(BufReader::new(log), &found));
        let Ok((address, operators)) = addresses.recv_timeout(PATIENCE) else {
            bail!("the server did not start to serve; its log is above");
        };
        (self.address, self.operators) = (address, Some(operators));
        Ok(true)
    }

    /// The systems of customers to which our own server may speak; one that was named may not.
    pub fn receivers(&self) -> Option<Receivers> {
        self.own.is_some().then(|| self.receivers.clone())
    }

    /// Memory of our own server that is in use, in bytes.
    pub fn resident_bytes(&self) -> Option<f64> {
        let server = self.own.as_ref()?.server.as_ref()?;
        let status = fs::read_to_string(format!("/proc/{}/status", server.id())).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
        let kibibytes: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
        Some(kibibytes * 1024.0)
    }

    /// Stops what is ours and removes it.
    pub fn strike(mut self) -> anyhow::Result<()> {
        let Some(mut own) = self.own.take() else { return Ok(()) };
        own.stop_server()?;
        if let Some(postgres) = own.postgres.take() {
            postgres.stop().context("stop the database")?;
        }
        fs::remove_dir_all(&own.folder).context("remove the database")
    }
}

/// Only reached with something left where a measurement failed.
impl Drop for Own {
    fn drop(&mut self) {
        if let Err(error) = self.stop_server() {
            eprintln!("load: {error:#}");
        }
        if let Some(postgres) = self.postgres.take() {
            if let Err(error) = postgres.stop() {
                eprintln!("load: stop the database: {error}");
            }
            let _ = fs::remove_dir_all(&self.folder);
        }
    }
}

impl Own {
    /// Stops the server as an operator would.
    fn stop_server(&mut self) -> anyhow::Result<()> {
        let Some(mut server) = self.server.take() else { return Ok(()) };
        let told = Command::new("kill").args(["-TERM", &server.id().to_string()]).status();
        told.context("tell the server to stop")?;
        let began = Instant::now();
        while began.elapsed() < PATIENCE {
            match server.try_wait().context("wait for the server")? {
                Some(status) if status.success() => return Ok(()),
                Some(status) => bail!("the server ended with {status}"),
                None => thread::sleep(Duration::from_millis(20)),
            }
        }
        server.kill().context("kill the server")?;
        server.wait().context("wait for the server")?;
        bail!("the server did not stop within {} s", PATIENCE.as_secs())
    }
}

/// Reads the server's log to its end: passes the addresses on, and shows warnings.
fn follow(log: impl BufRead, found: &mpsc::Sender<(SocketAddr, SocketAddr)>) {
    for line in log.lines().map_while(Result::ok) {
        let Ok(entry) = serde_json::from_str::<Value>(&line) else {
            eprintln!("server: {line}");
            continue;
        };
        let address = |name: &str| entry["fields"][name].as_str()?.parse().ok();
        if let (Some(address), Some(operators)) = (address("address"), address("operators_address")) {
            let _ = found.send((address, operators));
        }
        if entry["level"] != "INFO" {
            eprintln!("server: {line}");
        }
    }
}
