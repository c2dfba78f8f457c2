//! The picture in the head of invoices.

use std::io::Cursor;
use std::sync::Arc;

use actors::store::platform::{invoice_settings, keep_logo, logo};
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::platform::{InvoiceEdit, LOGO_MAX};
use domain::users::Action;

use super::edited;
use crate::http::Edge;
use crate::http::body::read_up_to;
use crate::http::problem::{Problem, Problems};
use crate::http::session::SignedIn;

/// Dots of a side: a picture of a few thousand bytes may be one of gigabytes once it is unpacked.
const SIDE_MAX: u32 = 2000;

/// The picture on invoices
#[utoipa::path(get, path = "/api/admin/settings/logo", operation_id = "getLogo", tag = "Platform",
    security(("session" = [])),
    responses((status = 200, content_type = "image/png", body = Vec<u8>), Problems)
)]
pub async fn show(State(edge): State<Arc<Edge>>, signed_in: SignedIn) -> Result<Response, Problem> {
    signed_in.require(Action::RunPlatform)?;
    let none = || Problem::nothing_of_that_name("logo");
    let digest = invoice_settings(&edge.store).await?.logo.ok_or_else(none)?;
    let png = logo(&edge.store, &digest).await?.ok_or_else(none)?;
    Ok(([(header::CONTENT_TYPE, "image/png")], png).into_response())
}

/// Set the picture on invoices
///
/// A PNG of at most 256 KiB and 2000 × 2000 dots. Invoices that have their number keep the one they have.
#[utoipa::path(put, path = "/api/admin/settings/logo", operation_id = "setLogo", tag = "Platform",
    request_body(content = Vec<u8>, content_type = "image/png"), security(("session" = [])),
    responses((status = 204, description = "it is on the next invoice"), Problems)
)]
pub async fn set(
    State(edge): State<Arc<Edge>>,
    signed_in: SignedIn,
    request: Request,
) -> Result<StatusCode, Problem> {
    signed_in.require(Action::RunPlatform)?;
    let (parts, body) = request.into_parts();
    let png = read_up_to(LOGO_MAX, &parts.headers, body).await?;
    if !is_picture(&png) {
        let detail = format!("send a PNG of at most 256 KiB and {SIDE_MAX} × {SIDE_MAX} dots");
        return Err(Problem::invalid_field("logo", detail));
    }
    let digest = keep_logo(&edge.store, &png, edge.clock.now()).await?;
    edited(&edge, &InvoiceEdit { logo: Some(Some(digest)), ..InvoiceEdit::default() }).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Take the picture off invoices
#[utoipa::path(delete, path = "/api/admin/settings/logo", operation_id = "removeLogo", tag = "Platform",
    security(("session" = [])),
    responses((status = 204, description = "the next invoice has none"), Problems)
)]
pub async fn remove(State(edge): State<Arc<Edge>>, signed_in: SignedIn) -> Result<StatusCode, Problem> {
    signed_in.require(Action::RunPlatform)?;
    edited(&edge, &InvoiceEdit { logo: Some(None), ..InvoiceEdit::default() }).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Whether the whole of it can be unpacked.
fn is_picture(png: &[u8]) -> bool {
    let Ok(mut reader) = png::Decoder::new(Cursor::new(png)).read_info() else { return false };
    let info = reader.info();
    if info.width > SIDE_MAX || info.height > SIDE_MAX {
        return false;
    }
    let Some(size) = reader.output_buffer_size() else { return false };
    reader.next_frame(&mut vec![0; size]).is_ok()
}
