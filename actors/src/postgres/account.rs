//! The operating-system account that the server runs as.
//!
//! PostgreSQL refuses to run as root. An ordinary user runs it as itself; root hands it to the
//! owner of the data that is there, else to `postgres`, else to `nobody`.

use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::{env, fs};

use rustix::process::geteuid;

use super::Error;
use super::folder::Folder;
use super::programs::Programs;

/// Bytewise order with UTF-8 case rules, where the system has it. macOS got `C.UTF-8` late.
pub(super) const LOCALE: &str = if cfg!(target_os = "macos") { "C" } else { "C.UTF-8" };

/// Tried in this order; `_postgres` is the one of macOS.
const CANDIDATES: [&str; 3] = ["postgres", "_postgres", "nobody"];

/// Enters each folder it is given in turn and prints the first that it cannot.
const ENTER_EACH: &str =
    r#"for folder; do cd "$folder" 2>/dev/null || { printf %s "$folder"; exit 1; }; done"#;

pub(super) struct Account {
    /// `None`: our own account, nothing to switch to.
    other: Option<Other>,
}

struct Other {
    name: String,
    uid: u32,
    gid: u32,
}

impl Account {
    pub(super) fn for_server(folder: &Folder) -> Result<Self, Error> {
        if !geteuid().is_root() {
            return Ok(Self { other: None });
        }
        let owner = fs::metadata(folder.data())
            .or_else(|_| fs::metadata(folder.root()))
            .map_err(Error::io("look at", folder.root()))?;
        let other = if owner.uid() != 0 {
            let name = id("-un", &owner.uid().to_string());
            Some(Other {
                name: name.unwrap_or_else(|| owner.uid().to_string()),
                uid: owner.uid(),
                gid: owner.gid(),
            })
        } else {
            CANDIDATES.into_iter().find_map(Other::named)
        };
        other.map(|other| Self { other: Some(other) }).ok_or(Error::NoAccount)
    }

    /// A program under this account, shielded from our environment: a stray `PGDATA` or `PGPORT`
    /// must not lead it elsewhere.
    pub(super) fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.env_clear().env("LC_ALL", LOCALE).env("TZ", "UTC").current_dir("/").stdin(Stdio::null());
        if let Some(path) = env::var_os("PATH") {
            command.env("PATH", path);
        }
        if let Some(other) = &self.other {
            command.uid(other.uid).gid(other.gid); // drops our supplementary groups as well
        }
        command
    }

    /// Makes this account the owner of a file or folder that we made for it.
    pub(super) fn give(&self, path: &Path) -> Result<(), Error> {
        match &self.other {
            None => Ok(()),
            Some(other) => {
                chown(path, Some(other.uid), Some(other.gid)).map_err(Error::io("change the owner of", path))
            }
        }
    }

    /// Refuses folders that the account cannot enter. Asks by trying: access lists and mount
    /// options decide as well as the mode bits do.
    pub(super) fn check_reach(&self, folder: &Folder, programs: &Programs) -> Result<(), Error> {
        let Some(other) = &self.other else { return Ok(()) };
        for target in [folder.root(), &programs.bindir] {
            let mut ancestors: Vec<&Path> = target.ancestors().collect();
            ancestors.reverse();
            let shell = Path::new("/bin/sh");
            let answer = self.command(shell).args(["-c", ENTER_EACH, "sh"]).args(ancestors).output();
            let answer = answer.map_err(Error::io("run", shell))?;
            if !answer.status.success() {
                let blocked = String::from_utf8_lossy(&answer.stdout).into_owned().into();
                return Err(Error::Unreachable { user: other.name.clone(), blocked });
            }
        }
        Ok(())
    }
}

impl Other {
    fn named(name: &str) -> Option<Self> {
        let number = |flag| id(flag, name)?.parse().ok();
        Some(Self { name: name.to_owned(), uid: number("-u")?, gid: number("-g")? })
    }
}

/// `id` rather than `/etc/passwd`: it also knows accounts of directories and of macOS.
fn id(flag: &str, user: &str) -> Option<String> {
    let answer = Command::new("id").args([flag, user]).stderr(Stdio::null()).output().ok()?;
    answer.status.success().then(|| String::from_utf8_lossy(&answer.stdout).trim().to_owned())
}
