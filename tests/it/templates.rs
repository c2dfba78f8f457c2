//! What guests are told: in whose words, tried before it is saved, and when they are reminded.

use serde_json::{Value, json};

use crate::harness::TestApp;
use crate::harness::app::{Answer, Customer, assert_problem};
use crate::harness::visitor::Visitor;

const BOOKED_SMS: &str = "/api/settings/templates/booked/sms";
const BOOKED_MAIL: &str = "/api/settings/templates/booked/email";

async fn admin() -> (TestApp, Customer, Visitor) {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let admin = Visitor::admin(&app, &customer).await;
    (app, customer, admin)
}

/// The names of the fields a problem is about.
fn fields(answer: &Answer) -> Vec<&str> {
    let errors = answer.field("errors").as_array().unwrap();
    errors.iter().map(|error| error["field"].as_str().unwrap()).collect()
}

/// One of the eight in the list.
async fn listed(visitor: &Visitor, occasion: &str, channel: &str) -> Value {
    let list = visitor.get("/api/settings/templates").await;
    let all = list.field("templates").as_array().unwrap();
    assert_eq!(all.len(), 8);
    let is_it = |it: &&Value| it["occasion"] == occasion && it["channel"] == channel;
    all.iter().find(is_it).unwrap().clone()
}

async fn preview(visitor: &Visitor, body: &str, has_email: bool) -> Value {
    let trial = json!({"body": body, "has_email": has_email});
    let answer = visitor.post(&format!("{BOOKED_SMS}/preview"), &trial).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.body
}

/// What the audit log says of templates.
async fn lines(app: &TestApp, customer: &Customer) -> Vec<String> {
    let sql = "select action || ' ' || subject || ' ' || coalesce(after::text, '')
        from audit_log where customer_id = $1 and action like 'template.%' order by id";
    sqlx::query_scalar(sql).bind(customer.id.0).fetch_all(&mut app.sql().await).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn guests_read_the_platforms_words_until_their_business_has_its_own() {
    let (app, customer, admin) = admin().await;
    let booked = listed(&admin, "booked", "sms").await;
    assert_eq!(
        booked["body"],
        "Hi {first_name}! Your appointment with {company_name} is confirmed for {date} at {time}. \
         Check your email for details. Reply STOP to opt out."
    );
    assert_eq!((&booked["is_own"], &booked["subject"]), (&json!(false), &Value::Null));

    let own = json!({"body": "Hi {first_name}!\r\nSee you on {date}. "});
    let set = admin.put(BOOKED_SMS, &own).await;
    assert_eq!((set.status, set.field("is_own")), (200, &json!(true)), "{}", set.body);
    assert_eq!(set.field("body"), "Hi {first_name}!\nSee you on {date}.");
    assert_eq!(set.field("default_body"), &booked["body"]);
    assert_eq!(admin.put(BOOKED_SMS, &own).await.status, 200);
    let mail = json!({"subject": "See you, {guest_name}", "body": "On {appointment_date}."});
    assert_eq!(admin.put(BOOKED_MAIL, &mail).await.status, 200);

    let app = app.restart().await;
    let customer = app.here(&customer);
    let admin = Visitor::admin(&app, &customer).await;
    assert_eq!(listed(&admin, "booked", "sms").await["body"], *set.field("body"));
    assert_eq!(listed(&admin, "booked", "email").await["subject"], "See you, {guest_name}");
    assert_eq!(listed(&admin, "moved", "email").await["is_own"], false);
    assert_eq!(admin.delete(BOOKED_SMS).await.status, 204);
    assert_problem(&admin.delete(BOOKED_SMS).await, 404, "not-found");
    assert_eq!(listed(&admin, "booked", "sms").await, booked);
    assert_eq!(
        lines(&app, &customer).await,
        [
            "template.changed booked/sms {\"body\": \"Hi {first_name}!\\nSee you on {date}.\", \"subject\": null}",
            "template.changed booked/email {\"body\": \"On {appointment_date}.\", \"subject\": \"See you, {guest_name}\"}",
            "template.reset booked/sms ",
        ],
        "what changes nothing leaves no line"
    );
    assert_eq!(app.findings().await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_could_not_be_filled_in_is_refused_with_its_place_and_never_stored() {
    let (app, customer, admin) = admin().await;
    for (path, body, field) in [
        (BOOKED_SMS, json!({"body": "Hi {name}!"}), "body"),
        (BOOKED_SMS, json!({"body": "Hi {first_name!"}), "body"),
        (BOOKED_SMS, json!({"body": " "}), "body"),
        (BOOKED_SMS, json!({"body": "x".repeat(1_001)}), "body"),
        (BOOKED_SMS, json!({"body": "Check your email."}), "body"),
        (BOOKED_SMS, json!({"body": "x", "subject": "y"}), "subject"),
        (BOOKED_SMS, json!({"body": "x", "oops": 1}), "oops"),
        (BOOKED_SMS, json!({}), "body"),
        (BOOKED_MAIL, json!({"body": "x"}), "subject"),
        (BOOKED_MAIL, json!({"body": "x", "subject": "a\nBcc: eve@example.com"}), "subject"),
        (BOOKED_MAIL, json!({"body": "{guest_name} {gast}", "subject": "a"}), "body"),
        (BOOKED_MAIL, json!({"body": "x", "subject": "{gast}"}), "subject"),
        (BOOKED_MAIL, json!({"body": "x".repeat(10_001), "subject": "a"}), "body"),
        (BOOKED_MAIL, json!({"body": "x\u{7}", "subject": "a"}), "body"),
    ] {
        for answer in [admin.put(path, &body).await, admin.post(&format!("{path}/preview"), &body).await] {
            assert_problem(&answer, 422, "invalid");
            assert_eq!(fields(&answer), [field], "{}", answer.body);
        }
    }
    let refused = admin.put(BOOKED_SMS, &json!({"body": "Hi!\nAm {datum}."})).await;
    let detail = refused.field("errors")[0]["detail"].as_str().unwrap();
    assert!(detail.starts_with("{datum} in line 2, column 4 is not a variable"), "{detail}");
    assert!(detail.contains("{appointment_date}, {date}"), "{detail}");
    for path in ["/api/settings/templates/booked/fax", "/api/settings/templates/born/sms"] {
        assert_problem(&admin.put(path, &json!({"body": "x"})).await, 404, "not-found");
        assert_problem(&admin.delete(path).await, 404, "not-found");
    }
    let count = app.count("select count(*) from message_templates where customer_id = $1", &customer).await;
    assert_eq!((count, lines(&app, &customer).await), (0, vec![]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_preview_says_what_a_guest_would_read_and_what_it_costs() {
    let (app, customer, admin) = admin().await;
    let shown = preview(&admin, "Hi {first_name}! {date} at {time}. Check your e-mail.", true).await;
    assert_eq!(
        shown["body"],
        "Hi Ana! January 8, 2026 at 2:30 PM. Check your e-mail. Reply STOP to opt out."
    );
    assert_eq!(shown["parts"], json!({"encoding": "GSM-7", "units": 77, "count": 1}));
    assert_eq!((&shown["cost"], &shown["currency"]), (&json!(0.05), &json!("EUR")));
    let without = preview(&admin, "Hi {first_name}! {date} at {time}. Check your e-mail.", false).await;
    assert_eq!(without["body"], "Hi Ana! January 8, 2026 at 2:30 PM. Reply STOP to opt out.");
    let call = "Hi! Call {company_phone}. At {company_name}. STOP";
    assert_eq!(preview(&admin, call, true).await["body"], "Hi! At Lovelace & Daughters. STOP");
    let changed = admin.put("/api/settings", &json!({"phone": "+15550100199"})).await;
    assert_eq!(changed.status, 200);
    assert_eq!(
        preview(&admin, call, true).await["body"],
        "Hi! Call +15550100199. At Lovelace & Daughters. STOP"
    );

    // A curly quote is brought into GSM-7, a letter stays what it is.
    let plain = preview(&admin, "It’s {time}… STOP", true).await;
    assert_eq!(
        (&plain["body"], &plain["parts"]["encoding"]),
        (&json!("It's 2:30 PM... STOP"), &json!("GSM-7"))
    );
    let long = format!("Zoë {} STOP", "x".repeat(126));
    assert_eq!(
        preview(&admin, &long, true).await["parts"],
        json!({"encoding": "UCS-2", "units": 135, "count": 3})
    );
    assert_eq!(preview(&admin, &long, true).await["cost"], 0.05, "a message has one price");
    let root = Visitor::super_admin(&app).await;
    let path = format!("/api/admin/customers/{}", customer.id.0);
    assert_eq!(root.put(&path, &json!({"sms_charged_per": "part"})).await.status, 200);
    assert_eq!(preview(&admin, &long, true).await["cost"], 0.15, "each part has");

    let mail = json!({"subject": "{company_name}: {time}", "body": "Hi {guest_name}\n{reschedule_link}"});
    let mail = admin.post(&format!("{BOOKED_MAIL}/preview"), &mail).await;
    assert_eq!(mail.field("subject"), "Lovelace & Daughters: 2:30 PM");
    let body = mail.field("body").as_str().unwrap();
    assert!(body.starts_with("Hi Ana Ruiz\nhttp://"), "{body}");
    assert_eq!((mail.field("parts"), mail.field("cost")), (&Value::Null, &json!(0.01)));
}

#[tokio::test(flavor = "multi_thread")]
async fn guests_are_reminded_as_their_business_sets_and_pay_as_the_platform_sets() {
    let (app, customer, admin) = admin().await;
    let shown = admin.get("/api/settings").await;
    assert_eq!(shown.field("reminder_minutes"), &json!([1440, 60]));
    assert_eq!(shown.field("sms_charged_per"), "message");
    let changed = admin.put("/api/settings", &json!({"reminder_minutes": [30, 2880, 30]})).await;
    assert_eq!(changed.field("reminder_minutes"), &json!([2880, 30]));
    let none = admin.put("/api/settings", &json!({"reminder_minutes": []})).await;
    assert_eq!(none.field("reminder_minutes"), &json!([]));
    for wrong in [json!([0]), json!([20_161]), json!([1, 2, 3, 4, 5, 6]), json!(null)] {
        let answer = admin.put("/api/settings", &json!({"reminder_minutes": wrong})).await;
        assert_problem(&answer, 422, "invalid");
        assert_eq!(fields(&answer), ["reminder_minutes"], "{}", answer.body);
    }
    let answer = admin.put("/api/settings", &json!({"sms_charged_per": "part"})).await;
    assert_problem(&answer, 403, "not-allowed");
    assert_eq!(fields(&answer), ["sms_charged_per"]);
    let root = Visitor::super_admin(&app).await;
    let path = format!("/api/admin/customers/{}", customer.id.0);
    assert_eq!(root.put(&path, &json!({"sms_charged_per": "part"})).await.status, 200);
    assert_eq!(root.put(&path, &json!({"sms_charged_per": "word"})).await.status, 422);
    assert_eq!(admin.get("/api/settings").await.field("sms_charged_per"), "part");
    let app = app.restart().await;
    let admin = Visitor::admin(&app, &app.here(&customer)).await;
    let shown = admin.get("/api/settings").await;
    assert_eq!(
        (shown.field("reminder_minutes"), shown.field("sms_charged_per")),
        (&json!([]), &json!("part"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_business_reads_and_writes_its_own_words_alone() {
    let (app, customer, admin) = admin().await;
    let other = app.customer().await;
    let stranger = Visitor::admin(&app, &other).await;
    assert_eq!(admin.put(BOOKED_SMS, &json!({"body": "Ours."})).await.status, 200);
    assert_eq!(listed(&stranger, "booked", "sms").await["is_own"], false);
    assert_problem(&stranger.delete(BOOKED_SMS).await, 404, "not-found");
    assert_eq!(listed(&admin, "booked", "sms").await["body"], "Ours.");
    app.tenant(&customer).await.suspend().await.unwrap();
    assert_problem(&admin.put(BOOKED_SMS, &json!({"body": "x"})).await, 403, "customer-suspended");
    assert_problem(&admin.delete(BOOKED_SMS).await, 403, "customer-suspended");
    assert_eq!(preview(&admin, "Hi. STOP", true).await["body"], "Hi. STOP");
}
