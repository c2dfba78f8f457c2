//! What Retell sends, turned into the domain's own values. The only place that knows its fields.
//!
//! Everything here was written by another company or by a language model: unknown fields are
//! ignored, values of the wrong kind count as absent, texts are cut to what can be stored and
//! indexed. Facts: docs.retellai.com "Webhook Overview", "Inbound Call Webhook", "Custom Function",
//! and the types of the official SDK.

mod body;
mod events;
mod fields;
pub mod functions;
mod list;
mod status;

pub use body::parse;
pub use events::{InboundCall, Malformed, Notice, read_inbound, read_notice};
pub use list::{Listed, PAGE, Page, read_page, report_of};
