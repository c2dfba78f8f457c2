//! What nobody should send: it is refused in a form one can act on, leaves no trace, loses no call.

use std::collections::HashSet;

use actors::secrets::{Purpose, random};
use domain::ids::{ApiKey, CustomerId};
use jiff::SignedDuration;
use serde_json::{Value, json};
use sqlx::PgConnection;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::harness::app::{Answer, money};
use crate::harness::retell::{event, flat, sign};
use crate::harness::{Customer, Options, TestApp};
use crate::server::metric;

const CALLS: &str = "select count(*) from calls where customer_id = $1";
const CHARGES: &str = "select count(*) from transactions where customer_id = $1 and category = 'call'";
const FUNCTIONS: [&str; 3] = ["availability", "book", "lookup"];
const BODY_BYTES_MAX: usize = 10 * 1024 * 1024;

/// A problem of that kind, as RFC 9457 writes it, with the name under which the log has it.
#[track_caller]
pub fn assert_problem(answer: &Answer, status: u16, kind: &str) {
    let said = format!("{} {:?} {}", answer.status, answer.headers, answer.body);
    assert_eq!(answer.status, status, "{said}");
    assert_eq!(answer.headers["content-type"], "application/problem+json", "{said}");
    assert_eq!(answer.field("type"), &json!(format!("urn:voice:problem:{kind}")), "{said}");
    assert_eq!(answer.field("status"), &json!(status), "{said}");
    for sentence in ["title", "detail", "request_id"] {
        assert!(!answer.field(sentence).as_str().expect("a text").is_empty(), "{said}");
    }
    assert_eq!(
        answer.headers["x-request-id"],
        answer.field("request_id").as_str().expect("a text"),
        "{said}"
    );
}

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

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_is_no_json_is_a_400_on_the_webhook_and_a_sentence_on_every_function() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let before = traces(&app, &customer).await;
    let whole = flat("c1", 60).to_string();
    let mut bodies: Vec<Vec<u8>> = ["", " ", "{", "}", "hello", "call_id=c1", "<call/>", "{'call_id': 'c1'}"]
        .map(|text| text.as_bytes().to_vec())
        .to_vec();
    // Truncated anywhere.
    bodies.extend((1..whole.len()).step_by(37).map(|length| whole.as_bytes()[..length].to_vec()));
    // Nested deeper than anybody means it.
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        let deep = format!("{}1{}", open.repeat(100_000), close.repeat(100_000));
        bodies.push(deep.clone().into_bytes());
        bodies.push(open.repeat(100_000).into_bytes());
        bodies.push(whole.replace("\"spring\"", &deep).into_bytes());
    }
    bodies.push(b"{\"call_id\": \"c1\", \"transcript\": \"\xff\xfe\"}".to_vec());
    bodies.push(format!("{whole} {whole}").into_bytes());
    let count = bodies.len();
    for body in bodies {
        let shown = String::from_utf8_lossy(&body[..body.len().min(60)]).into_owned();
        for url in [customer.webhook_url(), format!("{}/inbound", customer.webhook_url())] {
            let answer = customer.post(&url, body.clone(), &[]).await;
            assert_eq!(answer.status, 400, "{shown}");
            assert_problem(&answer, 400, "bad-body");
        }
        for function in FUNCTIONS {
            let answer = customer.post(&customer.function_url(function), body.clone(), &[]).await;
            assert_sentence(function, &answer);
        }
    }
    assert_eq!(traces(&app, &customer).await, before);
    for function in FUNCTIONS {
        let refused =
            metric(&app, &format!("voice_function_refusals_total{{function=\"{function}\"}}")).await;
        assert_eq!(refused, count, "{function}: each refusal is counted");
    }
    assert_eq!(customer.webhook(&flat("c1", 60)).await.status, 200, "the tenant is as well as before");
    assert_eq!(app.findings().await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn json_that_tells_no_call_is_a_400_and_functions_make_the_best_of_it() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let before = traces(&app, &customer).await;
    let long = "x".repeat(256);
    let no_call = [
        json!(null),
        json!([]),
        json!("call_1"),
        json!(7),
        json!({}),
        json!({"event": "call_ended"}),
        json!({"event": "call_ended", "call": null}),
        json!({"event": "call_ended", "call": "c1"}),
        json!({"call": {"call_id": "c1"}}),
        json!({"event": "call_ended", "call": {}}),
    ];
    let bad_ids = [json!(""), json!("  "), json!(null), json!(true), json!({}), json!(["c1"]), json!(long)];
    let without_id = bad_ids.iter().flat_map(|id| {
        let mut whole = flat("c1", 60);
        whole["call_id"] = id.clone();
        let events = ["call_started", "call_ended", "call_analyzed"].map(|name| {
            let mut body = event(name, "c1", 60_000);
            body["call"]["call_id"] = id.clone();
            body
        });
        events.into_iter().chain([whole])
    });
    for body in no_call.into_iter().chain(without_id) {
        let answer = customer.webhook(&body).await;
        assert_problem(&answer, 400, "bad-body");
    }
    assert_eq!(traces(&app, &customer).await, before);

    // A caller on the telephone is not to pay for a call without a name.
    for id in bad_ids {
        let call = json!({"call_id": id, "from_number": "+15550100123"});
        let answer = customer.function("lookup", &json!({"name": "lookup", "args": {}, "call": call})).await;
        assert_eq!((answer.status, answer.field("found")), (200, &json!(false)));
    }
    assert_eq!(traces(&app, &customer).await, before);
    let longest = "x".repeat(255);
    assert_eq!(customer.webhook(&flat(&longest, 60)).await.status, 200);
    let sql = "select count(*) from calls where customer_id = $1 and length(retell_call_id) = 255";
    assert_eq!(app.count(sql, &customer).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn text_in_another_charset_is_a_400_on_the_webhook_and_a_sentence_on_every_function() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let before = traces(&app, &customer).await;
    let book = json!({"date": "2026-01-06", "time": "10:00", "caller_name": "Ben"});
    let post = async |url: String, kind: &str, body: &Value| {
        let request = app.http.post(url).header("content-type", kind).body(body.to_string());
        Answer::of(request.send().await.expect("an answer")).await
    };
    for foreign in ["utf-16", "UTF-16LE", "iso-8859-1", "\"windows-1252\"", "shift_jis"] {
        for kind in
            [format!("application/json; charset={foreign}"), format!("text/plain;Charset = {foreign}")]
        {
            assert_problem(&post(customer.webhook_url(), &kind, &flat("c1", 60)).await, 400, "bad-body");
            for function in FUNCTIONS {
                assert_sentence(function, &post(customer.function_url(function), &kind, &book).await);
            }
        }
    }
    assert_eq!(traces(&app, &customer).await, before);
    // What a body is called does not matter otherwise.
    for (number, kind) in [
        "application/json; charset=utf-8",
        "application/json;charset=\"UTF-8\"",
        "text/plain",
        "application/x-www-form-urlencoded",
        "nonsense",
    ]
    .into_iter()
    .enumerate()
    {
        let answer = post(customer.webhook_url(), kind, &flat(&format!("c{number}"), 60)).await;
        assert_eq!(answer.status, 200, "{kind}");
    }
    assert_eq!(app.balance(&customer).await, money("45"));
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_mebibytes_are_taken_and_a_byte_more_is_413() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let urls: Vec<String> = [customer.webhook_url(), format!("{}/inbound", customer.webhook_url())]
        .into_iter()
        .chain(FUNCTIONS.map(|name| customer.function_url(name)))
        .collect();
    let before = traces(&app, &customer).await;
    let mut body = flat("c1", 60).to_string().into_bytes();
    body.resize(BODY_BYTES_MAX, b' ');
    let mut chunks = Vec::new();
    for chunk in body.chunks(1 << 20).chain([&b" "[..]]) {
        chunks.extend(format!("{:x}\r\n", chunk.len()).bytes());
        chunks.extend_from_slice(chunk);
        chunks.extend_from_slice(b"\r\n");
    }
    chunks.extend_from_slice(b"0\r\n\r\n");
    for url in &urls {
        // Announced, and not even sent.
        let announced = head(path(url), &format!("content-length: {}\r\n", BODY_BYTES_MAX + 1));
        assert_problem(&send_raw(&app, &announced).await, 413, "body-too-large");
        // Not announced, in chunks, one byte too many.
        let mut chunked = head(path(url), "transfer-encoding: chunked\r\n");
        chunked.extend_from_slice(&chunks);
        assert_problem(&send_raw(&app, &chunked).await, 413, "body-too-large");
    }
    assert_eq!(traces(&app, &customer).await, before);
    assert_eq!(customer.post(&customer.webhook_url(), body, &[]).await.status, 200);
    assert_eq!(app.count(CHARGES, &customer).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_compressed_body_is_415_before_anybody_unpacks_it() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let before = traces(&app, &customer).await;
    let body = flat("c1", 60).to_string().into_bytes();
    for encoding in ["gzip", "deflate", "br", "zstd", "GZip", "gzip, identity"] {
        let header = [("content-encoding", encoding)];
        let answer = customer.post(&customer.webhook_url(), body.clone(), &header).await;
        assert_problem(&answer, 415, "compressed-body");
        for function in FUNCTIONS {
            let answer = customer.post(&customer.function_url(function), body.clone(), &header).await;
            assert_problem(&answer, 415, "compressed-body");
        }
    }
    assert_eq!(traces(&app, &customer).await, before);
    let plain = customer.post(&customer.webhook_url(), body, &[("content-encoding", "identity")]).await;
    assert_eq!(plain.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_cut_off_by_the_network_is_no_call() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let before = traces(&app, &customer).await;
    let body = flat("c1", 60).to_string();
    for url in [customer.webhook_url(), customer.function_url("book")] {
        // All of the JSON has come, and still it is not what was announced.
        let announced = format!("content-length: {}\r\n", body.len() + 1);
        let mut short = head(path(&url), &announced);
        short.extend(body.bytes());
        let mut endless = head(path(&url), "transfer-encoding: chunked\r\n");
        endless.extend(format!("{:x}\r\n{body}\r\n", body.len()).bytes());
        for request in [short, endless] {
            let mut stream = TcpStream::connect(app.app.address()).await.expect("a connection");
            stream.write_all(&request).await.expect("the server reads");
            stream.shutdown().await.expect("the end is sent");
            let mut said = String::new();
            let _ = stream.read_to_string(&mut said).await;
            assert!(said.is_empty() || said.starts_with("HTTP/1.1 400 "), "{said}");
        }
    }
    assert_eq!(traces(&app, &customer).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_with_absurd_dates_is_stored_and_never_raises_the_balance() {
    let app = TestApp::start().await;
    let absurd = [
        json!("0000-00-00T00:00:00Z"),
        json!("9999-12-31T23:59:59.999999999Z"),
        json!("-271821-04-20T00:00:00Z"),
        json!("2026-02-30T10:00:00Z"),
        json!("2026-01-05T25:61:61Z"),
        json!("2026-01-05T12:00:00+99:99"),
        json!("tomorrow"),
        json!(""),
        json!(" ".repeat(10_000)),
        json!(-1),
        json!(i64::MAX),
        json!(i64::MIN),
        json!(u64::MAX),
        json!(1e300),
        json!("9".repeat(1000)),
        json!({"year": 2026}),
        json!([]),
        json!(true),
    ];
    for date in &absurd {
        let customer = app.customer().await;
        let mut whole = flat("c1", 60);
        (whole["start_time"], whole["end_time"]) = (date.clone(), date.clone());
        let answer = customer.webhook(&whole).await;
        assert_eq!((answer.status, answer.field("charged")), (200, &json!(1.0)), "{date}");
        // Without a duration the dates are all there is to charge by.
        let noon = json!(1_767_614_400_000_i64);
        for (number, (from, to)) in [(date, &noon), (&noon, date), (date, date)].into_iter().enumerate() {
            let mut ended = event("call_ended", &format!("ended {number}"), 60_000);
            ended["call"].as_object_mut().unwrap().remove("duration_ms");
            (ended["call"]["start_timestamp"], ended["call"]["end_timestamp"]) = (from.clone(), to.clone());
            let answer = customer.webhook(&ended).await;
            assert_eq!((answer.status, answer.field("charged")), (200, &json!(0.0)), "{from} to {to}");
        }
        assert_eq!(app.balance(&customer).await, money("49"), "{date}");
        let sql = "select start_time::text from calls where customer_id = $1 and retell_call_id = 'c1'";
        let begun: Option<String> =
            sqlx::query_scalar(sql).bind(customer.id.0).fetch_one(&mut app.sql().await).await.unwrap();
        assert_eq!(
            begun.as_deref(),
            Some("2026-01-05 11:59:00+00"),
            "{date}: its length ago is the best guess"
        );
    }
    // An end before the beginning is told to a person.
    let customer = app.customer().await;
    let mut ended = event("call_ended", "c1", -60_000);
    ended["call"].as_object_mut().unwrap().remove("duration_ms");
    assert_eq!(customer.webhook(&ended).await.field("charged"), &json!(0.0));
    let flagged = "select count(*) from calls where customer_id = $1 and review is not null";
    assert_eq!(app.count(flagged, &customer).await, 1);
    assert_eq!(app.balance(&customer).await, money("50"));
    assert_eq!(app.findings().await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn absurd_wishes_are_answered_with_a_sentence_and_book_nothing() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let before = traces(&app, &customer).await;
    let wish = json!({"date": "2026-01-06", "time": "10:00", "duration_minutes": 30, "caller_name": "Ben"});
    let long = "9".repeat(5000);
    let days = [
        "0000-00-00",
        "0001-01-01",
        "-9999-01-01",
        "9999-12-31",
        "10000-01-01",
        "99999999999999999999",
        "2026-02-30",
        "2026-13-01",
        "January 32",
        "1969-12-31",
        "in 99999999999 days",
        "in -5 days",
        "in 9999999999999999999999 years",
        "the 31st of February",
        "';--",
        "\u{202e}2026-01-06",
        "２０２６-０１-０６ x",
        &long,
    ];
    let times =
        ["25:00", "24:00", "-1:00", "10:60", "99999999999", "13 am", "noon o'clock at night", "::", &long];
    let mut asked: Vec<Value> = Vec::new();
    for (field, values) in
        [("date", days.map(Value::from).to_vec()), ("time", times.map(Value::from).to_vec())]
    {
        for value in values {
            let mut body = wish.clone();
            body[field] = value;
            asked.push(body);
        }
    }
    for field in ["date", "time"] {
        for odd in [json!(null), json!([]), json!({}), json!(true), json!(-1), json!(1e300), json!(u64::MAX)]
        {
            let mut body = wish.clone();
            body[field] = odd;
            asked.push(body);
        }
    }
    let not_booked = |answer: &Answer| answer.field("success") == &json!(false);
    let mut booked = Vec::new();
    for body in &asked {
        let answer = customer.function("book", body).await;
        assert_eq!(answer.status, 200, "{body}");
        if not_booked(&answer) {
            assert_sentence("book", &answer);
        } else {
            booked.push(body.to_string());
        }
        let answer = customer.function("availability", body).await;
        assert_eq!(answer.status, 200, "{body}");
        assert!(answer.field("message").as_str().is_some_and(|said| !said.is_empty()), "{body}");
    }
    assert_eq!(booked, [""; 0]);
    assert_eq!(traces(&app, &customer).await, before);
    // A length nobody can mean is the usual one: half an hour, and for the same caller the same one.
    let durations = [
        json!(0),
        json!(-30),
        json!(1e9),
        json!(1e300),
        json!(4_294_967_296_u64),
        json!(u64::MAX),
        json!("-30"),
        json!("9".repeat(400)),
        json!("a million years"),
        json!(1441),
        json!([30]),
        json!(null),
    ];
    for duration in durations {
        let mut body = wish.clone();
        body["duration_minutes"] = duration.clone();
        assert_eq!(customer.function("book", &body).await.field("success"), &json!(true), "{duration}");
        assert_eq!(
            customer.function("availability", &body).await.field("duration_minutes"),
            30,
            "{duration}"
        );
    }
    let sql = "select count(*) from appointments where customer_id = $1 and duration_minutes = 30";
    assert_eq!(app.count(sql, &customer).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn nul_and_lone_surrogates_are_taken_out_of_a_call_that_is_stored_and_charged_once() {
    let app = TestApp::start().await;
    let spoilt: [(&[u8], &str); 9] = [
        (br"a\u0000b", "ab"),
        (b"a\0b", "ab"),
        (br"a\ud83db", "ab"),
        (br"a\ude00b", "ab"),
        (br"a\ude00\ud83db", "ab"),
        (b"a\xED\xA0\x80b", "ab"),
        (b"a\xED\xBF\xBFb", "ab"),
        (br"a\ud83d\u0000\ude00b\ud83d\ude00", "ab\u{1f600}"),
        (br"\\u0000 \\ud83d \uD83E\uDDB7", "\\u0000 \\ud83d \u{1f9b7}"),
    ];
    for (bytes, stored) in spoilt {
        let customer = app.customer().await;
        let shown = String::from_utf8_lossy(bytes);
        for mut body in [
            flat("c1", 60).to_string().into_bytes(),
            event("call_analyzed", "c1", 60_000).to_string().into_bytes(),
        ] {
            // In the text, in a name, and in the name of a field.
            let said = b"\"transcript\":\"";
            let at = body.windows(said.len()).position(|window| window == said).unwrap() + said.len();
            let end = at + body[at..].iter().position(|byte| *byte == b'"').unwrap();
            body.splice(at..end, bytes.iter().copied());
            let field = [b"{\"odd ", bytes, b"\": \"", bytes, b"\","].concat();
            body.splice(0..1, field);
            for _ in 0..2 {
                let answer = customer.post(&customer.webhook_url(), body.clone(), &[]).await;
                assert_eq!((answer.status, answer.field("charged")), (200, &json!(1.0)), "{shown}");
            }
        }
        let sql = "select transcript from calls where customer_id = $1";
        let kept: Vec<String> =
            sqlx::query_scalar(sql).bind(customer.id.0).fetch_all(&mut app.sql().await).await.unwrap();
        assert_eq!(kept, [stored], "{shown}");
        assert_eq!(app.balance(&customer).await, money("49"), "{shown}");
        assert_eq!(app.count(CHARGES, &customer).await, 1, "{shown}");
    }
    assert_eq!(app.findings().await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn five_megabytes_of_emoji_are_stored_and_charged_once() {
    let app = TestApp::start().await;
    // As they are, and escaped, which takes three times the bytes.
    for (tooth, count) in [("🦷", 1_250_000), (r"\ud83e\uddb7", 420_000)] {
        let customer = app.customer().await;
        let body = flat("c1", 60).to_string().replace(r"Agent: Hello.\nUser: Hello.", &tooth.repeat(count));
        assert!(body.len() > 5_000_000);
        for _ in 0..2 {
            let answer = customer.post(&customer.webhook_url(), body.clone().into_bytes(), &[]).await;
            assert_eq!((answer.status, answer.field("charged")), (200, &json!(1.0)), "{}", answer.body);
        }
        let sql = "select transcript = repeat('🦷', $2) from calls where customer_id = $1";
        let row = sqlx::query_scalar(sql).bind(customer.id.0).bind(i32::try_from(count).unwrap());
        let is_whole: Vec<bool> = row.fetch_all(&mut app.sql().await).await.unwrap();
        assert_eq!(is_whole, [true]);
        assert_eq!(app.balance(&customer).await, money("49"));
        assert_eq!(app.count(CHARGES, &customer).await, 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_field_that_is_there_twice_the_last_counts() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let body = r#"{"call_id": "first", "duration_seconds": 6000, "transcript": "first",
                   "call_id": "last", "duration_seconds": 60, "transcript": "last"}"#;
    let answer = customer.post(&customer.webhook_url(), body.into(), &[]).await;
    assert_eq!((answer.status, answer.field("charged")), (200, &json!(1.0)));
    let sql = "select retell_call_id || ' ' || transcript from calls where customer_id = $1";
    let kept: Vec<String> =
        sqlx::query_scalar(sql).bind(customer.id.0).fetch_all(&mut app.sql().await).await.unwrap();
    assert_eq!(kept, ["last last"]);
    let body = r#"{"date": "2026-01-10", "date": "2026-01-06", "time": "10:00", "caller_name": "Eve", "caller_name": "Ben"}"#;
    let answer = customer.post(&customer.function_url("book"), body.into(), &[]).await;
    assert_eq!(answer.field("message"), "Appointment booked for January 6, 2026 at 10:00 AM");
    let sql = "select count(*) from appointments where customer_id = $1 and guest_name = 'Ben'";
    assert_eq!(app.count(sql, &customer).await, 1);
}

/// Texts that were somebody's code once.
fn hostile_texts() -> Vec<String> {
    [
        "'; drop table calls; --",
        "\" or 1=1 /*",
        "$1 %s %n {0} {{agent}} ${jndi:ldap://x}",
        "<script>alert(1)</script><img src=x onerror=alert(1)>",
        "../../../../etc/passwd",
        "\u{1}\u{7}\u{1b}[31m\u{7f}\u{85}",
        "\u{202e}\u{2066}\u{feff}\u{200b}\u{e0001}",
        "\r\nSet-Cookie: a=b\r\n\r\n",
        "\\x00 \\u0000 \\",
        "🦷🏳️‍🌈 Ζαΐρα ﷽ \u{fffd}\u{ffff}\u{10ffff}",
        "null",
    ]
    .map(str::to_owned)
    .into_iter()
    .chain(["9".repeat(100_000), "🦷".repeat(25_000), "a\u{301}".repeat(30_000)])
    .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_texts_in_every_field_of_a_call_are_kept_as_texts() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let fields = [
        "agent_id",
        "agent_name",
        "call_type",
        "direction",
        "from_number",
        "to_number",
        "disconnection_reason",
        "call_status",
        "status",
        "recording_url",
        "transcript",
        "call_summary",
        "improvement_recommendations",
        "custom_data",
        "metadata",
        "call_score",
    ];
    let texts = hostile_texts();
    for (number, text) in texts.iter().enumerate() {
        let mut whole = flat(&format!("whole {number}"), 6);
        let mut parted = event("call_ended", &format!("parted {number}"), 6000);
        for field in fields {
            whole[field] = json!(text);
            parted["call"][field] = json!(text);
        }
        parted["call"]["metadata"] = json!({text.as_str(): [text, {text.as_str(): text}]});
        parted["call"]["transcript_object"] = json!([{"role": text, "content": text, "words": text}, text]);
        parted["call"]["call_analysis"] =
            json!({text.as_str(): text, "custom_analysis_data": {"call_score": text}});
        let shown: String = text.chars().take(30).collect();
        for body in [whole, parted] {
            let answer = customer.webhook(&body).await;
            assert_eq!(
                (answer.status, answer.field("charged")),
                (200, &json!(0.1)),
                "{shown:?}: {}",
                answer.body
            );
        }
        let mut unknown = flat("unknown", 6);
        unknown["event"] = json!(text);
        assert_eq!(customer.webhook(&unknown).await.status, 200, "{shown:?}");
        let mut ring = json!({"event": "call_inbound", "call_inbound": {"agent_id": text, "from_number": text, "to_number": text}});
        assert_eq!(customer.webhook(&ring).await.status, 200, "{shown:?}");
        ring["call_inbound"][text] = json!(text);
        let answer =
            customer.post(&format!("{}/inbound", customer.webhook_url()), ring.to_string().into(), &[]).await;
        assert_eq!(answer.status, 200, "{shown:?}");
    }
    let count = i64::try_from(texts.len()).unwrap();
    assert_eq!(app.count(CALLS, &customer).await, 2 * count);
    let sql =
        "select transcript from calls where customer_id = $1 and retell_call_id like 'whole%' order by id";
    let kept: Vec<String> =
        sqlx::query_scalar(sql).bind(customer.id.0).fetch_all(&mut app.sql().await).await.unwrap();
    let expected: Vec<&str> = texts.iter().map(|text| text.trim()).collect();
    assert_eq!(kept, expected);
    let short = "select count(*) from calls where customer_id = $1
        and (octet_length(agent_id) > 255 or length(from_number) > 255 or octet_length(recording_url) > 2048)";
    assert_eq!(app.count(short, &customer).await, 0, "what is indexed or shown in lists is cut");
    assert_eq!((count, app.balance(&customer).await), (14, money("47.2")));
    assert_eq!(app.findings().await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_arguments_of_functions_never_fail_and_never_mix_guests_up() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    for (number, text) in hostile_texts().iter().enumerate() {
        let shown: String = text.chars().take(30).collect();
        let (hour, minute) = (9 + number / 2, number % 2 * 30);
        let time = format!("{hour:02}:{minute:02}");
        let mut book = json!({"date": "2026-01-06", "time": time, "duration_minutes": 30});
        for field in ["caller_name", "caller_phone", "caller_email", "notes", "guest_phone", "extra"] {
            book[field] = json!(text);
        }
        let wrapped = json!({"name": text, "args": book, "call": {"call_id": format!("c{number}"), "agent_id": text,
            "from_number": text, "to_number": text, "call_type": text, "direction": text}});
        let answer = customer.function("book", &wrapped).await;
        assert_eq!(
            (answer.status, answer.field("success")),
            (200, &json!(true)),
            "{shown:?}: {}",
            answer.body
        );
        let again = customer.function("book", &wrapped).await;
        assert_eq!(again.body, answer.body, "{shown:?}");
        for field in ["phone", "caller_email", "email", "date", "day", "time", "duration_minutes"] {
            let mut args = json!({"date": "2026-01-06"});
            args[field] = json!(text);
            for function in ["lookup", "availability"] {
                let answer = customer.function(function, &args).await;
                assert_eq!(answer.status, 200, "{function} {field} {shown:?}: {}", answer.body);
            }
        }
    }
    let count = i64::try_from(hostile_texts().len()).unwrap();
    let sql = "select count(*) from appointments where customer_id = $1 and status = 'scheduled'";
    assert_eq!(app.count(sql, &customer).await, count);
    let sql = "select count(*) from appointments where customer_id = $1 and length(guest_phone) > 255";
    assert_eq!(app.count(sql, &customer).await, 0);
    assert_eq!(app.findings().await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_named_like_a_later_charge_of_another_is_a_call_of_its_own() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    assert_eq!(customer.webhook(&flat("c1:2", 60)).await.field("charged"), &json!(1.0));
    assert_eq!(customer.webhook(&event("call_ended", "c1", 60_000)).await.field("charged"), &json!(1.0));
    // Its longer duration is a second charge of `c1`.
    let longer = customer.webhook(&event("call_analyzed", "c1", 120_000)).await;
    assert_eq!(longer.status, 200, "{}", longer.body);
    assert_eq!(longer.field("charged"), &json!(2.0));
    assert_eq!(app.balance(&customer).await, money("47"));
    assert_eq!(app.findings().await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_mebibytes_of_small_values_are_a_call_like_any_other() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let values = "0,".repeat(5_000_000);
    let body = flat("c1", 60).to_string().replace("\"spring\"", &format!("[{values}0]"));
    let first = customer.post(&customer.webhook_url(), body.into(), &[]).await;
    assert_eq!((first.status, first.field("charged")), (200, &json!(1.0)), "{}", first.body);
    assert_eq!(app.balance(&customer).await, money("49"));
}

/// When each session of the server in this database ran its last statement.
async fn last_statements(connection: &mut PgConnection) -> Vec<(i32, Option<String>)> {
    let sql = "select pid, query_start::text from pg_stat_activity
        where datname = current_database() and application_name = 'voice-server' order by pid";
    sqlx::query_as(sql).fetch_all(connection).await.expect("the sessions")
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_that_lead_nowhere_are_404_and_cost_no_statement() {
    let app = TestApp::start().await;
    let (customer, other) = (app.customer().await, app.customer().await);
    let rotated_out = customer.key.clone();
    let fresh = app.app.backend().vault.mint(customer.id);
    app.tenant(&customer).await.add_credential(Purpose::ApiKey, fresh.reveal()).await.unwrap();
    app.clock.advance(SignedDuration::from_hours(24));
    let nobody = CustomerId(987_654);
    let good = fresh.reveal();
    let keys = [
        rotated_out,
        // Of somebody in memory, of nobody, of somebody else's.
        ApiKey::new(customer.id, random()).reveal().to_owned(),
        ApiKey::new(nobody, random()).reveal().to_owned(),
        ApiKey::new(nobody, random()).reveal().to_owned(),
        good.replacen(good.split('_').next().unwrap(), other.key.split('_').next().unwrap(), 1),
        // Malformed.
        good.to_uppercase(),
        format!("{good}a"),
        good[..good.len() - 1].to_owned(),
        format!("{good}%00"),
        format!("{good}%0a"),
        "a".to_owned(),
        "_".to_owned(),
        "%2e%2e%2f".to_owned(),
        "'%20or%20''='".to_owned(),
        "%F0%9F%A6%B7_x".to_owned(),
        "x".repeat(5000),
    ];
    let body = flat("c1", 60).to_string();
    let mut sessions = app.sql().await;
    let ask = async |key: &str| {
        for route in [
            "webhook/retell/KEY",
            "webhook/retell/KEY/inbound",
            "function/availability/KEY",
            "function/book/KEY",
            "function/lookup/KEY",
        ] {
            let mut request = head(
                &format!("/api/v1/{}", route.replace("KEY", key)),
                &format!("content-length: {}\r\n", body.len()),
            );
            request.extend(body.bytes());
            assert_problem(&send_raw(&app, &request).await, 404, "unknown-key");
        }
    };
    let before = (traces(&app, &customer).await, traces(&app, &other).await);
    let never_asked = last_statements(&mut sessions).await;
    ask(&keys[2]).await;
    let asked_once = last_statements(&mut sessions).await;
    assert_ne!(never_asked, asked_once, "a customer nobody asked for yet is looked up");
    for key in &keys {
        for _ in 0..5 {
            ask(key).await;
        }
    }
    assert_eq!(last_statements(&mut sessions).await, asked_once);
    assert_eq!((traces(&app, &customer).await, traces(&app, &other).await), before);
    let mut renewed = app.here(&customer);
    renewed.key = good.to_owned();
    assert_eq!(renewed.webhook(&flat("c1", 60)).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_is_no_text_leads_nowhere_like_any_other() {
    let app = TestApp::start().await;
    for key in ["%FF", "%C3%28", "%ED%A0%80", "a_%FF"] {
        for route in ["webhook/retell/KEY", "webhook/retell/KEY/inbound", "function/book/KEY"] {
            let path = format!("/api/v1/{}", route.replace("KEY", key));
            assert_problem(&send_raw(&app, &head(&path, "content-length: 0\r\n")).await, 404, "unknown-key");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotated_key_works_for_a_day_beside_the_new_one_and_not_after() {
    let app = TestApp::start().await;
    let old = app.customer().await;
    let renew = async || {
        let fresh = app.app.backend().vault.mint(old.id);
        app.tenant(&old).await.add_credential(Purpose::ApiKey, fresh.reveal()).await.unwrap();
        let mut renewed = app.here(&old);
        renewed.key = fresh.reveal().to_owned();
        renewed
    };
    let newer = renew().await;
    app.clock.advance(SignedDuration::from_hours(12));
    // A second change in the same day does not give the first key another day.
    let newest = renew().await;
    app.clock.advance(SignedDuration::from_hours(12) - SignedDuration::from_micros(1));
    for (number, customer) in [&old, &newer, &newest].into_iter().enumerate() {
        assert_eq!(customer.webhook(&flat(&format!("c{number}"), 60)).await.status, 200, "{number}");
    }
    app.clock.advance(SignedDuration::from_micros(1));
    let app = {
        assert_problem(&old.webhook(&flat("late", 60)).await, 404, "unknown-key");
        assert_problem(&old.function("book", &json!({})).await, 404, "unknown-key");
        for (number, customer) in [&newer, &newest].into_iter().enumerate() {
            assert_eq!(customer.webhook(&flat(&format!("d{number}"), 60)).await.status, 200, "{number}");
        }
        // As it is stored, too.
        app.restart().await
    };
    let (old, newer, newest) = (app.here(&old), app.here(&newer), app.here(&newest));
    assert_problem(&old.webhook(&flat("late", 60)).await, 404, "unknown-key");
    assert_eq!(newer.webhook(&flat("e1", 60)).await.status, 200);
    app.clock.advance(SignedDuration::from_hours(12));
    assert_problem(&newer.webhook(&flat("late", 60)).await, 404, "unknown-key");
    assert_eq!(newest.webhook(&flat("f1", 60)).await.status, 200);
    assert_eq!((app.count(CALLS, &old).await, app.balance(&old).await), (7, money("43")));
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_wrong_the_answer_is_a_problem_that_does_not_repeat_the_key() {
    let options = Options { retell_api_key: Some("key_of_the_platform"), ..Options::default() };
    let app = TestApp::with(options).await;
    let customer = app.customer().await;
    let before = traces(&app, &customer).await;
    let key = customer.key.as_str();
    let webhook = format!("/api/v1/webhook/retell/{key}");
    let book = format!("/api/v1/function/book/{key}");
    let signature = sign("key_of_the_platform", b"no json", app.clock.now().as_millisecond());
    let signed = format!("x-retell-signature: {signature}\r\ncontent-length: 7\r\n");
    let wrong: [(&str, String, &str, &str, u16, &str); 18] = [
        ("GET", webhook.clone(), "", "", 405, "method-not-allowed"),
        ("PUT", webhook.clone(), "content-length: 2\r\n", "{}", 405, "method-not-allowed"),
        ("DELETE", book.clone(), "", "", 405, "method-not-allowed"),
        ("BREW", format!("{webhook}/inbound"), "", "", 405, "method-not-allowed"),
        ("POST", "/".to_owned(), "content-length: 0\r\n", "", 405, "method-not-allowed"),
        ("POST", "/livez".to_owned(), "content-length: 0\r\n", "", 405, "method-not-allowed"),
        ("GET", format!("/nothing/{key}"), "", "", 404, "not-found"),
        ("POST", format!("{webhook}/"), "content-length: 0\r\n", "", 404, "not-found"),
        ("POST", format!("{webhook}/other"), "content-length: 0\r\n", "", 404, "not-found"),
        ("POST", format!("/api/v1/function/other/{key}"), "content-length: 0\r\n", "", 404, "not-found"),
        ("POST", format!("/API/v1/webhook/retell/{key}"), "content-length: 0\r\n", "", 404, "not-found"),
        ("POST", format!("//api/v1/webhook/retell/{key}"), "content-length: 0\r\n", "", 404, "not-found"),
        ("GET", format!("/metrics?{key}"), "", "", 404, "not-found"),
        ("POST", format!("{webhook}x"), "content-length: 0\r\n", "", 404, "unknown-key"),
        ("POST", format!("{webhook}?key={key}"), "content-length: 2\r\n", "{}", 401, "bad-signature"),
        ("POST", webhook.clone(), &signed, "no json", 400, "bad-body"),
        ("POST", book.clone(), "content-length: 99999999\r\n", "", 413, "body-too-large"),
        (
            "POST",
            webhook.clone(),
            "content-encoding: gzip\r\ncontent-length: 2\r\n",
            "{}",
            415,
            "compressed-body",
        ),
    ];
    let mut names = HashSet::new();
    for (method, path, headers, body, status, kind) in wrong {
        let request =
            format!("{method} {path} HTTP/1.1\r\nhost: {key}\r\nconnection: close\r\n{headers}\r\n{body}");
        let answer = send_raw(&app, request.as_bytes()).await;
        assert_problem(&answer, status, kind);
        let said = format!("{:?} {}", answer.headers, answer.body);
        assert!(!said.contains(key), "{method} {kind}: {said}");
        assert!(names.insert(answer.field("request_id").to_string()), "each request has a name of its own");
    }
    assert_eq!(traces(&app, &customer).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_uses_the_wrong_method_is_told_the_right_one() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    for (url, allowed) in [(customer.webhook_url(), "POST"), (customer.function_url("book"), "POST")] {
        let answer = Answer::of(app.http.get(url).send().await.unwrap()).await;
        assert_problem(&answer, 405, "method-not-allowed");
        // RFC 9110 §15.5.6: a 405 must say so.
        assert_eq!(answer.headers.get("allow").map(|value| value.to_str().unwrap()), Some(allowed));
    }
}
