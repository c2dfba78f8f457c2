//! Guests are reminded when it is time, of what is so then.

use domain::calendar::OutsideHours;
use domain::settings::Edit;
use jiff::SignedDuration;

use super::outbox::{Message, book, messages, once, settled};
use super::{appointment_id, booked, with_tenant};
use crate::harness::TestApp;
use crate::harness::app::{Customer, at};
use crate::harness::inbox::Inbox;

/// What came after the confirmation, once there are so many and none waits.
async fn reminders(app: &TestApp, customer: &Customer, count: usize) -> Vec<Message> {
    let is_reminder = |row: &&Message| row.template == "reminder";
    let rows = once(app, customer, |rows| {
        rows.iter().filter(is_reminder).count() >= count && rows.iter().all(|row| row.status != "pending")
    });
    rows.await.into_iter().filter(|row| row.template == "reminder").collect()
}

fn statuses(rows: &[Message]) -> Vec<&str> {
    rows.iter().map(|row| row.status.as_str()).collect()
}

/// Moves the clock to this instant.
fn now_is(app: &TestApp, instant: &str) {
    app.clock.advance(at(instant).duration_since(app.clock.now()));
}

/// Appointments whose guest will be reminded.
async fn planned(app: &TestApp, customer: &Customer) -> i64 {
    let sql = "select count(*) from appointments where customer_id = $1 and next_reminder_at is not null";
    app.count(sql, customer).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_is_reminded_a_day_and_an_hour_before_by_each_way_once() {
    let inbox = Inbox::new();
    let app = inbox.delivering().await;
    let customer = app.customer().await;
    booked(&app, &customer).await;
    now_is(&app, "2026-01-14T10:00:01Z");
    assert_eq!(statuses(&reminders(&app, &customer, 2).await), ["sent", "sent"]);
    now_is(&app, "2026-01-15T09:00:01Z");
    assert_eq!(statuses(&reminders(&app, &customer, 4).await), ["sent"; 4]);
    assert_eq!(planned(&app, &customer).await, 0);
    let mails = inbox.mails();
    let reminder = mails.iter().rfind(|mail| mail.to == "zoe@example.com").unwrap();
    assert_eq!(reminder.subject, "See you on January 15, 2026 at 10:00 AM");
    assert_eq!(app.findings().await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_reminded_of_what_was_cancelled_or_of_the_time_before_a_move() {
    let inbox = Inbox::new();
    let app = inbox.delivering().await;
    let (customer, tenant) = with_tenant(&app).await;
    let moved = booked(&app, &customer).await;
    let cancelled = appointment_id(&book(&customer, "Ben", "2026-01-15", "14:00").await);
    settled(&app, &customer, 4).await;
    tenant.cancel(cancelled, None).await.unwrap();
    tenant.reschedule(moved, at("2026-01-16T10:00:00Z"), None, OutsideHours::Refuse).await.unwrap();
    app.clock.advance(SignedDuration::from_secs(11));
    settled(&app, &customer, 8).await;
    now_is(&app, "2026-01-16T09:00:01Z");
    // Of the day before and the hour before, both due by now, one is enough.
    let rows = reminders(&app, &customer, 2).await;
    assert_eq!(statuses(&rows), ["sent", "sent"]);
    assert!(rows.iter().all(|row| row.content.as_deref().unwrap().contains("January 16")), "{rows:?}");
    assert_eq!(planned(&app, &customer).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_books_for_this_afternoon_is_not_reminded_of_tomorrow() {
    let inbox = Inbox::new();
    let app = inbox.delivering().await;
    let customer = app.customer().await;
    book(&customer, "Zoë", "2026-01-05", "16:00").await;
    settled(&app, &customer, 2).await;
    now_is(&app, "2026-01-05T15:00:01Z");
    assert_eq!(statuses(&reminders(&app, &customer, 2).await), ["sent", "sent"]);
    assert_eq!(messages(&app, &customer).await.len(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_was_down_reminds_of_what_is_still_to_come_and_skips_the_rest() {
    let inbox = Inbox::new();
    let app = inbox.app().await;
    let customer = app.customer().await;
    book(&customer, "Early", "2026-01-15", "10:00").await;
    book(&customer, "Late", "2026-01-15", "15:00").await;
    // Both reminders of both are overdue by now, and one appointment is over.
    let app = inbox.delivering_again(app, "2026-01-15T14:30:00Z").await;
    let rows = reminders(&app, &customer, 2).await;
    assert_eq!(statuses(&rows), ["sent", "sent"]);
    assert!(rows.iter().all(|row| row.content.as_deref().unwrap().contains("Late")), "{rows:?}");
    let rows = messages(&app, &customer).await;
    let over: Vec<&Message> = rows.iter().filter(|row| row.status == "suppressed").collect();
    assert_eq!(over.len(), 2, "{rows:?}");
    assert!(over.iter().all(|row| row.why.as_deref() == Some("the appointment has begun or is over")));
    assert_eq!(planned(&app, &customer).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn other_reminders_count_for_appointments_that_stand_already() {
    let inbox = Inbox::new();
    let app = inbox.delivering().await;
    let (customer, tenant) = with_tenant(&app).await;
    booked(&app, &customer).await;
    let edit = Edit { reminder_minutes: Some(vec![2 * 24 * 60]), ..Edit::default() };
    tenant.change_account(edit).await.unwrap();
    now_is(&app, "2026-01-13T10:00:01Z");
    assert_eq!(statuses(&reminders(&app, &customer, 2).await), ["sent", "sent"]);
    book(&customer, "Ben", "2026-01-16", "10:00").await;
    assert_eq!(planned(&app, &customer).await, 1);
    tenant.change_account(Edit { reminder_minutes: Some(vec![]), ..Edit::default() }).await.unwrap();
    assert_eq!(planned(&app, &customer).await, 0);
}
