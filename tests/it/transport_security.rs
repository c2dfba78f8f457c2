//! With an https `PLATFORM_URL` nothing that matters travels in the clear.

use std::net::{IpAddr, UdpSocket};

use reqwest::Method;
use serde_json::json;
use voice_server::network::Network;

use crate::harness::app::{Options, TestApp, assert_problem};
use crate::harness::visitor::{Visitor, link_for};

#[tokio::test(flavor = "multi_thread")]
async fn with_https_cookies_belong_to_the_host_and_plain_requests_are_led_there() {
    let app = TestApp::with(Options {
        platform_url: Some("https://voice.example"),
        smtp_port: Some(9),
        trusted_proxies: vec!["127.0.0.1".parse().unwrap()],
        ..Options::default()
    })
    .await;
    let customer = app.customer().await;
    let link = link_for(&app, &customer.email).await;
    let path = format!("/api/auth/verify/{link}");
    let visitor = Visitor::of(&app).saying("x-forwarded-proto", "https");
    let answer = visitor.post(&path, &json!({})).await;
    let cookie = answer.headers["set-cookie"].to_str().unwrap();
    assert!(cookie.starts_with("__Host-session=") && cookie.ends_with("; Secure"), "{cookie}");
    assert!(cookie.contains("; Path=/; HttpOnly; SameSite=Lax; Max-Age=5184000"), "{cookie}");
    assert_eq!(answer.headers["strict-transport-security"], "max-age=31536000");
    assert_eq!(answer.headers["cache-control"], "no-store");
    assert_eq!(visitor.get("/api/auth/me").await.status, 200);

    let plain = Visitor::of(&app).saying("x-forwarded-proto", "http");
    let led = plain.get("/api/auth/me?x=1").await;
    assert_eq!(
        (led.status, &led.headers["location"]),
        (308, &"https://voice.example/api/auth/me?x=1".parse().unwrap())
    );
    // Behind a proxy that is not named it leads to itself: no browser may remember that.
    assert_eq!(led.headers["cache-control"], "no-store");
    assert_problem(&plain.post("/api/auth/login", &json!({"email": "a@b.cd"})).await, 403, "https-needed");
    assert_problem(&visitor.get("/dev/mail").await, 404, "not-found");
}

/// An address of this machine under which it is a stranger to itself; `None` without a network.
fn other_address() -> Option<IpAddr> {
    let socket = UdpSocket::bind("0.0.0.0:0").ok()?;
    // Says which way it would go, and sends nothing.
    socket.connect("192.0.2.1:9").ok()?;
    socket.local_addr().ok().map(|address| address.ip()).filter(|address| !address.is_loopback())
}

#[tokio::test(flavor = "multi_thread")]
async fn with_https_who_comes_from_elsewhere_without_a_proxy_of_ours_came_in_the_clear() {
    let Some(address) = other_address() else {
        println!("this machine has no network: nobody comes from elsewhere");
        return;
    };
    let options = |trusted_proxies| Options {
        platform_url: Some("https://voice.example"),
        smtp_port: Some(9),
        listen: Some("0.0.0.0:0".parse().unwrap()),
        trusted_proxies,
        ..Options::default()
    };
    let app = TestApp::with(options(Vec::new())).await;
    let url = |app: &TestApp, path: &str| format!("http://{address}:{}{path}", app.app.address().port());
    // What it says of itself is not believed.
    let stranger = Visitor::of(&app).saying("x-forwarded-proto", "https");
    let customer = app.customer().await;
    let get = async |path: &str| stranger.elsewhere(&url(&app, path), Method::GET).await;
    let led = get("/api/auth/me?x=1").await;
    assert_eq!(
        (led.status, led.headers["location"].to_str().unwrap()),
        (308, "https://voice.example/api/auth/me?x=1")
    );
    for path in ["/livez", "/readyz"] {
        assert_eq!(get(path).await.status, 200, "{path}");
    }
    let webhook = format!("/api/v1/webhook/retell/{}", customer.key);
    for path in ["/api/auth/login", &webhook] {
        let refused = stranger.elsewhere(&url(&app, path), Method::POST).await;
        assert_problem(&refused, 403, "https-needed");
    }
    // On this machine it may be a proxy that nobody has named.
    assert_problem(&Visitor::of(&app).get("/api/auth/me").await, 401, "not-signed-in");

    let app = TestApp::with(options(vec![Network::from(address)])).await;
    let proxy = Visitor::of(&app).saying("x-forwarded-proto", "https");
    assert_problem(&proxy.elsewhere(&url(&app, "/api/auth/me"), Method::GET).await, 401, "not-signed-in");
}
