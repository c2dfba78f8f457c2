//! What language models and callers write, read back; and that nothing they write can do harm.

use domain::speech::{
    TEXT_CHARS_MAX, date as said_date, date_in_words, duration_minutes, time as said_time, time_in_words,
    weekday_in_words,
};
use jiff::civil::{Date, Time, date, time};
use proptest::prelude::*;
use serde_json::{Value, json};

/// A Wednesday.
const TODAY: Date = date(2026, 1, 14);

fn read_as_date(expected: Date, texts: &str) {
    for text in texts.split(" | ") {
        assert_eq!(said_date(text, TODAY), Some(expected), "{text}");
    }
}

fn read_as_time(expected: &str, texts: &str) {
    for text in texts.split(" | ") {
        assert_eq!(said_time(text).map(|time| time.to_string()).as_deref(), Some(expected), "{text}");
    }
}

fn read_as_minutes(expected: u32, texts: &str) {
    for text in texts.split(" | ") {
        assert_eq!(duration_minutes(&json!(text)), Some(expected), "{text}");
    }
}

#[test]
fn a_date_is_read_as_schemas_ask_for_it() {
    read_as_date(
        date(2026, 1, 15),
        "2026-01-15 | 2026-1-15 | 2026/01/15 | 20260115 | 2026-01-15T10:00:00Z | \
        2026-01-15T10:00:00.000-05:00 | 2026-01-15T10:00:00+01:00[Europe/Berlin] | 2026-01-15 10:00 | \
        Thursday, 2026-01-15",
    );
}

#[test]
fn a_date_is_read_as_people_say_it() {
    read_as_date(
        date(2026, 1, 15),
        "January 15 | january 15th | Jan. 15 | Jan 15th, 2026 | 15 January 2026 | 15. January | \
        15th of January | the 15th of january | January the fifteenth | 15-Jan-2026 | \
        Thursday, January 15 | Thu, 15 Jan 2026 | January 15, 2026 (Thursday) | \
        on January 15 at 10:30 am | 10 am on January 15 | the 15th | Thursday the 15th",
    );
    read_as_date(date(2026, 1, 23), "january twenty-third");
}

#[test]
fn a_date_in_numbers_is_month_first_unless_that_cannot_be() {
    read_as_date(
        date(2026, 1, 15),
        "01/15/2026 | 1/15/26 | 1/15 | 15/01/2026 | 01-15-2026 | 15.01.2026 | 15.1.",
    );
    read_as_date(date(2026, 3, 4), "03/04/2026");
    read_as_date(date(2026, 4, 3), "3.4.2026");
}

#[test]
fn without_a_year_the_next_such_date_is_meant() {
    read_as_date(TODAY, "January 14");
    read_as_date(date(2027, 1, 13), "January 13 | 1/13");
    read_as_date(date(2028, 2, 29), "February 29");
    read_as_date(date(2026, 2, 13), "the 13th");
    read_as_date(date(2026, 1, 13), "January 13, 2026");
    assert_eq!(said_date("the 31st", date(2026, 2, 1)), Some(date(2026, 3, 31)));
}

#[test]
fn a_date_can_count_from_today() {
    read_as_date(TODAY, "today | Tonight | this afternoon | tonight at 8");
    read_as_date(
        date(2026, 1, 15),
        "tomorrow | tomorrow morning | tomorrow at 10am | 10am tomorrow | tomorrow, Thursday",
    );
    read_as_date(date(2026, 1, 16), "the day after tomorrow");
    read_as_date(date(2026, 1, 13), "yesterday");
    read_as_date(date(2026, 1, 17), "in 3 days | three days from now");
    read_as_date(date(2026, 1, 21), "in a week");
    read_as_date(date(2026, 1, 28), "in two weeks | in 2 weeks’ time");
    read_as_date(date(2026, 1, 22), "a week from tomorrow");
    read_as_date(date(2026, 1, 23), "a week from Friday");
    read_as_date(date(2026, 2, 14), "in a month");
    assert_eq!(said_date("in a month", date(2026, 1, 31)), Some(date(2026, 2, 28)));
}

#[test]
fn a_weekday_is_the_next_one_and_today_counts_unless_next_is_said() {
    read_as_date(TODAY, "wednesday | this Wednesday");
    read_as_date(date(2026, 1, 21), "next Wednesday");
    read_as_date(date(2026, 1, 15), "Thursday | next thursday");
    read_as_date(date(2026, 1, 16), "this coming friday | friday at half past ten");
    read_as_date(date(2026, 1, 20), "on Tue. | next week Tuesday");
    read_as_date(date(2026, 1, 23), "next week on friday | friday next week | Friday of next week");
    read_as_date(date(2026, 1, 25), "sunday next week");
    read_as_date(date(2026, 1, 12), "monday this week");
}

#[test]
fn what_is_no_date_is_not_guessed() {
    let texts = "unknown | null | 2026-02-30 | 2026-13-01 | 02/30/2026 | 13/13/2026 | 30.02.2026 | February 30 | \
        April 31st, 2026 | 0 | 15 | 10:30 | 10.30 | next week | soon | monday or tuesday | \
        January 15 or 16 | January | January 2026 | the 32nd | in 99999 days | in 3 fishes | 3 days | \
        -2026-01-15 | 2026-01-15x | 2026-01-15T25:00 | 99999999999999999999 | January 99999999999 | \
        1/15/202 | last tuesday";
    for text in texts.split(" | ").chain(["", "  "]) {
        assert_eq!(said_date(text, TODAY), None, "{text}");
    }
}

#[test]
fn a_time_is_read_as_schemas_ask_for_it() {
    read_as_time("00:00", "0000");
    read_as_time("00:15", "00:15");
    read_as_time("03:00", "3");
    read_as_time("09:30", "09:30 | 9:30 | 930");
    read_as_time(
        "10:00",
        "10:00 | 10:00. | 10:00:00 | 10:00:59.123456 | 10:00:00Z | 2026-01-15T10:00:00Z | \
        2026-01-15T10:00:00.000-05:00 | 2026-01-15 10:00 | 2026-01-15T10:00+01:00[Europe/Berlin] | 10",
    );
    read_as_time("10:30", "1030 | 10.30");
    read_as_time("14:00", "14h | 1400 hours");
    read_as_time("14:30", "14h30");
    read_as_time("24:00", "24:00 | 24");
}

#[test]
fn a_time_is_read_as_people_say_it() {
    read_as_time("00:00", "12am | midnight | 12 at night");
    read_as_time("00:30", "12:30 AM");
    read_as_time("09:00", "9 in the morning");
    read_as_time("09:05", "nine oh five");
    read_as_time("09:15", "a quarter past nine");
    read_as_time(
        "10:00",
        "10am | 10 a.m. | 10:00 AM | 10:00\u{202f}AM | around 10 | 10 o'clock | ten o’clock | \
        tomorrow at 10 | January 15, 2026 at 10:00 AM",
    );
    read_as_time("10:25", "twenty five past ten");
    read_as_time("10:30", "half past ten | ten thirty am | ten thirty | ten 30 | 10 30 | 10:30 on Friday");
    read_as_time("10:50", "ten to eleven");
    read_as_time("11:55", "5 minutes to noon");
    read_as_time("12:00", "12 pm | noon | 12 noon");
    read_as_time("12:45", "twelve forty-five pm");
    read_as_time("13:30", "130pm");
    read_as_time("14:30", "14:30 pm | half past 2 pm");
    read_as_time("14:45", "quarter to three pm");
    read_as_time(
        "15:00",
        "3 P.M. | 3p | at 3 pm sharp | 3 o'clock pm | 3 in the afternoon | tomorrow afternoon at 3",
    );
    read_as_time("15:30", "3:30 this afternoon");
    read_as_time("20:00", "8 in the evening | tonight at 8 | 8 tonight");
    read_as_time("22:00", "10 at night");
    read_as_time("23:45", "quarter to midnight");
}

#[test]
fn what_is_no_time_is_not_guessed() {
    let texts = "unknown | 0 | 25 | 24:01 | 10:60 | 10:5 | 1060 | 25:00 | 13:00 am | 0 pm | -10:00 | morning | \
        tomorrow morning | tomorrow | 2026-01-15 | 01/15/2026 | Thursday, January 15 | 10-30 | \
        10 or 11 | 11:30-12:30 pm | half ten | half to ten | ten five | quarter past | 2 hours | \
        20 minutes | 10:00 EST | 10:00:61 | 12345 | 99999999999999999999 | tenth | ١٠";
    for text in texts.split(" | ").chain(["", "  "]) {
        assert_eq!(said_time(text), None, "{text}");
    }
}

#[test]
fn a_duration_is_read_however_it_is_written() {
    for (value, minutes) in [(json!(30), 30), (json!(30.0), 30), (json!(1440), 1440)] {
        assert_eq!(duration_minutes(&value), Some(minutes), "{value}");
    }
    read_as_minutes(15, "a quarter of an hour");
    read_as_minutes(
        30,
        "30 | 30.0 | 30 minutes | 30-minute appointment | PT30M | half an hour | a half hour | 1/2 hour",
    );
    read_as_minutes(45, "45m | three quarters of an hour | 00:45:00 | forty-five minutes");
    read_as_minutes(60, "an hour | one hour");
    read_as_minutes(75, "an hour and 15 minutes");
    read_as_minutes(
        90,
        "90 min | PT1H30M | 1.5 hours | 1½ hours | 1 1/2 hours | an hour and a half | \
        one and a half hours | 1h30 | 1 hr 30 min | 1:30",
    );
    read_as_minutes(1440, "24 hours");
}

#[test]
fn a_duration_that_makes_no_sense_is_none() {
    let numbers = [json!(0), json!(-30), json!(1441), json!(30.5), json!(1e300), json!(u64::MAX)];
    let others = [json!(null), json!(true), json!([30]), json!({"minutes": 30}), json!("")];
    let texts = "0 | -30 | 25 hours | a while | hour | 1.5 | 1 day | 30 or 60 | \
        999999999 hours 999999999 minutes | 99999999999 | 1:75 | 0.001 hours | 1/0 hour";
    let texts = texts.split(" | ").map(Value::from);
    for value in numbers.into_iter().chain(others).chain(texts) {
        assert_eq!(duration_minutes(&value), None, "{value}");
    }
}

#[test]
fn dates_and_times_are_said_as_an_agent_says_them() {
    assert_eq!(date_in_words(date(2026, 1, 15)), "January 15, 2026");
    assert_eq!(weekday_in_words(date(2026, 1, 15)), "Thursday");
    assert_eq!(time_in_words(time(10, 0, 0, 0)), "10:00 AM");
    assert_eq!(time_in_words(time(0, 5, 59, 0)), "12:05 AM");
    assert_eq!(time_in_words(time(12, 30, 0, 0)), "12:30 PM");
}

#[test]
fn a_text_too_long_to_be_meant_is_not_read() {
    let padded = format!("today{}", " ".repeat(10 * TEXT_CHARS_MAX));
    read_as_date(TODAY, &padded);
    assert_eq!(said_date(&format!("{padded}x"), TODAY), None);
    assert_eq!(said_time(&"1".repeat(1_000_000)), None);
}

/// Words and marks the grammar knows, in any order: closer to its corners than any text.
fn any_words() -> impl Strategy<Value = String> {
    const WORDS: &str = "1 2 10 15 30 2026 20260115 999999999 : . - / ½ t z + [ am pm a half quarter past to of the \
        on in next this week month days from january feb 29 tuesday twenty fifth oh noon midnight \
        hours minutes and tonight tomorrow";
    let known: Vec<&str> = WORDS.split(' ').collect();
    let word = (proptest::sample::select(known), prop_oneof![Just(""), Just(" ")]);
    let words = proptest::collection::vec(word, 0..12);
    words.prop_map(|words| words.into_iter().flat_map(|(word, space)| [word, space]).collect())
}

fn any_date() -> impl Strategy<Value = Date> {
    (1..=9999i16, 1..=12i8, 1..=31i8).prop_filter_map("no such date", |(y, m, d)| Date::new(y, m, d).ok())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn no_text_can_do_harm(text in prop_oneof![any_words(), any::<String>()]) {
        for today in [TODAY, Date::MIN, Date::MAX] {
            said_date(&text, today);
        }
        let time = said_time(&text);
        prop_assert!(time.is_none_or(|time| time.minutes() <= 1440));
        let minutes = duration_minutes(&Value::String(text));
        prop_assert!(minutes.is_none_or(|minutes| (1..=1440).contains(&minutes)));
    }

    #[test]
    fn a_date_without_a_year_is_never_before_today(today in any_date(), month in 1..=12u32, day in 1..=28u32) {
        if let Some(read) = said_date(&format!("{month}/{day}"), today) {
            prop_assert!(read >= today);
            prop_assert!(read.duration_since(today).as_hours() <= 366 * 24);
        }
    }

    #[test]
    fn dates_in_words_are_read_back(date in any_date(), today in any_date()) {
        prop_assert_eq!(said_date(&date_in_words(date), today), Some(date));
        let with_weekday = format!("{}, {}", weekday_in_words(date), date_in_words(date));
        prop_assert_eq!(said_date(&with_weekday, today), Some(date));
        prop_assert_eq!(said_date(&date.to_string(), today), Some(date));
    }

    #[test]
    fn times_in_words_are_read_back(hour in 0..24i8, minute in 0..60i8, date in any_date()) {
        let time = Time::new(hour, minute, 0, 0).unwrap();
        let read = |text: &str| said_time(text).and_then(|minute| minute.time());
        prop_assert_eq!(read(&time_in_words(time)), Some(time));
        prop_assert_eq!(read(&date.to_datetime(time).to_string()), Some(time));
        prop_assert_eq!(read(&format!("{} at {}", date_in_words(date), time_in_words(time))), Some(time));
    }
}

#[test]
fn a_weekday_with_a_bare_number_is_no_date_because_it_could_be_two() {
    let today = jiff::civil::date(2026, 11, 23);
    for either in ["Thursday 3", "next thursday 3", "thursday, 3"] {
        assert_eq!(domain::speech::date(either, today), None, "{either}");
    }
    assert_eq!(domain::speech::date("Thursday at 3 pm", today), Some(jiff::civil::date(2026, 11, 26)));
}
