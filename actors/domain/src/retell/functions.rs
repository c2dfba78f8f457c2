//! Reads the arguments a language model wrote for our functions.

use serde_json::Value;

use super::events::report;
use super::fields::{Object, SHORT_MAX, object, text};
use crate::appointments::Guest;
use crate::calls::{CallReport, Stage};
use crate::{customers, phone, speech};

/// Longest notes kept.
const NOTES_MAX: usize = 4000;

/// One function call: the arguments, and the call in which they were spoken, where it is told.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Invocation {
    args: Object,
    /// The call under way; absent when the agent sends "args only".
    pub call: Option<CallReport>,
}

/// What `availability` is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AvailabilityArgs {
    /// As it was written; `None` when nothing was.
    pub date: Option<String>,
    /// `None` for the tenant's default.
    pub duration_minutes: Option<u32>,
}

/// What `book` is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BookArgs {
    /// As it was written.
    pub date: Option<String>,
    /// As it was written.
    pub time: Option<String>,
    /// `None` for the tenant's default.
    pub duration_minutes: Option<u32>,
    /// Who it is for; the phone is taken from the call where it was not said.
    pub guest: Guest,
    /// What it is about.
    pub notes: Option<String>,
}

/// Whom `lookup` is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LookupArgs {
    /// E.164 where it parses.
    pub phone: Option<String>,
    /// In lower case.
    pub email: Option<String>,
}

impl Invocation {
    /// Reads `{name, args, call}`, or bare arguments: the root is an envelope only when it has both
    /// objects, because bare arguments may well have one that is called `name`.
    pub fn read(body: &Value) -> Self {
        let Some(root) = body.as_object() else { return Self::default() };
        match (root.get("args"), object(root, "call")) {
            (Some(Value::Object(args)), Some(call)) => {
                Self { args: args.clone(), call: report(call, Stage::Started).ok() }
            }
            (Some(Value::Null), Some(call)) => {
                Self { args: Object::new(), call: report(call, Stage::Started).ok() }
            }
            _ => Self { args: root.clone(), call: None },
        }
    }

    /// The agent that speaks, where it is told.
    pub fn agent_id(&self) -> Option<&str> {
        self.call.as_ref()?.details.agent_id.as_deref()
    }

    /// The arguments of `availability`.
    pub fn availability(&self) -> AvailabilityArgs {
        AvailabilityArgs { date: self.said(&["date", "day"]), duration_minutes: self.duration() }
    }

    /// The arguments of `book`.
    pub fn book(&self) -> BookArgs {
        BookArgs {
            date: self.said(&["date", "day"]),
            // A model that writes a whole timestamp into one of the two means both.
            time: self
                .said(&["time", "start_time", "start"])
                .or_else(|| self.said(&["date"]).filter(|date| date.contains([':', 'T']))),
            duration_minutes: self.duration(),
            guest: Guest {
                name: self.said(&["caller_name", "guest_name", "name"]),
                phone: self.phone(),
                email: self.email(),
            },
            notes: self
                .args
                .get("notes")
                .and_then(|_| text(&self.args, "notes", NOTES_MAX))
                .filter(|notes| !is_placeholder(notes)),
        }
    }

    /// The arguments of `lookup`.
    pub fn lookup(&self) -> LookupArgs {
        LookupArgs { phone: self.phone(), email: self.email() }
    }

    fn duration(&self) -> Option<u32> {
        ["duration_minutes", "duration"].iter().find_map(|key| speech::duration_minutes(self.args.get(*key)?))
    }

    fn phone(&self) -> Option<String> {
        let said = self.said(&["caller_phone", "phone", "phone_number", "guest_phone"]);
        said.as_deref()
            .and_then(phone::normalize)
            .filter(|number| phone::names_a_caller(number))
            .or_else(|| self.call.as_ref().and_then(CallReport::caller).map(str::to_owned))
    }

    fn email(&self) -> Option<String> {
        self.said(&["caller_email", "email", "guest_email"]).as_deref().and_then(customers::email)
    }

    /// The first of several names an argument goes by that has something in it. Models write
    /// numbers where texts are asked for, and "unknown" where they should write nothing.
    fn said(&self, keys: &[&str]) -> Option<String> {
        keys.iter().find_map(|key| match self.args.get(*key)? {
            Value::String(_) => text(&self.args, key, SHORT_MAX).filter(|said| !is_placeholder(said)),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        })
    }
}

fn is_placeholder(text: &str) -> bool {
    let text = text.trim().trim_matches(['<', '>', '{', '}', '[', ']']).to_lowercase();
    matches!(
        text.as_str(),
        "" | "unknown" | "none" | "null" | "n/a" | "na" | "not provided" | "undefined" | "-" | "not given"
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn wrapped_and_bare_arguments_are_the_same_and_a_bare_name_is_no_envelope() {
        let bare = json!({"date": "2026-01-15", "time": "10am", "name": "Ada", "duration_minutes": "30"});
        let wrapped =
            json!({"name": "book", "args": bare, "call": {"call_id": "c", "from_number": "+1 555 0100 123"}});
        let (bare, wrapped) = (Invocation::read(&bare).book(), Invocation::read(&wrapped).book());
        assert_eq!((bare.guest.name.as_deref(), bare.guest.phone.as_deref()), (Some("Ada"), None));
        assert_eq!(wrapped.guest.phone.as_deref(), Some("+15550100123"));
        assert_eq!((bare.date, bare.time, bare.duration_minutes), (wrapped.date, wrapped.time, Some(30)));
    }

    #[test]
    fn what_a_model_writes_for_nothing_is_nothing() {
        let args =
            json!({"caller_email": "unknown", "caller_phone": "N/A", "notes": "none", "caller_name": " "});
        let book = Invocation::read(&args).book();
        assert_eq!((book.guest, book.notes), (Guest::default(), None));
        for odd in [json!(null), json!([]), json!("x"), json!({"args": null, "call": {}})] {
            assert_eq!(Invocation::read(&odd).lookup(), LookupArgs::default());
        }
    }
}
