//! Texts that people typed, brought into what can be stored.

/// Trimmed, without control characters but line breaks, cut to `bytes_max` at a character boundary;
/// `None` when nothing is left. PostgreSQL's text holds no NUL.
pub fn kept(text: &str, bytes_max: usize) -> Option<String> {
    let is_kept = |c: &char| !c.is_control() || matches!(c, '\n' | '\t');
    let text: String = text.chars().filter(is_kept).collect();
    let text = text.trim();
    let text = text[..text.floor_char_boundary(bytes_max)].trim_end();
    (!text.is_empty()).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::kept;

    #[test]
    fn a_text_is_trimmed_cleaned_and_cut_between_characters() {
        assert_eq!(kept(" a\0b\n ", 10).as_deref(), Some("ab"));
        assert_eq!(kept("ééé", 5).as_deref(), Some("éé"));
        assert_eq!(kept(" \0 ", 5), None);
    }
}
