//! Starts the server of a cluster, finds one that runs, and stops it.
//!
//! The server's standard input is `server.lock`, locked. All its processes inherit the open file,
//! so the kernel keeps the lock exactly as long as any of them lives: after a killed postmaster we
//! wait for its last backend, and a process number in a stale file is never mistaken for a server.

use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom};
use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::process::Child;
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::account::Account;
use super::folder::Folder;
use super::process::{self, PidFile};
use super::programs::Programs;
use super::{Durability, Error};

/// Recovery replays at most `max_wal_size` and some; a slow disk needs minutes for that.
const READY_WITHIN: Duration = Duration::from_secs(300);
/// Backends of a killed postmaster notice its death in moments, a long query at its end.
const ORPHANS_GONE_WITHIN: Duration = Duration::from_secs(30);
const STOPPED_WITHIN: Duration = Duration::from_secs(20);
const LOOK_AGAIN_AFTER: Duration = Duration::from_millis(10);
/// Between our look at a port and the server's someone else may take it.
const PORT_ATTEMPTS_MAX: u32 = 5;
const PORT_TAKEN: &str = "could not create any TCP/IP sockets";
const DETAIL_LINES_MAX: usize = 8;

pub(super) enum Found {
    Running {
        port: u16,
    },
    /// The lock that the next server is to hold.
    Nothing(File),
}

/// Decides whether a server runs, waiting for one that starts, recovers, stops or dies.
pub(super) fn find_running(folder: &Folder) -> Result<Found, Error> {
    let begun = Instant::now();
    loop {
        let living = PidFile::living_server(&folder.data());
        match &living {
            Some(server) if server.is_ready => return Ok(Found::Running { port: server.port }),
            // Alive: of ours, or started by hand and without our lock.
            Some(_) => {}
            None => {
                if let Some(free) = folder.try_lock_server()? {
                    return Ok(Found::Nothing(free));
                }
            }
        }
        if living.is_none() && begun.elapsed() > ORPHANS_GONE_WITHIN {
            return Err(Error::InUse { folder: folder.root().to_path_buf() });
        }
        if begun.elapsed() > READY_WITHIN {
            return Err(not_ready(folder));
        }
        sleep(LOOK_AGAIN_AFTER);
    }
}

/// What a start needs to know.
pub(super) struct Launch<'a> {
    pub(super) folder: &'a Folder,
    pub(super) programs: &'a Programs,
    pub(super) account: &'a Account,
    pub(super) durability: Durability,
}

impl Launch<'_> {
    /// After this the returned process accepts connections on the returned port, and holds `free`.
    pub(super) fn run(&self, free: File) -> Result<(Child, u16), Error> {
        // With the lock ours, no server lives. PostgreSQL itself would refuse to start if the
        // number in a stale file now belonged to another process of its account.
        let pid_file = self.folder.data().join("postmaster.pid");
        if pid_file.exists() {
            fs::remove_file(&pid_file).map_err(Error::io("remove", &pid_file))?;
        }

        let mut wanted_port = self.folder.remembered_port();
        let mut attempts = 0;
        loop {
            attempts += 1;
            let port = free_port(wanted_port.take(), self.folder)?;
            let (log, log_begin) = self.folder.open_log()?;
            let mut child = self.spawn(&free, port, log)?;
            if wait_until_ready(self.folder, &mut child)? {
                self.folder.remember_port(port)?;
                return Ok((child, port));
            }
            let said = log_since(self.folder, log_begin);
            if attempts == PORT_ATTEMPTS_MAX || !said.contains(PORT_TAKEN) {
                let lines: Vec<&str> = said.lines().collect();
                let detail = lines[lines.len().saturating_sub(DETAIL_LINES_MAX)..].join("\n");
                return Err(Error::NotStarted { detail, log: self.folder.log_path() });
            }
        }
    }

    fn spawn(&self, free: &File, port: u16, log: File) -> Result<Child, Error> {
        let postgres = self.programs.postgres();
        let mut command = self.account.command(&postgres);
        command.arg("-D").arg(self.folder.data());
        command.args(["-c", "listen_addresses=127.0.0.1", "-c", &format!("port={port}")]);
        // A socket's path may have 107 bytes, and a data folder lies where it lies.
        command.args(["-c", "unix_socket_directories="]);
        command.args(match self.durability {
            Durability::Durable => ["-c", "fsync=on", "-c", "full_page_writes=on"],
            Durability::Disposable => ["-c", "fsync=off", "-c", "full_page_writes=off"],
        });
        // Ctrl-C in a terminal must reach us, who then stop the server last, not the server itself.
        command.process_group(0);
        // Copies of `free` are one lock: closing ours leaves the server its own, unlocking would not.
        let files = free.try_clone().and_then(|stdin| Ok((stdin, log.try_clone()?)));
        files
            .and_then(|(stdin, stderr)| command.stdin(stdin).stdout(log).stderr(stderr).spawn())
            .map_err(Error::io("run", &postgres))
    }
}

/// Waits until no process of the server is left. `child` is its postmaster, where that is ours to
/// reap.
pub(super) fn stop(folder: &Folder, mut child: Option<Child>) -> Result<(), Error> {
    let data = folder.data();
    if let Some(server) = PidFile::living_server(&data) {
        process::interrupt(&server, &data)?;
    }
    let begun = Instant::now();
    loop {
        if let Some(child) = &mut child {
            let _ = child.try_wait(); // only to reap it: the lock tells when all of them are gone
        }
        if PidFile::living_server(&data).is_none() && folder.try_lock_server()?.is_some() {
            return Ok(());
        }
        if begun.elapsed() > STOPPED_WITHIN {
            return Err(Error::NotStopped {
                waited_seconds: STOPPED_WITHIN.as_secs(),
                log: folder.log_path(),
            });
        }
        sleep(LOOK_AGAIN_AFTER);
    }
}

/// `false` if the server ended instead.
fn wait_until_ready(folder: &Folder, child: &mut Child) -> Result<bool, Error> {
    let begun = Instant::now();
    loop {
        let exited = child.try_wait().map_err(Error::io("wait for the server of", folder.root()))?;
        if exited.is_some() {
            return Ok(false);
        }
        let ready = PidFile::read(&folder.data())
            .is_some_and(|file| file.is_ready && file.pid.as_raw_nonzero().get() as u32 == child.id());
        if ready {
            return Ok(true);
        }
        if begun.elapsed() > READY_WITHIN {
            return Err(not_ready(folder)); // it goes on recovering, and the next start adopts it
        }
        sleep(LOOK_AGAIN_AFTER);
    }
}

/// The wanted port, if nobody listens there; any other free one otherwise.
fn free_port(wanted: Option<u16>, folder: &Folder) -> Result<u16, Error> {
    let bound = match wanted.map(|port| TcpListener::bind(("127.0.0.1", port))) {
        Some(Ok(listener)) => Ok(listener),
        Some(Err(_)) | None => TcpListener::bind(("127.0.0.1", 0)),
    };
    bound
        .and_then(|listener| Ok(listener.local_addr()?.port()))
        .map_err(Error::io("find a free port for", folder.root()))
}

fn log_since(folder: &Folder, begin: u64) -> String {
    let mut said = Vec::new();
    // An unreadable log makes a poor message, not another error.
    let _ = File::open(folder.log_path()).and_then(|mut log| {
        log.seek(SeekFrom::Start(begin))?;
        log.read_to_end(&mut said)
    });
    String::from_utf8_lossy(&said).into_owned()
}

fn not_ready(folder: &Folder) -> Error {
    Error::NotReady { waited_seconds: READY_WITHIN.as_secs(), log: folder.log_path() }
}
