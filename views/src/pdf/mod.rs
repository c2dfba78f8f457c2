//! Documents that are printed and kept, as tagged PDF: the same values give the same bytes.
//!
//! `invoices.rs` says what is where, `table.rs` and `sheet.rs` keep it on its pages, `letters.rs` sets
//! words in type. A text of somebody else is never wider than its place: it is wrapped, or cut with an
//! ellipsis.

mod invoices;
mod letters;
mod sheet;
mod table;
#[cfg(test)]
mod tests;

pub use invoices::invoice;

/// A document that could not be written: a fault of ours, as texts and pictures are never refused.
#[derive(Debug, thiserror::Error)]
#[error("cannot write the document: {reason}")]
pub struct PdfError {
    /// Without any text of the document, which the library's own error has in it.
    reason: String,
}
