//! The OpenAPI document: what is said once for all routes, put round what the handlers say.
//!
//! A handler states its path, its fields and its answers; whatever follows from those for every
//! route alike is done here, so that a new route is right by itself. Served at `/api/openapi.json`
//! and, drawn from the very same document, at `/api/docs`.

mod description;
mod example;
mod guide;
mod names;
mod schemas;

use std::sync::{Arc, OnceLock};

use axum::Router;
use axum::body::Bytes;
use axum::http::header;
use axum::routing::get;
use utoipa::openapi::path::{Operation, Parameter, ParameterIn, PathItem};
use utoipa::openapi::schema::{Components, SchemaType};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::tag::TagBuilder;
use utoipa::openapi::{OpenApi, RefOr, Required, Response, Schema, Server, Type};

use crate::http::Edge;
use crate::http::pages;
use crate::http::session::session_cookie_name;

/// The groups of operations, in the order in which they are read. A test fails where a handler
/// names another.
const TAGS: [(&str, &str); 11] = [
    ("Calls", "What was said on the telephone: listed, searched, read, given to somebody."),
    ("Recordings", "Calls to be heard, whole or in parts, by right or by a link that expires."),
    ("Appointments", "What was booked by telephone or by your team."),
    ("Calendar", "When the business is open, which days are blocked, what is free."),
    ("Messages", "What guests were told by e-mail and text message, and whether it arrived."),
    ("Billing", "The balance, its entries, and what was used."),
    ("Users", "The people of the business and what they may."),
    ("Settings", "How the business and its assistant are set up."),
    ("Webhooks", "Where your own systems hear of events, and what became of each."),
    ("Signing in", "Sign-in links, sessions and API tokens. Programs send a token; browsers have a session."),
    ("Platform", "What the platform's owner does, signed in by a session: customers, credit, the dashboard."),
];

#[derive(utoipa::OpenApi)]
#[openapi(
    info(license(name = "MIT", identifier = "MIT")),
    components(schemas(crate::http::problem::Document))
)]
struct Frame;

/// The document without its routes.
pub fn base() -> OpenApi {
    <Frame as utoipa::OpenApi>::openapi()
}

/// What is read at the two addresses.
struct Published {
    json: Bytes,
    page: String,
}

impl Published {
    fn of(document: &OpenApi) -> Self {
        let json = Bytes::from(document.to_json().expect("the document is plain data"));
        Self { json, page: views::api_docs::page(&description::of(document)) }
    }
}

/// Where the document is read. It is drawn when it is first asked for: few are, of those that start.
pub fn routes(document: OpenApi, edge: &Edge) -> Router<Arc<Edge>> {
    let document = Arc::new(complete(document, edge));
    let published: Arc<OnceLock<Published>> = Arc::default();
    let (document_too, published_too) = (Arc::clone(&document), Arc::clone(&published));
    let json = move || {
        let published = published.get_or_init(|| Published::of(&document));
        std::future::ready(([(header::CONTENT_TYPE, "application/json")], published.json.clone()))
    };
    let page = move || {
        let published = published_too.get_or_init(|| Published::of(&document_too));
        std::future::ready(pages::document(published.page.clone()))
    };
    Router::new().route("/api/openapi.json", get(json)).route("/api/docs", get(page))
}

/// Says what the handlers leave to be said.
fn complete(mut document: OpenApi, edge: &Edge) -> OpenApi {
    document.info.title = format!("{} API", edge.platform_name);
    document.info.description = Some(guide::text(&edge.public_url, session_cookie_name(edge)));
    document.servers = Some(vec![Server::new(&edge.public_url)]);
    let components = document.components.get_or_insert_default();
    let token = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("voice_…");
    let token = token.description(Some("An API token, with the rights of the user who made it.")).build();
    components.add_security_scheme("token", SecurityScheme::Http(token));
    let cookie = ApiKeyValue::with_description(session_cookie_name(edge), "The session of a browser.");
    components.add_security_scheme("session", SecurityScheme::ApiKey(ApiKey::Cookie(cookie)));
    let mut used = Vec::new();
    for (path, item) in &mut document.paths.paths {
        for (method, operation) in operations_mut(item) {
            names::give(operation, method, path);
            for parameter in operation.parameters.iter_mut().flatten() {
                if let RefOr::T(parameter) = parameter {
                    never_null(parameter);
                    may_be_empty(parameter);
                }
            }
            may_be_left_out(operation);
            describe_answers(operation, components);
            used.extend(operation.tags.clone().unwrap_or_default());
        }
    }
    let tags = TAGS.into_iter().filter(|(name, _)| used.iter().any(|used| used == name));
    let tags =
        tags.map(|(name, description)| TagBuilder::new().name(name).description(Some(description)).build());
    document.tags = Some(tags.collect());
    document
}

fn operations_mut(item: &mut PathItem) -> impl Iterator<Item = (&'static str, &mut Operation)> {
    let PathItem { get, post, put, patch, delete, .. } = item;
    let all = [("get", get), ("post", post), ("put", put), ("patch", patch), ("delete", delete)];
    all.into_iter().filter_map(|(method, operation)| Some((method, operation.as_mut()?)))
}

/// The operations of a path, by method.
fn operations(item: &PathItem) -> impl Iterator<Item = (&'static str, &Operation)> {
    let PathItem { get, post, put, patch, delete, .. } = item;
    let all = [("get", get), ("post", post), ("put", put), ("patch", patch), ("delete", delete)];
    all.into_iter().filter_map(|(method, operation)| Some((method, operation.as_ref()?)))
}

/// An optional parameter may be left out; `null` cannot be said in a URL or a header.
fn never_null(parameter: &mut Parameter) {
    if let Some(RefOr::T(Schema::Object(object))) = &mut parameter.schema
        && let SchemaType::Array(types) = &mut object.schema_type
    {
        types.retain(|kind| *kind != Type::Null);
        if let [only] = types.as_slice() {
            object.schema_type = SchemaType::Type(only.clone());
        }
    }
}

/// An empty value in a query is none, where one is not needed: forms send every field. utoipa does
/// not know the word.
fn may_be_empty(parameter: &mut Parameter) {
    if parameter.parameter_in == ParameterIn::Query && parameter.required == Required::False {
        let words = parameter.extensions.get_or_insert_default();
        words.insert("allowEmptyValue".to_owned(), true.into());
    }
}

/// A body that need not be sent is an object where it is, never `null`.
fn may_be_left_out(operation: &mut Operation) {
    let Some(RefOr::T(body)) = &mut operation.request_body else { return };
    for content in body.content.values_mut() {
        let RefOr::T(content) = content else { continue };
        let Some(RefOr::T(Schema::OneOf(choice))) = &content.schema else { continue };
        if let Some(object @ RefOr::Ref(_)) = choice.items.iter().find(|item| matches!(item, RefOr::Ref(_))) {
            content.schema = Some(object.clone());
            body.required = Some(Required::False);
        }
    }
}

/// An answer must be described: where the handler has nothing to add, by what is in it.
fn describe_answers(operation: &mut Operation, components: &Components) {
    for response in operation.responses.responses.values_mut() {
        let RefOr::T(response) = response else { continue };
        if response.description.is_empty() {
            response.description = what_is_in(response, components)
                .or_else(|| operation.summary.clone())
                .unwrap_or_else(|| "As asked".to_owned());
        }
    }
}

fn what_is_in(response: &Response, components: &Components) -> Option<String> {
    let content = response.content.values().next()?;
    let RefOr::T(content) = content else { return None };
    match content.schema.as_ref()? {
        RefOr::Ref(reference) => description_of(components.schemas.get(name(&reference.ref_location))?),
        schema @ RefOr::T(_) => description_of(schema),
    }
}

/// What a schema says of itself.
fn description_of(schema: &RefOr<Schema>) -> Option<String> {
    match schema {
        RefOr::T(Schema::Object(schema)) => schema.description.clone(),
        RefOr::T(Schema::Array(schema)) => schema.description.clone(),
        RefOr::T(Schema::AllOf(schema)) => schema.description.clone(),
        RefOr::T(Schema::OneOf(schema)) => schema.description.clone(),
        RefOr::T(Schema::AnyOf(schema)) => schema.description.clone(),
        RefOr::Ref(reference) => Some(reference.description.clone()).filter(|text| !text.is_empty()),
        RefOr::T(_) => None,
    }
}

/// The last part of `#/components/schemas/Call`.
fn name(reference: &str) -> &str {
    reference.rsplit_once('/').map_or(reference, |(_, name)| name)
}
