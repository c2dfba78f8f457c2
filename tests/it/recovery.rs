//! Whatever was acknowledged survives `kill -9`, exactly once.
//!
//! The real program on a database of its own is killed again and again under load, started again,
//! and at the end its records are compared with every answer that anybody ever got. The database
//! outlives the kills, as it does in production: what is tried is the journal, not PostgreSQL.
//!
//! Reading order: [`server`] (the program), [`client`] (who retries, and hangs up), [`load`] (what
//! is said and what is remembered of it), [`records`] (what must be true at the end).

mod client;
mod dice;
mod load;
mod records;
mod server;

use std::time::{Duration, Instant};

use client::Line;
use dice::Dice;
use load::{Acknowledged, Load};
use server::{Home, Server};

/// Customers; the first one is hot: it gets half of everything.
const CUSTOMERS: usize = 6;
/// Conversations at once.
const CLIENTS: u64 = 24;
/// Acknowledged answers between a start and the kill that follows it.
const ACKNOWLEDGED_BEFORE_KILL: std::ops::Range<u64> = 20..150;
/// A server under load that acknowledges nothing for so long is not well.
const PATIENCE: Duration = Duration::from_secs(30);

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_before_a_kill_is_stored_and_charged_once() {
    let is_long = std::env::var_os("VOICE_TEST_LONG").is_some();
    let kills = if is_long { 200 } else { 20 };
    let seed = dice::seed();
    println!("VOICE_TEST_SEED={seed} throws the same dice again");
    let (mut dice, began) = (Dice::new(seed), Instant::now());

    let home = Home::new();
    let mut server = Server::start(&home);
    let customers = (0..CUSTOMERS).map(|number| home.create_customer(number)).collect();
    let line = Line::to(server.address());
    let load = Load::start(&line, customers, (0..CLIENTS).map(|_| dice.split()).collect());

    let killing = Instant::now();
    for kill in 1..=kills {
        let wanted = load.acknowledged() + dice.within(ACKNOWLEDGED_BEFORE_KILL);
        load.acknowledges(wanted, PATIENCE).await;
        if kill == kills / 2 {
            // Between two kills, while everything moves; some may be too busy to be compared whole.
            let said = home.audit(&server);
            let is_compared = said.contains(" in memory compared") && !said.contains(" 0 in memory");
            assert!(is_compared && said.ends_with(", 0 findings"), "{said}");
        }
        line.goes_dead();
        server.kill();
        server = Server::start(&home);
        line.is_back_at(server.address());
    }
    let killing = killing.elapsed();
    // The last start serves as well as the first.
    load.acknowledges(load.acknowledged() + 100, PATIENCE).await;
    let told = load.end(&mut dice).await;

    assert_eq!(home.audit(&server), "6 customers, 6 in memory compared, 0 findings");
    server.stop();
    let database = home.open_database();
    records::check(database.url(), &told).await;
    assert!(home.audit_offline().ends_with("so no memory compared, 0 findings"));
    let Acknowledged { calls, bookings, .. } = &told.acknowledged;
    println!(
        "{kills} kills in {killing:.1?}, all in {:.1?}: {} reports and {} bookings acknowledged; {}",
        began.elapsed(),
        calls.len(),
        bookings.len(),
        told.tally
    );
    told.tally.assert_everything_happened();
    if !is_long {
        assert!(killing < Duration::from_secs(60), "{kills} kills took {killing:.1?}");
    }
}
