//! The real program, as a person or a service manager runs it.

use std::collections::HashMap;
use std::fs;
use std::io::{self, BufRead, BufReader, Read};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, mpsc};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use actors::postgres::{Durability, PrivatePostgres};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use voice_server::egress::plain_client;

use crate::harness::db::sibling;

pub const PROGRAM: &str = env!("CARGO_BIN_EXE_voice-server");
/// Lines of a server's log that are shown when its test fails.
const LINES_SHOWN: usize = 40;
pub const PATIENCE: Duration = Duration::from_secs(60);
/// Every table that a command could write to.
pub const EVERYTHING: &str = "
select format('%s customers, %s users, %s credentials, %s balances, %s entries, %s calls, %s admins',
       (select count(*) from customers), (select count(*) from users), (select count(*) from credentials),
       (select count(*) from balances), (select count(*) from transactions), (select count(*) from calls),
       (select count(*) from platform_users))";

/// A durable private PostgreSQL, which the program accepts; the harness's own is not.
pub struct Installation {
    pub data_dir: PathBuf,
    pub server: PrivatePostgres,
    /// A shell that ends the server with this process, however that ends: it reads from us.
    pub _leash: Child,
}

impl Installation {
    pub fn get() -> &'static Self {
        static INSTALLATION: OnceLock<Installation> = OnceLock::new();
        INSTALLATION.get_or_init(Self::start)
    }

    pub fn start() -> Self {
        let data_dir = std::env::temp_dir().join(format!("voice-commands-{}", std::process::id()));
        fs::create_dir(&data_dir).expect("a new folder");
        // Others may pass through: for root the server has another account.
        fs::set_permissions(&data_dir, fs::Permissions::from_mode(0o711)).expect("a folder of our own");
        let server = PrivatePostgres::start(&data_dir, Durability::Durable).expect("a private PostgreSQL");
        let pid_file = fs::read_to_string(data_dir.join("pg/data/postmaster.pid")).expect("a running server");
        let pid = pid_file.lines().next().expect("its first line");
        let wait_then_clean = r#"read -r _; kill -INT "$1"
            for _ in 1 2 3 4 5 6 7 8 9; do kill -0 "$1" 2>/dev/null || break; sleep 0.3; done; rm -rf "$2""#;
        let leash = Command::new("/bin/sh")
            .args(["-c", wait_then_clean, "sh", pid])
            .arg(&data_dir)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .expect("a shell");
        Self { data_dir, server, _leash: leash }
    }

    pub fn password(&self) -> &str {
        let (_, rest) = self.server.url().split_once("app:").expect("a URL with a password");
        rest.split_once('@').expect("a URL with a host").0
    }
}

/// An empty database and a data folder for one test, and the variables the program gets.
pub struct Place {
    pub url: String,
    pub variables: HashMap<&'static str, String>,
}

/// What a command said, and how it ended.
#[derive(Debug)]
pub struct Said {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Place {
    pub async fn empty() -> Self {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let installation = tokio::task::spawn_blocking(Installation::get).await.expect("a durable database");
        let name = format!("c{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        let server = installation.server.url();
        let mut connection = PgConnection::connect(server).await.expect("connect to the durable server");
        connection.execute(AssertSqlSafe(format!("create database {name}"))).await.expect("a database");
        let data_dir = installation.data_dir.join(&name);
        let mut place = Self { url: sibling(server, &name), variables: HashMap::new() };
        let url = place.url.clone();
        place.set("DATABASE_URL", &url).set("DATA_DIR", data_dir.to_str().expect("a readable path"));
        place.set("LISTEN", "127.0.0.1:0").set("METRICS_LISTEN", "127.0.0.1:0");
        place
    }

    /// The database that the program keeps itself. There is one: only one test may fill it.
    pub async fn private() -> Self {
        let mut place = Self::empty().await;
        let installation = Installation::get();
        place.variables.remove("DATABASE_URL");
        place.set("DATA_DIR", installation.data_dir.to_str().expect("a readable path"));
        place.url = installation.server.url().to_owned();
        place
    }

    pub fn set(&mut self, variable: &'static str, value: &str) -> &mut Self {
        self.variables.insert(variable, value.to_owned());
        self
    }

    /// The same place with one more variable.
    pub fn with(&self, variable: &'static str, value: &str) -> Self {
        let mut variables = self.variables.clone();
        variables.insert(variable, value.to_owned());
        Self { url: self.url.clone(), variables }
    }

    pub fn data_dir(&self) -> &Path {
        Path::new(&self.variables["DATA_DIR"])
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(PROGRAM);
        // Nothing of whoever runs the tests, but what it needs to find programs and files.
        command.env_clear().envs(&self.variables).env("NO_COLOR", "1");
        for inherited in ["PATH", "HOME", "TMPDIR", "PG_BINDIR"] {
            command.envs(std::env::var_os(inherited).map(|value| (inherited, value)));
        }
        command.args(arguments).stdin(Stdio::null());
        command
    }

    /// Runs a command to its end, which must come: a server that should have refused to start is stopped.
    pub fn run(&self, arguments: &[&str]) -> Said {
        let mut command = self.command(arguments);
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program runs");
        let mut child = Stopped(child);
        let read =
            |source: Box<dyn Read + Send>| thread::spawn(move || io::read_to_string(source).expect("a text"));
        let out = read(Box::new(child.0.stdout.take().expect("a pipe")));
        let err = read(Box::new(child.0.stderr.take().expect("a pipe")));
        let begun = Instant::now();
        let status = loop {
            if let Some(status) = child.0.try_wait().expect("its state") {
                break status;
            }
            assert!(begun.elapsed() < PATIENCE, "{arguments:?} still runs after {PATIENCE:?}");
            thread::sleep(Duration::from_millis(5));
        };
        let said = |reader: JoinHandle<String>| reader.join().expect("no panic");
        Said { code: status.code(), out: said(out), err: said(err) }
    }

    pub async fn sql(&self) -> PgConnection {
        PgConnection::connect(&self.url).await.expect("connect to the test's database")
    }

    pub async fn holds(&self) -> String {
        sqlx::query_scalar(EVERYTHING).fetch_one(&mut self.sql().await).await.expect("the tables are there")
    }
}

impl Said {
    #[track_caller]
    pub fn succeeded(self) -> Self {
        assert_eq!(self.code, Some(0), "{self:?}");
        self
    }

    /// Ended with 1 and a sentence that has all these words in it.
    #[track_caller]
    pub fn failed_saying(self, words: &[&str]) -> Self {
        assert_eq!((self.code, self.out.as_str()), (Some(1), ""), "{self:?}");
        let sentence = self.err.lines().rfind(|line| line.starts_with("voice-server: ")).unwrap_or_default();
        for word in words {
            assert!(sentence.contains(word), "no {word:?} in {self:?}");
        }
        assert!(!self.err.contains("panicked"), "{self:?}");
        self
    }

    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|_| panic!("no JSON: {self:?}"))
    }
}

/// A process that does not outlive its test.
pub struct Stopped(pub Child);

impl Drop for Stopped {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A running `serve`. It ends with the test.
pub struct Serving {
    pub child: Stopped,
    pub address: String,
    pub operators_address: String,
    pub said: Arc<Mutex<String>>,
    pub readers: Vec<JoinHandle<()>>,
}

impl Serving {
    pub fn start(place: &Place) -> Self {
        Self::run(&mut place.with("LOG_FORMAT", "json").command(&["serve"]))
    }

    /// After this it serves; it must log as JSON.
    pub fn run(command: &mut Command) -> Self {
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program runs");
        let nowhere = String::new();
        let mut serving = Self {
            child: Stopped(child),
            address: nowhere.clone(),
            operators_address: nowhere,
            said: Arc::default(),
            readers: Vec::new(),
        };
        let heard = serving.listen();
        loop {
            let line = heard.recv_timeout(PATIENCE).unwrap_or_else(|_| {
                panic!("it does not serve:\n{}", serving.said.lock().expect("no panic under the lock"))
            });
            let line: Value = serde_json::from_str(&line).unwrap_or_default();
            let field = |name: &str| line["fields"][name].as_str().unwrap_or_default().to_owned();
            if field("message") == "serving" {
                (serving.address, serving.operators_address) = (field("address"), field("operators_address"));
                return serving;
            }
        }
    }

    /// Every line it says, kept and handed on.
    pub fn listen(&mut self) -> mpsc::Receiver<String> {
        let (lines, heard) = mpsc::channel();
        let (out, err) =
            (self.child.0.stdout.take().expect("a pipe"), self.child.0.stderr.take().expect("a pipe"));
        for source in [Box::new(out) as Box<dyn Read + Send>, Box::new(err)] {
            let (said, lines) = (Arc::clone(&self.said), lines.clone());
            self.readers.push(thread::spawn(move || {
                for line in BufReader::new(source).lines().map_while(Result::ok) {
                    said.lock().expect("no panic under the lock").push_str(&format!("{line}\n"));
                    let _ = lines.send(line);
                }
            }));
        }
        heard
    }

    pub fn tell_to_stop(&self) {
        // It may have ended already, but nobody else can have its number before `wait`.
        let told = Command::new("kill").args(["-TERM", &self.child.0.id().to_string()]).status();
        assert!(told.expect("`kill` runs").success());
    }

    /// Tells it to stop, and answers how it ended and all that it ever said.
    pub fn stop(mut self) -> (Option<i32>, String) {
        self.tell_to_stop();
        self.end()
    }

    /// `kill -9`; answers the same.
    pub fn kill(mut self) -> (Option<i32>, String) {
        self.child.0.kill().expect("a process of ours");
        self.end()
    }

    fn end(&mut self) -> (Option<i32>, String) {
        let ended = self.child.0.wait().expect("it ends");
        self.readers.drain(..).for_each(|reader| reader.join().expect("no panic"));
        let said = self.said.lock().expect("no panic under the lock").clone();
        (ended.code(), said)
    }
}

/// Until it has logged this.
pub fn wait_for(serving: &Serving, words: &str) {
    let begun = Instant::now();
    while !serving.said.lock().expect("no panic under the lock").contains(words) {
        assert!(begun.elapsed() < PATIENCE, "it never says {words:?}");
        thread::sleep(Duration::from_millis(5));
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        if thread::panicking() {
            let said = self.said.lock().map(|said| said.clone()).unwrap_or_default();
            let lines: Vec<&str> = said.lines().rev().take(LINES_SHOWN).collect();
            println!("the server's last words, the last first:\n{}", lines.join("\n"));
        }
    }
}

pub fn client() -> reqwest::Client {
    plain_client().build().expect("a client")
}

/// The session of the admin `ada@example.com`, by a link from the command line.
pub async fn sign_in(place: &Place, serving: &Serving) -> String {
    let there = place.with("PLATFORM_URL", &format!("http://{}", serving.address));
    let said = there.run(&["login-link", "ada@example.com"]).succeeded().out;
    let url = said.split_whitespace().next().expect("a link").to_owned();
    let answer = client().post(url).json(&json!({})).send().await.expect("an answer");
    let cookie = answer.headers()["set-cookie"].to_str().expect("a cookie");
    cookie.split(';').next().expect("its value").to_owned()
}
