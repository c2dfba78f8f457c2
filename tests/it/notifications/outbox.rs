//! The messages of a customer, as they stand in the database.

use std::time::Duration;

use domain::money::Money;
use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;
use serde_json::json;
use sqlx::{FromRow, Row};

use crate::harness::TestApp;
use crate::harness::app::Customer;

/// One message.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    pub id: i64,
    pub channel: String,
    pub template: String,
    pub recipient: String,
    pub status: String,
    pub why: Option<String>,
    pub content: Option<String>,
    pub parts: Option<i32>,
    pub attempts: i32,
    pub cost: Money,
    pub sent_at: Option<Timestamp>,
}

impl FromRow<'_, sqlx::postgres::PgRow> for Message {
    fn from_row(row: &sqlx::postgres::PgRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: row.try_get("id")?,
            channel: row.try_get("type")?,
            template: row.try_get("template")?,
            recipient: row.try_get("recipient")?,
            status: row.try_get("status")?,
            why: row.try_get("error_message")?,
            content: row.try_get("content")?,
            parts: row.try_get("parts")?,
            attempts: row.try_get("attempts")?,
            cost: Money::rounded(row.try_get::<Decimal, _>("cost")?),
            sent_at: row.try_get::<Option<String>, _>("sent")?.map(|at| at.parse().expect("an instant")),
        })
    }
}

/// All of a customer, in the order in which they were queued.
pub async fn messages(app: &TestApp, customer: &Customer) -> Vec<Message> {
    let sql = "
select *, to_char(sent_at, 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') as sent
  from notifications
 where customer_id = $1
 order by id";
    sqlx::query_as(sql).bind(customer.id.0).fetch_all(&mut app.sql().await).await.expect("messages")
}

/// The same once there are so many and none of them waits.
pub async fn settled(app: &TestApp, customer: &Customer, count: usize) -> Vec<Message> {
    once(app, customer, |rows| rows.len() >= count && rows.iter().all(|row| row.status != "pending")).await
}

/// The same while time passes, a second with each look: messages let others pass, and are tried again.
pub async fn settled_in_time(app: &TestApp, customer: &Customer, count: usize) -> Vec<Message> {
    once(app, customer, |rows| {
        app.clock.advance(SignedDuration::from_secs(1));
        rows.len() >= count && rows.iter().all(|row| row.status != "pending")
    })
    .await
}

/// The same as soon as it is so.
pub async fn once(app: &TestApp, customer: &Customer, is_so: impl Fn(&[Message]) -> bool) -> Vec<Message> {
    let looked = tokio::time::timeout(Duration::from_secs(60), async {
        let mut looks = tokio::time::interval(Duration::from_millis(20));
        loop {
            looks.tick().await;
            let rows = messages(app, customer).await;
            if is_so(&rows) {
                return rows;
            }
        }
    });
    match looked.await {
        Ok(rows) => rows,
        Err(_) => panic!("{:#?}", messages(app, customer).await),
    }
}

/// Books half an hour for somebody who has a number and an address; answers the appointment's id.
pub async fn book(customer: &Customer, name: &str, date: &str, time: &str) -> String {
    book_for(customer, name, "+15550100123", (date, time)).await
}

/// The same for somebody with this number.
pub async fn book_for(customer: &Customer, name: &str, phone: &str, (date, time): (&str, &str)) -> String {
    let args = json!({
        "date": date, "time": time, "caller_name": name,
        "caller_phone": phone, "caller_email": "zoe@example.com",
    });
    let booked = customer.function("book", &args).await;
    assert_eq!(booked.field("success"), &json!(true), "{}", booked.body);
    booked.field("appointment_id").as_str().expect("an id").to_owned()
}
