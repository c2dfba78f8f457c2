//! So many of something.

/// `1 day`, `2 days`, of a word that takes an s.
pub(crate) fn count(many: i64, what: &str) -> String {
    if many == 1 { format!("1 {what}") } else { format!("{many} {what}s") }
}
