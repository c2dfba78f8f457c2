//! What the list of calls is narrowed to. An address that somebody keeps, or edits by hand, may hold
//! what makes no sense: that is left out and said, and the rest holds.

use actors::store::calls::Filter;
use domain::calls::Status;
use domain::page::{Page, PageRequest};
use domain::period::{Period, Side, instant};
use domain::phone;
use domain::search;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Deserialize;
use views::calls::list::{Chip, Complaint, Typed};
use views::calls::{number_text, status_text};
use views::parts::Pager;

use crate::http::typed;

/// Rows on a page, to choose from.
const SIZES: [u32; 3] = [25, 50, 100];

/// The query as it was sent. Names that are none of these are of no interest.
#[derive(Deserialize)]
pub struct Asked {
    q: Option<String>,
    from: Option<String>,
    to: Option<String>,
    status: Option<String>,
    number: Option<String>,
    needs_review: Option<String>,
    page: Option<String>,
    per_page: Option<String>,
}

impl Asked {
    /// For the fields, right or wrong.
    pub fn typed(&self) -> Typed<'_> {
        fn text(text: &Option<String>) -> &str {
            text.as_deref().unwrap_or_default()
        }
        // Browsers leave a field for a day empty, and complain, where it is given anything else.
        fn day(typed: &Option<String>) -> &str {
            text(typed).parse::<Date>().map_or("", |_| text(typed))
        }
        Typed {
            q: text(&self.q),
            from: day(&self.from),
            to: day(&self.to),
            status: text(&self.status),
            number: text(&self.number),
            needs_review: self.needs_review.as_deref() == Some("true"),
            per_page: text(&self.per_page),
        }
    }
}

/// What of it makes sense.
pub struct Narrowing {
    /// What the list is narrowed to.
    pub filter: Filter,
    /// What is looked for.
    pub wanted: Option<search::Query>,
    /// Which page.
    pub request: PageRequest,
    /// What is wrong with the rest.
    pub complaints: Vec<Complaint>,
    /// What is in force: the name of a field, its value, and both in words.
    in_force: Vec<(&'static str, String, String)>,
    per_page: Option<u32>,
}

impl Narrowing {
    /// Days are those of the reader's zone.
    pub fn read(asked: &Asked, zone: &TimeZone) -> Self {
        let mut this = Self {
            filter: Filter::default(),
            wanted: None,
            request: PageRequest::default(),
            complaints: Vec::new(),
            in_force: Vec::new(),
            per_page: None,
        };
        this.read_words(asked);
        this.read_period(asked, zone);
        this.read_kind(asked);
        this.read_page(asked);
        this
    }

    fn complain(&mut self, field: &'static str, sentence: impl Into<String>) {
        self.complaints.push(Complaint { field, sentence: sentence.into() });
    }

    fn hold(&mut self, field: &'static str, value: &str, text: String) {
        self.in_force.push((field, value.to_owned(), text));
    }

    fn read_words(&mut self, asked: &Asked) {
        let Some(q) = asked.q.as_deref().map(str::trim).filter(|q| !q.is_empty()) else { return };
        if typed::at_most("q", Some(q), typed::QUERY_CHARS_MAX).is_err() {
            return self.complain("q", "That is too long to look for: 200 characters will do.");
        }
        self.wanted = search::Query::parse(q);
        match &self.wanted {
            Some(_) => self.hold("q", q, format!("“{q}”")),
            None => self.complain("q", "There is no word or number to look for."),
        }
    }

    fn read_period(&mut self, asked: &Asked, zone: &TimeZone) {
        let mut period = Period::default();
        if let Some(text) = &asked.from {
            period.from = instant(text, Side::From, zone);
            match period.from {
                Some(_) => self.hold("from", text, format!("From {text}")),
                None => self.complain("from", "“From” needs a day such as 2026-01-31."),
            }
        }
        if let Some(text) = &asked.to {
            period.until = instant(text, Side::To, zone);
            match (period.from, period.until) {
                (_, None) => self.complain("to", "“Up to” needs a day such as 2026-01-31."),
                (Some(from), Some(until)) if from > until => {
                    period.until = None;
                    self.complain("to", "“Up to” is before “From”.");
                }
                _ => self.hold("to", text, format!("Up to {text}")),
            }
        }
        self.filter.period = period;
    }

    fn read_kind(&mut self, asked: &Asked) {
        if let Some(text) = &asked.status {
            self.filter.status = Status::parse(text);
            match self.filter.status {
                Some(status) => self.hold("status", text, status_text(status).to_owned()),
                None => self.complain("status", "There is no such end of a call."),
            }
        }
        if let Some(text) = &asked.number {
            let is_short = typed::at_most("number", Some(text), typed::PHONE_CHARS_MAX).is_ok();
            self.filter.number = if is_short { phone::normalize(text) } else { None };
            match self.filter.number.clone() {
                Some(number) => self.hold("number", text, number_text(&number)),
                None => self.complain("number", "That is no telephone number."),
            }
        }
        match asked.needs_review.as_deref() {
            None => {}
            Some("true") => {
                self.filter.needs_review = true;
                self.hold("needs_review", "true", "To be checked".to_owned());
            }
            Some(_) => self.complain("needs_review", "“To be checked” is chosen or not."),
        }
    }

    fn read_page(&mut self, asked: &Asked) {
        let number = |text: &Option<String>| text.as_deref().map(str::parse::<u32>).transpose();
        let per_page = number(&asked.per_page).ok().flatten();
        self.per_page = per_page.filter(|rows| PageRequest::new(None, Some(*rows)).is_ok());
        if asked.per_page.is_some() && self.per_page.is_none() {
            self.complain("per_page", "A page has 1 to 200 rows.");
        }
        let request = |page| PageRequest::new(page, self.per_page).ok();
        match number(&asked.page).ok().and_then(request) {
            Some(request) => self.request = request,
            None => {
                self.request = request(None).unwrap_or(self.request);
                self.complain("page", "There is no such page; this is the first.");
            }
        }
    }

    /// Whether an index holds what a sum over the list takes: words, numbers and reviews it does not.
    pub fn is_summed_up(&self) -> bool {
        self.wanted.is_none() && self.filter.number.is_none() && !self.filter.needs_review
    }

    /// The list with what is in force but for one field.
    fn address(&self, without: &str, page: u32, per_page: Option<u32>) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        for (field, value, _) in self.in_force.iter().filter(|(field, ..)| *field != without) {
            query.append_pair(field, value);
        }
        if let Some(rows) = per_page {
            query.append_pair("per_page", &rows.to_string());
        }
        if page > 1 {
            query.append_pair("page", &page.to_string());
        }
        match query.finish() {
            query if query.is_empty() => "/calls".to_owned(),
            query => format!("/calls?{query}"),
        }
    }

    /// Each filter in force, with the list without it.
    pub fn chips(&self) -> Vec<Chip> {
        let chip = |(field, _, text): &(&'static str, String, String)| Chip {
            text: text.clone(),
            without: self.address(field, 1, self.per_page),
        };
        self.in_force.iter().map(chip).collect()
    }

    /// The neighbours of a page.
    pub fn pager<T>(&self, found: &Page<T>) -> Pager {
        Pager {
            sizes: SIZES
                .map(|rows| {
                    let is_present = i64::from(rows) == self.request.limit();
                    (rows, (!is_present).then(|| self.address("", 1, Some(rows))))
                })
                .to_vec(),
            ..Pager::of(found, |page| self.address("", page, self.per_page))
        }
    }
}
