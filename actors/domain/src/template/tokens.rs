//! Reads a template from its first character to its last, once: text, variables, and what is wrong.

use super::Variable;

/// A stretch of a template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Segment<'a> {
    /// To be read as it stands.
    Text(&'a str),
    /// To be replaced by its value.
    Variable(Variable),
}

/// What cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault<'a> {
    /// Braces around something that is no variable.
    Unknown(&'a str),
    /// `{` without `}` in its line.
    Unclosed,
    /// `}` without `{`.
    Stray,
}

/// A stretch of a template, or what is wrong there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Token<'a> {
    /// In bytes from the begin.
    pub at: usize,
    /// As it was typed.
    pub raw: &'a str,
    pub what: Result<Segment<'a>, Fault<'a>>,
}

/// All of a template. `{{` and `}}` write a brace.
pub(super) fn tokens(text: &str) -> impl Iterator<Item = Token<'_>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let rest = &text[at..];
        let (length, what) = match rest.find(['{', '}']) {
            _ if rest.is_empty() => return None,
            None => (rest.len(), Ok(Segment::Text(rest))),
            Some(0) => brace(rest),
            Some(before) => (before, Ok(Segment::Text(&rest[..before]))),
        };
        let token = Token { at, raw: &rest[..length], what };
        at += length;
        Some(token)
    })
}

/// What begins with a brace, and its length.
fn brace(rest: &str) -> (usize, Result<Segment<'_>, Fault<'_>>) {
    if rest.starts_with("{{") || rest.starts_with("}}") {
        return (2, Ok(Segment::Text(&rest[..1])));
    }
    let Some(inside) = rest.strip_prefix('{') else { return (1, Err(Fault::Stray)) };
    match inside.find(['{', '}', '\n']) {
        Some(end) if inside[end..].starts_with('}') => {
            let name = inside[..end].trim();
            let what = Variable::parse(name).map(Segment::Variable).ok_or(Fault::Unknown(name));
            (end + 2, what)
        }
        _ => (1, Err(Fault::Unclosed)),
    }
}

/// The stretches of a template in their order. What [`super::Template::check`] would refuse stands
/// as it was typed: a message that was stored is sent.
pub fn segments(text: &str) -> Vec<Segment<'_>> {
    tokens(text).map(|token| token.what.unwrap_or(Segment::Text(token.raw))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_is_text_and_variables() {
        use Segment::Text;
        let name = Segment::Variable(Variable::GuestName);
        assert_eq!(segments("Hi {guest_name}!"), [Text("Hi "), name, Text("!")]);
        assert_eq!(segments("{ guest_name }"), [name]);
        assert_eq!(segments("{{{guest_name}}}"), [Text("{"), name, Text("}")]);
        assert_eq!(segments("{nobody} {"), [Text("{nobody}"), Text(" "), Text("{")]);
        assert_eq!(segments(""), []);
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        let fault = |text| tokens(text).find_map(|token| token.what.err().map(|fault| (token.at, fault)));
        assert_eq!(fault("é {nobody}"), Some((3, Fault::Unknown("nobody"))));
        assert_eq!(fault("a {guest_name"), Some((2, Fault::Unclosed)));
        assert_eq!(fault("{a\n}"), Some((0, Fault::Unclosed)));
        assert_eq!(fault("{a {guest_name}"), Some((0, Fault::Unclosed)));
        assert_eq!(fault("a } b"), Some((2, Fault::Stray)));
        assert_eq!(fault("{}"), Some((0, Fault::Unknown(""))));
        assert_eq!(fault("{{}} {time}"), None);
    }
}
