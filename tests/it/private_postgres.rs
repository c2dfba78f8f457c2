//! The private PostgreSQL as the platform meets it: first starts, crashes, and company.
//!
//! These run the real programs, as whoever runs the tests: root and an ordinary user must both pass.

use std::fs::{self, DirBuilder};
use std::net::TcpListener;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Barrier;
use std::thread::{self, yield_now};
use std::time::{Duration, Instant};

use actors::postgres::{Durability, Error, PrivatePostgres};
use sqlx::{Connection, PgConnection};

/// About a second of work without a wait.
const BUSY: &str = "select count(*) from generate_series(1, 4000) a, generate_series(1, 3000) b";

#[tokio::test]
async fn a_first_start_makes_a_durable_server_that_only_its_password_opens() {
    let home = Home::new("first-start");
    let server = home.start_as(Durability::Durable);
    assert!(!server.was_adopted());

    let mut connection = connect(server.url()).await;
    for (setting, value) in [
        ("fsync", "on"),
        ("synchronous_commit", "on"),
        ("data_checksums", "on"),
        ("wal_level", "replica"),
        ("listen_addresses", "127.0.0.1"),
        ("unix_socket_directories", ""),
        ("server_encoding", "UTF8"),
        ("shared_buffers", "128MB"),
        ("max_connections", "100"),
        ("max_wal_size", "2GB"),
    ] {
        let shown: String = sqlx::query_scalar("select current_setting($1)")
            .bind(setting)
            .fetch_one(&mut connection)
            .await
            .expect("a setting every PostgreSQL has");
        assert_eq!(shown, value, "{setting}");
    }
    let password = fs::read_to_string(home.pg("password")).unwrap();
    let stored: String = sqlx::query_scalar("select rolpassword from pg_authid where rolname = 'app'")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert!(stored.starts_with("SCRAM-SHA-256$"), "{stored}");
    assert_eq!(fs::metadata(home.pg("password")).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(!format!("{server:?}").contains(&password));

    let guessed = server.url().replace(&password, "guessed");
    let refused = PgConnection::connect(&guessed).await.expect_err("a wrong password opens nothing");
    assert!(refused.to_string().contains("password authentication failed"), "{refused}");
}

#[tokio::test]
async fn data_and_url_survive_a_stop_and_a_start() {
    let home = Home::new("stop-and-start");
    let first = home.start_as(Durability::Durable);
    let url = first.url().to_owned();
    remember(&url, "kept").await;
    assert_eq!(PrivatePostgres::running(home.path()), Some(url.clone()));

    first.stop().expect("a clean stop");
    assert_eq!(PrivatePostgres::running(home.path()), None);
    assert!(!home.pg("data/postmaster.pid").exists());

    let second = home.start();
    assert!(!second.was_adopted());
    assert_eq!(second.url(), url);
    assert_eq!(remembered(&url).await, "kept");
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_kill_of_the_server_the_next_start_recovers_what_was_committed() {
    let home = Home::new("killed-server");
    let first = home.start_as(Durability::Durable);
    remember(first.url(), "committed").await;
    // A busy session does not notice for a while that its server is gone, and holds its memory.
    let mut busy = connect(first.url()).await;
    let busy = tokio::spawn(async move { sqlx::query(BUSY).execute(&mut busy).await });
    wait_until_busy(first.url()).await;
    kill("-KILL", home.server_pid());
    wait_until("the server is dead", || PrivatePostgres::running(home.path()).is_none());
    drop(first);

    let second = home.start();
    assert!(!second.was_adopted());
    assert_eq!(remembered(second.url()).await, "committed");
    busy.abort();
}

#[tokio::test]
async fn a_server_left_running_is_adopted() {
    let home = Home::new("left-running");
    let first = home.start_as(Durability::Durable);
    let (url, pid) = (first.url().to_owned(), home.server_pid());
    drop(first); // all that a killed platform does

    let second = home.start();
    assert!(second.was_adopted());
    assert_eq!((second.url(), home.server_pid()), (url.as_str(), pid));
    second.stop().expect("an adopted server is stopped by its last user");
    assert_eq!(PrivatePostgres::running(home.path()), None);
}

#[tokio::test]
async fn a_server_that_another_still_uses_is_not_stopped() {
    let home = Home::new("two-users");
    let command = home.start();
    let serve = home.start();
    assert!(serve.was_adopted());

    command.stop().expect("leaving is no error");
    remember(serve.url(), "still here").await;
    assert_eq!(remembered(serve.url()).await, "still here");

    serve.stop().expect("the last one stops it");
    assert_eq!(PrivatePostgres::running(home.path()), None);
}

#[test]
fn a_stale_pid_file_that_names_a_living_foreign_process_is_ignored() {
    let home = Home::new("foreign-pid");
    home.start().stop().expect("a clean stop");
    let foreign = Foreign::beside(&home);
    let port = fs::read_to_string(home.pg("port")).unwrap();
    let stale = format!(
        "{pid}\n{data}\n1700000000\n{port}\n\n127.0.0.1\n  1234567         7\nready   \n",
        pid = foreign.0.id(),
        data = home.pg("data").display(),
        port = port.trim(),
    );
    fs::write(home.pg("data/postmaster.pid"), stale).unwrap();
    assert_eq!(PrivatePostgres::running(home.path()), None);

    let server = home.start();
    assert!(!server.was_adopted());
    assert_ne!(home.server_pid(), foreign.0.id());
}

#[test]
fn two_starts_at_once_give_one_server() {
    let home = Home::new("two-starts");
    let together = Barrier::new(2);
    let start = || {
        together.wait();
        home.start()
    };
    let (left, right) = thread::scope(|scope| {
        let (left, right) = (scope.spawn(start), scope.spawn(start));
        (left.join().expect("the left start"), right.join().expect("the right start"))
    });
    assert_ne!(left.was_adopted(), right.was_adopted());
    assert_eq!(left.url(), right.url());
}

#[tokio::test]
async fn a_taken_port_is_replaced_and_the_new_one_remembered() {
    let home = Home::new("taken-port");
    let first = home.start();
    let url = first.url().to_owned();
    first.stop().expect("a clean stop");
    let port: u16 = fs::read_to_string(home.pg("port")).unwrap().trim().parse().unwrap();
    let _squatter = TcpListener::bind(("127.0.0.1", port)).expect("the port is free after the stop");

    let second = home.start();
    assert_ne!(second.url(), url);
    connect(second.url()).await;
    let new_url = second.url().to_owned();
    second.stop().expect("a clean stop");
    assert_eq!(home.start().url(), new_url);
}

#[test]
fn an_interrupted_first_start_is_made_good_by_the_next() {
    let home = Home::new("interrupted");
    fs::create_dir_all(home.pg("data.new/base")).unwrap();
    fs::write(home.pg("data.new/PG_VERSION"), "15\n").unwrap();
    home.start();
    assert!(!home.pg("data.new").exists());
}

#[test]
fn a_disposable_server_ends_with_its_handle() {
    let home = Home::new("disposable");
    drop(home.start());
    wait_until("the server is gone", || PrivatePostgres::running(home.path()).is_none());
}

#[test]
fn missing_programs_are_answered_with_the_line_that_installs_them() {
    let home = Home::new("no-programs");
    let nowhere = home.path().join("nowhere");
    let error = PrivatePostgres::start_with_programs(home.path(), Durability::Disposable, Some(&nowhere))
        .expect_err("there are no programs");
    let said = error.to_string();
    for expected in
        [nowhere.to_str().unwrap(), "apt-get install postgresql", "dnf", "brew", "PG_BINDIR", "DATABASE_URL"]
    {
        assert!(said.contains(expected), "{expected} is not in: {said}");
    }
    assert!(!home.pg("data").exists());
}

#[test]
fn data_of_another_major_version_is_refused_by_name() {
    let home = Home::new("other-version");
    fs::create_dir_all(home.pg("data")).unwrap();
    fs::write(home.pg("data/PG_VERSION"), "9\n").unwrap();
    let error = PrivatePostgres::start(home.path(), Durability::Disposable).expect_err("nobody has 9");
    assert!(matches!(error, Error::OtherVersion { made_by: 9, .. }), "{error}");
    assert!(error.to_string().contains("was made by PostgreSQL 9"), "{error}");
}

#[test]
fn data_without_its_password_is_refused_and_left_alone() {
    let home = Home::new("no-password");
    home.start().stop().expect("a clean stop");
    fs::remove_file(home.pg("password")).unwrap();
    let error = PrivatePostgres::start(home.path(), Durability::Disposable).expect_err("no password");
    assert!(matches!(error, Error::PasswordMissing { .. }), "{error}");
    assert!(!home.pg("password").exists());
}

#[test]
fn a_closed_folder_suits_its_owner_but_root_is_told_what_to_set() {
    let home = Home::new("closed");
    let closed = home.path().join("closed");
    DirBuilder::new().mode(0o700).create(&closed).unwrap();
    let started = PrivatePostgres::start(&closed.join("var"), Durability::Disposable);
    if fs::metadata(&closed).unwrap().uid() == 0 {
        let error = started.expect_err("root cannot hand this folder to the server's account");
        assert!(matches!(&error, Error::Unreachable { blocked, .. } if *blocked == closed), "{error}");
        assert!(error.to_string().contains("DATA_DIR="), "{error}");
    } else {
        started.and_then(PrivatePostgres::stop).expect("an ordinary user's own folder");
    }
}

/// A data folder of one test. Whatever the test left running on it ends with it.
struct Home(PathBuf);

impl Home {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("private-postgres-{name}-{}", std::process::id()));
        fs::create_dir(&path).expect("a new folder");
        // Others may pass through: for root the server has another account.
        fs::set_permissions(&path, fs::Permissions::from_mode(0o711)).expect("a folder of our own");
        Self(fs::canonicalize(path).expect("the folder just made"))
    }

    fn path(&self) -> &Path {
        &self.0
    }

    fn pg(&self, file: &str) -> PathBuf {
        self.0.join("pg").join(file)
    }

    fn start(&self) -> PrivatePostgres {
        self.start_as(Durability::Disposable)
    }

    fn start_as(&self, durability: Durability) -> PrivatePostgres {
        PrivatePostgres::start(&self.0, durability).expect("a private PostgreSQL")
    }

    fn server_pid(&self) -> u32 {
        let file = fs::read_to_string(self.pg("data/postmaster.pid")).expect("a running server");
        file.lines().next().expect("its first line").parse().expect("a number")
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        if PrivatePostgres::running(&self.0).is_some() {
            kill("-QUIT", self.server_pid());
        }
        wait_until("the server is gone", || PrivatePostgres::running(&self.0).is_none());
        // Its last files go while we remove the folder, so one try may find it not empty.
        wait_until("the folder is gone", || fs::remove_dir_all(&self.0).is_ok() || !self.0.exists());
    }
}

/// A living process that is no server, under the account that servers run as here. It ends with
/// its standard input.
struct Foreign(Child);

impl Foreign {
    fn beside(home: &Home) -> Self {
        let ours = fs::metadata(home.path()).expect("the home").uid();
        let servers = fs::metadata(home.pg("data")).expect("a started home");
        let mut command = Command::new("cat");
        command.stdin(Stdio::piped());
        if servers.uid() != ours {
            command.uid(servers.uid()).gid(servers.gid());
        }
        Self(command.spawn().expect("`cat` runs"))
    }
}

impl Drop for Foreign {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        let _ = self.0.wait();
    }
}

async fn connect(url: &str) -> PgConnection {
    PgConnection::connect(url).await.expect("a connection")
}

async fn remember(url: &str, word: &str) {
    let mut connection = connect(url).await;
    sqlx::query("create table words (word text not null)")
        .execute(&mut connection)
        .await
        .expect("a new table");
    sqlx::query("insert into words (word) values ($1)")
        .bind(word)
        .execute(&mut connection)
        .await
        .expect("a new row");
}

async fn remembered(url: &str) -> String {
    let mut connection = connect(url).await;
    sqlx::query_scalar("select word from words").fetch_one(&mut connection).await.expect("one word")
}

async fn wait_until_busy(url: &str) {
    let mut connection = connect(url).await;
    let begun = Instant::now();
    loop {
        let busy: i64 =
            sqlx::query_scalar("select count(*) from pg_stat_activity where state = 'active' and query = $1")
                .bind(BUSY)
                .fetch_one(&mut connection)
                .await
                .expect("the list of sessions");
        if busy == 1 {
            return;
        }
        assert!(begun.elapsed() < Duration::from_secs(20), "after 20 s {busy} sessions are busy");
    }
}

fn kill(signal: &str, pid: u32) {
    let sent = Command::new("kill").args([signal, &pid.to_string()]).status().expect("`kill` runs");
    assert!(sent.success(), "kill {signal} {pid}");
}

fn wait_until(what: &str, is_so: impl Fn() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < Duration::from_secs(20), "after 20 s still not: {what}");
        yield_now();
    }
}
