//! Somebody with a browser or a program: keeps cookies, sends JSON, reads answers.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use actors::store::auth::{Link, issue, people};
use actors::store::users::create_super_admin;
use domain::auth::Purpose;
use reqwest::Method;
use serde_json::{Value, json};
use voice_server::egress::plain_client;

use super::app::{Answer, Customer, TestApp};

/// So long a page may take to show what has been done.
const PATIENCE: Duration = Duration::from_secs(20);

/// A visitor of one platform.
pub struct Visitor {
    base: String,
    http: reqwest::Client,
    cookies: Mutex<BTreeMap<String, String>>,
    headers: Vec<(String, String)>,
}

impl Visitor {
    /// A fresh browser.
    pub fn of(app: &TestApp) -> Self {
        let redirect = reqwest::redirect::Policy::none();
        Self {
            base: app.url(""),
            http: plain_client().redirect(redirect).build().expect("a client"),
            cookies: Mutex::default(),
            headers: Vec::new(),
        }
    }

    /// The same, saying this with each request.
    pub fn saying(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Keeps a cookie that a page's script would set.
    pub fn keeping(&self, name: &str, value: &str) {
        self.cookies.lock().expect("no panic under the lock").insert(name.to_owned(), value.to_owned());
    }

    /// A program with this API token.
    pub fn with_token(app: &TestApp, token: &str) -> Self {
        Self::of(app).saying("authorization", &format!("Bearer {token}"))
    }

    /// Somebody signed in with this address.
    pub async fn signed_in(app: &TestApp, email: &str) -> Self {
        let visitor = Self::of(app);
        let link = link_for(app, email).await;
        let answer = visitor.post(&format!("/api/auth/verify/{link}"), &json!({})).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        visitor
    }

    /// The admin with whom a customer begins.
    pub async fn admin(app: &TestApp, customer: &Customer) -> Self {
        Self::signed_in(app, &customer.email).await
    }

    /// Whoever runs the platform.
    pub async fn super_admin(app: &TestApp) -> Self {
        let store = &app.app.backend().store;
        create_super_admin(store, "root@example.com", app.clock.now()).await.expect("a super admin");
        Self::signed_in(app, "root@example.com").await
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, None, &[]).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(Method::POST, path, Some(body), &[]).await
    }

    pub async fn put(&self, path: &str, body: &Value) -> Answer {
        self.send(Method::PUT, path, Some(body), &[]).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.send(Method::DELETE, path, None, &[]).await
    }

    pub async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
        headers: &[(&str, &str)],
    ) -> Answer {
        Answer::of(self.response(method, path, body, headers).await).await
    }

    /// Asks under another address of the platform.
    pub async fn elsewhere(&self, url: &str, method: Method) -> Answer {
        Answer::of(self.dressed(self.http.request(method, url)).send().await.expect("an answer")).await
    }

    /// The text of a page.
    pub async fn page(&self, path: &str) -> (u16, String) {
        let response = self.response(Method::GET, path, None, &[("accept", "text/html")]).await;
        (response.status().as_u16(), response.text().await.expect("a page"))
    }

    /// The text of a page, as soon as it is so: what arrives is written down, and put into the search,
    /// behind the request.
    pub async fn page_once(&self, path: &str, is_so: impl Fn(&str) -> bool) -> String {
        let mut last = String::new();
        let looking = async {
            let mut looks = tokio::time::interval(Duration::from_millis(20));
            loop {
                looks.tick().await;
                let (status, page) = self.page(path).await;
                assert_eq!(status, 200, "{path}: {page}");
                last = page;
                if is_so(&last) {
                    return;
                }
            }
        };
        let shown = tokio::time::timeout(PATIENCE, looking).await;
        assert!(shown.is_ok(), "after {PATIENCE:?} {path} is still: {last}");
        last
    }

    /// What a form with these fields leads to.
    pub async fn submit(&self, path: &str, fields: &[(&str, &str)]) -> (u16, String) {
        let response = self.form(path, fields).await;
        (response.status().as_u16(), response.text().await.expect("a page"))
    }

    /// The answer to a form with these fields.
    pub async fn form(&self, path: &str, fields: &[(&str, &str)]) -> reqwest::Response {
        let form: Vec<String> = fields.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = self.http.post(format!("{}{path}", self.base)).body(form.join("&"));
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        let response = self.dressed(request).header("accept", "text/html").send().await.expect("an answer");
        self.keep(&response);
        response
    }

    /// The answer to a body that is no JSON.
    pub async fn bytes(&self, method: Method, path: &str, kind: &str, body: Vec<u8>) -> reqwest::Response {
        let request = self.http.request(method, format!("{}{path}", self.base)).body(body);
        self.dressed(request).header("content-type", kind).send().await.expect("an answer")
    }

    pub async fn response(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
        headers: &[(&str, &str)],
    ) -> reqwest::Response {
        let mut request = self.dressed(self.http.request(method, format!("{}{path}", self.base)));
        if let Some(body) = body {
            request = request.json(body);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = request.send().await.expect("an answer");
        self.keep(&response);
        response
    }

    fn dressed(&self, mut request: reqwest::RequestBuilder) -> reqwest::RequestBuilder {
        let cookies = self.cookies.lock().expect("no panic under the lock");
        let cookies: Vec<String> = cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        if !cookies.is_empty() {
            request = request.header("cookie", cookies.join("; "));
        }
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        request
    }

    fn keep(&self, response: &reqwest::Response) {
        let mut cookies = self.cookies.lock().expect("no panic under the lock");
        for set in response.headers().get_all("set-cookie") {
            let set = set.to_str().expect("a text");
            let (name, rest) = set.split_once('=').expect("a name");
            match rest.split(';').next().expect("a value") {
                "" => drop(cookies.remove(name)),
                value => drop(cookies.insert(name.to_owned(), value.to_owned())),
            }
        }
    }
}

/// The token of a link as the command line makes it: one click signs in.
pub async fn link_for(app: &TestApp, email: &str) -> String {
    let (store, vault) = (&app.app.backend().store, &app.app.backend().vault);
    let people = people(store, email).await.expect("the database answers");
    let person = people.last().unwrap_or_else(|| panic!("nobody has the address {email}"));
    let token = vault.mint_token(person.realm());
    let (user, purpose) = (&person.user, Purpose::CommandLine);
    let link = Link { token: &token, user, purpose, browser: None, code: None };
    issue(store, &link, app.clock.now()).await.expect("a link");
    token.reveal().to_owned()
}
