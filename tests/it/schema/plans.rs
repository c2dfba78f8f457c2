//! How the database would answer the queries that people wait for.

use super::*;

/// 600 customers, 40 of them busy: enough that no table is small and no tenant is most of a table.
const FILL: &str = "
insert into customers (name, email)
select 'Customer ' || n, 'owner' || n || '@example.com'
  from generate_series(1, 600) n;

insert into customer_settings (customer_id)
select id
  from customers;

insert into credentials (customer_id, kind, digest, sealed, created_at)
select id, 'api', sha256(id::text::bytea), '\\x00', now()
  from customers;

insert into agents (agent_id, customer_id)
select 'agent_' || id, id
  from customers;

insert into users (customer_id, id, email, full_name, role, created_at, updated_at)
select c.id, 'usr_' || c.id || '_' || n, 'person' || n || '@' || c.id || '.example.com', 'A Person', 'admin',
       now(), now()
  from customers c
 cross join generate_series(1, 3) n;

insert into user_agents (customer_id, agent_id, user_id)
select customer_id, 'agent_' || customer_id, id
  from users;

insert into user_numbers (customer_id, number, user_id)
select customer_id, '+15550199', id
  from users;

insert into balances (customer_id)
select id
  from customers;

insert into arrivals (customer_id, kind, last_at)
select id, kind, now()
  from customers
 cross join unnest('{event,signed,function,refused}'::text[]) kind;

insert into call_assignees (customer_id, call_id, user_id, assigned_at)
select customer_id, 1 + n, id, now()
  from users
 cross join generate_series(1, 20) n
 where id like '%@_1' escape '@';

insert into availability_slots (customer_id, id, day_of_week, start_time, end_time)
select id, n, n, '09:00', '24:00'
  from customers
 cross join generate_series(1, 5) n;

insert into blocked_dates (customer_id, id, blocked_date)
select id, n, date '2026-12-20' + n
  from customers
 cross join generate_series(1, 3) n;

insert into calls (customer_id, id, retell_call_id, agent_id, direction, channel, from_number, to_number,
       start_time, end_time, duration_seconds, billable_seconds, rate_per_minute, cost, charges, transcript,
       summary, call_score, status, created_at)
select c.id, n, 'call_' || n, 'agent_' || c.id, 'inbound', 'phone', '+1555010' || lpad((n % 40)::text, 4, '0'),
       '+15550199', started, started + interval '2 minutes', 120, 120, 1, 2, 1,
       repeat('Agent: Good morning, how may I help? User: I should like to book. ', 10),
       'A caller booked.', 80, case when n % 25 = 0 then 'failed' else 'completed' end, started
  from customers c
 cross join generate_series(1, 250) n
 cross join lateral (select timestamptz '2026-06-01 08:00Z' + n * interval '10 hours' as started) s
 where c.id <= 40;

insert into call_search (customer_id, call_id, document)
select customer_id, id, array_to_tsvector(array[customer_id || '.0.good', customer_id || '.0.morning',
       customer_id || '.0.@agent:agent_' || customer_id, customer_id || case when id = 77 then '.0.unicorn' else '.0.book' end])
  from calls;

insert into call_search (customer_id, call_id, document)
select 7, n, array_to_tsvector(array['7.0.good', '7.0.morning'])
  from generate_series(1001, 11000) n;

insert into transactions (customer_id, seq, type, category, amount, balance_after, reference, description,
       created_at, hash)
select customer_id, id, case when id % 50 = 0 then 'credit' else 'debit' end,
       case when id % 50 = 0 then 'top_up' when id % 10 = 0 then 'sms' else 'call' end,
       case when id % 50 = 0 then 100 else -2 end, 0, 'call:' || id, 'Call of 2:00 min', created_at, '\\x00'
  from calls;

insert into appointments (customer_id, id, guest_name, guest_phone, guest_email, start_time, end_time,
       duration_minutes, status, revision, created_at, updated_at, next_reminder_at)
select c.id, n, 'Guest ' || n, '+1555010' || lpad((n % 40)::text, 4, '0'), 'guest' || n % 40 || '@example.com',
       starts, starts + interval '30 minutes', 30,
       case when starts > '2026-11-23' then 'scheduled' else 'completed' end, n, starts, starts,
       case when starts > '2026-11-23' then starts - interval '1 day' end
  from customers c
 cross join generate_series(1, 250) n
 cross join lateral (select timestamptz '2026-06-01 08:00Z' + n * interval '20 hours' as starts) s
 where c.id <= 40;

insert into notifications (customer_id, id, appointment_id, type, recipient, template, status, due_at,
       created_at, sent_at)
select customer_id, id, id, case when id % 2 = 0 then 'email' else 'sms' end,
       case when id % 2 = 0 then guest_email else guest_phone end, 'booked',
       case when id > 248 then 'pending' else 'sent' end, created_at, created_at,
       case when id <= 248 then created_at end
  from appointments;

insert into notifications (customer_id, id, appointment_id, type, recipient, template, status, due_at, sent_at,
       created_at)
select customer_id, 1000 + id, id, 'sms', guest_phone, 'booked', 'sent', created_at, created_at, created_at
  from appointments;

insert into sms_opt_outs (customer_id, phone, keyword, created_at)
select distinct customer_id, guest_phone, 'STOP', timestamptz '2026-11-01'
  from appointments;

insert into webhook_logs (customer_id, id, event, subject, status, due_at, created_at)
select customer_id, id, 'call.completed', 'call_' || id, case when id > 248 then 'pending' else 'delivered' end,
       created_at, created_at
  from calls;

insert into webhook_endpoints (customer_id, id, url, events, sends_transcripts, state, state_since, secret,
       secret_last4, created_at, updated_at)
select c.id, n, 'https://example.com/', '{call.completed}', true, 'enabled', now(), '\\x00', 'abcd', now(), now()
  from customers c
 cross join generate_series(1, 3) n;

insert into webhook_deliveries (customer_id, endpoint_id, event_id, event, status, due_at, ended_at, created_at)
select w.customer_id, n, w.id, w.event, w.status, w.created_at,
       case when w.status = 'delivered' then w.created_at end, w.created_at
  from webhook_logs w
 cross join generate_series(1, 3) n;

insert into invoices (customer_id, id, invoice_number, billing_period_start, billing_period_end, first_seq,
       last_seq, subtotal, total, amount_due, status, issued_on, due_date, currency, paid_from_balance,
       seller_name, buyer_name, created_at, updated_at)
select c.id, n, 'INV-' || c.id || '-' || n, date '2025-01-01' + 31 * n, date '2025-01-31' + 31 * n, n * 10,
       n * 10 + 9, 20, 20, case when n = 12 then 20 else 0 end, case when n = 12 then 'sent' else 'paid' end,
       date '2025-02-01' + 31 * n, date '2025-02-14' + 31 * n, 'USD', 0, 'Platform', c.name, now(), now()
  from customers c
 cross join generate_series(1, 12) n;

insert into invoice_items (customer_id, invoice_id, position, category, description, unit_price, amount,
       created_at)
select customer_id, id, 1, 'call', 'Calls', 1, 20, created_at
  from invoices;

insert into audit_log (customer_id, id, actor_kind, actor_id, action, subject, created_at)
select customer_id, 'aud_' || lpad(id::text, 9, '0'), 'agent', 'agent', 'appointment.booked',
       'apt_' || id, created_at
  from appointments;";

/// What the portal and the API ask as `voice_reader`. Each has a line with its name, the index made
/// for it, if any, and, typed, its `$2` and on; `$1` is the customer.
const ASKED_BY_PORTAL: &str = "
-- a page of calls, via calls_start_time
select id
  from calls
 where customer_id = $1
 order by start_time desc, id desc
 limit 50 offset 50

-- the calls of a page: bigint[] '{77,78}'
select c.id, c.start_time, c.from_number, c.duration_seconds, c.cost, c.call_score, c.status
  from unnest($2) with ordinality wanted(id, place)
  join calls c on c.customer_id = $1 and c.id = wanted.id
 order by wanted.place

-- the call after one, via calls_start_time: timestamptz '2026-07-01', bigint '77'
select id
  from calls
 where customer_id = $1 and start_time >= $2 and (start_time, id) > ($2, $3)
 order by start_time, id
 limit 1

-- the calls of a page in which something was booked, via appointments_call_id: bigint[] '{77,78}'
select distinct call_id
  from appointments
 where customer_id = $1 and call_id = any($2)

-- the calls of an agent, via calls_agent_id: text[] '{agent_7}'
select c.id, c.start_time
  from unnest($2) mine(name)
 cross join lateral (
       select id, start_time
         from calls c
        where c.customer_id = $1 and c.agent_id = mine.name
          and not exists (
              select
                from call_assignees a
               where a.customer_id = c.customer_id and a.call_id = c.id)
        order by c.start_time desc, c.id desc
        limit 50) c

-- the calls of a number, via calls_to_number: text[] '{+15550199}'
select c.id, c.start_time
  from unnest($2) mine(name)
 cross join lateral (
       select id, start_time
         from calls c
        where c.customer_id = $1 and c.direction = 'inbound' and c.to_number = mine.name
          and not exists (
              select
                from call_assignees a
               where a.customer_id = c.customer_id and a.call_id = c.id)
        order by c.start_time desc, c.id desc
        limit 50) c

-- the calls given to a user, via call_assignees_user_id: text[] '{usr_7_1}'
select c.id, c.start_time
  from unnest($2) mine(name)
 cross join lateral (
       select c.id, c.start_time
         from calls c
         join call_assignees a on a.customer_id = c.customer_id and a.call_id = c.id
        where c.customer_id = $1 and a.user_id = mine.name
        order by c.start_time desc, c.id desc
        limit 50) c

-- calls of a number, via calls_from_number: text '+15550100007'
select id
  from calls
 where customer_id = $1 and from_number = $2
 order by start_time desc, id desc
 limit 50

-- failures of a period: text 'failed', timestamptz '2026-07-01', timestamptz '2026-08-01'
select id
  from calls
 where customer_id = $1 and status = $2 and start_time >= $3 and start_time < $4
 order by start_time desc, id desc
 limit 50

-- the totals of a period, via calls_start_time: timestamptz '2026-07-01', timestamptz '2026-08-01'
select count(*), sum(duration_seconds), sum(cost)
  from calls
 where customer_id = $1 and start_time >= $2 and start_time < $3

-- the totals of a list, via calls_start_time: timestamptz '2026-07-01', timestamptz '2026-08-01'
select sum(duration_seconds), sum(cost)
  from (select duration_seconds, cost
          from calls
         where customer_id = $1 and start_time >= $2 and start_time < $3
         limit 10000) listed

-- how many failures there are, via calls_not_completed
select count(*)
  from calls
 where customer_id = $1 and status = 'failed' and status <> 'completed'

-- the totals of a status, via calls_start_time: text 'failed'
select count(*), sum(duration_seconds), sum(cost)
  from calls
 where customer_id = $1 and status = $2

-- a call: bigint '77'
select retell_call_id, transcript, turns, summary, analysis
  from calls
 where customer_id = $1 and id = $2

-- a call by Retell's id: text 'call_77'
select id
  from calls
 where customer_id = $1 and retell_call_id = $2

-- calls by words of their transcripts, via call_search_document: tsquery '''7.0.unicorn'':* & (''7.0.@agent:agent_7'' | ''7.0.@user:usr_7_1'')'
with hits as materialized (
    select call_id
      from tenant_call_search
     where customer_id = $1 and document @@ $2
)
select call_id
  from hits
 order by call_id desc
 limit 1001

-- the appointments booked in a call, via appointments_call_id: bigint '77'
select id
  from appointments
 where customer_id = $1 and call_id = $2
 order by id

-- where the balance stands
select b.current_balance, s.low_balance_alert, coalesce(t.created_at, s.created_at) as updated_at
  from balances b
  join customer_settings s on s.customer_id = b.customer_id
  left join transactions t on t.customer_id = b.customer_id and t.seq = b.ledger_seq
 where b.customer_id = $1

-- the first entry of a period: timestamptz '2026-07-01'
with recursive search(low, high) as (
    select 1::bigint, ledger_seq + 1
      from balances
     where customer_id = $1
    union all
    select case when l.is_before then h.middle + 1 else h.low end,
           case when l.is_before then h.high else h.middle end
      from (select low, high, (low + high) / 2 as middle from search where low < high) h
     cross join lateral (
           select (select created_at < $2 from transactions where customer_id = $1 and seq = h.middle) as is_before
           offset 0) l
)
select low
  from search
 where low = high

-- a page of transactions: bigint '1', bigint '251', text null, text null
select seq, type, category, amount, balance_after, reference_id, description, created_at
  from transactions
 where customer_id = $1 and seq >= $2 and seq < $3 and ($4::text is null or type = $4) and $5::text is null
 order by seq desc
 limit 50 offset 50

-- how many transactions: bigint '1', bigint '251', text 'debit', text null
select count(*)
  from (select
          from transactions
         where customer_id = $1 and seq >= $2 and seq < $3 and ($4::text is null or type = $4)
           and $5::text is null
         limit 10001) counted

-- transactions of a category other than calls, via transactions_category: bigint '1', bigint '251', text null, text 'top_up'
select seq, type, category, amount, balance_after, reference_id, description, created_at
  from transactions
 where customer_id = $1 and seq >= $2 and seq < $3 and ($4::text is null or type = $4) and category = $5
   and category <> 'call'
 order by seq desc
 limit 50

-- credits, via transactions_category: bigint '1', bigint '251', text 'credit', text null
select seq, type, category, amount, balance_after, reference_id, description, created_at
  from transactions
 where customer_id = $1 and seq >= $2 and seq < $3 and ($4::text is null or type = $4)
   and category in ('top_up', 'adjustment', 'refund') and category <> 'call' and $5::text is null
 order by seq desc
 limit 50

-- charges of calls: bigint '1', bigint '251', text null, text 'call'
select seq, type, category, amount, balance_after, reference_id, description, created_at
  from transactions
 where customer_id = $1 and seq >= $2 and seq < $3 and ($4::text is null or type = $4) and category = 'call'
   and $5::text = 'call'
 order by seq desc
 limit 50

-- the sums of a period but for calls, via transactions_category: bigint '1', bigint '9223372036854775807', text[] '{sms,email,subscription,top_up,tax,adjustment,refund}'
select category, count(*) as entries, sum(amount) as amount
  from transactions
 where customer_id = $1 and seq >= $2 and seq < $3 and category <> 'call'
   and category = any($4)
 group by category

-- what all lines of a period come to: bigint '100', bigint '9223372036854775807'
select least($3, b.ledger_seq + 1) as until,
       coalesce(last.balance_after, 0) - coalesce(first.balance_after, 0) as amount
  from balances b
  left join transactions first on first.customer_id = b.customer_id and first.seq = $2 - 1
  left join transactions last on last.customer_id = b.customer_id and last.seq = least($3 - 1, b.ledger_seq)
 where b.customer_id = $1

-- the calls of some days by the quarter of an hour, via calls_start_time: timestamptz[] '{2026-07-01,2026-07-08}', timestamptz[] '{2026-07-02,2026-07-09}'
select to_timestamp(floor(extract(epoch from c.start_time) / 900) * 900) as at, count(*) as calls
  from unnest($2, $3) p(since, until)
  join calls c on c.customer_id = $1 and c.start_time >= p.since and c.start_time < p.until
 group by 1

-- the mean score of a week, via calls_start_time: timestamptz '2026-07-01', timestamptz '2026-07-08'
select avg(call_score)::float8
  from (select c.call_score
          from calls c
         where c.customer_id = $1 and c.start_time >= $2 and c.start_time < $3
         order by c.start_time desc
         limit 500) newest

-- calls to look at, via calls_start_time: timestamptz '2026-07-01'
select c.id, c.review is not null as is_held_back, c.call_score, c.analysis
  from calls c
 where c.customer_id = $1 and c.start_time >= $2
 order by c.start_time desc, c.id desc
 limit 200

-- appointments booked in calls since an instant: timestamptz '2026-07-01'
select call_id
  from (select created_at, call_id from appointments where customer_id = $1 order by id desc limit 500) newest
 where created_at >= $2 and call_id is not null

-- under what names numbers last booked, via appointments_guest_phone: text[] '{+15550100007,+15550100008}'
select p.number, g.guest_name
  from unnest($2) p(number)
 cross join lateral (
       select guest_name
         from appointments
        where customer_id = $1 and guest_phone = p.number and guest_name is not null
        order by id desc
        limit 1) g

-- what has arrived
select kind, last_at, detail
  from arrivals
 where customer_id = $1

-- the calls charged in a period: bigint '100', bigint '110'
with charged as materialized (
    select substring(reference_id from 6)::bigint as id, reference
      from transactions
     where customer_id = $1 and seq >= $2 and seq < $3 and category = 'call' and reference_id ~ '^call_[0-9]+$'
)
select count(*) as calls, coalesce(sum(c.billable_seconds), 0)::bigint as seconds
  from charged h
  join calls c on c.customer_id = $1 and c.id = h.id and h.reference = 'call:' || c.retell_call_id

-- the calendar of a month, via appointments_start_time: timestamptz '2026-11-01', timestamptz '2026-12-01'
select id, guest_name, start_time, end_time, status
  from appointments
 where customer_id = $1 and start_time < $3 and end_time > $2
 order by start_time

-- upcoming appointments, via appointments_scheduled_end_time: timestamptz '2026-11-23'
select id, guest_name, guest_phone, start_time, end_time
  from appointments
 where customer_id = $1 and status = 'scheduled' and end_time > $2
 order by end_time
 limit 50

-- past appointments, via appointments_start_time: timestamptz '2026-11-23'
select id, guest_name, guest_phone, start_time, status
  from appointments
 where customer_id = $1 and start_time < $2
 order by start_time desc
 limit 50

-- appointments of a telephone number, via appointments_guest_phone: text '+15550100007'
select id, guest_name, start_time, status
  from appointments
 where customer_id = $1 and guest_phone = $2
 order by start_time desc

-- appointments by part of a name: text '%guest 7%'
select id, guest_name, start_time, status
  from appointments
 where customer_id = $1 and guest_name ilike $2
 order by start_time desc
 limit 50

-- a page of messages
select n.id, n.type, n.recipient, n.template, a.guest_name, n.status, n.receipt, n.cost, n.sent_at
  from notifications n
  left join appointments a on a.customer_id = n.customer_id and a.id = n.appointment_id
 where n.customer_id = $1
 order by n.id desc
 limit 50

-- messages of a kind and status: text 'sms', text 'pending'
select n.id, n.type, n.recipient, n.template, a.guest_name, n.status, n.receipt, n.cost, n.sent_at
  from notifications n
  left join appointments a on a.customer_id = n.customer_id and a.id = n.appointment_id
 where n.customer_id = $1 and n.type = $2 and n.status = $3
 order by n.id desc
 limit 50

-- how many messages: timestamptz '2026-07-01', timestamptz '2026-08-01'
select count(*)
  from (select
          from notifications n
         where n.customer_id = $1 and n.created_at >= $2 and n.created_at < $3
         limit 10001) counted

-- a message: bigint '77'
select n.id, a.guest_name, n.subject, n.content
  from notifications n
  left join appointments a on a.customer_id = n.customer_id and a.id = n.appointment_id
 where n.customer_id = $1 and n.id = $2

-- the messages of an appointment, via notifications_appointment_id: bigint '77'
select n.id, n.type, a.guest_name, n.status
  from notifications n
  left join appointments a on a.customer_id = n.customer_id and a.id = n.appointment_id
 where n.customer_id = $1 and n.appointment_id = $2
 order by n.id desc
 limit 50

-- how messages fare: timestamptz '2026-12-01', timestamptz '2026-12-03'
with newest as (
    select id, status, receipt, error_message, created_at
      from notifications
     where customer_id = $1
     order by id desc
     limit 1000)
select count(*) filter (where (status = 'failed' or receipt = 'undelivered') and created_at >= $2) as lost,
       count(*) filter (where status = 'pending' and created_at < $3) as late
  from newest

-- a page of deliveries, via webhook_deliveries_event: bigint '50'
select d.endpoint_id, e.url, e.state, d.event_id, d.event, w.subject, w.sequence, d.status, d.attempts
  from webhook_deliveries d
  join webhook_endpoints e on e.customer_id = d.customer_id and e.id = d.endpoint_id
  join webhook_logs w on w.customer_id = d.customer_id and w.id = d.event_id
 where d.customer_id = $1
 order by d.event_id desc, d.endpoint_id desc
 limit $2

-- a page of the deliveries to an endpoint: bigint '1', bigint '50'
select d.event_id, d.event, w.subject, w.sequence, d.status, d.attempts
  from webhook_deliveries d
  join webhook_logs w on w.customer_id = d.customer_id and w.id = d.event_id
 where d.customer_id = $1 and d.endpoint_id = $2
 order by d.event_id desc, d.endpoint_id desc
 limit $3

-- a page of invoices
select id, invoice_number, total, status, due_date
  from invoices
 where customer_id = $1
 order by id desc
 limit 50

-- the lines of an invoice: bigint '3'
select description, quantity, unit_price, amount
  from invoice_items
 where customer_id = $1 and invoice_id = $2
 order by position

-- a page of the audit log
select id, actor_id, action, subject, created_at
  from audit_log
 where customer_id = $1
 order by id desc
 limit 50

-- the settings of a customer
select c.name, c.timezone, c.created_at, b.current_balance, s.rate_per_minute
  from customers c
  join customer_settings s on s.customer_id = c.id
  join balances b on b.customer_id = c.id
 where c.id = $1

-- the people of a customer: text null
select u.id, u.email, u.full_name, u.role, u.status,
       array(select agent_id from user_agents where customer_id = $1 and user_id = u.id order by agent_id)
           as agent_ids,
       array(select number from user_numbers where customer_id = $1 and user_id = u.id order by number)
           as numbers
  from users u
 where u.customer_id = $1 and (u.status = $2 or $2::text is null and u.status <> 'disabled')
 order by u.email
 limit 50";

/// What activation, decisions, sign-in and the delivery workers ask as `voice_writer`.
const ASKED_BY_ACTORS: &str = "
-- claiming a tenant
update balances
   set owner_epoch = owner_epoch + 1
 where customer_id = $1
returning owner_epoch, seq, ledger_seq, ledger_hash, current_balance

-- recent calls at activation: bigint '1000'
select id, retell_call_id, status, cost, charges
  from calls
 where customer_id = $1
 order by id desc
 limit $2

-- standing appointments at activation, via appointments_scheduled_end_time: timestamptz '2026-11-23', bigint '20000'
select id, guest_name, guest_phone, start_time, end_time
  from appointments
 where customer_id = $1 and status = 'scheduled' and end_time > $2
 order by end_time
 limit $3

-- open invoices at activation, via invoices_open
select id, amount_due, due_date, status
  from invoices
 where customer_id = $1 and status in ('sent', 'overdue')

-- what the ledger says of a month: bigint '10', bigint '200'
select seq, category, amount, reference, reference_id, description
  from transactions
 where customer_id = $1 and seq >= $2 and seq <= $3 and category <> all ('{tax,top_up}')
   and reference not like 'void:%'

-- what came in in a month: bigint '10', bigint '200'
select description, created_at, amount
  from transactions
 where customer_id = $1 and seq >= $2 and seq <= $3 and category in ('top_up', 'refund') and category <> 'call'
   and (category = 'top_up' or reference like 'void:%')
 order by seq

-- keys at activation
select kind, digest, sealed, expires_at
  from credentials
 where customer_id = $1

-- the Retell keys of a customer: text 'retell', timestamptz '2026-12-01'
select count(*) as count, max(created_at) filter (where expires_at is null) as since
  from credentials
 where customer_id = $1 and kind = $2 and (expires_at is null or expires_at > $3)

-- until when replaced addresses work: text 'api', timestamptz '2026-12-01'
select max(expires_at) as until
  from credentials
 where customer_id = $1 and kind = $2 and expires_at > $3

-- settings at activation
select rate_per_minute, low_balance_alert
  from customer_settings
 where customer_id = $1

-- opening hours at activation
select day_of_week, start_time::text, end_time::text, is_available
  from availability_slots
 where customer_id = $1

-- a blocked date by its id: bigint '1'
select id, blocked_date::text as date, reason
  from blocked_dates
 where customer_id = $1 and id = $2

-- a blocked date by its day: date '2026-12-21'
select id, blocked_date::text as date, reason
  from blocked_dates
 where customer_id = $1 and blocked_date = $2

-- blocked dates at activation
select blocked_date
  from blocked_dates
 where customer_id = $1 and blocked_date >= '2026-01-04'

-- the last guest of a number, via appointments_guest_phone: text '+15550100007'
select guest_name, guest_phone, guest_email
  from appointments
 where customer_id = $1 and guest_phone = $2
 order by id desc
 limit 1

-- the last guest of an address, via appointments_guest_email: text 'guest7@example.com'
select guest_name, guest_phone, guest_email
  from appointments
 where customer_id = $1 and guest_email = $2
 order by id desc
 limit 1

-- the last call of a number, via calls_from_number: text '+15550100007'
select id, start_time, summary
  from calls
 where customer_id = $1 and from_number = $2
 order by id desc
 limit 1

-- a charge by its source: text 'call:77'
select seq, amount, balance_after
  from transactions
 where customer_id = $1 and reference = $2

-- the agents of a customer, via agents_customer_id
select agent_id
  from agents
 where customer_id = $1

-- whose agent it is: text 'agent_7'
select customer_id
  from agents
 where agent_id = $2

-- an address at sign-in, via users_email: text 'person1@7.example.com'
select customer_id, id
  from users
 where email = $2

-- messages that are due, via notifications_due: text 'email', timestamptz '2026-12-31', bigint '512', bigint '20', timestamptz '2027-01-01'
with waiting as (
    select customer_id, id, due_at
      from notifications
     where status = 'pending' and type = $2 and due_at <= $3 and $1 is not null
     order by due_at
     limit $4),
turns as (
    select customer_id, id, due_at, row_number() over (partition by customer_id order by due_at, id) as turn
      from waiting),
mine as (
    select customer_id, id, due_at
      from turns
     order by turn, due_at
     limit $5)
update notifications n
   set due_at = $6, attempts = n.attempts + 1
  from mine
 where n.customer_id = mine.customer_id and n.id = mine.id
   and n.status = 'pending' and n.due_at = mine.due_at
returning n.customer_id, n.id

-- messages that wait, via notifications_due: text 'email'
select count(*) as depth, min(created_at) as oldest
  from notifications
 where status = 'pending' and type = $2 and $1 is not null

-- what decides about a message, via notifications_appointment_id: bigint '249'
select n.type, n.template, n.recipient, c.name, b.current_balance, s.sms_enabled,
       exists (select from sms_opt_outs o
                where o.customer_id = n.customer_id and o.phone = n.recipient and n.type = 'sms') as is_opted_out,
       exists (select from notifications later
                where later.customer_id = n.customer_id and later.appointment_id = n.appointment_id
                  and later.id > n.id and later.type = n.type and later.template <> 'reminder') as is_superseded,
       exists (select from notifications told
                where told.customer_id = n.customer_id and told.appointment_id = n.appointment_id
                  and told.id < n.id and told.type = n.type and told.status = 'sent') as was_told
  from notifications n
  join customers c on c.id = n.customer_id
  join customer_settings s on s.customer_id = n.customer_id
  join balances b on b.customer_id = n.customer_id
 where n.customer_id = $1 and n.id = $2 and n.status = 'pending'

-- whom to remind, via appointments_next_reminder_at: timestamptz '2026-11-24'
select distinct customer_id
  from appointments
 where status = 'scheduled' and next_reminder_at <= $2 and end_time > $2 and $1 is not null
 limit 1000

-- who texted a guest lately, via notifications_texted: text '+15550100007', timestamptz '2026-10-01'
select customer_id
  from notifications
 where recipient = $2 and type = 'sms' and sent_at is not null and sent_at >= $3 and status = 'sent'
   and $1 is not null
 group by customer_id
 order by customer_id

-- whether a guest wants no text messages: text '+15550100007'
select exists (
       select
         from sms_opt_outs
        where customer_id = $1 and phone = $2)

-- the message of a receipt: bigint '77', text 'id-77'
select id
  from notifications
 where customer_id = $1 and id = $2 and provider_id = $3 and type = 'sms' and status = 'sent'
   and receipt <> 'delivered'

-- what failed at an endpoint, via webhook_deliveries_failed: bigint '1', timestamptz '2026-01-01'
select event_id
  from webhook_deliveries
 where customer_id = $1 and endpoint_id = $2 and status = 'failed' and event <> 'webhook.test'
   and created_at >= $3
 order by event_id
 limit 10000

-- the endpoint after one with something due, via webhook_deliveries_due: bigint '3'
select customer_id, endpoint_id
  from webhook_deliveries
 where status = 'pending' and (customer_id, endpoint_id) > ($1, $2)
 order by customer_id, endpoint_id
 limit 1

-- deliveries that are due at an endpoint, via webhook_deliveries_due: bigint '1', timestamptz '2026-12-31'
select event_id
  from webhook_deliveries
 where customer_id = $1 and endpoint_id = $2 and status = 'pending' and due_at <= $3
 order by due_at, event_id
 limit 16";

/// What whoever runs the platform asks as `voice_platform_reader`, of all tenants: `$1` is a customer
/// or nothing. The small tables of [`READ_WHOLE`] may be read from end to end.
const ASKED_BY_PLATFORM: &str = "
-- a page of customers: text '%person%', text 'active', bigint '50', bigint '0'
with page as materialized (
    select c.id, c.name, c.company, c.email, c.status, c.created_at, b.current_balance, s.low_balance_alert
      from customers c
      join balances b on b.customer_id = c.id
      join customer_settings s on s.customer_id = c.id
     where ($2::text is null or c.name ilike $2 or c.company ilike $2 or c.email ilike $2)
       and ($3::text is null or c.status = $3) and $1 is not null
     order by c.id desc
     limit $4 offset $5
)
select p.id, (select start_time from calls where customer_id = p.id order by id desc limit 1) as last_call_at
  from page p
 order by p.id desc

-- what surrounds a customer
select (select count(*) from users where customer_id = $1 and status <> 'disabled') as users,
       (select start_time from calls where customer_id = $1 order by id desc limit 1) as last_call_at

-- the calls of today and this month, via calls_start_time: timestamptz '2026-09-01', timestamptz '2026-09-10'
select coalesce(sum(n.today), 0)::bigint as today, coalesce(sum(n.month), 0)::bigint as month
  from customers c
 cross join lateral (
       select count(*) filter (where start_time >= $3) as today, count(*) as month
         from calls
        where customer_id = c.id and start_time >= $2) n
 where $1 is not null

-- calls that a person should look at, via calls_review
select count(*)
  from calls
 where review is not null and $1 is not null

-- what was entered today and this month: timestamptz '2026-09-10', timestamptz '2026-09-01'
select t.category, sum(t.entries)::bigint as entries, sum(t.amount) as amount,
       sum(t.entries_today)::bigint as entries_today, sum(t.amount_today) as amount_today
  from balances b
 cross join lateral (
       select category, count(*) as entries, sum(amount) as amount,
              count(*) filter (where created_at >= $2) as entries_today,
              coalesce(sum(amount) filter (where created_at >= $2), 0) as amount_today
         from transactions
        where customer_id = b.customer_id
          and seq >= (
              with recursive search(low, high) as (
                  select 1::bigint, b.ledger_seq + 1
                  union all
                  select case when is_before then middle + 1 else low end,
                         case when is_before then high else middle end
                    from (select low, high, middle,
                                 (select created_at < $3
                                    from transactions
                                   where customer_id = b.customer_id and seq = middle) as is_before
                            from (select low, high, (low + high) / 2 as middle from search where low < high) halved
                         ) looked
              )
              select low
                from search
               where low = high)
        group by category) t
 where b.updated_at >= $3 and $1 is not null
 group by t.category";

/// One small row a customer.
const READ_WHOLE: [&str; 3] = ["customers c", "balances b", "customer_settings s"];

/// A query somebody waits for.
struct Question {
    role: &'static str,
    name: &'static str,
    index: Option<&'static str>,
    /// `$2` and on, as typed literals.
    values: Vec<&'static str>,
    sql: &'static str,
}

impl Question {
    fn all() -> impl Iterator<Item = Self> {
        let portal = ASKED_BY_PORTAL.split("\n\n").map(|question| Self::parse("voice_reader", question));
        let actors = ASKED_BY_ACTORS.split("\n\n").map(|question| Self::parse("voice_writer", question));
        let platform =
            ASKED_BY_PLATFORM.split("\n\n").map(|question| Self::parse("voice_platform_reader", question));
        portal.chain(actors).chain(platform)
    }

    fn parse(role: &'static str, question: &'static str) -> Self {
        let (head, sql) = question.trim_start().split_once('\n').expect("a name above its query");
        let head = head.strip_prefix("-- ").expect("a name above its query");
        let (head, values) = head.split_once(": ").unwrap_or((head, ""));
        let (name, index) = head.split_once(", via ").unzip();
        Self { role, name: name.unwrap_or(head), index, values: values.split_terminator(", ").collect(), sql }
    }

    /// The plan under the question's role for customer 7, made for these values or for any.
    async fn explain(&self, connection: &mut PgConnection, plan_cache_mode: &str) -> String {
        let types =
            self.values.iter().map(|value| value.split(' ').next().expect("a type before each value"));
        let types: Vec<&str> = ["bigint"].into_iter().chain(types).collect();
        // PostgreSQL has no typed null, and a type of arrays cannot stand before its value.
        let literal = |value: &&'static str| value.split_once(' ').expect("a type before each value").1;
        let values: Vec<&str> = ["7"].into_iter().chain(self.values.iter().map(literal)).collect();
        let prepare = format!(
            "set local role {}; set local app.customer_id = '7'; set local plan_cache_mode = {plan_cache_mode};
             prepare question ({}) as {}",
            self.role,
            types.join(", "),
            self.sql
        );
        let explain = format!("explain (costs off) execute question ({})", values.join(", "));
        let mut transaction = connection.begin().await.expect("a transaction");
        sqlx::raw_sql(AssertSqlSafe(prepare)).execute(&mut *transaction).await.expect(self.name);
        let plan: Vec<String> =
            sqlx::query_scalar(AssertSqlSafe(explain)).fetch_all(&mut *transaction).await.expect(self.name);
        sqlx::raw_sql("deallocate question").execute(&mut *transaction).await.expect("it was prepared");
        transaction.rollback().await.expect("the transaction is open");
        plan.join("\n")
    }
}

async fn filled(database: &Database) -> PgConnection {
    let mut connection = database.connect().await;
    sqlx::raw_sql(FILL).execute(&mut connection).await.expect("the rows fit the tables");
    // Also sorts the words waiting beside the text index into it, and marks pages for index-only scans.
    sqlx::raw_sql("vacuum analyze").execute(&mut connection).await.expect("nothing holds the tables");
    connection
}

#[tokio::test(flavor = "multi_thread")]
async fn no_query_that_people_wait_for_reads_a_whole_table_or_misses_its_index() {
    let database = db::fresh().await;
    let mut connection = filled(&database).await;
    let mut findings = String::new();
    for question in Question::all() {
        let Question { name, role, index, .. } = question;
        let for_these = question.explain(&mut connection, "force_custom_plan").await;
        let for_any = question.explain(&mut connection, "force_generic_plan").await;
        let is_small = |line: &str| {
            role == "voice_platform_reader" && READ_WHOLE.iter().any(|table| line.contains(table))
        };
        let mut lines = for_these.lines().chain(for_any.lines());
        let scans = lines.any(|line| line.contains("Seq Scan") && !is_small(line));
        let misses = index.is_some_and(|index| !for_these.contains(index));
        if scans || misses {
            findings.push_str(&format!(
                "\n{name} ({role}, {index:?}):\n{for_these}\nand for any values:\n{for_any}\n"
            ));
        }
    }
    assert!(findings.is_empty(), "{findings}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_for_words_uses_the_text_index_although_the_reader_is_under_row_security() {
    let database = db::fresh().await;
    let mut connection = filled(&database).await;
    let search = Question::all().find(|question| question.name.contains("transcripts")).unwrap();
    let plan = search.explain(&mut connection, "force_custom_plan").await;
    let mut conditions = plan.lines().filter(|line| line.contains("Index Cond"));
    assert!(conditions.any(|line| line.contains("document @@")), "{plan}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_index_that_is_no_constraint_is_made_for_a_query_above() {
    const INDEXES: &str = "
select i.indexrelid::regclass::text
  from pg_index i
  join pg_class c on c.oid = i.indrelid
 where c.relnamespace = current_schema()::text::regnamespace
   and not exists (select from pg_constraint where conindid = i.indexrelid)";
    let database = db::fresh().await;
    let indexes: Vec<String> =
        sqlx::query_scalar(INDEXES).fetch_all(&mut database.connect().await).await.unwrap();
    let needed: Vec<&str> = Question::all().filter_map(|question| question.index).collect();
    let useless: Vec<&String> = indexes.iter().filter(|index| !needed.contains(&index.as_str())).collect();
    assert!(useless.is_empty(), "each insert pays for them: {useless:?}");
}
