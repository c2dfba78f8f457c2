//! The parts of the page: groups, operations, fields, schemas, problems.

use maud::{Markup, html};

use super::{Access, Answer, Field, Group, Kind, Operation, ProblemKind, Shape, code};
use crate::prose::{inline, prose, slug};

/// Operations that belong together.
pub(super) fn group(group: &Group) -> Markup {
    let id = slug(&group.name);
    html! {
        section.group aria-labelledby=(id) {
            h2 id=(id) { a href={ "#" (id) } { (group.name) } }
            p.lead { (inline(&group.description)) }
            @for operation in &group.operations { (self::operation(operation)) }
        }
    }
}

/// A method in its colour: teal reads, ochre writes, red takes away.
pub(super) fn method(method: &str) -> Markup {
    let voice = match method {
        "GET" => "reads",
        "DELETE" => "removes",
        _ => "writes",
    };
    html! { span.method.(voice) { (method) } }
}

fn operation(operation: &Operation) -> Markup {
    html! {
        article.operation id=(operation.id) {
            div.text {
                h3 { a href={ "#" (operation.id) } { (operation.summary) } }
                p.route { (method(&operation.method)) " " code { (path(&operation.path)) } }
                (prose(&operation.description))
                p.access {
                    @match operation.access {
                        Access::Public => "Nobody needs to be signed in.",
                        Access::Token => { "Needs an " a href="#authentication" { "API token" } " or a session." }
                        Access::Session => { "Needs a " a href="#authentication" { "session" } "." }
                    }
                }
                @for (title, fields) in &operation.parameters {
                    h4 { (title) }
                    (self::fields(fields, Side::Sent))
                }
                @if let Some(body) = &operation.body {
                    h4 { "Body " (kind(&body.kind)) }
                    (self::fields(&body.fields, Side::Sent))
                    @if body.refuses_unknown { p.quiet { "Other fields are refused by name." } }
                }
                h4 { "Answers" }
                dl.answers { @for answer in &operation.answers { (self::answer(answer)) } }
            }
            div.samples {
                figure {
                    figcaption { "Request" }
                    pre.line tabindex="0" { code { (operation.request) } }
                }
                @if let Some(example) = &operation.example {
                    figure {
                        figcaption { "Answer" }
                        pre tabindex="0" { code { (code::json(example)) } }
                    }
                }
            }
        }
    }
}

/// May be broken after each slash, and shows what is to be filled in.
fn path(path: &str) -> Markup {
    html! {
        @for (index, segment) in path.split('/').enumerate() {
            @if index > 0 { "/" wbr; }
            @if segment.starts_with('{') { var { (segment) } } @else { (segment) }
        }
    }
}

/// On which side of the platform a field is written: "required" where it is sent, "always" where
/// it is answered.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Sent,
    Either,
}

fn fields(fields: &[Field], side: Side) -> Markup {
    html! {
        dl.fields {
            @for field in fields {
                div {
                    dt {
                        code { (field.name) }
                        " " span.kind { (kind(&field.kind)) }
                        @if field.is_required {
                            " " span.must { (if side == Side::Sent { "required" } else { "always" }) }
                        }
                    }
                    dd {
                        @if !field.description.is_empty() { (prose(&field.description)) }
                        @if !field.limits.is_empty() {
                            p.limits {
                                @for (index, limit) in field.limits.iter().enumerate() {
                                    @if index > 0 { "; " }
                                    (inline(limit))
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn kind(kind: &Kind) -> Markup {
    html! {
        (kind.words)
        @if let Some(schema) = &kind.schema {
            @if !kind.words.is_empty() { " " }
            a href={ "#schema-" (schema) } { (schema) }
        }
        @if kind.is_nullable { " or null" }
    }
}

fn answer(answer: &Answer) -> Markup {
    html! {
        div {
            dt { code { (answer.status) } }
            dd {
                (inline(&answer.description))
                @if let Some(of) = &answer.kind { " " span.kind { (kind(of)) } }
                @for content_type in answer.content_types.iter().filter(|kind| !kind.ends_with("json")) {
                    " " span.quiet { (content_type) }
                }
                @for (name, description) in &answer.headers {
                    p.limits { code { (name) } " " (inline(description)) }
                }
            }
        }
    }
}

/// A schema that has a name.
pub(super) fn shape(shape: &Shape) -> Markup {
    let id = format!("schema-{}", shape.name);
    html! {
        article.shape id=(id) {
            h3 { a href={ "#" (id) } { (shape.name) } }
            (prose(&shape.description))
            @if !shape.words.is_empty() {
                p { "One of " @for (index, word) in shape.words.iter().enumerate() {
                    @if index > 0 { ", " }
                    code { (word) }
                } "." }
            }
            @if !shape.fields.is_empty() { (fields(&shape.fields, Side::Either)) }
        }
    }
}

/// The kinds of problems, in a table.
pub(super) fn problems(problems: &[ProblemKind]) -> Markup {
    html! {
        div.table {
            table {
                thead { tr { th { "Status" } th { "Kind" } th { "When, and what to do" } } }
                tbody {
                    @for problem in problems {
                        tr {
                            td { (problem.status) }
                            td { code { (problem.name) } }
                            td { (inline(&problem.meaning)) }
                        }
                    }
                }
            }
            p.quiet { code { "type" } " is " code { "urn:voice:problem:" } " and the kind." }
        }
    }
}
