//! A load tester for a running server: how many signed webhooks it acknowledges, how fast agents
//! are answered, what a customer in memory costs; and a proof at the end that every acknowledged
//! call was charged exactly once.
//!
//! Run as `cargo bench --bench load -- --help`; what the figures mean is in `benches/README.md`.
//! Reading order: [`series`] (what is measured, in which order), [`traffic`] (what is asked),
//! [`drive`] (how), [`pgbench`] (what it is compared with), [`proof`].

mod bodies;
mod client;
mod counted;
mod customers;
mod deliveries;
mod drive;
mod mail;
mod messages;
mod months;
mod options;
mod pgbench;
mod portal;
mod proof;
mod reads;
mod report;
mod series;
mod server;
mod traffic;

use std::process::ExitCode;

use clap::Parser;
use options::Options;

fn main() -> ExitCode {
    match series::run(&Options::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("load: {error:#}");
            // Not measured is not wrong: 1 is kept for a wrong result.
            ExitCode::from(2)
        }
    }
}
