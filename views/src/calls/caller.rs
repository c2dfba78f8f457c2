//! Who was at the other end.

/// The other end of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// Of the person, not of the business; whatever Retell gave, hostile things too.
    pub number: Option<String>,
    /// Under what name somebody with this number last booked.
    pub guest: Option<String>,
    /// The assistant dialled.
    pub is_outbound: bool,
    /// From a page on the web, which has no number.
    pub is_web: bool,
}

impl Caller {
    /// Who it is: the guest, else the number, or what there is in its place.
    pub fn name(&self) -> String {
        self.guest.clone().unwrap_or_else(|| self.line())
    }

    /// The number, or what there is in its place.
    pub fn line(&self) -> String {
        match &self.number {
            Some(number) => number_text(number),
            None if self.is_web => "Web call".to_owned(),
            None => "Number withheld".to_owned(),
        }
    }

    /// Which way.
    pub fn way(&self) -> &'static str {
        match (self.is_web, self.is_outbound) {
            (true, _) => "From the web",
            (false, true) => "Outgoing",
            (false, false) => "Incoming",
        }
    }
}

/// `+1 (415) 555-0142`; other countries' numbers, and what is no number, as they are.
pub fn number_text(number: &str) -> String {
    match number.strip_prefix("+1") {
        Some(rest) if rest.len() == 10 && rest.bytes().all(|byte| byte.is_ascii_digit()) => {
            format!("+1 ({}) {}-{}", &rest[..3], &rest[3..6], &rest[6..])
        }
        _ => number.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_caller_has_a_number_as_people_write_it_or_a_word() {
        let caller = |number: Option<&str>, is_web| Caller {
            number: number.map(str::to_owned),
            guest: None,
            is_outbound: false,
            is_web,
        };
        assert_eq!(caller(Some("+14155550142"), false).name(), "+1 (415) 555-0142");
        for as_it_is in ["+34911234567", "anonymous", "+1415555014é", "+1"] {
            assert_eq!(caller(Some(as_it_is), false).name(), as_it_is);
        }
        let known = Caller { guest: Some("Maria".to_owned()), ..caller(Some("+14155550142"), false) };
        assert_eq!((known.name().as_str(), known.line().as_str()), ("Maria", "+1 (415) 555-0142"));
        assert_eq!(caller(None, true).name(), "Web call");
        assert_eq!(caller(None, false).name(), "Number withheld");
    }
}
