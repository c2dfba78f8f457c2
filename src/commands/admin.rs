//! `admin create`: makes a super admin. There is no public registration.

use std::process::ExitCode;

use actors::store::users::{Made, create_super_admin};
use anyhow::bail;
use clap::Subcommand;

use super::say;
use crate::backend::Backend;

#[derive(Debug, Subcommand)]
pub enum Admin {
    /// Make a super admin
    Create {
        /// Where the sign-in links go
        email: String,
    },
}

pub async fn run(backend: &Backend, command: Admin) -> anyhow::Result<ExitCode> {
    let Admin::Create { email } = command;
    let Some(email) = domain::customers::email(&email) else { bail!("{email:?} is not an e-mail address") };
    match create_super_admin(&backend.store, &email, backend.clock.now()).await? {
        Made::Created => say(format_args!("{email} is a super admin")),
        Made::Existed => say(format_args!("{email} was a super admin already")),
    }
    Ok(ExitCode::SUCCESS)
}
