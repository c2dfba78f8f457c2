//! The command line: one file a command. All of them work beside a running server.

mod admin;
mod audit;
mod clicksend;
mod customer;
mod demo;
mod invoices;
mod login_link;
mod secrets;
mod serve;

use std::env;
use std::ffi::OsStr;
use std::process::ExitCode;

use actors::clock::Clock;
use actors::postgres::PrivatePostgres;
use anyhow::bail;
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::backend::{Backend, Seams};
use crate::config::Config;
use crate::database::{Database, prepare};

/// Answers, books and bills for businesses whose telephone is a Retell AI voice agent.
#[derive(Debug, Parser)]
#[command(name = "voice-server", version)]
pub struct CommandLine {
    /// The settings, before or after the command.
    #[command(flatten)]
    pub config: Config,

    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the platform (the default)
    Serve,
    /// Bring the database to this version's tables
    Migrate,
    /// People who run the platform
    #[command(subcommand)]
    Admin(admin::Admin),
    /// Businesses whose telephone is answered here
    #[command(subcommand)]
    Customer(customer::Customer),
    /// Make a link that signs somebody in with one click
    LoginLink {
        /// Whom
        email: String,
    },
    /// Months and their invoices
    #[command(subcommand)]
    Invoices(invoices::Invoices),
    /// Secrets at rest
    #[command(subcommand)]
    Secrets(secrets::Secrets),
    /// Print the addresses to which ClickSend's automations send replies and receipts of text messages
    Clicksend,
    /// Make a sample customer with calls and appointments, in an empty database
    Demo {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Prove that balances, entries, calls and appointments agree; exit 1 where they do not
    Audit,
}

impl CommandLine {
    /// Reads arguments and environment. An empty variable is none: compose files and build servers
    /// pass on what nobody has set.
    pub fn read() -> Self {
        let is_empty = |name: &OsStr| env::var(name).is_ok_and(|value| value.trim().is_empty());
        let command = Self::command().mut_args(|arg| match arg.get_env() {
            Some(name) if is_empty(name) => arg.env(None::<&'static str>),
            _ => arg,
        });
        Self::from_arg_matches(&command.get_matches()).unwrap_or_else(|error| error.exit())
    }

    /// Runs what was asked for.
    pub async fn run(self) -> anyhow::Result<ExitCode> {
        let config = self.config;
        match self.command.unwrap_or(Command::Serve) {
            Command::Serve => serve::run(config).await,
            Command::Migrate => migrate(config).await,
            Command::Admin(command) => with_backend(&config, async |b| admin::run(b, command).await).await,
            Command::Customer(command) => {
                with_backend(&config, async |b| customer::run(b, &config, command).await).await
            }
            Command::LoginLink { email } => {
                with_backend(&config, async |b| login_link::run(b, &config, &email).await).await
            }
            Command::Invoices(command) => {
                with_backend(&config, async |b| invoices::run(b, &config, command).await).await
            }
            Command::Secrets(command) => {
                with_backend(&config, async |b| secrets::run(b, command).await).await
            }
            Command::Clicksend => with_backend(&config, async |b| Ok(clicksend::run(b, &config))).await,
            Command::Demo { json } => {
                // Its past is lived through, so that its months are closed as any other's.
                let seams = Seams { clock: Clock::manual(Clock::System.now()), ..Seams::default() };
                with_backend_of(&config, &seams, async |b| demo::run(b, &config, json).await).await
            }
            Command::Audit => {
                // An empty database made here would only prove that it is empty.
                if config.database_url.is_none() && !PrivatePostgres::exists(&config.data_dir) {
                    let data_dir = config.data_dir.display();
                    bail!(
                        "there is no database under {data_dir}: set DATA_DIR or DATABASE_URL as for `serve`"
                    );
                }
                with_backend(&config, async |b| audit::run(b, &config).await).await
            }
        }
    }
}

/// Runs a command on its own backend, and leaves the database as it was found: running or not.
async fn with_backend(
    config: &Config,
    command: impl AsyncFnOnce(&Backend) -> anyhow::Result<ExitCode>,
) -> anyhow::Result<ExitCode> {
    with_backend_of(config, &Seams::default(), command).await
}

async fn with_backend_of(
    config: &Config,
    seams: &Seams,
    command: impl AsyncFnOnce(&Backend) -> anyhow::Result<ExitCode>,
) -> anyhow::Result<ExitCode> {
    let backend = Backend::start(config, seams).await?;
    let done = command(&backend).await;
    backend.stop().await;
    done
}

async fn migrate(config: Config) -> anyhow::Result<ExitCode> {
    let database = Database::open(&config).await?;
    let done = prepare(&database.url, Seams::default().durability).await;
    database.close().await;
    done?;
    say("the database has this version's tables");
    Ok(ExitCode::SUCCESS)
}

/// The result of a command, on standard output; logs go to standard error.
#[expect(clippy::print_stdout, reason = "the one place where a command speaks to its caller")]
fn say(line: impl std::fmt::Display) {
    println!("{line}");
}
