//! Reads query strings: every wrong and every unknown parameter by its name.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use domain::page::{PageRefusal, PageRequest};
use serde::de::DeserializeOwned;

use super::json::field_error;
use super::problem::Problem;

/// A query string that was understood.
pub struct Query<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        parse(parts.uri.query().unwrap_or_default().as_bytes()).map(Self)
    }
}

/// Reads what is written like a query string, also the body of a form. An empty value is none:
/// forms send every field.
pub fn parse<T: DeserializeOwned>(text: &[u8]) -> Result<T, Problem> {
    let pairs = form_urlencoded::parse(text).filter(|(_, value)| !value.is_empty());
    let pairs: Vec<_> = pairs.collect();
    // The database's texts cannot hold it.
    if let Some((name, _)) = pairs.iter().find(|(name, value)| name.contains('\0') || value.contains('\0')) {
        return Err(Problem::invalid_field(name, "a text cannot hold the character NUL"));
    }
    let encoded = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    let reader = serde_html_form::Deserializer::new(form_urlencoded::parse(encoded.as_bytes()));
    serde_path_to_error::deserialize(reader).map_err(|error| {
        let path = error.path().to_string();
        Problem::invalid(vec![field_error(&path, &error.into_inner().to_string())])
    })
}

/// Which page a list is asked for.
pub fn page(page: Option<u32>, per_page: Option<u32>) -> Result<PageRequest, Problem> {
    PageRequest::new(page, per_page).map_err(|refusal| {
        let field = match refusal {
            PageRefusal::Page => "page",
            PageRefusal::PerPage => "per_page",
        };
        Problem::invalid_field(field, refusal.to_string())
    })
}
