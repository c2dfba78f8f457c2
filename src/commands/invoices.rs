//! `invoices run`: closes months by hand, for whoever does not want to wait for the minute.

use std::process::ExitCode;

use actors::invoicer::Round;
use anyhow::bail;
use clap::Subcommand;
use domain::month::Month;
use jiff::tz::TimeZone;

use super::say;
use crate::backend::Backend;
use crate::config::Config;

#[derive(Debug, Subcommand)]
pub enum Invoices {
    /// Close a month, and those before it, for everybody for whom it is over; twice is once
    Run {
        /// Which, as 2026-10
        #[arg(long)]
        month: String,
    },
}

pub async fn run(backend: &Backend, config: &Config, command: Invoices) -> anyhow::Result<ExitCode> {
    let Invoices::Run { month } = command;
    let Some(month) = Month::parse(&month) else { bail!("{month:?} is no month: write it as 2026-10") };
    // Somewhere it is over once the month has ended in UTC+14.
    let now = backend.clock.now();
    if month >= Month::at(now + jiff::SignedDuration::from_hours(14), &TimeZone::UTC) {
        bail!("{} is not over anywhere", month.in_words());
    }
    let Round { invoices, failed, .. } = backend.invoicing(config).round(Some(month)).await?;
    for (customer, invoice) in &invoices {
        let (content, status) = (&invoice.content, invoice.status.as_str());
        let (number, currency) = (&invoice.number, &invoice.currency);
        say(format_args!(
            "customer {customer}: {number} of {}, {} {currency}, {status}",
            invoice.month, content.total
        ));
    }
    for customer in &failed {
        say(format_args!("customer {customer}: not now; run this again"));
    }
    say(format_args!("{} invoices, {} customers failed", invoices.len(), failed.len()));
    Ok(if failed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
