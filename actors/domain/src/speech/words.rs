//! The words for numbers, months and weekdays.

use jiff::civil::Weekday;

use super::tokens::Reader;

/// A number as digits or in words, up to ninety-nine.
pub(super) fn cardinal(reader: &mut Reader<'_>) -> Option<u32> {
    if let Some((value, _)) = reader.number() {
        return Some(value);
    }
    if let Some(tens) = reader.word(tens) {
        let units = reader.attempt(|reader| {
            reader.mark(&['-']);
            reader.word(small_number).filter(|units| (1..=9).contains(units))
        });
        return Some(tens + units.unwrap_or(0));
    }
    reader.word(small_number)
}

/// A day of a month in words or with its ending: "fifteenth", "twenty-first", "15th".
pub(super) fn ordinal(reader: &mut Reader<'_>) -> Option<u32> {
    reader.attempt(|reader| {
        if let Some(value) = reader.number_of(1..=2) {
            return reader.takes(&["st", "nd", "rd", "th"]).then_some(value);
        }
        if let Some(tens) = reader.word(tens) {
            reader.mark(&['-']);
            return Some(tens + reader.word(small_ordinal).filter(|units| *units <= 9)?);
        }
        reader.word(small_ordinal)
    })
}

fn small_number(word: &str) -> Option<u32> {
    Some(match word {
        "zero" => 0,
        "one" => 1,
        "two" => 2,
        "three" => 3,
        "four" => 4,
        "five" => 5,
        "six" => 6,
        "seven" => 7,
        "eight" => 8,
        "nine" => 9,
        "ten" => 10,
        "eleven" => 11,
        "twelve" => 12,
        "thirteen" => 13,
        "fourteen" => 14,
        "fifteen" => 15,
        "sixteen" => 16,
        "seventeen" => 17,
        "eighteen" => 18,
        "nineteen" => 19,
        _ => return None,
    })
}

fn tens(word: &str) -> Option<u32> {
    Some(match word {
        "twenty" => 20,
        "thirty" => 30,
        "forty" | "fourty" => 40,
        "fifty" => 50,
        "sixty" => 60,
        "seventy" => 70,
        "eighty" => 80,
        "ninety" => 90,
        _ => return None,
    })
}

fn small_ordinal(word: &str) -> Option<u32> {
    Some(match word {
        "first" => 1,
        "second" => 2,
        "third" => 3,
        "fifth" => 5,
        "eighth" => 8,
        "ninth" => 9,
        "twelfth" => 12,
        "twentieth" => 20,
        "thirtieth" => 30,
        _ => small_number(word.strip_suffix("th")?)?,
    })
}

/// A month by its name or the usual short forms of it.
pub(super) fn month(word: &str) -> Option<i8> {
    Some(match word {
        "january" | "jan" => 1,
        "february" | "feb" => 2,
        "march" | "mar" => 3,
        "april" | "apr" => 4,
        "may" => 5,
        "june" | "jun" => 6,
        "july" | "jul" => 7,
        "august" | "aug" => 8,
        "september" | "sept" | "sep" => 9,
        "october" | "oct" => 10,
        "november" | "nov" => 11,
        "december" | "dec" => 12,
        _ => return None,
    })
}

/// A weekday by its name or the usual short forms of it.
pub(super) fn weekday(word: &str) -> Option<Weekday> {
    Some(match word {
        "monday" | "mon" => Weekday::Monday,
        "tuesday" | "tues" | "tue" => Weekday::Tuesday,
        "wednesday" | "weds" | "wed" => Weekday::Wednesday,
        "thursday" | "thurs" | "thur" | "thu" => Weekday::Thursday,
        "friday" | "fri" => Weekday::Friday,
        "saturday" | "sat" => Weekday::Saturday,
        "sunday" | "sun" => Weekday::Sunday,
        _ => return None,
    })
}
