//! Asks Stripe for a page on which somebody pays a given amount into a given balance.
//!
//! One `POST /v1/checkout/sessions` (<https://docs.stripe.com/api/checkout/sessions/create>). The session
//! carries the customer's number and our seal on it; Stripe gives both back when it was paid.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use domain::ids::CustomerId;
use domain::stripe::{CUSTOMER, SEAL};
use jiff::Timestamp;
use serde::Deserialize;
use url::Url;

use crate::config::Secret;
use crate::egress::{Egress, Limits};

/// Somebody waits for it in front of a page.
const ANSWER: Limits =
    Limits { idle: Duration::from_secs(10), total: Duration::from_secs(15), bytes: 256 * 1024 };

/// Why there is no page to pay on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Failed {
    /// Stripe cannot be reached, or not now: asking again may help.
    #[error("Stripe cannot be reached just now")]
    Unreachable,
    /// Stripe refuses: the key, the account or the currency is not as it must be. Whoever runs the platform
    /// finds the reason in the log.
    #[error("Stripe does not take this payment")]
    Refused,
}

/// What is to be paid.
#[derive(Debug, Clone, Copy)]
pub struct Wish<'a> {
    /// Whose balance is raised.
    pub customer: CustomerId,
    /// The platform's seal on that.
    pub seal: &'a str,
    /// In the smallest unit of the currency.
    pub units: i64,
    /// ISO 4217.
    pub currency: &'a str,
    /// What the payer reads above the amount.
    pub product: &'a str,
    /// Where the payer comes back to once it is paid.
    pub paid_url: &'a str,
    /// Where the payer comes back to otherwise.
    pub back_url: &'a str,
}

/// A page to pay on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Stripe's name of it, `cs_…`.
    pub id: String,
    /// Where it is.
    pub url: String,
    /// Until when.
    pub expires_at: Timestamp,
}

/// Makes pages to pay on.
pub struct Checkout {
    egress: Arc<Egress>,
    address: Url,
    authorization: HeaderValue,
}

impl Checkout {
    /// With the key of an account at Stripe, asked at `api_base`.
    pub fn new(egress: Arc<Egress>, api_base: &str, key: &Secret) -> anyhow::Result<Self> {
        let address = egress.check(&format!("{}/v1/checkout/sessions", api_base.trim_end_matches('/')))?;
        let bearer = format!("Bearer {}", key.reveal().trim());
        let mut authorization = HeaderValue::try_from(bearer).context("the key has no signs but letters")?;
        authorization.set_sensitive(true);
        Ok(Self { egress, address, authorization })
    }

    /// Makes one.
    pub async fn begin(&self, wish: Wish<'_>) -> Result<Session, Failed> {
        #[derive(Deserialize)]
        struct Made {
            id: String,
            url: String,
            expires_at: i64,
        }
        let request = self.egress.request(Method::POST, self.address.as_str()).map_err(unreachable)?;
        let form = HeaderValue::from_static("application/x-www-form-urlencoded");
        let headers = HeaderMap::from_iter([
            (header::AUTHORIZATION, self.authorization.clone()),
            (header::CONTENT_TYPE, form),
        ]);
        let answer = request.headers(headers).body(form_of(wish)).send(ANSWER).await.map_err(unreachable)?;
        let status = answer.status();
        let body = answer.read().await.map_err(unreachable)?;
        if status != StatusCode::OK {
            return Err(refused(status, &body));
        }
        let made: Made = serde_json::from_slice(&body).map_err(unreachable)?;
        let expires_at = Timestamp::from_second(made.expires_at).map_err(unreachable)?;
        // It is put before people who are about to pay.
        let url = self.egress.check(&made.url).map_err(unreachable)?;
        Ok(Session { id: made.id, url: url.into(), expires_at })
    }
}

fn form_of(wish: Wish<'_>) -> String {
    let (customer, units) = (wish.customer.0.to_string(), wish.units.to_string());
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.extend_pairs([
        ("mode", "payment"),
        ("line_items[0][quantity]", "1"),
        ("line_items[0][price_data][currency]", &wish.currency.to_ascii_lowercase()),
        ("line_items[0][price_data][unit_amount]", &units),
        ("line_items[0][price_data][product_data][name]", wish.product),
        ("success_url", wish.paid_url),
        ("cancel_url", wish.back_url),
        ("client_reference_id", &customer),
    ]);
    // On the session, which we are told of, and on the payment, where whoever runs the platform looks.
    for place in ["metadata", "payment_intent_data[metadata]"] {
        form.append_pair(&format!("{place}[{CUSTOMER}]"), &customer);
    }
    form.append_pair(&format!("metadata[{SEAL}]"), wish.seal);
    form.finish()
}

/// What Stripe says of a refusal may repeat a part of the key: only its short codes are kept.
fn refused(status: StatusCode, body: &[u8]) -> Failed {
    #[derive(Deserialize, Default)]
    struct Answer {
        error: Said,
    }
    #[derive(Deserialize, Default)]
    struct Said {
        r#type: Option<String>,
        code: Option<String>,
        param: Option<String>,
    }
    let Answer { error } = serde_json::from_slice(body).unwrap_or_default();
    let short = |text: Option<String>| {
        let is_code = |byte: u8| byte.is_ascii_alphanumeric() || b"_[].".contains(&byte);
        text.filter(|text| text.len() <= 80 && text.bytes().all(is_code)).unwrap_or_default()
    };
    let (kind, code, param) = (short(error.r#type), short(error.code), short(error.param));
    tracing::error!(
        http.status = status.as_u16(),
        kind,
        code,
        param,
        "Stripe refuses to make a page to pay on"
    );
    if status == StatusCode::TOO_MANY_REQUESTS || status.is_server_error() {
        Failed::Unreachable
    } else {
        Failed::Refused
    }
}

fn unreachable(error: impl std::fmt::Display) -> Failed {
    tracing::warn!(%error, "Stripe cannot be asked for a page to pay on");
    Failed::Unreachable
}
