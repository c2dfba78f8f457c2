//! Deliveries and attempts of a customer, as they stand in the database.

use std::time::Duration;

use jiff::Timestamp;
use sqlx::{FromRow, Row};

use crate::harness::TestApp;
use crate::harness::app::Customer;
use crate::harness::waiting::until;

/// One delivery.
#[derive(Debug, Clone, PartialEq)]
pub struct Delivery {
    pub endpoint: i64,
    pub event_id: i64,
    pub event: String,
    pub status: String,
    pub attempts: i32,
    pub tries: i32,
    pub due_at: Timestamp,
    pub response_code: Option<i32>,
    pub reason: Option<String>,
}

impl FromRow<'_, sqlx::postgres::PgRow> for Delivery {
    fn from_row(row: &sqlx::postgres::PgRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            endpoint: row.try_get("endpoint_id")?,
            event_id: row.try_get("event_id")?,
            event: row.try_get("event")?,
            status: row.try_get("status")?,
            attempts: row.try_get("attempts")?,
            tries: row.try_get("tries")?,
            due_at: row.try_get::<String, _>("due")?.parse().expect("an instant"),
            response_code: row.try_get("response_code")?,
            reason: row.try_get("reason")?,
        })
    }
}

/// All of a customer, in the order of their events.
pub async fn deliveries(app: &TestApp, customer: &Customer) -> Vec<Delivery> {
    let sql = "
select *, to_char(due_at, 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') as due
  from webhook_deliveries
 where customer_id = $1
 order by event_id, endpoint_id";
    sqlx::query_as(sql).bind(customer.id.0).fetch_all(&mut app.sql().await).await.expect("deliveries")
}

/// The same as soon as it is so.
pub async fn once(app: &TestApp, customer: &Customer, is_so: impl Fn(&[Delivery]) -> bool) -> Vec<Delivery> {
    let looked = tokio::time::timeout(Duration::from_secs(60), async {
        let mut looks = tokio::time::interval(Duration::from_millis(20));
        loop {
            looks.tick().await;
            let rows = deliveries(app, customer).await;
            if is_so(&rows) {
                return rows;
            }
        }
    });
    match looked.await {
        Ok(rows) => rows,
        Err(_) => panic!("it never comes to that: {:?}", deliveries(app, customer).await),
    }
}

/// The same once there are so many and none of them waits.
pub async fn settled(app: &TestApp, customer: &Customer, count: usize) -> Vec<Delivery> {
    once(app, customer, |rows| rows.len() >= count && rows.iter().all(|row| row.status != "pending")).await
}

/// The only delivery, once its attempts so far are so many and all noted.
pub async fn attempted(app: &TestApp, customer: &Customer, attempts: i32) -> Delivery {
    until("so many attempts are noted", async || {
        let noted = "select count(*) from webhook_attempts where customer_id = $1 and took_ms is not null";
        app.count(noted, customer).await == i64::from(attempts)
    })
    .await;
    let mut rows = deliveries(app, customer).await;
    assert_eq!(rows.len(), 1, "{rows:?}");
    rows.remove(0)
}

/// What is kept of each attempt: status, reason, the beginning of the answer.
pub async fn attempts(
    app: &TestApp,
    customer: &Customer,
) -> Vec<(Option<i32>, Option<String>, Option<String>)> {
    let sql = "
select response_code, reason, response
  from webhook_attempts
 where customer_id = $1
 order by event_id, endpoint_id, attempt";
    sqlx::query_as(sql).bind(customer.id.0).fetch_all(&mut app.sql().await).await.expect("attempts")
}

/// State, failures in a row, and whether it was slow the last time.
pub async fn health(app: &TestApp, customer: &Customer) -> (String, i32, bool) {
    let sql = "select state, failures, is_slow from webhook_endpoints where customer_id = $1";
    sqlx::query_as(sql).bind(customer.id.0).fetch_one(&mut app.sql().await).await.expect("one endpoint")
}
