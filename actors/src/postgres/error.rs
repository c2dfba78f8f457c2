//! Why there is no private PostgreSQL, each in words that say what to do about it.

use std::io;
use std::path::{Path, PathBuf};

use super::programs::MAJOR_MIN;

/// Why the private PostgreSQL could not be started or stopped.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No folder holds both `initdb` and `postgres`.
    #[error("the PostgreSQL server programs (initdb, postgres) were not found in {searched}\n{INSTALL}")]
    ProgramsMissing {
        /// Where they were looked for, as one would read it out.
        searched: String,
    },
    /// Programs were found, all of them older than we support.
    #[error("PostgreSQL {MAJOR_MIN} or later is needed, {} has {major}\n{INSTALL}", bindir.display())]
    ProgramsTooOld {
        /// Where the newest of them are.
        bindir: PathBuf,
        /// Their major version.
        major: u32,
    },
    /// The data was made by a major version whose programs are not here.
    #[error(
        "{} was made by PostgreSQL {made_by}, and only {found} is installed: install PostgreSQL {made_by} \
         beside it, or set PG_BINDIR to the programs of {made_by}, or move the data with pg_dump and pg_restore",
        data.display()
    )]
    OtherVersion {
        /// The cluster's folder.
        data: PathBuf,
        /// The major version that made it.
        made_by: u32,
        /// The major versions that were found.
        found: String,
    },
    /// We are root, the server must not be, and its account cannot enter a folder on the way.
    #[error(
        "running as root, so PostgreSQL runs as user {user}, who may not enter {}: start with \
         DATA_DIR=/var/lib/voice-server (or another folder that {user} can reach), or as an ordinary user",
        blocked.display()
    )]
    Unreachable {
        /// The account the server would have.
        user: String,
        /// The first folder on the way that it cannot enter.
        blocked: PathBuf,
    },
    /// The folder was made by another account, and we are not root.
    #[error(
        "{} belongs to another user: start as the user who started first (root, after a start as root), \
         or set DATA_DIR to a folder of your own",
        folder.display()
    )]
    OtherOwner {
        /// The folder that is not ours.
        folder: PathBuf,
    },
    /// We are root and no ordinary account is there for the server.
    #[error("running as root, and there is neither a user postgres nor a user nobody to run PostgreSQL as")]
    NoAccount,
    /// The data is there and the password that opens it is not.
    #[error("{} is missing, and the data beside it cannot be opened without: restore it from a backup", path.display())]
    PasswordMissing {
        /// Where it should be.
        path: PathBuf,
    },
    /// A server holds the folder, and is not one that we can see: in another container, for example.
    #[error(
        "a PostgreSQL server that this process cannot see uses {}: stop it (another container, perhaps), \
         or set DATA_DIR to another folder",
        folder.display()
    )]
    InUse {
        /// The folder it holds.
        folder: PathBuf,
    },
    /// `initdb` did not make a cluster.
    #[error("initdb could not make a database:\n{detail}")]
    Initdb {
        /// What it said.
        detail: String,
    },
    /// `postgres` ended before it accepted connections.
    #[error("PostgreSQL did not start:\n{detail}\n(all of it in {})", log.display())]
    NotStarted {
        /// The last lines it logged.
        detail: String,
        /// The whole log.
        log: PathBuf,
    },
    /// `postgres` is alive and does not accept connections.
    #[error("PostgreSQL is still recovering after {waited_seconds} s; it goes on, see {}", log.display())]
    NotReady {
        /// How long we waited.
        waited_seconds: u64,
        /// The whole log.
        log: PathBuf,
    },
    /// It was told to stop and still runs. The next start waits for it.
    #[error("PostgreSQL is still stopping after {waited_seconds} s, see {}", log.display())]
    NotStopped {
        /// How long we waited.
        waited_seconds: u64,
        /// The whole log.
        log: PathBuf,
    },
    /// A file or a program could not be used.
    #[error("cannot {doing} {}", path.display())]
    Io {
        /// A verb and what it is done to, to stand before the path.
        doing: &'static str,
        /// The file or program.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// The line for each system that we support, and the two ways around it.
const INSTALL: &str = concat!(
    "  Debian, Ubuntu: sudo apt-get install postgresql\n",
    "  Fedora:         sudo dnf install postgresql-server\n",
    "  macOS:          brew install postgresql@17\n",
    "  or set PG_BINDIR to the folder that has them, or DATABASE_URL to a server that runs already",
);

impl Error {
    /// For `map_err`: puts what was being done before what the system said.
    pub(super) fn io(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| Self::Io { doing, path, source }
    }
}
