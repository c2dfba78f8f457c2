//! Whoever is signed in, as they are told.

use actors::store::auth::Person;
use axum::Json;
use domain::users::Permissions;
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::problem::Problems;
use crate::http::session::SignedIn;

/// Whoever is signed in.
#[derive(Serialize, ToSchema)]
pub struct Me {
    #[schema(example = "usr_5x7k3q")]
    user_id: String,
    #[schema(example = "owner@example.com")]
    email: String,
    #[schema(example = "Maria Keller")]
    full_name: String,
    /// `super_admin` is the platform's owner.
    #[schema(value_type = MyRole)]
    role: &'static str,
    permissions: Rights,
    /// `null` for the platform's owner.
    #[schema(required)]
    customer: Option<Place>,
}

/// A role is a ceiling; the permissions widen within it.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
#[expect(dead_code, reason = "the document's: the words are the domain's")]
enum MyRole {
    Admin,
    User,
    Viewer,
    SuperAdmin,
}

/// The flags of a user, as they widen the role.
#[derive(Serialize, ToSchema, Clone, Copy)]
pub struct Rights {
    can_download_recordings: bool,
    can_view_all_calls: bool,
    can_manage_calendar: bool,
}

impl From<Permissions> for Rights {
    fn from(permissions: Permissions) -> Self {
        Self {
            can_download_recordings: permissions.can_download_recordings,
            can_view_all_calls: permissions.can_view_all_calls,
            can_manage_calendar: permissions.can_manage_calendar,
        }
    }
}

/// A business.
#[derive(Serialize, ToSchema)]
pub struct Place {
    #[schema(example = 1)]
    id: i64,
    #[schema(example = "Harbour Dental")]
    name: String,
    #[schema(value_type = Standing)]
    status: &'static str,
    /// IANA name.
    #[schema(example = "Europe/Madrid")]
    timezone: String,
}

/// Of a suspended business everything can be read and nothing changed.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case", as = CustomerStatus)]
#[expect(dead_code, reason = "the document's: the words are the domain's")]
enum Standing {
    Active,
    Suspended,
    Closed,
}

impl Me {
    /// As a person is told.
    pub(super) fn of(person: &Person) -> Self {
        let membership = person.membership.as_ref();
        Self {
            user_id: person.user.0.clone(),
            email: person.email.clone(),
            full_name: person.full_name.clone(),
            role: membership.map_or("super_admin", |membership| membership.role.as_str()),
            permissions: membership.map(|membership| membership.permissions).unwrap_or_default().into(),
            customer: membership.map(|membership| Place {
                id: membership.customer.0,
                name: membership.company.clone(),
                status: membership.status.as_str(),
                timezone: membership.timezone.clone(),
            }),
        }
    }
}

/// Who is signed in
#[utoipa::path(get, path = "/api/auth/me", tag = "Signing in", security(("token" = []), ("session" = [])),
    responses(
        (status = 200, body = Me),
        Problems
    )
)]
pub async fn show(signed_in: SignedIn) -> Json<Me> {
    Json(Me::of(&signed_in.person))
}
