//! Random histories end as a plain model says they must.
//!
//! Two customers are called, booked, paid, refunded, changed, suspended, invoiced, left alone, restarted and
//! disturbed in the middle of their commits, for months. A command that is told to come back is asked again
//! until it is decided; it may have been carried out already, and must then answer as the first time. Every
//! answer is the model's, and at the end so are the records, before and after one more restart.
//!
//! Reading order: [`history`] (what may happen) and [`dice`] (how often), [`business`] and [`books`]
//! (what must be true then), [`play`] (how the two are compared) and [`words`] (in which words), [`world`]
//! (the server).

mod books;
mod business;
mod dice;
mod history;
mod play;
mod words;
mod world;

use std::cell::RefCell;
use std::panic;
use std::sync::Once;
use std::sync::atomic::{AtomicUsize, Ordering};

use actors::auditor;
use jiff::tz::TimeZone;
use proptest::test_runner::{Config, RngSeed, TestRunner};
use rust_decimal::Decimal;
use sqlx::{PgConnection, Row};
use tokio::runtime::Runtime;

use business::Business;
use history::{Command, Step};
use play::Pair;
use world::World;

/// Histories in a normal run; ten times as many in a long one.
const CASES: u32 = 32;
/// What is audited grows with each of them.
const HISTORIES_A_SERVER: usize = 15;
/// A call that was never reported to have ended is forgotten after this.
const CALL_MINUTES_MAX: i64 = 3 * 60;
/// Where the two are: their days begin at different times, and neither has summer time.
const ZONES: [&str; 2] = ["America/Phoenix", "Asia/Kolkata"];
/// How long a smaller history is looked for once one has failed.
const SHRINK_MILLISECONDS: u32 = 60_000;

#[test]
fn whatever_happens_the_records_are_those_of_a_plain_model() {
    // A machine that stands still for two seconds turns somebody away; that is no wrong answer.
    explore(false);
}

#[test]
fn commits_that_are_lost_or_fall_change_nothing_but_the_time_it_takes() {
    let turned_away = explore(true);
    assert!(
        turned_away > CASES as usize,
        "only {turned_away} commands were told to come back: nothing was tried"
    );
}

/// Plays random histories; answers how often a command was told to come back.
fn explore(faults: bool) -> usize {
    let is_long = std::env::var_os("VOICE_TEST_LONG").is_some();
    let mut config = Config { failure_persistence: None, ..Config::default() };
    (config.max_shrink_time, config.max_shrink_iters) = (SHRINK_MILLISECONDS, 10_000);
    config.cases = if is_long { 10 * CASES } else { CASES };
    if let RngSeed::Random = config.rng_seed {
        // The same histories each time, so that red means changed code; others in a long run.
        let seed = std::time::UNIX_EPOCH.elapsed().map_or(0, |since| since.as_secs());
        config.rng_seed = RngSeed::Fixed(if is_long { seed } else { 1 });
    }
    println!("PROPTEST_RNG_SEED={} plays the same histories again", config.rng_seed);

    hush();
    // One server for several histories, each with customers of its own. After a failure it is not
    // to be trusted: it goes with its runtime, and the next history has a new one.
    let turned_away = AtomicUsize::new(0);
    let kept: RefCell<Option<(Runtime, World, usize)>> = RefCell::default();
    let played = TestRunner::new(config).run(&dice::histories(faults), |history| {
        let (runtime, world, count) = kept.take().unwrap_or_else(|| {
            let runtime = Runtime::new().expect("a runtime");
            let world = runtime.block_on(World::new());
            (runtime, world, 0)
        });
        let world = runtime.block_on(run(world, history));
        turned_away.fetch_add(world.turned_away.swap(0, Ordering::Relaxed), Ordering::Relaxed);
        let next = (count + 1 < HISTORIES_A_SERVER).then_some((runtime, world, count + 1));
        kept.replace(next);
        Ok(())
    });
    if let Err(failed) = played {
        panic!("{failed}");
    }
    turned_away.into_inner()
}

/// A writer that falls because it was told to needs no backtrace, which takes longer than all else.
fn hush() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let usual = panic::take_hook();
        panic::set_hook(Box::new(move |fallen| {
            if fallen.payload_as_str() != Some("the test seam asked for a panic") {
                usual(fallen);
            }
        }));
    });
}

async fn run(mut world: World, history: Vec<Step>) -> World {
    let mut pairs = Vec::new();
    for zone in ZONES {
        let customer = world.register(zone).await;
        let zone = TimeZone::get(zone).expect("a zone");
        pairs.push(Pair { customer, model: Business::new(customer.0, world.now(&zone), zone) });
    }
    let mut pairs: [Pair; 2] = pairs.try_into().unwrap_or_else(|_| unreachable!("as many as zones"));
    let customers = pairs.each_ref().map(|pair| pair.customer);
    for step in history {
        match step {
            Step::To(tenant, command) => pairs[tenant].play(&world, &command).await,
            Step::Rush(endings) => play::rush(&world, &mut pairs, &endings).await,
            Step::Pass(minutes) => world.pass(minutes),
            Step::Turn(minutes) => world.turns_the_month(minutes),
            Step::Restart => world = restart(world, &mut pairs).await,
            Step::Rest(tenant) => {
                pairs[tenant].look_at_clock(&world);
                // Nobody leaves while somebody is on the telephone.
                if !pairs[tenant].model.is_live() {
                    world.rests(pairs[tenant].customer).await;
                }
            }
            Step::Books => {
                world.keep_books(customers).await;
                for pair in &mut pairs {
                    pair.keeps_books(&world).await;
                }
            }
            Step::Fail(faults) => {
                faults.iter().for_each(|(point, verdict)| world.seam.next(*point, *verdict))
            }
        }
    }
    world.calms_down(customers[0]).await;
    check(&world, &mut pairs).await;
    let report = auditor::audit(&world.store).await.expect("an audit");
    assert_eq!(report.findings, []);
    // Loaded anew, they are the same. No telephone call lasts so long that it would keep them here.
    world.pass(CALL_MINUTES_MAX);
    for pair in &pairs {
        world.rests(pair.customer).await;
    }
    check(&world, &mut pairs).await;
    world
}

async fn restart(world: World, pairs: &mut [Pair; 2]) -> World {
    pairs.iter_mut().for_each(|pair| pair.model.forgets_who_is_live());
    world.restart().await
}

/// Records, memory and model agree.
async fn check(world: &World, pairs: &mut [Pair; 2]) {
    for pair in pairs.iter_mut() {
        // Asking brings the customer into memory, where it was not.
        for command in [Command::Availability(1, None), Command::Lookup(0), Command::Ring(0)] {
            pair.play(world, &command).await;
        }
        let vouched = world.ask(pair.customer, async |tenant| tenant.snapshot().await).await;
        let snapshot = vouched.answer.expect("a snapshot is never refused");
        assert_eq!(snapshot.balance, format!("{:.4}", pair.model.balance()));
        let again =
            async |_| world.ask(pair.customer, async |tenant| tenant.snapshot().await).await.answer.ok();
        let compared = auditor::compare(&world.store, snapshot, world.clock.now(), again).await;
        assert_eq!(compared.expect("memory is compared").findings, []);
        check_records(&mut *world.records.lock().await, pair).await;
    }
}

/// Name, id, status, (seconds, entries), cost, (has a transcript, has a summary).
type StoredCall = (String, i64, Option<String>, (i32, i32), Decimal, (bool, bool));
/// Id, phone, call, start, end, status.
type StoredAppointment = (i64, Option<String>, Option<String>, i64, i64, String);

async fn check_records(connection: &mut PgConnection, pair: &Pair) {
    const CALLS: &str = "
select retell_call_id, id, status, duration_seconds, charges, cost, transcript is not null, summary is not null
  from calls
 where customer_id = $1
 order by retell_call_id";
    const APPOINTMENTS: &str = "
select a.id, a.guest_phone, c.retell_call_id, extract(epoch from a.start_time)::bigint,
       extract(epoch from a.end_time)::bigint, a.status
  from appointments a
  left join calls c on c.customer_id = a.customer_id and c.id = a.call_id
 where a.customer_id = $1
 order by a.id";
    const LEDGER: &str =
        "select seq, reference, amount from transactions where customer_id = $1 order by seq";
    const EVENTS: &str = "select subject, event from webhook_logs where customer_id = $1 order by id";
    const BALANCE: &str = "
select b.current_balance, c.status
  from balances b
  join customers c on c.id = b.customer_id
 where c.id = $1";
    let (customer, model) = (pair.customer.0, &pair.model);

    let rows = sqlx::query(CALLS).bind(customer).fetch_all(&mut *connection).await.expect("the calls");
    let call = |row: &sqlx::postgres::PgRow| -> StoredCall {
        (row.get(0), row.get(1), row.get(2), (row.get(3), row.get(4)), row.get(5), (row.get(6), row.get(7)))
    };
    assert_eq!(rows.iter().map(call).collect::<Vec<_>>(), words::calls_expected(model));

    let appointments: Vec<StoredAppointment> = sqlx::query_as(APPOINTMENTS)
        .bind(customer)
        .fetch_all(&mut *connection)
        .await
        .expect("the appointments");
    assert_eq!(appointments, words::appointments_expected(model));

    let ledger: Vec<(i64, String, Decimal)> =
        sqlx::query_as(LEDGER).bind(customer).fetch_all(&mut *connection).await.expect("the ledger");
    assert!(ledger.iter().map(|line| line.0).eq(1..=ledger.len() as i64), "a gap: {ledger:?}");
    let mut lines: Vec<_> = ledger.into_iter().map(|(_, reference, amount)| (reference, amount)).collect();
    let entries = &model.books.entries;
    let mut expected: Vec<_> = entries.iter().map(|entry| (entry.reference.clone(), entry.amount)).collect();
    // In a rush the order of the lines is nobody's to foresee.
    lines.sort();
    expected.sort();
    assert_eq!(lines, expected);

    let mut told: Vec<(String, String)> =
        sqlx::query_as(EVENTS).bind(customer).fetch_all(&mut *connection).await.expect("the events");
    let mut expected: Vec<_> =
        model.events.iter().map(|(to, event)| (to.clone(), (*event).to_owned())).collect();
    // In order for each subject: these sorts keep it.
    told.sort_by(|one, other| one.0.cmp(&other.0));
    expected.sort_by(|one, other| one.0.cmp(&other.0));
    assert_eq!(told, expected);

    check_invoices(&mut *connection, pair).await;

    let (balance, status): (Decimal, String) =
        sqlx::query_as(BALANCE).bind(customer).fetch_one(connection).await.expect("the balance");
    assert_eq!(
        (balance, status.as_str()),
        (model.balance(), if model.is_suspended { "suspended" } else { "active" })
    );
}

async fn check_invoices(connection: &mut PgConnection, pair: &Pair) {
    const INVOICES: &str = "
select invoice_number, billing_period_start::text, first_seq, last_seq, subtotal, tax_amount, total,
       paid_from_balance, amount_due, due_date::text, status
  from invoices
 where customer_id = $1
 order by id";
    const ITEMS: &str = "
select category, unit_price, amount
  from invoice_items
 where customer_id = $1 and invoice_id = $2";
    let customer = pair.customer.0;
    let rows = sqlx::query(INVOICES).bind(customer).fetch_all(&mut *connection).await.expect("the invoices");
    let invoices = &pair.model.books.invoices;
    assert_eq!(rows.len(), invoices.len());
    for (row, invoice) in rows.iter().zip(invoices) {
        let text = |column| row.get::<String, _>(column);
        let seq = |column| row.get::<i64, _>(column);
        let amount = |column| row.get::<Decimal, _>(column);
        assert_eq!((text(0), text(1)), (invoice.number.clone(), invoice.month.to_string()));
        assert_eq!((seq(2), seq(3)), (invoice.first, invoice.last), "{}", invoice.number);
        assert_eq!(
            [4, 5, 6].map(amount),
            [invoice.subtotal, invoice.tax, invoice.total],
            "{}",
            invoice.number
        );
        assert_eq!([7, 8].map(amount), [invoice.paid_from_balance, invoice.due], "{}", invoice.number);
        assert_eq!((text(9), text(10)), (invoice.due_date.to_string(), invoice.status().to_owned()));
        let items = sqlx::query_as(ITEMS).bind(customer).bind(invoice.id.expect("was read"));
        let mut items: Vec<(String, Decimal, Decimal)> =
            items.fetch_all(&mut *connection).await.expect("the items");
        items.sort();
        assert_eq!(items, invoice.items, "{}", invoice.number);
    }
}
