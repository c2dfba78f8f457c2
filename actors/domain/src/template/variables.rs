//! What a template can name, and what is put in its place.

use std::borrow::Cow;

/// Declares the variables, each by the name it has between braces.
macro_rules! variables {
    ($($(#[$doc:meta])* $variable:ident = $name:literal;)*) => {
        /// Something that differs from guest to guest. Both sets of the specification, in both
        /// channels: nobody remembers which of them has `{date}` and which `{appointment_date}`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Variable {
            $($(#[$doc])* $variable,)*
        }

        impl Variable {
            /// All there are.
            pub const ALL: &[Variable] = &[$(Variable::$variable,)*];

            /// As it stands between the braces.
            pub fn name(self) -> &'static str {
                match self {
                    $(Variable::$variable => $name,)*
                }
            }
        }
    };
}

variables! {
    /// The guest's whole name.
    GuestName = "guest_name";
    /// How a guest is greeted.
    FirstName = "first_name";
    /// The day of the appointment, in words.
    AppointmentDate = "appointment_date";
    /// The same.
    Date = "date";
    /// When it begins.
    AppointmentTime = "appointment_time";
    /// The same.
    Time = "time";
    /// The business.
    CompanyName = "company_name";
    /// The business's own number.
    CompanyPhone = "company_phone";
    /// Where the guest calls the appointment off.
    CancellationLink = "cancellation_link";
    /// Where the guest takes another time.
    RescheduleLink = "reschedule_link";
}

impl Variable {
    /// Reads [`Variable::name`].
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|variable| variable.name() == name)
    }

    /// Whether what is put in its place is an address to follow.
    pub fn is_link(self) -> bool {
        matches!(self, Variable::CancellationLink | Variable::RescheduleLink)
    }
}

/// What the variables of one message stand for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Values<'a> {
    /// The guest's name, where it is known.
    pub guest_name: Option<&'a str>,
    /// The day in words, in the business's zone.
    pub date: &'a str,
    /// The begin, in the business's zone.
    pub time: &'a str,
    /// The business.
    pub company_name: &'a str,
    /// Its number, where it has one.
    pub company_phone: Option<&'a str>,
    /// Where the guest calls the appointment off.
    pub cancellation_link: &'a str,
    /// Where the guest takes another time.
    pub reschedule_link: &'a str,
    /// Whether this guest gets mail, too: there is an address, and the business sends mail.
    pub has_email: bool,
}

/// What a guest without a name is called: "Hi there!"
const NAMELESS: &str = "there";

/// Characters kept of a value. Names come from callers and must not make a text message endless.
const CHARACTERS_MAX: usize = 100;

/// What stands before a first name without being one.
const TITLES: [&str; 9] = ["mr", "mrs", "ms", "miss", "mx", "dr", "prof", "sir", "madam"];

impl Values<'_> {
    /// What is put in place of a variable: one line, without anything that is not to be seen. A
    /// missing number is nothing; the sentences about it are left out (see [`super::segments_said`]).
    pub fn text(&self, variable: Variable) -> Cow<'_, str> {
        match variable {
            Variable::GuestName => self.name().map_or(NAMELESS.into(), Cow::Owned),
            Variable::FirstName => {
                self.name().map_or(NAMELESS.into(), |name| first_name(&name).to_owned().into())
            }
            Variable::AppointmentDate | Variable::Date => one_line(self.date).into(),
            Variable::AppointmentTime | Variable::Time => one_line(self.time).into(),
            Variable::CompanyName => one_line(self.company_name).into(),
            Variable::CompanyPhone => self.company_phone.map(one_line).unwrap_or_default().into(),
            // Ours: an address that is cut leads nowhere.
            Variable::CancellationLink => self.cancellation_link.into(),
            Variable::RescheduleLink => self.reschedule_link.into(),
        }
    }

    fn name(&self) -> Option<String> {
        self.guest_name.map(one_line).filter(|name| !name.is_empty())
    }
}

/// The first word of a name; the whole of one that begins with a title.
fn first_name(name: &str) -> &str {
    let first = name.split(' ').next().unwrap_or(name);
    let bare = first.trim_end_matches(['.', ',']);
    match TITLES.contains(&bare.to_lowercase().as_str()) || bare.is_empty() {
        true => name,
        false => first.trim_end_matches(','),
    }
}

/// Line breaks and other control characters become spaces, one between words. The signs that turn
/// the direction of writing go: they could make a text read as another.
fn one_line(text: &str) -> String {
    let is_break = |c: char| c.is_control() || c.is_whitespace();
    let is_turn = |c: &char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}');
    let words = text.split(is_break).filter(|word| !word.is_empty());
    let mut line = String::new();
    for word in words {
        if !line.is_empty() {
            line.push(' ');
        }
        line.extend(word.chars().filter(|c| !is_turn(c)));
    }
    if let Some((end, _)) = line.char_indices().nth(CHARACTERS_MAX) {
        line.truncate(end);
    }
    line.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_first_name_is_a_word_and_not_a_title() {
        assert_eq!(first_name("Ana Ruiz"), "Ana");
        assert_eq!(first_name("Zoë"), "Zoë");
        assert_eq!(first_name("Dr. Ana Ruiz"), "Dr. Ana Ruiz");
        assert_eq!(first_name("Ruiz, Ana"), "Ruiz");
    }

    #[test]
    fn a_value_is_one_short_line_that_reads_as_it_is() {
        assert_eq!(one_line(" Ana\r\n\tRuiz\0 "), "Ana Ruiz");
        assert_eq!(one_line("Ana\u{202e}ziuR"), "AnaziuR");
        assert_eq!(one_line(&"ë".repeat(500)).chars().count(), CHARACTERS_MAX);
    }

    #[test]
    fn every_variable_is_found_by_its_name() {
        for variable in Variable::ALL {
            assert_eq!(Variable::parse(variable.name()), Some(*variable));
        }
        assert_eq!(Variable::parse("Guest_Name"), None);
    }
}
