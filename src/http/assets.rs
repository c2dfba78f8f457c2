//! What pages load. A name has the hash of its content in it: whoever has a file has it for ever.

use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use views::assets::{Packing, find};

use super::path::Path;
use super::problem::Problem;

/// A style sheet, script, font or drawing.
pub async fn show(Path(name): Path<String>, headers: HeaderMap) -> Result<Response, Problem> {
    let file = find(&name, &accepted(&headers)).ok_or_else(Problem::nothing_here)?;
    let mut response = file.bytes.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(file.media_type));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable"));
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    let packing = match file.packing {
        Packing::Brotli => "br",
        Packing::Gzip => "gzip",
        Packing::Plain => return Ok(response),
    };
    headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(packing));
    Ok(response)
}

/// How a file may be packed, the smallest first.
fn accepted(headers: &HeaderMap) -> Vec<Packing> {
    let accepted = headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok());
    let takes = |name: &str| {
        accepted.unwrap_or_default().split(',').any(|word| {
            let (coding, weight) = word.split_once(';').unwrap_or((word, ""));
            let weight = weight.trim().strip_prefix("q=").and_then(|q| q.parse::<f32>().ok());
            coding.trim().eq_ignore_ascii_case(name) && weight != Some(0.0)
        })
    };
    [(Packing::Brotli, "br"), (Packing::Gzip, "gzip")]
        .into_iter()
        .filter_map(|(packing, name)| takes(name).then_some(packing))
        .collect()
}
