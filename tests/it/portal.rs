//! The portal's frame: signing in on pages, what everybody has of their own, and what pages load.

use reqwest::Method;
use serde_json::json;

use crate::harness::TestApp;
use crate::harness::inbox::Inbox;
use crate::harness::visitor::Visitor;

/// Where a page leads on to.
async fn led(visitor: &Visitor, path: &str) -> (u16, String) {
    let response = visitor.response(Method::GET, path, None, &[("accept", "text/html")]).await;
    let location = response.headers().get("location").map(|to| to.to_str().unwrap().to_owned());
    (response.status().as_u16(), location.unwrap_or_default())
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_not_signed_in_is_led_to_it_and_then_to_where_they_wanted() {
    let inbox = Inbox::new();
    let app = inbox.app().await;
    let customer = app.customer().await;
    let visitor = Visitor::of(&app);
    assert_eq!(led(&visitor, "/").await, (303, "/login".to_owned()));
    assert_eq!(led(&visitor, "/account?x=1").await, (303, "/login?next=%2Faccount%3Fx%3D1".to_owned()));
    let (_, form) = visitor.page("/login?next=%2Faccount").await;
    assert!(form.contains("name=\"next\" value=\"/account\""), "{form}");
    let (status, sent) =
        visitor.submit("/login", &[("email", &customer.email), ("next", "%2Faccount")]).await;
    assert!(status == 200 && sent.contains("Check your inbox"), "{sent}");
    let mail = inbox.mail(1).await;
    let response = visitor.form(&mail.links()[0], &[("timezone", "Europe%2FMadrid")]).await;
    assert_eq!(
        (response.status().as_u16(), &response.headers()["location"]),
        (303, &"/account".parse().unwrap())
    );
    let (status, page) = visitor.page("/account").await;
    assert!(status == 200 && page.contains(&customer.email), "{page}");
    assert_eq!(led(&visitor, "/login").await, (303, "/".to_owned()));

    for foreign in
        ["%2F%2Fevil.example", "https%3A%2F%2Fevil.example", "%2F%5Cevil.example", "%2Fapi%2Fauth%2Flogout"]
    {
        let (_, form) = Visitor::of(&app).page(&format!("/login?next={foreign}")).await;
        assert!(!form.contains("name=\"next\""), "{foreign}: {form}");
    }
    let (_, form) = Visitor::of(&app).submit("/login", &[("email", "nonsense%22%3E")]).await;
    assert!(
        form.contains("That is not an e-mail address.") && form.contains("value=\"nonsense&quot;&gt;\""),
        "{form}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_shows_rights_sessions_and_tokens_and_ends_them() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let (here, there) = (Visitor::admin(&app, &customer).await, Visitor::admin(&app, &customer).await);
    let (_, page) = here.page("/account").await;
    assert!(page.contains("See and hear all calls") && page.contains("This browser"), "{page}");

    let (status, page) = here.submit("/account/tokens", &[("name", "%3Cb%3ETill")]).await;
    let secret = page.split("voice_").nth(1).and_then(|rest| rest.split('<').next()).unwrap_or_default();
    assert!(status == 200 && page.contains("&lt;b&gt;Till") && !page.contains("<b>Till"), "{page}");
    let program = Visitor::with_token(&app, &format!("voice_{secret}"));
    assert_eq!(program.get("/api/auth/me").await.status, 200);
    assert!(!here.page("/account").await.1.contains(secret), "it is shown once");
    let (status, page) = here.submit("/account/tokens", &[("name", "")]).await;
    assert!(status == 200 && page.contains("a name of 1 to 100 characters is needed"), "{page}");

    let token = program.get("/api/auth/tokens").await.body[0]["id"].as_str().unwrap().to_owned();
    assert_eq!(here.submit("/account/tokens/revoke", &[("id", &token)]).await.0, 303);
    let (_, page) = here.page("/account").await;
    assert!(page.contains("The token is revoked."), "{page}");
    assert!(!here.page("/account").await.1.contains("The token is revoked."), "said once");
    assert_eq!(program.get("/api/auth/me").await.status, 401);

    assert_eq!(here.submit("/account/sessions/end-others", &[]).await.0, 303);
    assert_eq!(there.get("/api/auth/me").await.status, 401);
    assert_eq!(here.submit("/account/sign-out", &[]).await.0, 303);
    assert_eq!(led(&here, "/").await, (303, "/login".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_of_another_site_changes_nothing() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let admin = Visitor::admin(&app, &customer).await.saying("origin", "https://evil.example");
    let (status, page) = admin.submit("/account/sign-out", &[]).await;
    assert!(status == 403 && page.contains("You may not do this"), "{page}");
    let list = json!(admin.get("/api/auth/sessions").await.body);
    assert_eq!(list.as_array().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_goes_wrong_on_a_page_is_said_on_a_page_with_the_number_that_finds_it() {
    let app = TestApp::start().await;
    let visitor = Visitor::of(&app);
    let response = visitor.response(Method::GET, "/no/such/page", None, &[("accept", "text/html")]).await;
    let number = response.headers()["x-request-id"].to_str().unwrap().to_owned();
    assert_eq!(response.status().as_u16(), 404);
    let page = response.text().await.unwrap();
    assert!(page.contains("There is nothing here") && page.contains(&number), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_page_loads_is_ours_packed_and_kept_for_ever() {
    let app = TestApp::start().await;
    let visitor = Visitor::of(&app);
    let (_, page) = visitor.page("/login").await;
    let addresses: Vec<&str> = page.split('"').filter(|part| part.contains("/assets/")).collect();
    assert!(addresses.len() >= 6, "{page}");
    for address in addresses {
        let path = address.split('#').next().unwrap();
        let response =
            visitor.response(Method::GET, path, None, &[("accept-encoding", "gzip, br;q=1.0")]).await;
        let headers = response.headers();
        assert_eq!(response.status().as_u16(), 200, "{path}");
        assert_eq!(headers["cache-control"], "public, max-age=31536000, immutable");
        let is_packed = headers.get("content-encoding").is_some_and(|packing| packing == "br");
        assert_eq!(is_packed, !path.ends_with(".woff2"), "{path}");
        let plain = visitor.response(Method::GET, path, None, &[("accept-encoding", "br;q=0")]).await;
        assert!(plain.headers().get("content-encoding").is_none());
    }
    for absent in ["/assets/app.css", "/assets/names.tsv", "/assets/..%2Fnames.tsv"] {
        assert_eq!(visitor.get(absent).await.status, 404, "{absent}");
    }
}
