//! Reads the bodies of our own API: JSON, small, every wrong field by its name.

mod objects;

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, header};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};

use super::body;
use super::edge::Edge;
use super::problem::{FieldError, Problem};
use objects::Value;

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
    let no_json = |error| Problem::bad_body(format!("the body is no JSON: {error}"));
    let body = Value::of(serde_json::from_slice(bytes).map_err(no_json)?);
    if !body.is_object() {
        return Err(Problem::bad_body("the body must be an object"));
    }
    serde_path_to_error::deserialize(body).map_err(|error| {
        let path = error.path().to_string();
        Problem::invalid(vec![field_error(&path, &error.into_inner().to_string())])
    })
}

/// A field that is wrong, by what serde says: which one it misses, does not know or sees twice
/// stands in the sentence only.
pub fn field_error(path: &str, sentence: &str) -> FieldError {
    // Where in the text it was found helps nobody.
    let sentence = sentence.rsplit_once(" at line ").map_or(sentence, |(sentence, _)| sentence);
    let named = ["unknown field `", "missing field `", "duplicate field `"]
        .into_iter()
        .find_map(|beginning| sentence.strip_prefix(beginning));
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

    fn named(body: &str) -> Option<String> {
        let problem = parse::<Outer>(&Bytes::copy_from_slice(body.as_bytes())).err();
        problem.and_then(|problem| problem.first_field().map(str::to_owned))
    }

    #[test]
    fn a_wrong_field_is_named_wherever_it_stands() {
        assert_eq!(named(r#"{"name": "a", "nane": 1}"#).as_deref(), Some("nane"));
        assert_eq!(named(r#"{}"#).as_deref(), Some("name"));
        assert_eq!(named(r#"{"name": 7}"#).as_deref(), Some("name"));
        assert_eq!(
            named(r#"{"name": "a", "inner": [{"minutes": -1}]}"#).as_deref(),
            Some("inner[0].minutes")
        );
        assert_eq!(named(r#"{"name": "a", "inner": [{"hours": 1}]}"#).as_deref(), Some("inner[0].hours"));
        assert_eq!(named(r#"{"name": "a", "word": 7}"#).as_deref(), Some("word"));
        assert_eq!(named(r#"{"name": "a", "name": "b"}"#).as_deref(), Some("name"));
        assert_eq!(named(r#"{"name": "\ud800"}"#).as_deref(), Some("name"));
        assert_eq!(named("{"), None);
    }

    #[test]
    fn only_an_object_is_an_object_and_only_a_text_a_word() {
        let read = |body: &str| parse::<Outer>(&Bytes::copy_from_slice(body.as_bytes())).is_ok();
        assert!(read(r#" {"name": "a", "inner": [{"minutes": 1}, {"minutes": 2}], "word": "Yes"} "#));
        assert!(read(r#"{"name": "a", "word": null}"#));
        for body in [r#"["a", [], null]"#, r#""a""#, "7", "null", "[]"] {
            assert!(!read(body), "{body}");
            assert_eq!(named(body), None, "{body}: it is no field that is wrong");
        }
        for (body, field) in [
            (r#"{"name": "a", "inner": [[1]]}"#, "inner[0]"),
            (r#"{"name": "a", "inner": [{"minutes": 1}, [2]]}"#, "inner[1]"),
            (r#"{"name": "a", "inner": {"minutes": 1}}"#, "inner"),
            (r#"{"name": "a", "inner": [[[[[1]]]]]}"#, "inner[0]"),
            (r#"{"name": "a", "word": {"Yes": null}}"#, "word"),
            (r#"{"name": ["a"]}"#, "name"),
        ] {
            assert_eq!(named(body).as_deref(), Some(field), "{body}");
        }
        let deep = format!(r#"{{"name": {}}}"#, "[".repeat(20_000) + &"]".repeat(20_000));
        assert_eq!(named(&deep).as_deref(), Some("name"));
    }
}
