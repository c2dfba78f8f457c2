//! A mail server that fails in every way it can: nothing is lost, nothing is charged twice, callers do not
//! notice.

use std::time::Duration;

use actors::tenant::Wish;
use domain::appointments::Edit;
use domain::calendar::OutsideHours;
use jiff::SignedDuration;

use super::outbox::{Message, book, book_for, once, settled, settled_in_time};
use super::{appointment_id, mailing, with_tenant};
use crate::harness::app::{metrics, money};
use crate::harness::smtp::{Fault, MailServer, Security};

fn all_waited(rows: &[Message]) -> bool {
    rows.len() == 2 && rows.iter().all(|row| row.attempts >= 1 && row.why.is_some())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_server_that_cannot_now_is_tried_again_and_one_that_never_will_is_not() {
    let mut server = MailServer::start(Security::None, 0).await;
    let app = mailing(&server).await;
    let customer = app.customer().await;
    server.faults.set(Some(Fault::Later));
    book(&customer, "Ana", "2026-01-15", "10:00").await;
    let rows = once(&app, &customer, all_waited).await;
    let waits = |row: &Message| row.status == "pending" && row.why.as_deref().unwrap().contains("451");
    assert!(rows.iter().all(waits), "{rows:?}");
    server.faults.set(None);
    app.clock.advance(SignedDuration::from_secs(7));
    let rows = settled(&app, &customer, 2).await;
    let is_sent = |row: &Message| row.status == "sent" && row.attempts == 2 && row.why.is_none();
    assert!(rows.iter().all(is_sent), "{rows:?}");
    assert_eq!(server.mails().len(), 2);

    server.faults.set(Some(Fault::Refuse));
    book(&customer, "Ben", "2026-01-15", "11:00").await;
    let rows = settled(&app, &customer, 4).await;
    assert!(rows[2..].iter().all(|row| row.status == "failed" && row.attempts == 1), "{rows:?}");
    assert!(rows[2].why.as_deref().unwrap().contains("no such mailbox"), "{rows:?}");
    assert_eq!(app.balance(&customer).await, money("49.94"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_is_cut_costs_one_mail_more_at_most_under_the_same_name() {
    for (fault, each_on_the_wire) in [(Fault::CutBefore, 1), (Fault::CutAfter, 2)] {
        let mut server = MailServer::start(Security::None, 0).await;
        let app = mailing(&server).await;
        let customer = app.customer().await;
        server.faults.set(Some(fault));
        book(&customer, "Ana", "2026-01-15", "10:00").await;
        once(&app, &customer, all_waited).await;
        server.faults.set(None);
        app.clock.advance(SignedDuration::from_secs(7));
        settled(&app, &customer, 2).await;
        let mails = server.mails();
        let mut names: Vec<&str> = mails.iter().map(|mail| mail.message_id()).collect();
        assert_eq!(names.len(), 2 * each_on_the_wire, "{fault:?}: {names:?}");
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), 2, "{fault:?}: {names:?}");
        assert_eq!(app.balance(&customer).await, money("49.94"), "{fault:?}");
        assert_eq!(app.findings().await, Vec::<String>::new());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn callers_book_as_ever_while_the_mail_server_hangs_and_its_messages_go_out_afterwards() {
    let mut server = MailServer::start(Security::None, 0).await;
    let app = mailing(&server).await;
    let customer = app.customer().await;
    server.faults.set(Some(Fault::Hang));
    // More than there are places for at once; had one of them waited for the server, `book` would have
    // been answered by an apology, which the helper does not take for a booking.
    for slot in 0..20 {
        let (day, hour, minute) = (15 + slot / 10, 9 + (slot % 10) / 2, (slot % 2) * 30);
        let (phone, date, time) =
            (format!("+155501001{slot:02}"), format!("2026-01-{day}"), format!("{hour}:{minute:02}"));
        book_for(&customer, "Ana", &phone, (&date, &time)).await;
    }
    let hanging = once(&app, &customer, |rows| rows.iter().any(|row| row.attempts > 0)).await;
    assert!(hanging.iter().all(|row| row.status == "pending"), "{hanging:?}");
    server.faults.set(None);
    let rows = settled_in_time(&app, &customer, 40).await;
    assert!(rows.iter().all(|row| row.status == "sent"), "{rows:?}");
    assert_eq!(server.mails().len(), 40);
    assert_eq!(app.balance(&customer).await, money("48.80"));
    let said = metrics(&app).await;
    assert!(said.contains("voice_messages_total{channel=\"email\",outcome=\"sent\"} 20"), "{said}");
    assert!(said.contains("voice_message_accepted_seconds_count{channel=\"sms\"} 20"), "{said}");
    // The backlog is measured with the next renewal of leases.
    let measured = async {
        let mut looks = tokio::time::interval(Duration::from_millis(50));
        while !metrics(&app).await.contains("voice_outbox_depth{channel=\"sms\"} 0") {
            looks.tick().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), measured).await.expect("a measured backlog");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_mail_server_has_against_our_account_costs_no_guest_a_message() {
    let mut server = MailServer::start(Security::None, 0).await;
    let app = mailing(&server).await;
    let customer = app.customer().await;
    server.faults.set(Some(Fault::Blocked));
    book(&customer, "Ana", "2026-01-15", "10:00").await;
    let rows = once(&app, &customer, all_waited).await;
    let waits = |row: &Message| row.status == "pending" && !row.why.as_deref().unwrap().contains("550");
    assert!(rows.iter().all(waits), "{rows:?}");
    server.faults.set(None);
    app.clock.advance(SignedDuration::from_secs(7));
    assert!(settled(&app, &customer, 2).await.iter().all(|row| row.status == "sent"));
    assert_eq!(server.mails().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_confirmation_that_waits_goes_to_the_address_that_was_corrected_meanwhile() {
    let mut server = MailServer::start(Security::None, 0).await;
    let app = mailing(&server).await;
    let (customer, tenant) = with_tenant(&app).await;
    server.faults.set(Some(Fault::Later));
    let id = book(&customer, "Ana", "2026-01-15", "10:00").await;
    once(&app, &customer, all_waited).await;
    let guest_email = Some(Some("ana.ruiz@example.com".to_owned()));
    let edit = Edit { guest_email, ..Edit::default() };
    let wish = Wish { edit, outside_hours: OutsideHours::Refuse, if_revision: None };
    tenant.edit(appointment_id(&id), wish).await.unwrap();
    server.faults.set(None);
    let rows = settled_in_time(&app, &customer, 3).await;
    assert_eq!(rows[0].why.as_deref(), Some("the guest has another address by now"), "{rows:?}");
    assert_eq!((rows[2].recipient.as_str(), rows[2].status.as_str()), ("ana.ruiz@example.com", "sent"));
    assert!(server.mails().iter().all(|mail| !mail.recipient.contains("zoe@example.com")));
}
