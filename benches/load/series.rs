//! The order in which things are measured, over and over: server and pgbench take turns, so that a
//! machine whose speed drifts is slow for both.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::thread;
use std::time::{Duration, Instant};

use actors::secrets::{Vault, random};
use anyhow::{Context, bail};
use data_encoding::HEXLOWER;
use tokio::runtime::Runtime;

use super::counted::Counted;
use super::customers::{Customer, Registry};
use super::drive::{Outcome, Pace, drive};
use super::options::{Figure, Options};
use super::pgbench::{Customers, Pgbench};
use super::proof::Proof;
use super::report::Report;
use super::server::Stage;
use super::traffic::{Acknowledged, Booked, Bookings, Numbers, Questions, Webhooks};
use super::{deliveries, messages, months, portal, reads};

/// Cold customers activated one by one.
const ALONE: usize = 200;
/// Connections that activate in parallel; the server loads as many at once.
const ACTIVATING: usize = 16;
/// Connections that book beside a flood, and their pause: a few agents, not a second flood.
const NEIGHBOURS: usize = 2;
const NEIGHBOUR_PAUSE: Duration = Duration::from_millis(5);
/// Customers whose guests are told.
const MESSAGED: usize = 20;
/// How those deliveries are called that have bad company.
const BESIDE_SILENT: &str = "beside 40 that never answer";
/// People who read at once.
const READERS: usize = 2;
/// Each side of a comparison runs itself warm before it counts.
const WARM: Duration = Duration::from_secs(1);

/// All that the measurements share.
struct Series<'a> {
    options: &'a Options,
    stage: Stage,
    runtime: Runtime,
    registry: Arc<Registry>,
    proof: Proof,
    numbers: Numbers,
    report: Report,
    /// Customers with calls and appointments.
    busy: Arc<[Customer]>,
    busy_slots: Arc<AtomicU64>,
    acknowledged: Vec<Acknowledged>,
    booked: Vec<Booked>,
    /// Webhooks that had another answer than was hoped for.
    unanswered: usize,
}

/// Measures everything that was asked for, prints it, and answers whether all of it was right.
pub fn run(options: &Options) -> anyhow::Result<bool> {
    let stage = Stage::set(options)?;
    let tag = HEXLOWER.encode(&random::<4>());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let database_url = stage.database_url.clone();
    let registry = Arc::new({
        let _inside = runtime.enter();
        Registry::open(&database_url, &stage.secret_key, &tag)?
    });
    let proof = runtime.block_on(Proof::open(&database_url))?;
    let mut series = Series {
        options,
        stage,
        runtime,
        registry,
        proof,
        numbers: Numbers::new(&tag),
        report: Report::default(),
        busy: Arc::new([]),
        busy_slots: Arc::default(),
        acknowledged: Vec::new(),
        booked: Vec::new(),
        unanswered: 0,
    };
    let findings = series.measure(&database_url)?;
    say(series.report.tables());
    for finding in &findings {
        say(format_args!("WRONG: {finding}"));
    }
    say(format_args!(
        "{} acknowledged calls and {} bookings were looked up; {} findings.",
        series.acknowledged.len(),
        series.booked.len(),
        findings.len()
    ));
    series.stage.strike()?;
    Ok(findings.is_empty())
}

#[expect(clippy::print_stdout, reason = "the result is what this program is for")]
fn say(text: impl std::fmt::Display) {
    println!("{text}");
}

impl Series<'_> {
    fn measure(&mut self, database_url: &str) -> anyhow::Result<Vec<String>> {
        let options = self.options;
        self.busy = self.register(options.customers)?;
        let compares = options.wants(Figure::Hot) || options.wants(Figure::Spread);
        let rivals = match &options.pgbench {
            Some(_) if compares => self.register(options.customers)?,
            _ => Arc::new([]),
        };
        let pgbench = match &options.pgbench {
            Some(program) if compares => Some(Pgbench::new(program, database_url, &rivals)?),
            _ => None,
        };
        let trial = Duration::from_secs(options.pgbench_trial_seconds);
        let best = |customers, figure| match &pgbench {
            Some(pgbench) if options.wants(figure) => {
                pgbench.best_clients(customers, &options.pgbench_clients, trial).map(Some)
            }
            _ => anyhow::Ok(None),
        };
        // Measured alone and once filled: it takes minutes.
        let library = if options.wants(Figure::Read) { Some(self.library(database_url)?) } else { None };
        let portal = if options.wants(Figure::Portal) { Some(self.business(database_url)?) } else { None };
        let clients = [best(Customers::One, Figure::Hot)?, best(Customers::All, Figure::Spread)?];
        for repetition in 1..=options.repetitions {
            eprintln!("load: repetition {repetition} of {}", options.repetitions);
            if repetition > 1 {
                self.stage.restart()?;
            }
            if options.wants(Figure::Activation) {
                self.activation()?;
            }
            self.warm_up()?;
            if options.wants(Figure::Hot) {
                let hot = self.register(1)?;
                self.webhooks("hot", hot)?;
                self.compare("hot", Customers::One, clients[0], pgbench.as_ref())?;
            }
            if options.wants(Figure::Spread) {
                self.webhooks("spread", Arc::clone(&self.busy))?;
                self.compare("spread", Customers::All, clients[1], pgbench.as_ref())?;
            }
            self.functions()?;
            if options.wants(Figure::Flood) {
                self.flood()?;
            }
            if let Some(token) = &library {
                self.read(token)?;
            }
            if let Some(token) = &portal {
                self.portal(token)?;
            }
            if options.wants(Figure::Messages) {
                self.messages(database_url)?;
            }
            if options.wants(Figure::Deliveries) {
                self.deliveries(database_url, "alone")?;
                self.deliveries(database_url, BESIDE_SILENT)?;
            }
            if options.wants(Figure::Months) {
                self.months(database_url)?;
            }
        }
        for (who, bytes) in
            ["server", "pgbench"].iter().zip(self.runtime.block_on(self.proof.row_bytes(&self.numbers))?)
        {
            if let Some(bytes) = bytes {
                self.report.note(format!("row of a call, by {who}"), "B", bytes);
            }
        }
        let proof = self.proof.findings(&self.acknowledged, &self.booked, &self.numbers, self.unanswered);
        self.runtime.block_on(proof).context("prove the result")
    }

    fn register(&mut self, count: usize) -> anyhow::Result<Arc<[Customer]>> {
        self.runtime.block_on(self.registry.register(count))
    }

    fn length(&self) -> Duration {
        Duration::from_secs(self.options.seconds)
    }

    fn counted(&self) -> Option<Counted> {
        Counted::read(self.stage.operators?).ok()
    }

    /// Activates the busy customers, as the first requests of a day would.
    fn warm_up(&mut self) -> anyhow::Result<()> {
        let questions = Questions::availability(ACTIVATING, &self.stage.retell_api_key, &self.busy);
        let pace = Pace::flat_out(Duration::from_secs(60));
        let (outcome, _) = drive(self.stage.address, Questions::in_turn(questions, 1), pace)?;
        match outcome.first_refusal {
            None => Ok(()),
            Some(refusal) => bail!("the server does not take our requests: {refusal}"),
        }
    }

    fn activation(&mut self) -> anyhow::Result<()> {
        let (alone, many) = (self.register(ALONE)?, self.register(self.options.cold)?);
        self.runtime.block_on(self.proof.settle());
        let pace = Pace::flat_out(Duration::from_secs(120));
        let activate = |stage: &Stage, count, customers| {
            let questions = Questions::availability(count, &stage.retell_api_key, customers);
            drive(stage.address, Questions::in_turn(questions, 1), pace)
        };
        let (outcome, _) = activate(&self.stage, 1, &alone)?;
        self.note_latencies("activation alone", &outcome);
        let before = self.stage.resident_bytes();
        let (outcome, _) = activate(&self.stage, ACTIVATING, &many)?;
        self.note_latencies("activation of many", &outcome);
        self.report.note("activation of all cold", "s", outcome.elapsed.as_secs_f64());
        if let (Some(before), Some(after)) = (before, self.stage.resident_bytes()) {
            let each = (after - before) / many.len() as f64 / 1024.0;
            self.report.note("memory of a customer", "KiB", each);
        }
        Ok(())
    }

    fn webhooks(&mut self, name: &str, customers: Arc<[Customer]>) -> anyhow::Result<()> {
        self.runtime.block_on(self.proof.settle());
        self.flood_of(&customers, WARM)?;
        let before = self.counted();
        let outcome = self.flood_of(&customers, self.length())?;
        self.report.note(format!("webhooks/s, {name}"), "/s", outcome.per_second());
        self.report.note(format!("webhook p50, {name}"), "ms", outcome.percentile_ms(0.5));
        self.report.note(format!("webhook p99, {name}"), "ms", outcome.percentile_ms(0.99));
        self.complain(name, &outcome);
        if let (Some(before), Some(after)) = (before, self.counted()) {
            eprintln!("load: {name}: {:.0}/s, {}", outcome.per_second(), after.since(&before));
        }
        Ok(())
    }

    fn flood_of(&mut self, customers: &Arc<[Customer]>, length: Duration) -> anyhow::Result<Outcome> {
        let key = &self.stage.retell_api_key;
        let connections = self.options.webhook_connections;
        let traffics = Webhooks::new(connections, key, Arc::clone(customers), &self.numbers);
        let (outcome, traffics) = drive(self.stage.address, traffics, Pace::flat_out(length))?;
        self.take(&outcome, traffics);
        Ok(outcome)
    }

    fn take(&mut self, outcome: &Outcome, traffics: Vec<Webhooks>) {
        self.acknowledged.extend(traffics.into_iter().flat_map(|traffic| traffic.acknowledged));
        self.unanswered += outcome.refused;
    }

    fn compare(
        &mut self,
        name: &str,
        customers: Customers,
        clients: Option<usize>,
        pgbench: Option<&Pgbench<'_>>,
    ) -> anyhow::Result<()> {
        let (Some(pgbench), Some(clients)) = (pgbench, clients) else { return Ok(()) };
        self.runtime.block_on(self.proof.settle());
        pgbench.run(customers, clients, WARM)?;
        let rate = pgbench.run(customers, clients, self.length())?;
        eprintln!("load: pgbench, {name} at {clients} clients: {rate:.0}/s");
        self.report.note(format!("pgbench calls/s, {name}"), "/s", rate);
        Ok(())
    }

    /// What agents ask while somebody waits on the telephone.
    fn functions(&mut self) -> anyhow::Result<()> {
        let (count, key) = (self.options.connections, self.stage.retell_api_key.clone());
        let (address, pace) = (self.stage.address, Pace::flat_out(self.length()));
        if self.options.wants(Figure::Lookup) {
            // Somebody must have called before anybody can be found.
            if !self.options.wants(Figure::Spread) {
                self.flood_of(&Arc::clone(&self.busy), WARM * 5)?;
            }
            let first = Questions::in_turn(Questions::lookup(count, &key, &self.busy), 5);
            let (outcome, _) = drive(address, first, Pace::flat_out(Duration::from_secs(120)))?;
            self.note_latencies("lookup, first of a caller", &outcome);
            let (outcome, _) = drive(address, Questions::lookup(count, &key, &self.busy), pace)?;
            self.report.note("lookup/s", "/s", outcome.per_second());
            self.note_latencies("lookup", &outcome);
        }
        if self.options.wants(Figure::Availability) {
            let (outcome, _) = drive(address, Questions::availability(count, &key, &self.busy), pace)?;
            self.report.note("availability/s", "/s", outcome.per_second());
            self.note_latencies("availability", &outcome);
        }
        if self.options.wants(Figure::Book) {
            self.runtime.block_on(self.proof.settle());
            let (busy, slots) = (Arc::clone(&self.busy), Arc::clone(&self.busy_slots));
            let outcome = self.book(count, &busy, &slots, pace)?;
            self.report.note("book/s", "/s", outcome.per_second());
            self.note_latencies("book", &outcome);
        }
        Ok(())
    }

    fn book(
        &mut self,
        count: usize,
        customers: &Arc<[Customer]>,
        slots: &Arc<AtomicU64>,
        pace: Pace,
    ) -> anyhow::Result<Outcome> {
        let key = &self.stage.retell_api_key;
        let bookings = Bookings::new(count, key, customers, &self.numbers, slots);
        let (outcome, traffics) = drive(self.stage.address, bookings, pace)?;
        self.booked.extend(traffics.into_iter().flat_map(|traffic| traffic.booked));
        Ok(outcome)
    }

    /// Bookings of one customer alone, then during a flood of webhooks of another whose entries go
    /// through the same writer: those with even numbers share one.
    fn flood(&mut self) -> anyhow::Result<()> {
        let fresh = self.register(6)?;
        let even: Vec<Arc<[Customer]>> = fresh
            .iter()
            .filter(|customer| customer.id % 2 == 0)
            .map(|customer| Arc::from([customer.clone()]))
            .collect();
        let [flooded, neighbour, ..] = even.as_slice() else { bail!("three of six numbers are even") };
        self.runtime.block_on(self.proof.settle());
        let slots = Arc::default();
        let pace = Pace { length: self.length(), pause: NEIGHBOUR_PAUSE };
        let idle = self.book(NEIGHBOURS, neighbour, &slots, pace)?;
        self.note_latencies("book, idle", &idle);

        let key = &self.stage.retell_api_key;
        let traffics =
            Webhooks::new(self.options.webhook_connections, key, Arc::clone(flooded), &self.numbers);
        let (address, length) = (self.stage.address, self.length() + WARM * 2);
        let flood = thread::spawn(move || drive(address, traffics, Pace::flat_out(length)));
        thread::sleep(WARM);
        let beside = self.book(NEIGHBOURS, neighbour, &slots, pace);
        let Ok(flooded) = flood.join() else { bail!("the flood fell") };
        let (outcome, traffics) = flooded?;
        self.take(&outcome, traffics);
        self.note_latencies("book, during a flood", &beside?);
        self.report.note("webhooks/s of that flood", "/s", outcome.per_second());
        Ok(())
    }

    /// A customer with many calls; answers a token for its admin, and one for a user who sees few.
    fn library(&mut self, database_url: &str) -> anyhow::Result<[String; 2]> {
        let customer = self.register(1)?[0].clone();
        eprintln!("load: putting {} calls in", self.options.calls);
        let vault = Vault::new(&self.stage.secret_key, None);
        self.runtime.block_on(async {
            reads::fill(database_url, customer.id, self.options.calls).await?;
            let admin = reads::token(database_url, &vault, customer.id, &customer.email).await?;
            let staff =
                reads::token(database_url, &vault, customer.id, &reads::staff_email(customer.id)).await?;
            Ok([admin, staff])
        })
    }

    fn read(&mut self, [admin, staff]: &[String; 2]) -> anyhow::Result<()> {
        for (name, token, paths) in [
            ("list", admin, reads::lists()),
            ("search", admin, reads::searches()),
            ("own list", staff, reads::lists()),
            ("own search", staff, reads::searches()),
        ] {
            let pages = || reads::Pages::new(READERS, token, &paths, reads::A_ROW);
            drive(self.stage.address, pages(), Pace::flat_out(WARM))?;
            let (outcome, _) = drive(self.stage.address, pages(), Pace::flat_out(self.length()))?;
            self.report.note(format!("{name}/s"), "/s", outcome.per_second());
            self.report.note(format!("{name} p50"), "ms", outcome.percentile_ms(0.5));
            self.report.note(format!("{name} p95"), "ms", outcome.percentile_ms(0.95));
            self.complain(name, &outcome);
        }
        Ok(())
    }

    /// A business that has been here for a while; answers a token for its admin.
    fn business(&mut self, database_url: &str) -> anyhow::Result<String> {
        let customer = self.register(1)?[0].clone();
        let vault = Vault::new(&self.stage.secret_key, None);
        self.runtime.block_on(async {
            reads::fill(database_url, customer.id, portal::CALLS).await?;
            portal::fill(database_url, customer.id).await?;
            reads::token(database_url, &vault, customer.id, &customer.email).await
        })
    }

    fn portal(&mut self, token: &str) -> anyhow::Result<()> {
        let all: Vec<String> = portal::PAGES.iter().map(|(_, path)| (*path).to_owned()).collect();
        drive(
            self.stage.address,
            reads::Pages::new(READERS, token, &all, reads::A_PAGE),
            Pace::flat_out(WARM),
        )?;
        let each = self.length() / u32::try_from(portal::PAGES.len()).unwrap_or(1).div_ceil(3);
        let mut slowest = 0.0_f64;
        for (name, path) in portal::PAGES {
            // One reader: what the server takes, not how two wait for each other.
            let page = reads::Pages::new(1, token, &[path.to_owned()], reads::A_PAGE);
            let (outcome, _) = drive(self.stage.address, page, Pace::flat_out(each))?;
            let p95 = outcome.percentile_ms(0.95);
            slowest = slowest.max(p95);
            self.report.note(format!("page p50, {name}"), "ms", outcome.percentile_ms(0.5));
            self.report.note(format!("page p95, {name}"), "ms", p95);
            self.complain(name, &outcome);
        }
        self.report.note("slowest page p95", "ms", slowest);
        Ok(())
    }

    /// Many book at once, and each is to hear of it by mail.
    fn messages(&mut self, database_url: &str) -> anyhow::Result<()> {
        let customers = self.register(MESSAGED)?;
        self.runtime.block_on(self.proof.settle());
        let (key, slots) = (&self.stage.retell_api_key, Arc::default());
        let bookings = Bookings::new(self.options.connections, key, &customers, &self.numbers, &slots);
        let bookings = Bookings::at_most(bookings, messages::MESSAGES);
        let (outcome, traffics) =
            drive(self.stage.address, bookings, Pace::flat_out(Duration::from_secs(60)))?;
        self.booked.extend(traffics.into_iter().flat_map(|traffic| traffic.booked));
        self.complain("messages", &outcome);
        let ids: Vec<i64> = customers.iter().map(|customer| customer.id).collect();
        let sent = self.runtime.block_on(messages::all_sent(database_url, &ids))?;
        let all = outcome.elapsed + sent.all_after;
        self.report.note("2,000 messages accepted", "s", all.as_secs_f64());
        self.report.note("message p50", "s", sent.median);
        self.report.note("message, the longest", "s", sent.longest);
        Ok(())
    }

    /// Calls alone, then beside the closing of many months.
    fn months(&mut self, database_url: &str) -> anyhow::Result<()> {
        let (due, calling) = (self.register(months::CUSTOMERS)?, self.register(months::CALLING)?);
        let ids: Vec<i64> = due.iter().map(|customer| customer.id).collect();
        let alone = self.calls_come_in(&calling)?;
        self.report.note("calls/s that came in", "/s", alone.per_second());
        self.note_latencies("webhook, before months are closed", &alone);
        eprintln!("load: giving {} customers a past", ids.len());
        self.runtime.block_on(months::begin(database_url, &ids))?;
        self.runtime.block_on(self.proof.settle());
        // What is in memory would not know of it; and it is what waits for a server that was away.
        if !self.stage.restart()? {
            bail!("a server that was named is not restarted, and so knows nothing of that past");
        }
        let mailed_before = self.runtime.block_on(months::progress(database_url, &ids))?.mailed;
        let began = Instant::now();
        let mut looks = 0;
        loop {
            let beside = self.calls_come_in(&calling)?;
            let progress = self.runtime.block_on(months::progress(database_url, &ids))?;
            let (closed, mailed) = (progress.closed, progress.mailed - mailed_before);
            let after = began.elapsed().as_secs_f64();
            eprintln!("load: after {after:.0} s {closed} months are closed, {mailed} invoices mailed");
            if closed == ids.len() {
                self.report.note("20,000 months closed", "s", progress.seconds);
                self.report.note("invoices mailed by then", "", mailed as f64);
                break;
            }
            self.note_latencies("webhook, while months are closed", &beside);
            looks += 1;
            if looks > months::LOOKS_MAX {
                bail!("{closed} of {} months are closed after {after:.0} s", ids.len());
            }
        }
        self.runtime.block_on(months::check(database_url, &ids))
    }

    fn calls_come_in(&mut self, to: &Arc<[Customer]>) -> anyhow::Result<Outcome> {
        let key = &self.stage.retell_api_key;
        let traffics = Webhooks::new(months::CONNECTIONS, key, Arc::clone(to), &self.numbers);
        let (outcome, traffics) =
            drive(self.stage.address, traffics, Pace { length: months::LOOK, pause: months::PAUSE })?;
        self.take(&outcome, traffics);
        Ok(outcome)
    }

    /// Calls that customers' own systems are told, at a pace that deliveries keep up with, then flat out.
    /// Others' calls are reported beside them either way; whether their systems are told is the difference.
    fn deliveries(&mut self, database_url: &str, name: &str) -> anyhow::Result<()> {
        let Some(receivers) = self.stage.receivers() else { return Ok(()) };
        let (healthy, others) = (self.register(deliveries::HEALTHY)?, self.register(deliveries::SILENT)?);
        let vault = Vault::new(&self.stage.secret_key, None);
        self.runtime.block_on(async {
            deliveries::subscribe(database_url, &vault, &healthy, receivers.healthy).await?;
            if name == BESIDE_SILENT {
                deliveries::subscribe(database_url, &vault, &others, receivers.silent).await?;
            }
            anyhow::Ok(())
        })?;
        self.runtime.block_on(self.proof.settle());
        let (key, address) = (self.stage.retell_api_key.clone(), self.stage.address);
        let traffic = |count, customers| Webhooks::new(count, &key, customers, &self.numbers);
        let pace = |length| Pace { length, pause: deliveries::PAUSE };
        let (others, length) = (traffic(1, others), self.length());
        let others = thread::spawn(move || drive(address, others, pace(WARM * 2 + length * 2)));
        // Until the others have all been told of something.
        thread::sleep(WARM * 2);
        receivers.take();
        let paced = traffic(deliveries::PACED, Arc::clone(&healthy));
        let (outcome, traffics) = drive(address, paced, pace(length))?;
        self.take(&outcome, traffics);
        receivers.wait_for(outcome.answers())?;
        let heard = receivers.take();
        self.report.note(
            format!("call to arrival p50, {name}"),
            "ms",
            deliveries::percentile_ms(&heard, 0.5),
        );
        self.report.note(
            format!("call to arrival p99, {name}"),
            "ms",
            deliveries::percentile_ms(&heard, 0.99),
        );
        let flood = Webhooks::new(self.options.connections, &key, healthy, &self.numbers);
        let (outcome, traffics) = drive(address, flood, Pace::flat_out(length))?;
        let delivered = receivers.take().len() as f64 / outcome.elapsed.as_secs_f64();
        self.take(&outcome, traffics);
        self.report.note(format!("deliveries/s in a flood, {name}"), "/s", delivered);
        self.report.note(format!("calls/s of that flood, {name}"), "/s", outcome.per_second());
        let Ok(others) = others.join() else { bail!("the others' calls fell") };
        let (outcome, traffics) = others?;
        self.take(&outcome, traffics);
        self.runtime.block_on(deliveries::forget(database_url))
    }

    fn note_latencies(&mut self, name: &str, outcome: &Outcome) {
        // "book, idle" gives "book p99, idle".
        let (what, which) =
            name.split_once(", ").map_or((name, String::new()), |(what, which)| (what, format!(", {which}")));
        self.report.note(format!("{what} p50{which}"), "ms", outcome.percentile_ms(0.5));
        self.report.note(format!("{what} p99{which}"), "ms", outcome.percentile_ms(0.99));
        self.complain(name, outcome);
    }

    fn complain(&self, name: &str, outcome: &Outcome) {
        if let Some(refusal) = &outcome.first_refusal {
            eprintln!("load: {name}: {} answers were not hoped for, the first: {refusal}", outcome.refused);
        }
    }
}
