//! Text messages leave by ClickSend's gateway or its API, and what comes back is believed and kept.

use std::time::Duration;

use actors::store::opt_outs::is_opted_out;
use clap::Parser;
use domain::ids::CustomerId;
use mail_parser::{MessageParser, MimeHeaders};
use serde_json::json;
use voice_server::commands::CommandLine;
use voice_server::config::{Config, Secret};
use voice_server::delivery::email::Mailer;
use voice_server::delivery::not_sent::NotSent;
use voice_server::delivery::sms::clicksend::Clicksend;
use voice_server::delivery::sms::{SmsTransport, Taken, TextMessage, Texter};
use voice_server::egress::Limits;

use crate::harness::app::{Customer, TestApp, assert_problem, at, metrics};
use crate::harness::clicksend::{ClickSend, Mode, call_back, call_back_with};
use crate::harness::inbox::Inbox;
use crate::harness::smtp::{MailServer, Security};

const GUEST: &str = "+15550100123";

/// What is no telephone number, however much it begins like one.
const HOSTILE: [&str; 9] = [
    "+1555@evil.example,v@x",
    "+15550100123@evil.example",
    "+15550100123,+15550100124",
    "+15550100123\r\nBcc: v@x.example",
    "+15550100123 ",
    "<+15550100123>",
    "15550100123",
    "anonymous",
    "",
];

fn settings(set: &[&str]) -> Config {
    CommandLine::parse_from(["voice-server"].iter().chain(set)).config
}

fn texter(set: &[&str]) -> Texter {
    let config = settings(set);
    Texter::new(&config, &Mailer::new(&config).expect("a mailer")).expect("a way for text messages")
}

/// With an account at this ClickSend.
fn by_api(clicksend: &ClickSend) -> Texter {
    let (base, host) = (clicksend.base(), clicksend.host());
    let account = ["--clicksend-username", "voice", "--clicksend-api-key", "a key"];
    texter(&[&account[..], &["--clicksend-api-base", &base, "--egress-allow", &host]].concat())
}

fn message(to: &str) -> TextMessage {
    TextMessage {
        is_retry: false,
        to: to.to_owned(),
        body: "Hi Zoë! Your appointment is at 10:00.\nReply STOP to opt out.".to_owned(),
        reference: "12.345".to_owned(),
        message_id: "<12.345@voice.example>".to_owned(),
    }
}

async fn refusal(texter: &impl SmsTransport) -> NotSent {
    texter.send(&message(GUEST)).await.expect_err("a refusal")
}

#[tokio::test(flavor = "multi_thread")]
async fn with_an_account_a_text_message_goes_to_the_api() {
    let clicksend = ClickSend::start().await;
    let taken = by_api(&clicksend).send(&message(GUEST)).await.expect("it is taken");
    let sent = clicksend.sent();
    let [sent] = sent.as_slice() else { panic!("{sent:?}") };
    assert_eq!(taken, Taken { provider_id: Some(sent.provider_id.clone()), parts: Some(2) });
    assert_eq!((sent.to.as_str(), sent.reference.as_str(), &sent.from), (GUEST, "12.345", &None));
    assert_eq!(sent.body, message(GUEST).body);
    assert_eq!(sent.authorization, format!("Basic {}", data_encoding::BASE64.encode(b"voice:a key")));
}

#[tokio::test(flavor = "multi_thread")]
async fn half_an_account_is_refused_at_the_start() {
    for half in [["--clicksend-username", "voice"], ["--clicksend-api-key", "a key"]] {
        let config = settings(&half);
        let refused =
            Texter::new(&config, &Mailer::new(&config).expect("a mailer")).err().expect("a refusal");
        let said = refused.to_string();
        assert!(said.contains("CLICKSEND_USERNAME") && said.contains("CLICKSEND_API_KEY"), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_clicksend_refuses_is_not_sent_although_the_status_is_200() {
    let clicksend = ClickSend::start().await;
    let texter = by_api(&clicksend);
    for (word, is_permanent) in [
        ("INVALID_RECIPIENT", true),
        ("THROTTLED", true),
        ("A_WORD_OF_TOMORROW", true),
        ("INSUFFICIENT_CREDIT", false),
        ("COUNTRY_NOT_ENABLED", false),
    ] {
        clicksend.will(Mode::Refuse(word));
        let refused = refusal(&texter).await;
        assert_eq!(refused.is_permanent, is_permanent, "{word}: {refused:?}");
        let tells_of_our_account = refused.why.contains("CREDIT") || refused.why.contains("ENABLED");
        assert!(!tells_of_our_account, "{word}: {refused:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_is_tried_again_when_clicksend_is_out_of_order_or_does_not_know_us() {
    let clicksend = ClickSend::start().await;
    let texter = by_api(&clicksend);
    for mode in [500, 502, 503, 429, 401, 403, 404, 302].map(Mode::Status).into_iter().chain([Mode::Nonsense])
    {
        clicksend.will(mode);
        let refused = refusal(&texter).await;
        assert!(!refused.is_permanent, "{mode:?}: {refused:?}");
    }
    clicksend.will(Mode::Status(400));
    assert!(refusal(&texter).await.is_permanent);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_try_that_is_told_that_the_text_just_went_out_counts_as_sent() {
    let clicksend = ClickSend::start().await;
    let texter = by_api(&clicksend);
    clicksend.will(Mode::Refuse("THROTTLED"));
    let again = TextMessage { is_retry: true, ..message(GUEST) };
    assert_eq!(texter.send(&again).await, Ok(Taken { provider_id: None, parts: None }));
}

#[tokio::test(flavor = "multi_thread")]
async fn clicksend_is_not_waited_for_longer_than_its_time() {
    let clicksend = ClickSend::start().await;
    clicksend.will(Mode::Hang);
    let host = clicksend.host();
    let config = settings(&["--clicksend-api-base", &clicksend.base(), "--egress-allow", &host]);
    let short = Duration::from_millis(200);
    let limits = Limits { idle: short, total: short, bytes: 1024 };
    let texter = Clicksend::new(&config, "voice", &Secret::from("a key")).expect("it can be spoken to");
    let refused = refusal(&texter.within(limits)).await;
    assert_eq!((refused.kind, refused.is_permanent), ("ClickSend does not answer in time", false));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_api_in_a_private_network_is_refused_at_the_start_unless_it_is_allowed() {
    let config = settings(&["--clicksend-api-base", "http://127.0.0.1:1"]);
    let refused = Clicksend::new(&config, "voice", &Secret::from("a key")).err().expect("a refusal");
    assert!(refused.to_string().contains("CLICKSEND_API_BASE"), "{refused:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_an_account_a_text_message_is_a_plain_mail_to_the_gateway() {
    let mut server = MailServer::start(Security::None, 0).await;
    let port = server.address.port().to_string();
    let from = "Reception <hello@voice.example>";
    let texter = texter(&["--smtp-host", "127.0.0.1", "--smtp-port", &port, "--mail-from", from]);
    let taken = texter.send(&message(GUEST)).await.expect("it is taken");
    assert_eq!(taken, Taken { provider_id: None, parts: None });
    let mail = server.mail().await;
    assert_eq!(mail.recipient, "RCPT TO:<+15550100123@sms.clicksend.com>");
    let read = MessageParser::new().parse(mail.data.as_bytes()).expect("a mail");
    assert_eq!(read.subject().unwrap_or_default(), "", "{}", mail.data);
    assert_eq!(read.message_id(), Some("12.345@voice.example"));
    assert_eq!(read.from().unwrap().first().unwrap().address(), Some("hello@voice.example"));
    let kind = read.content_type().expect("a type");
    assert_eq!(
        (kind.ctype(), kind.subtype(), kind.attribute("charset")),
        ("text", Some("plain"), Some("utf-8"))
    );
    assert_eq!(read.html_body_count() + read.attachment_count(), read.text_body_count(), "{}", mail.data);
    assert_eq!(read.body_text(0).unwrap().replace("\r\n", "\n").trim_end(), message(GUEST).body);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_platform_without_a_mail_server_shows_text_messages_with_its_mails() {
    let inbox = Inbox::new();
    let app = inbox.app().await;
    let texter = texter(&["--data-dir", inbox.folder(), "--clicksend-gateway", "sms.gateway.example"]);
    texter.send(&message(GUEST)).await.expect("it is kept");
    let mail = inbox.mail(1).await;
    assert_eq!((mail.to.as_str(), mail.subject.as_str()), ("+15550100123@sms.gateway.example", ""));
    let page = async |path: &str| app.http.get(app.url(path)).send().await.unwrap().text().await.unwrap();
    let list = page("/dev/mail").await;
    assert!(
        list.contains("+15550100123@sms.gateway.example") && list.contains(">(no subject)</a>"),
        "{list}"
    );
    let (_, link) = list.split_once("<a href=\"/dev/mail/").expect("a link");
    let (name, _) = link.split_once('"').expect("its end");
    let shown = page(&format!("/dev/mail/{name}")).await;
    assert!(shown.contains("Hi Zoë!"), "{shown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hostile_number_fails_alone_by_either_way() {
    let (clicksend, inbox) = (ClickSend::start().await, Inbox::new());
    let ways = [by_api(&clicksend), texter(&["--data-dir", inbox.folder()])];
    for texter in &ways {
        for hostile in HOSTILE {
            let refused = texter.send(&message(hostile)).await.expect_err(hostile);
            assert!(refused.is_permanent, "{hostile}: {refused:?}");
            assert!(!refused.why.contains("evil") && !refused.kind.contains("evil"), "{refused:?}");
        }
        texter.send(&message(GUEST)).await.expect("the next is taken");
    }
    let sent: Vec<String> = clicksend.sent().into_iter().map(|sent| sent.to).collect();
    assert_eq!(sent, [GUEST]);
    let mailed: Vec<String> = inbox.mails().into_iter().map(|mail| mail.to).collect();
    assert_eq!(mailed, ["+15550100123@sms.clicksend.com"]);
}

/// A text message of a customer's, sent so many days ago.
async fn texted(app: &TestApp, customer: &Customer, id: i64, days_ago: i32) {
    const SENT: &str = "
insert into notifications (customer_id, id, type, recipient, template, content, status, cost, parts,
       provider_id, due_at, sent_at, created_at)
select $1, $2, 'sms', $3, 'booked', 'Hi', 'sent', 0.05, 1, 'id-' || $2, sent, sent, sent
  from (select timestamptz '2026-01-05 12:00Z' - make_interval(days => $4) as sent) s";
    let query = sqlx::query(SENT).bind(customer.id.0).bind(id).bind(GUEST).bind(days_ago);
    query.execute(&mut app.sql().await).await.expect("a message");
}

async fn opted_out(app: &TestApp) -> Vec<(i64, String, String)> {
    let sql = "select customer_id, phone, keyword from sms_opt_outs order by customer_id, phone";
    sqlx::query_as(sql).fetch_all(&mut app.sql().await).await.expect("the opt-outs")
}

/// Receipt, status, cost and reason of a message.
async fn kept(app: &TestApp, customer: &Customer, id: i64) -> (String, String, String, Option<String>) {
    let sql = "select receipt, status, cost::text, error_message from notifications
                where customer_id = $1 and id = $2";
    let query = sqlx::query_as(sql).bind(customer.id.0).bind(id);
    query.fetch_one(&mut app.sql().await).await.expect("the message")
}

async fn reply(app: &TestApp, from: &str, body: &str) {
    let answer = call_back(app, "inbound", &[("from", from), ("body", body), ("to", "+15550199")]).await;
    assert_eq!((answer.status, &answer.body), (200, &json!({"success": true})));
}

async fn receipt(app: &TestApp, reference: &str, provider_id: &str, code: &str, text: &str) {
    let fields = [
        ("message_id", provider_id),
        ("custom_string", reference),
        ("status_code", code),
        ("status_text", "Failed"),
        ("error_text", text),
        ("message_type", "sms"),
    ];
    let answer = call_back(app, "receipt", &fields).await;
    assert_eq!((answer.status, &answer.body), (200, &json!({"success": true})));
}

async fn is_silent(app: &TestApp, customer: CustomerId) -> bool {
    is_opted_out(&app.app.backend().store, customer, GUEST).await.expect("an answer")
}

#[tokio::test(flavor = "multi_thread")]
async fn stop_is_for_every_customer_that_texted_the_guest_lately_and_for_no_other() {
    let app = TestApp::start().await;
    let customers = [app.poor_customer().await, app.poor_customer().await, app.poor_customer().await];
    let [lately, too, long_ago] = &customers;
    let (stranger, waiting) = (app.poor_customer().await, app.poor_customer().await);
    texted(&app, lately, 1, 0).await;
    texted(&app, lately, 2, 3).await;
    texted(&app, too, 1, 89).await;
    texted(&app, long_ago, 1, 91).await;
    texted(&app, &waiting, 1, 0).await;
    let unsent = "update notifications set status = 'pending', sent_at = null where customer_id = $1";
    sqlx::query(unsent).bind(waiting.id.0).execute(&mut app.sql().await).await.unwrap();

    reply(&app, "+15550100124", "STOP").await;
    assert_eq!(opted_out(&app).await, [], "somebody else's number");
    reply(&app, GUEST, " Stop. ").await;
    let row = |customer: &Customer| (customer.id.0, GUEST.to_owned(), "STOP".to_owned());
    assert_eq!(opted_out(&app).await, [row(lately), row(too), row(&waiting)], "and whoever is about to");
    assert!(is_silent(&app, lately.id).await && is_silent(&app, too.id).await);
    for other in [long_ago, &stranger] {
        assert!(!is_silent(&app, other.id).await);
    }
    // It comes again, and once more in other words.
    reply(&app, GUEST, "STOP").await;
    reply(&app, GUEST, "Unsubscribe").await;
    assert_eq!(opted_out(&app).await, [row(lately), row(too), row(&waiting)]);

    reply(&app, GUEST, "yes").await;
    reply(&app, GUEST, "Please start without me").await;
    assert_eq!(opted_out(&app).await.len(), 3);
    reply(&app, GUEST, "start!").await;
    assert_eq!(opted_out(&app).await, []);
    assert!(!is_silent(&app, lately.id).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_answers_that_come_out_of_order_the_newest_counts() {
    let app = TestApp::start().await;
    let customer = app.poor_customer().await;
    texted(&app, &customer, 1, 0).await;
    let now = at("2026-01-05T12:00:00Z").as_second();
    let said = async |word: &str, seconds_ago: i64| {
        let said_at = (now - seconds_ago).to_string();
        call_back(&app, "inbound", &[("from", GUEST), ("body", word), ("timestamp", &said_at)]).await;
    };
    said("STOP", 60).await;
    said("START", 90).await;
    assert!(is_silent(&app, customer.id).await, "it was said before the STOP");
    said("START", 30).await;
    assert!(!is_silent(&app, customer.id).await);
    said("STOP", 20).await;
    said("STOP", 10).await;
    said("START", 15).await;
    assert!(is_silent(&app, customer.id).await, "the second STOP is the newest");
    for nonsense in ["-377705023201", "-9223372036854775808", "99999999999999999999", "0", "x"] {
        let fields = [("from", GUEST), ("body", "STOP"), ("timestamp", nonsense)];
        assert_eq!(call_back(&app, "inbound", &fields).await.status, 200, "{nonsense}");
    }
    assert!(is_silent(&app, customer.id).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_is_understood_as_a_form_and_as_json_whatever_it_is_called() {
    let app = TestApp::start().await;
    let customer = app.poor_customer().await;
    texted(&app, &customer, 1, 0).await;
    let json = json!({"from": GUEST, "body": "Stop", "timestamp": 1_767_614_400, "user_id": 1}).to_string();
    for (kind, body) in [
        ("application/json", json.clone()),
        ("application/x-www-form-urlencoded", json),
        ("application/x-www-form-urlencoded", "from=%2B15550100123&body=STOP".to_owned()),
        ("application/x-www-form-urlencoded; charset=utf-8", "from=+15550100123&body=stop".to_owned()),
        ("text/plain", "from=15550100123&body=Stop%21".to_owned()),
    ] {
        let answer = call_back_with(&app, "inbound", kind, body.clone()).await;
        assert_eq!(answer.status, 200, "{body}");
        assert!(is_silent(&app, customer.id).await, "{kind} {body}");
        reply(&app, GUEST, "START").await;
        assert!(!is_silent(&app, customer.id).await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_read_changes_nothing_and_need_not_come_again() {
    let app = TestApp::start().await;
    let customer = app.poor_customer().await;
    texted(&app, &customer, 1, 0).await;
    let deep = format!("{{\"from\":{}1{}}}", "[".repeat(20_000), "]".repeat(20_000));
    let bodies: [&[u8]; 12] = [
        b"",
        b"{",
        b"[]",
        b"null",
        b"{\"from\":[\"+15550100123\"],\"body\":\"STOP\"}",
        b"{\"from\":\"+15550100123\",\"body\":\"STOP\"",
        b"from=%2B15550100123%00&body=STOP",
        b"from=%2B1555%40evil.example%2Cv%40x&body=STOP",
        b"from=%2B15550100123&body=\xff\xfeSTOP%00x",
        b"message_id=%00&custom_string=1.1&status_code=201",
        b"\xff\xfe\x00\x01&&==%%",
        deep.as_bytes(),
    ];
    for body in bodies {
        for kind in ["inbound", "receipt"] {
            for content_type in ["application/x-www-form-urlencoded", "application/json", "x"] {
                let answer = call_back_with(&app, kind, content_type, body).await;
                assert_eq!(answer.status, 200, "{kind} {}", String::from_utf8_lossy(body));
            }
        }
    }
    assert_eq!(opted_out(&app).await, []);
    assert_eq!(kept(&app, &customer, 1).await.0, "unknown");
    let large = call_back_with(&app, "inbound", "application/json", vec![b' '; 64 * 1024 + 1]).await;
    assert_problem(&large, 413, "body-too-large");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_who_has_the_token_is_believed_and_who_guesses_is_slowed_down() {
    let app = TestApp::start().await;
    let customer = app.poor_customer().await;
    texted(&app, &customer, 1, 0).await;
    let token = app.app.backend().vault.clicksend_token();
    let guess = async |kind: &str, token: &str| {
        let url = app.url(&format!("/api/v1/clicksend/{kind}/{token}"));
        let request = app.http.post(url).body(format!("from=%2B{}&body=STOP", &GUEST[1..]));
        crate::harness::app::Answer::of(request.send().await.expect("an answer")).await
    };
    let guesses = ["a", &token[..31], &token.to_uppercase(), &customer.key, "%00", "%ff"];
    for wrong in guesses {
        for kind in ["inbound", "receipt"] {
            let answer = guess(kind, wrong).await;
            assert_eq!(answer.status, 404, "{wrong}");
        }
    }
    assert_problem(&guess("inbound", &format!("{token}a")).await, 404, "unknown-key");
    let mut asked = 13;
    while guess("inbound", "aaaa").await.status == 404 {
        asked += 1;
        assert!(asked <= 30, "nobody is told to slow down");
    }
    assert_problem(&guess("receipt", "aaaa").await, 429, "too-many-requests");
    assert_eq!(opted_out(&app).await, []);
    // ClickSend is believed also beside a guesser.
    assert_eq!(guess("inbound", &token).await.status, 200);
    assert!(is_silent(&app, customer.id).await);
    assert!(!metrics(&app).await.contains(&token), "the token is in a label");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receipt_says_what_became_of_a_message_and_changes_nothing_else() {
    let clicksend = ClickSend::start().await;
    let app = TestApp::with(clicksend.options()).await;
    let customer = app.poor_customer().await;
    texted(&app, &customer, 7, 0).await;
    let reference = format!("{}.7", customer.id.0);
    let sent = |receipt: &str, why: Option<&str>| {
        (receipt.to_owned(), "sent".to_owned(), "0.0500".to_owned(), why.map(str::to_owned))
    };
    for pending in ["200", "300", "", "x", "-201", "2010000"] {
        receipt(&app, &reference, "id-7", pending, "").await;
        assert_eq!(kept(&app, &customer, 7).await, sent("unknown", None), "{pending}");
    }
    receipt(&app, &reference, "id-7", "301", "Handset\u{7}\0 is off").await;
    let undelivered = sent("undelivered", Some("Handset is off"));
    assert_eq!(kept(&app, &customer, 7).await, undelivered);
    receipt(&app, &reference, "id-7", "302", "Another reason").await;
    assert_eq!(kept(&app, &customer, 7).await, undelivered);
    receipt(&app, &reference, "id-7", "201", "").await;
    assert_eq!(kept(&app, &customer, 7).await, sent("delivered", None));
    for repeat in ["201", "301", "200", "405"] {
        receipt(&app, &reference, "id-7", repeat, "Late").await;
        assert_eq!(kept(&app, &customer, 7).await, sent("delivered", None), "{repeat}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receipt_must_know_both_names_of_a_message_that_was_sent() {
    let app = TestApp::start().await;
    let (customer, other) = (app.poor_customer().await, app.poor_customer().await);
    for (customer, id) in [(&customer, 7), (&other, 7), (&customer, 8)] {
        texted(&app, customer, id, 0).await;
    }
    let unsent =
        "update notifications set status = 'pending', sent_at = null where customer_id = $1 and id = 8";
    sqlx::query(unsent).bind(customer.id.0).execute(&mut app.sql().await).await.unwrap();
    let (own, others) = (customer.id.0, other.id.0);
    for (reference, provider_id) in [
        (format!("{own}.7"), "id-8"),
        (format!("{own}.7"), ""),
        (format!("{own}.8"), "id-8"),
        (format!("{own}.9"), "id-7"),
        (format!("0{own}.7"), "id-7"),
        (format!("{}.7", own + 1000), "id-7"),
        (String::new(), "id-7"),
        ("7".to_owned(), "id-7"),
        (format!("{own}.7 or 1=1"), "id-7"),
    ] {
        receipt(&app, &reference, provider_id, "201", "").await;
    }
    for (customer, id) in [(&customer, 7), (&other, 7), (&customer, 8)] {
        assert_eq!(kept(&app, customer, id).await.0, "unknown");
    }
    receipt(&app, &format!("{others}.7"), "id-7", "201", "").await;
    assert_eq!(kept(&app, &other, 7).await.0, "delivered");
    assert_eq!(kept(&app, &customer, 7).await.0, "unknown", "the same name, another customer");
}
