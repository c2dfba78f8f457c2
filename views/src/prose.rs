//! Texts in the little Markdown that documents of ours use: headings, paragraphs, lists, fenced
//! code, `code` and **loud** words. Everything else is text, and all of it is escaped.

use maud::{Markup, html};

/// A part of a text.
enum Block<'a> {
    Heading(&'a str),
    Code(String),
    List(Vec<&'a str>),
    Paragraph(String),
}

/// The text as markup; its headings can be linked to.
pub(crate) fn prose(text: &str) -> Markup {
    html! {
        @for block in blocks(text) {
            @match block {
                Block::Heading(heading) => h2 id=(slug(heading)) { a href={ "#" (slug(heading)) } { (heading) } },
                Block::Code(code) => pre tabindex="0" { code { (code) } },
                Block::List(items) => ul { @for item in items { li { (inline(item)) } } },
                Block::Paragraph(words) => p { (inline(&words)) },
            }
        }
    }
}

/// The headings, to link to them.
pub(crate) fn headings(text: &str) -> Vec<&str> {
    let blocks = blocks(text).into_iter();
    blocks
        .filter_map(|block| match block {
            Block::Heading(heading) => Some(heading),
            _ => None,
        })
        .collect()
}

/// One line: `code` and **loud** words in it.
pub(crate) fn inline(text: &str) -> Markup {
    html! {
        @for (index, part) in text.split('`').enumerate() {
            @if index % 2 == 1 { code { (part) } } @else {
                @for (index, part) in part.split("**").enumerate() {
                    @if index % 2 == 1 { strong { (part) } } @else { (part) }
                }
            }
        }
    }
}

/// A name for an address: lower case, digits and hyphens.
pub(crate) fn slug(text: &str) -> String {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_ascii_lowercase).collect::<Vec<_>>().join("-")
}

fn blocks(text: &str) -> Vec<Block<'_>> {
    let mut blocks = Vec::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        if line.trim().is_empty() {
            continue;
        }
        if let Some(heading) = line.strip_prefix("## ") {
            blocks.push(Block::Heading(heading.trim()));
        } else if line.starts_with("```") {
            let code: Vec<&str> = lines.by_ref().take_while(|line| !line.starts_with("```")).collect();
            blocks.push(Block::Code(code.join("\n")));
        } else if let Some(first) = line.strip_prefix("- ") {
            let mut items = vec![first];
            while let Some(item) = lines.peek().and_then(|line| line.strip_prefix("- ")) {
                items.push(item);
                lines.next();
            }
            blocks.push(Block::List(items));
        } else {
            let mut words = line.to_owned();
            while let Some(more) = lines.next_if(|line| !line.trim().is_empty()) {
                words.push(' ');
                words.push_str(more);
            }
            blocks.push(Block::Paragraph(words));
        }
    }
    blocks
}

#[cfg(test)]
mod tests {
    use super::{inline, prose, slug};

    #[test]
    fn a_text_becomes_paragraphs_lists_and_code_and_nothing_else() {
        let markup =
            prose("One\ntwo `<b>`.\n\n## A & b\n\n- **x** y\n- z\n\n```\n<script>\n```\n").into_string();
        assert_eq!(
            markup,
            "<p>One two <code>&lt;b&gt;</code>.</p>\
             <h2 id=\"a-b\"><a href=\"#a-b\">A &amp; b</a></h2>\
             <ul><li><strong>x</strong> y</li><li>z</li></ul>\
             <pre tabindex=\"0\"><code>&lt;script&gt;</code></pre>"
        );
    }

    #[test]
    fn what_is_no_markup_of_ours_stays_text() {
        assert_eq!(inline("<i> & [x](javascript:y)").into_string(), "&lt;i&gt; &amp; [x](javascript:y)");
        assert_eq!(slug("Sending again \"now\""), "sending-again-now");
    }
}
