//! A page that is open hears what changes: after the commit, only what its reader may see, and for no
//! longer than the session stands.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::TestApp;
use crate::harness::app::{Answer, Customer, Options, assert_problem, metric, metrics, payment};
use crate::harness::program::PATIENCE;
use crate::harness::retell::{event, flat};
use crate::harness::visitor::Visitor;

/// Streams that one user may have.
const USER_MAX: usize = 8;
/// For tests that wait for a beat.
const SHORT_BEAT: Duration = Duration::from_millis(20);

/// An open stream.
struct Stream {
    response: reqwest::Response,
    text: String,
}

impl Stream {
    async fn of(visitor: &Visitor) -> Self {
        Self::at(visitor, "/live").await
    }

    async fn at(visitor: &Visitor, path: &str) -> Self {
        let response = visitor.response(Method::GET, path, None, &[("accept", "text/event-stream")]).await;
        assert_eq!(response.status().as_u16(), 200);
        let header = |name: &str| response.headers()[name].to_str().unwrap().to_owned();
        assert_eq!(header("content-type"), "text/event-stream");
        assert_eq!(header("cache-control"), "no-store");
        assert_eq!(header("x-accel-buffering"), "no");
        assert!(!response.headers().contains_key("content-encoding"));
        Self { response, text: String::new() }
    }

    /// The next event, as `kind data`; `None` when the stream has ended.
    async fn next(&mut self) -> Option<String> {
        // Of all of it: signs of life are no news.
        let next = tokio::time::timeout(PATIENCE, self.hear()).await;
        next.unwrap_or_else(|_| panic!("neither an event nor the end came within {PATIENCE:?}"))
    }

    async fn hear(&mut self) -> Option<String> {
        loop {
            while let Some((block, rest)) = self.text.split_once("\n\n") {
                let block = block.to_owned();
                self.text = rest.to_owned();
                if let Some((kind, data)) =
                    block.strip_prefix("event: ").and_then(|e| e.split_once("\ndata: "))
                {
                    return Some(format!("{kind} {data}"));
                }
                assert!(block == ":" || block.starts_with("retry: "), "{block:?}");
            }
            let piece = self.response.chunk().await.expect("a piece")?;
            self.text.push_str(std::str::from_utf8(&piece).unwrap());
        }
    }

    /// So many events, in whatever order.
    async fn some(&mut self, count: usize) -> BTreeSet<String> {
        let mut events = BTreeSet::new();
        for _ in 0..count {
            events.insert(self.next().await.expect("one more event"));
        }
        events
    }

    /// Hears everything there is; waits for the end.
    async fn ends(mut self) {
        while self.next().await.is_some() {}
    }
}

fn told<const N: usize>(events: [&str; N]) -> BTreeSet<String> {
    events.into_iter().map(str::to_owned).collect()
}

/// A user of this customer with an agent of their own.
async fn staff(app: &TestApp, customer: &Customer, name: &str, agent: &str) -> Visitor {
    let insert = "
insert into users (customer_id, id, email, full_name, role, created_at, updated_at)
values ($1, 'usr_' || $2, $2 || '@example.com', $2, 'user', now(), now())";
    let insert = sqlx::query(insert).bind(customer.id.0).bind(name);
    insert.execute(&mut app.sql().await).await.unwrap();
    let bind = "insert into user_agents (customer_id, agent_id, user_id) values ($1, $2, 'usr_' || $3)";
    let bind = sqlx::query(bind).bind(customer.id.0).bind(agent).bind(name);
    bind.execute(&mut app.sql().await).await.unwrap();
    Visitor::signed_in(app, &format!("{name}@example.com")).await
}

async fn posted(customer: &Customer, body: &Value) -> Answer {
    let answer = customer.webhook(body).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer
}

/// Of an agent.
fn by(agent: &str, mut event: Value) -> Value {
    event["call"]["agent_id"] = json!(agent);
    event
}

async fn book(customer: &Customer, time: &str) {
    let body = json!({"date": "2026-01-06", "time": time, "name": "Bo", "phone": "+15550100177"});
    assert_eq!(customer.function("book", &body).await.field("success"), &json!(true));
}

async fn wait_until(what: &str, is_so: impl AsyncFn() -> bool) {
    let began = Instant::now();
    while !is_so().await {
        assert!(began.elapsed() < PATIENCE, "{what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_hears_of_calls_bookings_money_and_hours_and_finds_what_it_heard_of() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let admin = Visitor::admin(&app, &customer).await;
    let mut stream = Stream::of(&admin).await;
    posted(&customer, &event("call_started", "c1", 0)).await;
    assert_eq!(stream.next().await.unwrap(), "calls *");
    let (_, calls) = admin.page("/calls").await;
    assert!(calls.contains("On the phone now") && calls.contains("+1 (555) 010-0123"), "{calls}");
    let call = posted(&customer, &event("call_ended", "c1", 60_000)).await.field("call_id").clone();
    let call = call.as_str().unwrap();
    assert_eq!(stream.some(2).await, told([&format!("calls {call}"), "balance *"]));
    let (_, calls) = admin.page("/calls").await;
    assert!(!calls.contains("On the phone now") && calls.contains(&format!("/calls/{call}")), "{calls}");
    posted(&customer, &event("call_analyzed", "c1", 60_000)).await;
    assert_eq!(stream.next().await.unwrap(), format!("calls {call}"));
    book(&customer, "10:00").await;
    assert_eq!(stream.some(2).await, told(["appointments *", "messages *"]));
    app.tenant(&customer).await.credit(payment("more", "5")).await.unwrap();
    assert_eq!(stream.next().await.unwrap(), "balance *");
    let day = "2026-01-07".parse().unwrap();
    app.tenant(&customer).await.block_date(day, None).await.unwrap();
    assert_eq!(stream.next().await.unwrap(), "hours *");
    assert_eq!(admin.put("/api/settings", &json!({"company": "Byron"})).await.status, 200);
    assert_eq!(stream.next().await.unwrap(), "all *");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_told_before_it_is_committed() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let admin = Visitor::admin(&app, &customer).await;
    let mut stream = Stream::of(&admin).await;
    app.seam.hold();
    let ended = event("call_ended", "c1", 60_000);
    let (answer, ()) = tokio::join!(customer.webhook(&ended), async {
        app.seam.writer_waits().await;
        // Decided after it, and needs no commit.
        posted(&customer, &event("call_started", "c2", 0)).await;
        assert_eq!(stream.next().await.unwrap(), "calls *", "the one that has begun");
        app.seam.release();
    });
    let call = answer.field("call_id").as_str().unwrap();
    assert_eq!(stream.some(2).await, told([&format!("calls {call}"), "balance *"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_see_money_hears_nothing_of_it() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let ben = staff(&app, &customer, "ben", "agent_1").await;
    let mut stream = Stream::of(&ben).await;
    app.tenant(&customer).await.credit(payment("more", "5")).await.unwrap();
    // Charged in the same commit.
    let call = posted(&customer, &event("call_ended", "c1", 60_000)).await.field("call_id").clone();
    assert_eq!(stream.next().await.unwrap(), format!("calls {}", call.as_str().unwrap()));
    book(&customer, "10:00").await;
    assert_eq!(stream.next().await.unwrap(), "appointments *");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_sees_the_calls_of_one_agent_hears_and_is_shown_nothing_of_others() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let (ben, admin) = (staff(&app, &customer, "ben", "bens").await, Visitor::admin(&app, &customer).await);
    staff(&app, &customer, "eve", "eves").await;
    let mut stream = Stream::of(&ben).await;
    for name in ["call_started", "call_ended", "call_analyzed"] {
        posted(&customer, &by("eves", event(name, "c1", 60_000))).await;
    }
    posted(&customer, &by("eves", event("call_started", "c2", 0))).await;
    assert_eq!(admin.put("/api/calls/c1/assignee", &json!({"user_id": "usr_eve"})).await.status, 204);
    assert!(!ben.page("/calls").await.1.contains("On the phone now"));
    assert!(!ben.page("/").await.1.contains("On the phone now"));
    // Had he heard of one of these, it would come before this.
    posted(&customer, &by("bens", event("call_started", "c3", 0))).await;
    assert_eq!(stream.next().await.unwrap(), "calls *");
    assert!(ben.page("/calls").await.1.contains("On the phone now"));
    let call =
        posted(&customer, &by("bens", event("call_ended", "c3", 60_000))).await.field("call_id").clone();
    assert_eq!(stream.next().await.unwrap(), format!("calls {}", call.as_str().unwrap()));
    // Given to him and taken away again, he hears of it each time.
    let eves = admin.get("/api/calls/c1").await.field("call_id").as_str().unwrap().to_owned();
    for user in ["usr_ben", "usr_eve"] {
        assert_eq!(admin.put("/api/calls/c1/assignee", &json!({"user_id": user})).await.status, 204);
        assert_eq!(stream.next().await.unwrap(), format!("calls {eves}"));
    }
    // His own, given to somebody else: it goes from his list.
    assert_eq!(admin.put("/api/calls/c3/assignee", &json!({"user_id": "usr_eve"})).await.status, 204);
    assert_eq!(stream.next().await.unwrap(), format!("calls {}", call.as_str().unwrap()));
}

#[tokio::test(flavor = "multi_thread")]
async fn other_customers_hear_nothing() {
    let app = TestApp::start().await;
    let (ours, theirs) = (app.customer().await, app.customer().await);
    let stranger = Visitor::admin(&app, &theirs).await;
    let mut stream = Stream::of(&stranger).await;
    posted(&ours, &event("call_started", "c1", 0)).await;
    posted(&ours, &flat("c2", 60)).await;
    book(&ours, "10:00").await;
    app.tenant(&ours).await.credit(payment("more", "5")).await.unwrap();
    assert!(!stranger.page("/calls").await.1.contains("On the phone now"));
    book(&theirs, "10:00").await;
    assert_eq!(stream.next().await.unwrap(), "appointments *");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_ends_with_its_session_and_when_rights_change() {
    let app = TestApp::with(Options { live_beat: Some(SHORT_BEAT), ..Options::default() }).await;
    let customer = app.customer().await;
    let ben = staff(&app, &customer, "ben", "agent_1").await;
    let stream = Stream::of(&ben).await;
    let widen = "update users set can_view_all_calls = true where customer_id = $1 and id = 'usr_ben'";
    sqlx::query(widen).bind(customer.id.0).execute(&mut app.sql().await).await.unwrap();
    stream.ends().await;
    let stream = Stream::of(&ben).await;
    assert_eq!(ben.form("/account/sign-out", &[]).await.status().as_u16(), 303);
    stream.ends().await;
    assert_problem(&ben.get("/live").await, 401, "not-signed-in");

    let admin = Visitor::admin(&app, &customer).await;
    let stream = Stream::of(&admin).await;
    app.clock.advance(jiff::SignedDuration::from_hours(24 * 400));
    stream.ends().await;
    wait_until("all places are free", async || metric(&app, "voice_live_streams").await == 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_listens_hears_on_when_the_tenant_has_left_memory_and_come_back() {
    let app = TestApp::with(Options { idle_seconds: Some(1), ..Options::default() }).await;
    let customer = app.customer().await;
    let admin = Visitor::admin(&app, &customer).await;
    let mut stream = Stream::of(&admin).await;
    for time in ["10:00", "11:00"] {
        wait_until("the tenant rests", async || !app.app.tenants().is_resident(customer.id)).await;
        // Looking starts nobody.
        assert_eq!(admin.page("/calls").await.0, 200);
        assert!(!app.app.tenants().is_resident(customer.id));
        book(&customer, time).await;
        assert_eq!(stream.some(2).await, told(["appointments *", "messages *"]));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_another_server_writes_is_noticed() {
    let app = TestApp::with(Options { live_beat: Some(SHORT_BEAT), ..Options::default() }).await;
    let database_url = Some(app.database.url().to_owned());
    let beside = TestApp::with(Options { database_url, ..Options::default() }).await;
    let customer = app.customer().await;
    let admin = Visitor::admin(&app, &customer).await;
    let mut stream = Stream::of(&admin).await;
    book(&beside.here(&customer), "10:00").await;
    assert_eq!(stream.next().await.unwrap(), "all *");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_became_true_between_a_page_and_its_stream_is_told_at_once() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let admin = Visitor::admin(&app, &customer).await;
    app.clock.advance(jiff::SignedDuration::from_mins(10));
    let mut calm = Stream::at(&admin, "/live?age=500").await;
    posted(&customer, &event("call_started", "c1", 0)).await;
    let mut stream = Stream::at(&admin, "/live?age=500").await;
    assert_eq!(stream.next().await.unwrap(), "all *");
    assert_eq!(calm.next().await.unwrap(), "calls *");
    app.clock.advance(jiff::SignedDuration::from_mins(10));
    book(&customer, "10:00").await;
    let mut stream = Stream::at(&admin, "/live?age=500").await;
    assert_eq!(stream.next().await.unwrap(), "all *");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_see_everything_learns_nothing_from_how_old_their_page_is() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let ben = staff(&app, &customer, "ben", "agent_9").await;
    app.clock.advance(jiff::SignedDuration::from_mins(10));
    // Told the same, whether something happened that is none of his or not.
    let mut calm = Stream::at(&ben, "/live?age=500").await;
    assert_eq!(calm.next().await.unwrap(), "all *");
    posted(&customer, &event("call_started", "c1", 0)).await;
    let mut stream = Stream::at(&ben, "/live?age=500").await;
    assert_eq!(stream.next().await.unwrap(), "all *");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_server_stops_at_once_with_streams_open() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let admin = Visitor::admin(&app, &customer).await;
    let mut streams = Vec::new();
    for _ in 0..3 {
        streams.push(Stream::of(&admin).await);
    }
    let began = Instant::now();
    app.app.stop().await;
    // Connections that do not end by themselves are cut after ten seconds.
    assert!(began.elapsed() < Duration::from_secs(8), "{:?}", began.elapsed());
    for stream in streams {
        stream.ends().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn streams_are_bounded_counted_and_for_signed_in_members_only() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let admin = Visitor::admin(&app, &customer).await;
    assert_problem(&Visitor::of(&app).get("/live").await, 401, "not-signed-in");
    assert_problem(&Visitor::super_admin(&app).await.get("/live").await, 403, "not-allowed");
    let made = admin.post("/api/auth/tokens", &json!({"name": "till"})).await;
    let program = Visitor::with_token(&app, made.field("secret").as_str().unwrap());
    assert_problem(&program.get("/live").await, 403, "session-needed");
    assert_problem(&admin.get("/live?age=soon").await, 422, "invalid");

    let mut streams = Vec::new();
    for _ in 0..USER_MAX {
        streams.push(Stream::of(&admin).await);
    }
    let full = admin.get("/live").await;
    assert_problem(&full, 429, "too-many-requests");
    assert!(full.headers.contains_key("retry-after"));
    assert_eq!(metric(&app, "voice_live_streams").await, USER_MAX);
    assert_eq!(metric(&app, "voice_live_refused_total").await, 1);
    assert!(!metrics(&app).await.contains("voice_live_streams{"), "no tenant in a label");
    streams.pop();
    wait_until("a place is given back", async || metric(&app, "voice_live_streams").await == USER_MAX - 1)
        .await;
    Stream::of(&admin).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_whose_end_gets_lost_is_not_shown_for_ever() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let admin = Visitor::admin(&app, &customer).await;
    posted(&customer, &event("call_started", "c1", 0)).await;
    for path in ["/", "/calls"] {
        assert!(admin.page(path).await.1.contains("On the phone now"), "{path}");
    }
    app.clock.advance(jiff::SignedDuration::from_hours(3));
    let mut stream = Stream::of(&admin).await;
    assert!(!admin.page("/calls").await.1.contains("On the phone now"));
    // The ghost goes with the next one, which both are told of.
    posted(&customer, &event("call_started", "c2", 0)).await;
    assert_eq!(stream.next().await.unwrap(), "calls *");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_looks_for_news_by_itself_keeps_no_session_alive() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let admin = Visitor::admin(&app, &customer).await;
    let seen = "select extract(epoch from max(last_seen_at))::bigint from sessions where customer_id = $1";
    let before = app.count(seen, &customer).await;
    app.clock.advance(jiff::SignedDuration::from_mins(10));
    let stream = Stream::of(&admin).await;
    let page = admin.response(Method::GET, "/calls", None, &[("x-live", "1")]).await;
    assert_eq!((page.status().as_u16(), app.count(seen, &customer).await), (200, before));
    // Nor does it take away what the next page is to say.
    admin.keeping("said", "appointment-made");
    let page = admin.response(Method::GET, "/calls", None, &[("x-live", "1")]).await;
    assert!(!page.text().await.unwrap().contains("The appointment is made."));
    assert!(admin.page("/calls").await.1.contains("The appointment is made."));
    assert_eq!(app.count(seen, &customer).await, before + 600);
    drop(stream);
}
