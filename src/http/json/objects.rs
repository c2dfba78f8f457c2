//! Reads JSON for serde as `serde_json` does, but takes nothing except an object for an object, and
//! nothing except a text for one of several words.
//!
//! Serde's derived code also takes an array, for the fields in their order: no document says which
//! they are, and a field more would shift their meaning.

use std::fmt;

use serde::de::value::{MapDeserializer, SeqDeserializer};
use serde::de::{Deserialize, Deserializer, Error as _, IntoDeserializer, MapAccess, Visitor};
use serde::forward_to_deserialize_any;
use serde_json::Error;
use serde_json::value::RawValue;

/// How `serde_json` asks for the text of a value: the name of a struct that nobody else has.
const RAW: &str = "$serde_json::private::";

/// A value whose syntax has been looked at.
#[derive(Debug, Clone, Copy)]
pub struct Value<'de>(&'de str);

impl<'de> Value<'de> {
    /// Of its text.
    pub fn of(raw: &'de RawValue) -> Self {
        Self(raw.get())
    }

    /// Whether it is an object.
    pub fn is_object(self) -> bool {
        self.0.starts_with('{')
    }

    fn visit_object<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if !self.is_object() {
            return Err(Error::custom("an object is needed"));
        }
        let Members(members) = serde_json::from_str(self.0)?;
        let mut members = MapDeserializer::new(members.into_iter());
        let value = visitor.visit_map(&mut members)?;
        members.end()?;
        Ok(value)
    }

    fn visit_list<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if !self.0.starts_with('[') {
            return Err(Error::custom("a list is needed"));
        }
        let items: Vec<&RawValue> = serde_json::from_str(self.0)?;
        let mut items = SeqDeserializer::new(items.into_iter().map(Self::of));
        let value = visitor.visit_seq(&mut items)?;
        items.end()?;
        Ok(value)
    }
}

/// How deep this goes is up to what is read: a value that may be anything is `serde_json`'s, which
/// knows a limit.
impl<'de> Deserializer<'de> for Value<'de> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        serde_json::Deserializer::from_str(self.0).deserialize_any(visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.visit_object(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.visit_object(visitor)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.visit_list(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.0 == "null" { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        if !self.0.starts_with('"') {
            return Err(Error::custom("this is no value for this field"));
        }
        let word: String = serde_json::from_str(self.0)?;
        visitor.visit_enum(word.into_deserializer())
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        if name.starts_with(RAW) {
            serde_json::Deserializer::from_str(self.0).deserialize_newtype_struct(name, visitor)
        } else {
            visitor.visit_newtype_struct(self)
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct tuple tuple_struct identifier
    }
}

impl<'de> IntoDeserializer<'de, Error> for Value<'de> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

/// The members of an object in their order, also those that are there twice: they are refused by
/// whoever reads them.
struct Members<'de>(Vec<(String, Value<'de>)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        struct Collect;

        impl<'de> Visitor<'de> for Collect {
            type Value = Members<'de>;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<'de>, A::Error> {
                let mut members = Vec::new();
                while let Some((name, raw)) = map.next_entry::<String, &RawValue>()? {
                    members.push((name, Value::of(raw)));
                }
                Ok(Members(members))
            }
        }

        reader.deserialize_map(Collect)
    }
}
