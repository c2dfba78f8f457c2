//! What became of an event at an endpoint, and an attempt in plain words: the same for people and programs.

use super::Failure;

/// What became of an event at an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DeliveryStatus {
    /// It is tried, for the first time or again.
    Pending,
    /// It was accepted.
    Delivered,
    /// It is not tried any more, unless somebody asks for it.
    Failed,
}

impl DeliveryStatus {
    /// All there are.
    pub const ALL: [DeliveryStatus; 3] =
        [DeliveryStatus::Pending, DeliveryStatus::Delivered, DeliveryStatus::Failed];

    /// As it is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            DeliveryStatus::Pending => "pending",
            DeliveryStatus::Delivered => "delivered",
            DeliveryStatus::Failed => "failed",
        }
    }

    /// Reads [`DeliveryStatus::as_str`].
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == text)
    }
}

/// The host of an address: what may be said of it, since the rest may be a secret.
pub fn host_of(url: &str) -> &str {
    let host = url.split('/').nth(2).unwrap_or_default();
    host.split(['?', '#']).next().unwrap_or_default()
}

/// Why an attempt was none, in a sentence for whoever can mend it.
pub fn failure_in_words(host: &str, failure: Failure, response_code: Option<u16>) -> String {
    let answered = response_code.map_or_else(String::new, |code| format!(" {code}"));
    match failure {
        Failure::Unreachable => format!(
            "{host} cannot be reached: its name leads nowhere, nobody listens there, or its certificate is not good."
        ),
        Failure::Blocked => {
            format!("{host} leads to no address on the public internet, and to no other is sent.")
        }
        Failure::TooSlow => "No answer within 15 seconds.".to_owned(),
        Failure::BrokeOff => "The connection was lost before there was an answer.".to_owned(),
        Failure::Status => match response_code {
            Some(429) => "Your server answered 429: it wants fewer requests.".to_owned(),
            _ => format!("Your server answered{answered}."),
        },
        Failure::Redirect => {
            "It answered with a redirect, which is not followed. Use the address it leads to.".to_owned()
        }
        Failure::Gone => "Your server answered 410: nobody wants events there any more.".to_owned(),
        Failure::Lost => "What it was about had been erased, so there was nothing to send.".to_owned(),
        Failure::Removed => "The webhook was removed before it could be sent.".to_owned(),
    }
}

/// An attempt that has ended, in a sentence.
pub fn attempt_in_words(
    host: &str,
    response_code: Option<u16>,
    failure: Option<Failure>,
    took_ms: u32,
) -> String {
    match (failure, response_code) {
        (Some(failure), code) => failure_in_words(host, failure, code),
        (None, Some(code)) => format!("Delivered in {took_ms} ms: your server answered {code}."),
        (None, None) => format!("Delivered in {took_ms} ms."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attempt_is_told_in_words_that_say_what_to_mend() {
        let words = |code, failure| attempt_in_words("hooks.example.com", code, failure, 84);
        assert_eq!(words(Some(204), None), "Delivered in 84 ms: your server answered 204.");
        assert_eq!(words(Some(500), Some(Failure::Status)), "Your server answered 500.");
        assert!(words(None, Some(Failure::Unreachable)).starts_with("hooks.example.com cannot be reached: "));
        assert_eq!(words(None, Some(Failure::TooSlow)), "No answer within 15 seconds.");
        let all: std::collections::BTreeSet<String> =
            Failure::ALL.into_iter().map(|failure| words(Some(404), Some(failure))).collect();
        assert_eq!(all.len(), Failure::ALL.len());
    }

    #[test]
    fn of_an_address_the_host_is_told_alone() {
        assert_eq!(host_of("https://hooks.example.com/voice?key=s3cret"), "hooks.example.com");
        assert_eq!(host_of("https://hooks.example.com?key=s3cret"), "hooks.example.com");
        assert_eq!(host_of("http://127.0.0.1:8080/a"), "127.0.0.1:8080");
    }

    #[test]
    fn a_status_is_read_back_as_it_is_stored() {
        assert!(DeliveryStatus::ALL.iter().all(|it| DeliveryStatus::parse(it.as_str()) == Some(*it)));
        assert_eq!(DeliveryStatus::parse("sent"), None);
    }
}
