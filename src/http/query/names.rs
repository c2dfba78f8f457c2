//! What the parameters of a set are called: serde's derived code knows, and says it when it reads.

use std::fmt;

use serde::de::{self, DeserializeOwned, Deserializer, Visitor};
use serde::forward_to_deserialize_any;

/// The names of a set of parameters.
pub type Names = &'static [&'static str];

/// The names of the fields of a struct; none of anything else.
pub fn names<T: DeserializeOwned>() -> Names {
    T::deserialize(Asked).err().and_then(|Said(names)| names).unwrap_or_default()
}

/// Takes the names and gives nothing.
struct Asked;

/// The names, on the only way out.
#[derive(Debug)]
struct Said(Option<Names>);

impl<'de> Deserializer<'de> for Asked {
    type Error = Said;

    fn deserialize_struct<V: Visitor<'de>>(self, _: &str, fields: Names, _: V) -> Result<V::Value, Said> {
        Err(Said(Some(fields)))
    }

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Said> {
        Err(Said(None))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit
        unit_struct newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

impl de::Error for Said {
    fn custom<M: fmt::Display>(_: M) -> Self {
        Self(None)
    }
}

impl std::error::Error for Said {}

impl fmt::Display for Said {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("asked for names only")
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::names;

    #[derive(Deserialize)]
    #[expect(dead_code, reason = "only its names are read")]
    struct Set {
        r#type: u8,
        #[serde(rename = "per_page")]
        rows: Option<u8>,
    }

    #[test]
    fn a_set_says_what_its_parameters_are_called() {
        assert_eq!(names::<Set>(), ["type", "per_page"]);
        assert_eq!(names::<u8>(), [""; 0]);
    }
}
