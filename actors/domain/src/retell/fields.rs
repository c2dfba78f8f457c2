//! Reads single values out of untrusted JSON.

use std::io;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde_json::{Map, Value};

/// A JSON object.
pub type Object = Map<String, Value>;

/// No text longer than this is indexed or shown in a list: agent ids, numbers, names.
pub const SHORT_MAX: usize = 255;

/// Cuts a text at a character boundary.
pub fn cut(text: &str, bytes_max: usize) -> &str {
    &text[..text.floor_char_boundary(bytes_max)]
}

/// A non-empty text of at most `bytes_max` bytes; longer ones are cut.
pub fn text(object: &Object, key: &str, bytes_max: usize) -> Option<String> {
    let text = cut(object.get(key)?.as_str()?.trim(), bytes_max).trim_end();
    (!text.is_empty()).then(|| text.to_owned())
}

/// An object under `key`.
pub fn object<'a>(object: &'a Object, key: &str) -> Option<&'a Object> {
    object.get(key)?.as_object()
}

/// A number, also one given as text. `Some(Err)` when there is something that is no finite number.
pub fn number(object: &Object, key: &str) -> Option<Result<f64, String>> {
    let value = object.get(key)?;
    let number = match value {
        Value::Null => return None,
        Value::Number(number) => number.as_f64(),
        Value::String(text) if text.trim().is_empty() => return None,
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    Some(number.filter(|number| number.is_finite()).ok_or_else(|| cut(&value.to_string(), 50).to_owned()))
}

/// An instant: milliseconds since the epoch (also as text) or ISO 8601; without an offset, UTC.
///
/// Only years 2000 to 2099 count: anything else is a mistake, and arithmetic on it would be one too.
pub fn instant(object: &Object, keys: [&str; 2]) -> Option<Timestamp> {
    keys.into_iter().find_map(|key| {
        let instant = match object.get(key)? {
            Value::Number(number) => Timestamp::from_millisecond(number.as_i64()?).ok()?,
            Value::String(text) => parse_instant(text.trim())?,
            _ => return None,
        };
        let year = instant.to_zoned(TimeZone::UTC).year();
        (2000..2100).contains(&year).then_some(instant)
    })
}

fn parse_instant(text: &str) -> Option<Timestamp> {
    if let Ok(milliseconds) = text.parse::<i64>() {
        return Timestamp::from_millisecond(milliseconds).ok();
    }
    let instant = text.parse::<Timestamp>().ok().or_else(|| {
        let local = text.parse::<DateTime>().ok()?;
        Some(local.to_zoned(TimeZone::UTC).ok()?.timestamp())
    })?;
    // Stored with microseconds; what is compared later must be what was stored.
    instant.checked_sub((i64::from(instant.subsec_nanosecond()) % 1000).nanoseconds()).ok()
}

/// Whether a value is at most `bytes_max` long as JSON; looks no further than that.
pub fn is_within(value: &Value, bytes_max: usize) -> bool {
    struct Left(usize);

    impl io::Write for Left {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0 = self.0.checked_sub(bytes.len()).ok_or(io::ErrorKind::FileTooLarge)?;
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    serde_json::to_writer(Left(bytes_max), value).is_ok()
}
