//! What ClickSend calls: replies of guests, and receipts of their telephones.
//!
//! Nothing signs these requests. The token in the URL says that they come from ClickSend, so it must
//! be kept secret (404 otherwise, counted as a guess); still, all that they can do is to begin or end
//! a guest's silence, or to note a receipt under two names of the same message. They come late and
//! repeatedly until they are answered 200, so whatever is of no use to us is answered 200 too.

pub mod callback;
pub mod receipts;
pub mod replies;
pub mod urls;
