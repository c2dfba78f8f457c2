//! What guests were told, on pages: for those who may see it, and sent again by those who may change
//! appointments.

use jiff::SignedDuration;

use crate::harness::TestApp;
use crate::harness::app::Customer;
use crate::harness::inbox::Inbox;
use crate::harness::visitor::Visitor;
use crate::notifications::outbox::{book, messages, settled};

/// Somebody who may change appointments and see no money.
async fn keeper(app: &TestApp, customer: &Customer) -> Visitor {
    let sql = "
insert into users (customer_id, id, email, full_name, role, can_manage_calendar, created_at, updated_at)
values ($1, 'usr_keeper', 'keeper@example.com', 'Keeper', 'user', true, now(), now())";
    sqlx::query(sql).bind(customer.id.0).execute(&mut app.sql().await).await.unwrap();
    Visitor::signed_in(app, "keeper@example.com").await
}

async fn set(app: &TestApp, customer: &Customer, what: &'static str) {
    sqlx::query(what).bind(customer.id.0).execute(&mut app.sql().await).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_says_what_was_sent_to_whom_and_what_became_of_it() {
    let inbox = Inbox::new();
    let app = inbox.delivering().await;
    let customer = app.customer().await;
    let admin = Visitor::admin(&app, &customer).await;
    let (status, empty) = admin.page("/messages").await;
    assert_eq!(status, 200, "{empty}");
    assert!(empty.contains("Messages appear after the first booking"), "{empty}");
    let appointment = book(&customer, "Zoe <i>Ruiz</i>", "2026-01-15", "10:00").await;
    let rows = settled(&app, &customer, 2).await;
    let (_, page) = admin.page("/messages").await;
    for shown in [
        "Confirmation",
        "Text message",
        "E-mail",
        "+15550100123",
        "zoe@example.com",
        "Zoe &lt;i&gt;Ruiz&lt;/i&gt;",
        &format!("href=\"/appointments/{appointment}\""),
        &format!("href=\"/messages/msg_{}\"", rows[1].id),
        "2 messages, newest first.",
    ] {
        assert!(page.contains(shown), "{shown}: {page}");
    }
    assert!(!page.contains("Messages are delayed"), "{page}");

    set(&app, &customer, "update notifications set status = 'suppressed', error_message = 'the guest has opted out' where customer_id = $1 and type = 'sms'").await;
    set(
        &app,
        &customer,
        "update notifications set receipt = 'undelivered' where customer_id = $1 and type = 'email'",
    )
    .await;
    let (_, texts) = admin.page("/messages?type=sms").await;
    assert!(texts.contains("The guest has opted out") && !texts.contains("zoe@example.com"), "{texts}");
    let (_, lost) = admin.page("/messages?status=failed").await;
    assert!(lost.contains("Not delivered") && !lost.contains("opted out"), "{lost}");
    let (_, none) = admin.page("/messages?status=pending&type=sms").await;
    assert!(none.contains("No messages match") && none.contains("Clear filters"), "{none}");
    let (status, all) = admin.page("/messages?status=x&type=y&page=z").await;
    assert!(status == 200 && all.contains("2 messages"), "an old link still shows a list: {all}");
    let (_, home) = admin.page("/").await;
    assert!(home.contains("A message could not be delivered"), "{home}");
    assert!(home.contains("href=\"/messages?status=failed\""), "{home}");
    app.clock.advance(SignedDuration::from_hours(49));
    let (_, home) = admin.page("/").await;
    assert!(!home.contains("could not be delivered"), "{home}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_is_opened_with_the_words_that_were_sent() {
    let inbox = Inbox::new();
    let app = inbox.delivering().await;
    let customer = app.customer().await;
    let appointment = book(&customer, "Zoe <i>Ruiz</i>", "2026-01-15", "10:00").await;
    let rows = settled(&app, &customer, 2).await;
    let admin = Visitor::admin(&app, &customer).await;
    let (_, text) = admin.page(&format!("/messages/msg_{}", rows[1].id)).await;
    assert!(text.contains("class=\"bubble typed\"") && text.contains("is confirmed"), "{text}");
    assert!(!text.contains("<i>Ruiz"), "what a caller has said is text: {text}");
    assert!(text.contains(&format!("href=\"/appointments/{appointment}\"")), "{text}");
    let (_, mail) = admin.page(&format!("/messages/msg_{}", rows[0].id)).await;
    assert!(
        mail.contains("Subject") && mail.contains("Your appointment with Lovelace &amp; Daughters"),
        "{mail}"
    );
    assert_eq!(admin.page("/messages/msg_999").await.0, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_too_long_is_said_on_top_and_what_waits_has_no_words_yet() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    book(&customer, "Zoe Ruiz", "2026-01-15", "10:00").await;
    let admin = Visitor::admin(&app, &customer).await;
    let (_, page) = admin.page("/messages").await;
    assert!(page.contains("Waiting") && !page.contains("Messages are delayed"), "{page}");
    app.clock.advance(SignedDuration::from_secs(61));
    set(&app, &customer, "update notifications set attempts = 2, error_message = 'the mail server does not answer' where customer_id = $1").await;
    let (_, page) = admin.page("/messages").await;
    assert!(page.contains("Messages are delayed:") && page.contains("2 messages"), "{page}");
    assert!(page.contains("Next try at") && page.contains("The mail server does not answer"), "{page}");
    let id = messages(&app, &customer).await[0].id;
    let (_, one) = admin.page(&format!("/messages/msg_{id}")).await;
    assert!(one.contains("Not sent yet"), "{one}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_is_long_is_leafed_through_with_its_filters() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    set(
        &app,
        &customer,
        "
insert into notifications (customer_id, id, type, recipient, template, status, due_at, created_at)
select $1, 1000 + n, 'sms', '+15550100123', 'reminder', 'sent', now(), now()
  from generate_series(1, 30) n",
    )
    .await;
    let admin = Visitor::admin(&app, &customer).await;
    let (_, first) = admin.page("/messages?type=sms&status=sent").await;
    assert!(first.contains("href=\"/messages?type=sms&amp;status=sent&amp;page=2\""), "{first}");
    let (_, second) = admin.page("/messages?type=sms&status=sent&page=2").await;
    assert!(second.contains("href=\"/messages?type=sms&amp;status=sent\" rel=\"prev\""), "{second}");
    assert!(second.contains("26–30"), "{second}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_appointment_shows_its_messages_to_admins_and_is_confirmed_again_by_whoever_keeps_the_calendar() {
    let inbox = Inbox::new();
    let app = inbox.delivering().await;
    let customer = app.customer().await;
    let appointment = book(&customer, "Zoe Ruiz", "2026-01-15", "10:00").await;
    let rows = settled(&app, &customer, 2).await;
    let path = format!("/appointments/{appointment}");
    let admin = Visitor::admin(&app, &customer).await;
    let keeper = keeper(&app, &customer).await;
    let link = format!("href=\"/messages/msg_{}\"", rows[1].id);
    let (_, page) = admin.page(&path).await;
    assert!(page.contains(&link) && page.contains("Send the confirmation again"), "{page}");
    let (_, page) = keeper.page(&path).await;
    assert!(!page.contains(&link) && page.contains("Send the confirmation again"), "{page}");
    assert!(!page.contains("href=\"/messages\""), "no such page is in their menu: {page}");
    for hidden in ["/messages", &format!("/messages/msg_{}", rows[1].id)] {
        assert_eq!(keeper.page(hidden).await.0, 403);
    }

    let (status, _) = keeper.submit(&format!("{path}/resend"), &[]).await;
    assert_eq!(status, 303);
    let (_, page) = keeper.page(&path).await;
    assert!(page.contains("on its way again, by e-mail and text message"), "{page}");
    settled(&app, &customer, 4).await;
    assert_eq!(admin.delete(&format!("/api{path}")).await.status, 200);
    let (status, page) = admin.submit(&format!("{path}/resend"), &[]).await;
    assert!(
        status == 200 && page.contains("Only an appointment that is still to come can be confirmed."),
        "{page}"
    );
    let (_, page) = admin.page(&path).await;
    assert!(!page.contains("Send the confirmation again"), "{page}");
    assert_eq!(admin.submit("/appointments/apt_999/resend", &[]).await.0, 404);
}
