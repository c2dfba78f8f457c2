//! The text of the one statement that writes tenant state.
//!
//! Every part joins `tenant`, the fence: a tenant whose epoch or clock is not the one its actor
//! decided on is left out, alone and whole; the statement answers who passed. Parts of one
//! statement share a snapshot and do not see each other's rows, so a row is in its array at most
//! once.

/// The statement around an optional part of its own for a rare change, which finds its values as
/// JSON in `$12`.
macro_rules! journal_statement {
    ($($rare_part:expr)?) => {
        concat!(
            "with
tenant as (
    update balances b
       set seq = t.to_seq, ledger_seq = t.ledger_seq, ledger_hash = t.ledger_hash,
           current_balance = t.balance, event_seq = t.event_seq, updated_at = t.at
      from unnest($1::journal_tenant_2[]) t
     where b.customer_id = t.customer_id and b.owner_epoch = t.epoch and b.seq = t.from_seq
    returning b.customer_id),
call as (
    insert into calls as c (
           customer_id, id, retell_call_id, agent_id, direction, channel, from_number, to_number,
           start_time, end_time, duration_seconds, billable_seconds, rate_per_minute, cost, charges,
           disconnection_reason, recording_url, transcript, turns, summary, call_score, analysis,
           improvement_recommendations, status, review, announced_at, analyzed_at, created_at)
    select r.customer_id, r.id, r.retell_call_id, r.agent_id, r.direction, r.channel, r.from_number, r.to_number,
           r.start_time, r.end_time, r.duration_seconds, r.billable_seconds, r.rate_per_minute, r.cost, r.charges,
           r.disconnection_reason, r.recording_url, r.transcript, r.turns, r.summary, r.call_score, r.analysis::jsonb,
           r.improvement_recommendations::jsonb, r.status, r.review, r.announced_at, r.analyzed_at, r.created_at
      from unnest($2::journal_call[]) r join tenant using (customer_id)
    on conflict (customer_id, id) do update
       set agent_id = coalesce(excluded.agent_id, c.agent_id),
           from_number = coalesce(excluded.from_number, c.from_number),
           to_number = coalesce(excluded.to_number, c.to_number),
           start_time = coalesce(excluded.start_time, c.start_time),
           end_time = coalesce(excluded.end_time, c.end_time),
           duration_seconds = excluded.duration_seconds, billable_seconds = excluded.billable_seconds,
           rate_per_minute = excluded.rate_per_minute, cost = excluded.cost, charges = excluded.charges,
           disconnection_reason = coalesce(excluded.disconnection_reason, c.disconnection_reason),
           recording_url = coalesce(excluded.recording_url, c.recording_url),
           transcript = coalesce(excluded.transcript, c.transcript),
           turns = coalesce(excluded.turns, c.turns),
           summary = coalesce(excluded.summary, c.summary),
           call_score = coalesce(excluded.call_score, c.call_score),
           analysis = coalesce(excluded.analysis, c.analysis),
           improvement_recommendations =
               coalesce(excluded.improvement_recommendations, c.improvement_recommendations),
           status = coalesce(excluded.status, c.status),
           review = coalesce(excluded.review, c.review),
           announced_at = coalesce(excluded.announced_at, c.announced_at),
           analyzed_at = coalesce(excluded.analyzed_at, c.analyzed_at)),
entry as (
    insert into transactions (
           customer_id, seq, type, category, amount, balance_after, reference, reference_id,
           description, author, created_at, hash)
    select r.customer_id, r.seq, r.type, r.category, r.amount, r.balance_after, r.reference, r.reference_id,
           r.description, r.author, r.created_at, r.hash
      from unnest($3::journal_transaction[]) r join tenant using (customer_id)),
appointment as (
    insert into appointments as a (
           customer_id, id, call_id, guest_name, guest_phone, guest_email, start_time, end_time,
           duration_minutes, status, notes, cancellation_reason, revision, created_at, updated_at,
           next_reminder_at, moves, guest_moves)
    select r.customer_id, r.id, r.call_id, r.guest_name, r.guest_phone, r.guest_email, r.start_time, r.end_time,
           r.duration_minutes, r.status, r.notes, r.cancellation_reason, r.revision, r.created_at, r.updated_at,
           r.next_reminder_at, r.moves, r.guest_moves
      from unnest($4::journal_appointment_2[]) r join tenant using (customer_id)
    on conflict (customer_id, id) do update
       set call_id = excluded.call_id, guest_name = excluded.guest_name, guest_phone = excluded.guest_phone,
           guest_email = excluded.guest_email, start_time = excluded.start_time, end_time = excluded.end_time,
           duration_minutes = excluded.duration_minutes, status = excluded.status, notes = excluded.notes,
           cancellation_reason = excluded.cancellation_reason, revision = excluded.revision,
           updated_at = excluded.updated_at, next_reminder_at = excluded.next_reminder_at,
           moves = excluded.moves, guest_moves = excluded.guest_moves),
event as (
    insert into webhook_logs (customer_id, id, event, subject, payload, created_at, sequence)
    select r.customer_id, r.id, r.event, r.subject, r.payload::jsonb, r.created_at, r.sequence
      from unnest($5::journal_webhook_2[]) r join tenant using (customer_id)),
audit as (
    insert into audit_log (
           customer_id, id, actor_kind, actor_id, impersonator_id, action, subject, reason, before, after,
           request_id, created_at)
    select r.customer_id, r.id, r.actor_kind, r.actor_id, r.impersonator_id, r.action, r.subject, r.reason,
           r.before::jsonb, r.after::jsonb, r.request_id, r.created_at
      from unnest($6::journal_audit[]) r join tenant using (customer_id)),
due as (
    insert into call_search_due (customer_id, call_id, tick)
    select tenant.customer_id, r.call_id, t.to_seq
      from unnest($7::bigint[], $8::bigint[]) r(customer_id, call_id)
      join tenant using (customer_id)
      join unnest($1::journal_tenant_2[]) t using (customer_id)
    on conflict do nothing),
notification as (
    insert into notifications (
           customer_id, id, appointment_id, type, recipient, template, is_resend, starts_at, due_at, created_at,
           invoice_id)
    select r.customer_id, r.id, r.appointment_id, r.type, r.recipient, r.template, r.is_resend, r.starts_at,
           r.due_at, r.created_at, r.invoice_id
      from unnest($9::journal_notification_2[]) r join tenant using (customer_id)),
sent as (
    update notifications n
       set status = 'sent', subject = r.subject, content = r.content, parts = r.parts,
           provider_id = r.provider_id, cost = r.cost, sent_at = r.sent_at, error_message = null
      from unnest($10::journal_sent[]) r join tenant using (customer_id)
     where n.customer_id = r.customer_id and n.id = r.id),
delivery as (
    insert into webhook_deliveries (customer_id, endpoint_id, event_id, event, due_at, created_at)
    select r.customer_id, r.endpoint_id, r.event_id, r.event, r.due_at, r.created_at
      from unnest($11::journal_delivery[]) r join tenant using (customer_id))",
            $(",\n", $rare_part,)?
            "\nselect customer_id from tenant"
        )
    };
}
pub(crate) use journal_statement;
