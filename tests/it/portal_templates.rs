//! The pages of messages to guests: the list, the editor with its preview, and when guests are reminded.

use serde_json::json;

use crate::harness::TestApp;
use crate::harness::app::Customer;
use crate::harness::visitor::Visitor;

const SMS: &str = "/settings/messages/booked/sms";
const MAIL: &str = "/settings/messages/booked/email";

async fn admin() -> (TestApp, Customer, Visitor) {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let admin = Visitor::admin(&app, &customer).await;
    (app, customer, admin)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_shows_all_eight_as_a_guest_reads_them_and_whose_words_they_are() {
    let (_app, _customer, admin) = admin().await;
    let (status, page) = admin.page("/settings/messages").await;
    assert_eq!(status, 200);
    assert_eq!(page.matches("<li class=\"letter\">").count(), 8);
    assert_eq!(page.matches(">Default<").count(), 8);
    assert!(page.contains("Hi Ana! Your appointment with Lovelace &amp; Daughters is confirmed"), "{page}");
    for (occasion, channel) in
        [("booked", "email"), ("moved", "sms"), ("reminder", "email"), ("cancelled", "sms")]
    {
        assert!(page.contains(&format!("href=\"/settings/messages/{occasion}/{channel}\"")), "{page}");
    }
    let own = json!({"body": "Hello {first_name}, see you on {date}."});
    assert_eq!(admin.put("/api/settings/templates/moved/sms", &own).await.status, 200);
    assert_eq!(admin.put("/api/settings", &json!({"sms_enabled": false})).await.status, 200);
    let (_, page) = admin.page("/settings/messages").await;
    assert_eq!((page.matches(">Your words<").count(), page.matches(">Switched off<").count()), (1, 4));
    assert!(page.contains("Hello Ana, see you on January 8, 2026."), "{page}");
    let (_, page) = admin.page("/settings").await;
    assert!(page.contains("href=\"/settings/messages\""), "{page}");
    assert_eq!(admin.page("/settings/messages/booked/fax").await.0, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_editor_previews_without_saving_saves_and_goes_back_to_the_default() {
    let (_app, _customer, admin) = admin().await;
    let (_, page) = admin.page(SMS).await;
    for part in [
        "Check your email for details. Reply STOP to opt out.</p>",
        "Without an e-mail address",
        "<dt>Part</dt><dd>1</dd>",
        "<dd>GSM-7</dd>",
        "<dd>€0.05</dd>",
        "<code>{first_name}</code>",
        "is always there",
        "Your business has no number yet",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert!(!page.contains("Reset to default"), "there is nothing to reset");

    let words = [("body", "Ol%C3%A1+%7Bfirst_name%7D%21%0D%0ASee+you+on+%7Bdate%7D.")];
    let (status, page) = admin.submit(&format!("{SMS}/preview"), &words).await;
    assert_eq!(status, 200);
    assert!(page.contains("Olá Ana!\nSee you on January 8, 2026. Reply STOP to opt out.</p>"), "{page}");
    assert!(page.contains("<dd>UCS-2</dd>") && page.contains("Because of “á”"), "{page}");
    assert!(page.contains("Olá {first_name}!\nSee you on {date}.</textarea>"), "{page}");
    let (_, page) = admin.page(SMS).await;
    assert!(page.contains(">Default<"), "nothing was saved: {page}");

    assert_eq!(admin.submit(SMS, &words).await.0, 303);
    let (_, page) = admin.page(SMS).await;
    assert!(page.contains("Saved. Guests read it from the next message on."), "{page}");
    assert!(page.contains(">Your words<") && page.contains("Reset to default"), "{page}");
    assert_eq!(admin.submit(&format!("{SMS}/reset"), &[]).await.0, 303);
    let (_, page) = admin.page(SMS).await;
    assert!(page.contains("Guests read the default again.") && page.contains(">Default<"), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_platforms_words_saved_as_they_are_do_not_become_the_businesss_own() {
    let (_app, _customer, admin) = admin().await;
    let own = json!({"body": "Hello."});
    assert_eq!(admin.put("/api/settings/templates/cancelled/sms", &own).await.status, 200);
    let default = "Hi+%7Bfirst_name%7D!+Your+appointment+with+%7Bcompany_name%7D+on+%7Bdate%7D+at+%7Btime%7D+is\
                   +cancelled.+To+book+again,+call+%7Bcompany_phone%7D.+Reply+STOP+to+opt+out.";
    assert_eq!(admin.submit("/settings/messages/cancelled/sms", &[("body", default)]).await.0, 303);
    let (_, page) = admin.page("/settings/messages/cancelled/sms").await;
    assert!(page.contains(">Default<"), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_could_not_be_filled_in_is_marked_at_its_place_and_not_saved() {
    let (_app, _customer, admin) = admin().await;
    for (path, answered) in [(SMS.to_owned(), 422), (format!("{SMS}/preview"), 200)] {
        let (status, page) = admin.submit(&path, &[("body", "Hi%0D%0A%7Bgast%7D+%3Cb%3E")]).await;
        assert_eq!(status, answered, "words that are not finished yet are no failure");
        assert!(page.contains("{gast} in line 2, column 1 is not a variable"), "{page}");
        assert!(page.contains("Hi\n{gast} &lt;b&gt;</textarea>"), "what was typed stays: {page}");
    }
    for (fields, wrong) in [
        (vec![("body", "Hi")], "f-subject"),
        (vec![("subject", "%7Bgast%7D"), ("body", "Hi")], "f-subject"),
        (vec![("subject", "Hi")], "f-body"),
    ] {
        let (status, page) = admin.submit(MAIL, &fields).await;
        let mark = format!("aria-describedby=\"{wrong}-about\" aria-invalid=\"true\"");
        assert!(status == 422 && page.contains(&mark), "{wrong}: {page}");
    }
    assert_eq!(admin.submit(SMS, &[("body", "Hi"), ("oops", "1")]).await.0, 422);
    let list = admin.get("/api/settings/templates").await;
    let all = list.field("templates").as_array().unwrap();
    assert!(all.iter().all(|it| it["is_own"] == false), "{all:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn reminders_are_ticked_and_one_that_a_program_has_set_stays() {
    let (_app, _customer, admin) = admin().await;
    let (_, page) = admin.page("/settings").await;
    assert_eq!(page.matches("name=\"reminder_minutes_").count(), 9);
    assert!(page.contains("name=\"reminder_minutes_1440\" value=\"true\" checked"), "{page}");
    assert!(page.contains("name=\"reminder_minutes_30\" value=\"true\">"), "{page}");
    assert_eq!(admin.put("/api/settings", &json!({"reminder_minutes": [90]})).await.status, 200);
    let (_, page) = admin.page("/settings").await;
    assert!(page.contains("name=\"reminder_minutes_90\" value=\"true\" checked"), "{page}");
    assert!(page.contains("90 minutes before"), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn words_are_the_admins_to_write_and_a_suspended_business_only_reads_them() {
    let (app, customer, admin) = admin().await;
    let invited = json!({"email": "vera@example.com", "role": "user", "can_view_all_calls": true});
    assert_eq!(admin.post("/api/users", &invited).await.status, 201);
    let vera = Visitor::signed_in(&app, "vera@example.com").await;
    app.tenant(&customer).await.suspend().await.unwrap();
    let (status, page) = admin.page(SMS).await;
    assert!(status == 200 && page.contains("<fieldset disabled>"), "{page}");
    for path in [SMS.to_owned(), format!("{SMS}/reset")] {
        assert_eq!(admin.submit(&path, &[("body", "Hi")]).await.0, 403);
        assert_eq!(vera.submit(&path, &[("body", "Hi")]).await.0, 403);
    }
    assert_eq!(vera.submit(&format!("{SMS}/preview"), &[("body", "Hi")]).await.0, 403);
    assert_eq!((vera.page(SMS).await.0, vera.page("/settings/messages").await.0), (403, 403));
}
