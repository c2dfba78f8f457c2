//! What a customer's invoices say that is the customer's own.

use crate::invoices::{ADDRESS_MAX, Tax};
use crate::text::kept;

/// Bytes of the name of a tax.
const TAX_NAME_MAX: usize = 50;

/// The customer's own part of its invoices.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Invoicing {
    /// Lines, with a line feed between them.
    pub billing_address: Option<String>,
    /// Instead of the platform's.
    pub tax: Option<Tax>,
}

/// Why it is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvoicingRefusal {
    /// Too long, or with control characters.
    #[error("an address has at most {ADDRESS_MAX} bytes, in lines")]
    Address,
    /// A name of more than one line, or too long.
    #[error("a tax is named in one line of at most {TAX_NAME_MAX} bytes")]
    TaxName,
    /// A name without a rate would name the platform's rate.
    #[error("a tax has a rate: name both, or neither for the platform's")]
    TaxRate,
}

impl InvoicingRefusal {
    /// The name of the field that is wrong.
    pub fn field(&self) -> &'static str {
        match self {
            InvoicingRefusal::Address => "billing_address",
            InvoicingRefusal::TaxName => "tax_name",
            InvoicingRefusal::TaxRate => "tax_rate",
        }
    }
}

impl Invoicing {
    /// Refuses what could not be printed.
    pub fn validate(&self) -> Result<(), InvoicingRefusal> {
        let is_kept = |address: &String| kept(address, ADDRESS_MAX).as_ref() == Some(address);
        if !self.billing_address.as_ref().is_none_or(is_kept) {
            return Err(InvoicingRefusal::Address);
        }
        match &self.tax {
            Some(tax) => tax_name(tax),
            None => Ok(()),
        }
    }
}

/// Refuses a tax whose name could not be printed in its line.
pub(crate) fn tax_name(tax: &Tax) -> Result<(), InvoicingRefusal> {
    let is_name = |name: &String| kept(name, TAX_NAME_MAX).as_ref() == Some(name) && !name.contains('\n');
    if tax.name.as_ref().is_none_or(is_name) { Ok(()) } else { Err(InvoicingRefusal::TaxName) }
}
