//! `serve`: runs until it is told to stop, then finishes what was admitted.

use std::env;
use std::process::ExitCode;

use anyhow::Context;
use tokio::signal::unix::{SignalKind, signal};

use crate::app::App;
use crate::backend::Seams;
use crate::config::Config;

pub async fn run(config: Config) -> anyhow::Result<ExitCode> {
    if env::vars_os().any(|(name, _)| name.to_string_lossy().starts_with("FLASK_")) {
        tracing::info!("FLASK_* variables are accepted and have no meaning here");
    }
    let mut terminate = signal(SignalKind::terminate()).context("listen for SIGTERM")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("listen for SIGINT")?;
    let has_retell_key = config.retell_api_key.is_some();
    let app = App::start(config.clone(), Seams::default()).await?;
    tracing::info!(
        address = %app.address(),
        operators_address = %app.operators_address(),
        url = config.public_url(app.address()),
        "serving"
    );
    if !has_retell_key {
        tracing::warn!(
            "RETELL_API_KEY is not set: bodies for customers without a key of their own are \
             accepted on the URL's key alone"
        );
    }
    if config.is_public() && config.trusted_proxies.is_empty() {
        tracing::warn!(
            "TRUSTED_PROXIES is not set: behind a proxy on this machine everybody is one client, who asks \
             for 20 sign-in links an hour, and what a proxy on another machine passes on is sent to https \
             for ever; name the proxies' addresses or networks"
        );
    }
    tokio::select! {
        _ = terminate.recv() => tracing::info!("told to stop"),
        _ = interrupt.recv() => tracing::info!("interrupted"),
    }
    app.stop().await;
    tracing::info!("stopped; everything acknowledged is in the database");
    Ok(ExitCode::SUCCESS)
}
