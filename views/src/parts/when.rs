//! Instants, shown in the viewer's zone. The browser's script writes them anew where its zone is
//! another than the one the server was told.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use maud::{Markup, Render, html};

/// Of [`Style::DateTime`], for `strftime`.
pub(crate) const DATE_TIME: &str = "%a, %b %-d, %Y, %-I:%M %p";

/// How much of an instant is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// `Thu, Jan 22, 2026, 2:30 PM`
    DateTime,
    /// `Thursday, January 22, 2026, 2:30 PM`
    Long,
    /// `Thu, Jan 22, 2026`
    Date,
    /// `2:30 PM`
    Time,
}

/// An instant.
pub struct When<'a> {
    /// It.
    pub at: Timestamp,
    /// Where its reader is.
    pub zone: &'a TimeZone,
    /// How much is shown.
    pub style: Style,
}

impl When<'_> {
    /// In words.
    pub fn text(&self) -> String {
        let format = match self.style {
            Style::DateTime => DATE_TIME,
            Style::Long => "%A, %B %-d, %Y, %-I:%M %p",
            Style::Date => "%a, %b %-d, %Y",
            Style::Time => "%-I:%M %p",
        };
        self.at.to_zoned(self.zone.clone()).strftime(format).to_string()
    }
}

impl Render for When<'_> {
    fn render(&self) -> Markup {
        let style = match self.style {
            Style::DateTime => "date-time",
            Style::Long => "long",
            Style::Date => "date",
            Style::Time => "time",
        };
        html! { time datetime=(self.at) data-style=(style) { (self.text()) } }
    }
}

/// `Europe/Madrid` as people read it.
pub(crate) fn zone_name(zone: &TimeZone) -> String {
    zone.iana_name().unwrap_or("UTC").replace('_', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_is_shown_in_its_readers_zone_and_kept_in_utc() {
        let zone = TimeZone::get("Europe/Madrid").unwrap();
        let when = When { at: "2026-01-22T13:30:00Z".parse().unwrap(), zone: &zone, style: Style::DateTime };
        assert_eq!(when.text(), "Thu, Jan 22, 2026, 2:30 PM");
        let shown = when.render().into_string();
        assert!(shown.contains("datetime=\"2026-01-22T13:30:00Z\" data-style=\"date-time\""), "{shown}");
    }
}
