//! Endpoints of a customer's own systems, and what is put on its way to them: in the commit of what it
//! tells, from the endpoint's creation on.

use actors::store::customers::seal_again;
use domain::ids::AppointmentId;
use domain::webhooks::{Edit, EndpointRefusal, EventKind, New, State};

use serde_json::json;

use crate::harness::app::Customer;
use crate::harness::retell::flat;
use crate::harness::{Options, TestApp};

fn new(events: Option<Vec<EventKind>>) -> New {
    New { events, ..New::of("https://hooks.example.com/voice?key=s3cret".to_owned()) }
}

/// Deliveries as `endpoint event sequence`, in the order of their events.
async fn queued(app: &TestApp, customer: &Customer) -> Vec<(String, String, i64)> {
    let rows: Vec<(i64, String, i64)> = sqlx::query_as(
        "select d.endpoint_id, d.event, w.sequence
           from webhook_deliveries d
           join webhook_logs w on w.customer_id = d.customer_id and w.id = d.event_id
          where d.customer_id = $1
          order by d.event_id, d.endpoint_id",
    )
    .bind(customer.id.0)
    .fetch_all(&mut app.sql().await)
    .await
    .unwrap();
    rows.into_iter().map(|(endpoint, event, sequence)| (format!("ep_{endpoint}"), event, sequence)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_hears_of_what_it_has_chosen_from_its_creation_on() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let tenant = app.tenant(&customer).await;
    customer.webhook(&flat("before", 60)).await;
    let (all, secret) = tenant.create_endpoint(new(None)).await.unwrap();
    let (few, _) = tenant.create_endpoint(new(Some(vec![EventKind::BalanceLow]))).await.unwrap();
    assert!(secret.starts_with("whsec_") && secret.ends_with(&all.secret_last4));
    customer.webhook(&flat("c1", 60)).await;
    customer.webhook(&flat("c2", 2700)).await;
    let (all, few) = (all.id.to_string(), few.id.to_string());
    let event = |endpoint: &String, event: &str, sequence| (endpoint.clone(), event.to_owned(), sequence);
    let expected = [
        event(&all, "call.completed", 3),
        event(&all, "balance.low", 5),
        event(&few, "balance.low", 5),
        event(&all, "call.completed", 6),
    ];
    let queued = queued(&app, &customer).await;
    assert_eq!(
        queued.iter().map(|(e, k, _)| (e, k)).collect::<Vec<_>>(),
        expected.iter().map(|(e, k, _)| (e, k)).collect::<Vec<_>>(),
        "{queued:?}"
    );
    // Sequence numbers are those of all events, without gaps.
    let numbers: Vec<i64> =
        sqlx::query_scalar("select sequence from webhook_logs where customer_id = $1 order by id")
            .bind(customer.id.0)
            .fetch_all(&mut app.sql().await)
            .await
            .unwrap();
    assert_eq!(numbers, (1..=i64::try_from(numbers.len()).unwrap()).collect::<Vec<_>>());
    assert_eq!(app.findings().await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_that_is_off_or_gone_hears_nothing_also_after_a_restart() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let tenant = app.tenant(&customer).await;
    let (endpoint, _) = tenant.create_endpoint(new(None)).await.unwrap();
    customer.webhook(&flat("c1", 60)).await;
    tenant.edit_endpoint(endpoint.id, Edit { is_enabled: Some(false), ..Edit::default() }).await.unwrap();
    customer.webhook(&flat("c2", 60)).await;
    assert_eq!(queued(&app, &customer).await.len(), 1);
    let on = Edit { is_enabled: Some(true), ..Edit::default() };
    assert_eq!(tenant.edit_endpoint(endpoint.id, on.clone()).await.unwrap().state, State::Enabled);
    tenant.switch_off_endpoint(endpoint.id, State::Gone).await.unwrap();
    let app = app.restart().await;
    let customer = app.here(&customer);
    let tenant = app.tenant(&customer).await;
    customer.webhook(&flat("c3", 60)).await;
    assert_eq!(queued(&app, &customer).await.len(), 1);
    assert_eq!(tenant.edit_endpoint(endpoint.id, on).await.unwrap().state, State::Enabled);
    customer.webhook(&flat("c4", 60)).await;
    assert_eq!(queued(&app, &customer).await.len(), 2);
    tenant.remove_endpoint(endpoint.id).await.unwrap();
    customer.webhook(&flat("c5", 60)).await;
    assert_eq!(queued(&app, &customer).await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_is_sealed_replaced_beside_the_one_before_and_never_logged() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let tenant = app.tenant(&customer).await;
    let (endpoint, first) = tenant.create_endpoint(new(None)).await.unwrap();
    let (rotated, second) = tenant.rotate_endpoint_secret(endpoint.id).await.unwrap();
    assert_ne!(first, second);
    assert_eq!(rotated.secret_last4, second[second.len() - 4..]);
    assert!(rotated.previous_until.is_some());
    // An edit leaves both.
    tenant
        .edit_endpoint(endpoint.id, Edit { sends_transcripts: Some(false), ..Edit::default() })
        .await
        .unwrap();
    let sealed: (Vec<u8>, Vec<u8>) =
        sqlx::query_as("select secret, previous_secret from webhook_endpoints where customer_id = $1")
            .bind(customer.id.0)
            .fetch_one(&mut app.sql().await)
            .await
            .unwrap();
    let open = |sealed: &[u8]| {
        app.app.backend().vault.open_webhook_secret(customer.id, endpoint.id, sealed).unwrap()
    };
    assert_eq!((open(&sealed.0), open(&sealed.1)), (second.to_string(), first.to_string()));
    let logged: Vec<String> =
        sqlx::query_scalar("select audit_log::text from audit_log where customer_id = $1")
            .bind(customer.id.0)
            .fetch_all(&mut app.sql().await)
            .await
            .unwrap();
    let logged = logged.join("\n");
    assert!(logged.contains("endpoint.created") && logged.contains("hooks.example.com"), "{logged}");
    assert!(!logged.contains("whsec_") && !logged.contains("s3cret"), "{logged}");
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_endpoints_are_as_many_as_there_can_be() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let tenant = app.tenant(&customer).await;
    for _ in 0..10 {
        tenant.create_endpoint(new(None)).await.unwrap();
    }
    let refused = tenant.create_endpoint(new(None)).await.unwrap_err();
    assert_eq!(refused, actors::error::Refusal::Endpoint(EndpointRefusal::TooMany).into());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_appointment_is_told_as_it_was_at_the_time() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let tenant = app.tenant(&customer).await;
    tenant.create_endpoint(new(None)).await.unwrap();
    let wish =
        json!({"date": "2026-01-06", "time": "10:00", "caller_name": "Ada", "caller_phone": "+12025550123"});
    assert_eq!(customer.function("book", &wish).await.field("success"), &json!(true));
    let booked = "select id from appointments where customer_id = $1";
    let booked = AppointmentId(app.count(booked, &customer).await);
    tenant.cancel(booked, Some("ill".to_owned())).await.unwrap();
    let told: Vec<(String, String)> = sqlx::query_as(
        "select event, payload ->> 'status' from webhook_logs where customer_id = $1 order by id",
    )
    .bind(customer.id.0)
    .fetch_all(&mut app.sql().await)
    .await
    .unwrap();
    let expected = [("appointment.created", "scheduled"), ("appointment.cancelled", "cancelled")];
    assert_eq!(told, expected.map(|(event, status)| (event.to_owned(), status.to_owned())));
}

#[tokio::test(flavor = "multi_thread")]
async fn secrets_of_endpoints_open_with_the_new_key_once_they_are_sealed_again() {
    let app = TestApp::with(Options { secret_keys: Some(("first", None)), ..Options::default() }).await;
    let customer = app.customer().await;
    let (endpoint, secret) = app.tenant(&customer).await.create_endpoint(new(None)).await.unwrap();
    app.tenant(&customer).await.rotate_endpoint_secret(endpoint.id).await.unwrap();
    let rotation = Options { secret_keys: Some(("second", Some("first"))), ..Options::default() };
    let app = app.restart_with(rotation).await;
    let backend = app.app.backend();
    let done = seal_again(&backend.store, &backend.vault).await.unwrap();
    assert_eq!((done.unopened, done.already), (0, 0));
    let app = app.restart_with(Options { secret_keys: Some(("second", None)), ..Options::default() }).await;
    let sealed: (Vec<u8>, Vec<u8>) =
        sqlx::query_as("select secret, previous_secret from webhook_endpoints where customer_id = $1")
            .bind(customer.id.0)
            .fetch_one(&mut app.sql().await)
            .await
            .unwrap();
    let vault = &app.app.backend().vault;
    assert_eq!(vault.open_webhook_secret(customer.id, endpoint.id, &sealed.1).unwrap(), *secret);
    assert!(vault.open_webhook_secret(customer.id, endpoint.id, &sealed.0).is_ok());
}
