//! Signing in by mail, sessions, API tokens.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use jiff::SignedDuration;
use reqwest::Method;
use serde_json::{Value, json};
use sqlx::{Connection, Executor};

use crate::harness::app::{Options, TestApp, assert_problem};
use crate::harness::inbox::Inbox;
use crate::harness::visitor::{Visitor, link_for};

/// Asks for a link in this browser; answers the code.
async fn ask(visitor: &Visitor, email: &str) -> String {
    let answer = visitor.post("/api/auth/login", &json!({"email": email})).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.field("code").as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_browser_that_asked_signs_in_with_one_click() {
    let inbox = Inbox::new();
    let app = inbox.app().await;
    let customer = app.customer().await;
    let browser = Visitor::of(&app);
    ask(&browser, &format!(" {} ", customer.email.to_uppercase())).await;
    let mail = inbox.mail(1).await;
    assert_eq!(
        (mail.to.as_str(), mail.subject.as_str()),
        (customer.email.as_str(), "Sign in to Lovelace & Daughters")
    );
    assert_eq!(mail.from, "no-reply@localhost");
    assert!(mail.raw.contains("Auto-Submitted: auto-generated"), "{}", mail.raw);
    assert!(mail.html.contains(&mail.links()[0]), "{}", mail.html);

    let (status, page) = browser.page(&mail.links()[0]).await;
    assert_eq!(status, 200);
    assert!(
        page.contains("Sign in to Lovelace &amp; Daughters") && !page.contains("name=\"code\""),
        "{page}"
    );
    let (status, page) = browser.submit(&mail.links()[0], &[("timezone", "")]).await;
    assert_eq!(status, 303, "{page}");

    let me = browser.get("/api/auth/me").await;
    assert_eq!(me.field("email"), &json!(customer.email));
    assert_eq!(me.field("role"), &json!("admin"));
    assert_eq!(me.field("customer")["name"], "Lovelace & Daughters");
    assert_eq!(browser.post("/api/auth/logout", &json!({})).await.status, 204);
    assert_problem(&browser.get("/api/auth/me").await, 401, "not-signed-in");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_browser_needs_the_code_and_has_five_tries() {
    let inbox = Inbox::new();
    let app = inbox.app().await;
    let customer = app.customer().await;
    let (asked, other) = (Visitor::of(&app), Visitor::of(&app));
    let code = ask(&asked, &customer.email).await;
    let link = inbox.mail(1).await.links().remove(0);

    let (_, page) = other.page(&link).await;
    assert!(page.contains("name=\"code\""), "{page}");
    assert_problem(&other.post(&link, &json!({})).await, 403, "code-needed");
    let wrong = if code == "000000" { "000001" } else { "000000" };
    assert_problem(&other.post(&link, &json!({"code": "12345"})).await, 422, "invalid");
    let (_, page) = other.submit(&link, &[("code", wrong)]).await;
    assert!(page.contains("That is not the code. 4 tries are left."), "{page}");
    assert_problem(&other.get("/api/auth/me").await, 401, "not-signed-in");
    let spaced = format!("{} {}", &code[..3], &code[3..]);
    assert_eq!(other.post(&link, &json!({"code": spaced})).await.status, 200);
    assert_eq!(other.get("/api/auth/me").await.status, 200);

    // Five guesses, however many at once, and the right code comes too late.
    let code = ask(&asked, &customer.email).await;
    let link = inbox.mail(2).await.links().remove(0);
    let guesses: Vec<Value> = (0..40)
        .map(|n| json!({"code": format!("{:06}", (code.parse::<u32>().unwrap() + 1 + n) % 1_000_000)}))
        .collect();
    let answers = join_all(guesses.iter().map(|guess| other.post(&link, guess))).await;
    let counted = answers.iter().filter(|answer| answer.status == 403).count();
    assert_eq!(counted, 4, "the fifth wrong one ends the link");
    assert_problem(&other.post(&link, &json!({"code": code})).await, 404, "dead-link");
    assert_problem(&asked.post(&link, &json!({})).await, 404, "dead-link");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_that_was_looked_at_ten_times_works_once() {
    let inbox = Inbox::new();
    let app = inbox.app().await;
    let customer = app.customer().await;
    let browser = Visitor::of(&app);
    ask(&browser, &customer.email).await;
    let link = inbox.mail(1).await.links().remove(0);
    for _ in 0..10 {
        assert_eq!(browser.page(&link).await.0, 200);
        assert_eq!(Visitor::of(&app).get(&link).await.field("needs_code"), &json!(true));
    }
    assert_eq!(browser.get(&link).await.field("needs_code"), &json!(false));
    assert_eq!(browser.post(&link, &json!({})).await.status, 200);
    assert_problem(&browser.post(&link, &json!({})).await, 404, "dead-link");
    let (status, page) = browser.page(&link).await;
    assert!(status == 404 && page.contains("This link is no longer valid"), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_posted_to_a_link_is_a_form_or_an_object() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let link = format!("/api/auth/verify/{}", link_for(&app, &customer.email).await);
    let browser = Visitor::of(&app);
    assert_problem(&browser.send(Method::POST, &link, None, &[]).await, 415, "not-json");
    // In their order, the fields of an object could be read from an array.
    assert_problem(&browser.post(&link, &json!([null, null])).await, 400, "bad-body");
    assert_problem(&browser.post("/api/auth/login", &json!([customer.email])).await, 400, "bad-body");
    assert_eq!(browser.post(&link, &json!({})).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_uses_at_once_give_one_session() {
    let inbox = Inbox::new();
    let app = inbox.app().await;
    let customer = app.customer().await;
    let browser = Visitor::of(&app);
    ask(&browser, &customer.email).await;
    let link = inbox.mail(1).await.links().remove(0);
    let body = json!({});
    let answers = join_all((0..50).map(|_| browser.post(&link, &body))).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
    assert_eq!(app.count("select count(*) from sessions where customer_id = $1", &customer).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_newest_link_counts_and_for_ten_minutes() {
    let inbox = Inbox::new();
    let app = inbox.app().await;
    let customer = app.customer().await;
    let browser = Visitor::of(&app);
    ask(&browser, &customer.email).await;
    let first = inbox.mail(1).await.links().remove(0);
    ask(&browser, &customer.email).await;
    let second = inbox.mail(2).await.links().remove(0);
    assert_problem(&browser.post(&first, &json!({})).await, 404, "dead-link");
    app.clock.advance(SignedDuration::from_mins(10));
    assert_problem(&browser.post(&second, &json!({})).await, 404, "dead-link");
    for nonsense in ["x", "ae_x", "0_aaaa", "ae_%F0%9F%98%80"] {
        assert_problem(&browser.get(&format!("/api/auth/verify/{nonsense}")).await, 404, "dead-link");
    }
    assert_problem(&browser.get("/api/auth/verify/%00").await, 404, "not-found");
}

#[tokio::test(flavor = "multi_thread")]
async fn known_and_unknown_addresses_get_the_same_answer_and_neither_waits_for_the_database() {
    let inbox = Inbox::new();
    let app = inbox.app().await;
    let customer = app.customer().await;
    let mut sql = app.sql().await;
    let mut held = sql.begin().await.unwrap();
    held.execute(
        "lock table users, platform_users, magic_links, platform_magic_links in access exclusive mode",
    )
    .await
    .unwrap();
    let mut shapes = BTreeSet::new();
    for email in [customer.email.as_str(), "nobody@example.com"] {
        let visitor = Visitor::of(&app);
        let answer = visitor.post("/api/auth/login", &json!({"email": email})).await;
        let mut body = answer.body.clone();
        body["code"] = json!(answer.field("code").as_str().unwrap().len());
        let mut headers: Vec<String> = answer.headers.keys().map(ToString::to_string).collect();
        headers.sort();
        shapes.insert((answer.status, body.to_string(), headers));
    }
    assert_eq!(shapes.len(), 1, "{shapes:?}");
    held.rollback().await.unwrap();
    assert_eq!(inbox.mail(1).await.to, customer.email);
    assert_problem(
        &Visitor::of(&app).post("/api/auth/login", &json!({"email": "nobody"})).await,
        422,
        "invalid",
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_with_several_accounts_gets_a_link_for_each_in_one_mail() {
    let inbox = Inbox::new();
    let app = inbox.app().await;
    let (one, two) = (app.customer().await, app.customer().await);
    let mut sql = app.sql().await;
    for customer in [&one, &two] {
        sqlx::query("update users set email = 'both@example.com' where customer_id = $1")
            .bind(customer.id.0)
            .execute(&mut sql)
            .await
            .unwrap();
    }
    let browser = Visitor::of(&app);
    ask(&browser, "both@example.com").await;
    let links = inbox.mail(1).await.links();
    assert_eq!(links.len(), 2);
    let mut seen = BTreeSet::new();
    for link in links {
        let me = browser.post(&link, &json!({})).await;
        seen.insert(me.field("customer")["id"].as_i64().unwrap());
    }
    assert_eq!(seen, BTreeSet::from([one.id.0, two.id.0]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_ends_after_fourteen_idle_days_or_sixty_in_all() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let day = SignedDuration::from_hours(24);
    let idle = Visitor::admin(&app, &customer).await;
    app.clock.advance(day * 13);
    assert_eq!(idle.get("/api/auth/me").await.status, 200);
    app.clock.advance(day * 13);
    assert_eq!(idle.get("/api/auth/me").await.status, 200);
    app.clock.advance(day * 14);
    assert_problem(&idle.get("/api/auth/me").await, 401, "not-signed-in");

    let busy = Visitor::admin(&app, &customer).await;
    for _ in 0..5 {
        app.clock.advance(day * 11);
        assert_eq!(busy.get("/api/auth/me").await.status, 200);
    }
    app.clock.advance(day * 5);
    assert_problem(&busy.get("/api/auth/me").await, 401, "not-signed-in");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_super_admin_is_signed_out_after_two_idle_hours() {
    let app = TestApp::start().await;
    let store = &app.app.backend().store;
    actors::store::users::create_super_admin(store, "root@example.com", app.clock.now()).await.unwrap();
    let root = Visitor::signed_in(&app, "root@example.com").await;
    let me = root.get("/api/auth/me").await;
    assert_eq!((me.field("role"), me.field("customer")), (&json!("super_admin"), &Value::Null));
    app.clock.advance(SignedDuration::from_mins(119));
    assert_eq!(root.get("/api/auth/sessions").await.status, 200);
    app.clock.advance(SignedDuration::from_mins(120));
    assert_problem(&root.get("/api/auth/me").await, 401, "not-signed-in");
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_are_listed_and_ended_one_by_one() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let here = Visitor::admin(&app, &customer).await;
    let there = Visitor::admin(&app, &customer).await;
    let other = app.customer().await;
    let stranger = Visitor::admin(&app, &other).await;
    let sessions = here.get("/api/auth/sessions").await.body;
    let sessions = sessions.as_array().unwrap();
    assert_eq!(sessions.len(), 2);
    let away = sessions.iter().find(|session| session["is_current"] == json!(false)).unwrap();
    let path = format!("/api/auth/sessions/{}", away["id"].as_str().unwrap());
    assert_problem(&stranger.delete(&path).await, 404, "not-found");
    assert_eq!(there.get("/api/auth/me").await.status, 200);
    assert_eq!(here.delete(&path).await.status, 204);
    assert_problem(&there.get("/api/auth/me").await, 401, "not-signed-in");
    assert_eq!(here.get("/api/auth/me").await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_api_token_acts_as_its_user_until_it_is_revoked() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let admin = Visitor::admin(&app, &customer).await;
    let made = admin.post("/api/auth/tokens", &json!({"name": "Booking site"})).await;
    assert_eq!(made.status, 201, "{}", made.body);
    let secret = made.field("secret").as_str().unwrap().to_owned();
    let program = Visitor::with_token(&app, &secret);
    assert_eq!(program.get("/api/auth/me").await.field("email"), &json!(customer.email));
    let listed = admin.get("/api/auth/tokens").await;
    assert!(!listed.body.to_string().contains(&secret), "a token is shown once");
    assert_eq!(listed.body[0]["name"], "Booking site");
    for nonsense in ["", "voice_", "voice_ae_x", &secret[6..]] {
        let program = Visitor::with_token(&app, nonsense);
        assert_problem(&program.get("/api/auth/me").await, 401, "not-signed-in");
    }
    let another = program.post("/api/auth/tokens", &json!({"name": "Its own successor"})).await;
    assert_problem(&another, 403, "session-needed");
    let listed = program.get("/api/auth/tokens").await;
    assert_eq!(listed.body.as_array().unwrap().len(), 1, "{}", listed.body);
    let path = format!("/api/auth/tokens/{}", made.field("id").as_str().unwrap());
    assert_eq!(admin.delete(&path).await.status, 204);
    assert_problem(&program.get("/api/auth/me").await, 401, "not-signed-in");
    assert_problem(&admin.delete(&path).await, 404, "not-found");
    let actions: Vec<String> = sqlx::query_scalar(
        "select action from audit_log where customer_id = $1 and actor_kind = 'user' order by id",
    )
    .bind(customer.id.0)
    .fetch_all(&mut app.sql().await)
    .await
    .unwrap();
    assert_eq!(actions, ["api_token.created", "api_token.revoked"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_gets_five_mails_an_hour_and_a_client_asks_for_twenty() {
    let app =
        TestApp::with(Options { trusted_proxies: vec!["127.0.0.1".parse().unwrap()], ..Options::default() })
            .await;
    let ask = async |client: &str, email: String| {
        let visitor = Visitor::of(&app).saying("x-forwarded-for", client);
        visitor.post("/api/auth/login", &json!({"email": email})).await
    };
    for client in 1..=5 {
        assert_eq!(ask(&format!("192.0.2.{client}"), "ada@example.com".to_owned()).await.status, 200);
    }
    let refused = ask("192.0.2.6", "ADA@example.com".to_owned()).await;
    assert_problem(&refused, 429, "too-many-requests");
    assert!(refused.headers["retry-after"].to_str().unwrap().parse::<u32>().unwrap() > 60);
    for number in 0..20 {
        assert_eq!(ask("198.51.100.1", format!("user-{number}@example.com")).await.status, 200);
    }
    assert_problem(&ask("198.51.100.1", "one-more@example.com".to_owned()).await, 429, "too-many-requests");
    assert_eq!(ask("198.51.100.2", "one-more@example.com".to_owned()).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_not_a_trusted_proxy_cannot_choose_an_address() {
    let app = TestApp::start().await;
    for number in 0..20 {
        let visitor = Visitor::of(&app).saying("x-forwarded-for", &format!("192.0.2.{number}"));
        let body = json!({"email": format!("user-{number}@example.com")});
        assert_eq!(visitor.post("/api/auth/login", &body).await.status, 200);
    }
    let visitor = Visitor::of(&app).saying("x-forwarded-for", "192.0.2.200");
    let body = json!({"email": "one-more@example.com"});
    assert_problem(&visitor.post("/api/auth/login", &body).await, 429, "too-many-requests");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_another_site_changes_nothing_with_the_users_cookie() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let admin = Visitor::admin(&app, &customer).await;
    for (name, value) in [("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")] {
        let answer = admin
            .send(reqwest::Method::POST, "/api/auth/tokens", Some(&json!({"name": "x"})), &[(name, value)])
            .await;
        assert_problem(&answer, 403, "cross-site");
    }
    let own = admin
        .send(
            reqwest::Method::POST,
            "/api/auth/tokens",
            Some(&json!({"name": "x"})),
            &[("sec-fetch-site", "same-origin")],
        )
        .await;
    assert_eq!(own.status, 201);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_business_without_a_time_zone_is_where_its_first_admin_signs_in() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let zone = async || {
        let sql = "select timezone from customers where id = $1";
        let zone: String =
            sqlx::query_scalar(sql).bind(customer.id.0).fetch_one(&mut app.sql().await).await.unwrap();
        zone
    };
    for (said, then) in
        [("Nowhere/Else", "UTC"), ("Europe/Madrid", "Europe/Madrid"), ("Asia/Tokyo", "Europe/Madrid")]
    {
        let link = link_for(&app, &customer.email).await;
        let answer =
            Visitor::of(&app).post(&format!("/api/auth/verify/{link}"), &json!({"timezone": said})).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        assert_eq!(zone().await, then);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn fields_that_are_wrong_or_unknown_are_named() {
    let app = TestApp::start().await;
    let visitor = Visitor::of(&app);
    for (body, field) in [
        (json!({}), "email"),
        (json!({"email": 7}), "email"),
        (json!({"email": "a@b.cd", "e-mail": "x"}), "e-mail"),
    ] {
        let answer = visitor.post("/api/auth/login", &body).await;
        assert_problem(&answer, 422, "invalid");
        assert_eq!(answer.field("errors")[0]["field"], field, "{}", answer.body);
    }
    let text = app.http.post(app.url("/api/auth/login")).body("{}").send().await.unwrap();
    assert_eq!(text.status().as_u16(), 415);
}

#[tokio::test(flavor = "multi_thread")]
async fn mails_kept_as_files_are_shown_to_this_machine_only() {
    let inbox = Inbox::new();
    let app = inbox.app().await;
    let customer = app.customer().await;
    ask(&Visitor::of(&app), &customer.email).await;
    let mail = inbox.mail(1).await;
    let visitor = Visitor::of(&app);
    let (status, list) = visitor.page("/dev/mail").await;
    assert!(status == 200 && list.contains("Sign in to Lovelace &amp; Daughters"), "{list}");
    let at = list.find("/dev/mail/").unwrap();
    let path: String = list[at..].chars().take_while(|c| *c != '"').collect();
    let (_, shown) = visitor.page(&path).await;
    assert!(shown.contains(&format!("{}\"", mail.links()[0])), "{shown}");
    let elsewhere = Visitor::of(&app).saying("host", "evil.example");
    assert_problem(&elsewhere.get("/dev/mail").await, 404, "not-found");
    assert_problem(&visitor.get("/dev/mail/..%2F..%2Fsecret_key").await, 404, "not-found");
}
