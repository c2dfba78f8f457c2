//! JSON laid out for people. Letter by letter, since numbers that are read lose digits.

/// The same JSON in lines; what is none comes out somehow and loses nothing but white space.
pub(super) fn laid_out(text: &str) -> String {
    let (mut out, mut depth, mut is_text, mut is_escaped) = (String::new(), 0_usize, false, false);
    let mut letters = text.chars().peekable();
    let line = |out: &mut String, depth: usize| {
        out.push('\n');
        // However deep a stranger nests, a page stays small.
        out.extend(std::iter::repeat_n("  ", depth.min(20)));
    };
    while let Some(letter) = letters.next() {
        if is_text {
            out.push(letter);
            (is_text, is_escaped) = (letter != '"' || is_escaped, letter == '\\' && !is_escaped);
            continue;
        }
        match letter {
            '"' => {
                is_text = true;
                out.push(letter);
            }
            '{' | '[' => {
                out.push(letter);
                let closing = if letter == '{' { '}' } else { ']' };
                if letters.peek() == Some(&closing) {
                    out.extend(letters.next());
                } else {
                    depth += 1;
                    line(&mut out, depth);
                }
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                line(&mut out, depth);
                out.push(letter);
            }
            ',' => {
                out.push(letter);
                line(&mut out, depth);
            }
            ':' => out.push_str(": "),
            letter if letter.is_whitespace() => {}
            letter => out.push(letter),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::laid_out;

    #[test]
    fn json_is_laid_out_with_every_digit_and_letter_it_has() {
        let laid = laid_out(r#"{"cost":5.00,"said":"a, \"b\": {c}\\","none":[],"two":[1,{"x":null}]}"#);
        let expected = "{\n  \"cost\": 5.00,\n  \"said\": \"a, \\\"b\\\": {c}\\\\\",\n  \"none\": [],\n  \"two\": [\n    1,\n    {\n      \"x\": null\n    }\n  ]\n}";
        assert_eq!(laid, expected);
        assert_eq!(laid_out("]]}x"), "\n]\n]\n}x");
    }
}
