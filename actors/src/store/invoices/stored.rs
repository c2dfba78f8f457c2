//! Reads one invoice back as it was written.

use domain::billing::Category;
use domain::ids::{CustomerId, Digest32, InvoiceId};
use domain::invoices::{Content, Invoice, Line, Party, Payment, Percent, Quantity, Status, Tax};
use domain::money::Money;
use domain::month::Month;
use jiff::civil::Date;
use sqlx::postgres::PgRow;
use sqlx::{PgConnection, Row};

use crate::store::rows::{day, instant, perhaps_instant};

const INVOICE: &str = "
select id, invoice_number, billing_period_start, created_at, issued_on, due_date, currency, seller_name,
       seller_address, buyer_name, buyer_address, payment_instructions, logo, subtotal, tax_name, tax_rate,
       tax_amount, total, paid_from_balance, amount_due, status, paid_at
  from invoices
 where customer_id = $1 and id = $2";

const ITEMS: &str = "
select category, description, quantity, unit_price, amount, received_on
  from invoice_items
 where customer_id = $1 and invoice_id = $2
 order by position";

/// The invoice of that id.
pub async fn read(
    connection: &mut PgConnection,
    customer: CustomerId,
    id: InvoiceId,
) -> Result<Option<Invoice>, sqlx::Error> {
    let row = sqlx::query(INVOICE).bind(customer.0).bind(id.0).fetch_optional(&mut *connection).await?;
    let Some(row) = row else { return Ok(None) };
    let items = sqlx::query(ITEMS).bind(customer.0).bind(id.0).fetch_all(&mut *connection).await?;
    invoice(&row, &items).map(Some)
}

fn invoice(row: &PgRow, items: &[PgRow]) -> Result<Invoice, sqlx::Error> {
    let amount = |column: &str| Ok::<_, sqlx::Error>(Money::rounded(row.try_get(column)?));
    let party = |name: &str, address: &str| {
        Ok::<_, sqlx::Error>(Party { name: row.try_get(name)?, address: row.try_get(address)? })
    };
    let logo: Option<Vec<u8>> = row.try_get("logo")?;
    let rate = Percent::new(row.try_get("tax_rate")?).unwrap_or(Percent::ZERO);
    let (mut lines, mut payments) = (Vec::new(), Vec::new());
    for item in items {
        match payment(item)? {
            Some(payment) => payments.push(payment),
            None => lines.push(line(item)?),
        }
    }
    Ok(Invoice {
        id: InvoiceId(row.try_get("id")?),
        number: row.try_get("invoice_number")?,
        month: Month::of(day(row, "billing_period_start")?),
        created_at: instant(row, "created_at")?,
        issued_on: day(row, "issued_on")?,
        due_date: day(row, "due_date")?,
        currency: row.try_get("currency")?,
        seller: party("seller_name", "seller_address")?,
        buyer: party("buyer_name", "buyer_address")?,
        payment_instructions: row.try_get("payment_instructions")?,
        logo: logo.and_then(|digest| Digest32::try_from(digest).ok()),
        content: Content {
            lines,
            payments,
            subtotal: amount("subtotal")?,
            tax: Tax { name: row.try_get("tax_name")?, rate },
            tax_amount: amount("tax_amount")?,
            total: amount("total")?,
        },
        paid_from_balance: amount("paid_from_balance")?,
        amount_due: amount("amount_due")?,
        status: status(row)?,
        paid_at: perhaps_instant(row, "paid_at")?,
    })
}

/// The column `status`.
pub fn status(row: &PgRow) -> Result<Status, sqlx::Error> {
    let status = Status::parse(row.try_get("status")?);
    status.ok_or_else(|| sqlx::Error::ColumnNotFound("status".to_owned()))
}

fn line(item: &PgRow) -> Result<Line, sqlx::Error> {
    let category = Category::parse(item.try_get("category")?);
    Ok(Line {
        category: category.ok_or_else(|| sqlx::Error::ColumnNotFound("category".to_owned()))?,
        description: item.try_get("description")?,
        quantity: Quantity::rounded(item.try_get("quantity")?),
        unit_price: Money::rounded(item.try_get("unit_price")?),
        amount: Money::rounded(item.try_get("amount")?),
    })
}

/// `None` for a line.
fn payment(item: &PgRow) -> Result<Option<Payment>, sqlx::Error> {
    let received_on: Option<jiff_sqlx::Date> = item.try_get("received_on")?;
    let Some(received_on) = received_on.map(|day| -> Date { day.to_jiff() }) else { return Ok(None) };
    let amount = Money::rounded(item.try_get("amount")?);
    Ok(Some(Payment { description: item.try_get("description")?, received_on, amount }))
}
