//! The server itself: its health, its metrics, the page at the root, its connections, its end.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use serde_json::json;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::harness::TestApp;
use crate::harness::app::{Answer, money};
use crate::harness::app::{assert_problem, metrics, operators_url};
use crate::harness::db::sibling;
use crate::harness::retell::flat;

const CHARGES: &str = "select count(*) from transactions where customer_id = $1 and category = 'call'";
const PATIENCE: Duration = Duration::from_secs(30);

async fn get(app: &TestApp, url: String) -> (u16, String) {
    let answer = app.http.get(url).send().await.expect("an answer");
    (answer.status().as_u16(), answer.text().await.expect("a text"))
}

/// Takes the database away from everybody, or gives it back.
async fn allow_connections(app: &TestApp, allow: bool) {
    let name = app.database.url().rsplit_once('/').expect("a database's URL").1;
    let server = sibling(app.database.url(), "postgres");
    let mut connection = PgConnection::connect(&server).await.expect("connect to the test server");
    let alter = format!("alter database {name} allow_connections {allow}");
    connection.execute(AssertSqlSafe(alter)).await.expect("alter the database");
    if !allow {
        let end = "select pg_terminate_backend(pid) from pg_stat_activity where datname = $1";
        sqlx::query(end).bind(name).execute(&mut connection).await.expect("end its sessions");
    }
}

/// Sends something that is no request and answers what is said until the server ends the connection.
async fn say_and_listen(app: &TestApp, said: &[u8]) -> String {
    let stream = TcpStream::connect(app.app.address()).await.expect("a connection");
    let (mut reader, mut writer) = stream.into_split();
    let mut heard = Vec::new();
    let both = async { tokio::join!(writer.write_all(said), reader.read_to_end(&mut heard)) };
    // Its answer may come in the middle of our words: what was heard counts, not how both ended.
    let _ = tokio::time::timeout(PATIENCE, both).await.expect("the server ends the connection");
    String::from_utf8_lossy(&heard).into_owned()
}

fn is_long_run() -> bool {
    std::env::var_os("VOICE_TEST_LONG").is_some()
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_ready_while_the_database_answers_and_alive_anyhow() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let health = async || {
        let mut said = Vec::new();
        for path in ["/livez", "/readyz"] {
            let (public, operators) =
                (get(&app, app.url(path)).await, get(&app, operators_url(&app, path)).await);
            assert_eq!(public, operators, "{path}");
            said.push(public.0);
        }
        said
    };
    assert_eq!(health().await, [200, 200]);
    allow_connections(&app, false).await;
    assert_eq!(health().await, [200, 503]);

    // What is in memory is still said; what would have to be stored is not promised.
    let day = json!({"date": "2026-01-06"});
    assert_eq!(customer.function("availability", &day).await.field("success"), &json!(true));
    let wish = json!({"date": "2026-01-06", "time": "10:00", "caller_name": "Ben"});
    let unsure = customer.function("book", &wish).await;
    assert_eq!((unsure.status, unsure.field("success")), (200, &json!(false)));
    let later = customer.webhook(&flat("c1", 60)).await;
    assert_problem(&later, 503, "unavailable");
    assert_eq!(later.headers["retry-after"], "1");

    allow_connections(&app, true).await;
    assert_eq!(health().await, [200, 200]);
    assert_eq!(customer.webhook(&flat("c1", 60)).await.field("charged"), &json!(1.0));
    assert_eq!(customer.function("book", &wish).await.field("success"), &json!(true));
    assert_eq!((app.count(CHARGES, &customer).await, app.balance(&customer).await), (1, money("49")));
    assert_eq!(app.findings().await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_are_for_operators_alone_and_name_no_customer_key_or_caller() {
    let app = TestApp::start().await;
    let (customer, mut nobody) = (app.customer().await, app.customer().await);
    for path in ["/metrics", "/audit/memory", "/metrics/"] {
        let answer = Answer::of(app.http.get(app.url(path)).send().await.unwrap()).await;
        assert_problem(&answer, 404, "not-found");
    }
    for number in 0..3 {
        assert_eq!(customer.webhook(&flat(&format!("c{number}"), 60)).await.status, 200);
    }
    customer.webhook(&json!("no call")).await;
    customer
        .function("lookup", &json!({"caller_phone": "+15550100123", "caller_email": "ada@example.com"}))
        .await;
    customer.function("book", &json!({})).await;
    nobody.key.push('x');
    nobody.webhook(&flat("c1", 60)).await;
    app.http.get(app.url(&format!("/no/route/{}", customer.key))).send().await.unwrap();

    let said = metrics(&app).await;
    let template = "route=\"/api/v1/webhook/retell/{api_key}\"";
    for (status, count) in [("2xx", 3), ("4xx", 2)] {
        let line = format!("voice_http_request_seconds_count{{{template},status=\"{status}\"}} {count}");
        assert!(said.lines().any(|said| said == line), "no {line} in\n{said}");
    }
    let secrets = [customer.key.as_str(), &nobody.key, "5550100", "example.com", "agent_1", "/no/route"];
    for secret in secrets {
        assert!(!said.contains(secret), "{secret} in\n{said}");
    }
    let labels: BTreeSet<&str> = said
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| Some(line.split_once('{')?.1.rsplit_once('}')?.0))
        .flat_map(|labels| labels.split("\",").filter_map(|label| Some(label.split_once("=\"")?.0)))
        .collect();
    // A new label is a decision: it must not tell customers apart.
    assert_eq!(labels, BTreeSet::from(["function", "le", "route", "status"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_to_sign_in_says_what_this_is_and_lets_nothing_foreign_in() {
    let app = TestApp::start().await;
    let answer = app.http.get(app.url("/login")).send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 200);
    let headers = answer.headers().clone();
    let header = |name: &str| headers[name].to_str().unwrap();
    assert_eq!(header("content-type"), "text/html; charset=utf-8");
    for directive in ["default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"] {
        assert!(header("content-security-policy").contains(directive), "{headers:?}");
    }
    assert_eq!((header("x-content-type-options"), header("referrer-policy")), ("nosniff", "same-origin"));
    let page = answer.text().await.unwrap();
    assert_eq!(page.matches("Voice &lt;Test&gt; Platform").count(), 2, "title and mark");
    assert!(!page.contains("<Test>") && !page.contains("<script>") && !page.contains("style="), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_speaks_no_http_is_sent_away() {
    let app = TestApp::start().await;
    let endless = [b"POST / HTTP/1.1\r\nx: ".to_vec(), vec![b'a'; 4 << 20]].concat();
    let many = format!("GET / HTTP/1.1\r\n{}\r\n", "x: y\r\n".repeat(5000)).into_bytes();
    let nonsense = [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03".repeat(10),
        b"hello\r\n\r\n".to_vec(),
        b"GET / HTTP/9.9\r\n\r\n".to_vec(),
        b"GET  /  HTTP/1.1\r\n\r\n".to_vec(),
        b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n".to_vec(),
        b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n".to_vec(),
        b"\0".repeat(1000),
        endless,
        many,
    ];
    for said in nonsense {
        let shown = String::from_utf8_lossy(&said[..said.len().min(40)]).into_owned();
        let heard = say_and_listen(&app, &said).await;
        assert!(heard.is_empty() || heard.starts_with("HTTP/1.1 4"), "{shown:?}: {heard}");
    }
    assert_eq!(get(&app, app.url("/livez")).await.0, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_under_way_when_the_server_stops_gets_its_answer() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    app.seam.hold();
    let held = app.here(&customer);
    let request = tokio::spawn(async move { held.webhook(&flat("c1", 60)).await });
    app.seam.writer_waits().await;
    let TestApp { app: server, database, seam, .. } = app;
    let address = server.address();
    let stopped = tokio::spawn(server.stop());
    let begun = Instant::now();
    while TcpStream::connect(address).await.is_ok() {
        assert!(begun.elapsed() < PATIENCE, "the server still lets people in after {PATIENCE:?}");
    }
    assert!(!request.is_finished() && !stopped.is_finished(), "nobody is told before the commit");
    seam.release();
    let answer = request.await.expect("no panic");
    assert_eq!((answer.status, answer.field("charged")), (200, &json!(1.0)));
    tokio::time::timeout(PATIENCE, stopped).await.expect("the server ends").expect("no panic");
    let sql = "select count(*) from transactions where customer_id = $1 and category = 'call'";
    let charges: i64 =
        sqlx::query_scalar(sql).bind(customer.id.0).fetch_one(&mut database.connect().await).await.unwrap();
    assert_eq!(charges, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_sends_too_slowly_is_cut_off() {
    if !is_long_run() {
        return; // it takes ten seconds
    }
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let path = format!("/api/v1/webhook/retell/{}", customer.key);
    let (head, body, _) = tokio::join!(
        say_and_listen(&app, b"POST / HTTP/1.1\r\nhost: x\r\nx-slow: "),
        async {
            let head = format!(
                "POST {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 99\r\n\r\n{{"
            );
            say_and_listen(&app, head.as_bytes()).await
        },
        // One who does not say a word either.
        say_and_listen(&app, b""),
    );
    assert!(head.is_empty() || head.starts_with("HTTP/1.1 408 "), "{head}");
    assert!(body.starts_with("HTTP/1.1 503 ") && body.contains("retry-after: 1"), "{body}");
    assert_eq!(app.count("select count(*) from calls where customer_id = $1", &customer).await, 0);
}
