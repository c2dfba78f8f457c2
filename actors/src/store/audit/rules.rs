//! What must hold between the records, each rule a query for what breaks it.

/// Statements over all customers, or one: `$1` is null or a customer's number. Each row is a
/// customer and a sentence.
pub(super) const RULES: [&str; 12] = [
    // A balance is the sum of its entries, and ends where its ledger ends. Each customer has one.
    "
select c.id,
       format('the balance is %s, its %s entries add up to %s and end at %s', coalesce(b.current_balance::text, 'gone'),
              count(t.seq), coalesce(sum(t.amount), 0), coalesce(max(t.seq), 0))
  from customers c
  left join balances b on b.customer_id = c.id
  left join transactions t on t.customer_id = c.id
 where $1::bigint is null or c.id = $1
 group by c.id, b.customer_id, b.current_balance, b.ledger_seq
having b.customer_id is null or b.current_balance <> coalesce(sum(t.amount), 0)
    or b.ledger_seq <> coalesce(max(t.seq), 0) or count(t.seq) <> b.ledger_seq",
    // Each entry's balance follows from the one before it.
    "
select customer_id, format('txn_%s: the balance after it is %s, not %s', seq, balance_after, expected)
  from (select customer_id, seq, balance_after,
               amount + coalesce(lag(balance_after) over (partition by customer_id order by seq), 0) as expected
          from transactions
         where $1::bigint is null or customer_id = $1) line
 where balance_after <> expected",
    // A call's entries add up to its cost.
    "
select c.customer_id, format('call_%s: it cost %s, its %s entries add up to %s', c.id, c.cost,
              count(t.seq), coalesce(-sum(t.amount), 0))
  from calls c
  left join transactions t
    on t.customer_id = c.customer_id and t.category = 'call' and t.reference_id = 'call_' || c.id
 where $1::bigint is null or c.customer_id = $1
 group by c.customer_id, c.id
having c.cost <> coalesce(-sum(t.amount), 0) or count(t.seq) <> c.charges",
    // Each charged call exists.
    "
select t.customer_id, format('txn_%s: it charges %s, which is not recorded', t.seq, t.reference_id)
  from transactions t
  left join calls c on c.customer_id = t.customer_id and 'call_' || c.id = t.reference_id
 where t.category = 'call' and c.id is null and ($1::bigint is null or t.customer_id = $1)",
    // Appointments that hold their time do not overlap.
    "
select a.customer_id, format('apt_%s and apt_%s overlap', a.id, b.id)
  from appointments a
  join appointments b
    on b.customer_id = a.customer_id and b.id > a.id and b.status = 'scheduled'
   and tstzrange(a.start_time, a.end_time) && tstzrange(b.start_time, b.end_time)
 where a.status = 'scheduled' and ($1::bigint is null or a.customer_id = $1)",
    // Events are numbered without gaps, up to the number the tenant has handed out last: a receiver that
    // misses one has missed it, and not we.
    "
select b.customer_id,
       format('%s events are numbered up to %s, the last number handed out is %s', count(w.sequence),
              coalesce(max(w.sequence), 0), b.event_seq)
  from balances b
  left join webhook_logs w on w.customer_id = b.customer_id and w.sequence is not null
 where $1::bigint is null or b.customer_id = $1
 group by b.customer_id
having count(w.sequence) <> b.event_seq or count(distinct w.sequence) <> b.event_seq
    or coalesce(max(w.sequence), 0) <> b.event_seq",
    // Each delivery is of an event, and of none that is older than its endpoint.
    "
select d.customer_id, format('ep_%s is told of evt_%s, which %s', d.endpoint_id, d.event_id,
              case when w.id is null then 'never happened' else 'is older' end)
  from webhook_deliveries d
  left join webhook_logs w on w.customer_id = d.customer_id and w.id = d.event_id
 where (w.id is null or d.event_id <= d.endpoint_id) and ($1::bigint is null or d.customer_id = $1)",
    // A message's entry is its cost.
    "
select n.customer_id, format('msg_%s: it cost %s, its entry is %s', n.id, n.cost, coalesce(-t.amount, 0))
  from notifications n
  left join transactions t on t.customer_id = n.customer_id and t.reference = n.type || ':' || n.id
 where n.cost <> coalesce(-t.amount, 0) and ($1::bigint is null or n.customer_id = $1)",
    // Each charged message was sent.
    "
select t.customer_id, format('txn_%s: it charges %s, which was not sent', t.seq, t.reference)
  from transactions t
  left join notifications n
    on n.customer_id = t.customer_id and n.type || ':' || n.id = t.reference and n.cost = -t.amount
 where t.category in ('sms', 'email') and t.category <> 'call' and n.id is null
   and ($1::bigint is null or t.customer_id = $1)",
    // An invoice states its entries: those that charge and give back, from its first to its last.
    "
select i.customer_id, format('%s: its subtotal is %s, its entries come to %s, its lines to %s',
              i.invoice_number, i.subtotal, coalesce(e.amount, 0), coalesce(l.amount, 0))
  from invoices i
  left join lateral (select -sum(t.amount) as amount
                       from transactions t
                      where t.customer_id = i.customer_id and t.seq between i.first_seq and i.last_seq
                        and t.category <> all ('{tax,top_up}') and t.reference not like 'void:%') e on true
  left join lateral (select sum(n.amount) as amount
                       from invoice_items n
                      where n.customer_id = i.customer_id and n.invoice_id = i.id and n.received_on is null) l on true
 where (i.subtotal <> coalesce(e.amount, 0) or i.subtotal <> coalesce(l.amount, 0))
   and ($1::bigint is null or i.customer_id = $1)",
    // Its tax is an entry, and each entry of tax is that of an invoice.
    "
select coalesce(i.customer_id, t.customer_id),
       format('%s: its tax is %s, the entry of it %s', coalesce(i.invoice_number, t.reference),
              coalesce(i.tax_amount, 0), coalesce(-t.amount, 0))
  from (select customer_id, invoice_number, tax_amount
          from invoices
         where $1::bigint is null or customer_id = $1) i
  full join (select customer_id, reference, amount
               from transactions
              where category = 'tax' and category <> 'call' and ($1::bigint is null or customer_id = $1)) t
    on t.customer_id = i.customer_id and t.reference = 'tax:' || i.invoice_number
 where coalesce(i.tax_amount, 0) <> coalesce(-t.amount, 0)",
    // Invoices are numbered without gaps and follow each other, up to where the customer's books are.
    "
select c.id, format('%s invoices, the books have %s; they end at txn_%s, the books at txn_%s', count(i.id),
              c.invoice_count, coalesce(max(i.last_seq), 0), c.invoiced_seq)
  from customers c
  left join (select i.*, row_number() over (partition by i.customer_id order by i.id) as place,
                    lag(i.last_seq, 1, 0::bigint) over (partition by i.customer_id order by i.id) as before
               from invoices i
              where $1::bigint is null or i.customer_id = $1) i on i.customer_id = c.id
 where $1::bigint is null or c.id = $1
 group by c.id
having count(i.id) <> c.invoice_count or coalesce(max(i.last_seq), 0) <> c.invoiced_seq
    or bool_or(i.first_seq <> i.before + 1)
    or bool_or(i.invoice_number <> format('INV-%s-%s', c.id, lpad(i.place::text, greatest(4, length(i.place::text)), '0')))",
];

/// Rows of the hot tables that belong to a customer who does not exist: they have no foreign keys.
pub(super) const ORPHANS: &str = "
select o.customer_id, format('rows of %s belong to no customer', o.source)
  from (select distinct customer_id, 'balances' as source from balances
        union all select distinct customer_id, 'calls' from calls
        union all select distinct customer_id, 'transactions' from transactions
        union all select distinct customer_id, 'appointments' from appointments
        union all select distinct customer_id, 'webhook_logs' from webhook_logs
        union all select distinct customer_id, 'webhook_deliveries' from webhook_deliveries) o
  left join customers c on c.id = o.customer_id
 where c.id is null";
