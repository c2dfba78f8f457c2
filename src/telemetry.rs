//! Where logs go and how they look.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

use crate::config::LogFormat;

/// Says where something fell, not what it said: a panic may quote what it fell over, and that may be
/// what somebody said on the telephone.
pub fn hide_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string);
        tracing::error!(place, "something panicked");
    }));
}

/// Starts logging to standard error; `RUST_LOG` chooses what, `info` where it does not.
pub fn start(format: LogFormat) {
    let filter = EnvFilter::try_from_default_env()
        // PostgreSQL's notices on every start tell an operator nothing.
        .unwrap_or_else(|_| EnvFilter::new("info,sqlx::postgres::notice=warn,tokio_cron_scheduler=warn"));
    let stderr = std::io::stderr();
    let is_coloured = stderr.is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|no| no.is_empty());
    let logs =
        tracing_subscriber::fmt().with_env_filter(filter).with_ansi(is_coloured).with_writer(std::io::stderr);
    // A second start, in a process of many tests, leaves the first as it is.
    let _ = match format {
        LogFormat::Text => logs.try_init(),
        LogFormat::Json => logs.json().try_init(),
    };
}
