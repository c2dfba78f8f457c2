//! What guests are told, when, and what it costs.

mod faults;
mod kills;
pub mod outbox;
mod reminders;
mod twice;

use actors::tenant::{Placement, TenantHandle};
use domain::appointments::Guest;
use domain::billing::{Rates, SmsUnit};
use domain::calendar::OutsideHours;
use domain::ids::AppointmentId;
use domain::money::Money;
use domain::settings::Settings;
use jiff::SignedDuration;

use crate::harness::TestApp;
use crate::harness::app::{Customer, Options, at, money};
use crate::harness::inbox::Inbox;
use crate::harness::retell::flat;
use crate::harness::smtp::{Fault, MailServer, Security};
use outbox::{Message, book, messages, once, settled, settled_in_time};

/// A customer with 50.00, and its tenant.
async fn with_tenant(app: &TestApp) -> (Customer, TenantHandle) {
    let customer = app.customer().await;
    let tenant = app.tenant(&customer).await;
    (customer, tenant)
}

/// An appointment on Thursday the 15th at ten, of which its guest has heard.
async fn booked(app: &TestApp, customer: &Customer) -> AppointmentId {
    let id = book(customer, "Zoë", "2026-01-15", "10:00").await;
    settled(app, customer, 2).await;
    appointment_id(&id)
}

fn appointment_id(name: &str) -> AppointmentId {
    AppointmentId(name.trim_start_matches("apt_").parse().expect("a number"))
}

/// A platform whose mails, and with them its text messages, go to this server.
async fn mailing(server: &MailServer) -> TestApp {
    let smtp_port = Some(server.address.port());
    TestApp::with(Options { smtp_port, delivers: true, ..Options::default() }).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_hears_of_a_booking_by_mail_and_text_and_each_is_charged_once() {
    let inbox = Inbox::new();
    let app = inbox.delivering().await;
    let customer = app.customer().await;
    book(&customer, "Zoë Ruiz", "2026-01-15", "10:00").await;
    let rows = settled(&app, &customer, 2).await;
    assert_eq!(
        rows.iter().map(|row| (row.channel.as_str(), row.status.as_str())).collect::<Vec<_>>(),
        [("email", "sent"), ("sms", "sent")],
        "{rows:?}"
    );
    let mails = inbox.mails();
    let mail = mails.iter().find(|mail| mail.to == "zoe@example.com").expect("the mail");
    assert_eq!(mail.subject, "Your appointment with Lovelace & Daughters on January 15, 2026");
    assert!(mail.raw.contains(&format!("Reply-To: {}", customer.email)), "{}", mail.raw);
    assert!(mail.text.contains("10:00 AM") && mail.links().len() == 2, "{}", mail.text);
    for line in ["METHOD:REQUEST", "SEQUENCE:0", "DTSTART:20260115T100000Z", "DTEND:20260115T103000Z"] {
        assert!(mail.calendar.contains(line), "{line}: {}", mail.calendar);
    }
    let text = mails.iter().find(|mail| mail.to == "+15550100123@sms.clicksend.com").expect("the text");
    assert_eq!(text.subject, "");
    assert!(
        text.text.starts_with("Hi Zoë! Your appointment with Lovelace & Daughters is confirmed"),
        "{}",
        text.text
    );
    assert_eq!(rows[1].parts, Some(3), "a letter that is not in the telephone's alphabet costs: {rows:?}");
    assert_eq!(app.balance(&customer).await, money("49.94"));
    let lines = "select count(*) from transactions where customer_id = $1 and category in ('sms', 'email')";
    assert_eq!(app.count(lines, &customer).await, 2);
    let cost: Money = rows.iter().map(|row| row.cost).fold(Money::ZERO, |sum, cost| sum + cost);
    assert_eq!(cost, money("0.06"));
    assert_eq!(app.findings().await, Vec::<String>::new());
    assert!(
        messages(&app, &customer).await.iter().all(|row| row.sent_at == Some(at("2026-01-05T12:00:00Z")))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_of_an_appointment_that_is_moved_twice_hears_of_its_last_place_only() {
    let inbox = Inbox::new();
    let app = inbox.delivering().await;
    let (customer, tenant) = with_tenant(&app).await;
    let id = booked(&app, &customer).await;
    for hour in ["11", "15"] {
        let start = at(&format!("2026-01-15T{hour}:00:00Z"));
        tenant.reschedule(id, start, None, OutsideHours::Refuse).await.unwrap();
    }
    // A hand that drags may drag again.
    app.clock.advance(SignedDuration::from_secs(11));
    let rows = settled_in_time(&app, &customer, 6).await;
    let said: Vec<(&str, &str)> =
        rows[2..].iter().map(|row| (row.template.as_str(), row.status.as_str())).collect();
    assert_eq!(
        said,
        [("moved", "suppressed"), ("moved", "suppressed"), ("moved", "sent"), ("moved", "sent")]
    );
    assert_eq!(rows[2].why.as_deref(), Some("a later message tells how it is now"));
    let mails = inbox.mails();
    let moved = mails.iter().rfind(|mail| mail.to == "zoe@example.com").unwrap();
    assert!(
        moved.subject.contains("is now on January 15") && moved.text.contains("3:00 PM"),
        "{}",
        moved.text
    );
    let booked = mails.iter().find(|mail| mail.to == "zoe@example.com").unwrap();
    for line in ["METHOD:REQUEST", "SEQUENCE:2", "DTSTART:20260115T150000Z"] {
        assert!(moved.calendar.contains(line), "{line}: {}", moved.calendar);
    }
    assert_eq!(uid(&moved.calendar), uid(&booked.calendar));

    tenant.cancel(id, None).await.unwrap();
    let rows = settled(&app, &customer, 8).await;
    assert!(rows[6..].iter().all(|row| row.template == "cancelled" && row.status == "sent"), "{rows:?}");
    let mails = inbox.mails();
    let gone = mails.iter().rfind(|mail| mail.to == "zoe@example.com").unwrap();
    for line in ["METHOD:CANCEL", "STATUS:CANCELLED", "SEQUENCE:3"] {
        assert!(gone.calendar.contains(line), "{line}: {}", gone.calendar);
    }
    assert_eq!(uid(&gone.calendar), uid(&booked.calendar));
    assert_eq!(app.findings().await, Vec::<String>::new());
}

fn uid(calendar: &str) -> &str {
    calendar.lines().find(|line| line.starts_with("UID:")).expect("a name")
}

#[tokio::test(flavor = "multi_thread")]
async fn an_appointment_that_is_cancelled_while_its_confirmation_waits_is_not_confirmed() {
    let server = MailServer::start(Security::None, 0).await;
    server.faults.set(Some(Fault::Later));
    let app = mailing(&server).await;
    let (customer, tenant) = with_tenant(&app).await;
    let id = book(&customer, "Zoë", "2026-01-15", "10:00").await;
    once(&app, &customer, |rows| {
        rows.iter().filter(|row| row.attempts == 1 && row.why.is_some()).count() == 2
    })
    .await;
    tenant.cancel(appointment_id(&id), None).await.unwrap();
    server.faults.set(None);
    let rows = settled_in_time(&app, &customer, 4).await;
    let of =
        |template: &str| -> Vec<&Message> { rows.iter().filter(|row| row.template == template).collect() };
    for row in of("booked") {
        let (status, why) = (row.status.as_str(), row.why.as_deref());
        assert_eq!(
            (status, why, row.cost),
            ("suppressed", Some("the appointment is cancelled"), Money::ZERO)
        );
    }
    assert!(of("cancelled").iter().all(|row| row.status == "sent"), "{rows:?}");
    assert_eq!(app.balance(&customer).await, money("49.94"));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_answered_stop_gets_no_text_and_nobody_pays_for_it() {
    let inbox = Inbox::new();
    let app = inbox.delivering().await;
    let customer = app.customer().await;
    let stop = "insert into sms_opt_outs (customer_id, phone, keyword, created_at)
                values ($1, '+15550100123', 'STOP', now()) returning 1::bigint";
    app.count(stop, &customer).await;
    book(&customer, "Zoë", "2026-01-15", "10:00").await;
    let rows = settled(&app, &customer, 2).await;
    assert_eq!((rows[0].status.as_str(), rows[1].status.as_str()), ("sent", "suppressed"));
    assert_eq!(rows[1].why.as_deref(), Some("the guest has opted out"));
    let texts = "select count(*) from transactions where customer_id = $1 and category = 'sms'";
    assert_eq!(app.count(texts, &customer).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_used_up_balance_keeps_texts_back_and_lets_confirmations_by_mail_out() {
    let inbox = Inbox::new();
    let app = inbox.delivering().await;
    let customer = app.poor_customer().await;
    book(&customer, "Zoë", "2026-01-15", "10:00").await;
    let rows = settled(&app, &customer, 2).await;
    assert_eq!((rows[0].status.as_str(), rows[1].status.as_str()), ("sent", "suppressed"));
    assert_eq!(rows[1].why.as_deref(), Some("the balance is used up"));
    assert_eq!(app.balance(&customer).await, money("-0.01"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_switched_off_is_not_queued_and_a_text_then_speaks_of_no_mail() {
    let inbox = Inbox::new();
    let app = inbox.delivering().await;
    let (customer, tenant) = with_tenant(&app).await;
    let settings = Settings { email_enabled: false, ..Settings::default() };
    tenant.change_settings(settings).await.unwrap();
    book(&customer, "Zoë", "2026-01-15", "10:00").await;
    let rows = settled(&app, &customer, 1).await;
    assert_eq!(rows.iter().map(|row| row.channel.as_str()).collect::<Vec<_>>(), ["sms"]);
    let said = rows[0].content.as_deref().unwrap();
    assert!(!said.contains("email") && said.ends_with("Reply STOP to opt out."), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_is_charged_by_its_parts_where_the_rates_say_so() {
    let inbox = Inbox::new();
    let app = inbox.delivering().await;
    let (customer, tenant) = with_tenant(&app).await;
    let rates = Rates { sms_charged_per: SmsUnit::Part, ..Rates::default() };
    tenant.change_settings(Settings { rates, ..Settings::default() }).await.unwrap();
    book(&customer, "Zoë", "2026-01-15", "10:00").await;
    let rows = settled(&app, &customer, 2).await;
    assert_eq!((rows[1].parts, rows[1].cost), (Some(3), money("0.15")));
    assert_eq!(app.balance(&customer).await, money("49.84"));
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_numbers_and_addresses_fail_alone() {
    let inbox = Inbox::new();
    let app = inbox.delivering().await;
    let (customer, tenant) = with_tenant(&app).await;
    let hostile = [
        ("a@b\r\nBcc: v@x.example", "+1555@evil.example,v@x"),
        ("v@x.example, w@x.example", "+15550100123\r\nBcc: v@x.example"),
    ];
    for (hour, (email, phone)) in hostile.into_iter().enumerate() {
        // Past every check at the edge, as if one of them had a hole.
        let guest = Guest {
            name: Some("Bcc: v@x.example\r\n\r\nHello".to_owned()),
            phone: Some(phone.to_owned()),
            email: Some(email.to_owned()),
        };
        let start = at("2026-01-15T10:00:00Z") + SignedDuration::from_hours(hour as i64);
        let placement = Placement {
            start,
            duration_minutes: None,
            outside_hours: OutsideHours::Refuse,
            guest,
            notes: None,
        };
        tenant.place(placement).await.unwrap();
    }
    book(&customer, "Zoë", "2026-01-16", "10:00").await;
    let rows = settled(&app, &customer, 6).await;
    for row in &rows[..4] {
        assert_eq!((row.status.as_str(), row.attempts, row.cost), ("failed", 1, Money::ZERO), "{row:?}");
        assert!(!row.why.as_deref().unwrap().contains("x.example"), "{row:?}");
    }
    assert!(rows[4..].iter().all(|row| row.status == "sent"), "{rows:?}");
    let mails = inbox.mails();
    assert_eq!(mails.len(), 2);
    assert!(mails.iter().all(|mail| !mail.raw.contains("x.example")));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_admins_hear_once_that_the_balance_is_low_and_once_that_it_is_used_up() {
    let inbox = Inbox::new();
    let app = inbox.delivering().await;
    let customer = app.customer().await;
    // 1.00 a minute: 50 becomes 9, then nothing.
    for (call, seconds) in [("c1", 41 * 60), ("c2", 60), ("c3", 10 * 60), ("c4", 60)] {
        assert_eq!(customer.webhook(&flat(call, seconds)).await.status, 200);
        let waits = |rows: &[Message]| rows.iter().all(|row| row.status != "pending");
        once(&app, &customer, waits).await;
    }
    let rows = messages(&app, &customer).await;
    let said: Vec<(&str, &str, Money)> =
        rows.iter().map(|row| (row.template.as_str(), row.status.as_str(), row.cost)).collect();
    let free = Money::ZERO;
    assert_eq!(said, [("balance_low", "sent", free), ("balance_depleted", "sent", free)]);
    let mails = inbox.mails();
    assert_eq!(mails.iter().map(|mail| mail.to.as_str()).collect::<Vec<_>>(), [customer.email.as_str(); 2]);
    assert!(
        mails[0].subject.contains("below €10.00") && mails[0].text.contains("€9.00"),
        "{}",
        mails[0].text
    );
    assert_eq!(mails[1].subject, "Your balance is used up");
}
