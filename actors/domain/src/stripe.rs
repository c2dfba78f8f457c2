//! What Stripe tells about payments: its event, read into what it means for a balance.
//!
//! Only Checkout's sessions concern us, and of those only the ones that were made here: whoever has an account
//! at Stripe may sell other things with it, and may have another installation of this platform. The seal that
//! we put beside the customer's number when a session was made tells ours; who checks it is not here, for it
//! takes a secret.
//!
//! A session that was completed is not always paid: some ways of paying take days
//! (<https://docs.stripe.com/checkout/fulfillment>). Then a second event says that it was.

use serde::Deserialize;

use crate::ids::CustomerId;

/// The name under which a session says whose balance it pays into, and our seal on that.
pub const CUSTOMER: &str = "voice_customer";
/// The same of the seal.
pub const SEAL: &str = "voice_seal";

/// Bytes of Stripe's name of a payment, which has 27: what the ledger can keep.
const ID_BYTES_MAX: usize = 150;

/// What an event means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// Somebody has paid.
    Paid(Payment),
    /// Nothing for a balance.
    Nothing,
}

/// A payment that Stripe has received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payment {
    /// Stripe's name of it, `pi_…`: the same in every event about it.
    pub id: String,
    /// In the smallest unit of its currency.
    pub units: i64,
    /// ISO 4217, in upper case.
    pub currency: String,
    /// Whose balance it pays into, and the seal on that; `None` where the session was not made here.
    pub claim: Option<(CustomerId, String)>,
}

/// Why an event means nothing that could be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// No event of Stripe's.
    #[error("the body is not an event of Stripe's")]
    NotAnEvent,
    /// It is, of a payment that lacks what every payment has.
    #[error("the event tells of a payment without saying which, how much or in what")]
    NotAPayment,
}

#[derive(Deserialize)]
struct Event<'a> {
    r#type: String,
    #[serde(borrow)]
    data: Data<'a>,
}

#[derive(Deserialize)]
struct Data<'a> {
    #[serde(borrow)]
    object: &'a serde_json::value::RawValue,
}

/// A session, as far as it concerns us.
#[derive(Deserialize)]
struct Session {
    payment_status: Option<String>,
    payment_intent: Option<Intent>,
    amount_total: Option<i64>,
    currency: Option<String>,
    metadata: Option<Metadata>,
}

/// By name, or whole where whoever made the endpoint wished so.
#[derive(Deserialize)]
#[serde(untagged)]
enum Intent {
    Name(String),
    Whole { id: String },
}

#[derive(Deserialize)]
struct Metadata {
    voice_customer: Option<String>,
    voice_seal: Option<String>,
}

/// Reads an event.
pub fn read(body: &[u8]) -> Result<Told, Unreadable> {
    let event: Event<'_> = serde_json::from_slice(body).map_err(|_| Unreadable::NotAnEvent)?;
    if !["checkout.session.completed", "checkout.session.async_payment_succeeded"]
        .contains(&event.r#type.as_str())
    {
        return Ok(Told::Nothing);
    }
    let session: Session =
        serde_json::from_str(event.data.object.get()).map_err(|_| Unreadable::NotAPayment)?;
    // `unpaid` is still to be paid; `no_payment_required` never will be.
    if session.payment_status.as_deref() != Some("paid") {
        return Ok(Told::Nothing);
    }
    let id = match session.payment_intent {
        Some(Intent::Name(id) | Intent::Whole { id }) => id,
        None => return Err(Unreadable::NotAPayment),
    };
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    if id.is_empty() || id.len() > ID_BYTES_MAX || !id.bytes().all(is_name) {
        return Err(Unreadable::NotAPayment);
    }
    let (Some(units), Some(currency)) = (session.amount_total, session.currency) else {
        return Err(Unreadable::NotAPayment);
    };
    let claim = session.metadata.and_then(|said| {
        let customer = said.voice_customer?.parse().ok()?;
        Some((CustomerId(customer), said.voice_seal?))
    });
    Ok(Told::Paid(Payment { id, units, currency: currency.to_ascii_uppercase(), claim }))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn event(kind: &str, session: serde_json::Value) -> Vec<u8> {
        let event = json!({"id": "evt_1", "object": "event", "type": kind, "data": {"object": session}});
        event.to_string().into_bytes()
    }

    fn session(status: &str) -> serde_json::Value {
        json!({
            "id": "cs_1", "object": "checkout.session", "payment_status": status, "payment_intent": "pi_1",
            "amount_total": 5000, "currency": "eur", "metadata": {"voice_customer": "7", "voice_seal": "s"},
        })
    }

    fn payment() -> Payment {
        let claim = Some((CustomerId(7), "s".to_owned()));
        Payment { id: "pi_1".to_owned(), units: 5000, currency: "EUR".to_owned(), claim }
    }

    #[test]
    fn a_session_counts_once_it_is_paid_at_once_or_later() {
        for kind in ["checkout.session.completed", "checkout.session.async_payment_succeeded"] {
            assert_eq!(read(&event(kind, session("paid"))), Ok(Told::Paid(payment())));
            assert_eq!(read(&event(kind, session("unpaid"))), Ok(Told::Nothing));
            assert_eq!(read(&event(kind, session("no_payment_required"))), Ok(Told::Nothing));
        }
        for kind in ["checkout.session.async_payment_failed", "checkout.session.expired", "charge.refunded"] {
            assert_eq!(read(&event(kind, session("paid"))), Ok(Told::Nothing));
        }
    }

    #[test]
    fn an_intent_may_come_whole() {
        let mut whole = session("paid");
        whole["payment_intent"] = json!({"id": "pi_1", "object": "payment_intent"});
        assert_eq!(read(&event("checkout.session.completed", whole)), Ok(Told::Paid(payment())));
    }

    #[test]
    fn a_session_of_somebody_else_claims_nobody() {
        for metadata in [json!(null), json!({}), json!({"voice_customer": "7"}), json!({"voice_seal": "s"})] {
            let mut theirs = session("paid");
            theirs["metadata"] = metadata;
            let told = read(&event("checkout.session.completed", theirs));
            assert_eq!(told, Ok(Told::Paid(Payment { claim: None, ..payment() })));
        }
    }

    #[test]
    fn a_payment_without_a_name_an_amount_or_a_currency_is_none() {
        for field in ["payment_intent", "amount_total", "currency"] {
            let mut broken = session("paid");
            broken.as_object_mut().unwrap().remove(field);
            let told = read(&event("checkout.session.completed", broken));
            assert_eq!(told, Err(Unreadable::NotAPayment), "{field}");
        }
        for name in ["", "pi 1", "pi_1\n", &"p".repeat(151)] {
            let mut broken = session("paid");
            broken["payment_intent"] = json!(name);
            let told = read(&event("checkout.session.completed", broken));
            assert_eq!(told, Err(Unreadable::NotAPayment), "{name:?}");
        }
        for body in ["", "[]", "{}", r#"{"type":"x"}"#, r#"{"type":1,"data":{"object":{}}}"#] {
            assert_eq!(read(body.as_bytes()), Err(Unreadable::NotAnEvent), "{body}");
        }
    }
}
