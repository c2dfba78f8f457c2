//! `POST /api/v1/clicksend/receipt/{token}`: what became of text messages.

use std::sync::Arc;

use actors::store::receipts::{Receipt, keep};
use axum::Json;
use axum::extract::State;
use domain::sms_replies::Reference;
use domain::text::kept;

use super::super::edge::Edge;
use super::super::problem::Problem;
use super::callback::{Callback, Noted};

/// Why a message did not arrive has so many bytes at most.
const WHY_BYTES_MAX: usize = 200;

/// Notes a receipt of a message that is ours by both of its names: ours, which we sent along, and
/// ClickSend's.
pub async fn receipt(State(edge): State<Arc<Edge>>, callback: Callback) -> Result<Json<Noted>, Problem> {
    let reference = callback.field("custom_string").and_then(Reference::parse);
    let provider_id =
        callback.field("message_id").filter(|id| id.bytes().all(|byte| byte.is_ascii_graphic()));
    if let (Some(reference), Some(provider_id), Some(receipt)) = (reference, provider_id, read(&callback)) {
        keep(&edge.store, reference, provider_id, &receipt).await?;
    }
    Ok(Noted::answer())
}

/// `None` while ClickSend does not know either: the network has the message (200), or cannot pass it
/// on for now (300).
fn read(callback: &Callback) -> Option<Receipt> {
    match callback.field("status_code")?.parse::<u16>().ok()? {
        201 => Some(Receipt::Delivered),
        ..=300 => None,
        code => {
            let said = ["error_text", "status_text"].into_iter().find_map(|name| callback.field(name));
            let said = said.and_then(|said| kept(said, WHY_BYTES_MAX));
            Some(Receipt::Undelivered(said.unwrap_or_else(|| format!("ClickSend answers {code}"))))
        }
    }
}
