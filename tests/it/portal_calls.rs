//! The portal's calls: listed, narrowed, searched; what each has on its page is in `call`.

mod call;

use serde_json::{Value, json};

use crate::harness::TestApp;
use crate::harness::app::Customer;
use crate::harness::retell::flat;
use crate::harness::visitor::Visitor;

/// What a hostile caller, or a hostile analysis, would like a page to run.
const HOSTILE: &str = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>";

/// A call on a day of January.
fn call(name: &str, day: u8, number: &str, words: &str) -> Value {
    let mut body = flat(name, 60);
    (body["from_number"], body["transcript"]) = (json!(number), json!(words));
    body["start_time"] = json!(format!("2026-01-{day:02}T10:00:00Z"));
    body["end_time"] = json!(format!("2026-01-{day:02}T10:01:00Z"));
    body
}

async fn record(customer: &Customer, body: &Value) -> String {
    customer.webhook(body).await.field("call_id").as_str().unwrap().to_owned()
}

/// Another user of this customer, signed in, whose agent is `agent_1`.
async fn colleague(app: &TestApp, customer: &Customer, id: &str, role: &str) -> Visitor {
    let mut sql = app.sql().await;
    for insert in [
        "insert into users (customer_id, id, email, full_name, role, created_at, updated_at)
         values ($1, $2, $2 || '@example.com', 'Ben ' || $2, $3, now(), now())",
        "insert into user_agents (customer_id, agent_id, user_id)
         select $1, 'agent_1', $2 where $3 <> ''",
    ] {
        sqlx::query(insert).bind(customer.id.0).bind(id).bind(role).execute(&mut sql).await.unwrap();
    }
    Visitor::signed_in(app, &format!("{id}@example.com")).await
}

/// The calls of a list, in its order.
fn listed(page: &str) -> Vec<String> {
    let rows = page.split("rowlink strong num\" href=\"/calls/").skip(1);
    rows.map(|row| row.split('"').next().unwrap().to_owned()).collect()
}

async fn list(visitor: &Visitor, query: &str) -> (Vec<String>, String) {
    let (status, page) = visitor.page(&format!("/calls?{query}")).await;
    assert_eq!(status, 200, "{query}: {page}");
    (listed(&page), page)
}

/// The list, as soon as it has so many calls.
async fn search(visitor: &Visitor, query: &str, count: usize) -> String {
    visitor.page_once(&format!("/calls?{query}"), |page| listed(page).len() == count).await
}

/// Every address that a page leads to.
fn links(page: &str) -> Vec<String> {
    let links = page.split("href=\"").skip(1).map(|rest| rest.split('"').next().unwrap());
    links.filter(|link| link.starts_with('/')).map(|link| link.replace("&amp;", "&")).collect()
}

async fn assert_links_lead_somewhere(visitor: &Visitor, page: &str) {
    for link in links(page) {
        // The balance's page is not there yet.
        if link.starts_with("/billing") {
            continue;
        }
        let path = link.split('#').next().unwrap();
        let status = visitor.page(path).await.0;
        assert!(status == 200, "{path}: {status}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_are_listed_the_newest_first_narrowed_by_chips_and_leafed_through() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let admin = Visitor::admin(&app, &customer).await;
    let (_, page) = list(&admin, "").await;
    assert!(page.contains("No calls yet") && page.contains("aria-current=\"page\""), "{page}");
    let mut ids = Vec::new();
    for day in 1..=4 {
        ids.push(record(&customer, &call(&format!("c{day}"), day, "+15550100123", "Hello")).await);
    }
    let mut failed = call("c5", 5, "+34911234567", "Hello");
    (failed["call_status"], failed["disconnection_reason"]) = (json!("error"), json!("error_unknown"));
    ids.push(record(&customer, &failed).await);
    ids.reverse();
    let (all, page) = list(&admin, "").await;
    assert_eq!(all, ids);
    assert!(
        page.contains("<span class=\"num\">5 min</span>, <span class=\"num\">€5.00</span>, the newest"),
        "{page}"
    );
    for shown in
        ["<b class=\"strong num\">5</b> calls", "+1 (555) 010-0123", "A greeting.", "€1.00", ">85<", "Failed"]
    {
        assert!(page.contains(shown), "{shown}: {page}");
    }
    assert_links_lead_somewhere(&admin, &page).await;
    for (query, expected) in [
        ("status=failed", &ids[..1]),
        ("from=2026-01-02&to=2026-01-03", &ids[2..4]),
        ("number=%2B1%20555%20010%200123&per_page=2", &ids[1..3]),
        ("number=%2B1%20555%20010%200123&per_page=2&page=2", &ids[3..]),
        ("needs_review=true", &[]),
        ("colour=red", &ids[..]),
    ] {
        assert_eq!(list(&admin, query).await.0, expected, "{query}");
    }
    let (_, page) = list(&admin, "number=%2B15550100123&from=2026-01-01&per_page=2&page=2").await;
    for link in [
        "href=\"/calls?from=2026-01-01&amp;per_page=2\"",
        "href=\"/calls?number=%2B15550100123&amp;per_page=2\"",
        "href=\"/calls?from=2026-01-01&amp;number=%2B15550100123&amp;per_page=2\"",
        "href=\"/calls?from=2026-01-01&amp;number=%2B15550100123&amp;per_page=50\"",
    ] {
        assert!(page.contains(link), "{link}: {page}");
    }
    assert_links_lead_somewhere(&admin, &page).await;
    assert!(!page.contains("<span class=\"num\">4 min"), "what takes long is not summed up: {page}");
    let (_, page) = list(&admin, "status=completed&from=2026-01-03").await;
    assert!(page.contains("<span class=\"num\">2 min</span>, <span class=\"num\">€2.00</span>"), "{page}");
    let (_, page) = list(&admin, "status=no-answer").await;
    assert!(page.contains("No calls match") && page.contains("Clear filters"), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_filter_that_makes_no_sense_is_said_and_the_others_hold() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let id = record(&customer, &call("c1", 1, "+15550100123", "Hello")).await;
    record(&customer, &call("c2", 2, "+15550100777", "Hello")).await;
    let admin = Visitor::admin(&app, &customer).await;
    for (wrong, sentence) in [
        ("from=yesterday", "“From” needs a day such as 2026-01-31."),
        ("to=2026-13-01", "“Up to” needs a day such as 2026-01-31."),
        ("from=2026-01-01&to=2025-12-01", "“Up to” is before “From”."),
        ("status=open", "There is no such end of a call."),
        ("needs_review=perhaps", "is chosen or not."),
        ("page=0", "There is no such page; this is the first."),
        ("page=99999&per_page=x", "A page has 1 to 200 rows."),
        ("q=%3F%21", "There is no word or number to look for."),
    ] {
        let (found, page) = list(&admin, &format!("number=%2B15550100123&{wrong}")).await;
        assert_eq!(found, [id.as_str()], "{wrong}");
        assert!(page.contains(sentence), "{wrong}: {page}");
        let chips = page.split("filter-chips").nth(1).unwrap();
        assert!(chips.contains("+1 (555) 010-0123"), "{wrong}: {chips}");
    }
    let (_, page) = list(&admin, "from=%22%3E%3Cb%3E&number=%22%3E%3Cb%3E&status=%3Cb%3E").await;
    assert!(page.contains("value=\"&quot;&gt;&lt;b&gt;\"") && !page.contains("<b>\""), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_shows_what_was_found_where_it_was_said() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let words = format!("User: My <b>Crown</b> came loose. {HOSTILE}");
    record(&customer, &call("c1", 1, "+15550100123", &words)).await;
    record(&customer, &call("c2", 2, "+15550100777", "User: Hello.")).await;
    let admin = Visitor::admin(&app, &customer).await;
    let page = search(&admin, "q=crow", 1).await;
    assert!(page.contains("My &lt;b&gt;<mark>Crown</mark>&lt;/b&gt; came loose."), "{page}");
    assert!(!page.contains("<script>alert") && !page.contains("<img src=x"), "{page}");
    assert!(page.contains("aria-label=\"Remove the filter: “crow”\""), "{page}");
    let page = search(&admin, "q=0100%20777", 1).await;
    assert!(page.contains("<mark>+1 (555) 010-0777</mark>"), "{page}");
    let page = search(&admin, "q=greet", 2).await;
    assert!(page.contains("A <mark>greeting</mark>."), "what was only summed up is found there: {page}");
    assert_eq!(list(&admin, "q=crown&status=failed").await.0, [""; 0]);
    assert_eq!(list(&admin, "q=crown&number=%2B15550100777").await.0, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_was_said_or_sent_is_markup_in_a_list() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let mut body = call("c1", 1, HOSTILE, HOSTILE);
    body["call_summary"] = json!(HOSTILE);
    record(&customer, &body).await;
    let (_, page) = list(&Visitor::admin(&app, &customer).await, "").await;
    assert!(!page.contains("<script>alert") && !page.contains("<img src=x"), "{page}");
    assert!(page.contains("&lt;script&gt;alert(1)"), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_may_not_see_costs_or_all_calls_is_shown_neither() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let own = record(&customer, &call("c1", 1, "+15550100123", "Hello")).await;
    let mut other = call("c2", 2, "+15550100777", "Hello");
    other["agent_id"] = json!("agent_2");
    record(&customer, &other).await;
    for (id, role) in [("usr_viewer", "viewer"), ("usr_user", "user")] {
        let staff = colleague(&app, &customer, id, role).await;
        let (found, page) = list(&staff, "").await;
        assert_eq!(found, [own.as_str()], "{role}");
        assert!(!page.contains(['€', '$']) && !page.contains("Cost"), "{role}: {page}");
    }
    let allow = "update users set can_view_all_calls = true where customer_id = $1";
    sqlx::query(allow).bind(customer.id.0).execute(&mut app.sql().await).await.unwrap();
    let staff = Visitor::signed_in(&app, "usr_user@example.com").await;
    let (found, page) = list(&staff, "").await;
    assert!(found.len() == 2 && page.contains("<span class=\"num\">2 min</span>, the newest"), "{page}");
    assert!(!page.contains(['€', '$']), "{page}");
    let (status, page) = Visitor::super_admin(&app).await.page("/calls").await;
    assert!(status == 403 && page.contains("You may not do this"), "{page}");
    let (status, _) = Visitor::of(&app).page("/calls").await;
    assert_eq!(status, 303);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_in_which_something_was_booked_says_so() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    record(&customer, &call("c1", 1, "+15550100123", "Hello")).await;
    let booking = json!({"args": {"date": "2026-01-06", "time": "10:00", "caller_name": "Ben"}, "call": {"call_id": "c1"}});
    assert_eq!(customer.function("book", &booking).await.status, 200);
    let (_, page) = list(&Visitor::admin(&app, &customer).await, "").await;
    assert!(page.contains("tag-good\">Booked<"), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_page_shows_the_latest_five_calls_to_whoever_sees_them() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let admin = Visitor::admin(&app, &customer).await;
    assert!(admin.page("/").await.1.contains("No calls yet"));
    let mut ids = Vec::new();
    for day in 1..=6 {
        ids.push(record(&customer, &call(&format!("c{day}"), day, "+15550100123", "Hello")).await);
    }
    ids.reverse();
    let (_, page) = admin.page("/").await;
    assert_eq!(listed(&page), ids[..5]);
    assert!(page.contains("€1.00"), "{page}");
    assert_links_lead_somewhere(&admin, &page).await;
    let viewer = colleague(&app, &customer, "usr_viewer", "viewer").await;
    let (_, page) = viewer.page("/").await;
    assert!(listed(&page) == ids[..5] && !page.contains('€'), "{page}");
    // Whoever runs the platform has no calls of their own.
    let root = Visitor::super_admin(&app).await;
    assert_eq!(root.page("/").await.0, 303);
    let (status, page) = root.page("/account").await;
    assert!(status == 200 && !page.contains("href=\"/calls\""), "{page}");
}
