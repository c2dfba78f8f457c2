//! The document, turned into what its page shows.

use utoipa::openapi::path::{Operation, Parameter, ParameterIn};
use utoipa::openapi::security::SecurityRequirement;
use utoipa::openapi::{OpenApi, RefOr, Required, Response, Schema};
use views::api_docs as page;

use super::example;
use super::schemas::Schemas;
use super::{description_of, name, operations};
use crate::http::problem::kinds::KINDS;

/// All of it.
pub fn of(document: &OpenApi) -> page::Api {
    let schemas = Schemas::of(document);
    let server = document.servers.iter().flatten().next().map(|server| server.url.clone());
    let server = server.unwrap_or_default();
    let groups = document.tags.iter().flatten().map(|tag| page::Group {
        name: tag.name.clone(),
        description: tag.description.clone().unwrap_or_default(),
        operations: of_tag(document, &tag.name)
            .map(|(path, method, operation)| described(&schemas, &server, path, method, operation))
            .collect(),
    });
    let problems = KINDS.iter().map(|kind| page::ProblemKind {
        name: kind.name.to_owned(),
        status: kind.status,
        meaning: kind.meaning.to_owned(),
    });
    page::Api {
        title: document.info.title.clone(),
        version: document.info.version.clone(),
        guide: document.info.description.clone().unwrap_or_default(),
        groups: groups.collect(),
        schemas: schemas.all().map(|(name, schema)| shape(&schemas, name, schema)).collect(),
        problems: problems.collect(),
        server,
    }
}

/// In the order of the routes, and of a route's methods.
fn of_tag<'a>(
    document: &'a OpenApi,
    tag: &'a str,
) -> impl Iterator<Item = (&'a str, &'static str, &'a Operation)> {
    document.paths.paths.iter().flat_map(move |(path, item)| {
        operations(item)
            .filter(move |(_, operation)| operation.tags.iter().flatten().any(|name| name == tag))
            .map(move |(method, operation)| (path.as_str(), method, operation))
    })
}

fn described(
    schemas: &Schemas<'_>,
    server: &str,
    path: &str,
    method: &str,
    operation: &Operation,
) -> page::Operation {
    let parameters: Vec<&Parameter> = own(operation.parameters.iter().flatten()).collect();
    let placed = |title: &str, place: ParameterIn| {
        let fields = parameters.iter().filter(|parameter| parameter.parameter_in == place);
        let fields: Vec<page::Field> = fields.map(|parameter| parameter_field(schemas, parameter)).collect();
        (!fields.is_empty()).then(|| (title.to_owned(), fields))
    };
    let places = [
        placed("In the path", ParameterIn::Path),
        placed("In the query", ParameterIn::Query),
        placed("Headers", ParameterIn::Header),
    ];
    let body = body_of(operation);
    page::Operation {
        id: operation.operation_id.clone().unwrap_or_default(),
        method: method.to_uppercase(),
        path: path.to_owned(),
        summary: operation.summary.clone().unwrap_or_default(),
        description: operation.description.clone().unwrap_or_default(),
        access: access(operation),
        parameters: places.into_iter().flatten().collect(),
        body: body.map(|schema| page::Body {
            kind: schemas.kind(schema),
            fields: fields(schemas, schema),
            refuses_unknown: schemas.refuses_unknown(schema),
        }),
        answers: operation
            .responses
            .responses
            .iter()
            .filter_map(|(status, response)| {
                let RefOr::T(response) = response else { return None };
                Some(answer(schemas, status, response))
            })
            .collect(),
        request: example::curl(schemas, server, path, method, operation, body),
        example: example::answer(schemas, operation),
    }
}

/// How one signs in.
pub fn access(operation: &Operation) -> page::Access {
    let Some(requirements) = &operation.security else { return page::Access::Public };
    if requirements.contains(&SecurityRequirement::new("token", [""; 0])) {
        page::Access::Token
    } else {
        page::Access::Session
    }
}

/// The schema of what is sent as JSON.
fn body_of(operation: &Operation) -> Option<&RefOr<Schema>> {
    let RefOr::T(body) = operation.request_body.as_ref()? else { return None };
    let RefOr::T(content) = body.content.get("application/json")? else { return None };
    content.schema.as_ref()
}

fn answer(schemas: &Schemas<'_>, status: &str, response: &Response) -> page::Answer {
    let kinds = own(response.content.values()).filter_map(|content| content.schema.as_ref());
    page::Answer {
        status: status.to_owned(),
        description: response.description.clone(),
        kind: kinds.map(|schema| schemas.kind(schema)).next(),
        content_types: response.content.keys().cloned().collect(),
        headers: response
            .headers
            .iter()
            .filter_map(|(name, header)| {
                let RefOr::T(header) = header else { return None };
                Some((name.clone(), header.description.clone().unwrap_or_default()))
            })
            .collect(),
    }
}

fn own<'a, T: 'a>(all: impl Iterator<Item = &'a RefOr<T>>) -> impl Iterator<Item = &'a T> {
    all.filter_map(|one| match one {
        RefOr::T(one) => Some(one),
        RefOr::Ref(_) => None,
    })
}

fn parameter_field(schemas: &Schemas<'_>, parameter: &Parameter) -> page::Field {
    let schema = parameter.schema.as_ref();
    page::Field {
        name: parameter.name.clone(),
        kind: schema.map(|schema| schemas.kind(schema)).unwrap_or_default(),
        is_required: parameter.required == Required::True,
        description: parameter.description.clone().unwrap_or_default(),
        limits: schema.map(|schema| schemas.limits(schema)).unwrap_or_default(),
    }
}

fn fields(schemas: &Schemas<'_>, schema: &RefOr<Schema>) -> Vec<page::Field> {
    let members = schemas.members(schema).into_iter();
    members
        .map(|member| page::Field {
            name: member.name.to_owned(),
            kind: schemas.kind(member.schema),
            is_required: member.is_required,
            description: said_of(member.schema).unwrap_or_default(),
            limits: schemas.limits(member.schema),
        })
        .collect()
}

/// What a field says of itself, also where it is another schema or nothing.
fn said_of(schema: &RefOr<Schema>) -> Option<String> {
    let RefOr::T(Schema::OneOf(choice)) = schema else { return description_of(schema) };
    choice.description.clone().or_else(|| choice.items.iter().find_map(description_of))
}

fn shape(schemas: &Schemas<'_>, shape: &str, schema: &RefOr<Schema>) -> page::Shape {
    page::Shape {
        name: name(shape).to_owned(),
        description: description_of(schema).unwrap_or_default(),
        fields: fields(schemas, schema),
        words: schemas.words(schema),
    }
}
