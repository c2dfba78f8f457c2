//! Gives calls to users by hand: beside the calls, which only the tenant's actor writes.

use domain::audit::{Author, Change};
use domain::ids::{CallId, CustomerId, UserId};
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use serde_json::json;

use super::{Handover, Name};
use crate::error::Error;
use crate::store::search::put_calls;
use crate::store::{Store, audit_log};

/// What became of giving a call to somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Assigned {
    /// It is theirs.
    Done,
    /// There is no such call.
    UnknownCall,
    /// There is no such user, or not any more.
    UnknownUser,
}

/// Gives a call to a user, or back to whoever its agent and number belong to; answers what is news in
/// it, too.
pub(crate) async fn assign(
    store: &Store,
    customer: CustomerId,
    name: &Name,
    user: Option<&UserId>,
    author: &Author,
    now: Timestamp,
) -> Result<(Assigned, Option<Handover>), Error> {
    const CALL: &str = "
select c.id, a.user_id
  from calls c
  left join call_assignees a on a.customer_id = c.customer_id and a.call_id = c.id
 where c.customer_id = $1 and (c.id = $2 or c.retell_call_id = $3)";
    const USER: &str = "
select exists (select from users where customer_id = $1 and id = $2 and status <> 'disabled')";
    const GIVE: &str = "
insert into call_assignees (customer_id, call_id, user_id, assigned_at)
values ($1, $2, $3, $4)
on conflict (customer_id, call_id) do update set user_id = excluded.user_id, assigned_at = excluded.assigned_at";
    const TAKE: &str = "delete from call_assignees where customer_id = $1 and call_id = $2";
    let (ours, retells) = match name {
        Name::Ours(id) => (Some(id.0), None),
        Name::Retells(id) => (None, Some(id)),
    };
    let mut transaction = store.claims.begin().await?;
    let call: Option<(i64, Option<String>)> = sqlx::query_as(CALL)
        .bind(customer.0)
        .bind(ours)
        .bind(retells)
        .fetch_optional(&mut *transaction)
        .await?;
    let Some((call, before)) = call else { return Ok((Assigned::UnknownCall, None)) };
    if before.as_ref() == user.map(|user| &user.0) {
        return Ok((Assigned::Done, None));
    }
    match user {
        None => {
            sqlx::query(TAKE).bind(customer.0).bind(call).execute(&mut *transaction).await?;
        }
        Some(user) => {
            let is_there: bool =
                sqlx::query_scalar(USER).bind(customer.0).bind(&user.0).fetch_one(&mut *transaction).await?;
            if !is_there {
                return Ok((Assigned::UnknownUser, None));
            }
            let give = sqlx::query(GIVE).bind(customer.0).bind(call).bind(&user.0).bind(now.to_sqlx());
            give.execute(&mut *transaction).await?;
        }
    }
    put_calls(&mut transaction, customer, &[call], now).await?;
    let change = Change::of("call.assigned", CallId(call).to_string());
    let change = change.from(json!(&before)).to(json!(user.map(|user| &user.0)));
    audit_log::insert(&mut transaction, customer, author, change, now).await?;
    transaction.commit().await?;
    let handover = Handover { call: CallId(call), before: before.map(UserId), after: user.cloned() };
    Ok((Assigned::Done, Some(handover)))
}
