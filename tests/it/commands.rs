//! The command line, by the real program: what it says, what it refuses, how it ends.

use std::fs;
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::time::Instant;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

use crate::harness::db::{self, sibling};
use crate::harness::retell::flat;

use crate::harness::program::*;

mod serve;

#[tokio::test(flavor = "multi_thread")]
async fn migrate_makes_the_tables_once() {
    let place = Place::empty().await;
    let applied = async || -> Vec<(i64, String)> {
        let sql = "select version, installed_on::text from _sqlx_migrations order by version";
        sqlx::query_as(sql).fetch_all(&mut place.sql().await).await.expect("the migrations")
    };
    assert_eq!(place.run(&["migrate"]).succeeded().out, "the database has this version's tables\n");
    let first = applied().await;
    assert!(!first.is_empty());
    place.run(&["migrate"]).succeeded();
    assert_eq!(applied().await, first);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_super_admin_is_made_once_whatever_the_spelling() {
    let place = Place::empty().await;
    let made = place.run(&["admin", "create", " Boss@Example.com "]).succeeded();
    assert_eq!(made.out, "boss@example.com is a super admin\n");
    let again = place.run(&["admin", "create", "boss@example.com"]).succeeded();
    assert_eq!(again.out, "boss@example.com was a super admin already\n");
    for nonsense in ["nonsense", "", "a@b", "a b@example.com", "a@example.com\nbcc: b@example.com"] {
        place.run(&["admin", "create", nonsense]).failed_saying(&["is not an e-mail address"]);
    }
    assert_eq!(
        place.holds().await,
        "0 customers, 0 users, 0 credentials, 0 balances, 0 entries, 0 calls, 1 admins"
    );
    // Nobody gave a key to seal secrets with: it was made, and is its owner's alone to read.
    let kept = fs::metadata(place.data_dir().join("secret_key")).expect("a kept key");
    assert_eq!(kept.permissions().mode() & 0o777, 0o600);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_is_created_with_a_credit_and_everything_its_workspace_needs() {
    let place = Place::empty().await.with("PLATFORM_URL", "http://voice.example.com/");
    let ada = [
        "customer",
        "create",
        "--name",
        " Ada ",
        "--company",
        "Lovelace & Daughters",
        "--email",
        "Ada@Example.com",
    ];
    let all = [
        &ada[..],
        &["--phone", "+1 (555) 010-0123", "--timezone", "Europe/Madrid", "--credit", "50", "--json"],
    ];
    let handover = place.run(&all.concat()).succeeded().json();
    let key = handover["api_key"].as_str().expect("a key");
    let base = "http://voice.example.com/api/v1";
    let expected = json!({
        "customer_id": 1, "name": "Ada", "company": "Lovelace & Daughters",
        "email": "ada@example.com", "api_key": key,
        "webhook_url": format!("{base}/webhook/retell/{key}"),
        "inbound_url": format!("{base}/webhook/retell/{key}/inbound"),
        "availability_url": format!("{base}/function/availability/{key}"),
        "book_url": format!("{base}/function/book/{key}"),
        "lookup_url": format!("{base}/function/lookup/{key}"),
    });
    assert_eq!(handover, expected);
    let stored: (String, String, Option<String>, String, String, Vec<u8>) = sqlx::query_as(
        "select c.name, c.email, c.phone, c.timezone, b.current_balance::text, k.digest
           from customers c join balances b on b.customer_id = c.id join credentials k on k.customer_id = c.id",
    )
    .fetch_one(&mut place.sql().await)
    .await
    .expect("one customer");
    let (name, email, zone) = ("Ada".to_owned(), "ada@example.com".to_owned(), "Europe/Madrid".to_owned());
    let digest = Sha256::digest(key.as_bytes()).to_vec();
    assert_eq!(stored, (name, email, Some("+15550100123".to_owned()), zone, "50.0000".to_owned(), digest));
    let admin: (String, String) =
        sqlx::query_as("select email, role from users").fetch_one(&mut place.sql().await).await.unwrap();
    assert_eq!(admin, ("ada@example.com".to_owned(), "admin".to_owned()));

    let text =
        place.run(&["customer", "create", "--name", "Ben", "--email", "ben@example.com"]).succeeded().out;
    for named in ["webhook", "inbound", "availability", "book", "lookup"] {
        let is_url =
            |line: &str| line.starts_with(named) && line.contains(" http://voice.example.com/api/v1/");
        assert!(text.lines().any(is_url), "no URL of {named} in {text}");
    }
    assert_eq!(
        place.holds().await,
        "2 customers, 2 users, 2 credentials, 2 balances, 1 entries, 0 calls, 0 admins"
    );
    assert_eq!(
        place.run(&["audit"]).succeeded().out.lines().last(),
        Some("2 customers, no server at 127.0.0.1:0, so no memory compared, 0 findings")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_with_a_mistake_in_it_is_refused_whole() {
    let place = Place::empty().await;
    let create = ["customer", "create", "--name", "Ada", "--email", "ada@example.com"];
    place.run(&create).succeeded();
    let before = place.holds().await;
    let wrong: [(&[&str], &str); 14] = [
        (&["--name", "Eve", "--email", "ada@example.com"], "a customer with this e-mail address exists"),
        (
            &["--name", "Eve", "--email", "ADA@example.com", "--credit", "50"],
            "a customer with this e-mail address exists",
        ),
        (&["--name", "Eve", "--email", "eve"], "not an e-mail address"),
        (&["--name", "Eve", "--email", ""], "not an e-mail address"),
        (&["--name", "Eve", "--email", "eve@example.com\r\nbcc: x@example.com"], "not an e-mail address"),
        (&["--name", " ", "--email", "eve@example.com"], "a name is needed"),
        (&["--name", "Eve", "--email", "eve@example.com", "--timezone", "Mars/Phobos"], "Mars/Phobos"),
        (&["--name", "Eve", "--email", "eve@example.com", "--credit", "fifty"], "--credit"),
        (&["--name", "Eve", "--email", "eve@example.com", "--credit", ""], "--credit"),
        (&["--name", "Eve", "--email", "eve@example.com", "--credit", "0"], "--credit"),
        (&["--name", "Eve", "--email", "eve@example.com", "--credit=-5"], "--credit"),
        (&["--name", "Eve", "--email", "eve@example.com", "--credit", "0.00001"], "--credit"),
        (&["--name", "Eve", "--email", "eve@example.com", "--credit", "NaN"], "--credit"),
        (&["--name", "Eve", "--email", "eve@example.com", "--credit", "10000000000"], "--credit"),
    ];
    for (arguments, why) in wrong {
        place.run(&[&["customer", "create", "--json"], arguments].concat()).failed_saying(&[why]);
        assert_eq!(place.holds().await, before, "{arguments:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_demo_is_made_once_in_an_empty_database_that_is_nobodys() {
    let place = Place::empty().await.with("SECRET_KEY", "a key for tests");
    let public = place.with("PLATFORM_URL", "https://voice.example.com");
    public.run(&["demo", "--json"]).failed_saying(&["demo", "https"]);
    assert_eq!(
        place.holds().await,
        "0 customers, 0 users, 0 credentials, 0 balances, 0 entries, 0 calls, 0 admins"
    );

    let first = place.run(&["demo", "--json"]).succeeded();
    let made = place.holds().await;
    assert!(
        made.starts_with("1 customers, 1 users, 1 credentials, 1 balances, ")
            && made.contains(", 110 calls, "),
        "{made}"
    );
    let again = place.run(&["demo", "--json"]).succeeded();
    assert_eq!(first.out, again.out);
    assert!(first.json()["webhook_url"].as_str().unwrap().starts_with("http://127.0.0.1:"));
    assert_eq!(place.holds().await, made);
    public.run(&["demo", "--json"]).failed_saying(&["https"]);
    assert!(place.run(&["audit"]).succeeded().out.ends_with(", 0 findings\n"));
    // Its past was lived through: last month is closed, what is ahead of the clock is not.
    let past = "
select (select count(*) from invoices where status = 'paid' and total > 0 and billing_period_start
           = (date_trunc('month', now() at time zone 'America/New_York') - interval '1 month')::date),
       (select count(*) from invoices),
       (select count(*) from transactions where created_at > now()),
       (select count(*) from transactions where current_balance <= 0)
  from balances";
    let row: (i64, i64, i64, i64) = sqlx::query_as(past).fetch_one(&mut place.sql().await).await.unwrap();
    let months = if row.1 == 2 { 2 } else { 1 };
    assert_eq!(row, (1, months, 0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_with_customers_gets_no_demo() {
    let place = Place::empty().await;
    place.run(&["customer", "create", "--name", "Ada", "--email", "ada@example.com"]).succeeded();
    let before = place.holds().await;
    let refused = place.run(&["demo", "--json"]);
    assert_eq!((refused.code, refused.out.as_str()), (Some(3), ""), "{refused:?}");
    assert!(refused.err.contains("this database has customers"), "{refused:?}");
    assert_eq!(place.holds().await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_audit_names_a_forged_balance_and_a_forged_entry() {
    let place = Place::empty().await;
    place.run(&["demo"]).succeeded();
    place.run(&["audit"]).succeeded();
    let forge = async |sql: &'static str| place.sql().await.execute(sql).await.expect("the owner may forge");
    forge("update balances set current_balance = current_balance + 1000").await;
    let forged: String = sqlx::query_scalar("select current_balance::text from balances")
        .fetch_one(&mut place.sql().await)
        .await
        .expect("a balance");
    let found = place.run(&["audit"]);
    assert_eq!(found.code, Some(1), "{found:?}");
    let row = found.out.lines().next().unwrap_or_default();
    assert!(row.starts_with(&format!("customer 1: the balance is {forged}")), "{found:?}");
    assert!(found.out.ends_with(", 1 findings\n"), "{found:?}");

    forge("update balances set current_balance = current_balance - 1000").await;
    place.run(&["audit"]).succeeded();
    forge("update transactions set reference = reference || '!' where seq = 2").await;
    let found = place.run(&["audit"]);
    assert_eq!(found.code, Some(1), "{found:?}");
    assert!(found.out.starts_with("customer 1: txn_2: its hash does not cover what it says\n"), "{found:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_from_the_command_line_signs_in_with_one_click() {
    let place = Place::empty().await;
    place.run(&["login-link", "ada@example.com"]).failed_saying(&["nobody has the address ada@example.com"]);
    let create =
        ["customer", "create", "--name", "Ada", "--company", "Lovelace", "--email", "ada@example.com"];
    place.run(&create).succeeded();
    place.run(&["admin", "create", "ada@example.com"]).succeeded();
    let serving = Serving::start(&place);
    let place = place.with("PLATFORM_URL", &format!("http://{}", serving.address));
    let said = place.run(&["login-link", " Ada@Example.com"]).succeeded();
    let mut seen = Vec::new();
    for (url, whose) in said.out.lines().map(|line| line.split_once("  ").expect("a link and whose")) {
        let answer = client().post(url).json(&json!({})).send().await.expect("an answer");
        assert_eq!(answer.status().as_u16(), 200);
        let cookie = answer.headers()["set-cookie"].to_str().expect("a cookie").to_owned();
        let me = client().get(format!("http://{}/api/auth/me", serving.address));
        let me: Value =
            me.header("cookie", cookie).send().await.expect("an answer").json().await.expect("JSON");
        seen.push((whose.to_owned(), me["role"].clone(), me["email"].clone()));
    }
    let email = json!("ada@example.com");
    let expected = [
        ("Voice AI Platform".to_owned(), json!("super_admin"), email.clone()),
        ("Lovelace".to_owned(), json!("admin"), email),
    ];
    assert_eq!(seen, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn secrets_are_sealed_again_with_the_new_key_and_the_old_one_can_go() {
    let place = Place::empty().await.with("SECRET_KEY", "the first key");
    let create = ["customer", "create", "--json", "--name", "Ada", "--email", "ada@example.com"];
    let key = place.run(&create).succeeded().json()["api_key"].clone();
    let place = place.with("SECRET_KEY", "the second key");
    place.run(&["secrets", "rotate"]).failed_saying(&["SECRET_KEY", "does not open"]);
    let both = place.with("SECRET_KEY_OLD", "the first key");
    let said = both.run(&["secrets", "rotate"]).succeeded();
    assert_eq!(said.out, "sealed again: 1, sealed with the current key already: 0\n");
    let said = place.run(&["secrets", "rotate"]).succeeded();
    assert_eq!(said.out, "sealed again: 0, sealed with the current key already: 1\n");
    let serving = Serving::start(&place);
    let key = key.as_str().expect("a key");
    let url = format!("http://{}/api/v1/function/availability/{key}", serving.address);
    let answer = client().post(url).json(&json!({})).send().await.expect("an answer");
    assert_eq!(answer.status().as_u16(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn clicksend_is_given_addresses_that_a_server_answers_also_after_the_key_was_changed() {
    let place = Place::empty().await.with("SECRET_KEY", "the first key");
    let place = place.with("PLATFORM_URL", "http://voice.example.com/");
    let said = place.run(&["clicksend"]).succeeded().out;
    let paths: Vec<String> = said
        .lines()
        .filter_map(|line| line.split_once("http://voice.example.com"))
        .map(|(_, path)| path.to_owned())
        .collect();
    let [inbound, receipt] = paths.as_slice() else { panic!("{said}") };
    assert!(inbound.starts_with("/api/v1/clicksend/inbound/"), "{said}");
    assert!(receipt.starts_with("/api/v1/clicksend/receipt/"), "{said}");
    let place = place.with("SECRET_KEY", "the second key").with("SECRET_KEY_OLD", "the first key");
    let serving = Serving::start(&place.with("RUST_LOG", "debug"));
    let ask = async |path: &str| {
        let reply = "from=%2B15550100123&body=Unsubscribe";
        let request = client().post(format!("http://{}{path}", serving.address)).body(reply);
        request.send().await.expect("an answer").status().as_u16()
    };
    assert_eq!((ask(inbound).await, ask(receipt).await), (200, 200));
    assert_eq!(ask("/api/v1/clicksend/inbound/another").await, 404);
    assert_ne!(place.run(&["clicksend"]).succeeded().out, said, "the new key has another token");
    let (_, log) = serving.stop();
    assert!(log.contains("a guest has said whether to be texted"), "{log}");
    let (_, token) = inbound.rsplit_once('/').expect("a path");
    for secret in [token, "5550100123", "nsubscribe", "NSUBSCRIBE"] {
        assert!(!log.contains(secret), "the log has {secret}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_public_platform_without_a_mail_server_does_not_start() {
    let place =
        Place::empty().await.with("PLATFORM_URL", "https://voice.example").with("SECRET_KEY", "a key");
    place.run(&["serve"]).failed_saying(&["SMTP_HOST is needed", "people sign in by mail"]);
}
