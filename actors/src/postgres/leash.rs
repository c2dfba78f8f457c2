//! Ends a disposable server with the process that started it, however that process ends.
//!
//! Test binaries keep their server in a static, which is never dropped, and are killed at will. So
//! a shell waits for the end of a pipe whose other end only we have, and then stops the server.

use std::io;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};

use super::Error;

/// Ends the shell's wait by closing; a line instead of the end lets the server live.
const WAIT_THEN_STOP: &str = r#"read -r release || kill -INT "$1""#;

pub(super) struct Leash {
    shell: Child,
    /// Closed by dropping the leash, or by the kernel when we are gone.
    pipe: Option<ChildStdin>,
}

impl Leash {
    pub(super) fn on(server: &Child) -> Result<Self, Error> {
        let shell = Path::new("/bin/sh");
        let mut child = Command::new(shell)
            .args(["-c", WAIT_THEN_STOP, "sh", &server.id().to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0) // Ctrl-C must not end the shell before us
            .spawn()
            .map_err(Error::io("run", shell))?;
        let pipe = child.stdin.take();
        Ok(Self { shell: child, pipe })
    }

    /// Lets the server be: it is stopped already, or another process has it now.
    pub(super) fn release(mut self) {
        if let Some(pipe) = &mut self.pipe {
            let _ = io::Write::write_all(pipe, b"release\n");
        }
        self.pipe = None;
        let _ = self.shell.wait();
    }
}
