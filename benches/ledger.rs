//! What every charged call costs the actor itself: the price, and a hashed line of the ledger.
//!
//! Run as `cargo bench --bench ledger`.

use std::hint::black_box;

use criterion::Criterion;
use domain::billing::{Category, HashedFields, Ledger, Posting, Rates, cost_of_call, entry_hash};
use domain::ids::CustomerId;
use domain::money::Money;
use jiff::Timestamp;

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    let rates = Rates { increment_seconds: 6, minimum_seconds: 30, ..Rates::default() };
    criterion.bench_function("cost of a call", |bencher| {
        bencher.iter(|| {
            let seconds = rates.billable_seconds(black_box(155));
            cost_of_call(rates.per_minute, seconds)
        });
    });

    let customer = CustomerId(7);
    let cost = cost_of_call(rates.per_minute, 156);
    let line = HashedFields {
        customer,
        seq: 88,
        category: Category::Call.as_str(),
        amount: -cost,
        balance_after: Money::ZERO - cost,
        reference: "call:call_5f2c8d1e9b7a4c3d8e6f0a1b",
        created_at: Timestamp::UNIX_EPOCH,
    };
    criterion.bench_function("hash of a ledger line", |bencher| {
        bencher.iter(|| entry_hash(black_box(&[7; 32]), black_box(&line)));
    });

    // Small enough that no run reaches the end of what the ledger can hold.
    let posting = Posting {
        category: Category::Call,
        amount: Money::parse("-0.0001").expect("the smallest amount"),
        reference: line.reference.to_owned(),
        reference_id: Some("call_12".to_owned()),
        description: "Call of 156 s".to_owned(),
        author: None,
    };
    let mut ledger = Ledger::resume(customer, 0, Money::ZERO, Vec::new());
    criterion.bench_function("price and post a call", |bencher| {
        bencher.iter(|| {
            let cost = cost_of_call(rates.per_minute, rates.billable_seconds(black_box(155)));
            let entry = ledger.post(black_box(&posting).clone(), Timestamp::UNIX_EPOCH);
            (cost, entry.expect("the ledger can hold it"))
        });
    });
    criterion.final_summary();
}
