//! The platform's own words, which a business may replace by its own.
//!
//! The text message about a booking is the specification's sentence (§4.2). The others keep to its
//! tone and length; those that point to a mail only do so where the mail says more.

use super::Template;
use crate::notifications::{Channel, Occasion};

/// What guests of a business read that has set nothing.
pub fn platform_default(occasion: Occasion, channel: Channel) -> Template {
    let (subject, mail, text) = match occasion {
        Occasion::Booked => (BOOKED_SUBJECT, BOOKED_MAIL, BOOKED_TEXT),
        Occasion::Moved => (MOVED_SUBJECT, MOVED_MAIL, MOVED_TEXT),
        Occasion::Cancelled => (CANCELLED_SUBJECT, CANCELLED_MAIL, CANCELLED_TEXT),
        Occasion::Reminder => (REMINDER_SUBJECT, REMINDER_MAIL, REMINDER_TEXT),
    };
    match channel {
        Channel::Email => Template { subject: Some(subject.to_owned()), body: mail.to_owned() },
        Channel::Sms => Template { subject: None, body: text.to_owned() },
    }
}

const BOOKED_SUBJECT: &str = "Your appointment with {company_name} on {appointment_date}";
const BOOKED_TEXT: &str = "Hi {first_name}! Your appointment with {company_name} is confirmed for \
                           {date} at {time}. Check your email for details. Reply STOP to opt out.";
const BOOKED_MAIL: &str = "\
Hi {first_name},

Your appointment with {company_name} is confirmed for {appointment_date} at {appointment_time}.

Need another time? Choose one here:
{reschedule_link}

Can't make it? Let us know here:
{cancellation_link}

If you have a question, call us on {company_phone}.

See you soon,
{company_name}";

const MOVED_SUBJECT: &str = "Your appointment with {company_name} is now on {appointment_date}";
const MOVED_TEXT: &str = "Hi {first_name}! Your appointment with {company_name} has moved to {date} at \
                          {time}. Check your email for details. Reply STOP to opt out.";
const MOVED_MAIL: &str = "\
Hi {first_name},

Your appointment with {company_name} has a new time: {appointment_date} at {appointment_time}.

Does this not suit you? Choose another time here:
{reschedule_link}

Can't make it? Let us know here:
{cancellation_link}

If you have a question, call us on {company_phone}.

See you soon,
{company_name}";

const CANCELLED_SUBJECT: &str = "Your appointment with {company_name} is cancelled";
const CANCELLED_TEXT: &str = "Hi {first_name}! Your appointment with {company_name} on {date} at {time} \
                              is cancelled. To book again, call {company_phone}. Reply STOP to opt out.";
const CANCELLED_MAIL: &str = "\
Hi {first_name},

Your appointment with {company_name} on {appointment_date} at {appointment_time} is cancelled.

If you would like another one, call us on {company_phone}.

All the best,
{company_name}";

const REMINDER_SUBJECT: &str = "See you on {appointment_date} at {appointment_time}";
const REMINDER_TEXT: &str = "Hi {first_name}! A reminder of your appointment with {company_name} on {date} \
                             at {time}. Call {company_phone} if you can't make it. Reply STOP to opt out.";
const REMINDER_MAIL: &str = "\
Hi {first_name},

A reminder of your appointment with {company_name} on {appointment_date} at {appointment_time}.

Need another time? Choose one here:
{reschedule_link}

Can't make it? Let us know here:
{cancellation_link}

See you soon,
{company_name}";
