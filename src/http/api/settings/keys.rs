//! The keys that a customer shares with Retell: the one with which Retell signs, and the one in its
//! URLs.

use std::sync::Arc;

use actors::secrets::Purpose;
use actors::store::settings::{RetellKeys, retell_keys};
use axum::extract::State;
use axum::http::StatusCode;
use domain::text::kept;
use domain::users::{Action, SettingsField};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::http::Edge;
use crate::http::json::Json;
use crate::http::problem::{Problem, Problems};
use crate::http::retell::urls::RetellUrls;
use crate::http::session::SignedIn;

/// Bytes of a key of Retell's: they have fifty.
const RETELL_KEY_MAX: usize = 200;

/// What is known of the key with which Retell signs; the key itself is never shown.
#[derive(Serialize, ToSchema)]
pub struct RetellKey {
    is_set: bool,
    /// How many count; two for a day after a change.
    count: i64,
    /// Since when the current one does.
    since: Option<Timestamp>,
}

impl From<RetellKeys> for RetellKey {
    fn from(keys: RetellKeys) -> Self {
        let RetellKeys { count, since } = keys;
        Self { is_set: count > 0, count, since }
    }
}

/// The key with which Retell signs what it sends for this customer.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRetellKey {
    /// From Retell's dashboard: the one with the webhook badge.
    #[schema(write_only, min_length = 1, max_length = 200, example = "key_…")]
    key: String,
}

/// Set the key with which Retell signs
///
/// From now on a signature is needed. The key before counts for a day more, so that none of Retell's
/// requests is lost while it is changed there. It cannot be read back.
#[utoipa::path(put, path = "/api/settings/retell-key", operation_id = "setRetellKey",
    tag = "Settings", request_body = NewRetellKey,
    security(("token" = []), ("session" = [])),
    responses(
        (status = 200, body = RetellKey),
        Problems
    )
)]
pub async fn set_retell_key(
    State(edge): State<Arc<Edge>>,
    signed_in: SignedIn,
    Json(new): Json<NewRetellKey>,
) -> Result<axum::Json<RetellKey>, Problem> {
    set(&edge, &signed_in, &new.key).await.map(|keys| axum::Json(keys.into()))
}

/// Sets the key as it was typed.
pub async fn set(edge: &Edge, signed_in: &SignedIn, typed: &str) -> Result<RetellKeys, Problem> {
    let tenant = signed_in.tenant(edge, Action::WriteSettings(SettingsField::RetellKey)).await?;
    let key = typed.trim();
    let is_plain =
        kept(key, RETELL_KEY_MAX).is_some_and(|kept| kept == key) && !key.contains(char::is_whitespace);
    if !is_plain {
        return Err(Problem::invalid_field("key", "a key has 1 to 200 bytes without white space"));
    }
    tenant.add_credential(Purpose::RetellKey, key).await?;
    Ok(retell_keys(&edge.store, tenant.customer(), edge.clock.now()).await?)
}

/// Take Retell's keys away
///
/// All of them at once, also one that counts for the rest of its day. Without a key of its own the
/// customer is served on the platform's, or on the key in the URL alone.
#[utoipa::path(delete, path = "/api/settings/retell-key", operation_id = "removeRetellKey",
    tag = "Settings",
    security(("token" = []), ("session" = [])),
    responses(
        (status = 204, description = "no key counts any more"),
        Problems
    )
)]
pub async fn remove_retell_key(
    State(edge): State<Arc<Edge>>,
    signed_in: SignedIn,
) -> Result<StatusCode, Problem> {
    let tenant = signed_in.tenant(&edge, Action::WriteSettings(SettingsField::RetellKey)).await?;
    match tenant.end_retell_keys().await? {
        true => Ok(StatusCode::NO_CONTENT),
        false => Err(Problem::nothing_of_that_name("key")),
    }
}

/// The Retell URLs with their new key.
#[derive(Serialize, ToSchema)]
pub struct RotatedUrls {
    retell_urls: RetellUrls,
    /// Until then the URLs before work, too.
    previous_until: Timestamp,
}

/// Change the key in the Retell URLs
///
/// The URLs before work for a day more.
#[utoipa::path(post, path = "/api/settings/api-key", operation_id = "rotateApiKey",
    tag = "Settings", security(("token" = []), ("session" = [])),
    responses(
        (status = 200, body = RotatedUrls),
        Problems
    )
)]
pub async fn rotate_api_key(
    State(edge): State<Arc<Edge>>,
    signed_in: SignedIn,
) -> Result<axum::Json<RotatedUrls>, Problem> {
    let (retell_urls, previous_until) = rotate(&edge, &signed_in).await?;
    Ok(axum::Json(RotatedUrls { retell_urls, previous_until }))
}

/// Puts a new key into the URLs; says until when those before work.
pub async fn rotate(edge: &Edge, signed_in: &SignedIn) -> Result<(RetellUrls, Timestamp), Problem> {
    let tenant = signed_in.tenant(edge, Action::ManageApiKey).await?;
    let key = edge.vault.mint(tenant.customer());
    let previous_until = edge.clock.now() + SignedDuration::from_hours(actors::tenant::ROTATION_HOURS);
    tenant.add_credential(Purpose::ApiKey, key.reveal()).await?;
    Ok((RetellUrls::new(&edge.public_url, &key), previous_until))
}
