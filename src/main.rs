//! Starts the command that was asked for.

use std::process::ExitCode;

use mimalloc::MiMalloc;
use voice_server::commands::CommandLine;

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    let command_line = CommandLine::read();
    voice_server::telemetry::start(command_line.config.log_format);
    voice_server::telemetry::hide_panics();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let done = match runtime {
        Ok(runtime) => runtime.block_on(command_line.run()),
        Err(error) => Err(error.into()),
    };
    done.unwrap_or_else(|error| {
        eprintln!("voice-server: {error:#}");
        ExitCode::FAILURE
    })
}
