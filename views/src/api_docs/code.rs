//! Requests and JSON with their words coloured: names in one voice, texts in the other.

use maud::{Markup, html};

/// What a piece of code is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Voice {
    Name,
    Text,
    Plain,
}

/// JSON.
pub(super) fn json(text: &str) -> Markup {
    html! {
        @for (voice, piece) in pieces(text) {
            @match voice {
                Voice::Name => span.n { (piece) },
                Voice::Text => span.t { (piece) },
                Voice::Plain => (piece),
            }
        }
    }
}

/// Cuts JSON at its quotes; what stands before a colon is a name.
fn pieces(text: &str) -> Vec<(Voice, &str)> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find('"') {
        let length = quoted_length(&rest[start..]);
        let (before, quoted, after) = (&rest[..start], &rest[start..start + length], &rest[start + length..]);
        pieces.push((Voice::Plain, before));
        pieces.push((if after.starts_with(':') { Voice::Name } else { Voice::Text }, quoted));
        rest = after;
    }
    pieces.push((Voice::Plain, rest));
    pieces
}

/// With both quotes; to the end where the second is missing.
fn quoted_length(text: &str) -> usize {
    let mut is_escaped = false;
    for (index, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = true,
            b'"' => return index + 1,
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::json;

    #[test]
    fn names_and_texts_have_voices_and_everything_is_escaped() {
        let markup = json(r#"{"a": "<\"é>", "b": [1]"#).into_string();
        assert_eq!(
            markup,
            "{<span class=\"n\">&quot;a&quot;</span>: <span class=\"t\">&quot;&lt;\\&quot;é&gt;&quot;</span>, \
             <span class=\"n\">&quot;b&quot;</span>: [1]"
        );
        assert_eq!(json("\"cut").into_string(), "<span class=\"t\">&quot;cut</span>");
    }
}
