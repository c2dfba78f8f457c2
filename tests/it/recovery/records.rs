//! What the records must say, given all that was sent and all that was acknowledged.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;
use rust_decimal::{Decimal, RoundingStrategy, dec};
use sqlx::{Connection, PgConnection, Row};

use super::load::Told;

/// A call with what hangs on it.
struct StoredCall {
    cost: Decimal,
    entries: i64,
    charged: Decimal,
    has_ended: bool,
    announced: i64,
}

const CALLS: &str = "
select c.customer_id, c.retell_call_id, 'call_' || c.id, c.cost, c.status is not null,
       (select count(*) from transactions t
         where t.customer_id = c.customer_id and t.category = 'call' and t.reference_id = 'call_' || c.id),
       (select coalesce(-sum(amount), 0) from transactions t
         where t.customer_id = c.customer_id and t.category = 'call' and t.reference_id = 'call_' || c.id),
       (select count(*) from webhook_logs w
         where w.customer_id = c.customer_id and w.event = 'call.completed' and w.subject = 'call_' || c.id)
  from calls c";

const APPOINTMENTS: &str = "
select a.customer_id, a.guest_phone, 'apt_' || a.id, (extract(epoch from a.start_time) * 1000)::bigint,
       (select count(*) from webhook_logs w
         where w.customer_id = a.customer_id and w.event = 'appointment.created' and w.subject = 'apt_' || a.id)
  from appointments a
 where a.status = 'scheduled'";

const OVERLAPS: &str = "
select count(*)
  from appointments a
  join appointments b using (customer_id)
 where a.id < b.id and a.status = 'scheduled' and b.status = 'scheduled'
   and a.start_time < b.end_time and b.start_time < a.end_time";

const BALANCES: &str = "
select b.customer_id, b.current_balance, b.ledger_seq,
       (select coalesce(sum(amount), 0) from transactions t where t.customer_id = b.customer_id),
       (select count(*) from transactions t where t.customer_id = b.customer_id),
       (select 1000 - coalesce(sum(cost), 0) from calls c where c.customer_id = b.customer_id)
         - (select coalesce(sum(cost), 0) from notifications n where n.customer_id = b.customer_id)
  from balances b";

/// Fails unless every promise is kept, and nothing was done twice.
pub async fn check(url: &str, told: &Told) {
    let mut connection = PgConnection::connect(url).await.expect("the database");
    check_calls(&mut connection, told).await;
    check_appointments(&mut connection, told).await;
    check_balances(&mut connection).await;
}

async fn check_calls(connection: &mut PgConnection, told: &Told) {
    let mut stored = HashMap::new();
    for row in sqlx::query(CALLS).fetch_all(connection).await.expect("the calls") {
        let call = StoredCall {
            cost: row.get(3),
            has_ended: row.get(4),
            entries: row.get(5),
            charged: row.get(6),
            announced: row.get(7),
        };
        // Customers are numbered from 1 in the order in which they were made.
        let name = (row.get::<i64, _>(0) as usize - 1, row.get::<String, _>(1));
        let twice = stored.insert(name.clone(), (row.get::<String, _>(2), call));
        assert!(twice.is_none(), "{name:?} is stored twice");
    }
    for ((customer, call), (id, found)) in &stored {
        let what = format!("{call} of customer {customer}, {id}");
        if !found.has_ended {
            assert_eq!((found.entries, found.announced), (0, 0), "{what} is under way");
            continue;
        }
        let sent =
            told.sent.get(&(*customer, call.clone())).unwrap_or_else(|| panic!("{what}: nobody sent it"));
        let prices: HashSet<Decimal> = sent.iter().map(|seconds| price(*seconds)).collect();
        assert!(prices.contains(&found.cost), "{what} cost {}, not one of {prices:?}", found.cost);
        assert_eq!(found.charged, found.cost, "{what}: what its entries add up to");
        // A report of another length may have added the difference.
        let entries_max = prices.len() as i64;
        assert!((1..=entries_max).contains(&found.entries), "{what} has {} entries", found.entries);
        assert_eq!(found.announced, 1, "{what}: times it was announced");
    }
    for promise in &told.acknowledged.calls {
        let what = format!("{} of customer {}", promise.retell_call_id, promise.customer);
        let found = stored.get(&(promise.customer, promise.retell_call_id.clone()));
        let (id, found) = found.unwrap_or_else(|| panic!("{what} was acknowledged and is not stored"));
        assert_eq!(promise.call_id, *id, "{what}");
        let lengths: HashSet<_> =
            told.sent[&(promise.customer, promise.retell_call_id.clone())].iter().collect();
        if lengths.len() == 1 {
            assert_eq!(promise.charged, found.cost, "{what}: answered, and charged");
        } else {
            assert!(promise.charged <= found.cost, "{what}: answered {}, {}", promise.charged, found.cost);
        }
    }
}

async fn check_appointments(connection: &mut PgConnection, told: &Told) {
    let overlaps: i64 = sqlx::query_scalar(OVERLAPS).fetch_one(&mut *connection).await.expect("a count");
    assert_eq!(overlaps, 0, "appointments that overlap");
    let mut stored: HashMap<(usize, String), Vec<(String, Timestamp)>> = HashMap::new();
    for row in sqlx::query(APPOINTMENTS).fetch_all(connection).await.expect("the appointments") {
        let (id, start) =
            (row.get::<String, _>(2), Timestamp::from_millisecond(row.get(3)).expect("an instant"));
        assert_eq!(row.get::<i64, _>(4), 1, "{id}: times it was announced");
        let caller = (row.get::<i64, _>(0) as usize - 1, row.get::<String, _>(1));
        stored.entry(caller).or_default().push((id, start));
    }
    for caller in &told.asked {
        let held = stored.get(caller).map_or(0, Vec::len);
        assert!(held <= 1, "{caller:?} asked for one slot and has {held}");
    }
    for promise in &told.acknowledged.bookings {
        let held = stored.get(&(promise.customer, promise.phone.clone())).map_or(&[][..], Vec::as_slice);
        let promised = [(promise.appointment_id.clone(), promise.start)];
        assert_eq!(held, promised, "what {} was promised", promise.phone);
    }
}

async fn check_balances(connection: &mut PgConnection) {
    for row in sqlx::query(BALANCES).fetch_all(connection).await.expect("the balances") {
        let (customer, balance): (i64, Decimal) = (row.get(0), row.get(1));
        assert_eq!(balance, row.get::<Decimal, _>(3), "customer {customer}: the sum of the entries");
        assert_eq!(
            balance,
            row.get::<Decimal, _>(5),
            "customer {customer}: what was paid less what calls and messages cost"
        );
        assert_eq!(row.get::<i64, _>(2), row.get::<i64, _>(4), "customer {customer}: entries without a gap");
    }
}

/// One a minute, by the second, to four decimals.
fn price(seconds: u32) -> Decimal {
    (Decimal::from(seconds) / dec!(60)).round_dp_with_strategy(4, RoundingStrategy::MidpointAwayFromZero)
}
