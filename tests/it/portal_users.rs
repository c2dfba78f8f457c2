//! The portal's pages of the team: who is in it, what each may do, invitations, the last admin.

use serde_json::{Value, json};

use crate::harness::TestApp;
use crate::harness::inbox::Inbox;
use crate::harness::visitor::Visitor;

/// The admin of a new customer.
async fn admin(app: &TestApp) -> Visitor {
    let customer = app.customer().await;
    Visitor::admin(app, &customer).await
}

/// Invites somebody by the API; answers the path of their page.
async fn invited(admin: &Visitor, email: &str, more: Value) -> String {
    let mut body = json!({"email": email, "full_name": "Vera", "role": "viewer"});
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let user = admin.post("/api/users", &body).await;
    assert_eq!(user.status, 201, "{}", user.body);
    format!("/users/{}", user.field("id").as_str().unwrap())
}

/// The path of the page of whoever signs in with an address.
async fn page_of(admin: &Visitor, email: &str) -> String {
    let users = admin.get("/api/users").await;
    let users = users.field("items").as_array().unwrap().clone();
    let user = users.iter().find(|user| user["email"] == email).unwrap();
    format!("/users/{}", user["id"].as_str().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_business_has_just_its_admin_who_invites_somebody_by_a_form() {
    let inbox = Inbox::new();
    let app = inbox.app().await;
    let customer = app.customer().await;
    let admin = Visitor::admin(&app, &customer).await;
    let (_, page) = admin.page("/users").await;
    for part in ["Just you so far", &customer.email, "sees billing", ">You<"] {
        assert!(page.contains(part), "{part}: {page}");
    }
    let (_, form) = admin.page("/users/new").await;
    assert!(
        form.contains("id=\"f-role-user\" type=\"radio\" name=\"role\" value=\"user\" checked"),
        "{form}"
    );
    let fields = [
        ("email", "Ben%40Example.com"),
        ("full_name", "%3Cb%3EBen%3C%2Fb%3E"),
        ("role", "user"),
        ("can_manage_calendar", "true"),
        ("agent_ids", "agent_b%0D%0A%0D%0A+agent_a"),
        ("numbers", "%2B1+(555)+010-0100"),
    ];
    let (status, _) = admin.submit("/users/new", &fields).await;
    assert_eq!(status, 303);
    let (_, page) = admin.page("/users").await;
    for part in [
        "The invitation is on its way.",
        "&lt;b&gt;Ben&lt;/b&gt;",
        "ben@example.com",
        ">Invited<",
        "Sees only calls that are theirs, manages the calendar",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert!(!page.contains("<b>Ben") && !page.contains("Just you so far"), "{page}");
    let mail = inbox.mail(1).await;
    assert_eq!(mail.to, "ben@example.com");
    let (_, page) = admin.page(&page_of(&admin, "ben@example.com").await).await;
    for part in
        ["agent_a\nagent_b</textarea>", "+15550100100</textarea>", "Not yet", "Send the invitation again"]
    {
        assert!(page.contains(part), "{part}: {page}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_an_invitation_is_said_at_the_field_beside_what_was_typed() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let admin = Visitor::admin(&app, &customer).await;
    let (status, page) = admin.submit("/users/new", &[("email", "%22%3Eno"), ("full_name", "Ben")]).await;
    assert_eq!(status, 422);
    for part in
        ["That is not an e-mail address.", "value=\"&quot;&gt;no\"", "Choose a role.", "value=\"Ben\""]
    {
        assert!(page.contains(part), "{part}: {page}");
    }
    let own = customer.email.replace('@', "%40");
    let twice =
        [("email", own.as_str()), ("role", "viewer"), ("can_view_all_calls", "true"), ("numbers", "1%0A2")];
    let (status, page) = admin.submit("/users/new", &twice).await;
    assert_eq!(status, 422);
    for part in [
        "id=\"f-email-about\"><p class=\"error\">A user with this address exists.",
        "value=\"viewer\" checked",
        "name=\"can_view_all_calls\" value=\"true\" checked",
        "1\n2</textarea>",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    let many = "a%0A".repeat(101);
    let (status, page) = admin
        .submit("/users/new", &[("email", "a%40b.example"), ("role", "user"), ("agent_ids", &many)])
        .await;
    assert!(status == 422 && page.contains("Up to 100 ids of 1 to 100 bytes."), "{page}");
    assert_eq!(admin.get("/api/users").await.field("total"), 1, "nobody was invited");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_is_sent_again_with_the_rights_that_are_set() {
    let inbox = Inbox::new();
    let app = inbox.app().await;
    let admin = admin(&app).await;
    let vera = invited(&admin, "vera@example.com", json!({"can_view_all_calls": true})).await;
    inbox.mail(1).await;
    assert_eq!(admin.submit(&format!("{vera}/invite"), &[]).await.0, 303);
    assert_eq!(inbox.mail(2).await.to, "vera@example.com");
    let user = admin.get(&format!("/api{vera}")).await;
    assert_eq!((user.field("role"), user.field("can_view_all_calls")), (&json!("viewer"), &json!(true)));
    drop(Visitor::signed_in(&app, "vera@example.com").await);
    let (status, page) = admin.submit(&format!("{vera}/invite"), &[]).await;
    assert!(status == 422 && page.contains("A user with this address exists."), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_and_permissions_are_changed_and_count_at_once() {
    let app = TestApp::start().await;
    let admin = admin(&app).await;
    let vera = invited(&admin, "vera@example.com", json!({"role": "user", "agent_ids": ["agent_a"]})).await;
    let visitor = Visitor::signed_in(&app, "vera@example.com").await;
    assert_eq!(visitor.page("/appointments/new").await.0, 403);
    let fields = [("full_name", "Vera+Lind"), ("role", "user"), ("can_manage_calendar", "true")];
    assert_eq!(admin.submit(&vera, &fields).await.0, 303);
    assert_eq!(visitor.page("/appointments/new").await.0, 200);
    let (_, page) = admin.page("/users").await;
    assert!(
        page.contains("Saved. It counts from their next click on.") && page.contains("Vera Lind"),
        "{page}"
    );
    let user = admin.get(&format!("/api{vera}")).await;
    assert_eq!(user.field("agent_ids"), &json!([]), "an empty field is none");
    let (status, page) = admin.submit(&vera, &[("role", "user"), ("numbers", "+15550100100")]).await;
    assert!(status == 422 && page.contains("A name is 1 to 255 bytes"), "{page}");
    assert!(page.contains("15550100100</textarea>"), "{page}");
    // Another role ends the sessions.
    assert_eq!(admin.submit(&vera, &[("full_name", "Vera"), ("role", "viewer")]).await.0, 303);
    assert_eq!(visitor.get("/api/auth/me").await.status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_signed_out_everywhere_can_sign_in_again_and_the_audit_log_has_it() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let admin = Visitor::admin(&app, &customer).await;
    let vera = invited(&admin, "vera@example.com", json!({})).await;
    let (here, there) = (
        Visitor::signed_in(&app, "vera@example.com").await,
        Visitor::signed_in(&app, "vera@example.com").await,
    );
    let token = here.post("/api/auth/tokens", &json!({"name": "Till"})).await;
    let program = Visitor::with_token(&app, token.field("secret").as_str().unwrap());
    assert_eq!(admin.submit(&format!("{vera}/sign-out"), &[]).await.0, 303);
    for visitor in [here, there] {
        assert_eq!(visitor.get("/api/auth/me").await.status, 401);
    }
    assert_eq!(program.get("/api/auth/me").await.status, 200, "a token stays");
    drop(Visitor::signed_in(&app, "vera@example.com").await);
    let lines = "select count(*) from audit_log where customer_id = $1 and action = 'user.signed_out'";
    assert_eq!(app.count(lines, &customer).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_removed_is_signed_out_and_can_be_let_in_again() {
    let app = TestApp::start().await;
    let admin = admin(&app).await;
    let vera = invited(&admin, "vera@example.com", json!({})).await;
    let visitor = Visitor::signed_in(&app, "vera@example.com").await;
    assert_eq!(admin.submit(&format!("{vera}/remove"), &[]).await.0, 303);
    assert_eq!(visitor.get("/api/auth/me").await.status, 401);
    let (_, page) = admin.page("/users").await;
    assert!(page.contains("Removed. They are signed out everywhere.") && !page.contains("vera@"), "{page}");
    let (_, page) = admin.page("/users?show=removed").await;
    assert!(
        page.contains("vera@example.com") && page.contains("1 person who can no longer sign in."),
        "{page}"
    );
    let (_, page) = admin.page(&vera).await;
    assert!(page.contains("Let them in again") && !page.contains("f-full_name"), "{page}");
    assert_eq!(admin.submit(&format!("{vera}/restore"), &[]).await.0, 303);
    assert_eq!(admin.get(&format!("/api{vera}")).await.field("status"), "active");
    // One who never came is invited again instead.
    let ben = invited(&admin, "ben@example.com", json!({})).await;
    assert_eq!(admin.submit(&format!("{ben}/remove"), &[]).await.0, 303);
    let (status, page) = admin.submit(&format!("{ben}/restore"), &[]).await;
    assert!(status == 422 && page.contains("An invited user becomes active by signing in."), "{page}");
    assert_eq!(admin.submit(&format!("{ben}/invite"), &[]).await.0, 303);
    assert_eq!(admin.get(&format!("/api{ben}")).await.field("status"), "invited");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_admin_stays_one_and_is_told_why() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let admin = Visitor::admin(&app, &customer).await;
    let own = page_of(&admin, &customer.email).await;
    let said = "This is the last active admin; make somebody else an admin first.";
    let (status, page) = admin.submit(&own, &[("full_name", "Ada"), ("role", "viewer")]).await;
    assert!(status == 422 && page.contains(&format!("<p class=\"error\">{said}")), "{page}");
    assert!(page.contains("value=\"viewer\" checked"), "as it was chosen: {page}");
    let (status, page) = admin.submit(&format!("{own}/remove"), &[]).await;
    assert!(status == 422 && page.contains("Nothing was changed.") && page.contains(said), "{page}");
    assert_eq!(admin.get("/api/auth/me").await.field("role"), "admin");
    invited(&admin, "grace@example.com", json!({"role": "admin"})).await;
    assert_eq!(
        admin.submit(&format!("{own}/remove"), &[]).await.0,
        422,
        "who has not signed in yet is not in charge"
    );
    drop(Visitor::signed_in(&app, "grace@example.com").await);
    assert_eq!(admin.submit(&format!("{own}/remove"), &[]).await.0, 303);
    assert_eq!(admin.get("/api/auth/me").await.status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_admins_of_the_same_business_see_and_change_a_team() {
    let app = TestApp::start().await;
    let (customer, other) = (app.customer().await, app.customer().await);
    let admin = Visitor::admin(&app, &customer).await;
    let vera = invited(&admin, "vera@example.com", json!({"role": "user", "can_view_all_calls": true})).await;
    let visitor = Visitor::signed_in(&app, "vera@example.com").await;
    let posts = ["", "/invite", "/sign-out", "/remove", "/restore"].map(|what| format!("{vera}{what}"));
    for path in ["/users", "/users?show=removed", "/users/new", &vera, "/users/none"] {
        assert_eq!(visitor.page(path).await.0, 403, "{path}");
    }
    for path in posts.iter().map(String::as_str).chain(["/users/new", "/users/none/remove"]) {
        assert_eq!(visitor.submit(path, &[]).await.0, 403, "{path}");
    }
    let (_, page) = visitor.page("/").await;
    assert!(!page.contains("href=\"/users\""), "{page}");
    let stranger = Visitor::admin(&app, &other).await;
    assert_eq!(stranger.page(&vera).await.0, 404);
    for path in &posts {
        assert_eq!(stranger.submit(path, &[("full_name", "X"), ("role", "viewer")]).await.0, 404, "{path}");
    }
    app.tenant(&customer).await.suspend().await.unwrap();
    let (status, page) = admin.page(&vera).await;
    assert!(status == 200 && !page.contains("<form method=\"post\" action=\"/users"), "read-only: {page}");
    assert_eq!(admin.submit(&format!("{vera}/remove"), &[]).await.0, 403);
    assert_eq!(admin.page("/users/new").await.0, 403);
}
