//! What the server is compared with: the whole webhook as one statement and one transaction per
//! call, driven by pgbench on the same database.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, bail};

use super::bodies::{ANALYSIS, TURNS, transcript};
use super::customers::Customer;

/// pgbench and the customers that are its own.
pub struct Pgbench<'a> {
    program: &'a Path,
    login: Login<'a>,
    customers: &'a [Customer],
}

/// How many customers it writes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Customers {
    /// The first one: every transaction waits for the same row.
    One,
    /// All of them at random.
    All,
}

/// A URL with its password taken out, because a command line is for everybody to see.
struct Login<'a> {
    url: String,
    password: Option<&'a str>,
}

impl<'a> Pgbench<'a> {
    /// `customers` have consecutive numbers.
    pub fn new(program: &'a Path, url: &'a str, customers: &'a [Customer]) -> anyhow::Result<Self> {
        if !customers.windows(2).all(|pair| pair[0].id + 1 == pair[1].id) {
            bail!("somebody else registers customers: pgbench needs consecutive numbers");
        }
        Ok(Self { program, login: Login::read(url), customers })
    }

    /// The fastest of these client counts.
    pub fn best_clients(
        &self,
        customers: Customers,
        counts: &[usize],
        trial: Duration,
    ) -> anyhow::Result<usize> {
        let mut best = (0.0, 1);
        for clients in counts {
            let rate = self.run(customers, *clients, trial)?;
            eprintln!("load: pgbench, {customers:?} at {clients} clients: {rate:.0} calls/s");
            if rate > best.0 {
                best = (rate, *clients);
            }
        }
        Ok(best.1)
    }

    /// Calls written each second.
    pub fn run(&self, customers: Customers, clients: usize, length: Duration) -> anyhow::Result<f64> {
        let (Some(first), Some(last)) = (self.customers.first(), self.customers.last()) else {
            bail!("pgbench has no customers");
        };
        let last = if customers == Customers::One { first } else { last };
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/pgbench/webhook.sql");
        let mut command = Command::new(self.program);
        command.args(["--no-vacuum", "--protocol=prepared", "--jobs=2", "--file", script]);
        command.args(["--client", &clients.to_string(), "--time", &length.as_secs().max(1).to_string()]);
        for (name, value) in [
            ("first", first.id.to_string().as_str()),
            ("last", last.id.to_string().as_str()),
            ("transcript", transcript()),
            ("turns", TURNS),
            ("analysis", ANALYSIS),
        ] {
            command.arg(format!("--define={name}={value}"));
        }
        command.arg(&self.login.url);
        if let Some(password) = self.login.password {
            command.env("PGPASSWORD", password);
        }
        let output = command.output().with_context(|| format!("run {}", self.program.display()))?;
        let said = String::from_utf8_lossy(&output.stdout);
        let number = |after: &str| -> Option<f64> {
            let line = said.lines().find_map(|line| line.strip_prefix(after))?;
            line.split_whitespace().next()?.parse().ok()
        };
        let failed = number("number of failed transactions: ");
        match number("tps = ") {
            Some(rate) if output.status.success() && failed.is_none_or(|failed| failed == 0.0) => Ok(rate),
            _ => bail!("pgbench failed: {said}{}", String::from_utf8_lossy(&output.stderr)),
        }
    }
}

impl<'a> Login<'a> {
    fn read(url: &'a str) -> Self {
        let parts = url.split_once("://").and_then(|(scheme, rest)| {
            let (user, place) = rest.split_once('@')?;
            let (user, password) = user.split_once(':')?;
            Some((format!("{scheme}://{user}@{place}"), password))
        });
        match parts {
            // One with escapes would have to be decoded; libpq does that for a whole URL.
            Some((url, password)) if !password.contains('%') => Self { url, password: Some(password) },
            _ => Self { url: url.to_owned(), password: None },
        }
    }
}
