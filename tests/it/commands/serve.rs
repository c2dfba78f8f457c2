//! How `serve` starts, what it refuses, and how it ends.

use std::time::Duration;

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_may_lose_what_was_acknowledged_is_refused_before_it_is_touched() {
    let disposable = db::fresh().await;
    let mut place = Place::empty().await;
    let durable = place.url.clone();
    let empty = "create database of_the_commands";
    disposable.connect().await.execute(empty).await.expect("an empty database");
    place.url = sibling(disposable.url(), "of_the_commands");
    let url = place.url.clone();
    place.set("DATABASE_URL", &url);
    let password = url.split(['@', ':']).nth(2).expect("a password").to_owned();
    for command in
        [&["serve"][..], &["migrate"], &["demo"], &["audit"], &["admin", "create", "a@example.com"]]
    {
        let refused = place.run(command).failed_saying(&["fsync = off", "alter system set fsync = on"]);
        assert!(!refused.err.contains(&password), "{refused:?}");
    }
    // The other way to lose commits, on a server that is all right otherwise.
    let off = format!("alter database {} set synchronous_commit = off", durable.rsplit_once('/').unwrap().1);
    PgConnection::connect(&durable).await.unwrap().execute(AssertSqlSafe(off)).await.expect("the owner may");
    place.with("DATABASE_URL", &durable).run(&["serve"]).failed_saying(&["synchronous_commit = off"]);
    for url in [&url, &durable] {
        let sql = "select count(*) from information_schema.tables where table_schema = 'public'";
        let tables: i64 =
            sqlx::query_scalar(sql).fetch_one(&mut PgConnection::connect(url).await.unwrap()).await.unwrap();
        assert_eq!(tables, 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_cannot_be_reached_is_named_without_its_password() {
    let place = Place::empty().await.with("RUST_LOG", "debug");
    let unknown = format!("{}/of_nobody", place.url.rsplit_once('/').unwrap().0);
    let wrong = place.url.replace(Installation::get().password(), "sekret");
    for url in [
        "postgres://app:sekret@127.0.0.1:1/postgres",
        "postgres://app:sekret@127.0.0.1:port/postgres",
        "postgres://app:sekret@[::1/postgres",
        "postgres://app:sek%ret@127.0.0.1:1/postgres",
        "sekret",
        &unknown,
        &wrong,
    ] {
        let refused = place.with("DATABASE_URL", url).run(&["serve"]).failed_saying(&["database"]);
        assert!(!refused.err.contains("sekret") && !refused.err.contains("sek%ret"), "{refused:?}");
        assert!(!refused.err.contains(Installation::get().password()), "{refused:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_public_platform_does_not_start_without_a_key_of_its_own() {
    let mut place = Place::empty().await.with("PLATFORM_URL", "https://voice.example.com");
    place.set("SMTP_HOST", "mail.example.com");
    for command in [
        &["serve"][..],
        &["admin", "create", "boss@example.com"],
        &["customer", "create", "--name", "A", "--email", "a@example.com"],
    ] {
        place.run(command).failed_saying(&["SECRET_KEY", "openssl rand -hex 32"]);
    }
    assert_eq!(
        place.holds().await,
        "0 customers, 0 users, 0 credentials, 0 balances, 0 entries, 0 calls, 0 admins"
    );
    assert!(!place.data_dir().join("secret_key").exists(), "none was made up silently");
    place.with("SECRET_KEY", "a key for tests").run(&["admin", "create", "boss@example.com"]).succeeded();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_public_platform_says_when_it_is_not_told_which_proxies_are_its_own() {
    let mut place = Place::empty().await.with("PLATFORM_URL", "https://voice.example.com");
    place.set("SMTP_HOST", "mail.example.com");
    place.set("SECRET_KEY", "a key for tests");
    for (proxies, warns) in [("", true), ("127.0.0.1,10.0.0.0/8", false)] {
        let serving = Serving::start(&place.with("TRUSTED_PROXIES", proxies));
        let (code, said) = serving.stop();
        assert_eq!((code, said.contains("TRUSTED_PROXIES is not set")), (Some(0), warns), "{said}");
    }
    let refused = place.with("TRUSTED_PROXIES", "proxy.example").run(&["serve"]);
    assert!(refused.code == Some(2) && refused.err.contains("10.0.0.0/8"), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_secret_is_no_secret() {
    let place = Place::empty().await.with("PLATFORM_URL", "https://voice.example.com");
    for nothing in ["", " "] {
        let place = place.with("SECRET_KEY", nothing);
        place.run(&["admin", "create", "boss@example.com"]).failed_saying(&["SECRET_KEY"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_variable_is_as_good_as_none() {
    // Compose files and build servers pass on what nobody has set.
    let mut place = Place::private().await;
    for variable in
        ["DATABASE_URL", "SECRET_KEY_OLD", "PLATFORM_URL", "RETELL_API_KEY", "TRUSTED_PROXIES", "LISTEN"]
    {
        place.set(variable, "");
    }
    place.set("SECRET_KEY", "a key for tests");
    place.run(&["migrate"]).succeeded();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_platform_is_public_however_the_scheme_of_its_url_is_spelt() {
    let place = Place::empty().await;
    for url in ["HTTPS://voice.example.com", "Https://voice.example.com", " https://voice.example.com"] {
        place
            .with("PLATFORM_URL", url)
            .run(&["admin", "create", "boss@example.com"])
            .failed_saying(&["SECRET_KEY"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_under_way_when_serve_is_told_to_stop_gets_its_answer() {
    let mut place = Place::empty().await;
    let serving = Serving::start(&place);
    place.set("PLATFORM_URL", &format!("http://{}", serving.address));
    let create =
        ["customer", "create", "--name", "Ada", "--email", "ada@example.com", "--credit", "50", "--json"];
    let url = place.run(&create).succeeded().json()["webhook_url"].as_str().expect("a URL").to_owned();
    // Loaded, so that only the commit is missing.
    assert_eq!(
        client().post(&url).body(flat("c1", 60).to_string()).send().await.unwrap().status().as_u16(),
        200
    );
    let (mut holder, mut watcher) = (place.sql().await, place.sql().await);
    holder.execute("begin; lock table calls in share mode").await.expect("the owner may");
    let request = client().post(&url).body(flat("c2", 60).to_string()).send();
    let request = tokio::spawn(request);
    let begun = Instant::now();
    let is_waiting =
        "select exists (select from pg_locks where not granted and relation = 'calls'::regclass)";
    while !sqlx::query_scalar::<_, bool>(is_waiting).fetch_one(&mut watcher).await.expect("the locks") {
        assert!(begun.elapsed() < PATIENCE, "after {PATIENCE:?} the call is still not being written");
    }
    serving.tell_to_stop();
    while TcpStream::connect(&serving.address).is_ok() {
        assert!(begun.elapsed() < PATIENCE, "after {PATIENCE:?} the server still lets people in");
    }
    holder.execute("rollback").await.expect("the end of a transaction");
    let answer = request.await.expect("no panic").expect("an answer");
    assert_eq!(answer.status().as_u16(), 200);
    assert_eq!(serving.stop().0, Some(0));
    assert_eq!(
        place.holds().await,
        "1 customers, 1 users, 1 credentials, 1 balances, 3 entries, 2 calls, 0 admins"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_work_beside_a_running_server_and_no_secret_is_ever_said() {
    const SECRET_KEY: &str = "a key that nobody may read in any log";
    let mut place = Place::private().await;
    place.set("SECRET_KEY", SECRET_KEY).set("RUST_LOG", "debug");
    let serving = Serving::start(&place);
    place.set("PLATFORM_URL", &format!("http://{}", serving.address));
    place.set("METRICS_LISTEN", &serving.operators_address.clone());

    place.run(&["migrate"]).succeeded();
    place.run(&["admin", "create", "boss@example.com"]).succeeded();
    let create =
        ["customer", "create", "--name", "Ada", "--email", "ada@example.com", "--credit", "50", "--json"];
    let created = place.run(&create).succeeded();
    let handover = created.json();
    let key = handover["api_key"].as_str().unwrap().to_owned();
    let url = |name: &str| handover[name].as_str().unwrap().to_owned();
    assert_eq!(place.run(&["demo"]).code, Some(3));

    // Good requests and bad ones.
    let http = client();
    let post =
        async |url: String, body: String| http.post(url).body(body).send().await.unwrap().status().as_u16();
    assert_eq!(post(url("webhook_url"), flat("c1", 300).to_string()).await, 200);
    let day = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date();
    let monday = day.nth_weekday(2, jiff::civil::Weekday::Monday).unwrap().to_string();
    let wish = json!({"date": monday, "time": "10:00", "caller_name": "Ben", "caller_phone": "+15550100123"});
    let book = http.post(url("book_url")).body(wish.to_string()).send().await.unwrap();
    assert_eq!(book.json::<Value>().await.unwrap()["success"], json!(true));
    for (name, body, status) in [
        ("availability_url", "{}".to_owned(), 200),
        ("lookup_url", json!({"caller_phone": "+15550100123"}).to_string(), 200),
        ("inbound_url", json!({"from_number": "+15550100123"}).to_string(), 200),
        ("webhook_url", "no json".to_owned(), 400),
        ("webhook_url", flat("", 60).to_string(), 400),
        ("book_url", "no json".to_owned(), 200),
        ("webhook_url", " ".repeat((10 << 20) + 1), 413),
    ] {
        // What does not fit is cut off while it is being sent, which clients may see as an error.
        let sent = http.post(url(name)).body(body).send().await.map(|answer| answer.status().as_u16());
        assert_eq!(sent.unwrap_or(413), status, "{name}");
    }
    for strange in [format!("{}x", url("webhook_url")), format!("{}/no/route?{key}", url("webhook_url"))] {
        assert_eq!(post(strange, String::new()).await, 404);
    }
    assert_eq!(http.get(url("book_url")).send().await.unwrap().status().as_u16(), 405);

    // The guest is told, which is charged: nothing moves any more when the audit comes.
    let (mut looks, mut sql) = (tokio::time::interval(Duration::from_millis(20)), place.sql().await);
    let waiting = "select count(*) from notifications where status = 'pending'";
    let told = async {
        while sqlx::query_scalar::<_, i64>(waiting).fetch_one(&mut sql).await.unwrap() > 0 {
            looks.tick().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), told).await.expect("the guest is told");
    let audit = place.run(&["audit"]).succeeded();
    assert!(audit.out.ends_with("1 in memory compared, 0 findings\n"), "{audit:?}");
    // Behind memory's back.
    let forge = "delete from transactions where category = 'sms'";
    place.sql().await.execute(forge).await.expect("the owner may forge");
    let found = place.run(&["audit"]);
    assert_eq!(found.code, Some(1));
    assert!(found.out.contains("memory has a balance of 44.9500 after txn_3"), "{found:?}");

    // A second server cannot have the same addresses, and says what to set.
    let (address, operators_address) = (serving.address.clone(), serving.operators_address.clone());
    let taken = place.with("METRICS_LISTEN", "127.0.0.1:0").with("LISTEN", &address).run(&["serve"]);
    taken.failed_saying(&[&address, "Set LISTEN to another address"]);
    let taken = place.with("METRICS_LISTEN", &operators_address).run(&["serve"]);
    taken.failed_saying(&[&operators_address, "Set METRICS_LISTEN to another address"]);

    let (code, said) = serving.stop();
    assert_eq!(code, Some(0), "{said}");
    assert!(
        said.trim_end()
            .lines()
            .any(|line| line.contains("stopped; everything acknowledged is in the database")),
        "{said}"
    );
    assert!(
        said.contains("\"answered\"") && said.contains("insert into calls"),
        "this is all it can say: {said}"
    );
    let password = Installation::get().password();
    let private = ["5550100", "example.com", "Ben", "Agent: Hello", "agent_1", "no json"];
    for secret in [key.as_str(), &key[key.len() - 20..], SECRET_KEY, password].into_iter().chain(private) {
        let line = said.lines().find(|line| line.contains(secret)).unwrap_or_default();
        assert_eq!(line, "", "serve says {secret:?}");
        for output in [&audit.err, &found.err, &created.err] {
            let line = output.lines().find(|line| line.contains(secret)).unwrap_or_default();
            assert_eq!(line, "", "a command logs {secret:?}");
        }
    }
    let log = fs::read_to_string(place.data_dir().join("pg/postgres.log")).expect("the database's log");
    assert!(
        !log.contains(&key) && !log.contains(SECRET_KEY) && !log.contains(password),
        "the database logs a secret"
    );

    // What was acknowledged is there at the next start.
    let serving = Serving::start(&place.with("METRICS_LISTEN", "127.0.0.1:0"));
    let again = url("webhook_url").replace(&address, &serving.address);
    let answer: Value =
        http.post(again).body(flat("c1", 300).to_string()).send().await.unwrap().json().await.unwrap();
    assert_eq!(answer["charged"], json!(5.0));
    assert_eq!(serving.stop().0, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_key_that_opens_nothing_of_this_database_is_refused_by_every_command() {
    let place = Place::empty().await.with("SECRET_KEY", "a key for tests");
    let create = ["customer", "create", "--name", "Ada", "--email", "ada@example.com"];
    place.run(&create).succeeded();
    let other = place.with("SECRET_KEY", "another key for tests");
    for command in [&["serve"][..], &["audit"], &["demo"], &create] {
        other.run(command).failed_saying(&["SECRET_KEY ", "SECRET_KEY_OLD"]);
    }
    other.with("SECRET_KEY_OLD", "a key for tests").run(&["audit"]).succeeded();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_audit_where_nothing_is_makes_no_database_and_proves_nothing() {
    let mut place = Place::empty().await;
    place.variables.remove("DATABASE_URL");
    place.run(&["audit"]).failed_saying(&["there is no database under", "DATA_DIR", "DATABASE_URL"]);
    assert!(!place.data_dir().join("pg").exists());
}
