//! An appointment as a file for calendars (RFC 5545): attached to mails, and to be downloaded.
//!
//! Written by hand: the crates there are put a quote or a line break of a name into the file as it is,
//! by which whoever chose the name writes lines of their own, and bring a second library of time along.
//! Here everything said by people passes `text`, `quoted` or `address`.

use domain::ids::{AppointmentId, CustomerId};
use jiff::Timestamp;

/// Octets of a line before it is folded, its line break apart.
const LINE_OCTETS: usize = 75;

/// What the file asks of the calendar that gets it (RFC 5546).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// To have this entry, or this newer state of it.
    Request,
    /// To take it out.
    Cancel,
    /// Nothing: whoever opens the file decides. Names no attendee.
    Publish,
}

/// One entry of a calendar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry<'a> {
    /// The same in every file about this appointment: [`uid`].
    pub uid: &'a str,
    /// Counts its changes; calendars ignore a file with a lower one.
    pub sequence: u32,
    /// What is asked for.
    pub method: Method,
    /// When it begins.
    pub start: Timestamp,
    /// When it ends.
    pub end: Timestamp,
    /// When this was so.
    pub stamp: Timestamp,
    /// In a line.
    pub summary: &'a str,
    /// In as many as it takes.
    pub description: Option<&'a str>,
    /// Where.
    pub location: Option<&'a str>,
    /// Whose appointment it is: a name and an address of mail.
    pub organizer: Option<(&'a str, &'a str)>,
    /// Who comes: a name, where it is known, and an address of mail.
    pub attendee: Option<(Option<&'a str>, &'a str)>,
    /// Where more is said.
    pub url: Option<&'a str>,
}

/// What an appointment is called by all calendars. `public_url` is the platform's.
pub fn uid(customer: CustomerId, appointment: AppointmentId, public_url: &str) -> String {
    let rest = public_url.split_once("://").map_or(public_url, |(_, rest)| rest);
    let host = rest.split(['/', ':']).next().unwrap_or(rest);
    format!("{appointment}.{}@{host}", customer.0)
}

/// The file.
pub fn render(entry: &Entry<'_>) -> String {
    let (method, status) = match entry.method {
        Method::Request => ("REQUEST", "CONFIRMED"),
        Method::Cancel => ("CANCEL", "CANCELLED"),
        Method::Publish => ("PUBLISH", "CONFIRMED"),
    };
    let mut file = File::default();
    file.line("BEGIN:VCALENDAR");
    file.line("VERSION:2.0");
    file.line("PRODID:-//voice-server//appointments//EN");
    file.line("CALSCALE:GREGORIAN");
    file.line(&format!("METHOD:{method}"));
    file.line("BEGIN:VEVENT");
    file.line(&format!("UID:{}", text(entry.uid)));
    file.line(&format!("SEQUENCE:{}", entry.sequence));
    file.line(&format!("DTSTAMP:{}", utc(entry.stamp)));
    file.line(&format!("DTSTART:{}", utc(entry.start)));
    file.line(&format!("DTEND:{}", utc(entry.end)));
    file.line(&format!("SUMMARY:{}", text(entry.summary)));
    file.line_if("DESCRIPTION:", entry.description.map(text));
    file.line_if("LOCATION:", entry.location.map(text));
    file.line_if("URL:", entry.url.map(uri));
    if let Some((name, email)) = entry.organizer {
        file.line(&format!("ORGANIZER;CN={}:{}", quoted(name), address(email)));
    }
    if let Some((name, email)) = entry.attendee.filter(|_| entry.method != Method::Publish) {
        // Accepted: they asked for it themselves, on the telephone or at the desk.
        let name = name.map(|name| format!(";CN={}", quoted(name))).unwrap_or_default();
        let role = "CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT=ACCEPTED;RSVP=FALSE";
        file.line(&format!("ATTENDEE{name};{role}:{}", address(email)));
    }
    file.line(&format!("STATUS:{status}"));
    file.line("TRANSP:OPAQUE");
    file.line("END:VEVENT");
    file.line("END:VCALENDAR");
    file.0
}

#[derive(Default)]
struct File(String);

impl File {
    /// Adds a line, folded between characters where it is longer than lines may be.
    fn line(&mut self, line: &str) {
        let mut octets = 0;
        for char in line.chars() {
            if octets + char.len_utf8() > LINE_OCTETS {
                self.0.push_str("\r\n ");
                octets = 1;
            }
            self.0.push(char);
            octets += char.len_utf8();
        }
        self.0.push_str("\r\n");
    }

    fn line_if(&mut self, name: &str, value: Option<String>) {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            self.line(&format!("{name}{value}"));
        }
    }
}

fn utc(at: Timestamp) -> String {
    at.strftime("%Y%m%dT%H%M%SZ").to_string()
}

/// A value of type TEXT.
fn text(value: &str) -> String {
    let mut escaped = String::with_capacity(value.len());
    for char in value.replace("\r\n", "\n").chars() {
        match char {
            '\\' | ';' | ',' => escaped.extend(['\\', char]),
            // Also what only some programs take for the end of a line.
            '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}' => escaped.push_str("\\n"),
            '\t' => escaped.push(' '),
            char if char.is_control() => {}
            char => escaped.push(char),
        }
    }
    escaped
}

/// The value of a parameter. There is no way to write a quote that all calendars read.
fn quoted(value: &str) -> String {
    let plain = value.chars().map(|char| match char {
        '"' => '\'',
        char if char.is_control() || matches!(char, '\u{2028}' | '\u{2029}') => ' ',
        char => char,
    });
    format!("\"{}\"", plain.collect::<String>())
}

/// An address of mail (RFC 6068).
fn address(email: &str) -> String {
    use std::fmt::Write;
    let mut address = "mailto:".to_owned();
    for byte in email.bytes() {
        match byte {
            byte if byte.is_ascii_alphanumeric() || b"-._~@+!$'*".contains(&byte) => {
                address.push(char::from(byte));
            }
            byte => write!(address, "%{byte:02X}").expect("a string takes everything"),
        }
    }
    address
}

/// A link, which has no room for what would end its line.
fn uri(link: &str) -> String {
    link.chars().filter(|char| !char.is_control() && !char.is_whitespace()).collect()
}

#[cfg(test)]
mod tests;
