//! What the platform's owner has set for everybody.

use std::collections::BTreeMap;

use crate::customers::NAME_MAX;
use crate::ids::Digest32;
use crate::invoices::{ADDRESS_MAX, DUE_DAYS, INSTRUCTIONS_MAX, Party, Percent, Tax, Terms};
use crate::settings::{InvoicingRefusal, tax_name};
use crate::text::kept;

/// Bytes of a logo.
pub const LOGO_MAX: usize = 256 * 1024;
/// The longest time in which an invoice is to be paid.
const DUE_DAYS_MAX: u16 = 365;

const COMPANY_NAME: &str = "company_name";
const COMPANY_ADDRESS: &str = "company_address";
const TAX_RATE: &str = "tax_rate";
const TAX_NAME: &str = "tax_name";
const INVOICE_DUE_DAYS: &str = "due_days";
const PAYMENT_INSTRUCTIONS: &str = "payment_instructions";
const LOGO: &str = "logo";

/// What invoices are written with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvoiceSettings {
    /// Who sends them; the platform's name where it is not set.
    pub company_name: Option<String>,
    /// Lines, with a line feed between them.
    pub company_address: Option<String>,
    /// For customers without one of their own.
    pub tax: Tax,
    /// Days until one is overdue.
    pub due_days: u16,
    /// How to pay.
    pub payment_instructions: Option<String>,
    /// SHA-256 of the picture in their head.
    pub logo: Option<Digest32>,
}

impl Default for InvoiceSettings {
    fn default() -> Self {
        Self {
            company_name: None,
            company_address: None,
            tax: Tax::default(),
            due_days: DUE_DAYS,
            payment_instructions: None,
            logo: None,
        }
    }
}

/// Fields to change; `None` leaves one as it is, `Some(None)` takes it away.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct InvoiceEdit {
    /// Who sends them.
    pub company_name: Option<Option<String>>,
    /// Lines.
    pub company_address: Option<Option<String>>,
    /// In per cent.
    pub tax_rate: Option<Percent>,
    /// What it is called.
    pub tax_name: Option<Option<String>>,
    /// Days until one is overdue.
    pub due_days: Option<u16>,
    /// How to pay.
    pub payment_instructions: Option<Option<String>>,
    /// The picture, which is kept already.
    pub logo: Option<Option<Digest32>>,
}

/// Why settings are refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PlatformRefusal {
    /// Too long, or with control characters.
    #[error("at most {max} bytes, without control characters")]
    Text {
        /// The name of the field.
        field: &'static str,
        /// Bytes.
        max: usize,
    },
    /// What no invoice could say.
    #[error(transparent)]
    Invoicing(#[from] InvoicingRefusal),
    /// Too long a time.
    #[error("an invoice is to be paid within 0 to {DUE_DAYS_MAX} days")]
    DueDays,
}

impl PlatformRefusal {
    /// The name of the field that is wrong.
    pub fn field(&self) -> &'static str {
        match self {
            PlatformRefusal::Text { field, .. } => field,
            PlatformRefusal::Invoicing(refusal) => refusal.field(),
            PlatformRefusal::DueDays => INVOICE_DUE_DAYS,
        }
    }
}

impl InvoiceSettings {
    /// The keys under which they are stored.
    pub const KEYS: [&'static str; 7] =
        [COMPANY_NAME, COMPANY_ADDRESS, TAX_RATE, TAX_NAME, INVOICE_DUE_DAYS, PAYMENT_INSTRUCTIONS, LOGO];

    /// Reads [`InvoiceSettings::stored`]; what makes no sense is as if it were not set.
    pub fn of(stored: &BTreeMap<String, String>) -> Self {
        let text = |key: &str| stored.get(key).cloned();
        let logo = text(LOGO).and_then(|hex| data_encoding::HEXLOWER.decode(hex.as_bytes()).ok());
        Self {
            company_name: text(COMPANY_NAME),
            company_address: text(COMPANY_ADDRESS),
            tax: Tax {
                name: text(TAX_NAME),
                rate: text(TAX_RATE).as_deref().and_then(Percent::parse).unwrap_or_default(),
            },
            due_days: text(INVOICE_DUE_DAYS).and_then(|days| days.parse().ok()).unwrap_or(DUE_DAYS),
            payment_instructions: text(PAYMENT_INSTRUCTIONS),
            logo: logo.and_then(|digest| digest.try_into().ok()),
        }
    }

    /// By key; what is absent is not set.
    pub fn stored(&self) -> BTreeMap<&'static str, String> {
        let values = [
            (COMPANY_NAME, self.company_name.clone()),
            (COMPANY_ADDRESS, self.company_address.clone()),
            (TAX_RATE, Some(self.tax.rate.to_string())),
            (TAX_NAME, self.tax.name.clone()),
            (INVOICE_DUE_DAYS, Some(self.due_days.to_string())),
            (PAYMENT_INSTRUCTIONS, self.payment_instructions.clone()),
            (LOGO, self.logo.map(|digest| data_encoding::HEXLOWER.encode(&digest))),
        ];
        values.into_iter().filter_map(|(key, value)| Some((key, value?))).collect()
    }

    /// As they would be, checked.
    pub fn edited(&self, edit: &InvoiceEdit) -> Result<Self, PlatformRefusal> {
        let text = |wish: &Option<Option<String>>, now: &Option<String>, field, max| match wish {
            None => Ok(now.clone()),
            Some(None) => Ok(None),
            Some(Some(typed)) => {
                // Forms end lines with two characters.
                let typed = typed.replace('\r', "");
                let text = kept(&typed, max);
                let is_whole = text.as_ref().is_none_or(|text| text.len() == typed.trim().len());
                if is_whole { Ok(text) } else { Err(PlatformRefusal::Text { field, max }) }
            }
        };
        let tax = Tax {
            name: text(&edit.tax_name, &self.tax.name, TAX_NAME, NAME_MAX)?,
            rate: edit.tax_rate.unwrap_or(self.tax.rate),
        };
        tax_name(&tax)?;
        let due_days = edit.due_days.unwrap_or(self.due_days);
        if due_days > DUE_DAYS_MAX {
            return Err(PlatformRefusal::DueDays);
        }
        let instructions = &self.payment_instructions;
        Ok(Self {
            company_name: text(&edit.company_name, &self.company_name, COMPANY_NAME, NAME_MAX)?,
            company_address: text(
                &edit.company_address,
                &self.company_address,
                COMPANY_ADDRESS,
                ADDRESS_MAX,
            )?,
            tax,
            due_days,
            payment_instructions: text(
                &edit.payment_instructions,
                instructions,
                PAYMENT_INSTRUCTIONS,
                INSTRUCTIONS_MAX,
            )?,
            logo: edit.logo.unwrap_or(self.logo),
        })
    }

    /// What an invoice that is written now is written with.
    pub fn terms(&self, platform_name: &str, currency: &str) -> Terms {
        let name = self.company_name.clone().unwrap_or_else(|| platform_name.to_owned());
        Terms {
            seller: Party { name, address: self.company_address.clone() },
            tax: self.tax.clone(),
            due_days: self.due_days,
            payment_instructions: self.payment_instructions.clone(),
            logo: self.logo,
            currency: currency.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_stored_is_read_back_and_what_makes_no_sense_is_not_set() {
        let edit = InvoiceEdit {
            company_name: Some(Some(" Voice Ltd ".to_owned())),
            company_address: Some(Some("1 Quay\nPortsmouth".to_owned())),
            tax_rate: Percent::parse("7.7"),
            tax_name: Some(Some("VAT".to_owned())),
            due_days: Some(30),
            payment_instructions: Some(Some("Please quote the number.".to_owned())),
            logo: Some(Some([7; 32])),
        };
        let settings = InvoiceSettings::default().edited(&edit).unwrap();
        assert_eq!(settings.company_name.as_deref(), Some("Voice Ltd"));
        let stored: BTreeMap<String, String> =
            settings.stored().into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
        assert!(stored.keys().all(|key| InvoiceSettings::KEYS.contains(&key.as_str())));
        assert_eq!(InvoiceSettings::of(&stored), settings);
        let nonsense =
            BTreeMap::from([(TAX_RATE.to_owned(), "lots".to_owned()), (LOGO.to_owned(), "xx".to_owned())]);
        assert_eq!(InvoiceSettings::of(&nonsense), InvoiceSettings::default());
        assert_eq!(settings.terms("Platform", "EUR").seller.name, "Voice Ltd");
        assert_eq!(InvoiceSettings::default().terms("Platform", "EUR").seller.name, "Platform");
    }

    #[test]
    fn what_no_invoice_could_say_is_refused_at_its_field() {
        let refused = |edit: InvoiceEdit| InvoiceSettings::default().edited(&edit).unwrap_err().field();
        assert_eq!(refused(InvoiceEdit { due_days: Some(366), ..Default::default() }), "due_days");
        assert_eq!(
            refused(InvoiceEdit { tax_name: Some(Some("V\nAT".to_owned())), ..Default::default() }),
            "tax_name"
        );
        let long = InvoiceEdit { company_address: Some(Some("x".repeat(501))), ..Default::default() };
        assert_eq!(refused(long), "company_address");
        let long = InvoiceEdit { payment_instructions: Some(Some("x".repeat(2001))), ..Default::default() };
        assert_eq!(refused(long), "payment_instructions");
    }
}
