//! Signing in by mail, sessions, API tokens.
//!
//! A link in a mail is opened by scanners, too: GET shows what it leads to and changes nothing. The
//! browser that asked for it carries a cookie and needs one click; another must know the code.

pub mod links;
pub mod login;
pub mod me;
pub mod sessions;
pub mod sign_in;
pub mod tokens;
