//! What the admins get by mail: the invoice once, and one reminder.

use super::{invoices, stored};
use crate::harness::app::{money, payment};
use crate::harness::inbox::Inbox;
use crate::harness::retell::flat;

#[tokio::test(flavor = "multi_thread")]
async fn the_admins_get_the_invoice_as_a_document_and_one_reminder_for_free() {
    let inbox = Inbox::new();
    let app = inbox.delivering().await;
    let customer = app.poor_customer().await;
    customer.webhook(&flat("c1", 600)).await;
    app.now_is("2026-02-01T00:00:00Z");
    let invoice = invoices(&app, &customer).await.remove(0);
    let about = |words: &str| {
        inbox.mails().into_iter().filter(|mail| mail.subject.contains(words)).collect::<Vec<_>>()
    };
    crate::harness::waiting::until("the invoice is there", async || !about(&invoice.number).is_empty()).await;
    let [mail] = about(&invoice.number).try_into().ok().expect("one mail");
    assert_eq!(mail.to, customer.email);
    assert!(mail.subject.contains("January 2026") && mail.subject.contains("10.00"), "{}", mail.subject);
    assert!(mail.text.contains("Please pay by February 15, 2026"), "{}", mail.text);
    assert!(mail.raw.contains(&format!("filename=\"{}.pdf\"", invoice.number)), "the document is attached");
    assert!(mail.text.contains(&format!("/billing/invoices/{}", invoice.id)), "{}", mail.text);

    app.now_is("2026-02-16T00:00:00Z");
    assert_eq!(app.keep_books().await.overdue, 1);
    crate::harness::waiting::until("the reminder is there", async || !about("overdue").is_empty()).await;
    assert_eq!(app.balance(&customer).await, money("-10"), "neither is charged");
    app.tenant(&customer).await.credit(payment("p", "10")).await.unwrap();
    assert_eq!(stored(&app, &customer, invoice.id).await.amount_due, money("0"));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_paid_meanwhile_is_not_reminded() {
    let inbox = Inbox::new();
    let app = inbox.app().await;
    let customer = app.poor_customer().await;
    customer.webhook(&flat("c1", 600)).await;
    app.now_is("2026-02-01T00:00:00Z");
    let invoice = invoices(&app, &customer).await.remove(0);
    app.now_is("2026-02-16T00:00:00Z");
    app.keep_books().await;
    app.tenant(&customer).await.credit(payment("p", "10")).await.unwrap();
    let app = inbox.delivering_again(app, "2026-02-16T00:01:00Z").await;
    let settled = "select count(*) from notifications
        where customer_id = $1 and invoice_id is not null and status in ('sent', 'failed', 'suppressed')";
    crate::harness::waiting::until("both are settled", async || app.count(settled, &customer).await == 2)
        .await;
    assert!(!inbox.mails().iter().any(|mail| mail.subject.contains("overdue")));
    assert!(inbox.mails().iter().any(|mail| mail.subject.contains(&invoice.number)));
}
