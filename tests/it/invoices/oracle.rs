//! A generated month against an oracle that has no code in common with the platform.

use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use sqlx::Row;

use super::{invoices, settings};
use crate::harness::TestApp;
use crate::harness::app::{Customer, money, payment};
use crate::harness::retell::flat;

/// Numbers that are the same in every run of a seed.
struct Dice(u64);

impl Dice {
    fn throw(&mut self, sides: u64) -> u64 {
        // The constants of Knuth's MMIX.
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

/// Lets a month happen; answers what happened, in order.
async fn live(app: &TestApp, customer: &Customer, dice: &mut Dice) -> Vec<Value> {
    let tenant = app.tenant(customer).await;
    let mut terms = settings(["0", "29", "49.99"][dice.throw(3) as usize], "19");
    terms.rates.increment_seconds = [1, 6, 60][dice.throw(3) as usize];
    terms.rates.minimum_seconds = [0, 30][dice.throw(2) as usize];
    let mut events = Vec::new();
    let agree = |terms: &domain::settings::Settings| {
        let rates = &terms.rates;
        json!({
            "kind": "rates", "per_minute": rates.per_minute.to_string(), "fee": rates.monthly_fee.to_string(),
            "increment": rates.increment_seconds, "minimum": rates.minimum_seconds,
        })
    };
    tenant.change_settings(terms.clone()).await.unwrap();
    events.push(agree(&terms));
    if terms.rates.monthly_fee > money("0") {
        events.push(json!({"kind": "fee", "days": 31, "left": 27}));
    }
    app.keep_books().await;
    for number in 0..60 {
        match dice.throw(12) {
            0 => {
                let amount = format!("{}.{:02}", 1 + dice.throw(40), dice.throw(100));
                tenant.credit(payment(&format!("p{number}"), &amount)).await.unwrap();
                events.push(json!({"kind": "top_up", "amount": amount}));
            }
            1 => {
                let amount = format!("{}0.{:04}", ["", "-"][dice.throw(2) as usize], 1 + dice.throw(9999));
                tenant.adjust(payment(&format!("a{number}"), &amount)).await.unwrap();
                events.push(json!({"kind": "adjustment", "amount": amount}));
            }
            2 => {
                terms.rates.per_minute = money(["1", "0.0075", "0.33", "2.9999"][dice.throw(4) as usize]);
                tenant.change_settings(terms.clone()).await.unwrap();
                events.push(agree(&terms));
            }
            // Some are reported once more, longer or shorter.
            side => {
                let id = format!("c{}", if side == 3 { dice.throw(number + 1) } else { number });
                let seconds = dice.throw(900) as i64;
                let answer = customer.webhook(&flat(&id, seconds)).await;
                assert_eq!(answer.status, 200, "{}", answer.body);
                events.push(json!({"kind": "call", "id": id, "seconds": seconds}));
            }
        }
        app.clock.advance(jiff::SignedDuration::from_hours(9));
    }
    events
}

#[tokio::test(flavor = "multi_thread")]
async fn an_oracle_that_recomputes_a_month_from_what_happened_finds_no_difference() {
    for seed in [1, 2, 3, 4] {
        let app = TestApp::start().await;
        let customer = app.poor_customer().await;
        let events = live(&app, &customer, &mut Dice(seed)).await;
        let ledger = "select category, amount::text from transactions where customer_id = $1 order by seq";
        let ledger = sqlx::query(ledger).bind(customer.id.0).fetch_all(&mut app.sql().await).await.unwrap();
        let entries: Vec<Value> = ledger
            .iter()
            .map(|row| json!({"category": row.get::<String, _>(0), "amount": row.get::<String, _>(1)}))
            .collect();
        app.now_is("2026-02-01T00:00:00Z");
        let [invoice] = invoices(&app, &customer).await.try_into().unwrap();
        // Once its tax is debited; the next month's fee comes right after.
        let left = "select balance_after::text from transactions where customer_id = $1 and category = 'tax'";
        let left: String =
            sqlx::query_scalar(left).bind(customer.id.0).fetch_one(&mut app.sql().await).await.unwrap();
        let content = &invoice.content;
        let minutes = content.lines.iter().filter(|line| line.category == domain::billing::Category::Call);
        let month = json!({
            "events": events, "entries": entries, "tax_rate": "19",
            "invoice": {
                "lines": content.lines.iter().map(|line| line.amount.to_string()).collect::<Vec<_>>(),
                "minutes": minutes.map(|line| line.quantity.to_string()).collect::<Vec<_>>(),
                "subtotal": content.subtotal.to_string(),
                "tax_amount": content.tax_amount.to_string(),
                "total": content.total.to_string(),
                "amount_due": invoice.amount_due.to_string(),
                "balance": left,
            },
        });
        let said = ask(&month);
        assert!(said.0, "seed {seed}: {}", said.1);
        // An oracle that finds nothing wrong with anything would prove nothing.
        let mut forged = month;
        forged["invoice"]["total"] = json!("0.0001");
        assert!(!ask(&forged).0);
    }
}

/// Whether the oracle agrees, and what it says.
fn ask(month: &Value) -> (bool, String) {
    let oracle = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/oracle/month.py");
    let mut asked = Command::new("python3")
        .arg(oracle)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .expect("python3 is there");
    asked.stdin.take().expect("a pipe").write_all(month.to_string().as_bytes()).expect("it listens");
    let said = asked.wait_with_output().expect("it ends");
    (said.status.success(), String::from_utf8_lossy(&said.stdout).into_owned())
}
