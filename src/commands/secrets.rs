//! `secrets rotate`: seals again, with the current `SECRET_KEY`, what the one before it has sealed.

use std::process::ExitCode;

use actors::store::customers::seal_again;
use anyhow::bail;
use clap::Subcommand;

use super::say;
use crate::backend::Backend;

#[derive(Debug, Subcommand)]
pub enum Secrets {
    /// Seal every stored secret with SECRET_KEY; then SECRET_KEY_OLD can go
    Rotate,
}

pub async fn run(backend: &Backend, command: Secrets) -> anyhow::Result<ExitCode> {
    let Secrets::Rotate = command;
    let done = seal_again(&backend.store, &backend.vault).await?;
    say(format_args!("sealed again: {}, sealed with the current key already: {}", done.again, done.already));
    if done.unopened > 0 {
        bail!("{} secrets open with neither SECRET_KEY nor SECRET_KEY_OLD", done.unopened);
    }
    Ok(ExitCode::SUCCESS)
}
