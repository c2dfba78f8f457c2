//! The command line, by the real program: what it says, what it refuses, how it ends.

use std::collections::HashMap;
use std::fs;
use std::io::{self, BufRead, BufReader, Read};
use std::net::TcpStream;
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
use sha2::{Digest, Sha256};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

use crate::harness::db::{self, sibling};
use crate::harness::retell::flat;

const PROGRAM: &str = env!("CARGO_BIN_EXE_voice-server");
const PATIENCE: Duration = Duration::from_secs(60);
/// Every table that a command could write to.
const EVERYTHING: &str = "
select format('%s customers, %s users, %s credentials, %s balances, %s entries, %s calls, %s admins',
       (select count(*) from customers), (select count(*) from users), (select count(*) from credentials),
       (select count(*) from balances), (select count(*) from transactions), (select count(*) from calls),
       (select count(*) from platform_users))";

/// A durable private PostgreSQL, which the program accepts; the harness's own is not.
struct Installation {
    data_dir: PathBuf,
    server: PrivatePostgres,
    /// A shell that ends the server with this process, however that ends: it reads from us.
    _leash: Child,
}

impl Installation {
    fn get() -> &'static Self {
        static INSTALLATION: OnceLock<Installation> = OnceLock::new();
        INSTALLATION.get_or_init(Self::start)
    }

    fn start() -> Self {
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

    fn password(&self) -> &str {
        let (_, rest) = self.server.url().split_once("app:").expect("a URL with a password");
        rest.split_once('@').expect("a URL with a host").0
    }
}

/// An empty database and a data folder for one test, and the variables the program gets.
struct Place {
    url: String,
    variables: HashMap<&'static str, String>,
}

/// What a command said, and how it ended.
#[derive(Debug)]
struct Said {
    code: Option<i32>,
    out: String,
    err: String,
}

impl Place {
    async fn empty() -> Self {
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
    async fn private() -> Self {
        let mut place = Self::empty().await;
        let installation = Installation::get();
        place.variables.remove("DATABASE_URL");
        place.set("DATA_DIR", installation.data_dir.to_str().expect("a readable path"));
        place.url = installation.server.url().to_owned();
        place
    }

    fn set(&mut self, variable: &'static str, value: &str) -> &mut Self {
        self.variables.insert(variable, value.to_owned());
        self
    }

    /// The same place with one more variable.
    fn with(&self, variable: &'static str, value: &str) -> Self {
        let mut variables = self.variables.clone();
        variables.insert(variable, value.to_owned());
        Self { url: self.url.clone(), variables }
    }

    fn data_dir(&self) -> &Path {
        Path::new(&self.variables["DATA_DIR"])
    }

    fn command(&self, arguments: &[&str]) -> Command {
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
    fn run(&self, arguments: &[&str]) -> Said {
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

    async fn sql(&self) -> PgConnection {
        PgConnection::connect(&self.url).await.expect("connect to the test's database")
    }

    async fn holds(&self) -> String {
        sqlx::query_scalar(EVERYTHING).fetch_one(&mut self.sql().await).await.expect("the tables are there")
    }
}

impl Said {
    #[track_caller]
    fn succeeded(self) -> Self {
        assert_eq!(self.code, Some(0), "{self:?}");
        self
    }

    /// Ended with 1 and a sentence that has all these words in it.
    #[track_caller]
    fn failed_saying(self, words: &[&str]) -> Self {
        assert_eq!((self.code, self.out.as_str()), (Some(1), ""), "{self:?}");
        let sentence = self.err.lines().rfind(|line| line.starts_with("voice-server: ")).unwrap_or_default();
        for word in words {
            assert!(sentence.contains(word), "no {word:?} in {self:?}");
        }
        assert!(!self.err.contains("panicked"), "{self:?}");
        self
    }

    #[track_caller]
    fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|_| panic!("no JSON: {self:?}"))
    }
}

/// A process that does not outlive its test.
struct Stopped(Child);

impl Drop for Stopped {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A running `serve`. It ends with the test.
struct Serving {
    child: Stopped,
    address: String,
    operators_address: String,
    said: Arc<Mutex<String>>,
    readers: Vec<JoinHandle<()>>,
}

impl Serving {
    fn start(place: &Place) -> Self {
        let mut command = place.with("LOG_FORMAT", "json").command(&["serve"]);
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
    fn listen(&mut self) -> mpsc::Receiver<String> {
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

    fn tell_to_stop(&self) {
        // It may have ended already, but nobody else can have its number before `wait`.
        let told = Command::new("kill").args(["-TERM", &self.child.0.id().to_string()]).status();
        assert!(told.expect("`kill` runs").success());
    }

    /// Tells it to stop, and answers how it ended and all that it ever said.
    fn stop(mut self) -> (Option<i32>, String) {
        self.tell_to_stop();
        let ended = self.child.0.wait().expect("it ends");
        self.readers.drain(..).for_each(|reader| reader.join().expect("no panic"));
        let said = self.said.lock().expect("no panic under the lock").clone();
        (ended.code(), said)
    }
}

fn client() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().build().expect("a client")
}

#[tokio::test(flavor = "multi_thread")]
async fn migrate_makes_the_tables_once() {
    let place = Place::empty().await;
    let applied = async || -> Vec<(i64, String)> {
        let sql = "select version, installed_on::text from _sqlx_migrations order by version";
        sqlx::query_as(sql).fetch_all(&mut place.sql().await).await.expect("the migrations")
    };
    assert_eq!(place.run(&["migrate"]).succeeded().out, "the database has this version's tables\n");
    let first = applied().await;
    assert!(!first.is_empty());
    place.run(&["migrate"]).succeeded();
    assert_eq!(applied().await, first);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_super_admin_is_made_once_whatever_the_spelling() {
    let place = Place::empty().await;
    let made = place.run(&["admin", "create", " Boss@Example.com "]).succeeded();
    assert_eq!(made.out, "boss@example.com is a super admin\n");
    let again = place.run(&["admin", "create", "boss@example.com"]).succeeded();
    assert_eq!(again.out, "boss@example.com was a super admin already\n");
    for nonsense in ["nonsense", "", "a@b", "a b@example.com", "a@example.com\nbcc: b@example.com"] {
        place.run(&["admin", "create", nonsense]).failed_saying(&["is not an e-mail address"]);
    }
    assert_eq!(
        place.holds().await,
        "0 customers, 0 users, 0 credentials, 0 balances, 0 entries, 0 calls, 1 admins"
    );
    // Nobody gave a key to seal secrets with: it was made, and is its owner's alone to read.
    let kept = fs::metadata(place.data_dir().join("secret_key")).expect("a kept key");
    assert_eq!(kept.permissions().mode() & 0o777, 0o600);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_is_created_with_a_credit_and_everything_its_workspace_needs() {
    let place = Place::empty().await.with("PLATFORM_URL", "http://voice.example.com/");
    let ada = [
        "customer",
        "create",
        "--name",
        " Ada ",
        "--company",
        "Lovelace & Daughters",
        "--email",
        "Ada@Example.com",
    ];
    let all = [
        &ada[..],
        &["--phone", "+1 (555) 010-0123", "--timezone", "Europe/Madrid", "--credit", "50", "--json"],
    ];
    let handover = place.run(&all.concat()).succeeded().json();
    let key = handover["api_key"].as_str().expect("a key");
    let base = "http://voice.example.com/api/v1";
    let expected = json!({
        "customer_id": 1, "name": " Ada ", "company": "Lovelace & Daughters", "api_key": key,
        "webhook_url": format!("{base}/webhook/retell/{key}"),
        "inbound_url": format!("{base}/webhook/retell/{key}/inbound"),
        "availability_url": format!("{base}/function/availability/{key}"),
        "book_url": format!("{base}/function/book/{key}"),
        "lookup_url": format!("{base}/function/lookup/{key}"),
    });
    assert_eq!(handover, expected);
    let stored: (String, String, Option<String>, String, String, Vec<u8>) = sqlx::query_as(
        "select c.name, c.email, c.phone, c.timezone, b.current_balance::text, k.digest
           from customers c join balances b on b.customer_id = c.id join credentials k on k.customer_id = c.id",
    )
    .fetch_one(&mut place.sql().await)
    .await
    .expect("one customer");
    let (name, email, zone) = ("Ada".to_owned(), "ada@example.com".to_owned(), "Europe/Madrid".to_owned());
    let digest = Sha256::digest(key.as_bytes()).to_vec();
    assert_eq!(stored, (name, email, Some("+15550100123".to_owned()), zone, "50.0000".to_owned(), digest));
    let admin: (String, String) =
        sqlx::query_as("select email, role from users").fetch_one(&mut place.sql().await).await.unwrap();
    assert_eq!(admin, ("ada@example.com".to_owned(), "admin".to_owned()));

    let text =
        place.run(&["customer", "create", "--name", "Ben", "--email", "ben@example.com"]).succeeded().out;
    for named in ["webhook", "inbound", "availability", "book", "lookup"] {
        let is_url =
            |line: &str| line.starts_with(named) && line.contains(" http://voice.example.com/api/v1/");
        assert!(text.lines().any(is_url), "no URL of {named} in {text}");
    }
    assert_eq!(
        place.holds().await,
        "2 customers, 2 users, 2 credentials, 2 balances, 1 entries, 0 calls, 0 admins"
    );
    assert_eq!(
        place.run(&["audit"]).succeeded().out.lines().last(),
        Some("2 customers, no server at 127.0.0.1:0, so no memory compared, 0 findings")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_with_a_mistake_in_it_is_refused_whole() {
    let place = Place::empty().await;
    let create = ["customer", "create", "--name", "Ada", "--email", "ada@example.com"];
    place.run(&create).succeeded();
    let before = place.holds().await;
    let wrong: [(&[&str], &str); 14] = [
        (&["--name", "Eve", "--email", "ada@example.com"], "a customer with this e-mail address exists"),
        (
            &["--name", "Eve", "--email", "ADA@example.com", "--credit", "50"],
            "a customer with this e-mail address exists",
        ),
        (&["--name", "Eve", "--email", "eve"], "not an e-mail address"),
        (&["--name", "Eve", "--email", ""], "not an e-mail address"),
        (&["--name", "Eve", "--email", "eve@example.com\r\nbcc: x@example.com"], "not an e-mail address"),
        (&["--name", " ", "--email", "eve@example.com"], "a name is needed"),
        (&["--name", "Eve", "--email", "eve@example.com", "--timezone", "Mars/Phobos"], "Mars/Phobos"),
        (&["--name", "Eve", "--email", "eve@example.com", "--credit", "fifty"], "--credit"),
        (&["--name", "Eve", "--email", "eve@example.com", "--credit", ""], "--credit"),
        (&["--name", "Eve", "--email", "eve@example.com", "--credit", "0"], "--credit"),
        (&["--name", "Eve", "--email", "eve@example.com", "--credit=-5"], "--credit"),
        (&["--name", "Eve", "--email", "eve@example.com", "--credit", "0.00001"], "--credit"),
        (&["--name", "Eve", "--email", "eve@example.com", "--credit", "NaN"], "--credit"),
        (&["--name", "Eve", "--email", "eve@example.com", "--credit", "10000000000"], "--credit"),
    ];
    for (arguments, why) in wrong {
        place.run(&[&["customer", "create", "--json"], arguments].concat()).failed_saying(&[why]);
        assert_eq!(place.holds().await, before, "{arguments:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_demo_is_made_once_in_an_empty_database_that_is_nobodys() {
    let place = Place::empty().await;
    let public =
        place.with("PLATFORM_URL", "https://voice.example.com").with("SECRET_KEY", "a key for tests");
    public.run(&["demo", "--json"]).failed_saying(&["demo", "https"]);
    assert_eq!(
        place.holds().await,
        "0 customers, 0 users, 0 credentials, 0 balances, 0 entries, 0 calls, 0 admins"
    );

    let first = place.run(&["demo", "--json"]).succeeded();
    let made = place.holds().await;
    assert!(
        made.starts_with("1 customers, 1 users, 1 credentials, 1 balances, ") && made.contains(", 5 calls, "),
        "{made}"
    );
    let again = place.run(&["demo", "--json"]).succeeded();
    assert_eq!(first.out, again.out);
    assert!(first.json()["webhook_url"].as_str().unwrap().starts_with("http://127.0.0.1:"));
    assert_eq!(place.holds().await, made);
    public.run(&["demo", "--json"]).failed_saying(&["https"]);
    assert!(place.run(&["audit"]).succeeded().out.ends_with(", 0 findings\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_with_customers_gets_no_demo() {
    let place = Place::empty().await;
    place.run(&["customer", "create", "--name", "Ada", "--email", "ada@example.com"]).succeeded();
    let before = place.holds().await;
    let refused = place.run(&["demo", "--json"]);
    assert_eq!((refused.code, refused.out.as_str()), (Some(3), ""), "{refused:?}");
    assert!(refused.err.contains("this database has customers"), "{refused:?}");
    assert_eq!(place.holds().await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_audit_names_a_forged_balance_and_a_forged_entry() {
    let place = Place::empty().await;
    place.run(&["demo"]).succeeded();
    place.run(&["audit"]).succeeded();
    let forge = async |sql: &'static str| place.sql().await.execute(sql).await.expect("the owner may forge");
    forge("update balances set current_balance = current_balance + 1000").await;
    let found = place.run(&["audit"]);
    assert_eq!(found.code, Some(1), "{found:?}");
    let row = found.out.lines().next().unwrap_or_default();
    assert!(row.starts_with("customer 1: the balance is 10"), "{found:?}");
    assert!(found.out.ends_with(", 1 findings\n"), "{found:?}");

    forge("update balances set current_balance = current_balance - 1000").await;
    place.run(&["audit"]).succeeded();
    forge("update transactions set reference = reference || '!' where seq = 2").await;
    let found = place.run(&["audit"]);
    assert_eq!(found.code, Some(1), "{found:?}");
    assert!(found.out.starts_with("customer 1: txn_2: its hash does not cover what it says\n"), "{found:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_may_lose_what_was_acknowledged_is_refused_before_it_is_touched() {
    let disposable = db::fresh().await;
    let mut place = Place::empty().await;
    let durable = place.url.clone();
    let empty = "create database of_the_commands";
    disposable.connect().await.execute(empty).await.expect("an empty database");
    place.url = sibling(disposable.url(), "of_the_commands");
    let url = place.url.clone();
    place.set("DATABASE_URL", &url);
    let password = url.split(['@', ':']).nth(2).expect("a password").to_owned();
    for command in
        [&["serve"][..], &["migrate"], &["demo"], &["audit"], &["admin", "create", "a@example.com"]]
    {
        let refused = place.run(command).failed_saying(&["fsync = off", "alter system set fsync = on"]);
        assert!(!refused.err.contains(&password), "{refused:?}");
    }
    // The other way to lose commits, on a server that is all right otherwise.
    let off = format!("alter database {} set synchronous_commit = off", durable.rsplit_once('/').unwrap().1);
    PgConnection::connect(&durable).await.unwrap().execute(AssertSqlSafe(off)).await.expect("the owner may");
    place.with("DATABASE_URL", &durable).run(&["serve"]).failed_saying(&["synchronous_commit = off"]);
    for url in [&url, &durable] {
        let sql = "select count(*) from information_schema.tables where table_schema = 'public'";
        let tables: i64 =
            sqlx::query_scalar(sql).fetch_one(&mut PgConnection::connect(url).await.unwrap()).await.unwrap();
        assert_eq!(tables, 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_cannot_be_reached_is_named_without_its_password() {
    let place = Place::empty().await.with("RUST_LOG", "debug");
    let unknown = format!("{}/of_nobody", place.url.rsplit_once('/').unwrap().0);
    let wrong = place.url.replace(Installation::get().password(), "sekret");
    for url in [
        "postgres://app:sekret@127.0.0.1:1/postgres",
        "postgres://app:sekret@127.0.0.1:port/postgres",
        "postgres://app:sekret@[::1/postgres",
        "postgres://app:sek%ret@127.0.0.1:1/postgres",
        "sekret",
        &unknown,
        &wrong,
    ] {
        let refused = place.with("DATABASE_URL", url).run(&["serve"]).failed_saying(&["database"]);
        assert!(!refused.err.contains("sekret") && !refused.err.contains("sek%ret"), "{refused:?}");
        assert!(!refused.err.contains(Installation::get().password()), "{refused:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_public_platform_does_not_start_without_a_key_of_its_own() {
    let place = Place::empty().await.with("PLATFORM_URL", "https://voice.example.com");
    for command in [
        &["serve"][..],
        &["admin", "create", "boss@example.com"],
        &["customer", "create", "--name", "A", "--email", "a@example.com"],
    ] {
        place.run(command).failed_saying(&["SECRET_KEY", "openssl rand -hex 32"]);
    }
    assert_eq!(
        place.holds().await,
        "0 customers, 0 users, 0 credentials, 0 balances, 0 entries, 0 calls, 0 admins"
    );
    assert!(!place.data_dir().join("secret_key").exists(), "none was made up silently");
    place.with("SECRET_KEY", "a key for tests").run(&["admin", "create", "boss@example.com"]).succeeded();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_secret_is_no_secret() {
    let place = Place::empty().await.with("PLATFORM_URL", "https://voice.example.com");
    for nothing in ["", " "] {
        let place = place.with("SECRET_KEY", nothing);
        place.run(&["admin", "create", "boss@example.com"]).failed_saying(&["SECRET_KEY"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_variable_is_as_good_as_none() {
    // Compose files and build servers pass on what nobody has set.
    let mut place = Place::private().await;
    for variable in
        ["DATABASE_URL", "SECRET_KEY_OLD", "PLATFORM_URL", "RETELL_API_KEY", "TRUSTED_PROXIES", "LISTEN"]
    {
        place.set(variable, "");
    }
    place.set("SECRET_KEY", "a key for tests");
    place.run(&["migrate"]).succeeded();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_platform_is_public_however_the_scheme_of_its_url_is_spelt() {
    let place = Place::empty().await;
    for url in ["HTTPS://voice.example.com", "Https://voice.example.com", " https://voice.example.com"] {
        place
            .with("PLATFORM_URL", url)
            .run(&["admin", "create", "boss@example.com"])
            .failed_saying(&["SECRET_KEY"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_under_way_when_serve_is_told_to_stop_gets_its_answer() {
    let mut place = Place::empty().await;
    let serving = Serving::start(&place);
    place.set("PLATFORM_URL", &format!("http://{}", serving.address));
    let create =
        ["customer", "create", "--name", "Ada", "--email", "ada@example.com", "--credit", "50", "--json"];
    let url = place.run(&create).succeeded().json()["webhook_url"].as_str().expect("a URL").to_owned();
    // Loaded, so that only the commit is missing.
    assert_eq!(
        client().post(&url).body(flat("c1", 60).to_string()).send().await.unwrap().status().as_u16(),
        200
    );
    let (mut holder, mut watcher) = (place.sql().await, place.sql().await);
    holder.execute("begin; lock table calls in share mode").await.expect("the owner may");
    let request = client().post(&url).body(flat("c2", 60).to_string()).send();
    let request = tokio::spawn(request);
    let begun = Instant::now();
    let is_waiting =
        "select exists (select from pg_locks where not granted and relation = 'calls'::regclass)";
    while !sqlx::query_scalar::<_, bool>(is_waiting).fetch_one(&mut watcher).await.expect("the locks") {
        assert!(begun.elapsed() < PATIENCE, "after {PATIENCE:?} the call is still not being written");
    }
    serving.tell_to_stop();
    while TcpStream::connect(&serving.address).is_ok() {
        assert!(begun.elapsed() < PATIENCE, "after {PATIENCE:?} the server still lets people in");
    }
    holder.execute("rollback").await.expect("the end of a transaction");
    let answer = request.await.expect("no panic").expect("an answer");
    assert_eq!(answer.status().as_u16(), 200);
    assert_eq!(serving.stop().0, Some(0));
    assert_eq!(
        place.holds().await,
        "1 customers, 1 users, 1 credentials, 1 balances, 3 entries, 2 calls, 0 admins"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_work_beside_a_running_server_and_no_secret_is_ever_said() {
    const SECRET_KEY: &str = "a key that nobody may read in any log";
    let mut place = Place::private().await;
    place.set("SECRET_KEY", SECRET_KEY).set("RUST_LOG", "debug");
    let serving = Serving::start(&place);
    place.set("PLATFORM_URL", &format!("http://{}", serving.address));
    place.set("METRICS_LISTEN", &serving.operators_address.clone());

    place.run(&["migrate"]).succeeded();
    place.run(&["admin", "create", "boss@example.com"]).succeeded();
    let create =
        ["customer", "create", "--name", "Ada", "--email", "ada@example.com", "--credit", "50", "--json"];
    let created = place.run(&create).succeeded();
    let handover = created.json();
    let key = handover["api_key"].as_str().unwrap().to_owned();
    let url = |name: &str| handover[name].as_str().unwrap().to_owned();
    assert_eq!(place.run(&["demo"]).code, Some(3));

    // Good requests and bad ones.
    let http = client();
    let post =
        async |url: String, body: String| http.post(url).body(body).send().await.unwrap().status().as_u16();
    assert_eq!(post(url("webhook_url"), flat("c1", 300).to_string()).await, 200);
    let day = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date();
    let monday = day.nth_weekday(2, jiff::civil::Weekday::Monday).unwrap().to_string();
    let wish = json!({"date": monday, "time": "10:00", "caller_name": "Ben", "caller_phone": "+15550100123"});
    let book = http.post(url("book_url")).body(wish.to_string()).send().await.unwrap();
    assert_eq!(book.json::<Value>().await.unwrap()["success"], json!(true));
    for (name, body, status) in [
        ("availability_url", "{}".to_owned(), 200),
        ("lookup_url", json!({"caller_phone": "+15550100123"}).to_string(), 200),
        ("inbound_url", json!({"from_number": "+15550100123"}).to_string(), 200),
        ("webhook_url", "no json".to_owned(), 400),
        ("webhook_url", flat("", 60).to_string(), 400),
        ("book_url", "no json".to_owned(), 200),
        ("webhook_url", " ".repeat((10 << 20) + 1), 413),
    ] {
        // What does not fit is cut off while it is being sent, which clients may see as an error.
        let sent = http.post(url(name)).body(body).send().await.map(|answer| answer.status().as_u16());
        assert_eq!(sent.unwrap_or(413), status, "{name}");
    }
    for strange in [format!("{}x", url("webhook_url")), format!("{}/no/route?{key}", url("webhook_url"))] {
        assert_eq!(post(strange, String::new()).await, 404);
    }
    assert_eq!(http.get(url("book_url")).send().await.unwrap().status().as_u16(), 405);

    let audit = place.run(&["audit"]).succeeded();
    assert!(audit.out.ends_with("1 in memory compared, 0 findings\n"), "{audit:?}");
    // Behind memory's back.
    let forge = "delete from transactions where category = 'call'";
    place.sql().await.execute(forge).await.expect("the owner may forge");
    let found = place.run(&["audit"]);
    assert_eq!(found.code, Some(1));
    assert!(found.out.contains("memory has a balance of 45.0000 after txn_2"), "{found:?}");

    // A second server cannot have the same addresses, and says what to set.
    let (address, operators_address) = (serving.address.clone(), serving.operators_address.clone());
    let taken = place.with("METRICS_LISTEN", "127.0.0.1:0").with("LISTEN", &address).run(&["serve"]);
    taken.failed_saying(&[&address, "Set LISTEN to another address"]);
    let taken = place.with("METRICS_LISTEN", &operators_address).run(&["serve"]);
    taken.failed_saying(&[&operators_address, "Set METRICS_LISTEN to another address"]);

    let (code, said) = serving.stop();
    assert_eq!(code, Some(0), "{said}");
    assert!(
        said.trim_end()
            .lines()
            .any(|line| line.contains("stopped; everything acknowledged is in the database")),
        "{said}"
    );
    assert!(
        said.contains("\"answered\"") && said.contains("insert into calls"),
        "this is all it can say: {said}"
    );
    let password = Installation::get().password();
    let private = ["5550100", "example.com", "Ben", "Agent: Hello", "agent_1", "no json"];
    for secret in [key.as_str(), &key[key.len() - 20..], SECRET_KEY, password].into_iter().chain(private) {
        let line = said.lines().find(|line| line.contains(secret)).unwrap_or_default();
        assert_eq!(line, "", "serve says {secret:?}");
        for output in [&audit.err, &found.err, &created.err] {
            let line = output.lines().find(|line| line.contains(secret)).unwrap_or_default();
            assert_eq!(line, "", "a command logs {secret:?}");
        }
    }
    let log = fs::read_to_string(place.data_dir().join("pg/postgres.log")).expect("the database's log");
    assert!(
        !log.contains(&key) && !log.contains(SECRET_KEY) && !log.contains(password),
        "the database logs a secret"
    );

    // What was acknowledged is there at the next start.
    let serving = Serving::start(&place.with("METRICS_LISTEN", "127.0.0.1:0"));
    let again = url("webhook_url").replace(&address, &serving.address);
    let answer: Value =
        http.post(again).body(flat("c1", 300).to_string()).send().await.unwrap().json().await.unwrap();
    assert_eq!(answer["charged"], json!(5.0));
    assert_eq!(serving.stop().0, Some(0));
}
