//! What can be asked of the load tester.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Parser, ValueEnum};

/// Measures a running server with signed requests and proves at the end that every acknowledged
/// call was charged once. Without --url it starts a server and a database of its own, in a fresh
/// folder that it removes.
///
/// A server given by --url must have been started with the RETELL_API_KEY and SECRET_KEY of this
/// process's environment, and with a TENANT_REQUESTS_PER_SECOND and TENANT_REQUESTS_BURST that
/// stand out of the way. Never a database to keep: pgbench writes ledgers without valid hashes.
#[derive(Debug, Parser)]
#[command(name = "load")]
pub struct Options {
    /// What to measure; everything by default
    pub figures: Vec<Figure>,

    /// A running server, as ADDRESS:PORT
    #[arg(long, requires = "database_url")]
    pub url: Option<SocketAddr>,

    /// Its operators' address, to read what it counted
    #[arg(long)]
    pub operators_url: Option<SocketAddr>,

    /// Its database, as a role that may do everything there
    #[arg(long, env = "DATABASE_URL", hide_env_values = true)]
    pub database_url: Option<String>,

    /// Seconds of each measurement
    #[arg(long, default_value_t = 10)]
    pub seconds: u64,

    /// How often everything is measured; medians are shown
    #[arg(long, default_value_t = 3)]
    pub repetitions: usize,

    /// Connections of `hot` and `spread`
    #[arg(long, default_value_t = 64)]
    pub webhook_connections: usize,

    /// Connections of `availability`, `lookup` and `book`
    #[arg(long, default_value_t = 8)]
    pub connections: usize,

    /// Customers of `spread`, `availability`, `lookup` and `book`
    #[arg(long, default_value_t = 1000)]
    pub customers: usize,

    /// Cold customers of `activation`
    #[arg(long, default_value_t = 10_000)]
    pub cold: usize,

    /// Calls of the one customer of `read`
    #[arg(long, default_value_t = 1_000_000)]
    pub calls: i64,

    /// The pgbench program; where it is absent, nothing is compared
    #[arg(long, env = "PGBENCH")]
    pub pgbench: Option<PathBuf>,

    /// Client counts of which pgbench's best is taken
    #[arg(long, value_delimiter = ',', default_values_t = [4, 8, 16, 32, 64])]
    pub pgbench_clients: Vec<usize>,

    /// Seconds of each run that looks for that best
    #[arg(long, default_value_t = 3)]
    pub pgbench_trial_seconds: u64,

    /// Given by cargo to every bench; means nothing here
    #[arg(long, hide = true)]
    bench: bool,
}

/// What can be measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Figure {
    /// Activation of cold customers: one by one, and many 16 in parallel; memory of each
    Activation,
    /// Webhooks of one customer, against pgbench
    Hot,
    /// Webhooks of many customers, against pgbench
    Spread,
    /// Free times of a day, from memory
    Availability,
    /// Who a caller is: read at first, then from memory
    Lookup,
    /// Bookings, spread over customers and days
    Book,
    /// Bookings of one customer, alone and during a flood of another's webhooks
    Flood,
    /// Pages of the list of a million calls, and searches among them
    Read,
    /// 2,000 mails to guests at once, with a mail server that takes 50 ms for each
    Messages,
    /// Events at customers' own systems, alone and beside 40 that never answer
    #[value(name = "webhooks")]
    Deliveries,
    /// Months of 20,000 customers, closed when a server starts on the first, beside calls that come in
    Months,
    /// Every page of the portal of a business with 100,000 calls and 5,000 appointments
    Portal,
}

impl Options {
    /// Whether a figure is asked for.
    pub fn wants(&self, figure: Figure) -> bool {
        self.figures.is_empty() || self.figures.contains(&figure)
    }
}
