//! Requests and answers as they look, made from the examples in the document.

use std::fmt::Write;

use serde_json::{Value, json};
use utoipa::openapi::path::{Operation, Parameter, ParameterIn};
use utoipa::openapi::schema::ArrayItems;
use utoipa::openapi::{RefOr, Required, Schema, Type};
use views::api_docs::Access;

use super::description::access;
use super::schemas::{Schemas, format_name, may_be_null, only};

/// Objects within objects are written so far.
const DEPTH_MAX: usize = 6;

/// Of a request only what is needed or worth showing is written; of an answer everything.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Purpose {
    Request,
    Answer,
}

/// A line for a shell that makes this request.
pub fn curl(
    schemas: &Schemas<'_>,
    server: &str,
    path: &str,
    method: &str,
    operation: &Operation,
    body: Option<&RefOr<Schema>>,
) -> String {
    let (mut path, mut query, mut headers) = (path.to_owned(), String::new(), Vec::new());
    let access = access(operation);
    if access == Access::Token {
        headers.push("Authorization: Bearer voice_…".to_owned());
    }
    for parameter in operation.parameters.iter().flatten() {
        let RefOr::T(parameter) = parameter else { continue };
        let example = parameter_example(schemas, parameter);
        let name = &parameter.name;
        match (&parameter.parameter_in, example) {
            (ParameterIn::Path, example) => {
                let example = example.unwrap_or_else(|| name.to_uppercase());
                path = path.replace(&format!("{{{name}}}"), &example);
            }
            (ParameterIn::Query, Some(example)) => {
                let sign = if query.is_empty() { '?' } else { '&' };
                let encoded: String = form_urlencoded::byte_serialize(example.as_bytes()).collect();
                // Colons are plain in a query, and instants easier to read with them.
                let _ = write!(query, "{sign}{name}={}", encoded.replace("%3A", ":"));
            }
            (ParameterIn::Header, Some(example)) => headers.push(format!("{name}: {example}")),
            _ => {}
        }
    }
    let body = body.map(|schema| {
        headers.push("Content-Type: application/json".to_owned());
        let mut text = String::new();
        // Two steps in, as it stands in the line.
        write_value(schemas, schema, Purpose::Request, 1, &mut text);
        text.replace('\'', r"'\''")
    });
    let method = match method {
        "get" => String::new(),
        method => format!(" -X {}", method.to_uppercase()),
    };
    let cookies = if access == Access::Session { " -b cookies" } else { "" };
    let mut line = format!("curl -sS{cookies}{method} '{server}{path}{query}'");
    for header in headers {
        let _ = write!(line, " \\\n  -H '{header}'");
    }
    if let Some(body) = body {
        let _ = write!(line, " \\\n  -d '{body}'");
    }
    if !answers_json(operation) {
        line.push_str(" \\\n  --output recording.wav");
    }
    line
}

/// What comes back where all is well, if it is JSON.
pub fn answer(schemas: &Schemas<'_>, operation: &Operation) -> Option<String> {
    let (_, response) = operation.responses.responses.iter().find(|(status, _)| status.starts_with('2'))?;
    let RefOr::T(response) = response else { return None };
    let RefOr::T(content) = response.content.get("application/json")? else { return None };
    let mut text = String::new();
    write_value(schemas, content.schema.as_ref()?, Purpose::Answer, 0, &mut text);
    Some(text)
}

/// Or nothing at all.
fn answers_json(operation: &Operation) -> bool {
    operation.responses.responses.iter().filter(|(status, _)| status.starts_with('2')).all(|(_, response)| {
        let RefOr::T(response) = response else { return true };
        response.content.is_empty() || response.content.contains_key("application/json")
    })
}

fn parameter_example(schemas: &Schemas<'_>, parameter: &Parameter) -> Option<String> {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    // utoipa keeps the field to itself.
    let written = serde_json::to_value(parameter).unwrap_or_default();
    let own = written.get("example").or_else(|| written.get("schema")?.get("example"));
    own.map(text).or_else(|| {
        let schema = parameter.schema.as_ref().filter(|_| parameter.required == Required::True)?;
        given(schemas, schema).map(|value| text(&value))
    })
}

/// The example that a schema states, or the only value it leaves.
fn given(schemas: &Schemas<'_>, schema: &RefOr<Schema>) -> Option<Value> {
    let (example, examples, default, first) = match schemas.meant(schema)? {
        Schema::Object(it) => {
            (&it.example, &it.examples, &it.default, it.enum_values.as_ref().and_then(|all| all.first()))
        }
        Schema::Array(it) => (&it.example, &it.examples, &it.default, None),
        Schema::AllOf(it) => (&it.example, &it.examples, &it.default, None),
        Schema::OneOf(it) => (&it.example, &it.examples, &it.default, None),
        _ => return None,
    };
    example.as_ref().or(examples.first()).or(default.as_ref()).or(first).cloned()
}

fn write_value(
    schemas: &Schemas<'_>,
    schema: &RefOr<Schema>,
    purpose: Purpose,
    depth: usize,
    out: &mut String,
) {
    let margin = "  ".repeat(depth);
    if let Some(value) = given(schemas, schema) {
        let text = serde_json::to_string_pretty(&value).unwrap_or_default();
        out.push_str(&text.replace('\n', &format!("\n{margin}")));
        return;
    }
    match schemas.meant(schema) {
        Some(Schema::Array(array)) => match &array.items {
            ArrayItems::RefOrSchema(items) if depth < DEPTH_MAX && !may_be_null(&array.schema_type) => {
                let _ = write!(out, "[\n{margin}  ");
                write_value(schemas, items, purpose, depth + 1, out);
                let _ = write!(out, "\n{margin}]");
            }
            _ if may_be_null(&array.schema_type) => out.push_str("null"),
            _ => out.push_str("[]"),
        },
        Some(Schema::Object(object)) if object.properties.is_empty() => {
            let value = match (only(&object.schema_type), may_be_null(&object.schema_type)) {
                (_, true) => Value::Null,
                (Some(Type::String), _) => match object.format.as_ref().map(format_name).as_deref() {
                    Some("date-time") => json!("2026-01-15T10:00:00Z"),
                    Some("date") => json!("2026-01-15"),
                    Some("uri") => json!("https://…"),
                    _ => json!("…"),
                },
                (Some(Type::Integer | Type::Number), _) => json!(1),
                (Some(Type::Boolean), _) => json!(false),
                _ => json!({}),
            };
            out.push_str(&value.to_string());
        }
        _ => write_object(schemas, schema, purpose, depth, out),
    }
}

fn write_object(
    schemas: &Schemas<'_>,
    schema: &RefOr<Schema>,
    purpose: Purpose,
    depth: usize,
    out: &mut String,
) {
    let margin = "  ".repeat(depth);
    let shown = |schema| given(schemas, schema).is_some();
    let mut members = schemas.members(schema);
    members.retain(|member| purpose == Purpose::Answer || member.is_required || shown(member.schema));
    if members.is_empty() || depth >= DEPTH_MAX {
        out.push_str("{}");
        return;
    }
    for (index, member) in members.iter().enumerate() {
        let sign = if index == 0 { "{" } else { "," };
        let _ = write!(out, "{sign}\n{margin}  \"{}\": ", member.name);
        write_value(schemas, member.schema, purpose, depth + 1, out);
    }
    let _ = write!(out, "\n{margin}}}");
}
