//! The frame of the OpenAPI document: what is said once for all routes.

use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Voice AI Platform API",
        description = "Calls, appointments, calendar and billing of a business whose telephone a voice agent \
                       answers.\n\nSend an API token (made under `/api/auth/tokens`) as `Authorization: Bearer \
                       voice_…`; it has the rights of the user who made it. Times are RFC 3339 in UTC; amounts \
                       are numbers with their exact digits. What cannot be done is answered with \
                       `application/problem+json` (RFC 9457), whose `type` is stable; `X-Request-Id` finds the \
                       request in the platform's log.",
        license(name = "MIT", identifier = "MIT")
    ),
    modifiers(&Securities),
    components(schemas(crate::http::problem::Document))
)]
struct Frame;

struct Securities;

impl Modify for Securities {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let components = document.components.get_or_insert_default();
        let token = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
        components.add_security_scheme("token", SecurityScheme::Http(token));
        let cookie = ApiKey::Cookie(ApiKeyValue::new("session"));
        components.add_security_scheme("session", SecurityScheme::ApiKey(cookie));
    }
}

/// The document without its routes.
pub fn base() -> utoipa::openapi::OpenApi {
    Frame::openapi()
}
