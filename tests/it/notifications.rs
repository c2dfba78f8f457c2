//! What guests are told, when, and what it costs.

mod outbox;

use domain::money::Money;

use crate::harness::app::{at, money};
use crate::harness::inbox::Inbox;
use outbox::{book, messages, settled};

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
    assert_eq!(mail.subject, "Your appointment with Lovelace & Daughters on Thursday, January 15, 2026");
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
