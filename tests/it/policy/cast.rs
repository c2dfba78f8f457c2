//! Everybody who could ask, and what there is to ask about.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering};

use actors::tenant::Placement;
use domain::appointments::Guest;
use domain::calendar::OutsideHours;
use domain::ids::EndpointId;
use domain::webhooks::New;
use jiff::{SignedDuration, ToSpan};
use serde_json::json;

use super::rows::{Row, Subject};
use crate::harness::TestApp;
use crate::harness::app::{Customer, NOW, at, payment};
use crate::harness::retell::flat;
use crate::harness::visitor::Visitor;

/// Somebody who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Who {
    Nobody,
    Viewer,
    /// With all flags, which do not lift a viewer.
    ViewerWithFlags,
    User,
    Downloader,
    SeesAllCalls,
    KeepsCalendar,
    Admin,
    /// An admin of another customer.
    Stranger,
    SuperAdmin,
    /// An admin of a suspended customer.
    Suspended,
}

impl Who {
    pub const ALL: [Who; 11] = [
        Who::Nobody,
        Who::Viewer,
        Who::ViewerWithFlags,
        Who::User,
        Who::Downloader,
        Who::SeesAllCalls,
        Who::KeepsCalendar,
        Who::Admin,
        Who::Stranger,
        Who::SuperAdmin,
        Who::Suspended,
    ];

    pub fn letter(self) -> char {
        match self {
            Who::Nobody => 'N',
            Who::Viewer => 'V',
            Who::ViewerWithFlags => 'W',
            Who::User => 'U',
            Who::Downloader => 'D',
            Who::SeesAllCalls => 'C',
            Who::KeepsCalendar => 'K',
            Who::Admin => 'A',
            Who::Stranger => 'X',
            Who::SuperAdmin => 'S',
            Who::Suspended => 'Z',
        }
    }
}

/// What a customer has.
struct Belongings {
    customer: Customer,
    call: String,
    endpoint: String,
    /// At that endpoint.
    delivery: String,
}

/// All of them.
pub struct Cast<'a> {
    app: &'a TestApp,
    visitors: HashMap<Who, Visitor>,
    emails: HashMap<Who, String>,
    ours: Belongings,
    theirs: Belongings,
    suspended: Belongings,
    /// Made before the suspension: afterwards none can be.
    suspended_token: String,
    /// Names that only the other customer has.
    foreign: HashMap<&'static str, String>,
    /// Hours handed out so far: no two appointments meet.
    hours: AtomicI64,
}

const STAFF: [(Who, &str, &str, [bool; 3]); 6] = [
    (Who::Viewer, "usr_viewer", "viewer", [false; 3]),
    (Who::ViewerWithFlags, "usr_flags", "viewer", [true; 3]),
    (Who::User, "usr_user", "user", [false; 3]),
    (Who::Downloader, "usr_down", "user", [true, false, false]),
    (Who::SeesAllCalls, "usr_calls", "user", [false, true, false]),
    (Who::KeepsCalendar, "usr_calendar", "user", [false, false, true]),
];

impl<'a> Cast<'a> {
    pub async fn gather(app: &'a TestApp) -> Self {
        // A month that is over has an invoice.
        app.now_is("2025-12-30T12:00:00Z");
        let ours = Belongings::of(app, "ours").await;
        let suspended = Belongings::of(app, "suspended").await;
        // Numbers count per customer: theirs are far beyond ours, so that no name is in both.
        let theirs = app.customer().await;
        push_clock(app, &theirs).await;
        let theirs = Belongings::with(app, theirs, "theirs").await;
        app.now_is(NOW);
        assert_eq!(app.keep_books().await.invoices.len(), 3);
        let mut emails = HashMap::new();
        for (who, id, role, [downloads, sees_all, keeps]) in STAFF {
            let email = format!("{id}@example.com");
            let insert = "
insert into users (customer_id, id, email, full_name, role, can_download_recordings, can_view_all_calls,
       can_manage_calendar, created_at, updated_at)
values ($1, $2, $3, $2, $4, $5, $6, $7, now(), now())";
            let insert = sqlx::query(insert).bind(ours.customer.id.0).bind(id).bind(&email).bind(role);
            let insert = insert.bind(downloads).bind(sees_all).bind(keeps);
            insert.execute(&mut app.sql().await).await.unwrap();
            // The call is theirs to see; whose is whose has a test of its own.
            sqlx::query(
                "insert into user_agents (customer_id, agent_id, user_id) values ($1, 'agent_1', $2)",
            )
            .bind(ours.customer.id.0)
            .bind(id)
            .execute(&mut app.sql().await)
            .await
            .unwrap();
            emails.insert(who, email);
        }
        emails.insert(Who::Admin, ours.customer.email.clone());
        emails.insert(Who::Stranger, theirs.customer.email.clone());
        emails.insert(Who::Suspended, suspended.customer.email.clone());
        let store = &app.app.backend().store;
        actors::store::users::create_super_admin(store, "root@example.com", app.clock.now()).await.unwrap();
        emails.insert(Who::SuperAdmin, "root@example.com".to_owned());
        let mut visitors = HashMap::from([(Who::Nobody, Visitor::of(app))]);
        for (who, email) in &emails {
            visitors.insert(*who, Visitor::signed_in(app, email).await);
        }
        let hours = AtomicI64::new(24);
        let foreign = HashMap::new();
        let suspended_token = String::new();
        let mut cast =
            Self { app, visitors, emails, ours, theirs, suspended, suspended_token, foreign, hours };
        let foreign = HashMap::from([
            ("call", cast.theirs.call.clone()),
            ("appointment", cast.appointment(&cast.theirs).await),
            ("message", cast.message(&cast.theirs).await),
            ("invoice", cast.invoice(&cast.theirs).await),
            ("payment", cast.payments_apart().await),
            ("blocked", cast.blocked(&cast.theirs).await),
            ("session", cast.session(Who::Stranger).await),
            ("token", cast.token(Who::Stranger).await),
            ("user", cast.colleague(&cast.theirs).await),
            ("endpoint", cast.theirs.endpoint.clone()),
            ("delivery", cast.theirs.delivery.clone()),
        ]);
        cast.foreign = foreign;
        cast.suspended_token = cast.token(Who::Suspended).await;
        app.tenant(&cast.suspended.customer).await.suspend().await.unwrap();
        cast
    }

    pub fn visitor(&self, who: Who) -> &Visitor {
        &self.visitors[&who]
    }

    /// The path of a row, naming what belongs to the customer of who asks; a fresh one each time, for
    /// it may not survive.
    pub async fn own(&self, row: &Row, who: Who) -> String {
        let belongings = match who {
            Who::Suspended => &self.suspended,
            // Whoever belongs nowhere, or elsewhere, asks for ours.
            _ => &self.ours,
        };
        let name = match row.subject {
            Subject::None => String::new(),
            Subject::Call => belongings.call.clone(),
            // What a suspended customer has stands since before.
            Subject::Appointment if who == Who::Suspended => self.standing_appointment(belongings).await,
            Subject::Appointment => self.appointment(belongings).await,
            Subject::Message => self.message(belongings).await,
            Subject::Invoice => self.invoice(belongings).await,
            Subject::Payment => self.payment(belongings).await,
            Subject::BlockedDate if who == Who::Suspended => "1".to_owned(),
            Subject::BlockedDate => self.blocked(belongings).await,
            Subject::Session if matches!(who, Who::Nobody | Who::Stranger) => "ses_x".to_owned(),
            Subject::Session => self.session(who).await,
            Subject::Token if matches!(who, Who::Nobody | Who::Stranger | Who::SuperAdmin) => {
                "tok_x".to_owned()
            }
            Subject::Token if who == Who::Suspended => self.suspended_token.clone(),
            Subject::Token => self.token(who).await,
            Subject::User => self.colleague(belongings).await,
            Subject::Endpoint if who == Who::Suspended => belongings.endpoint.clone(),
            Subject::Endpoint => self.endpoint(belongings).await,
            Subject::Delivery => belongings.delivery.clone(),
            Subject::Customer => self.ours.customer.id.to_string(),
        };
        path(row, &name)
    }

    /// The same, naming what only the other customer has.
    pub fn foreign(&self, row: &Row) -> String {
        let key = match row.subject {
            Subject::None => return path(row, ""),
            Subject::Call => "call",
            Subject::Appointment => "appointment",
            Subject::Message => "message",
            Subject::Invoice => "invoice",
            Subject::Payment => "payment",
            Subject::BlockedDate => "blocked",
            Subject::Session => "session",
            Subject::Token => "token",
            Subject::User => "user",
            Subject::Endpoint => "endpoint",
            Subject::Delivery => "delivery",
            Subject::Customer => return self.absent(row),
        };
        path(row, &self.foreign[key])
    }

    /// The same, naming what nobody has.
    pub fn absent(&self, row: &Row) -> String {
        let name = match row.subject {
            Subject::None => "",
            Subject::Call => "call_999999999",
            Subject::Appointment => "apt_999999999",
            Subject::Message => "msg_999999999",
            Subject::Invoice => "inv_999999999",
            Subject::Payment => "txn_999999999",
            Subject::BlockedDate => "999999999",
            Subject::Session => "ses_absent",
            Subject::Token => "tok_absent",
            Subject::User => "usr_absent",
            Subject::Endpoint => "ep_999999999",
            Subject::Delivery => "ep_999999999/evt_999999999",
            Subject::Customer => "999999999",
        };
        path(row, name)
    }

    /// A body with its names filled in.
    pub fn filled(&self, body: &str) -> String {
        let number = self.hours.load(Ordering::Relaxed);
        let free = at(NOW) + SignedDuration::from_hours(self.next_hour());
        body.replace("{free}", &free.to_string())
            .replace("{email}", &format!("somebody-{number}@example.com"))
    }

    fn next_hour(&self) -> i64 {
        self.hours.fetch_add(1, Ordering::Relaxed)
    }

    async fn appointment(&self, of: &Belongings) -> String {
        let placement = Placement {
            start: at(NOW) + SignedDuration::from_hours(self.next_hour()),
            duration_minutes: Some(30),
            outside_hours: OutsideHours::Confirmed,
            guest: ben(),
            notes: None,
        };
        self.app.tenant(&of.customer).await.place(placement).await.unwrap().id.to_string()
    }

    async fn standing_appointment(&self, of: &Belongings) -> String {
        let sql = "select 'apt_' || max(id) from appointments where customer_id = $1";
        sqlx::query_scalar(sql).bind(of.customer.id.0).fetch_one(&mut self.app.sql().await).await.unwrap()
    }

    /// What the guest of the last appointment was told.
    async fn message(&self, of: &Belongings) -> String {
        let sql = "select 'msg_' || max(id) from notifications where customer_id = $1";
        sqlx::query_scalar(sql).bind(of.customer.id.0).fetch_one(&mut self.app.sql().await).await.unwrap()
    }

    async fn invoice(&self, of: &Belongings) -> String {
        let sql = "select 'inv_' || max(id) from invoices where customer_id = $1";
        sqlx::query_scalar(sql).bind(of.customer.id.0).fetch_one(&mut self.app.sql().await).await.unwrap()
    }

    async fn payment(&self, of: &Belongings) -> String {
        let sql =
            "select 'txn_' || max(seq) from transactions where customer_id = $1 and category = 'top_up'";
        sqlx::query_scalar(sql).bind(of.customer.id.0).fetch_one(&mut self.app.sql().await).await.unwrap()
    }

    /// Their last payment, whose number is no payment of ours; and ours now has one beyond all of
    /// theirs. Each customer's entries count from one.
    async fn payments_apart(&self) -> String {
        let last = "select ledger_seq from balances where customer_id = $1";
        let (ours, theirs) =
            (self.app.tenant(&self.ours.customer).await, self.app.tenant(&self.theirs.customer).await);
        let from = self.app.count(last, &self.theirs.customer).await;
        for number in from..=self.app.count(last, &self.ours.customer).await {
            theirs.credit(payment(&format!("apart_{number}"), "1")).await.unwrap();
        }
        let from = self.app.count(last, &self.ours.customer).await;
        for number in from..=self.app.count(last, &self.theirs.customer).await {
            ours.adjust(payment(&format!("apart_{number}"), "1")).await.unwrap();
        }
        ours.credit(payment("apart", "1")).await.unwrap();
        self.payment(&self.theirs).await
    }

    async fn blocked(&self, of: &Belongings) -> String {
        let day = "2026-06-01".parse::<jiff::civil::Date>().unwrap() + self.next_hour().days();
        self.app.tenant(&of.customer).await.block_date(day, None).await.unwrap();
        let sql = "select max(id)::text from blocked_dates where customer_id = $1";
        sqlx::query_scalar(sql).bind(of.customer.id.0).fetch_one(&mut self.app.sql().await).await.unwrap()
    }

    /// Of another browser of the same person.
    async fn session(&self, who: Who) -> String {
        let other = Visitor::signed_in(self.app, &self.emails[&who]).await;
        let sessions = other.get("/api/auth/sessions").await.body;
        let current =
            sessions.as_array().unwrap().iter().find(|one| one["is_current"] == json!(true)).unwrap();
        current["id"].as_str().unwrap().to_owned()
    }

    async fn colleague(&self, of: &Belongings) -> String {
        let id = format!("usr_{}", self.next_hour());
        let insert = "
insert into users (customer_id, id, email, full_name, role, created_at, updated_at)
values ($1, $2, $2 || '@example.org', $2, 'viewer', now(), now())";
        let insert = sqlx::query(insert).bind(of.customer.id.0).bind(&id);
        insert.execute(&mut self.app.sql().await).await.unwrap();
        id
    }

    /// The first stays; others make room, for there may be ten.
    async fn endpoint(&self, of: &Belongings) -> String {
        let tenant = self.app.tenant(&of.customer).await;
        let sql = "select id from webhook_endpoints where customer_id = $1 and state <> 'removed' order by id offset 1";
        let others: Vec<i64> = sqlx::query_scalar(sql)
            .bind(of.customer.id.0)
            .fetch_all(&mut self.app.sql().await)
            .await
            .unwrap();
        for id in others {
            tenant.remove_endpoint(EndpointId(id)).await.unwrap();
        }
        tenant.create_endpoint(hooks()).await.unwrap().0.id.to_string()
    }

    async fn token(&self, who: Who) -> String {
        let other = Visitor::signed_in(self.app, &self.emails[&who]).await;
        let made = other.post("/api/auth/tokens", &json!({"name": "x"})).await;
        made.field("id").as_str().unwrap_or_else(|| panic!("{}", made.body)).to_owned()
    }
}

impl Belongings {
    async fn of(app: &TestApp, name: &str) -> Self {
        Self::with(app, app.customer().await, name).await
    }

    async fn with(app: &TestApp, customer: Customer, name: &str) -> Self {
        let call = record(&customer, name).await;
        let (endpoint, delivery) = hear(app, &customer).await;
        let belongings = Self { customer, call, endpoint, delivery };
        let placement = Placement {
            start: at(NOW) + SignedDuration::from_hours(1),
            duration_minutes: Some(30),
            outside_hours: OutsideHours::Confirmed,
            guest: ben(),
            notes: None,
        };
        app.tenant(&belongings.customer).await.place(placement).await.unwrap();
        belongings
    }
}

/// Somebody who can be written to.
fn ben() -> Guest {
    Guest { name: Some("Ben".to_owned()), email: Some("ben@example.com".to_owned()), ..Guest::default() }
}

async fn record(customer: &Customer, name: &str) -> String {
    let mut body = flat(name, 60);
    body["agent_id"] = json!("agent_1");
    // An address that is never asked: what is behind it is tested elsewhere.
    body["recording_url"] = json!("https://localhost/sound.wav");
    customer.webhook(&body).await.field("call_id").as_str().unwrap().to_owned()
}

fn hooks() -> New {
    New::of("https://hooks.example.com/".to_owned())
}

/// An endpoint and what was on its way there.
async fn hear(app: &TestApp, customer: &Customer) -> (String, String) {
    let tenant = app.tenant(customer).await;
    let (endpoint, _) = tenant.create_endpoint(hooks()).await.unwrap();
    let event = tenant.test_endpoint(endpoint.id).await.unwrap();
    (endpoint.id.to_string(), format!("{}/{event}", endpoint.id))
}

async fn push_clock(app: &TestApp, customer: &Customer) {
    let sql = "update balances set seq = seq + 1000000, owner_epoch = owner_epoch + 1 where customer_id = $1";
    sqlx::query(sql).bind(customer.id.0).execute(&mut app.sql().await).await.unwrap();
    // Fenced, the tenant loads its new clock.
    let _ = app.tenant(customer).await.snapshot().await;
}

fn path(row: &Row, name: &str) -> String {
    let (_, path) = row.route.split_once(' ').unwrap();
    let path = path.replace("{id}", name).replace("{token}", "ae_x").replace("{link}", "aaaa");
    let path = path.replace("{endpoint}/{event}", name);
    let path = path.replace("{occasion}", "booked").replace("{channel}", "sms");
    match row.route {
        "GET /api/calls/search" => format!("{path}?q=hello"),
        "GET /api/calendar" => format!("{path}?from=2026-01-01T00:00:00Z&to=2026-02-01T00:00:00Z"),
        _ => path,
    }
}
