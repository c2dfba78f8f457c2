//! Documents, made beside the workers that answer requests: a long one takes the time of many answers.

use actors::store::Store;
use actors::store::platform::logo;
use anyhow::Context;
use domain::invoices::Invoice;
use tokio::sync::Semaphore;

/// Documents made at once: whoever asks for hundreds waits, and takes nobody's processor.
static PLACES: Semaphore = Semaphore::const_new(2);

/// An invoice as PDF, with the picture that it was written with.
///
/// # Errors
///
/// Where the database does not answer, or the document cannot be written.
pub async fn invoice(store: &Store, invoice: Invoice) -> anyhow::Result<Vec<u8>> {
    let picture = match &invoice.logo {
        Some(digest) => logo(store, digest).await.context("read the logo")?,
        None => None,
    };
    let place = PLACES.acquire().await.context("find a place to write a document")?;
    let write = move || {
        // Held by the work itself: whoever asked may be gone before it ends.
        let _place = place;
        views::pdf::invoice(&invoice, picture.as_deref())
    };
    Ok(tokio::task::spawn_blocking(write).await.context("write the document")??)
}
