//! Who wants no text messages, by customer.
//!
//! All customers text from the same senders, so a guest's STOP is for each of them that texted the
//! guest lately, and START takes every STOP back: these statements name no customer.

use domain::ids::CustomerId;
use domain::sms_replies::Wish;
use jiff::{SignedDuration, Timestamp};
use jiff_sqlx::ToSqlx;

use super::Store;
use crate::error::Error;

/// A guest who says STOP means whoever texted within this time, and whoever is about to: an answer can
/// be quicker than the commit of what it answers.
const TEXTED_WITHIN: SignedDuration = SignedDuration::from_hours(90 * 24);

/// Whether this customer must not text this number.
pub async fn is_opted_out(store: &Store, customer: CustomerId, phone: &str) -> Result<bool, Error> {
    const IS_OPTED_OUT: &str =
        "select exists (select from sms_opt_outs where customer_id = $1 and phone = $2)";
    let asked = sqlx::query_scalar(IS_OPTED_OUT).bind(customer.0).bind(phone).fetch_one(&store.claims);
    Ok(asked.await?)
}

/// Does what a guest has asked for at `said_at`, and answers for how many customers that changed
/// something. Answers come late, twice and out of order: the newest counts. Only a STOP that comes
/// again after the START that took it back counts once more, since nothing is kept of a START; that
/// errs on the side of silence.
pub async fn grant(store: &Store, phone: &str, wish: Wish, said_at: Timestamp) -> Result<u64, Error> {
    // In one order, so that two servers never wait for each other.
    const OPT_OUT: &str = "
insert into sms_opt_outs (customer_id, phone, keyword, created_at)
select customer_id, $1, $2, $3
  from (select customer_id
          from notifications
         where recipient = $1 and type = 'sms' and sent_at is not null and sent_at >= $4 and status = 'sent'
         union
        select customer_id
          from notifications
         where recipient = $1 and type = 'sms' and status = 'pending') texted
 order by customer_id
    on conflict (customer_id, phone) do update
   set keyword = excluded.keyword, created_at = excluded.created_at
 where sms_opt_outs.created_at < excluded.created_at";
    const OPT_IN: &str = "delete from sms_opt_outs where phone = $1 and created_at <= $2";
    let done = match wish {
        Wish::OptOut(keyword) => {
            let texted_since = said_at - TEXTED_WITHIN;
            let query = sqlx::query(OPT_OUT).bind(phone).bind(keyword).bind(said_at.to_sqlx());
            query.bind(texted_since.to_sqlx()).execute(&store.claims).await?
        }
        Wish::OptIn(_) => {
            sqlx::query(OPT_IN).bind(phone).bind(said_at.to_sqlx()).execute(&store.claims).await?
        }
    };
    Ok(done.rows_affected())
}
