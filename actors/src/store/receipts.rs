//! What a carrier says later of text messages that it took.

use domain::sms_replies::Reference;

use super::Store;
use crate::error::Error;

/// What became of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Receipt {
    /// It is on the guest's telephone.
    Delivered,
    /// It never will be, and why.
    Undelivered(String),
}

/// Notes what became of a message that we sent under this reference and the carrier knows under this
/// name; answers whether that is news. Whether it was sent and what it cost stays as it is. What was
/// delivered stays delivered, whatever comes later.
pub async fn keep(
    store: &Store,
    reference: Reference,
    provider_id: &str,
    receipt: &Receipt,
) -> Result<bool, Error> {
    const KEEP: &str = "
update notifications
   set receipt = $4, error_message = $5
 where customer_id = $1 and id = $2 and provider_id = $3 and type = 'sms' and status = 'sent'
   and receipt <> 'delivered' and receipt <> $4";
    let (name, why) = match receipt {
        Receipt::Delivered => ("delivered", None),
        Receipt::Undelivered(why) => ("undelivered", Some(why)),
    };
    let query = sqlx::query(KEEP).bind(reference.customer.0).bind(reference.message.0).bind(provider_id);
    let done = query.bind(name).bind(why).execute(&store.claims).await?;
    Ok(done.rows_affected() > 0)
}
