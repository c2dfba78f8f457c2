//! The first minutes of a newcomer: `ops/run` on an empty folder, its two lines, a crash, again.
//!
//! As whoever runs the tests, and as an ordinary user too where that is root. The program is the
//! one these tests were built with; the long form builds a clean clone instead.

use std::ffi::OsString;
use std::io::{BufRead, BufReader, Read};
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, fs};

use domain::money::Money;
use rustix::process::{Pid, Signal, geteuid, kill_process};
use serde_json::Value;

use crate::harness::app::money;

const SOURCE: &str = env!("CARGO_MANIFEST_DIR");
const PROGRAM: &str = env!("CARGO_BIN_EXE_voice-server");

/// A folder of a newcomer, gone at the end with what runs in it.
struct Newcomer {
    folder: PathBuf,
    /// The user and group, where it is not ours.
    account: Option<(u32, u32)>,
    listen: String,
    operators: String,
    /// Empty: build.
    program: Option<PathBuf>,
}

/// `ops/run` and what it printed.
struct Run {
    child: Child,
    /// Kept open: whoever writes into a closed pipe is ended.
    _printed: BufReader<ChildStdout>,
    curl_lines: Vec<String>,
}

impl Newcomer {
    fn new(name: &str, account: Option<(u32, u32)>) -> Self {
        let folder = env::temp_dir().join(format!("voice-first-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(folder.join("ops")).expect("a folder");
        for name in ["run", "lib.sh"] {
            fs::copy(Path::new(SOURCE).join("ops").join(name), folder.join("ops").join(name)).expect("ops");
        }
        let program = folder.join("voice-server");
        fs::copy(PROGRAM, &program).expect("the program");
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).expect("open to all");
        if let Some((user, group)) = account {
            std::os::unix::fs::chown(&folder, Some(user), Some(group)).expect("the user's own folder");
        }
        let [listen, operators] = free_addresses();
        Self { folder, account, listen, operators, program: Some(program) }
    }

    fn command(&self, program: impl Into<OsString>) -> Command {
        let mut command = Command::new(program.into());
        command
            .current_dir(&self.folder)
            .env("LISTEN", &self.listen)
            .env("METRICS_LISTEN", &self.operators)
            .env("HOME", &self.folder)
            .env_remove("DATABASE_URL")
            .env_remove("DATA_DIR")
            .env_remove("SECRET_KEY")
            .stdin(Stdio::null());
        if let Some(program) = &self.program {
            command.env("VOICE_SERVER", program);
        }
        if let Some((user, group)) = self.account {
            command.uid(user).gid(group);
        }
        command
    }

    /// Starts `ops/run` and waits until it serves.
    fn run(&self) -> Run {
        let mut command = self.command(self.folder.join("ops/run"));
        let mut child = command.stdout(Stdio::piped()).spawn().expect("ops/run starts");
        let mut printed = BufReader::new(child.stdout.take().expect("its output"));
        let mut curl_lines = Vec::new();
        for line in printed.by_ref().lines() {
            let line = line.expect("text");
            if let Some(curl) = line.strip_prefix("  curl -sS") {
                curl_lines.push(format!("curl -sS{curl}"));
            }
            if line.starts_with("Starting.") {
                break;
            }
        }
        let run = Run { child, _printed: printed, curl_lines };
        let began = Instant::now();
        while self.get("readyz") != "ok\n" {
            assert!(began.elapsed() < Duration::from_secs(30), "ready within 30 s");
            std::thread::yield_now();
        }
        run
    }

    fn get(&self, path: &str) -> String {
        let url = format!("http://{}/{path}", self.operators);
        let answer = Command::new("curl").args(["-sS", "-m", "10", &url]).stderr(Stdio::null()).output();
        String::from_utf8(answer.expect("curl").stdout).expect("text")
    }

    fn end_database(&self) {
        let file = fs::read_to_string(self.folder.join("var/pg/data/postmaster.pid")).expect("it runs");
        let pid = file.lines().next().and_then(|pid| Pid::from_raw(pid.parse().ok()?)).expect("a pid");
        kill_process(pid, Signal::KILL).expect("it runs");
    }

    /// The demo's guests are written to meanwhile, which costs cents; a call costs whole units.
    fn assert_no_call_charged_since(&self, before: Money) {
        let charged = before - self.balance();
        assert!(charged < money("5"), "{charged} charged");
    }

    fn balance(&self) -> Money {
        let memory: Value = serde_json::from_str(&self.get("audit/memory")).expect("JSON");
        money(memory[0]["balance"].as_str().expect("a balance"))
    }

    /// Runs the printed lines as they stand, as a newcomer pastes them.
    fn try_out(&self, run: &Run) -> Vec<Value> {
        let answer = |line: &String| {
            let answer = self.command("bash").args(["-c", line]).output().expect("bash");
            serde_json::from_slice(&answer.stdout).unwrap_or_else(|_| panic!("{line} answered {answer:?}"))
        };
        run.curl_lines.iter().map(answer).collect()
    }
}

impl Run {
    fn end(&mut self, signal: Signal) {
        let pid = Pid::from_child(&self.child);
        kill_process(pid, signal).expect("it runs");
        self.child.wait().expect("it ends");
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        // Ended already, unless something failed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Newcomer {
    fn drop(&mut self) {
        // After a failure the database may still run; a start in good order adopts and stops it.
        if let Ok(mut child) = self.command(self.program.clone().unwrap_or_default()).arg("audit").spawn() {
            let _ = child.wait();
        }
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn free_addresses() -> [String; 2] {
    let listeners = [(); 2].map(|()| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port"));
    listeners.map(|listener| listener.local_addr().expect("an address").to_string())
}

fn first_minutes(newcomer: &Newcomer) {
    let mut run = newcomer.run();
    assert_eq!(run.curl_lines.len(), 2, "two lines to try");
    let first = newcomer.try_out(&run);
    assert_eq!((&first[0]["success"], &first[0]["charged"]), (&Value::Bool(true), &serde_json::json!(5.0)));
    assert_eq!(first[1]["success"], Value::Bool(true), "{first:?}");
    let balance = newcomer.balance();
    assert_eq!(newcomer.try_out(&run), first);
    newcomer.assert_no_call_charged_since(balance);

    run.end(Signal::KILL);
    let mut again = newcomer.run();
    assert_eq!(again.curl_lines, run.curl_lines);
    assert_eq!(newcomer.try_out(&again), first);
    newcomer.assert_no_call_charged_since(balance);

    // The database falls and the server does not: it starts it again.
    newcomer.end_database();
    let began = Instant::now();
    while newcomer.try_out(&again) != first {
        assert!(began.elapsed() < Duration::from_secs(60), "well again within a minute");
    }
    newcomer.assert_no_call_charged_since(balance);
    let audit = newcomer.command(newcomer.program.clone().expect("a program")).arg("audit").output();
    let audit = audit.expect("audit runs");
    let said = String::from_utf8_lossy(&audit.stdout).into_owned();
    assert!(audit.status.success() && said.contains("1 in memory compared, 0 findings"), "{said}");
    again.end(Signal::TERM);
}

#[test]
fn the_printed_lines_bill_and_book_once_also_over_a_crash() {
    first_minutes(&Newcomer::new("self", None));
}

#[test]
fn an_ordinary_user_needs_no_privileges() {
    if geteuid().is_root() {
        let passwd = fs::read_to_string("/etc/passwd").expect("accounts");
        let nobody = passwd.lines().find(|line| line.starts_with("nobody:")).expect("nobody");
        let ids: Vec<u32> = nobody.split(':').skip(2).take(2).filter_map(|id| id.parse().ok()).collect();
        first_minutes(&Newcomer::new("user", Some((ids[0], ids[1]))));
    }
    // Otherwise the test above was it.
}

#[test]
fn a_clean_clone_builds_and_runs_from_nothing() {
    if env::var_os("VOICE_TEST_LONG").is_none() {
        return;
    }
    let mut newcomer = Newcomer::new("clone", None);
    fs::remove_dir_all(&newcomer.folder).expect("an empty place");
    let clone = Command::new("git").args(["clone", "--quiet", SOURCE]).arg(&newcomer.folder).status();
    assert!(clone.expect("git").success());
    let target = newcomer.folder.join("target");
    let home = env::var_os("HOME").expect("a home with cargo in it");
    let build = newcomer
        .command("cargo")
        .env("HOME", home)
        .env("CARGO_TARGET_DIR", &target)
        .args(["build", "--release", "--locked"])
        .status();
    assert!(build.expect("cargo").success());
    newcomer.program = Some(target.join("release/voice-server"));
    first_minutes(&newcomer);
}
