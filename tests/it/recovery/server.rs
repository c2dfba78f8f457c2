//! The real program in a process of its own, and the folder it lives in.
//!
//! Whatever happens, nothing is left running and nothing is left lying: a [`Server`] dies with its
//! value, a [`Home`] takes its database and its folder with it.

use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use actors::postgres::{Durability, PrivatePostgres};
use serde_json::Value;

use crate::harness::program::Serving;

/// What a sound server never logs, however often it is killed.
const ALARMS: [&str; 2] = ["panicked", "the database refused an entry"];

/// A data folder, and the database in it.
pub struct Home(PathBuf);

/// The program, serving; it ends with its value.
pub struct Server(Serving);

impl Home {
    pub fn new() -> Self {
        let path = std::env::temp_dir().join(format!("voice-recovery-{}", std::process::id()));
        fs::create_dir(&path).expect("a new folder");
        // For root the database has another account, which must pass through.
        fs::set_permissions(&path, fs::Permissions::from_mode(0o711)).expect("a folder of our own");
        Self(path)
    }

    /// Registers a customer with a balance, and answers its key.
    pub fn create_customer(&self, number: usize) -> String {
        let email = format!("customer-{number}@example.com");
        let args = ["customer", "create", "--json", "--name", "Ada", "--email", &email, "--credit", "1000"];
        let output = run(self.command().args(args));
        let handover: Value = serde_json::from_slice(&output.stdout).expect("what is handed over");
        handover["api_key"].as_str().expect("a key").to_owned()
    }

    /// What `audit` says last, with the memory of a running server.
    pub fn audit(&self, server: &Server) -> String {
        last_line(&run(self.command().arg("audit").env("METRICS_LISTEN", &server.0.operators_address)))
    }

    /// The same when nothing runs.
    pub fn audit_offline(&self) -> String {
        last_line(&run(self.command().arg("audit")))
    }

    /// The database alone; it stays until this home goes.
    pub fn open_database(&self) -> PrivatePostgres {
        PrivatePostgres::start(&self.0, Durability::Durable).expect("the database of the server")
    }

    /// The program with its settings and none of ours.
    fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_voice-server"));
        for ours in ["DATABASE_URL", "RETELL_API_KEY", "PLATFORM_URL", "SECRET_KEY_OLD"] {
            command.env_remove(ours);
        }
        command
            .env("DATA_DIR", &self.0)
            .env("SECRET_KEY", "a key for tests")
            // A port for each start: one that was fixed could be somebody else's by then.
            .env("LISTEN", "127.0.0.1:0")
            .env("METRICS_LISTEN", "127.0.0.1:0")
            .env("TENANT_REQUESTS_PER_SECOND", "1000000")
            .env("TENANT_REQUESTS_BURST", "1000000")
            .env("LOG_FORMAT", "json")
            .env("RUST_LOG", "info");
        command
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        // A killed start may have left a database that is still starting: adopting waits for it.
        if self.0.join("pg/data/postmaster.pid").exists() {
            let stopped =
                PrivatePostgres::start(&self.0, Durability::Durable).and_then(PrivatePostgres::stop);
            if let Err(error) = stopped {
                println!("the database in {} may still run: {error}", self.0.display());
            }
        }
        let _ = fs::remove_dir_all(&self.0);
    }
}

impl Server {
    /// After this it serves.
    pub fn start(home: &Home) -> Self {
        Self(Serving::run(home.command().arg("serve").stdin(Stdio::null())))
    }

    pub fn address(&self) -> SocketAddr {
        self.0.address.parse().expect("an address")
    }

    /// `kill -9`.
    pub fn kill(self) {
        let (_, said) = self.0.kill();
        no_alarm(&said);
    }

    /// Told to stop, it does so in good order.
    pub fn stop(self) {
        let (code, said) = self.0.stop();
        no_alarm(&said);
        assert_eq!(code, Some(0), "{said}");
    }
}

fn no_alarm(said: &str) {
    let alarming = said.lines().find(|line| ALARMS.iter().any(|alarm| line.contains(alarm)));
    assert_eq!(alarming, None);
}

fn run(command: &mut Command) -> Output {
    let output = command.stdin(Stdio::null()).output().expect("the program runs");
    let said = [&output.stdout, &output.stderr].map(|said| String::from_utf8_lossy(said).into_owned());
    assert!(output.status.success(), "{}\n{}", output.status, said.join("\n"));
    output
}

fn last_line(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).lines().last().unwrap_or_default().to_owned()
}
