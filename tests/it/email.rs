//! Mail leaves over SMTP, secretly, and comes back after a mail server that is down.

use serde_json::json;

use crate::harness::app::{Options, TestApp};
use crate::harness::program::{Place, Serving, client};
use crate::harness::smtp::{MailServer, Security};
use crate::harness::visitor::Visitor;

/// The real program with this mail server, and one customer.
async fn serving(server: &MailServer, security: &str, trusts: bool) -> (Place, Serving) {
    let mut place = Place::empty().await;
    place.set("SMTP_HOST", "localhost").set("SMTP_PORT", &server.address.port().to_string());
    place.set("SMTP_USER", "voice").set("SMTP_PASS", "open sesame").set("SMTP_TLS", security);
    place.set("MAIL_FROM", "Reception <hello@voice.example>");
    if trusts {
        std::fs::create_dir_all(place.data_dir()).unwrap();
        let file = place.data_dir().join("ca.pem");
        std::fs::write(&file, &server.certificate).unwrap();
        place.set("SSL_CERT_FILE", file.to_str().unwrap());
    }
    place.run(&["customer", "create", "--name", "Ada", "--email", "ada@example.com"]).succeeded();
    let serving = Serving::start(&place);
    (place, serving)
}

async fn ask(serving: &Serving) {
    let url = format!("http://{}/api/auth/login", serving.address);
    let answer = client().post(url).json(&json!({"email": "ada@example.com"})).send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_mail_leaves_over_tls_from_the_first_byte_and_over_starttls() {
    for (security, setting) in [(Security::Implicit, "implicit"), (Security::Starttls, "starttls")] {
        let mut server = MailServer::start(security, 0).await;
        let (_place, serving) = serving(&server, setting, true).await;
        ask(&serving).await;
        let mail = server.mail().await;
        assert!(mail.recipient.contains("<ada@example.com>"), "{mail:?}");
        assert!(mail.data.contains("From: Reception <hello@voice.example>"), "{mail:?}");
        // \0voice\0open sesame
        assert_eq!(mail.auth.as_deref(), Some("AUTH PLAIN AHZvaWNlAG9wZW4gc2VzYW1l"));
        let (code, said) = serving.stop();
        assert_eq!(code, Some(0));
        assert!(!said.contains("sesame") && !said.contains("ada@example.com"), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_password_goes_to_a_mail_server_that_cannot_prove_its_name_or_speaks_no_tls() {
    for (security, setting) in [(Security::Implicit, "implicit"), (Security::None, "starttls")] {
        let server = MailServer::start(security, 0).await;
        let (_place, serving) = serving(&server, setting, false).await;
        ask(&serving).await;
        crate::harness::program::wait_for(&serving, "a mail could not be sent, and will be tried again");
        let (_, said) = serving.stop();
        assert!(!said.contains("sesame"), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_is_tried_again_when_the_server_cannot_take_it_now() {
    let mut server = MailServer::start(Security::None, 1).await;
    let app = TestApp::with(Options { smtp_port: Some(server.address.port()), ..Options::default() }).await;
    let customer = app.customer().await;
    let answer = Visitor::of(&app).post("/api/auth/login", &json!({"email": customer.email})).await;
    assert_eq!(answer.status, 200);
    let mail = server.mail().await;
    assert!(mail.data.contains("Subject: Sign in to Lovelace & Daughters"), "{mail:?}");
    assert!(mail.data.contains("multipart/alternative"), "{mail:?}");
}
