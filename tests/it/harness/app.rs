//! The real server on ports of its own, with a database of its own and a clock that stands.

use std::net::{Ipv4Addr, SocketAddr};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use actors::clock::Clock;
use actors::invoicer::{Invoicing, Round};
use actors::journal::Interrupt;
use actors::store::DurabilityCheck;
use actors::store::customers::register;
use actors::tenant::{ManualPosting, TenantHandle};
use domain::customers::{Profile, Status};
use domain::ids::CustomerId;
use domain::money::Money;
use jiff::Timestamp;
use reqwest::Response;
use serde_json::{Value, json};
use sqlx::PgConnection;
use voice_server::app::App;
use voice_server::backend::Seams;
use voice_server::config::{Config, LogFormat, Secret, SmtpTls};
use voice_server::egress::plain_client;
use voice_server::network::Network;

use super::db::{self, Database};
use super::seam::Seam;
use super::stripe;

/// A Monday, noon in UTC.
pub const NOW: &str = "2026-01-05T12:00:00Z";

/// Longer than any machine needs for an answer.
const UNHURRIED: Duration = Duration::from_secs(60);

/// What a test may want otherwise.
#[derive(Default)]
pub struct Options {
    /// Another `SECRET_KEY` than all tests have, and the one before it.
    pub secret_keys: Option<(&'static str, Option<&'static str>)>,
    /// The platform's Retell key.
    pub retell_api_key: Option<&'static str>,
    /// Another database than a fresh one, for a second server beside the first.
    pub database_url: Option<String>,
    /// The rate limit: (per second, burst); none by default.
    pub rate: Option<(u32, u32)>,
    /// Seconds a tenant stays in memory.
    pub idle_seconds: Option<u64>,
    /// Where mails and other files go; a folder of the test's own.
    pub data_dir: Option<std::path::PathBuf>,
    /// Where a mail server listens on this machine.
    pub smtp_port: Option<u16>,
    /// Where Retell is asked about calls.
    pub retell_api_base: Option<String>,
    /// Where Stripe is asked for pages to pay on, with an account there; else nothing is paid online.
    pub stripe_api_base: Option<String>,
    /// Where people reach the platform.
    pub platform_url: Option<&'static str>,
    /// Another address to listen on than 127.0.0.1.
    pub listen: Option<SocketAddr>,
    /// Proxies that are believed.
    pub trusted_proxies: Vec<Network>,
    /// Hosts of the test's own that the platform may speak to.
    pub egress_allow: Vec<String>,
    /// How long a listener may take nothing of a recording.
    pub listener_idle: Option<Duration>,
    /// How often a page that hears what changes is looked after.
    pub live_beat: Option<Duration>,
    /// How long Retell is let wait for an answer; longer than any machine needs, unless a test is about it.
    pub patience: Option<Duration>,
    /// Whether messages that wait are sent.
    pub delivers: bool,
    /// Where ClickSend takes text messages, with an account there; else they are mails to its gateway.
    pub clicksend_api_base: Option<String>,
}

/// A running platform.
pub struct TestApp {
    pub app: App,
    pub database: Database,
    pub clock: Clock,
    /// Where the journal can be held.
    pub seam: Arc<Seam>,
    pub http: reqwest::Client,
}

/// A registered customer, seen from both sides.
pub struct Customer {
    pub id: CustomerId,
    /// The key in the URLs.
    pub key: String,
    /// The address of its first admin.
    pub email: String,
    base: String,
    http: reqwest::Client,
}

/// What an answer said.
pub struct Answer {
    pub status: u16,
    pub body: Value,
    pub headers: reqwest::header::HeaderMap,
}

impl TestApp {
    pub async fn start() -> Self {
        Self::with(Options::default()).await
    }

    pub async fn with(options: Options) -> Self {
        if std::env::var_os("RUST_LOG").is_some() {
            voice_server::telemetry::start(LogFormat::Text);
        }
        let database = db::fresh().await;
        let url = options.database_url.clone().unwrap_or_else(|| database.url().to_owned());
        let clock = Clock::manual(NOW.parse().expect("an instant"));
        let seam = Arc::new(Seam::default());
        let seams = Seams {
            clock: clock.clone(),
            interrupt: Arc::clone(&seam) as Arc<dyn Interrupt>,
            durability: DurabilityCheck::Waived,
            listener_idle: options.listener_idle.unwrap_or(Seams::default().listener_idle),
            live_beat: options.live_beat.unwrap_or(Seams::default().live_beat),
            patience: options.patience.unwrap_or(UNHURRIED),
            delivers: options.delivers,
            invoices: false,
            audits: false,
            finds: false,
        };
        let app = App::start(config(&url, &options), seams).await.expect("the server starts");
        let http = plain_client().build().expect("a client");
        Self { app, database, clock, seam, http }
    }

    /// Stops this server in good order and starts another on its database.
    pub async fn restart(self) -> Self {
        self.restart_with(Options::default()).await
    }

    /// The same with other options.
    pub async fn restart_with(self, options: Options) -> Self {
        let Self { app, database, clock, seam, http } = self;
        app.stop().await;
        let seams = Seams {
            clock: clock.clone(),
            interrupt: Arc::clone(&seam) as Arc<dyn Interrupt>,
            durability: DurabilityCheck::Waived,
            patience: options.patience.unwrap_or(UNHURRIED),
            delivers: options.delivers,
            invoices: false,
            audits: false,
            finds: false,
            ..Seams::default()
        };
        let config = config(database.url(), &options);
        let app = App::start(config, seams).await.expect("the server starts again");
        Self { app, database, clock, seam, http }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.app.address())
    }

    /// A customer in UTC with 50.00, open Monday to Friday from nine to five.
    pub async fn customer(&self) -> Customer {
        let customer = self.poor_customer().await;
        self.tenant(&customer).await.credit(payment("start", "50")).await.expect("credit");
        customer
    }

    /// The same without a balance.
    pub async fn poor_customer(&self) -> Customer {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let email = format!("ada-{number}@example.com");
        let profile = Profile {
            name: "Ada".to_owned(),
            company: Some("Lovelace & Daughters".to_owned()),
            email: email.clone(),
            phone: None,
            timezone: "UTC".to_owned(),
            status: Status::Active,
        };
        let backend = self.app.backend();
        let registered = register(&backend.store, &backend.vault, profile, self.clock.now())
            .await
            .expect("register a customer");
        Customer {
            id: registered.customer,
            key: registered.api_key.reveal().to_owned(),
            email,
            base: format!("http://{}", self.app.address()),
            http: self.http.clone(),
        }
    }

    /// Another customer without a balance, served by the same journal writer: there are two, by parity.
    pub async fn customer_beside(&self, neighbour: &Customer) -> Customer {
        loop {
            let customer = self.poor_customer().await;
            if customer.id.0 % 2 == neighbour.id.0 % 2 {
                return customer;
            }
        }
    }

    /// The same customer, on this server.
    pub fn here(&self, customer: &Customer) -> Customer {
        Customer {
            id: customer.id,
            key: customer.key.clone(),
            email: customer.email.clone(),
            base: format!("http://{}", self.app.address()),
            http: self.http.clone(),
        }
    }

    pub async fn tenant(&self, customer: &Customer) -> TenantHandle {
        self.app.tenants().get(customer.id).await.expect("the tenant is there")
    }

    /// Keeps everybody's books as of now: months that are over are closed, fees debited, overdue marked.
    pub async fn keep_books(&self) -> Round {
        self.invoicing().round(None).await.expect("the books are kept")
    }

    /// What the server closes months with.
    pub fn invoicing(&self) -> Invoicing {
        let backend = self.app.backend();
        Invoicing {
            store: backend.store.clone(),
            clock: self.clock.clone(),
            tenants: backend.tenants().clone(),
            platform_name: "Voice AI Platform".to_owned(),
            currency: "EUR".to_owned(),
        }
    }

    /// Moves the clock to an instant.
    pub fn now_is(&self, instant: &str) {
        self.clock.advance(at(instant).duration_since(self.clock.now()));
    }

    pub async fn sql(&self) -> PgConnection {
        self.database.connect().await
    }

    /// One number out of the database.
    pub async fn count(&self, sql: &'static str, customer: &Customer) -> i64 {
        let mut connection = self.sql().await;
        sqlx::query_scalar(sql).bind(customer.id.0).fetch_one(&mut connection).await.expect("a count")
    }

    /// The balance as it is stored.
    pub async fn balance(&self, customer: &Customer) -> Money {
        let sql = "select current_balance from balances where customer_id = $1";
        let mut connection = self.sql().await;
        let amount = sqlx::query_scalar(sql).bind(customer.id.0).fetch_one(&mut connection).await;
        Money::rounded(amount.expect("a balance"))
    }

    /// The events told so far, in order.
    pub async fn events(&self, customer: &Customer) -> Vec<String> {
        let sql = "select event from webhook_logs where customer_id = $1 order by id";
        let mut connection = self.sql().await;
        sqlx::query_scalar(sql).bind(customer.id.0).fetch_all(&mut connection).await.expect("events")
    }

    /// Everything the auditor says, records and memory.
    pub async fn findings(&self) -> Vec<String> {
        let store = &self.app.backend().store;
        let mut findings = actors::auditor::audit(store).await.expect("audit").findings;
        for customer in self.app.tenants().residents() {
            let tenant = self.app.tenants().get(customer).await.expect("a resident tenant");
            let snapshot = tenant.snapshot().await.expect("a snapshot");
            let again = async |_| tenant.snapshot().await.ok();
            let compared = actors::auditor::compare(store, snapshot, self.clock.now(), again).await;
            findings.extend(compared.expect("compare").findings);
        }
        findings.into_iter().map(|finding| finding.what).collect()
    }
}

impl Customer {
    /// Posts to the webhook.
    pub async fn webhook(&self, body: &Value) -> Answer {
        self.post(&self.webhook_url(), body.to_string().into_bytes(), &[]).await
    }

    /// Calls a function: `availability`, `book`, `lookup`.
    pub async fn function(&self, name: &str, body: &Value) -> Answer {
        self.post(&self.function_url(name), body.to_string().into_bytes(), &[]).await
    }

    pub fn webhook_url(&self) -> String {
        format!("{}/api/v1/webhook/retell/{}", self.base, self.key)
    }

    pub fn function_url(&self, name: &str) -> String {
        format!("{}/api/v1/function/{name}/{}", self.base, self.key)
    }

    /// Posts these very bytes.
    pub async fn post(&self, url: &str, body: Vec<u8>, headers: &[(&str, &str)]) -> Answer {
        let mut request = self.http.post(url).header("content-type", "application/json").body(body);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        Answer::of(request.send().await.expect("an answer")).await
    }
}

impl Answer {
    pub async fn of(response: Response) -> Self {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let bytes = response.bytes().await.expect("a whole answer");
        Self { status, headers, body: serde_json::from_slice(&bytes).unwrap_or(Value::Null) }
    }

    /// The field of a body that must be there.
    pub fn field(&self, name: &str) -> &Value {
        self.body.get(name).unwrap_or_else(|| panic!("no {name:?} in {} {}", self.status, self.body))
    }
}

/// A payment named `key`.
pub fn payment(key: &str, amount: &str) -> ManualPosting {
    ManualPosting {
        key: key.to_owned(),
        amount: Money::parse(amount).expect("an amount"),
        description: "Payment".to_owned(),
        author: "test".to_owned(),
    }
}

pub fn money(text: &str) -> Money {
    Money::parse(text).expect("an amount")
}

pub fn at(text: &str) -> Timestamp {
    text.parse().expect("an instant")
}

/// What a server is started with on this database.
pub fn config(database_url: &str, options: &Options) -> Config {
    let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let count = |count: u32| NonZeroU32::new(count).expect("more than none");
    let (secret_key, secret_key_old) = options.secret_keys.unwrap_or(("a key for tests", None));
    let (per_second, burst) = options.rate.unwrap_or((1_000_000, 1_000_000));
    Config {
        database_url: Some(Secret::from(database_url)),
        data_dir: options.data_dir.clone().unwrap_or_else(|| "var".into()),
        secret_key: Some(Secret::from(secret_key)),
        secret_key_old: secret_key_old.map(Secret::from),
        platform_url: options.platform_url.map(str::to_owned),
        platform_name: "Voice <Test> Platform".to_owned(),
        currency: "EUR".to_owned(),
        smtp_host: options.smtp_port.map(|_| "127.0.0.1".to_owned()),
        smtp_port: options.smtp_port.unwrap_or(465),
        smtp_tls: SmtpTls::Auto,
        smtp_user: None,
        smtp_pass: None,
        mail_from: None,
        clicksend_username: options.clicksend_api_base.as_ref().map(|_| "voice".to_owned()),
        clicksend_api_key: options.clicksend_api_base.as_ref().map(|_| Secret::from("a ClickSend key")),
        clicksend_from: None,
        clicksend_api_base: options
            .clicksend_api_base
            .clone()
            .unwrap_or_else(|| "https://rest.clicksend.com".to_owned()),
        clicksend_gateway: "sms.clicksend.com".to_owned(),
        retell_api_base: options
            .retell_api_base
            .clone()
            .unwrap_or_else(|| "https://api.retellai.com".to_owned()),
        stripe_secret_key: options.stripe_api_base.as_ref().map(|_| Secret::from(stripe::KEY)),
        stripe_webhook_secret: options.stripe_api_base.as_ref().map(|_| Secret::from(stripe::WEBHOOK_SECRET)),
        stripe_api_base: options
            .stripe_api_base
            .clone()
            .unwrap_or_else(|| "https://api.stripe.com".to_owned()),
        retell_api_key: options.retell_api_key.map(Secret::from),
        listen: options.listen.unwrap_or(any),
        metrics_listen: any,
        trusted_proxies: options.trusted_proxies.clone(),
        egress_allow: options.egress_allow.clone(),
        connections_max: 1024,
        tenant_requests_per_second: count(per_second),
        tenant_requests_burst: count(burst),
        tenant_idle_seconds: options.idle_seconds.unwrap_or(600),
        log_format: LogFormat::Text,
    }
}

/// A problem of that kind, as RFC 9457 writes it, with the name under which the log has it.
#[track_caller]
pub fn assert_problem(answer: &Answer, status: u16, kind: &str) {
    let said = format!("{} {:?} {}", answer.status, answer.headers, answer.body);
    assert_eq!(answer.status, status, "{said}");
    assert_eq!(answer.headers["content-type"], "application/problem+json", "{said}");
    assert_eq!(answer.field("type"), &json!(format!("urn:voice:problem:{kind}")), "{said}");
    assert_eq!(answer.field("status"), &json!(status), "{said}");
    for sentence in ["title", "detail", "request_id"] {
        assert!(!answer.field(sentence).as_str().expect("a text").is_empty(), "{said}");
    }
    assert_eq!(
        answer.headers["x-request-id"],
        answer.field("request_id").as_str().expect("a text"),
        "{said}"
    );
}

/// What `/metrics` says.
pub async fn metrics(app: &TestApp) -> String {
    let answer =
        app.http.get(operators_url(app, "/metrics")).send().await.expect("the operators' listener answers");
    assert_eq!(answer.status().as_u16(), 200);
    answer.text().await.expect("a text")
}

/// One value out of it, by its name and labels as they are printed; zero until it is counted.
pub async fn metric(app: &TestApp, series: &str) -> usize {
    let said = metrics(app).await;
    let value = said.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
    value.map_or(0, |value| value.parse().expect("a whole number"))
}

/// Where operators ask.
pub fn operators_url(app: &TestApp, path: &str) -> String {
    format!("http://{}{path}", app.app.operators_address())
}
