-- One ended call: charged, stored, entered, announced, in one statement and one transaction. The
-- rows are those the server writes for the same webhook; the customer is drawn from `first` to
-- `last`, which are the same number for one hot customer. All variables are bound as parameters of
-- every execution (--protocol=prepared), the transcript too: any client has to send it.
-- What it does not do: look whether the call is known (the constraint would say so), follow the
-- ledger's hashes (its entries carry a constant), read opening hours or settings.
\set customer random(:first, :last)
\set nonce random(1000000000000000, 9999999999999999)
with
balance as (
    update balances
       set seq = seq + 3, ledger_seq = ledger_seq + 1, current_balance = current_balance - 5.0000,
           ledger_hash = '\x2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881',
           updated_at = now()
     where customer_id = :customer
    returning customer_id, seq, ledger_seq, ledger_hash, current_balance, updated_at as at),
call as (
    insert into calls (
           customer_id, id, retell_call_id, agent_id, direction, channel, from_number, to_number,
           start_time, end_time, duration_seconds, billable_seconds, rate_per_minute, cost, charges,
           disconnection_reason, recording_url, transcript, turns, analysis, status, announced_at, created_at)
    select customer_id, seq - 2, 'call_pgb_' || :nonce, 'agent_' || customer_id, 'inbound', 'phone',
           '+155501000' || (seq % 10 + 10), '+15550100100', at - interval '300 s', at, 300, 300, 1.0000,
           5.0000, 1, 'user_hangup',
           'https://recordings.example.com/5f2c8d1e9b7a4c3d8e6f0a1b/recording.wav', :transcript, :turns,
           (:analysis)::jsonb, 'completed', at, at
      from balance),
entry as (
    insert into transactions (
           customer_id, seq, type, category, amount, balance_after, reference, reference_id,
           description, author, created_at, hash)
    select customer_id, ledger_seq, 'debit', 'call', -5.0000, current_balance,
           'call:' || 'call_pgb_' || :nonce, 'call_' || (seq - 2), 'Call of 300 s', null, at, ledger_hash
      from balance),
event as (
    insert into webhook_logs (customer_id, id, event, subject, payload, due_at, created_at)
    select customer_id, seq, 'call.completed', 'call_' || (seq - 2), null, at, at
      from balance)
select customer_id from balance;
