//! The pages of webhooks: made, tested, read, sent again; for admins, and without a script.

use serde_json::json;

use crate::deliveries::log::once;
use crate::harness::TestApp;
use crate::harness::app::{Customer, Options};
use crate::harness::receiver::{Mode, Receiver};
use crate::harness::retell::flat;
use crate::harness::visitor::Visitor;

const PATH: &str = "/settings/webhooks";

async fn delivering(receiver: &Receiver) -> TestApp {
    let egress_allow = vec![receiver.host()];
    TestApp::with(Options { egress_allow, delivers: true, ..Options::default() }).await
}

/// Adds a webhook by the form; answers its path and the page that shows its secret.
async fn add(admin: &Visitor, url: &str) -> (String, String) {
    let fields =
        [("url", url), ("description", "Till <1>"), ("events", "call.completed"), ("events", "balance.low")];
    let (status, page) = admin.submit(PATH, &fields).await;
    assert_eq!(status, 200, "{page}");
    let (_, rest) = page.split_once("action=\"/settings/webhooks/ep_").expect("the forms of an endpoint");
    let id: String = rest.chars().take_while(char::is_ascii_digit).collect();
    (format!("{PATH}/ep_{id}"), page)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_is_added_and_its_secret_shown_once() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let admin = Visitor::admin(&app, &customer).await;
    let (_, empty) = admin.page(PATH).await;
    assert!(empty.contains("In three steps") && empty.contains("An appointment was booked."), "{empty}");
    let (path, made) = add(&admin, "https://hooks.example.com/voice?key=1").await;
    assert!(made.contains("whsec_") && made.contains("Copy it now"), "{made}");
    assert!(made.contains("timingSafeEqual") && made.contains("compare_digest"), "{made}");
    let (_, one) = admin.page(&path).await;
    assert!(one.contains("whsec_…") && !one.contains("Copy it now"), "{one}");
    assert!(one.contains("Till &lt;1&gt;") && one.contains("Nothing was sent yet"), "{one}");
    let (_, list) = admin.page(PATH).await;
    assert!(list.contains(&path) && list.contains("Nothing delivered yet"), "{list}");
    let (_, rotated) = admin.submit(&format!("{path}/secret"), &[]).await;
    assert!(
        rotated.contains("Copy it now") && rotated.contains("The secret before it signs, too"),
        "{rotated}"
    );
    let (_, settings) = admin.page("/settings").await;
    assert!(settings.contains("href=\"/settings/webhooks\""), "{settings}");
    let (_, events) = admin.page("/settings/webhooks/events").await;
    assert!(
        events.contains("appointment.no_show") && events.contains("&quot;balance&quot;: 9.50"),
        "{events}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_that_is_sent_again_replaces_no_secret_again() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let admin = Visitor::admin(&app, &customer).await;
    let (path, _) = add(&admin, "https://hooks.example.com/").await;
    let last4 = async || {
        let sql = "select secret_last4 from webhook_endpoints where customer_id = $1";
        let found: String =
            sqlx::query_scalar(sql).bind(customer.id.0).fetch_one(&mut app.sql().await).await.unwrap();
        found
    };
    let before = last4().await;
    let replace = async || admin.submit(&format!("{path}/secret"), &[("secret", before.as_str())]).await;
    assert!(replace().await.1.contains("Copy it now"));
    let after = last4().await;
    assert_ne!(before, after);
    let (_, again) = replace().await;
    assert!(again.contains("replaced already") && !again.contains("Copy it now"), "{again}");
    assert_eq!(last4().await, after, "the one before it signs on");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_said_at_its_field_and_what_was_typed_stays() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let admin = Visitor::admin(&app, &customer).await;
    let (status, page) = admin.submit(PATH, &[("url", "http://10.0.0.1/"), ("description", "Mine")]).await;
    assert_eq!(status, 422);
    assert!(
        page.contains("The address must begin with https://") && page.contains("value=\"Mine\""),
        "{page}"
    );
    let (path, _) = add(&admin, "https://hooks.example.com/").await;
    let (status, page) = admin.submit(&path, &[("url", "https://hooks.example.com/")]).await;
    assert_eq!(status, 422);
    assert!(page.contains("Choose at least one event"), "{page}");
    let (status, page) = admin.submit(&format!("{path}/remove"), &[]).await;
    assert_eq!(status, 422);
    assert!(page.contains("Tick the box first"), "{page}");
    let fields =
        [("url", "https://hooks.example.org/"), ("events", "call.failed"), ("sends_transcripts", "true")];
    assert_eq!(admin.submit(&path, &fields).await.0, 303);
    assert_eq!(admin.submit(&format!("{path}/state"), &[("is_enabled", "false")]).await.0, 303);
    let (_, off) = admin.page(&path).await;
    assert!(off.contains("Switched off by your team") && off.contains("https://hooks.example.org/"), "{off}");
    assert_eq!(admin.submit(&format!("{path}/remove"), &[("understood", "true")]).await.0, 303);
    assert_eq!(admin.page(&path).await.0, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_says_at_once_what_the_server_said() {
    let receiver = Receiver::start().await;
    let app = delivering(&receiver).await;
    let customer = app.customer().await;
    let admin = Visitor::admin(&app, &customer).await;
    let (path, _) = add(&admin, &receiver.url()).await;
    let (_, good) = admin.submit(&format!("{path}/test"), &[]).await;
    assert!(good.contains("Delivered in ") && good.contains("your server answered 200."), "{good}");
    receiver.will(Mode::Say(500, vec![], "<script>alert(1)</script>"));
    let (_, bad) = admin.submit(&format!("{path}/test"), &[]).await;
    assert!(bad.contains("Your server answered 500."), "{bad}");
    // A page that follows what changes asks for itself again, under the address of the form.
    let (status, page) = admin.page(&format!("{path}/test")).await;
    assert!(status == 200 && page.contains("id=\"live-balance\""), "{page}");
    // The same by the API, in the same words.
    let tested = admin.post(&format!("/api{path}/test"), &json!({})).await;
    assert_eq!(
        (tested.field("delivered"), tested.field("response_code"), tested.field("in_words")),
        (&json!(false), &json!(500), &json!("Your server answered 500."))
    );
    let delivery = format!("{path}/deliveries/{}", tested.field("event_id").as_str().unwrap());
    let (_, page) = admin.page(&delivery).await;
    assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;"), "{page}");
    assert!(!page.contains("<script>alert"), "{page}");
    for shown in ["webhook.test", "It works.", "webhook-signature", "status <span class=\"num\">500</span>"] {
        assert!(page.contains(shown), "{shown}: {page}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_failed_is_found_and_sent_again() {
    let receiver = Receiver::start().await;
    let app = delivering(&receiver).await;
    let customer = app.customer().await;
    let admin = Visitor::admin(&app, &customer).await;
    let (path, _) = add(&admin, &receiver.url()).await;
    receiver.will(Mode::Say(500, vec![], "no"));
    customer.webhook(&flat("c1", 60)).await;
    let rows = once(&app, &customer, |rows| rows.iter().any(|row| row.attempts == 1)).await;
    give_up(&app, &customer).await;
    let (_, page) = admin.page(&format!("{path}?status=failed")).await;
    let delivery = format!("{path}/deliveries/evt_{}", rows[0].event_id);
    assert!(page.contains(&delivery) && page.contains("Your server answered 500."), "{page}");
    let (_, none) = admin.page(&format!("{path}?status=delivered")).await;
    assert!(none.contains("No deliveries match"), "{none}");
    receiver.will(Mode::Accept);
    assert_eq!(admin.submit(&format!("{delivery}/resend"), &[]).await.0, 303);
    once(&app, &customer, |rows| rows.iter().all(|row| row.status == "delivered")).await;
    let (_, page) = admin.page(&delivery).await;
    assert!(page.contains("#2") && page.contains("#1") && page.contains("Delivered"), "{page}");
    // All that failed, at once.
    fail(&app, &customer).await;
    let (_, page) = admin.submit(&format!("{path}/resend"), &[("since", "2026-01-01")]).await;
    assert!(page.contains("1 event is on its way again."), "{page}");
    once(&app, &customer, |rows| rows.iter().all(|row| row.status == "delivered")).await;
    let (status, page) = admin.submit(&format!("{path}/resend"), &[("since", "soon")]).await;
    assert_eq!(status, 422);
    assert!(page.contains("Choose a day."), "{page}");
}

/// As after the last try, with the endpoint in peace no longer.
async fn give_up(app: &TestApp, customer: &Customer) {
    fail(app, customer).await;
    let well = "update webhook_endpoints set failures = 0, failing_since = null, closed_until = '-infinity'
                 where customer_id = $1";
    sqlx::query(well).bind(customer.id.0).execute(&mut app.sql().await).await.unwrap();
}

async fn fail(app: &TestApp, customer: &Customer) {
    let failed =
        "update webhook_deliveries set status = 'failed', ended_at = created_at where customer_id = $1";
    sqlx::query(failed).bind(customer.id.0).execute(&mut app.sql().await).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pages_are_an_admins_and_a_suspended_business_only_reads() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let admin = Visitor::admin(&app, &customer).await;
    let (path, _) = add(&admin, "https://hooks.example.com/").await;
    let sql = "
insert into users (customer_id, id, email, full_name, role, created_at, updated_at)
values ($1, 'usr_ann', 'ann@example.com', 'Ann', 'user', now(), now())";
    sqlx::query(sql).bind(customer.id.0).execute(&mut app.sql().await).await.unwrap();
    let staff = Visitor::signed_in(&app, "ann@example.com").await;
    let stranger = app.customer().await;
    let stranger = Visitor::admin(&app, &stranger).await;
    for page in [PATH, &path, "/settings/webhooks/events"] {
        assert_eq!(staff.page(page).await.0, 403, "{page}");
    }
    assert_eq!(stranger.page(&path).await.0, 404);
    assert_eq!(staff.submit(&format!("{path}/test"), &[]).await.0, 403);
    assert_eq!(stranger.submit(&format!("{path}/remove"), &[("understood", "true")]).await.0, 404);
    for action in ["test", "secret", "resend"] {
        // What shows the answer of a form asks for itself again when something has changed.
        assert_eq!(admin.page(&format!("{path}/{action}")).await.0, 200, "{action}");
    }
    app.tenant(&customer).await.suspend().await.unwrap();
    let (status, page) = admin.page(&path).await;
    assert_eq!(status, 200);
    assert!(!page.contains("/test\"") && !page.contains("Remove the webhook"), "{page}");
    let forms: [(&str, &[(&str, &str)]); 4] = [
        ("test", &[]),
        ("secret", &[]),
        ("remove", &[("understood", "true")]),
        ("resend", &[("since", "2026-01-01")]),
    ];
    for (action, fields) in forms {
        assert_eq!(admin.submit(&format!("{path}/{action}"), fields).await.0, 403, "{action}");
    }
}
