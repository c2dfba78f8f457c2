//! Reads query strings: every wrong and every unknown parameter by its name.

mod names;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use super::json::field_error;
use super::problem::Problem;
use names::{Names, names};

/// A query string that was understood.
pub struct Query<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        Pairs::of_query(parts)?.read().map(Self)
    }
}

/// A query string in which several sets of parameters stand side by side: what a route takes alone,
/// and what many take. Serde's `flatten` would do neither: it reads no numbers out of texts, loses
/// the names of what is wrong, and lets unknown parameters pass.
pub struct Queries<T>(pub T);

macro_rules! side_by_side {
    ($($set:ident)+) => {
        impl<$($set: DeserializeOwned,)+ S: Send + Sync> FromRequestParts<S> for Queries<($($set,)+)> {
            type Rejection = Problem;

            async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
                let mut pairs = Pairs::of_query(parts)?;
                pairs.refuse_others(&[$(names::<$set>()),+])?;
                Ok(Self(($(pairs.take(names::<$set>()).read::<$set>()?,)+)))
            }
        }
    };
}

side_by_side!(A B);
side_by_side!(A B C);

/// Reads what is written like a query string, also the body of a form.
pub fn parse<T: DeserializeOwned>(text: &[u8]) -> Result<T, Problem> {
    Pairs::of(text)?.read()
}

/// Names and values, in their order.
struct Pairs(Vec<(String, String)>);

impl Pairs {
    /// Of a text. An empty value is none: forms send every field.
    fn of(text: &[u8]) -> Result<Self, Problem> {
        let pairs = form_urlencoded::parse(text).filter(|(_, value)| !value.is_empty());
        let pairs: Vec<_> = pairs.map(|(name, value)| (name.into_owned(), value.into_owned())).collect();
        // The database's texts cannot hold it.
        if let Some((name, _)) =
            pairs.iter().find(|(name, value)| name.contains('\0') || value.contains('\0'))
        {
            return Err(Problem::invalid_field(name, "a text cannot hold the character NUL"));
        }
        Ok(Self(pairs))
    }

    fn of_query(parts: &Parts) -> Result<Self, Problem> {
        Self::of(parts.uri.query().unwrap_or_default().as_bytes())
    }

    /// Refuses what is in none of the sets.
    fn refuse_others(&self, sets: &[Names]) -> Result<(), Problem> {
        let is_known = |name: &str| sets.iter().any(|set| set.contains(&name));
        let Some((name, _)) = self.0.iter().find(|(name, _)| !is_known(name)) else { return Ok(()) };
        let known: Vec<String> = sets.iter().copied().flatten().map(|name| format!("`{name}`")).collect();
        let detail = format!("unknown field `{name}`, expected one of {}", known.join(", "));
        Err(Problem::invalid_field(name, detail))
    }

    /// Takes out what is in this set.
    fn take(&mut self, set: Names) -> Self {
        Self(self.0.extract_if(.., |(name, _)| set.contains(&name.as_str())).collect())
    }

    fn read<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        let encoded = form_urlencoded::Serializer::new(String::new()).extend_pairs(&self.0).finish();
        let reader = serde_html_form::Deserializer::new(form_urlencoded::parse(encoded.as_bytes()));
        serde_path_to_error::deserialize(reader).map_err(|error| {
            let path = error.path().to_string();
            Problem::invalid(vec![field_error(&path, &error.into_inner().to_string())])
        })
    }
}
