//! A private, persistent PostgreSQL under `<data_dir>/pg`, for a platform without `DATABASE_URL`.
//!
//! It listens on 127.0.0.1 only, on a port it remembers, with a random password, and outlives the
//! process that started it: dropping a `PrivatePostgres` never stops a durable server, so after a
//! crash the next start simply adopts it. Several processes may share one folder: `serve` and the
//! commands beside it each call `PrivatePostgres::start` first and `PrivatePostgres::stop` last,
//! and only the last one to leave really stops the server, whoever had started it.
//!
//! Invariant: at most one server per folder, and no start or stop beside another. The kernel keeps
//! it, through the locks in `folder`, so nothing a crash leaves behind needs judging by its age.
//! Everything here blocks; async callers use `spawn_blocking`.

mod account;
mod cluster;
mod error;
mod folder;
mod launch;
mod leash;
mod process;
mod programs;

use std::fs::File;
use std::path::Path;
use std::process::Child;
use std::time::Instant;
use std::{env, fmt};

use self::account::Account;
pub use self::error::Error;
use self::folder::Folder;
use self::launch::{Found, Launch};
use self::leash::Leash;
use self::programs::Programs;

/// What a server promises about the data it was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// What is committed survives a power cut. The server survives the process that started it.
    Durable,
    /// fsync is off, and the server ends with the handle (or process) that started it: only for
    /// throw-away test databases.
    Disposable,
}

/// A running server and this process's right to use it.
pub struct PrivatePostgres {
    folder: Folder,
    url: String,
    port: u16,
    /// A shared lock, held for as long as this value lives: [`PrivatePostgres::stop`] leaves the
    /// server alone while another process has one. A killed process loses it without our help.
    users: File,
    /// The server, where this process started it: kept to be reaped.
    child: Option<Child>,
    leash: Option<Leash>,
}

impl PrivatePostgres {
    /// After this a server runs on `<data_dir>/pg` and accepts connections: adopted if one was
    /// running, else started, else made first. The programs are those of `PG_BINDIR` where it is
    /// set, otherwise the usual places are searched.
    pub fn start(data_dir: &Path, durability: Durability) -> Result<Self, Error> {
        let bindir = env::var_os("PG_BINDIR").filter(|bindir| !bindir.is_empty());
        Self::start_with_programs(data_dir, durability, bindir.as_deref().map(Path::new))
    }

    /// As [`PrivatePostgres::start`], with the programs of `bindir` and no look at the environment.
    pub fn start_with_programs(
        data_dir: &Path,
        durability: Durability,
        bindir: Option<&Path>,
    ) -> Result<Self, Error> {
        let begun = Instant::now();
        let folder = Folder::create(data_dir)?;
        let _starting = folder.lock_starting()?;
        let users = folder.lock_as_user()?;

        // Adopting comes before everything that can fail: it needs neither programs nor privileges.
        let free = match launch::find_running(&folder)? {
            Found::Running { port } => {
                tracing::info!(port, "private postgresql is already running and was adopted");
                return Self::assemble(folder, users, port, None, None);
            }
            Found::Nothing(free) => free,
        };
        let programs = Programs::find(bindir, cluster::made_by(&folder)?)?;
        let account = Account::for_server(&folder)?;
        account.check_reach(&folder, &programs)?;
        cluster::create_if_missing(&folder, &programs, &account, durability)?;
        let launch = Launch { folder: &folder, programs: &programs, account: &account, durability };
        let (child, port) = launch.run(free)?;
        let leash = match durability {
            Durability::Durable => None,
            Durability::Disposable => Some(Leash::on(&child)?),
        };
        let elapsed_ms = begun.elapsed().as_millis() as u64;
        tracing::info!(port, elapsed_ms, version = programs.major, "private postgresql is running");
        Self::assemble(folder, users, port, Some(child), leash)
    }

    /// The URL of a server that runs on `data_dir` now, if one does. Looks only: nothing is made,
    /// started or kept from stopping.
    pub fn running(data_dir: &Path) -> Option<String> {
        let folder = Folder::existing(data_dir)?;
        let port = process::PidFile::ready_server(&folder.data())?.port;
        Some(url(&folder.password().ok()?, port))
    }

    /// Whether there is a database under `data_dir`, running or not.
    pub fn exists(data_dir: &Path) -> bool {
        Folder::existing(data_dir).is_some_and(|folder| !matches!(cluster::made_by(&folder), Ok(None)))
    }

    /// Whether the server lives, in whatever state.
    pub fn is_alive(&mut self) -> bool {
        if let Some(child) = &mut self.child
            && matches!(child.try_wait(), Ok(Some(_)))
        {
            self.child = None;
        }
        process::PidFile::living_server(&self.folder.data()).is_some()
    }

    /// `postgres://app:PASSWORD@127.0.0.1:PORT/postgres`; the role owns the whole server.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Whether the server was running before this value was made.
    pub fn was_adopted(&self) -> bool {
        self.child.is_none()
    }

    /// Stops the server and waits up to 20 s for it: open transactions are rolled back, what is
    /// committed is written out. While another process uses the server it is left running, and
    /// stopping it is that process's part. Close connection pools first.
    pub fn stop(self) -> Result<(), Error> {
        let Self { folder, users, child, leash, port, .. } = self;
        let _starting = folder.lock_starting()?;
        // Closing it would not do: a child just forked by another thread still has a copy.
        users.unlock().map_err(Error::io("unlock the users of", folder.root()))?;
        if folder.has_users()? {
            tracing::info!(port, "private postgresql is left running for another process");
            if let Some(leash) = leash {
                leash.release();
            }
            return Ok(());
        }
        launch::stop(&folder, child)?;
        if let Some(leash) = leash {
            leash.release();
        }
        tracing::info!(port, "private postgresql is stopped");
        Ok(())
    }

    fn assemble(
        folder: Folder,
        users: File,
        port: u16,
        child: Option<Child>,
        leash: Option<Leash>,
    ) -> Result<Self, Error> {
        let url = url(&folder.password()?, port);
        Ok(Self { folder, url, port, users, child, leash })
    }
}

/// Without the URL, which holds the password.
impl fmt::Debug for PrivatePostgres {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PrivatePostgres")
            .field("folder", &self.folder)
            .field("port", &self.port)
            .field("was_adopted", &self.was_adopted())
            .finish_non_exhaustive()
    }
}

fn url(password: &str, port: u16) -> String {
    format!("postgres://{role}:{password}@127.0.0.1:{port}/postgres", role = cluster::ROLE)
}
