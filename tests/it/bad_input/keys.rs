//! Keys that lead nowhere, and what an error says.

use super::*;

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
    // What works behind the requests asks the database once a second: some attempt is between two.
    let mut is_quiet = false;
    for _ in 0..20 {
        let before = last_statements(&mut sessions).await;
        for key in &keys {
            ask(key).await;
        }
        is_quiet |= last_statements(&mut sessions).await == before;
        if is_quiet {
            break;
        }
    }
    assert!(is_quiet, "a key that leads nowhere costs a statement each time");
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
