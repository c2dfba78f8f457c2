//! Makes the cluster: the folder of files that a server serves.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::PathBuf;

use super::account::{Account, LOCALE};
use super::folder::Folder;
use super::programs::Programs;
use super::{Durability, Error};

/// The superuser that the platform signs in as.
pub(super) const ROLE: &str = "app";

/// Defaults for our load, in the cluster's own file so that an operator may change them. What the
/// platform relies on stands on the server's command line instead.
const DEFAULTS: &str = "
# Defaults of voice-server: change them here or with ALTER SYSTEM.
shared_buffers = 128MB
max_connections = 100
wal_level = replica
max_wal_size = 2GB
checkpoint_timeout = 15min
";

/// The cluster and the major version that made it, if there is one.
pub(super) fn made_by(folder: &Folder) -> Result<Option<(PathBuf, u32)>, Error> {
    let data = folder.data();
    let path = data.join("PG_VERSION");
    match fs::read_to_string(&path) {
        Ok(version) => match version.trim().parse() {
            Ok(major) => Ok(Some((data, major))),
            Err(_) => Err(Error::Io { doing: "understand", path, source: ErrorKind::InvalidData.into() }),
        },
        Err(missing) if missing.kind() == ErrorKind::NotFound => Ok(None),
        Err(source) => Err(Error::Io { doing: "read", path, source }),
    }
}

/// After this the cluster is there and whole: it is made beside its place and then renamed, so an
/// interrupted initdb leaves nothing that looks finished.
pub(super) fn create_if_missing(
    folder: &Folder,
    programs: &Programs,
    account: &Account,
    durability: Durability,
) -> Result<(), Error> {
    if made_by(folder)?.is_some() {
        return folder.password().map(drop); // said now rather than when the first connection fails
    }
    folder.make_password()?;
    account.give(&folder.password_path())?;

    let draft = folder.data_new();
    if draft.exists() {
        fs::remove_dir_all(&draft).map_err(Error::io("remove", &draft))?;
    }
    DirBuilder::new().mode(0o700).create(&draft).map_err(Error::io("make the folder", &draft))?;
    account.give(&draft)?;

    let initdb = programs.initdb();
    let mut command = account.command(&initdb);
    command.arg("--pgdata").arg(&draft).arg("--pwfile").arg(folder.password_path());
    command.args(["--username", ROLE, "--auth", "scram-sha-256", "--data-checksums"]);
    command.args(["--encoding", "UTF8", "--locale", LOCALE]);
    if durability == Durability::Disposable {
        command.arg("--no-sync");
    }
    tracing::info!(path = %folder.data().display(), version = programs.major, "making a private postgresql");
    let answer = command.output().map_err(Error::io("run", &initdb))?;
    if !answer.status.success() {
        let detail = String::from_utf8_lossy(&answer.stderr).trim().to_owned();
        return Err(Error::Initdb { detail });
    }

    let settings = draft.join("postgresql.conf");
    OpenOptions::new()
        .append(true)
        .open(&settings)
        .and_then(|mut file| file.write_all(DEFAULTS.as_bytes()).and_then(|()| file.sync_all()))
        .map_err(Error::io("write", &settings))?;
    fs::rename(&draft, folder.data()).map_err(Error::io("rename", &draft))?;
    folder.sync()
}
