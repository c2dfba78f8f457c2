//! Recordings: heard through us, part by part; kept by whoever may keep them.

use std::collections::BTreeMap;
use std::sync::Arc;

use actors::store::calls::{self, Name, Recording, Scope};
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use domain::ids::{CallId, CustomerId};
use domain::users::Action;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use utoipa::openapi::{self, RefOr};
use utoipa::{IntoResponses, ToSchema};

use super::calls::scope;
use crate::http::Edge;
use crate::http::path::Path;
use crate::http::problem::{Problem, Problems};
use crate::http::session::SignedIn;
use crate::recordings::{Key, Link, PLAYER_LINK_LIFE};

/// What of the answer of the place where it lies is passed on.
const PASSED_ON: [HeaderName; 5] = [
    header::CONTENT_LENGTH,
    header::CONTENT_RANGE,
    header::ACCEPT_RANGES,
    header::LAST_MODIFIED,
    header::ETAG,
];

/// A recording, or a part of it, for the API's document.
struct Sound;

impl IntoResponses for Sound {
    fn responses() -> BTreeMap<String, RefOr<openapi::Response>> {
        let sound = |description: &str| {
            let response = ["audio/*", "application/octet-stream"]
                .into_iter()
                .fold(openapi::ResponseBuilder::new(), |response, kind| {
                    response.content(kind, openapi::Content::default())
                });
            RefOr::T(response.description(description).build())
        };
        BTreeMap::from([
            ("200".to_owned(), sound("the recording")),
            ("206".to_owned(), sound("the part that was asked for")),
        ])
    }
}

/// Listen to a call
///
/// The recording, or with `Range` a part of it. It is fetched while it is heard.
#[utoipa::path(get, path = "/api/calls/{id}/recording", operation_id = "listenToCall", tag = "Recordings",
    security(("token" = []), ("session" = [])),
    params(
        ("id" = String, Path, description = "`call_12`, or Retell's", example = "call_12"),
        ("Range" = Option<String>, Header, description = "One part of it, in bytes.", example = "bytes=0-65535")
    ),
    responses(
        Sound,
        Problems
    )
)]
pub async fn recording(
    State(edge): State<Arc<Edge>>,
    who: SignedIn,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let customer = who.member(Action::ViewOwnCalls)?;
    let recording = find(&edge, customer, &scope(&who), &Name::parse(&id)).await?;
    listen(&edge, customer, &recording, &headers, None).await
}

/// Keep a recording
///
/// The same as a file; needs the right to download recordings.
#[utoipa::path(get, path = "/api/calls/{id}/download", operation_id = "downloadRecording", tag = "Recordings",
    security(("token" = []), ("session" = [])),
    params(
        ("id" = String, Path, description = "`call_12`, or Retell's", example = "call_12"),
        ("Range" = Option<String>, Header, description = "One part of it, in bytes.")
    ),
    responses(
        Sound,
        Problems
    )
)]
pub async fn download(
    State(edge): State<Arc<Edge>>,
    who: SignedIn,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let customer = who.member(Action::DownloadRecording)?;
    let recording = find(&edge, customer, &scope(&who), &Name::parse(&id)).await?;
    listen(&edge, customer, &recording, &headers, Some(recording.call)).await
}

/// A link to a recording.
#[derive(Serialize, ToSchema)]
pub struct RecordingLink {
    /// Opens without signing in, until it expires.
    #[schema(format = "uri", example = "https://voice.example.com/api/recordings/3q5x…")]
    url: String,
    #[schema(example = "2026-01-15T10:05:00Z")]
    expires_at: Timestamp,
}

/// Get a link for a player
///
/// Good for five minutes, to be opened without a cookie or a token.
#[utoipa::path(get, path = "/api/calls/{id}/recording-link", operation_id = "getRecordingLink", tag = "Recordings",
    security(("token" = []), ("session" = [])),
    params(("id" = String, Path, description = "`call_12`, or Retell's", example = "call_12")),
    responses((status = 200, body = RecordingLink), Problems)
)]
pub async fn link(
    State(edge): State<Arc<Edge>>,
    who: SignedIn,
    Path(id): Path<String>,
) -> Result<Json<RecordingLink>, Problem> {
    let customer = who.member(Action::ViewOwnCalls)?;
    let recording = find(&edge, customer, &scope(&who), &Name::parse(&id)).await?;
    if recording.url.is_none() {
        return Err(Problem::nothing_of_that_name("recording"));
    }
    let (url, expires_at) = signed(&edge, customer, recording.call, PLAYER_LINK_LIFE);
    Ok(Json(RecordingLink { url, expires_at }))
}

/// A link of ours to a recording, good for so long.
pub(super) fn signed(
    edge: &Edge,
    customer: CustomerId,
    call: CallId,
    life: SignedDuration,
) -> (String, Timestamp) {
    let expires_at = Timestamp::from_second((edge.clock.now() + life).as_second()).unwrap_or(Timestamp::MAX);
    let sealed = Link { customer, call, expires_at }.seal(&edge.vault);
    (format!("{}/api/recordings/{sealed}", edge.public_url), expires_at)
}

/// Listen by a link
///
/// The link says which recording, and until when.
#[utoipa::path(get, path = "/api/recordings/{link}", operation_id = "listenByLink", tag = "Recordings",
    params(
        ("link" = String, Path, description = "from `recording-link`, a call or an event"),
        ("Range" = Option<String>, Header, description = "One part of it, in bytes.", example = "bytes=0-65535")
    ),
    responses(
        Sound,
        Problems
    )
)]
pub async fn by_link(
    State(edge): State<Arc<Edge>>,
    Path(text): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let link = Link::open(&text, &edge.vault, edge.clock.now()).ok_or_else(Problem::dead_link)?;
    let recording = find(&edge, link.customer, &Scope::All, &Name::Ours(link.call)).await?;
    listen(&edge, link.customer, &recording, &headers, None).await
}

async fn find(edge: &Edge, customer: CustomerId, scope: &Scope, name: &Name) -> Result<Recording, Problem> {
    let found = calls::recording(&edge.store, customer, scope, name).await?;
    found.ok_or_else(|| Problem::nothing_of_that_name("call"))
}

async fn listen(
    edge: &Edge,
    customer: CustomerId,
    recording: &Recording,
    headers: &HeaderMap,
    saved_as: Option<CallId>,
) -> Result<Response, Problem> {
    let tenant = edge.tenants.get(customer).await?;
    let key = Key::of(tenant.credentials(), edge.retell_api_key.as_ref(), &edge.store, customer);
    let range = headers.get(header::RANGE).filter(|range| is_one_part(range));
    let listening = edge.recordings.listen(customer, recording, range, key).await?;
    let answer = &listening.answer;
    let status = answer.status();
    let mut passed_on = HeaderMap::new();
    for name in PASSED_ON {
        if let Some(value) = answer.headers().get(&name) {
            passed_on.insert(name, value.clone());
        }
    }
    passed_on.insert(header::CONTENT_TYPE, kind(answer.headers()));
    // Whatever it is, a browser is to play it and not to read it as a page of ours.
    passed_on
        .insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; sandbox"));
    if let Some(call) = saved_as {
        let name = format!("attachment; filename=\"{call}{}\"", ending(&passed_on));
        passed_on.insert(
            header::CONTENT_DISPOSITION,
            HeaderValue::try_from(name).map_err(|_| Problem::internal())?,
        );
    }
    let sound = Body::from_stream(listening.pieces()?);
    Ok((status, passed_on, sound).into_response())
}

/// `bytes=0-`, `bytes=100-200`, `bytes=-500`; what is more complicated is answered whole.
fn is_one_part(range: &HeaderValue) -> bool {
    let Some(part) = range.to_str().ok().and_then(|range| range.strip_prefix("bytes=")) else { return false };
    let Some((from, to)) = part.split_once('-') else { return false };
    let is_number = |text: &str| text.len() <= 15 && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number(from) && is_number(to) && !(from.is_empty() && to.is_empty())
}

/// Sound, whatever the place where it lies says: nothing from elsewhere is a page here.
fn kind(headers: &HeaderMap) -> HeaderValue {
    let kind = headers
        .get(header::CONTENT_TYPE)
        .filter(|kind| kind.to_str().is_ok_and(|kind| kind.starts_with("audio/") && !kind.contains(',')));
    kind.cloned().unwrap_or(HeaderValue::from_static("application/octet-stream"))
}

fn ending(headers: &HeaderMap) -> &'static str {
    match headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()) {
        Some("audio/mpeg") => ".mp3",
        Some("audio/mp4" | "audio/x-m4a") => ".m4a",
        Some("audio/ogg") => ".ogg",
        _ => ".wav",
    }
}
