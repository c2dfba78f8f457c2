//! Inviting, changing and removing users; the last admin; what ends with it.

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::harness::TestApp;
use crate::harness::app::{Answer, Customer, assert_problem};
use crate::harness::inbox::Inbox;
use crate::harness::visitor::Visitor;

/// Invites somebody; answers the new user's path.
async fn invite(admin: &Visitor, email: &str, role: &str) -> String {
    let answer = admin.post("/api/users", &json!({"email": email, "role": role})).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    path(&answer)
}

fn path(user: &Answer) -> String {
    format!("/api/users/{}", user.field("id").as_str().unwrap())
}

/// The path of whoever is signed in here.
async fn own_path(visitor: &Visitor) -> String {
    let users = visitor.get("/api/users").await;
    let email = visitor.get("/api/auth/me").await.field("email").clone();
    let users = users.field("items").as_array().unwrap().clone();
    let own = users.iter().find(|user| user["email"] == email).unwrap();
    format!("/api/users/{}", own["id"].as_str().unwrap())
}

/// What the audit log has of users: `action before after`.
async fn lines(app: &TestApp, customer: &Customer) -> Vec<String> {
    let sql = "select action || ' ' || coalesce(before::text, '') || ' ' || coalesce(after::text, '')
        from audit_log where customer_id = $1 and action like 'user.%' order by id";
    sqlx::query_scalar(sql).bind(customer.id.0).fetch_all(&mut app.sql().await).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_invited_signs_in_through_the_mail_and_becomes_active() {
    let inbox = Inbox::new();
    let app = inbox.app().await;
    let customer = app.customer().await;
    let admin = Visitor::admin(&app, &customer).await;
    let wish = json!({
        "email": " Ben@Example.com ", "full_name": "Ben", "role": "user", "can_view_all_calls": true,
        "agent_ids": ["agent_b", "agent_a", "agent_b"], "numbers": ["+1 (555) 010-0100"],
    });
    let made = admin.post("/api/users", &wish).await;
    assert_eq!(made.status, 201, "{}", made.body);
    assert_eq!(made.field("email"), "ben@example.com");
    assert_eq!((made.field("status"), made.field("last_login")), (&json!("invited"), &Value::Null));
    assert_eq!(made.field("agent_ids"), &json!(["agent_a", "agent_b"]));
    assert_eq!(made.field("numbers"), &json!(["+15550100100"]));
    let flags = ["can_download_recordings", "can_view_all_calls", "can_manage_calendar"];
    assert_eq!(flags.map(|flag| made.field(flag).as_bool().unwrap()), [false, true, false]);

    let invitation = inbox.mail(1).await;
    assert_eq!(
        (invitation.to.as_str(), invitation.subject.as_str()),
        ("ben@example.com", "Ada invites you to Lovelace & Daughters")
    );
    let ben = Visitor::of(&app);
    let asked = ben.post(&invitation.links()[0], &json!({})).await;
    assert_eq!(asked.status, 200, "an invitation leads to a link");
    let link = inbox.mail(2).await.links().remove(0);
    assert_eq!(ben.post(&link, &json!({})).await.status, 200);
    assert_eq!(admin.get(&path(&made)).await.field("status"), "active");
    assert_eq!(ben.get("/api/auth/me").await.field("role"), "user");
    assert_problem(&ben.get("/api/users").await, 403, "not-allowed");
    assert_eq!(
        lines(&app, &customer).await,
        ["user.invited  {\"role\": \"user\", \"status\": \"invited\", \"numbers\": [\"+15550100100\"], \
          \"agent_ids\": [\"agent_a\", \"agent_b\"], \"can_view_all_calls\": true, \
          \"can_manage_calendar\": false, \"can_download_recordings\": false}"]
    );
    let author = "select count(*) from audit_log where customer_id = $1 and actor_kind = 'user'
        and actor_id like 'usr\\_%' and request_id is not null";
    assert_eq!(app.count(author, &customer).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_is_sent_again_until_it_is_accepted() {
    let inbox = Inbox::new();
    let app = inbox.app().await;
    let customer = app.customer().await;
    let admin = Visitor::admin(&app, &customer).await;
    let user = invite(&admin, "ben@example.com", "viewer").await;
    inbox.mail(1).await;
    let again = admin.post("/api/users", &json!({"email": "ben@example.com", "role": "user"})).await;
    assert_eq!((again.status, path(&again), again.field("role")), (200, user.clone(), &json!("user")));
    inbox.mail(2).await;
    drop(Visitor::signed_in(&app, "ben@example.com").await);
    let refused = admin.post("/api/users", &json!({"email": "ben@example.com", "role": "user"})).await;
    assert_problem(&refused, 409, "refused");

    assert_eq!(admin.delete(&user).await.status, 204);
    assert_eq!(admin.get("/api/users").await.field("total"), 1);
    assert_eq!(admin.get("/api/users?status=disabled").await.field("total"), 1);
    assert_eq!(admin.get(&user).await.field("status"), "disabled");
    let back = admin.post("/api/users", &json!({"email": "ben@example.com", "role": "viewer"})).await;
    assert_eq!((back.status, path(&back), back.field("status")), (201, user, &json!("invited")));
    inbox.mail(3).await;
    for _ in 0..2 {
        admin.post("/api/users", &json!({"email": "ben@example.com", "role": "viewer"})).await;
    }
    let flooded = admin.post("/api/users", &json!({"email": "ben@example.com", "role": "viewer"})).await;
    assert_problem(&flooded, 429, "too-many-requests");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_removed_is_signed_out_everywhere_at_once() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let admin = Visitor::admin(&app, &customer).await;
    let user = invite(&admin, "ben@example.com", "admin").await;
    let ben = Visitor::signed_in(&app, "ben@example.com").await;
    let made = ben.post("/api/auth/tokens", &json!({"name": "Shop"})).await;
    let program = Visitor::with_token(&app, made.field("secret").as_str().unwrap());
    let link = crate::harness::visitor::link_for(&app, "ben@example.com").await;
    assert_eq!(program.get("/api/users").await.status, 200);

    assert_eq!(admin.delete(&user).await.status, 204);
    for visitor in [&ben, &program] {
        assert_problem(&visitor.get("/api/auth/me").await, 401, "not-signed-in");
    }
    let link = format!("/api/auth/verify/{link}");
    assert_problem(&Visitor::of(&app).post(&link, &json!({})).await, 404, "dead-link");
    assert_eq!(admin.delete(&user).await.status, 204, "removed is removed");
    // Taken back, the old doors stay shut.
    let back = admin.put(&user, &json!({"status": "active"})).await;
    assert_eq!(back.field("status"), "active");
    for visitor in [&ben, &program] {
        assert_problem(&visitor.get("/api/auth/me").await, 401, "not-signed-in");
    }
    assert_problem(&Visitor::of(&app).post(&link, &json!({})).await, 404, "dead-link");
    assert_eq!(
        lines(&app, &customer).await[1..],
        [
            "user.removed {\"status\": \"active\"} {\"status\": \"disabled\"}",
            "user.changed {\"status\": \"disabled\"} {\"status\": \"active\"}",
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_role_ends_the_sessions_and_a_new_permission_does_not() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let admin = Visitor::admin(&app, &customer).await;
    let user = invite(&admin, "ben@example.com", "user").await;
    let ben = Visitor::signed_in(&app, "ben@example.com").await;
    let changed =
        admin.put(&user, &json!({"can_manage_calendar": true, "full_name": "Ben", "agent_ids": ["a"]})).await;
    assert_eq!((changed.field("full_name"), changed.field("agent_ids")), (&json!("Ben"), &json!(["a"])));
    assert_eq!(ben.get("/api/auth/me").await.status, 200);
    let changed = admin.put(&user, &json!({"role": "viewer", "agent_ids": ["b"], "numbers": []})).await;
    assert_eq!((changed.field("role"), changed.field("agent_ids")), (&json!("viewer"), &json!(["b"])));
    assert_problem(&ben.get("/api/auth/me").await, 401, "not-signed-in");
    assert_eq!(admin.put(&user, &json!({})).await.field("can_manage_calendar"), true);
    assert_eq!(
        lines(&app, &customer).await[1..],
        [
            "user.changed {\"agent_ids\": [], \"can_manage_calendar\": false} \
             {\"agent_ids\": [\"a\"], \"can_manage_calendar\": true}",
            "user.changed {\"role\": \"user\", \"agent_ids\": [\"a\"]} {\"role\": \"viewer\", \"agent_ids\": [\"b\"]}",
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_active_admin_stays_and_of_two_who_remove_each_other_one_does() {
    let app = TestApp::start().await;
    for round in 0..5 {
        let customer = app.customer().await;
        let admin = Visitor::admin(&app, &customer).await;
        let ada = own_path(&admin).await;
        let email = format!("ben-{round}@example.com");
        let ben = invite(&admin, &email, "admin").await;
        for wish in [json!({"role": "user"}), json!({"status": "disabled"})] {
            assert_problem(&admin.put(&ada, &wish).await, 409, "refused");
        }
        assert_problem(&admin.delete(&ada).await, 409, "refused");
        let other = Visitor::signed_in(&app, &email).await;
        let demote = json!({"role": "viewer"});
        let answers = match round {
            0 => {
                assert_eq!(admin.delete(&ada).await.status, 204, "oneself, where another remains");
                assert_problem(&admin.get("/api/users").await, 401, "not-signed-in");
                continue;
            }
            1 | 2 => join_all([admin.delete(&ben), other.delete(&ada)]).await,
            _ => join_all([admin.put(&ben, &demote), other.put(&ada, &demote)]).await,
        };
        let done = answers.iter().filter(|answer| [200, 204].contains(&answer.status)).count();
        assert_eq!(done, 1, "{:?}", answers.iter().map(|answer| answer.status).collect::<Vec<_>>());
        let left =
            "select count(*) from users where customer_id = $1 and role = 'admin' and status = 'active'";
        assert_eq!(app.count(left, &customer).await, 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn users_of_others_do_not_exist_and_wrong_fields_are_named() {
    let app = TestApp::start().await;
    let (customer, other) = (app.customer().await, app.customer().await);
    let (admin, theirs) = (Visitor::admin(&app, &customer).await, Visitor::admin(&app, &other).await);
    let foreign = own_path(&theirs).await;
    for path in [foreign.as_str(), "/api/users/usr_none", "/api/users/%00", "/api/users/a%20b"] {
        assert_problem(&admin.get(path).await, 404, "not-found");
        assert_problem(&admin.put(path, &json!({"role": "viewer"})).await, 404, "not-found");
        assert_problem(&admin.delete(path).await, 404, "not-found");
    }
    assert_eq!(theirs.get("/api/auth/me").await.field("role"), "admin");
    let own = own_path(&admin).await;
    for (body, field) in [
        (json!({"email": "x@example.com", "role": "boss"}), "role"),
        (json!({"email": "x@example.com"}), "role"),
        (json!({"email": "x", "role": "user"}), "email"),
        (json!({"email": "x@example.com", "role": "user", "is_admin": true}), "is_admin"),
        (json!({"email": "x@example.com", "role": "user", "full_name": "\u{7}"}), "full_name"),
        (json!({"email": "x@example.com", "role": "user", "agent_ids": [""]}), "agent_ids"),
        (json!({"email": "x@example.com", "role": "user", "numbers": [7]}), "numbers[0]"),
    ] {
        let answer = admin.post("/api/users", &body).await;
        assert_problem(&answer, 422, "invalid");
        assert_eq!(answer.field("errors")[0]["field"], field, "{}", answer.body);
    }
    for (body, field) in [
        (json!({"email": "y@example.com"}), "email"),
        (json!({"role": null}), "role"),
        (json!({"full_name": " "}), "full_name"),
        (json!({"status": "gone"}), "status"),
    ] {
        let answer = admin.put(&own, &body).await;
        assert_problem(&answer, 422, "invalid");
        assert_eq!(answer.field("errors")[0]["field"], field, "{}", answer.body);
    }
    let invited = invite(&admin, "late@example.com", "user").await;
    assert_problem(&admin.put(&invited, &json!({"status": "active"})).await, 409, "refused");
    assert_eq!(admin.get("/api/users?per_page=1&page=2").await.field("items").as_array().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suspended_customers_admin_sees_the_users_and_changes_none() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let admin = Visitor::admin(&app, &customer).await;
    let user = invite(&admin, "ben@example.com", "user").await;
    app.tenant(&customer).await.suspend().await.unwrap();
    assert_eq!(admin.get("/api/users").await.field("total"), 2);
    assert_eq!(admin.get(&user).await.status, 200);
    let invitation = json!({"email": "x@example.com", "role": "user"});
    assert_problem(&admin.post("/api/users", &invitation).await, 403, "customer-suspended");
    assert_problem(&admin.put(&user, &json!({"role": "viewer"})).await, 403, "customer-suspended");
    assert_problem(&admin.delete(&user).await, 403, "customer-suspended");
}
