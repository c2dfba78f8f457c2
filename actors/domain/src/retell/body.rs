//! Reads a raw body as JSON, without what no database text can hold.

use serde_json::Value;

/// Parses a body. NUL characters and lone surrogates, raw and escaped, are left out, and numbers
/// too large to be numbers become text: PostgreSQL stores neither of the first two, serde_json
/// refuses a body for most of the three, and a call that took place must not be lost for a
/// character in its transcript.
///
/// Nearly every body is clean and is parsed as it came.
pub fn parse(body: &[u8]) -> Result<Value, serde_json::Error> {
    // An escaped NUL is the only one of these that serde_json takes; it has no other spelling.
    if memchr::memmem::find(body, b"\\u0000").is_none()
        && let Ok(value) = serde_json::from_slice(body)
    {
        return Ok(value);
    }
    serde_json::from_slice(&scrub(body))
}

/// The body without them; it may still be no JSON at all.
fn scrub(body: &[u8]) -> Vec<u8> {
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
    clean
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

    fn parsed(body: &[u8]) -> Value {
        parse(body).unwrap()
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
    fn a_broken_body_is_refused_and_does_not_panic() {
        for broken in [&b"\\u"[..], b"\"\\u00", b"\"\\ud83d\\u", b"\xED", b"\xED\xA0", b"\"\\", b"-", b"9e"] {
            assert!(parse(broken).is_err(), "{broken:?}");
        }
    }
}
