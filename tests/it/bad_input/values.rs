//! Values that no caller could mean: dates, lengths, texts that are somebody's code.

use super::*;

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
