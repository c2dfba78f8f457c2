//! A call that took place is stored, charged and announced, once.

use actors::tenant::Answered;
use serde_json::json;

use crate::harness::app::{money, payment};
use crate::harness::retell::{event, flat};
use crate::harness::{Customer, TestApp};

const CALLS: &str = "select count(*) from calls where customer_id = $1";
const CHARGES: &str = "select count(*) from transactions where customer_id = $1 and category = 'call'";

async fn review(app: &TestApp, customer: &Customer) -> Option<String> {
    let sql = "select review from calls where customer_id = $1 order by id limit 1";
    sqlx::query_scalar(sql).bind(customer.id.0).fetch_one(&mut app.sql().await).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_delivered_twice_is_charged_once_and_answered_alike() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let first = customer.webhook(&flat("c1", 300)).await;
    let second = customer.webhook(&flat("c1", 300)).await;
    assert_eq!((first.status, second.status), (200, 200));
    assert_eq!(first.body, second.body);
    assert_eq!(first.body.to_string(), r#"{"call_id":"call_7","charged":5.0,"success":true}"#);
    assert_eq!(app.balance(&customer).await, money("45"));
    assert_eq!((app.count(CALLS, &customer).await, app.count(CHARGES, &customer).await), (1, 1));
    assert_eq!(app.events(&customer).await, ["call.completed"]);
    assert_eq!(app.findings().await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_answer_has_the_exact_digits_of_the_charge() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let url = customer.webhook_url();
    let answer = app.http.post(url).body(flat("c1", 300).to_string()).send().await.unwrap();
    let text = answer.text().await.unwrap();
    assert!(text.ends_with(r#""charged":5.00}"#), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn all_events_of_a_call_make_one_charge_and_one_announcement_in_any_order() {
    let orders = [
        ["call_started", "call_ended", "call_analyzed"],
        ["call_analyzed", "call_ended", "call_started"],
        ["call_ended", "call_started", "call_analyzed"],
    ];
    let app = TestApp::start().await;
    for order in orders {
        let customer = app.customer().await;
        for name in order {
            for _ in 0..2 {
                let answer = customer.webhook(&event(name, "c1", 154_236)).await;
                assert_eq!(answer.status, 200, "{name}: {}", answer.body);
            }
        }
        // 154.236 s are 155 whole seconds: 2.58333… rounded once.
        assert_eq!(app.balance(&customer).await, money("50") - money("2.5833"), "{order:?}");
        assert_eq!(app.count(CHARGES, &customer).await, 1);
        assert_eq!(app.events(&customer).await, ["call.completed", "call.analyzed"], "{order:?}");
        let known = "select count(*) from calls where customer_id = $1 and transcript is not null
            and turns is not null and summary is not null and call_score = 85 and status = 'completed'
            and jsonb_array_length(improvement_recommendations) = 2 and analysis is not null";
        assert_eq!(app.count(known, &customer).await, 1, "{order:?}");
    }
    assert_eq!(app.findings().await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn either_final_event_alone_is_enough() {
    let app = TestApp::start().await;
    for name in ["call_ended", "call_analyzed"] {
        let customer = app.customer().await;
        customer.webhook(&event(name, "c1", 60_000)).await;
        assert_eq!(app.balance(&customer).await, money("49"), "{name}");
        assert_eq!(app.events(&customer).await[0], "call.completed");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_longer_report_adds_the_difference_and_a_shorter_one_raises_nothing() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    customer.webhook(&event("call_ended", "c1", 60_000)).await;
    let longer = customer.webhook(&event("call_analyzed", "c1", 90_000)).await;
    assert_eq!(longer.field("charged"), &json!(1.5));
    assert_eq!(app.balance(&customer).await, money("48.5"));
    assert_eq!(app.count(CHARGES, &customer).await, 2);

    let other = app.customer().await;
    other.webhook(&event("call_ended", "c1", 60_000)).await;
    other.webhook(&event("call_analyzed", "c1", 10_000)).await;
    assert_eq!(app.balance(&other).await, money("49"));
    assert!(review(&app, &other).await.is_some());
    assert_eq!(app.findings().await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_rate_of_the_first_charge_counts_for_the_whole_call() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    customer.webhook(&event("call_ended", "c1", 60_000)).await;
    let mut settings = domain::settings::Settings::default();
    settings.rates.per_minute = money("100");
    app.tenant(&customer).await.change_settings(settings).await.unwrap();
    customer.webhook(&event("call_analyzed", "c1", 120_000)).await;
    assert_eq!(app.balance(&customer).await, money("48"));
    customer.webhook(&flat("c2", 6)).await;
    assert_eq!(app.balance(&customer).await, money("38"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_is_charged_also_when_the_balance_goes_below_zero_and_each_crossing_is_told_once() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    assert_eq!(customer.webhook(&flat("c1", 2_460)).await.status, 200);
    assert_eq!(customer.webhook(&flat("c2", 3_600)).await.status, 200);
    assert_eq!(customer.webhook(&flat("c3", 60)).await.status, 200);
    assert_eq!(app.balance(&customer).await, money("-52"));
    let told = ["call.completed", "balance.low", "call.completed", "balance.depleted", "call.completed"];
    let mut events = app.events(&customer).await;
    events.sort_unstable();
    let mut expected = told.map(str::to_owned).to_vec();
    expected.sort_unstable();
    assert_eq!(events, expected);

    app.tenant(&customer).await.credit(payment("again", "100")).await.unwrap();
    customer.webhook(&flat("c4", 2_700)).await;
    let low = app.events(&customer).await.iter().filter(|event| *event == "balance.low").count();
    assert_eq!(low, 2, "a second crossing is told again");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_charge_that_crosses_both_thresholds_tells_low_before_depleted() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    customer.webhook(&flat("c1", 3_600)).await;
    let events = app.events(&customer).await;
    let balance: Vec<_> = events.iter().filter(|event| event.starts_with("balance")).collect();
    assert_eq!(balance, ["balance.low", "balance.depleted"]);
    let sql = "select payload::text from webhook_logs where customer_id = $1 and event = 'balance.low'";
    let payload: String =
        sqlx::query_scalar(sql).bind(customer.id.0).fetch_one(&mut app.sql().await).await.unwrap();
    assert_eq!(payload, r#"{"balance": -10.00, "threshold": 10.00}"#);
}

#[tokio::test(flavor = "multi_thread")]
async fn absurd_durations_are_stored_free_and_flagged() {
    let app = TestApp::start().await;
    for absurd in ["-5", "\"soon\"", "1e999", "86401", "-1e400", "99999999999999999999", "{}", "\"NaN\""] {
        let customer = app.customer().await;
        let body = flat("c1", 0)
            .to_string()
            .replace("\"duration_seconds\":0", &format!("\"duration_seconds\":{absurd}"));
        let answer = customer.post(&customer.webhook_url(), body.into_bytes(), &[]).await;
        assert_eq!((answer.status, answer.field("charged")), (200, &json!(0.0)), "{absurd}");
        assert_eq!(app.balance(&customer).await, money("50"), "{absurd}");
        assert!(review(&app, &customer).await.is_some(), "{absurd}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_nobody_answered_is_announced_as_failed_and_costs_nothing() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let mut body = event("call_ended", "c1", 0);
    let call = body["call"].as_object_mut().unwrap();
    for gone in ["duration_ms", "end_timestamp", "transcript", "transcript_object"] {
        call.remove(gone);
    }
    call.insert("disconnection_reason".to_owned(), json!("dial_no_answer"));
    call.insert("call_status".to_owned(), json!("not_connected"));
    assert_eq!(customer.webhook(&body).await.field("charged"), &json!(0.0));
    assert_eq!(app.events(&customer).await, ["call.failed"]);
    let sql = "select count(*) from calls where customer_id = $1 and status = 'no-answer'";
    assert_eq!(app.count(sql, &customer).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn events_that_mean_nothing_here_are_welcome_and_leave_no_trace() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    for body in [
        json!({"event": "chat_ended", "chat": {"chat_id": "x"}}),
        json!({"event": "brand_new", "call": {"call_id": "c1"}}),
        json!({"event": "transcript_updated", "call": {"call_id": "c1"}}),
        json!({"event": "transfer_started", "transfer_destination": "+15550100199", "call": {"call_id": "c1"}}),
    ] {
        assert_eq!(customer.webhook(&body).await.status, 200);
    }
    assert_eq!(app.count(CALLS, &customer).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_call_id_at_two_customers_is_two_calls() {
    let app = TestApp::start().await;
    let (one, two) = (app.customer().await, app.customer().await);
    for customer in [&one, &two] {
        assert_eq!(customer.webhook(&flat("shared", 60)).await.status, 200);
        assert_eq!(app.balance(customer).await, money("49"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_older_than_memory_goes_is_looked_up_and_not_charged_again() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    customer.webhook(&flat("old", 60)).await;
    // Memory is loaded with the last thousand calls: push the first one out of it.
    let filler = "insert into calls (customer_id, id, retell_call_id, direction, channel, duration_seconds,
            billable_seconds, rate_per_minute, cost, charges, status, created_at)
        select $1, 1000 + n, 'filler ' || n, 'inbound', 'phone', 0, 0, 1, 0, 0, 'completed', now()
          from generate_series(1, 1200) n";
    sqlx::query(filler).bind(customer.id.0).execute(&mut app.sql().await).await.unwrap();
    let app = app.restart().await;
    let here = app.here(&customer);
    assert_eq!(here.webhook(&flat("old", 60)).await.field("charged"), &json!(1.0));
    assert_eq!(app.balance(&customer).await, money("49"));
    // Also when its start says that it must be new: the unique constraint is the second wall.
    let mut lying = flat("old", 60);
    lying["start_time"] = json!("2026-12-31T00:00:00Z");
    let app = app.restart().await;
    let answer = app.here(&customer).webhook(&lying).await;
    assert_eq!((answer.status, answer.field("charged")), (200, &json!(1.0)));
    assert_eq!(app.balance(&customer).await, money("49"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ringing_call_is_taken_while_there_is_credit_and_told_who_calls() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let book =
        json!({"date": "2026-01-06", "time": "10:00", "caller_name": "Ben", "caller_phone": "+15550100123"});
    customer.function("book", &book).await;
    let ring = json!({"event": "call_inbound", "call_inbound": {"from_number": "+15550100123"}});
    for url in [customer.webhook_url(), format!("{}/inbound", customer.webhook_url())] {
        let answer = customer.post(&url, ring.to_string().into_bytes(), &[]).await;
        let variables = answer.body["call_inbound"]["dynamic_variables"].as_object().unwrap();
        assert!(variables.values().all(serde_json::Value::is_string), "{variables:?}");
        assert_eq!(variables["caller_name"], "Ben");
        assert_eq!(variables["open_or_closed"], "open");
        assert_eq!(variables["caller_next_appointment"], "Tuesday, January 6, 2026 at 10:00 AM");
    }
    customer.webhook(&flat("c1", 3_600)).await;
    let declined = customer.webhook(&ring).await;
    assert_eq!(declined.body, json!({"call_inbound": {"reject": true}}));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suspended_customer_takes_no_calls_but_pays_for_those_that_end() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let tenant = app.tenant(&customer).await;
    tenant.suspend().await.unwrap();
    assert_eq!(tenant.answer_call(None).await.unwrap(), Answered::Declined);
    assert_eq!(customer.webhook(&flat("c1", 60)).await.status, 200);
    assert_eq!(app.balance(&customer).await, money("49"));
    let book = json!({"date": "2026-01-06", "time": "10:00", "caller_name": "Ben"});
    assert_eq!(customer.function("book", &book).await.field("success"), &json!(false));
    let day = json!({"date": "2026-01-06"});
    assert_eq!(customer.function("availability", &day).await.field("available_slots"), &json!([]));
    tenant.activate().await.unwrap();
    assert_eq!(customer.function("book", &book).await.field("success"), &json!(true));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_of_the_same_length_is_not_charged_again_when_the_increment_has_changed() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    customer.webhook(&event("call_ended", "c1", 61_000)).await;
    let mut settings = domain::settings::Settings::default();
    settings.rates.increment_seconds = 60;
    app.tenant(&customer).await.change_settings(settings).await.unwrap();
    for name in ["call_ended", "call_analyzed"] {
        customer.webhook(&event(name, "c1", 61_000)).await;
    }
    assert_eq!(app.balance(&customer).await, money("50") - money("1.0167"));
    assert_eq!(app.count(CHARGES, &customer).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_finished_call_is_recorded_whatever_stands_beside_its_id() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let mut beside = flat("c1", 60);
    beside["data"] = json!({"any": "thing"});
    let mut number = flat("c2", 60);
    number["call_id"] = json!(4711);
    for body in [beside, number] {
        assert_eq!(customer.webhook(&body).await.field("charged"), &json!(1.0));
    }
    let named = "select count(*) from calls where customer_id = $1 and retell_call_id in ('c1', '4711')";
    assert_eq!(app.count(named, &customer).await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn once_start_times_have_lied_the_next_old_call_is_looked_up_before_it_is_decided() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    for name in ["old 1", "old 2"] {
        customer.webhook(&flat(name, 60)).await;
    }
    let filler = "insert into calls (customer_id, id, retell_call_id, direction, channel, duration_seconds,
            billable_seconds, rate_per_minute, cost, charges, status, created_at)
        select $1, 1000 + n, 'filler ' || n, 'inbound', 'phone', 0, 0, 1, 0, 0, 'completed', now()
          from generate_series(1, 1200) n";
    sqlx::query(filler).bind(customer.id.0).execute(&mut app.sql().await).await.unwrap();
    let app = app.restart().await;
    let here = app.here(&customer);
    for name in ["old 1", "old 2"] {
        let mut lying = flat(name, 60);
        lying["start_time"] = json!("2026-12-31T00:00:00Z");
        assert_eq!(here.webhook(&lying).await.field("charged"), &json!(1.0));
    }
    let operators = format!("http://{}/metrics", app.app.operators_address());
    let metrics = app.http.get(operators).send().await.unwrap().text().await.unwrap();
    assert!(
        metrics.contains("voice_journal_poisoned_total 1\n"),
        "only the first came as far as the database"
    );
    assert_eq!(app.balance(&customer).await, money("48"));
}
