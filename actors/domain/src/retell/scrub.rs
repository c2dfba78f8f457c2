//! Takes out of a raw body what no database text can hold, before it is parsed.

use std::borrow::Cow;

/// Removes NUL characters and lone surrogates, raw and escaped, and quotes numbers too large to
/// be numbers. PostgreSQL stores neither of the first two, serde_json refuses a body for any of
/// the three, and a call that took place must not be lost for a character in its transcript.
///
/// The result may still be no JSON at all; that is for the parser to say.
pub fn scrub(body: &[u8]) -> Cow<'_, [u8]> {
    if is_clean(body) {
        return Cow::Borrowed(body);
    }
    let mut clean = Vec::with_capacity(body.len());
    let mut in_string = false;
    let mut rest = body;
    while let Some((&byte, tail)) = rest.split_first() {
        let taken = match byte {
            0 => 1,
            0xED if tail.first().is_some_and(|second| *second >= 0xA0) => rest.len().min(3),
            b'\\' if in_string => {
                let (taken, kept) = escape(rest);
                clean.extend_from_slice(&rest[..kept]);
                taken
            }
            b'-' | b'0'..=b'9' if !in_string => {
                let length = rest.iter().take_while(|byte| is_of_number(**byte)).count();
                push_number(&rest[..length], &mut clean);
                length
            }
            _ => {
                in_string ^= byte == b'"';
                clean.push(byte);
                1
            }
        };
        rest = &rest[taken..];
    }
    Cow::Owned(clean)
}

/// Whether there is nothing to do, as with nearly every body: looked at in passes a compiler makes
/// fast, because this runs for every call.
fn is_clean(body: &[u8]) -> bool {
    let has_escape = || body.windows(2).any(|pair| pair == b"\\u");
    let has_surrogate = || body.windows(2).any(|pair| pair[0] == 0xED && pair[1] >= 0xA0);
    let has_exponent = || body.windows(2).any(|pair| pair[0].is_ascii_digit() && (pair[1] | 0x20) == b'e');
    let has_long_number = || {
        let longer = |run: usize, byte: &u8| if byte.is_ascii_digit() { run + 1 } else { 0 };
        body.iter()
            .scan(0, |run, byte| Some(*run).inspect(|_| *run = longer(*run, byte)))
            .any(|run| run >= 300)
    };
    !body.contains(&0) && !has_surrogate() && !has_escape() && !has_exponent() && !has_long_number()
}

/// An escape at the start of `rest`: how many bytes it takes, and how many of them are kept.
fn escape(rest: &[u8]) -> (usize, usize) {
    match unit(rest) {
        None => (rest.len().min(2), rest.len().min(2)),
        Some(0) => (6, 0),
        Some(0xD800..=0xDBFF) => match unit(&rest[6..]) {
            Some(0xDC00..=0xDFFF) => (12, 12),
            _ => (6, 0),
        },
        Some(0xDC00..=0xDFFF) => (6, 0),
        Some(_) => (6, 6),
    }
}

/// The code unit of a `\uXXXX` at the start of `rest`.
fn unit(rest: &[u8]) -> Option<u16> {
    let digits = rest.strip_prefix(b"\\u")?.get(..4)?;
    let digits =
        std::str::from_utf8(digits).ok().filter(|text| text.bytes().all(|b| b.is_ascii_hexdigit()))?;
    u16::from_str_radix(digits, 16).ok()
}

fn is_of_number(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E')
}

/// Copies a number, as text when no finite number has that value.
fn push_number(digits: &[u8], clean: &mut Vec<u8>) {
    let is_finite =
        std::str::from_utf8(digits).ok().and_then(|text| text.parse::<f64>().ok()).is_none_or(f64::is_finite);
    if is_finite {
        clean.extend_from_slice(digits);
    } else {
        clean.push(b'"');
        clean.extend_from_slice(&digits[..digits.len().min(50)]);
        clean.push(b'"');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(body: &[u8]) -> serde_json::Value {
        serde_json::from_slice(&scrub(body)).unwrap()
    }

    #[test]
    fn what_cannot_be_stored_is_taken_out_and_the_rest_stays() {
        assert_eq!(parsed(br#"{"t":"a\u0000b"}"#)["t"], "ab");
        assert_eq!(parsed(b"{\"t\":\"a\0b\"}")["t"], "ab");
        assert_eq!(parsed(br#"{"t":"x\ud83d\ude00y\ud83dz\ude00"}"#)["t"], "x😀yz");
        assert_eq!(parsed(b"{\"t\":\"a\xED\xA0\x80b\"}")["t"], "ab");
        assert_eq!(parsed(br#"{"t":"\\u0000 \" \u00e9"}"#)["t"], "\\u0000 \" é");
        assert_eq!(parsed(br#"{"n":1e999,"m":-2.5e3,"t":"1e999"}"#)["n"], "1e999");
        assert_eq!(parsed(br#"{"n":1e999,"m":-2.5e3,"t":"1e999"}"#)["m"], -2500.0);
    }

    #[test]
    fn a_clean_body_is_not_copied_and_a_broken_one_does_not_panic() {
        assert!(matches!(scrub("{\"a\":\"é 🦷\",\"n\":12}".as_bytes()), Cow::Borrowed(_)));
        for broken in [&b"\\u"[..], b"\"\\u00", b"\"\\ud83d\\u", b"\xED", b"\xED\xA0", b"\"\\", b"-", b"9e"] {
            scrub(broken);
        }
    }
}
