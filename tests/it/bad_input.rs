//! What nobody should send: it is refused in a form one can act on, leaves no trace, loses no call.

use std::collections::HashSet;

use actors::secrets::{Purpose, random};
use domain::ids::{ApiKey, CustomerId};
use jiff::SignedDuration;
use serde_json::{Value, json};
use sqlx::PgConnection;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::harness::app::{Answer, assert_problem, metric, money};
use crate::harness::retell::{event, flat, sign};
use crate::harness::{Customer, Options, TestApp};

mod api;
mod bodies;
mod keys;
mod values;

const CALLS: &str = "select count(*) from calls where customer_id = $1";
const CHARGES: &str = "select count(*) from transactions where customer_id = $1 and category = 'call'";
const FUNCTIONS: [&str; 3] = ["availability", "book", "lookup"];
const BODY_BYTES_MAX: usize = 10 * 1024 * 1024;

/// Everything a request could leave behind.
pub async fn traces(app: &TestApp, customer: &Customer) -> String {
    let sql = "
select format('balance %s, clock %s, %s calls, %s entries, %s appointments, %s events, %s agents',
       (select current_balance from balances where customer_id = $1),
       (select seq from balances where customer_id = $1),
       (select count(*) from calls where customer_id = $1),
       (select count(*) from transactions where customer_id = $1),
       (select count(*) from appointments where customer_id = $1),
       (select count(*) from webhook_logs where customer_id = $1),
       (select count(*) from agents where customer_id = $1))";
    sqlx::query_scalar(sql).bind(customer.id.0).fetch_one(&mut app.sql().await).await.expect("the traces")
}

/// Sends these very bytes on a connection of its own, and reads while it sends as careful clients do.
async fn send_raw(app: &TestApp, request: &[u8]) -> Answer {
    let stream = TcpStream::connect(app.app.address()).await.expect("a connection");
    let (mut reader, mut writer) = stream.into_split();
    let mut said = Vec::new();
    // The server may answer and leave before it has heard everything.
    let (_, read) = tokio::join!(writer.write_all(request), reader.read_to_end(&mut said));
    let said = String::from_utf8_lossy(&said);
    let (head, body) =
        said.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no whole answer: {said:?}, {read:?}"));
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| line.split(' ').nth(1)?.parse().ok()).expect("a status");
    let headers = lines.filter_map(|line| {
        let (name, value) = line.split_once(": ")?;
        Some((name.parse().ok()?, value.parse().ok()?))
    });
    let headers: reqwest::header::HeaderMap = headers.collect();
    Answer { status, headers, body: serde_json::from_str(body).unwrap_or_else(|_| json!(body)) }
}

/// The head of a POST; the connection ends after its answer.
fn head(path: &str, more: &str) -> Vec<u8> {
    format!(
        "POST {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/json\r\n{more}\r\n"
    )
    .into_bytes()
}

fn path(url: &str) -> &str {
    let (_, path) = url.split_once("://").and_then(|(_, rest)| rest.split_once('/')).expect("a URL");
    &url[url.len() - path.len() - 1..]
}

/// An agent can say a sentence and nothing else.
#[track_caller]
fn assert_sentence(function: &str, answer: &Answer) {
    assert_eq!(answer.status, 200, "{function}: {}", answer.body);
    let flag = if function == "lookup" { "found" } else { "success" };
    assert_eq!(answer.field(flag), &json!(false), "{function}: {}", answer.body);
    let message = answer.field("message").as_str().expect("a sentence");
    assert!(message.ends_with('.'), "{function}: {message}");
}
