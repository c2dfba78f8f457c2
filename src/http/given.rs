//! Fields that may be left out: absent leaves a thing as it is, `null` is a value.

use serde::{Deserialize, Deserializer};

/// Reads a field that is there; with `#[serde(default)]` beside it, one that is absent is `None`.
/// For an `Option<Option<T>>`, `null` is `Some(None)`; for an `Option<T>` it is refused.
pub fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}
