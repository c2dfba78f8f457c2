//! Which process serves a cluster, and signals to it.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::process::Command;

use rustix::process::{Pid, Signal, kill_process};

use super::Error;

/// What a server wrote to `postmaster.pid`. A crash leaves the file behind, so it is believed only
/// together with a look at the process.
pub(super) struct PidFile {
    pub(super) pid: Pid,
    pub(super) port: u16,
    /// Whether connections are accepted, not while it starts, recovers or stops.
    pub(super) is_ready: bool,
}

impl PidFile {
    /// `None` also for a file that is still being written.
    pub(super) fn read(data: &Path) -> Option<Self> {
        let text = fs::read_to_string(data.join("postmaster.pid")).ok()?;
        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        Some(Self {
            pid: Pid::from_raw(lines.first()?.parse().ok()?)?,
            port: lines.get(3)?.parse().ok()?,
            is_ready: lines.get(7).is_some_and(|status| *status == "ready"),
        })
    }

    /// The file of a server that is alive, in whatever state.
    pub(super) fn living_server(data: &Path) -> Option<Self> {
        Self::read(data).filter(|file| serves(file.pid, data))
    }

    /// The file of a server that is alive and accepts connections.
    pub(super) fn ready_server(data: &Path) -> Option<Self> {
        Self::living_server(data).filter(|file| file.is_ready)
    }
}

/// Whether this process is a PostgreSQL server of this cluster. The number alone proves nothing:
/// after a crash or a reboot it may belong to anybody.
fn serves(pid: Pid, data: &Path) -> bool {
    let pid = pid.as_raw_nonzero();
    if Path::new("/proc/self/cmdline").exists() {
        let Ok(command_line) = fs::read(format!("/proc/{pid}/cmdline")) else { return false };
        let mut words = command_line.split(|byte| *byte == 0).map(OsStr::from_bytes);
        let program = words.next().map(Path::new).and_then(Path::file_name);
        return program == Some(OsStr::new("postgres")) && words.any(|word| word == data);
    }
    // macOS has no /proc, and its `ps` joins the words: look for both anywhere in the line.
    let asked = Command::new("ps").args(["-ww", "-o", "command=", "-p", &pid.to_string()]).output();
    asked.is_ok_and(|answer| {
        let line = String::from_utf8_lossy(&answer.stdout).into_owned();
        line.contains("postgres") && line.contains(&*data.to_string_lossy())
    })
}

/// Asks a server for a fast shutdown. One that is gone already is no error.
pub(super) fn interrupt(server: &PidFile, data: &Path) -> Result<(), Error> {
    match kill_process(server.pid, Signal::INT) {
        Ok(()) | Err(rustix::io::Errno::SRCH) => Ok(()),
        Err(error) => {
            Err(Error::Io { doing: "stop the server of", path: data.to_path_buf(), source: error.into() })
        }
    }
}
