//! The server is killed again and again while guests are being told: each hears, each is paid for once.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use reqwest::Client;
use rust_decimal::Decimal;
use serde_json::{Value, json};
use sqlx::Row;

use crate::harness::program::{Place, Serving, client, sign_in};
use crate::harness::smtp::{Fault, MailServer, Security};

const KILLS: usize = 10;
/// Bookings of a round; the server is killed while the guests of the last ones are being told.
const BOOKINGS: usize = 4;
/// Longer than the lease of a message that a killed server had.
const PATIENCE: Duration = Duration::from_secs(60);

/// Somebody who books at this customer, wherever the server is now.
struct Desk {
    http: Client,
    key: String,
    cookie: String,
    address: String,
}

impl Desk {
    /// Books, and asks again until there is an answer; answers the appointment's id.
    async fn book(&self, number: usize) -> String {
        let day = Timestamp::now().to_zoned(TimeZone::UTC).date() + 30.days() + (number as i64 / 16).weeks();
        let minutes = 9 * 60 + number % 16 * 30;
        let args = json!({
            "date": next_monday(day).to_string(), "time": format!("{:02}:{:02}", minutes / 60, minutes % 60),
            "caller_name": "Ana", "caller_phone": format!("+15550100{number:03}"),
            "caller_email": format!("ana-{number}@example.com"), "duration_minutes": 30,
        });
        let url = format!("http://{}/api/v1/function/book/{}", self.address, self.key);
        let answer = self.http.post(url).json(&args).send().await.expect("an answer");
        let answer: Value = answer.json().await.expect("JSON");
        answer["appointment_id"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
    }

    async fn cancel(&self, appointment: &str) {
        let url = format!("http://{}/api/appointments/{appointment}", self.address);
        let answer = self.http.delete(url).header("cookie", &self.cookie).send().await.expect("an answer");
        assert!(answer.status().is_success(), "{}", answer.text().await.unwrap_or_default());
    }
}

fn next_monday(day: jiff::civil::Date) -> jiff::civil::Date {
    day + i64::from(7 - day.weekday().to_monday_zero_offset()).days()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_guest_is_told_and_charged_once_however_often_the_server_is_killed() {
    let mut server = MailServer::start(Security::Implicit, 0).await;
    let mut place = Place::empty().await;
    std::fs::create_dir_all(place.data_dir()).unwrap();
    let trusted = place.data_dir().join("ca.pem");
    std::fs::write(&trusted, &server.certificate).unwrap();
    place.set("SMTP_HOST", "localhost").set("SMTP_PORT", &server.address.port().to_string());
    place.set("SMTP_TLS", "implicit").set("SSL_CERT_FILE", trusted.to_str().unwrap());
    let create =
        ["customer", "create", "--json", "--name", "Ada", "--email", "ada@example.com", "--credit", "100"];
    let key = place.run(&create).succeeded().json()["api_key"].as_str().unwrap().to_owned();

    let mut serving = Serving::start(&place);
    let cookie = sign_in(&place, &serving).await;
    let mut desk = Desk { http: client(), key, cookie, address: serving.address.clone() };
    let (began, mut cancelled) = (Instant::now(), Vec::new());
    for round in 0..KILLS {
        let first = round * BOOKINGS;
        // Called off before any mail server would take its confirmation.
        server.faults.set(Some(Fault::Later));
        let off = desk.book(first).await;
        desk.cancel(&off).await;
        cancelled.push(off);
        server.faults.set(None);
        for number in first + 1..first + BOOKINGS {
            desk.book(number).await;
        }
        if round % 2 == 0 {
            // Some of it is on its way.
            server.mail().await;
        }
        serving.kill();
        serving = Serving::start(&place);
        desk.address = serving.address.clone();
    }
    assert!(began.elapsed() < Duration::from_secs(60), "{KILLS} kills took {:?}", began.elapsed());

    let mut sql = place.sql().await;
    let waiting = async {
        let mut looks = tokio::time::interval(Duration::from_millis(50));
        loop {
            looks.tick().await;
            let pending = "select count(*) from notifications where status = 'pending'";
            let count: i64 = sqlx::query_scalar(pending).fetch_one(&mut sql).await.expect("a count");
            if count == 0 {
                return;
            }
        }
    };
    tokio::time::timeout(PATIENCE, waiting).await.expect("everything goes out");

    const ROWS: &str = "
select n.appointment_id, n.template, n.type, n.status, n.cost, n.attempts,
       (select count(*) from transactions t
         where t.customer_id = n.customer_id and t.reference = n.type || ':' || n.id) as charges,
       (select coalesce(-sum(t.amount), 0) from transactions t
         where t.customer_id = n.customer_id and t.reference = n.type || ':' || n.id) as charged
  from notifications n
 order by n.id";
    let mut confirmed: HashMap<(i64, String), usize> = HashMap::new();
    for row in sqlx::query(ROWS).fetch_all(&mut sql).await.expect("the messages") {
        let (appointment, template): (i64, String) = (row.get(0), row.get(1));
        let (channel, status, cost): (String, String, Decimal) = (row.get(2), row.get(3), row.get(4));
        let what = format!("{template} by {channel} of apt_{appointment}: {status}, {cost}");
        let is_off = cancelled.contains(&format!("apt_{appointment}"));
        let should_be = if is_off && template == "booked" { "suppressed" } else { "sent" };
        assert_eq!(status, should_be, "{what}");
        let (charges, charged): (i64, Decimal) = (row.get(6), row.get(7));
        assert_eq!((charges, charged), (i64::from(status == "sent"), cost), "{what}");
        if status == "sent" && template == "booked" {
            *confirmed.entry((appointment, channel)).or_default() += 1;
        }
    }
    assert_eq!(confirmed.len(), KILLS * (BOOKINGS - 1) * 2, "each guest by each way");
    assert!(confirmed.values().all(|count| *count == 1));
    const DAY: &str = "
select (select count(*) from notifications where status = 'sent' and cost > 0)
         = (select count(*) from transactions where category in ('sms', 'email'))
   and (select sum(cost) from notifications)
         = (select -sum(amount) from transactions where category in ('sms', 'email'))";
    assert!(sqlx::query_scalar::<_, bool>(DAY).fetch_one(&mut sql).await.expect("both sides"));

    let mut on_the_wire: HashMap<String, usize> = HashMap::new();
    for mail in server.mails() {
        *on_the_wire.entry(mail.message_id().to_owned()).or_default() += 1;
    }
    let most = on_the_wire.values().max().copied().unwrap_or_default();
    assert!(most <= 1 + KILLS, "one more for each kill at most: {on_the_wire:?}");
    let (code, said) = serving.stop();
    assert_eq!(code, Some(0), "{said}");
    assert!(place.run(&["audit"]).succeeded().out.ends_with("0 findings\n"));
    println!("{} names on the wire, the most often {most} times", on_the_wire.len());
}
