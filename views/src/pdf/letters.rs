//! Words set in type: cleaned, shaped once, measured, and broken into lines that fit.
//!
//! Noto Sans has Latin, Greek, Cyrillic and a few more. What it lacks becomes a replacement character,
//! and what could not be seen, or would stand outside of its line, is left out.

use std::sync::LazyLock;

use krilla::text::{Font, GlyphId, KrillaGlyph};
use rustybuzz::ttf_parser::GlyphId as Sought;
use rustybuzz::{Direction, Face, UnicodeBuffer};

/// Stands for a character that the font lacks.
pub(super) const REPLACEMENT: char = '\u{fffd}';
/// Marks above or below one letter; a pile of them would reach into other lines.
const MARKS_MAX: usize = 2;
/// Characters of a text that are set; nothing on a document is longer.
const CHARACTERS_MAX: usize = 20_000;

static REGULAR: LazyLock<Cut> =
    LazyLock::new(|| Cut::read(include_bytes!("../../dist/fonts/noto-sans-regular.ttf")));
static BOLD: LazyLock<Cut> =
    LazyLock::new(|| Cut::read(include_bytes!("../../dist/fonts/noto-sans-bold.ttf")));

/// A font, for whom draws and for whom shapes.
struct Cut {
    font: Font,
    face: Face<'static>,
    em: f32,
}

impl Cut {
    fn read(bytes: &'static [u8]) -> Self {
        let font = Font::new(bytes.into(), 0).expect("a font of ours can be read");
        let face = Face::from_slice(bytes, 0).expect("a font of ours can be read");
        let em = font.units_per_em();
        Self { font, face, em }
    }
}

/// Red, green, blue.
pub(super) type Colour = (u8, u8, u8);

/// How words look.
#[derive(Debug, Clone, Copy)]
pub(super) struct Style {
    /// Points.
    pub size: f32,
    pub is_bold: bool,
    pub colour: Colour,
}

impl Style {
    pub(super) const fn regular(size: f32, colour: Colour) -> Self {
        Self { size, is_bold: false, colour }
    }

    pub(super) const fn bold(size: f32, colour: Colour) -> Self {
        Self { size, is_bold: true, colour }
    }

    /// Points from a line to the next one.
    pub(super) fn leading(self) -> f32 {
        self.size * 1.4
    }

    pub(super) fn font(self) -> Font {
        self.cut().font.clone()
    }

    fn cut(self) -> &'static Cut {
        if self.is_bold { &BOLD } else { &REGULAR }
    }
}

/// A line in type.
#[derive(Debug, Clone)]
pub(super) struct Line {
    pub text: String,
    pub glyphs: Vec<KrillaGlyph>,
    pub style: Style,
    /// Points, without spaces at the end.
    pub width: f32,
}

/// Lines no wider than `width`; where they would be more than `lines_max`, the last one ends with an
/// ellipsis. A line feed begins a new one; of empty ones in a row one is kept.
pub(super) fn wrapped(text: &str, style: Style, width: f32, lines_max: usize) -> Vec<Line> {
    let text = cleaned(text, style.cut());
    let mut lines: Vec<Line> = Vec::new();
    for paragraph in text.trim().split('\n') {
        let paragraph = paragraph.trim();
        if paragraph.is_empty() && lines.last().is_none_or(|line| line.text.is_empty()) {
            continue;
        }
        let glyphs = shaped(paragraph, style);
        for part in parts(&glyphs, paragraph, width / style.size) {
            lines.push(line(paragraph, &glyphs[part], style));
            if lines.len() > lines_max {
                lines.truncate(lines_max);
                if let Some(last) = lines.last_mut() {
                    *last = shortened(&last.text, style, width);
                }
                return lines;
            }
        }
    }
    lines
}

/// One line, cut where it would be wider.
pub(super) fn fitted(text: &str, style: Style, width: f32) -> Line {
    let text = text.replace('\n', " ");
    wrapped(&text, style, width, 1).pop().unwrap_or_else(|| line("", &[], style))
}

/// Words of ours, or an amount, in one line.
pub(super) fn set(text: &str, style: Style) -> Line {
    fitted(text, style, f32::INFINITY)
}

/// The text with an ellipsis after it, as much of it as fits.
fn shortened(text: &str, style: Style, width: f32) -> Line {
    let mut text = text.trim_end();
    loop {
        let cut = format!("{text}…");
        let line = line(&cut, &shaped(&cut, style), style);
        let Some((last, _)) = text.char_indices().next_back().filter(|_| line.width > width) else {
            return line;
        };
        text = text[..last].trim_end();
    }
}

/// What can be printed of a text.
fn cleaned(text: &str, cut: &Cut) -> String {
    let has = |c: char| cut.face.glyph_index(c).is_some_and(|glyph| glyph != Sought(0));
    let mut clean = String::with_capacity(text.len());
    let mut marks = 0;
    for c in text.chars().take(CHARACTERS_MAX) {
        match c {
            '\n' | '\u{2028}' | '\u{2029}' | '\u{b}' | '\u{c}' | '\u{85}' => clean.push('\n'),
            '\t' => clean.push(' '),
            c if c.is_control() || is_unseen(c) => continue,
            c if is_mark(c) && marks >= MARKS_MAX => continue,
            c if has(c) => clean.push(c),
            c if c.is_whitespace() => clean.push(' '),
            _ => clean.push(REPLACEMENT),
        }
        marks = if is_mark(c) { marks + 1 } else { 0 };
    }
    clean
}

/// Joiners, marks of direction, selectors of variants, tags: they have no shape of their own.
fn is_unseen(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
        | '\u{fff0}'..='\u{fffb}' | '\u{1f3fb}'..='\u{1f3ff}' | '\u{e0000}'..='\u{e0fff}')
}

/// Drawn over the letter before it.
fn is_mark(c: char) -> bool {
    matches!(c,
        '\u{300}'..='\u{36f}' | '\u{483}'..='\u{489}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}'
        | '\u{20d0}'..='\u{20ff}' | '\u{2de0}'..='\u{2dff}' | '\u{a66f}'..='\u{a67d}'
        | '\u{a69e}'..='\u{a69f}' | '\u{fe20}'..='\u{fe2f}')
}

/// The glyphs of a text from left to right, in parts of an em; their ranges are bytes of the text.
fn shaped(text: &str, style: Style) -> Vec<KrillaGlyph> {
    let cut = style.cut();
    let mut buffer = UnicodeBuffer::new();
    buffer.push_str(text);
    buffer.set_direction(Direction::LeftToRight);
    let output = rustybuzz::shape(&cut.face, &[], buffer);
    let starts: Vec<usize> = output.glyph_infos().iter().map(|info| info.cluster as usize).collect();
    let placed = output.glyph_infos().iter().zip(output.glyph_positions()).enumerate();
    let ems = |units: i32| units as f32 / cut.em;
    placed
        .map(|(at, (info, position))| {
            let start = starts[at];
            let end = starts[at..].iter().copied().find(|&next| next > start).unwrap_or(text.len());
            KrillaGlyph::new(
                GlyphId::new(info.glyph_id),
                ems(position.x_advance),
                ems(position.x_offset),
                ems(position.y_offset),
                ems(position.y_advance),
                start..end,
                None,
            )
        })
        .collect()
}

/// Which glyphs make a line each: broken after spaces and hyphens, and anywhere in a word that is wider
/// than a line. `width` is in ems.
fn parts(glyphs: &[KrillaGlyph], text: &str, width: f32) -> Vec<std::ops::Range<usize>> {
    let mut parts = Vec::new();
    let (mut start, mut taken) = (0, 0.0);
    let mut may_break = None;
    for (at, glyph) in glyphs.iter().enumerate() {
        let shows = &text[glyph.text_range.clone()];
        let is_first = at == 0 || glyphs[at - 1].text_range != glyph.text_range;
        while shows != " " && taken + glyph.x_advance > width && is_first && at > start {
            let end = may_break.take().unwrap_or(at);
            parts.push(start..end);
            start = end;
            taken = glyphs[start..at].iter().map(|glyph| glyph.x_advance).sum();
        }
        taken += glyph.x_advance;
        if matches!(shows, " " | "-" | "–" | "/") && at + 1 < glyphs.len() {
            may_break = Some(at + 1);
        }
    }
    parts.push(start..glyphs.len());
    parts
}

/// Some glyphs of a text as a line.
fn line(text: &str, glyphs: &[KrillaGlyph], style: Style) -> Line {
    let from = glyphs.first().map_or(0, |glyph| glyph.text_range.start);
    let until = glyphs.last().map_or(0, |glyph| glyph.text_range.end);
    let text = &text[from..until];
    let seen = text.trim_end_matches(' ').len();
    let moved = |glyph: &KrillaGlyph| {
        let mut glyph = glyph.clone();
        glyph.text_range = glyph.text_range.start - from..glyph.text_range.end - from;
        glyph
    };
    let glyphs: Vec<KrillaGlyph> = glyphs.iter().map(moved).collect();
    let shown = glyphs.iter().filter(|glyph| glyph.text_range.start < seen);
    let width = shown.map(|glyph| glyph.x_advance).sum::<f32>() * style.size;
    Line { text: text.to_owned(), glyphs, style, width }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: Style = Style::regular(10.0, (0, 0, 0));

    fn texts(lines: &[Line]) -> Vec<&str> {
        lines.iter().map(|line| line.text.trim_end()).collect()
    }

    #[test]
    fn no_line_is_wider_than_its_place_and_no_letter_is_lost() {
        let long = "x".repeat(500);
        for text in ["one two three four five six", "Ελληνικά-Кириллица/Łódź und so weiter", &long]
        {
            let lines = wrapped(text, PLAIN, 60.0, usize::MAX);
            assert!(lines.len() > 1, "{text}");
            assert!(lines.iter().all(|line| line.width <= 60.0), "{:?}", texts(&lines));
            assert_eq!(lines.iter().map(|line| line.text.as_str()).collect::<String>(), text);
        }
        let words = wrapped("one two three", PLAIN, 40.0, 9);
        assert_eq!(texts(&words), ["one two", "three"]);
    }

    #[test]
    fn what_is_too_long_ends_with_an_ellipsis_that_fits() {
        let lines = wrapped("one two three four five six seven", PLAIN, 45.0, 2);
        assert_eq!(lines.len(), 2);
        assert!(lines[1].text.ends_with('…') && lines[1].width <= 45.0, "{:?}", texts(&lines));
        assert_eq!(fitted("short", PLAIN, 45.0).text, "short");
        assert_eq!(fitted("", PLAIN, 45.0).text, "");
    }

    #[test]
    fn what_cannot_be_seen_is_left_out_and_what_the_font_lacks_is_replaced() {
        let set = |text: &str| set(text, PLAIN).text;
        assert_eq!(set("a\u{202e}b\u{0}c\u{200d}d\u{ad}e\tf"), "abcde f");
        assert_eq!(set("שלום 😀\u{fe0f}!"), format!("{} {REPLACEMENT}!", REPLACEMENT.to_string().repeat(4)));
        assert_eq!(set("a\u{301}\u{301}\u{301}\u{301}b"), "a\u{301}\u{301}b");
        assert_eq!(set("one\ntwo"), "one two");
        assert!(cleaned("\u{fffd}", &REGULAR).contains(REPLACEMENT), "the font has it");
    }

    #[test]
    fn lines_of_an_address_stay_and_empty_ones_are_few() {
        let lines = wrapped("\n\nMain Street 1\r\n\n\n\n12345 Town\n", PLAIN, 200.0, 9);
        assert_eq!(texts(&lines), ["Main Street 1", "", "12345 Town"]);
    }
}
