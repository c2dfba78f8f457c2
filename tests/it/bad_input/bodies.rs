//! Bodies that are no JSON, no call, too long, compressed or cut off.

use super::*;

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
