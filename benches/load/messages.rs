//! How long guests wait for their messages when many book at once.

use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use sqlx::{Connection, PgConnection, Row};

/// Messages of one measurement: a mail for each booking.
pub const MESSAGES: u64 = 2_000;
/// Longer than anybody would call a result.
const PATIENCE: Duration = Duration::from_secs(120);

/// What was measured.
pub struct Sent {
    /// From now until the last one was accepted.
    pub all_after: Duration,
    /// From queueing to acceptance, in seconds.
    pub median: f64,
    /// The same of the one that waited longest.
    pub longest: f64,
}

/// Mails of these customers, sent and of whatever state.
const COUNT: &str = "
select count(*) filter (where status = 'sent'), count(*) filter (where status in ('failed', 'suppressed'))
  from notifications
 where customer_id = any($1) and type = 'email'";

const WAITED: &str = "
select percentile_cont(0.5) within group (order by extract(epoch from sent_at - created_at)::float8),
       max(extract(epoch from sent_at - created_at)::float8)
  from notifications
 where customer_id = any($1) and type = 'email'";

/// Waits until all of them are sent.
pub async fn all_sent(database_url: &str, customers: &[i64]) -> anyhow::Result<Sent> {
    let began = Instant::now();
    let mut connection = PgConnection::connect(database_url).await?;
    loop {
        let row = sqlx::query(COUNT).bind(customers).fetch_one(&mut connection).await?;
        let (sent, others): (i64, i64) = (row.try_get(0)?, row.try_get(1)?);
        if others > 0 {
            bail!("{others} messages were not sent");
        }
        if u64::try_from(sent)? >= MESSAGES {
            break;
        }
        if began.elapsed() > PATIENCE {
            bail!("{sent} of {MESSAGES} messages are sent after {} s", PATIENCE.as_secs());
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let all_after = began.elapsed();
    let row = sqlx::query(WAITED).bind(customers).fetch_one(&mut connection).await.context("how long")?;
    connection.close().await?;
    Ok(Sent { all_after, median: row.try_get(0)?, longest: row.try_get(1)? })
}
