//! What could happen twice happens once.

use actors::store::outbox::{self, Claimed};
use actors::tenant::Accepted;
use domain::ids::{AppointmentId, NotificationId};
use domain::notifications::{Channel, Occasion, Topic};
use jiff::SignedDuration;

use super::outbox::{book, book_for, messages, once};
use super::{booked, mailing, with_tenant};
use crate::harness::TestApp;
use crate::harness::app::{Options, at, money};
use crate::harness::clicksend::call_back;
use crate::harness::inbox::Inbox;
use crate::harness::program::PATIENCE;
use crate::harness::smtp::{MailServer, Security};

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_is_said_to_be_accepted_again_and_again_is_charged_once() {
    let inbox = Inbox::new();
    let app = inbox.delivering().await;
    let (customer, tenant) = with_tenant(&app).await;
    let appointment = booked(&app, &customer).await;
    let rows = messages(&app, &customer).await;
    let accepted = Accepted {
        id: NotificationId(rows[0].id),
        topic: Topic::Appointment(Occasion::Booked),
        channel: Channel::Email,
        appointment: Some(AppointmentId(appointment.0)),
        subject: None,
        content: "a second carrier's word".to_owned(),
        parts: None,
        provider_id: None,
        at: at("2026-01-05T13:00:00Z"),
    };
    // By a worker that still remembers, and by one that must look.
    tenant.message_accepted(accepted.clone()).await.unwrap();
    let app = app.restart().await;
    app.tenant(&customer).await.message_accepted(accepted).await.unwrap();
    assert_eq!(app.balance(&customer).await, money("49.94"));
    assert_eq!(messages(&app, &customer).await, rows);
    assert_eq!(app.findings().await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn two_servers_on_one_database_send_each_message_once() {
    let mut server = MailServer::start(Security::None, 0).await;
    let app = mailing(&server).await;
    let beside = Options {
        smtp_port: Some(server.address.port()),
        database_url: Some(app.database.url().to_owned()),
        delivers: true,
        ..Options::default()
    };
    let beside = TestApp::with(beside).await;
    let customer = app.customer().await;
    for slot in 0..16 {
        let (phone, time) =
            (format!("+155501001{slot:02}"), format!("{:02}:{:02}", 9 + slot / 2, slot % 2 * 30));
        book_for(&customer, "Ana", &phone, ("2026-01-15", &time)).await;
    }
    let rows = once(&app, &customer, |rows| rows.len() == 32 && rows.iter().all(|row| row.status == "sent"));
    assert!(rows.await.iter().all(|row| row.attempts == 1));
    let mails = server.mails();
    let mut names: Vec<&str> = mails.iter().map(|mail| mail.message_id()).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!((names.len(), mails.len()), (32, 32));
    // Each server charged some of them; whoever lost the tenant took it back.
    assert_eq!(app.balance(&customer).await, money("49.04"));
    beside.app.stop().await;
    assert_eq!(app.findings().await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_that_comes_before_the_text_counts_as_sent_is_heard() {
    let inbox = Inbox::new();
    let app = inbox.app().await;
    let customer = app.customer().await;
    book_for(&customer, "Ana", "+15550100123", ("2026-01-15", "10:00")).await;
    let stop = [("from", "+15550100123"), ("body", "Stop."), ("to", "+15550199")];
    assert_eq!(call_back(&app, "inbound", &stop).await.status, 200);
    let app = inbox.delivering_again(app, "2026-01-05T12:00:01Z").await;
    let rows = once(&app, &customer, |rows| rows.iter().all(|row| row.status != "pending")).await;
    assert_eq!((rows[1].status.as_str(), rows[1].cost), ("suppressed", money("0")), "{rows:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_renews_or_takes_messages_does_not_wait_for_one_that_is_being_charged() {
    let app = TestApp::start().await;
    let (customer, _) = with_tenant(&app).await;
    book(&customer, "Zoë", "2026-01-15", "10:00").await;
    let rows = messages(&app, &customer).await;
    assert_eq!(rows.len(), 2);
    // As the journal holds it while it settles many.
    let mut journal = app.sql().await;
    let mut charging = sqlx::Connection::begin(&mut journal).await.unwrap();
    sqlx::query("select from notifications where customer_id = $1 and id = $2 for update")
        .bind(customer.id.0)
        .bind(rows[0].id)
        .execute(&mut *charging)
        .await
        .unwrap();
    let (store, now) = (&app.app.backend().store, app.clock.now());
    let both = rows.iter().map(|row| Claimed { customer: customer.id, id: NotificationId(row.id) });
    let unhindered = async {
        for channel in Channel::ALL {
            outbox::claim(store, channel, 16, now).await.unwrap();
        }
        outbox::keep(store, &both.collect::<Vec<_>>(), now + SignedDuration::from_secs(1)).await.unwrap();
    };
    tokio::time::timeout(PATIENCE, unhindered).await.expect("nobody waits");
    charging.rollback().await.unwrap();
    let kept = "select count(*) from notifications where customer_id = $1 and attempts = 1
                   and due_at = created_at + interval '16 s'";
    assert_eq!(app.count(kept, &customer).await, 1, "the other one was taken and kept");
}
