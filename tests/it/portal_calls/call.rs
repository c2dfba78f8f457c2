//! A call on a page of its own: read, heard, given to somebody.

use serde_json::{Value, json};

use super::{HOSTILE, assert_links_lead_somewhere, call, colleague, record};
use crate::harness::TestApp;
use crate::harness::retell::event;
use crate::harness::visitor::Visitor;

/// A conversation with times, and all that an analysis can say.
fn conversation(name: &str) -> Value {
    let mut body = event("call_analyzed", name, 125_000);
    let call = &mut body["call"];
    call["recording_url"] = json!("https://retell.example/secret.wav");
    call["transcript"] = json!("Agent: One moment. At ten.\nUser: Good.");
    call["transcript_with_tool_calls"] = json!([
        {"role": "agent", "content": "One moment.", "words": [{"start": 0.5, "end": 2.0}]},
        {"role": "tool_call_invocation", "name": "check_availability"},
        {"role": "agent", "content": "At ten.", "words": [{"start": 5.0, "end": 7.0}]},
        {"role": "user", "content": "Good.", "words": [{"start": 45.0, "end": 46.5}]},
    ]);
    call["call_analysis"] = json!({
        "call_summary": "Wants ten.", "user_sentiment": "Negative", "call_successful": true,
        "custom_analysis_data": {"call_score": 58, "topics": "Crown, Price",
                                 "improvement_recommendations": "Answer sooner at 0:45.;Not at 9:59"},
    });
    body
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_shows_what_was_said_when_how_it_went_and_what_it_cost() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let id = record(&customer, &conversation("c1")).await;
    let booking = json!({"args": {"date": "2026-01-06", "time": "10:00", "caller_name": "Ben Ortiz"}, "call": {"call_id": "c1"}});
    assert_eq!(customer.function("book", &booking).await.status, 200);
    let before = record(&customer, &call("c2", 4, "+15550100123", "Hello")).await;
    let admin = Visitor::admin(&app, &customer).await;
    let (status, page) = admin.page(&format!("/calls/{id}")).await;
    assert_eq!(status, 200);
    for shown in [
        "<span class=\"num\">+1 (555) 010-0123</span>",
        "tag-good\">Booked<",
        "2 min 5 s × €1.00 a minute = <b>€2.0833</b>",
        "<span class=\"ts num\" data-seek=\"0\">0:00</span><span class=\"sp\">Assistant</span><p>One moment. At ten.</p>",
        "The assistant used <b>check availability</b>",
        "<span class=\"ts num\" data-seek=\"45\">0:45</span><span class=\"sp\">Caller</span><p>Good.</p>",
        "The assistant, above: 0:03; the caller, below: 0:01.",
        "Call score 58 out of 100, Poor",
        "tag-bad\">Negative<",
        "tag-good\">Reached<",
        "<span class=\"tag\">Crown</span>",
        "Answer sooner at <span class=\"num\" data-seek=\"45\">0:45</span>.",
        "Not at 9:59",
        "Ben Ortiz",
        "Other calls of this number",
        "user hangup",
        &format!("href=\"/calls/{before}\" rel=\"next\""),
    ] {
        assert!(page.contains(shown), "{shown}: {page}");
    }
    assert!(!page.contains("rel=\"prev\""), "it is the newest: {page}");
    let (_, older) = admin.page(&format!("/calls/{before}")).await;
    assert!(older.contains(&format!("href=\"/calls/{id}\" rel=\"prev\"")), "{older}");
    assert!(!older.contains("rel=\"next\""), "it is the oldest: {older}");
    assert!(!page.contains("retell.example"), "Retell's own link is nobody's: {page}");
    assert!(page.contains(&format!("src=\"/api/calls/{id}/recording\"")), "{page}");
    let without_sound = page.replace(&format!("/api/calls/{id}/download"), "/");
    assert_links_lead_somewhere(&admin, &without_sound).await;
    let (_, by_retells_name) = admin.page("/calls/c1").await;
    assert!(by_retells_name.contains("Wants ten."), "{by_retells_name}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_call_does_not_have_is_said_in_words() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let admin = Visitor::admin(&app, &customer).await;
    let bare = json!({"call_id": "c1", "call_type": "web_call", "duration_seconds": 0});
    let id = record(&customer, &bare).await;
    let (_, page) = admin.page(&format!("/calls/{id}")).await;
    for shown in [
        "There is no recording of this call.",
        "No transcript",
        "There is no summary of this call.",
        "This call was not scored.",
        "Web call",
        "<b>€0.00</b>",
    ] {
        assert!(page.contains(shown), "{shown}: {page}");
    }
    assert!(!page.contains("<audio") && !page.contains("/download"), "{page}");
    let unended = "update calls set status = null, summary = null where customer_id = $1";
    sqlx::query(unended).bind(customer.id.0).execute(&mut app.sql().await).await.unwrap();
    let (_, page) = admin.page(&format!("/calls/{id}")).await;
    for shown in ["Under way", "Still speaking", "once the call has ended"] {
        assert!(page.contains(shown), "{shown}: {page}");
    }
    let mut odd = call("c3", 1, "+15550100123", "Hello");
    odd["duration_seconds"] = json!(-5);
    let id = record(&customer, &odd).await;
    let (_, page) = admin.page(&format!("/calls/{id}")).await;
    assert!(page.contains("Somebody should look at this call: </b>the duration is negative"), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_was_said_or_sent_is_markup_on_the_page_of_a_call() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let mut body = conversation("c1");
    let call = &mut body["call"];
    for key in ["from_number", "to_number", "agent_id", "disconnection_reason"] {
        call[key] = json!(HOSTILE);
    }
    call["call_id"] = json!(format!("c1/{HOSTILE}"));
    call["transcript"] = json!(format!("Agent: {HOSTILE}\nUser: {HOSTILE}\n{HOSTILE}"));
    call["transcript_with_tool_calls"][1]["name"] = json!(HOSTILE);
    call["call_analysis"] = json!({
        "call_summary": HOSTILE, "user_sentiment": {"x": HOSTILE}, "call_successful": HOSTILE, "in_voicemail": 7,
        "custom_analysis_data": {"call_score": HOSTILE, "topics": HOSTILE,
                                 "improvement_recommendations": format!("At 0:45 {HOSTILE}")},
    });
    let id = record(&customer, &body).await;
    let (status, page) = Visitor::admin(&app, &customer).await.page(&format!("/calls/{id}")).await;
    assert_eq!(status, 200);
    assert!(!page.contains("<script>alert") && !page.contains("<img src=x"), "{page}");
    assert!(page.matches("&lt;script&gt;alert(1)").count() > 7, "{page}");
    assert!(!page.contains(" style=") && !page.contains(" onerror=alert(2)\""), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn staff_read_their_own_calls_without_costs_and_keep_recordings_only_by_right() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let own = record(&customer, &conversation("c1")).await;
    let mut other = conversation("c2");
    other["call"]["agent_id"] = json!("agent_2");
    let others = record(&customer, &other).await;
    let stranger = Visitor::admin(&app, &app.customer().await).await;
    assert_eq!(stranger.page(&format!("/calls/{own}")).await.0, 404);
    let download = format!("/api/calls/{own}/download");
    let admin = Visitor::admin(&app, &customer).await;
    let (_, page) = admin.page(&format!("/calls/{own}")).await;
    assert!(page.contains(&download) && page.contains("Shown to"), "{page}");
    for role in ["viewer", "user"] {
        let staff = colleague(&app, &customer, &format!("usr_{role}"), role).await;
        let (status, page) = staff.page(&format!("/calls/{own}")).await;
        assert!(status == 200 && page.contains("Wants ten."), "{page}");
        assert!(!page.contains(['€', '$']) && !page.contains("Cost") && !page.contains("Shown to"), "{page}");
        assert!(!page.contains(&download), "{page}");
        assert!(!page.contains(&others), "neighbours are not theirs: {page}");
        let (status, page) = staff.page(&format!("/calls/{others}")).await;
        assert!(status == 404 && page.contains("There is nothing here"), "{page}");
        let (status, _) = staff.submit(&format!("/calls/{own}/assign"), &[("user_id", "usr_viewer")]).await;
        assert_eq!(status, 403, "{role}");
    }
    let allow = "update users set can_download_recordings = true where customer_id = $1";
    sqlx::query(allow).bind(customer.id.0).execute(&mut app.sql().await).await.unwrap();
    for (role, may) in [("viewer", false), ("user", true)] {
        let staff = Visitor::signed_in(&app, &format!("usr_{role}@example.com")).await;
        let (_, page) = staff.page(&format!("/calls/{own}")).await;
        assert_eq!(page.contains(&download), may, "{role}: {page}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_is_given_to_somebody_by_a_form_and_back() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let id = record(&customer, &conversation("c1")).await;
    let ben = colleague(&app, &customer, "usr_ben", "user").await;
    colleague(&app, &customer, "usr_eve", "user").await;
    let admin = Visitor::admin(&app, &customer).await;
    let (page, form) = (format!("/calls/{id}"), format!("/calls/{id}/assign"));
    assert_eq!(ben.page(&page).await.0, 200);
    assert_eq!(admin.submit(&form, &[("user_id", "usr_eve")]).await.0, 303);
    let (_, shown) = admin.page(&page).await;
    assert!(shown.contains("Saved. The call is shown to whom you chose."), "{shown}");
    assert!(shown.contains("<option value=\"usr_eve\" selected>Ben usr_eve</option>"), "{shown}");
    assert_eq!(ben.page(&page).await.0, 404);
    assert_eq!(admin.submit(&form, &[("user_id", "")]).await.0, 303);
    assert_eq!(ben.page(&page).await.0, 200);
    let (status, shown) = admin.submit(&form, &[("user_id", "usr_nobody")]).await;
    assert!(status == 200 && shown.contains("There is no such user any more."), "{shown}");
    assert_eq!(admin.submit("/calls/call_99/assign", &[("user_id", "usr_ben")]).await.0, 404);
    let elsewhere = Visitor::admin(&app, &customer).await.saying("origin", "https://evil.example");
    assert_eq!(elsewhere.submit(&form, &[("user_id", "usr_eve")]).await.0, 403);
    app.tenant(&customer).await.suspend().await.unwrap();
    let (status, shown) = admin.page(&page).await;
    assert!(status == 200 && !shown.contains("Shown to"), "{shown}");
    assert_eq!(admin.submit(&form, &[("user_id", "usr_ben")]).await.0, 403);
}
