//! The page of the API, for a business's own developer: everything the document says, and a line
//! to try for each operation. No script: it reads, prints and links without.

mod code;
mod parts;
mod style;

pub use style::STYLE;

use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::prose::{headings, prose, slug};

/// All that the page says.
#[derive(Debug, Clone, Default)]
pub struct Api {
    /// What it is called.
    pub title: String,
    /// Of the document.
    pub version: String,
    /// Where it answers.
    pub server: String,
    /// What is to be known before the operations, in the Markdown of `prose.rs`.
    pub guide: String,
    /// The operations.
    pub groups: Vec<Group>,
    /// What is sent and answered.
    pub schemas: Vec<Shape>,
    /// What is answered where something cannot be done.
    pub problems: Vec<ProblemKind>,
}

/// Operations that belong together.
#[derive(Debug, Clone)]
pub struct Group {
    /// Its heading.
    pub name: String,
    /// A sentence.
    pub description: String,
    /// In the order in which they are read.
    pub operations: Vec<Operation>,
}

/// Something that can be asked for.
#[derive(Debug, Clone)]
pub struct Operation {
    /// Its name in generated clients, and on this page.
    pub id: String,
    /// `GET`
    pub method: String,
    /// With `{names}` in it.
    pub path: String,
    /// A few words.
    pub summary: String,
    /// More of them; may be empty.
    pub description: String,
    /// How one signs in.
    pub access: Access,
    /// Where they are sent, and which.
    pub parameters: Vec<(String, Vec<Field>)>,
    /// What is sent as JSON.
    pub body: Option<Body>,
    /// By status.
    pub answers: Vec<Answer>,
    /// A line for a shell.
    pub request: String,
    /// JSON that may come back.
    pub example: Option<String>,
}

/// How one signs in for an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Nobody needs to be signed in.
    Public,
    /// By an API token or the session of a browser.
    Token,
    /// By the session of a browser alone.
    Session,
}

/// What is sent.
#[derive(Debug, Clone)]
pub struct Body {
    /// Its schema.
    pub kind: Kind,
    /// Its fields.
    pub fields: Vec<Field>,
    /// Other fields are refused.
    pub refuses_unknown: bool,
}

/// What may come back.
#[derive(Debug, Clone)]
pub struct Answer {
    /// `200` or `4XX`
    pub status: String,
    /// When.
    pub description: String,
    /// Its schema; `None` where there is nothing, or no JSON.
    pub kind: Option<Kind>,
    /// As what it comes.
    pub content_types: Vec<String>,
    /// Names of headers, and what they say.
    pub headers: Vec<(String, String)>,
}

/// A value that is sent or answered.
#[derive(Debug, Clone)]
pub struct Field {
    /// As it is written.
    pub name: String,
    /// What it is.
    pub kind: Kind,
    /// It must be sent; in an answer, it is always there.
    pub is_required: bool,
    /// May be empty.
    pub description: String,
    /// What it must keep to.
    pub limits: Vec<String>,
}

/// What a value is: words, a schema that has a name, or both (`list of` `Call`).
#[derive(Debug, Clone, Default)]
pub struct Kind {
    /// What comes before the name of a schema.
    pub words: String,
    /// The schema.
    pub schema: Option<String>,
    /// Or `null`.
    pub is_nullable: bool,
}

/// A schema that has a name.
#[derive(Debug, Clone)]
pub struct Shape {
    /// Its name.
    pub name: String,
    /// May be empty.
    pub description: String,
    /// Of an object.
    pub fields: Vec<Field>,
    /// Of a text that is one of these.
    pub words: Vec<String>,
}

/// A kind of problem.
#[derive(Debug, Clone)]
pub struct ProblemKind {
    /// The end of its `type`.
    pub name: String,
    /// The status with which it comes.
    pub status: u16,
    /// When it comes, and what to do.
    pub meaning: String,
}

/// The page.
pub fn page(api: &Api) -> String {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (api.title) }
                // A constant of ours, with nothing in it that came from outside.
                style { (PreEscaped(style::STYLE)) }
            }
            body {
                a.skip href="#main" { "Skip to the text" }
                (contents(api))
                main #main tabindex="-1" {
                    (head(api))
                    div.guide { (prose(&api.guide)) }
                    (parts::problems(&api.problems))
                    @for group in &api.groups { (parts::group(group)) }
                    section.schemas aria-labelledby="schemas" {
                        h2 #schemas { a href="#schemas" { "Schemas" } }
                        p.lead { "What is sent and answered, by name. In answers a field marked “always” is there \
                                  every time, if need be as " code { "null" } "." }
                        @for shape in &api.schemas { (parts::shape(shape)) }
                    }
                }
            }
        }
    }
    .into_string()
}

fn head(api: &Api) -> Markup {
    html! {
        header.head {
            h1 { (api.title) }
            dl {
                div { dt { "Address" } dd { code { (api.server) } } }
                div { dt { "Version" } dd { (api.version) } }
                div { dt { "Document" } dd { a href="/api/openapi.json" { "openapi.json" } " (OpenAPI 3.1)" } }
            }
        }
    }
}

/// The table of contents: a column at the side, on phones a row of the groups.
fn contents(api: &Api) -> Markup {
    html! {
        nav.contents aria-label="Contents" {
            a.brand href="/" { (api.title) }
            h2 { "Guide" }
            ul.guide-links {
                @for heading in headings(&api.guide) { li { a href={ "#" (slug(heading)) } { (heading) } } }
            }
            @for group in &api.groups {
                h2 { a href={ "#" (slug(&group.name)) } { (group.name) } }
                ul {
                    @for operation in &group.operations {
                        li { a href={ "#" (operation.id) } {
                            (parts::method(&operation.method)) " " span { (operation.summary) }
                        } }
                    }
                }
            }
            h2 { a href="#schemas" { "Schemas" } }
        }
    }
}
