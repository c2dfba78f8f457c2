//! The real program in a process of its own, and the folder it lives in.
//!
//! Whatever happens, nothing is left running and nothing is left lying: a [`Server`] dies with its
//! value, a [`Home`] takes its database and its folder with it.

use std::collections::VecDeque;
use std::fs;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Child, ChildStderr, Command, Output, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use actors::postgres::{Durability, PrivatePostgres};
use serde_json::Value;

/// A start makes no database but the first.
const STARTED_WITHIN: Duration = Duration::from_secs(60);
const STOPPED_WITHIN: Duration = Duration::from_secs(30);
/// Lines of its log that are shown when it fails.
const LINES_SHOWN: usize = 40;
/// What a sound server never logs, however often it is killed.
const ALARMS: [&str; 2] = ["panicked", "the database refused an entry"];

/// A data folder, and the database in it.
pub struct Home(PathBuf);

/// The program, serving.
pub struct Server {
    child: Child,
    log: Log,
    pub address: SocketAddr,
    operators: SocketAddr,
}

/// What it says on standard error, read by a thread so that it never waits for us.
struct Log {
    said: Receiver<Said>,
    lines: Arc<Mutex<VecDeque<String>>>,
}

enum Said {
    Serving { address: SocketAddr, operators: SocketAddr },
    Alarm(String),
}

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
        last_line(&run(self.command().arg("audit").env("METRICS_LISTEN", server.operators.to_string())))
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
        let mut command = home.command();
        let command = command.arg("serve").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program starts");
        let log = Log::of(child.stderr.take().expect("its standard error"));
        let mut server = Self { child, log, address: ([0; 4], 0).into(), operators: ([0; 4], 0).into() };
        match server.log.said.recv_timeout(STARTED_WITHIN) {
            Ok(Said::Serving { address, operators }) => {
                (server.address, server.operators) = (address, operators);
                server
            }
            Ok(Said::Alarm(line)) => panic!("{line}\n{}", server.log.shown()),
            Err(error) => panic!("it does not serve: {error}\n{}", server.log.shown()),
        }
    }

    /// `kill -9`.
    pub fn kill(mut self) {
        self.child.kill().expect("a process of ours");
        self.child.wait().expect("its end");
        self.log.ends();
    }

    /// Told to stop, it does so in good order.
    pub fn stop(mut self) {
        let pid = self.child.id().to_string();
        let told = Command::new("kill").args(["-TERM", &pid]).status().expect("`kill` runs");
        assert!(told.success(), "kill -TERM {pid}");
        self.log.ends();
        let status = self.child.wait().expect("its end");
        assert!(status.success(), "{status}\n{}", self.log.shown());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if thread::panicking() {
            println!("the server's last words:\n{}", self.log.shown());
        }
    }
}

impl Log {
    fn of(stderr: ChildStderr) -> Self {
        let (say, said) = channel();
        let lines = Arc::new(Mutex::new(VecDeque::new()));
        let kept = Arc::clone(&lines);
        thread::spawn(move || read(stderr, &say, &kept));
        Self { said, lines }
    }

    /// Until it has said its last word, which nothing alarming may precede.
    fn ends(&self) {
        match self.said.recv_timeout(STOPPED_WITHIN) {
            Err(std::sync::mpsc::RecvTimeoutError::Disconnected) => {}
            Err(error) => panic!("it does not end: {error}\n{}", self.shown()),
            Ok(Said::Alarm(line)) => panic!("{line}\n{}", self.shown()),
            Ok(Said::Serving { .. }) => panic!("it says twice that it serves\n{}", self.shown()),
        }
    }

    fn shown(&self) -> String {
        Vec::from(self.lines.lock().expect("no panic under the lock").clone()).join("\n")
    }
}

fn read(stderr: ChildStderr, say: &Sender<Said>, kept: &Mutex<VecDeque<String>>) {
    for line in BufReader::new(stderr).lines().map_while(Result::ok) {
        if let Some(serving) = serving(&line) {
            let _ = say.send(serving);
        }
        if ALARMS.iter().any(|alarm| line.contains(alarm)) {
            let _ = say.send(Said::Alarm(line.clone()));
        }
        let mut kept = kept.lock().expect("no panic under the lock");
        if kept.len() == LINES_SHOWN {
            kept.pop_front();
        }
        kept.push_back(line);
    }
}

fn serving(line: &str) -> Option<Said> {
    let line: Value = serde_json::from_str(line).ok()?;
    let fields = line.get("fields").filter(|fields| fields["message"] == "serving")?;
    let address = |name: &str| fields[name].as_str()?.parse().ok();
    Some(Said::Serving { address: address("address")?, operators: address("operators_address")? })
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
