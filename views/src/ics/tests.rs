//! Read back by the rules of the document, line by line.

use super::*;

fn entry() -> Entry<'static> {
    Entry {
        uid: "apt_12.7@voice.example.com",
        sequence: 3,
        method: Method::Request,
        start: "2026-01-15T09:00:00.5Z".parse().unwrap(),
        end: "2026-01-15T09:30:00Z".parse().unwrap(),
        stamp: "2026-01-01T12:00:00Z".parse().unwrap(),
        summary: "Check-up",
        description: None,
        location: None,
        organizer: Some(("Harbour Dental", "desk@example.com")),
        attendee: Some((Some("Ada"), "ada@example.com")),
        url: Some("https://voice.example.com/g/abc"),
    }
}

/// The lines as a calendar sees them: every break is CRLF, no line too long, folds undone.
fn unfolded(file: &str) -> Vec<String> {
    assert!(file.ends_with("\r\n"));
    assert!(!file.replace("\r\n", "").contains(['\r', '\n']), "a bare line break: {file:?}");
    assert!(file.split("\r\n").all(|line| line.len() <= LINE_OCTETS), "a line is too long: {file}");
    file.replace("\r\n ", "").lines().map(str::to_owned).collect()
}

/// Name, parameters and value of a line; a quoted parameter may hold what divides them.
fn read(line: &str) -> (String, Vec<String>, String) {
    let (mut parts, mut is_quoted) = (vec![String::new()], false);
    let mut rest = line.chars();
    for char in rest.by_ref() {
        match char {
            '"' => is_quoted = !is_quoted,
            ';' if !is_quoted => parts.push(String::new()),
            ':' if !is_quoted => break,
            char => parts.last_mut().unwrap().push(char),
        }
    }
    assert!(!is_quoted, "an open quote: {line}");
    let name = parts.remove(0);
    (name, parts, rest.collect())
}

fn unescaped(value: &str) -> String {
    let (mut plain, mut chars) = (String::new(), value.chars());
    while let Some(char) = chars.next() {
        match char {
            '\\' => match chars.next().expect("something is escaped") {
                'n' | 'N' => plain.push('\n'),
                char => plain.push(char),
            },
            char => plain.push(char),
        }
    }
    plain
}

/// The one line of this name.
fn only(file: &str, name: &str) -> (Vec<String>, String) {
    let lines = unfolded(file);
    let mut found = lines.iter().map(|line| read(line)).filter(|(read, ..)| read == name);
    let (_, parameters, value) = found.next().unwrap_or_else(|| panic!("no {name} in {file}"));
    assert!(found.next().is_none(), "{name} twice in {file}");
    (parameters, value)
}

#[test]
fn a_request_says_when_who_and_which() {
    let file = render(&entry());
    for (name, value) in [
        ("METHOD", "REQUEST"),
        ("UID", "apt_12.7@voice.example.com"),
        ("SEQUENCE", "3"),
        ("DTSTAMP", "20260101T120000Z"),
        ("DTSTART", "20260115T090000Z"),
        ("DTEND", "20260115T093000Z"),
        ("STATUS", "CONFIRMED"),
        ("URL", "https://voice.example.com/g/abc"),
    ] {
        assert_eq!(only(&file, name), (vec![], value.to_owned()));
    }
    let organizer = (vec!["CN=Harbour Dental".to_owned()], "mailto:desk@example.com".to_owned());
    assert_eq!(only(&file, "ORGANIZER"), organizer);
    let (parameters, attendee) = only(&file, "ATTENDEE");
    assert_eq!(attendee, "mailto:ada@example.com");
    assert!(parameters.contains(&"CN=Ada".to_owned()) && parameters.contains(&"RSVP=FALSE".to_owned()));
    assert!(!file.contains("DESCRIPTION") && !file.contains("LOCATION"));
}

#[test]
fn a_cancellation_is_cancelled_and_a_download_names_no_attendee() {
    let cancelled = render(&Entry { method: Method::Cancel, ..entry() });
    assert_eq!(only(&cancelled, "METHOD").1, "CANCEL");
    assert_eq!(only(&cancelled, "STATUS").1, "CANCELLED");
    let published = render(&Entry { method: Method::Publish, ..entry() });
    assert_eq!(only(&published, "METHOD").1, "PUBLISH");
    assert!(!published.contains("ATTENDEE"));
}

#[test]
fn nobody_writes_lines_of_their_own_with_a_name() {
    let hostile = "\"O'Hara\";CN=x:,\\ \r\nATTENDEE:mailto:evil@example.com\r\u{2028}\u{0}\u{7f}\tend";
    let entry = Entry {
        uid: "1\r\nMETHOD:CANCEL",
        summary: hostile,
        description: Some(hostile),
        location: Some(hostile),
        organizer: Some((hostile, "a b\r\nX:\"?%@example.com")),
        attendee: Some((Some(hostile), "ä;,@example.com")),
        url: Some("https://example.com/\r\nX-EVIL:1"),
        ..entry()
    };
    let file = render(&entry);
    let read_back = "\"O'Hara\";CN=x:,\\ \nATTENDEE:mailto:evil@example.com\n\n end";
    for name in ["SUMMARY", "DESCRIPTION", "LOCATION"] {
        assert_eq!(unescaped(&only(&file, name).1), read_back);
    }
    let (parameters, organizer) = only(&file, "ORGANIZER");
    assert_eq!(parameters, ["CN='O'Hara';CN=x:,\\   ATTENDEE:mailto:evil@example.com     end"]);
    assert_eq!(organizer, "mailto:a%20b%0D%0AX%3A%22%3F%25@example.com");
    assert_eq!(only(&file, "ATTENDEE").1, "mailto:%C3%A4%3B%2C@example.com");
    assert_eq!(only(&file, "METHOD").1, "REQUEST");
    assert_eq!(only(&file, "URL").1, "https://example.com/X-EVIL:1");
}

#[test]
fn long_lines_are_folded_between_characters() {
    for width in 60..80 {
        let summary = format!("{}{}", "x".repeat(width), "ü€𝄞".repeat(40));
        let file = render(&Entry { summary: &summary, ..entry() });
        assert_eq!(only(&file, "SUMMARY").1, summary);
    }
}

#[test]
fn an_appointment_is_called_the_same_wherever_the_port_is() {
    let uid = |url| uid(CustomerId(7), AppointmentId(12), url);
    assert_eq!(uid("https://voice.example.com"), "apt_12.7@voice.example.com");
    assert_eq!(uid("http://127.0.0.1:8080"), "apt_12.7@127.0.0.1");
}
