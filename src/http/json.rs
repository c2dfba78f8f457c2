//! Reads the bodies of our own API: JSON, small, every wrong field by its name.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, header};
use serde::de::{DeserializeOwned, IgnoredAny};
use serde::{Deserialize, Deserializer};

use super::body;
use super::edge::Edge;
use super::problem::{FieldError, Problem};

/// Bytes of a body: a week of opening hours is two thousand.
const BODY_BYTES_MAX: usize = 64 * 1024;

/// A body that was understood.
pub struct Json<T>(pub T);

impl<T: DeserializeOwned> FromRequest<Arc<Edge>> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, edge: &Arc<Edge>) -> Result<Self, Problem> {
        let JsonText(bytes) = JsonText::from_request(request, edge).await?;
        parse(&bytes).map(Self)
    }
}

/// The text of a body that says it is JSON, for those who look at it before they read it.
pub struct JsonText(pub Bytes);

impl FromRequest<Arc<Edge>> for JsonText {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &Arc<Edge>) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        if !is_json(&parts.headers) {
            return Err(Problem::not_json());
        }
        let bytes = body::read_small(&parts.headers, body).await?;
        Ok(Self(bytes))
    }
}

/// For a field that must be there and may be `null`.
pub fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(reader: D) -> Result<Option<T>, D::Error> {
    Option::deserialize(reader)
}

/// Whether the body says that it is JSON. A form of another site cannot say so.
pub fn is_json(headers: &HeaderMap) -> bool {
    says(headers, "application/json")
}

/// Whether the body says that it is the form of a page.
pub fn is_form(headers: &HeaderMap) -> bool {
    says(headers, "application/x-www-form-urlencoded")
}

fn says(headers: &HeaderMap, wanted: &str) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let essence = kind.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case(wanted)
}

/// Reads a body; unknown and wrong fields are refused by name.
pub fn parse<T: DeserializeOwned>(bytes: &Bytes) -> Result<T, Problem> {
    if bytes.len() > BODY_BYTES_MAX {
        return Err(Problem::body_too_large(BODY_BYTES_MAX));
    }
    // The database's texts cannot hold it.
    if memchr::memmem::find(bytes, br"\u0000").is_some() {
        return Err(Problem::bad_body("a text cannot hold the character NUL"));
    }
    // Serde would take an array for the fields of a struct in their order, which nobody means.
    if bytes.trim_ascii_start().first() == Some(&b'[') {
        return Err(Problem::bad_body("the body is an array; an object is needed"));
    }
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let path = error.path().to_string();
        let inner = error.into_inner();
        if !inner.is_syntax() && !inner.is_eof() {
            return Problem::invalid(vec![field_error(&path, &inner.to_string())]);
        }
        // Where one of several words is expected, serde calls anything but a text a syntax error.
        match serde_json::from_slice::<IgnoredAny>(bytes) {
            Ok(_) => Problem::invalid_field(&path, "this is no value for this field"),
            Err(_) => Problem::bad_body(format!("the body is no JSON: {inner}")),
        }
    })?;
    reader.end().map_err(|error| Problem::bad_body(format!("the body is no JSON: {error}")))?;
    Ok(value)
}

/// A field that is wrong, by what serde says: which one it misses or does not know stands in the
/// sentence only.
pub fn field_error(path: &str, sentence: &str) -> FieldError {
    // Where in the text it was found helps nobody.
    let sentence = sentence.rsplit_once(" at line ").map_or(sentence, |(sentence, _)| sentence);
    let named = sentence.strip_prefix("unknown field `").or(sentence.strip_prefix("missing field `"));
    let field = match (path, named.and_then(|rest| rest.split_once('`'))) {
        ("." | "", Some((name, _))) => name.to_owned(),
        (path, Some((name, _))) if !path.ends_with(name) => format!("{path}.{name}"),
        (path, _) => path.to_owned(),
    };
    FieldError { field, detail: sentence.to_owned() }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only read")]
    struct Outer {
        name: String,
        #[serde(default)]
        inner: Vec<Inner>,
        #[serde(default)]
        word: Option<Word>,
    }

    #[derive(Debug, Deserialize)]
    enum Word {
        Yes,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only read")]
    struct Inner {
        minutes: u32,
    }

    #[test]
    fn a_wrong_field_is_named_wherever_it_stands() {
        let named = |body: &str| {
            let problem = parse::<Outer>(&Bytes::copy_from_slice(body.as_bytes())).err();
            problem.and_then(|problem| problem.first_field().map(str::to_owned))
        };
        assert_eq!(named(r#"{"name": "a", "nane": 1}"#).as_deref(), Some("nane"));
        assert_eq!(named(r#"{}"#).as_deref(), Some("name"));
        assert_eq!(named(r#"{"name": 7}"#).as_deref(), Some("name"));
        assert_eq!(
            named(r#"{"name": "a", "inner": [{"minutes": -1}]}"#).as_deref(),
            Some("inner[0].minutes")
        );
        assert_eq!(named(r#"{"name": "a", "inner": [{"hours": 1}]}"#).as_deref(), Some("inner[0].hours"));
        assert_eq!(named(r#"{"name": "a", "word": 7}"#).as_deref(), Some("word"));
        assert_eq!(named("{"), None);
    }
}
