//! What must be true once everything was measured: every acknowledged call is stored, was charged
//! once and costs what it should; balances are the sum of their entries; bookings stand.
//!
//! Speed is never judged here. Whatever is found is a wrong result.

use anyhow::Context;
use sqlx::{Connection, PgConnection, Row};

use super::bodies::CALL_COST;
use super::traffic::{Acknowledged, Booked, Numbers};

/// Rows sent at once.
const CHUNK: usize = 50_000;
/// Findings shown of each rule.
const SHOWN: i64 = 10;

/// The database, with what was acknowledged in a table of this session's own.
pub struct Proof {
    connection: PgConnection,
}

/// Acknowledged calls that are missing, cost something else than they should, or were not charged
/// that. A reference names Retell's call and is unique, so there is at most one such entry.
const CALLS: &str = "
select format('customer %s, %s: stored %s, cost %s, entry %s of %s for %s', a.customer_id, a.retell_call_id,
              c.id is not null, c.cost, t.seq, t.amount, t.reference_id)
  from acknowledged a
  left join calls c on c.customer_id = a.customer_id and c.retell_call_id = a.retell_call_id
  left join transactions t on t.customer_id = a.customer_id and t.reference = 'call:' || a.retell_call_id
 where c.id is null or t.seq is null or c.cost <> $2::numeric or t.amount <> -c.cost
    or t.reference_id is distinct from 'call_' || c.id
 limit $1";

/// Balances that are not the sum of their entries, or do not stand at the last of them.
const BALANCES: &str = "
select format('customer %s: the balance is %s, its %s entries add up to %s', b.customer_id,
              b.current_balance, count(t.seq), coalesce(sum(t.amount), 0))
  from balances b
  left join transactions t on t.customer_id = b.customer_id
 group by b.customer_id
having b.current_balance <> coalesce(sum(t.amount), 0) or b.ledger_seq <> count(t.seq)
    or b.ledger_seq <> coalesce(max(t.seq), 0)
 limit $1";

/// Entries of this run's calls that have no call, or charge one a second time: their reference is
/// not that of a call.
const ENTRIES: &str = "
select format('customer %s, entry %s: it charges %s, which is not stored', t.customer_id, t.seq, t.reference)
  from transactions t
  left join calls c on c.customer_id = t.customer_id and 'call:' || c.retell_call_id = t.reference
 where starts_with(t.reference, 'call:' || $2) and c.id is null
 limit $1";

/// Acknowledged bookings that do not stand.
const BOOKINGS: &str = "
select format('customer %s: the booking apt_%s does not stand', b.customer_id, b.id)
  from booked b
  left join appointments a on a.customer_id = b.customer_id and a.id = b.id and a.status = 'scheduled'
 where a.id is null
 limit $1";

/// Calls of this run that are stored and charged, acknowledged or not.
const CHARGED: &str = "
select count(*)
  from calls
 where starts_with(retell_call_id, $1) and charges > 0";

impl Proof {
    /// Connects.
    pub async fn open(url: &str) -> anyhow::Result<Self> {
        let mut connection = PgConnection::connect(url).await.context("connect for the proof")?;
        sqlx::raw_sql(
            "create temporary table acknowledged (customer_id bigint, retell_call_id text);
             create temporary table booked (customer_id bigint, id bigint)",
        )
        .execute(&mut connection)
        .await?;
        Ok(Self { connection })
    }

    /// Writes everything out, so that one measurement does not pay for the one before it. Not
    /// every role may; then they pay alike.
    pub async fn settle(&mut self) {
        let _ = sqlx::query("checkpoint").execute(&mut self.connection).await;
    }

    /// Bytes of a call's row, as stored: of this run's webhooks, and of pgbench's.
    pub async fn row_bytes(&mut self, numbers: &Numbers) -> anyhow::Result<[Option<f64>; 2]> {
        const BYTES: &str = "
select avg(bytes)::float8
  from (select pg_column_size(c) as bytes
          from calls c
         where starts_with(retell_call_id, $1) and charges > 0
         limit 1000) rows";
        let mut bytes = [None, None];
        for (bytes, prefix) in bytes.iter_mut().zip([numbers.prefix().as_str(), "call_pgb_"]) {
            *bytes = sqlx::query_scalar(BYTES).bind(prefix).fetch_one(&mut self.connection).await?;
        }
        Ok(bytes)
    }

    /// Every finding, a sentence each; empty when everything is right. `unanswered` requests may
    /// have been charged without an acknowledgement.
    pub async fn findings(
        &mut self,
        acknowledged: &[Acknowledged],
        booked: &[Booked],
        numbers: &Numbers,
        unanswered: usize,
    ) -> anyhow::Result<Vec<String>> {
        self.note(acknowledged, booked, numbers).await?;
        let mut findings = Vec::new();
        let rules = [
            sqlx::query(BALANCES).bind(SHOWN),
            sqlx::query(BOOKINGS).bind(SHOWN),
            sqlx::query(ENTRIES).bind(SHOWN).bind(numbers.prefix()),
            sqlx::query(CALLS).bind(SHOWN).bind(CALL_COST),
        ];
        for rule in rules {
            for row in rule.fetch_all(&mut self.connection).await? {
                findings.push(row.try_get(0)?);
            }
        }
        let charged: i64 =
            sqlx::query_scalar(CHARGED).bind(numbers.prefix()).fetch_one(&mut self.connection).await?;
        let charged = usize::try_from(charged)?;
        if charged < acknowledged.len() || charged > acknowledged.len() + unanswered {
            findings.push(format!(
                "{charged} calls are charged, {} were acknowledged and {unanswered} more sent",
                acknowledged.len()
            ));
        }
        Ok(findings)
    }

    async fn note(
        &mut self,
        acknowledged: &[Acknowledged],
        booked: &[Booked],
        numbers: &Numbers,
    ) -> anyhow::Result<()> {
        const SENT: &str = "insert into acknowledged (customer_id, retell_call_id) select * from unnest($1::bigint[], $2::text[])";
        const BOOKED: &str =
            "insert into booked (customer_id, id) select * from unnest($1::bigint[], $2::bigint[])";
        for chunk in acknowledged.chunks(CHUNK) {
            let (customers, calls): (Vec<i64>, Vec<String>) =
                chunk.iter().map(|(customer, number)| (customer, numbers.call_id(*number))).unzip();
            sqlx::query(SENT).bind(customers).bind(calls).execute(&mut self.connection).await?;
        }
        for chunk in booked.chunks(CHUNK) {
            let (customers, ids): (Vec<i64>, Vec<i64>) = chunk.iter().copied().unzip();
            sqlx::query(BOOKED).bind(customers).bind(ids).execute(&mut self.connection).await?;
        }
        sqlx::raw_sql("analyze acknowledged; analyze booked; analyze calls; analyze transactions")
            .execute(&mut self.connection)
            .await?;
        Ok(())
    }
}
