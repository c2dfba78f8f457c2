//! Reads the schemas of the document: what a value is, what its fields are, what they may be.

use std::collections::BTreeMap;

use serde_json::Value;
use utoipa::openapi::schema::{AdditionalProperties, ArrayItems, SchemaFormat, SchemaType};
use utoipa::openapi::{OpenApi, RefOr, Schema, Type};
use views::api_docs::Kind;

use super::name;

/// Schemas within schemas are followed so far: none of ours is that deep, and none can go round.
const DEPTH_MAX: usize = 8;

/// The schemas that have names.
pub struct Schemas<'a>(Option<&'a BTreeMap<String, RefOr<Schema>>>);

/// A field of an object.
pub struct Member<'a> {
    pub name: &'a str,
    pub schema: &'a RefOr<Schema>,
    pub is_required: bool,
}

impl<'a> Schemas<'a> {
    /// Those of a document.
    pub fn of(document: &'a OpenApi) -> Self {
        Self(document.components.as_ref().map(|components| &components.schemas))
    }

    /// All, by name.
    pub fn all(&self) -> impl Iterator<Item = (&'a str, &'a RefOr<Schema>)> + use<'a> {
        self.0.into_iter().flatten().map(|(name, schema)| (name.as_str(), schema))
    }

    /// Follows names, and choices between something and nothing, to what is meant.
    pub fn meant<'b>(&self, schema: &'b RefOr<Schema>) -> Option<&'b Schema>
    where
        'a: 'b,
    {
        let mut schema = schema;
        for _ in 0..DEPTH_MAX {
            match schema {
                RefOr::Ref(reference) => schema = self.0?.get(name(&reference.ref_location))?,
                RefOr::T(Schema::OneOf(choice)) => match choice.items.iter().find(|item| !is_null(item)) {
                    Some(item) if choice.items.iter().any(is_null) => schema = item,
                    _ => break,
                },
                RefOr::T(_) => break,
            }
        }
        match schema {
            RefOr::T(schema) => Some(schema),
            RefOr::Ref(_) => None,
        }
    }

    /// The fields, in their order; of what is put together from several, those of all.
    pub fn members<'b>(&self, schema: &'b RefOr<Schema>) -> Vec<Member<'b>>
    where
        'a: 'b,
    {
        match self.meant(schema) {
            Some(Schema::Object(object)) => {
                let members = object.properties.iter().map(|(name, schema)| Member {
                    name,
                    schema,
                    is_required: object.required.contains(name),
                });
                members.collect()
            }
            Some(Schema::AllOf(all)) => all.items.iter().flat_map(|part| self.members(part)).collect(),
            _ => Vec::new(),
        }
    }

    /// Whether a field that is not listed is refused.
    pub fn refuses_unknown(&self, schema: &RefOr<Schema>) -> bool {
        let Some(Schema::Object(object)) = self.meant(schema) else { return false };
        object.additional_properties.as_deref() == Some(&AdditionalProperties::FreeForm(false))
    }

    /// What it is, in words.
    pub fn kind(&self, schema: &RefOr<Schema>) -> Kind {
        match schema {
            RefOr::Ref(reference) => {
                Kind { schema: Some(name(&reference.ref_location).to_owned()), ..Kind::default() }
            }
            RefOr::T(Schema::OneOf(choice)) => {
                let found = choice.items.iter().find(|item| !is_null(item));
                let kind = found.map(|item| self.kind(item)).unwrap_or_default();
                Kind { is_nullable: choice.items.iter().any(is_null), ..kind }
            }
            RefOr::T(Schema::Array(array)) => {
                let ArrayItems::RefOrSchema(items) = &array.items else { return Kind::default() };
                let of = self.kind(items);
                let words = format!("list of {}", of.words).trim_end().to_owned();
                Kind { words, schema: of.schema, is_nullable: may_be_null(&array.schema_type) }
            }
            RefOr::T(Schema::Object(object)) => {
                let format = object.format.as_ref().map(format_name).unwrap_or_default();
                let words = match (only(&object.schema_type), format.as_str()) {
                    (Some(Type::String), "date-time") => "instant",
                    (Some(Type::String), "date") => "date",
                    (Some(Type::String), "email") => "e-mail address",
                    (Some(Type::String), "uri") => "URL",
                    (Some(Type::String), _) => "text",
                    (Some(Type::Integer), _) => "whole number",
                    (Some(Type::Number), _) => "number",
                    (Some(Type::Boolean), _) => "true or false",
                    (Some(_), _) => "object",
                    (None, _) => "anything",
                };
                Kind { words: words.to_owned(), schema: None, is_nullable: may_be_null(&object.schema_type) }
            }
            RefOr::T(_) => Kind { words: "object".to_owned(), ..Kind::default() },
        }
    }

    /// The words that a text must be one of.
    pub fn words(&self, schema: &RefOr<Schema>) -> Vec<String> {
        let Some(Schema::Object(object)) = self.meant(schema) else { return Vec::new() };
        let words = object.enum_values.iter().flatten();
        words.filter_map(Value::as_str).map(str::to_owned).collect()
    }

    /// What it must keep to.
    pub fn limits(&self, schema: &RefOr<Schema>) -> Vec<String> {
        let mut limits = Vec::new();
        // As JSON all schemas have their limits under the same names.
        let written = serde_json::to_value(schema).unwrap_or_default();
        let number = |name: &str| written.get(name).filter(|value| value.is_number());
        let mut between = |least: Option<&Value>, most: Option<&Value>, unit: &str| match (least, most) {
            (Some(least), Some(most)) => limits.push(format!("{least} to {most}{unit}")),
            (Some(least), None) => limits.push(format!("at least {least}{unit}")),
            (None, Some(most)) => limits.push(format!("at most {most}{unit}")),
            (None, None) => {}
        };
        between(number("minimum"), number("maximum"), "");
        between(number("minLength"), number("maxLength"), " characters");
        between(number("minItems"), number("maxItems"), " items");
        if let Some(pattern) = written.get("pattern").and_then(Value::as_str) {
            limits.push(format!("matches `{pattern}`"));
        }
        if let Some(default) = written.get("default").filter(|default| !default.is_null()) {
            limits.push(format!("`{default}` where nothing is said"));
        }
        let words = self.words(schema);
        if !words.is_empty() {
            let words: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
            limits.push(words.join(", "));
        }
        limits
    }
}

/// Whether `null` is a value of it.
pub fn may_be_null(kind: &SchemaType) -> bool {
    match kind {
        SchemaType::Type(kind) => *kind == Type::Null,
        SchemaType::Array(kinds) => kinds.contains(&Type::Null),
        SchemaType::AnyValue => false,
    }
}

/// What it is beside `null`.
pub fn only(kind: &SchemaType) -> Option<Type> {
    match kind {
        SchemaType::Type(kind) => Some(kind.clone()),
        SchemaType::Array(kinds) => kinds.iter().find(|kind| **kind != Type::Null).cloned(),
        SchemaType::AnyValue => None,
    }
}

fn is_null(schema: &RefOr<Schema>) -> bool {
    matches!(schema, RefOr::T(Schema::Object(object)) if object.schema_type == SchemaType::Type(Type::Null))
}

/// `date-time`, as the document writes it.
pub fn format_name(format: &SchemaFormat) -> String {
    let written = serde_json::to_value(format).unwrap_or_default();
    written.as_str().unwrap_or_default().to_owned()
}
