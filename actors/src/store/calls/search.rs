//! Looks calls up by their words.

use domain::ids::CustomerId;
use domain::page::{Page, PageRequest};
use domain::search::{Mark, Query, bucket};
use sqlx::{PgConnection, QueryBuilder, Row};

use super::list::{Filter, narrow};
use super::scope::{Owner, Scope};
use super::{CallLine, line};
use crate::error::Error;
use crate::store::Store;

/// Hits that are counted and can be leafed through, the newest: beyond them another word helps.
pub const HITS_MAX: i64 = 1_000;

/// Words and marks that one look into the index asks for.
const OPERANDS_MAX: i64 = 2_000;

/// A call in which something was found.
#[derive(Debug, Clone)]
pub struct Hit {
    /// The call.
    pub line: CallLine,
    /// Where it is cut out: the transcript, else the summary.
    pub text: Option<String>,
}

/// Calls that have all these words, the newest [`HITS_MAX`] of them.
pub async fn search(
    store: &Store,
    customer: CustomerId,
    scope: &Scope,
    filter: &Filter,
    query: &Query,
    request: PageRequest,
) -> Result<Page<Hit>, Error> {
    const NOW: &str = "select seq from balances where customer_id = $1";
    let mut transaction = store.read_for(customer).await?;
    let seq: i64 = sqlx::query_scalar(NOW).bind(customer.0).fetch_one(&mut *transaction).await?;
    let owner = scope.owner(&mut transaction, customer).await?;
    let marks = marks(owner.as_ref(), filter);
    // The newest bucket first, then ever more of them at once: a word that is in every call is found
    // in one, a rare one by a look into each, and neither takes long.
    let operands = i64::try_from(query.operands(&marks)).unwrap_or(OPERANDS_MAX);
    let (mut found, mut newest, mut buckets) = (Vec::new(), bucket(seq), 1);
    while newest >= 0 && found.len() <= HITS_MAX as usize {
        let oldest = (newest - buckets + 1).max(0);
        let words = query.tsquery(customer, (oldest..=newest).rev(), &marks);
        found.extend(hits(&mut transaction, customer, filter, words).await?);
        (newest, buckets) = (oldest - 1, (buckets * 8).min((OPERANDS_MAX / operands).max(1)));
    }
    found.truncate(HITS_MAX as usize + 1);
    let from = usize::try_from(request.offset()).unwrap_or(usize::MAX).min(found.len());
    let to = from.saturating_add(usize::try_from(request.limit()).unwrap_or_default()).min(found.len());
    let mut lines = QueryBuilder::new(concat!(
        "select coalesce(c.transcript, c.summary) as text, ",
        line_columns!("left(c.summary, 300)"),
        " from calls c where c.customer_id = "
    ));
    lines.push_bind(customer.0).push(" and c.id = any(").push_bind(found[from..to].to_vec()).push(")");
    if let Some(owner) = &owner {
        // The marks are written behind the calls: what is shown is asked of the calls themselves.
        owner.push_is_theirs(&mut lines);
    }
    let rows = lines.push(" order by c.id desc").build().fetch_all(&mut *transaction).await?;
    transaction.commit().await?;
    let lines = rows.iter().map(|row| Ok(Hit { line: line(row)?, text: row.try_get("text")? }));
    let lines = lines.collect::<Result<_, sqlx::Error>>()?;
    Ok(Page::counted_to(request, lines, i64::try_from(found.len()).unwrap_or(i64::MAX), HITS_MAX))
}

/// What the index can narrow by; a call has one mark of each group.
fn marks(owner: Option<&Owner>, filter: &Filter) -> Vec<Vec<Mark>> {
    let status = filter.status.map(|status| vec![Mark::Status(status.as_str().to_owned())]);
    [owner.map(Owner::marks), status, Mark::months(filter.period)].into_iter().flatten().collect()
}

/// The calls that a look into the text index finds, the newest first. Apart from the rest, or
/// row-level security would keep the index from being used.
async fn hits(
    connection: &mut PgConnection,
    customer: CustomerId,
    filter: &Filter,
    words: String,
) -> Result<Vec<i64>, sqlx::Error> {
    let mut sql =
        QueryBuilder::new("with hits as materialized (\n    select call_id from tenant_call_search");
    sql.push(" where customer_id = ").push_bind(customer.0);
    sql.push(" and document @@ ").push_bind(words).push("::tsquery)\n");
    if *filter == Filter::default() {
        sql.push("select call_id from hits order by call_id desc limit ").push_bind(HITS_MAX + 1);
    } else {
        sql.push("select c.id from calls c join hits on c.id = hits.call_id");
        narrow(&mut sql, customer, filter);
        sql.push(" order by c.id desc limit ").push_bind(HITS_MAX + 1);
    }
    sql.build_query_scalar().persistent(false).fetch_all(&mut *connection).await
}
