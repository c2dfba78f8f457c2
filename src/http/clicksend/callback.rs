//! The way of every request of ClickSend's: token, then a small body, a form or JSON.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use serde::Serialize;
use serde_json::Value;

use super::super::body;
use super::super::edge::Edge;
use super::super::path::Path;
use super::super::problem::Problem;
use super::super::session::Client;

/// The fields of a request that came with our token. Of what could not be read there are none.
pub struct Callback(HashMap<String, String>);

/// The answer to whatever has our token.
#[derive(Debug, Serialize)]
pub struct Noted {
    success: bool,
}

impl Noted {
    /// We need not be told again.
    pub fn answer() -> Json<Self> {
        Json(Self { success: true })
    }
}

impl FromRequest<Arc<Edge>> for Callback {
    type Rejection = Problem;

    async fn from_request(request: Request, edge: &Arc<Edge>) -> Result<Self, Problem> {
        let (mut parts, sent) = request.into_parts();
        check_token(&mut parts, edge).await?;
        let bytes = body::read_small(&parts.headers, sent).await?;
        Ok(Self(fields(&bytes)))
    }
}

async fn check_token(parts: &mut Parts, edge: &Arc<Edge>) -> Result<(), Problem> {
    let token = Path::<String>::from_request_parts(parts, edge).await;
    if token.is_ok_and(|Path(token)| edge.vault.has_made_clicksend_token(&token)) {
        return Ok(());
    }
    let Client(client) = Client::from_request_parts(parts, edge).await?;
    match edge.limits.admit_guess(client) {
        true => Err(Problem::unknown_key()),
        false => Err(Problem::too_many_requests()),
    }
}

impl Callback {
    /// What a field says, unless that is nothing.
    pub fn field(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(|value| value.trim()).filter(|value| !value.is_empty())
    }

    /// A telephone number as we sent to it. ClickSend's always have their country, but not always their
    /// `+`: in a form, one that was not escaped has become a space.
    pub fn number(&self, name: &str) -> Option<String> {
        let said = self.field(name)?;
        let digits = said.strip_prefix('+').unwrap_or(said);
        let is_number = (7..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| format!("+{digits}"))
    }
}

/// By what the body looks like, and not by what it says to be: ClickSend has a setting for that.
fn fields(bytes: &[u8]) -> HashMap<String, String> {
    if bytes.trim_ascii_start().starts_with(b"{") {
        let Ok(Value::Object(said)) = serde_json::from_slice(bytes) else { return HashMap::new() };
        let texts = said.into_iter().filter_map(|(name, value)| match value {
            Value::String(text) => Some((name, text)),
            Value::Number(number) => Some((name, number.to_string())),
            _ => None,
        });
        return texts.collect();
    }
    form_urlencoded::parse(bytes).into_owned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_and_an_object_say_the_same() {
        for body in [
            r#"{"from": "+15550100123", "body": "Stop", "timestamp": 1767614400, "media": ["x"], "a": null}"#,
            "from=%2B15550100123&body=Stop&timestamp=1767614400",
            "from=+15550100123&body=+Stop+&timestamp=1767614400",
            "from=15550100123&body=Stop%0a&timestamp=1767614400",
        ] {
            let callback = Callback(fields(body.as_bytes()));
            assert_eq!(callback.number("from").as_deref(), Some("+15550100123"), "{body}");
            assert_eq!(callback.field("body"), Some("Stop"), "{body}");
            assert_eq!(callback.field("timestamp"), Some("1767614400"), "{body}");
            assert_eq!(callback.field("media"), None, "{body}");
        }
    }

    #[test]
    fn what_cannot_be_read_says_nothing() {
        for body in [&b""[..], b"{", b"{\"from\"", b"[]", b"\xff\xfe", b"&&==&", b"{\"from\":{\"from\":1}}"] {
            assert_eq!(Callback(fields(body)).field("from"), None, "{body:?}");
        }
        for hostile in
            ["anonymous", "+1555@evil.example,v@x", "+", "123", "12345678901234567890", "1555 0100123"]
        {
            let callback = Callback(HashMap::from([("from".to_owned(), hostile.to_owned())]));
            assert_eq!(callback.number("from"), None, "{hostile}");
        }
    }
}
