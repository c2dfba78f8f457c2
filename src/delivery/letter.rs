//! What is handed to a mail server: a mail with its envelope.

use anyhow::{Context, ensure};
use lettre::Message;
use lettre::message::header::{ContentType, Header, HeaderName, HeaderValue};
use lettre::message::{Attachment, Mailbox, MultiPart, SinglePart};
use views::mail::Content;

/// A mail before it is written down.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Letter {
    /// To whom. One that is no address fails the mail, and this mail alone.
    pub to: Vec<String>,
    /// Under whose name, where it is not the platform's.
    pub from_name: Option<String>,
    /// Who reads answers.
    pub reply_to: Option<String>,
    /// `<…@…>`, the same at each try, so that a mail that comes twice is one; made up without.
    pub message_id: Option<String>,
    /// An entry for the reader's calendar.
    pub calendar: Option<Calendar>,
    /// A document that comes with it.
    pub document: Option<Document>,
}

/// An iCalendar file in a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calendar {
    /// `REQUEST` or `CANCEL`, as in the file: programs act on the one in the mail's head.
    pub method: &'static str,
    /// The file.
    pub file: String,
}

/// A PDF in a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// Under which it is kept, `INV-1-0001.pdf`.
    pub name: String,
    /// The file.
    pub pdf: Vec<u8>,
}

impl Letter {
    /// Writes the mail down.
    pub fn write(self, from: &Mailbox, content: Content) -> anyhow::Result<Message> {
        ensure!(!self.to.is_empty(), "there is nobody to send it to");
        let name = self.from_name.as_deref().map(one_line).or_else(|| from.name.clone());
        let mut builder = Message::builder()
            .from(Mailbox::new(name, from.email.clone()))
            .subject(one_line(&content.subject))
            // Machines answer no machine: RFC 3834.
            .header(AutoSubmitted);
        for to in &self.to {
            builder = builder.to(Mailbox::new(None, to.parse().context("the address cannot be read")?));
        }
        // An address of the business that cannot be read costs the answer, not the mail.
        if let Some(reply_to) = self.reply_to.and_then(|address| address.parse().ok()) {
            builder = builder.reply_to(Mailbox::new(None, reply_to));
        }
        let builder = builder.message_id(self.message_id);
        let body = MultiPart::alternative_plain_html(content.text, content.html);
        if let Some(Document { name, pdf }) = self.document {
            let kind = ContentType::parse("application/pdf").context("name the document's kind")?;
            let whole = MultiPart::mixed().multipart(body).singlepart(Attachment::new(name).body(pdf, kind));
            return builder.multipart(whole).context("write the mail");
        }
        let Some(Calendar { method, file }) = self.calendar else {
            return builder.multipart(body).context("write the mail");
        };
        // As one of the alternatives it is what mail programs act on, as an attachment what people open.
        let kind = format!("text/calendar; method={method}; charset=utf-8");
        let kind = ContentType::parse(&kind).context("name the calendar's kind")?;
        let body = body.singlepart(SinglePart::builder().header(kind.clone()).body(file.clone()));
        let attachment = Attachment::new("appointment.ics".to_owned()).body(file, kind);
        let whole = MultiPart::mixed().multipart(body).singlepart(attachment);
        builder.multipart(whole).context("write the mail")
    }
}

/// A head of a mail is one line: lettre gives up on whole mails whose names break it.
fn one_line(text: &str) -> String {
    text.split(char::is_control).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

#[derive(Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(letter: Letter) -> anyhow::Result<String> {
        let content = Content {
            subject: "Your appointment with Ana\r\nBcc: x@example.com".to_owned(),
            text: "words".to_owned(),
            html: "<p>words</p>".to_owned(),
        };
        let from = "Voice <no-reply@example.com>".parse().unwrap();
        letter.write(&from, content).map(|message| String::from_utf8(message.formatted()).unwrap())
    }

    fn to(address: &str) -> Letter {
        Letter { to: vec![address.to_owned()], ..Letter::default() }
    }

    #[test]
    fn a_hostile_address_fails_its_own_mail_and_a_hostile_name_stays_a_name() {
        for hostile in ["a@b\r\nBcc: v@x", "a@example.com, v@x.example", "<a@example.com>\n", "no address"] {
            assert!(written(to(hostile)).is_err(), "{hostile:?}");
        }
        let letter = Letter {
            from_name: Some("Ana\r\nBcc: v@example.com".to_owned()),
            reply_to: Some("no address\r\nBcc: v@example.com".to_owned()),
            ..to("guest@example.com")
        };
        let mail = written(letter).unwrap();
        let head = mail.split("\r\n\r\n").next().unwrap();
        assert!(!head.lines().any(|line| line.starts_with("Bcc")), "{head}");
        assert!(!head.contains("Reply-To"), "{head}");
    }

    #[test]
    fn a_document_is_attached_under_its_name() {
        let document = Document { name: "INV-1-0001.pdf".to_owned(), pdf: b"%PDF-1.7".to_vec() };
        let mail = written(Letter { document: Some(document), ..to("admin@example.com") }).unwrap();
        assert!(mail.contains("application/pdf") && mail.contains("filename=\"INV-1-0001.pdf\""), "{mail}");
    }

    #[test]
    fn a_calendar_entry_is_an_alternative_and_an_attachment() {
        let calendar =
            Calendar { method: "REQUEST", file: "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n".to_owned() };
        let letter = Letter {
            calendar: Some(calendar),
            message_id: Some("<1.2@example.com>".to_owned()),
            ..to("guest@example.com")
        };
        let mail = written(letter).unwrap();
        assert_eq!(mail.matches("text/calendar; method=REQUEST").count(), 2, "{mail}");
        assert!(mail.contains("filename=\"appointment.ics\""), "{mail}");
        assert!(mail.contains("Message-ID: <1.2@example.com>\r\n"), "{mail}");
    }
}
