//! Claims a tenant for this process and loads everything its actor keeps.

use domain::appointments::{Appointment, Guest, Status as AppointmentStatus};
use domain::billing::{Ledger, Rates, SmsUnit};
use domain::calendar::{BookingRules, HoursRow, MinuteOfDay};
use domain::calls::{Call, Known, Status};
use domain::customers::Profile;
use domain::ids::{AppointmentId, CallId, CustomerId, EndpointId, InvoiceId};
use domain::invoices::{Books, Open, Percent, Tax};
use domain::money::Money;
use domain::month::Month;
use domain::notifications::Reminders;
use domain::settings::{Invoicing, Settings};
use domain::webhooks::{self, Endpoint, EventKind};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use jiff_sqlx::ToSqlx;
use serde::Deserialize;

use super::Store;
use super::rows::{known_bits, stage};

/// Calls remembered from before the activation; older ones are looked up when they are reported.
pub(crate) const CALLS_LOADED: usize = 1000;
/// Standing appointments loaded: more than a year of a business that is fully booked.
const APPOINTMENTS_LOADED: i64 = 20_000;

/// Appointments that ended this long ago are still loaded, to be marked as kept or missed.
pub(crate) const APPOINTMENTS_KEPT_HOURS: i64 = 24;

/// The first blocked date that is loaded: before it, the day is over in every time zone.
pub(crate) fn blocked_from(now: Timestamp) -> Date {
    let today = TimeZone::UTC.to_datetime(now).date();
    today.saturating_sub(SignedDuration::from_hours(24))
}

/// A tenant as it is stored.
pub(crate) struct Loaded {
    pub epoch: i64,
    pub seq: i64,
    pub event_seq: i64,
    pub ledger: Ledger,
    pub profile: Profile,
    pub settings: Settings,
    pub books: Books,
    pub hours: Vec<HoursRow>,
    pub blocked: Vec<(Date, Option<String>)>,
    pub credentials: Vec<CredentialRow>,
    pub endpoints: Vec<Endpoint>,
    pub appointments: Vec<Appointment>,
    pub calls: Vec<(String, Call)>,
    /// Whether `calls` is all there are.
    pub has_all_calls: bool,
}

#[derive(Deserialize)]
pub(crate) struct CredentialRow {
    pub kind: String,
    pub digest: String,
    pub sealed: String,
    pub expires_at: Option<Timestamp>,
}

/// Raises the epoch: whoever loaded this tenant before can write nothing any more.
const CLAIM: &str = "
update balances set owner_epoch = owner_epoch + 1 where customer_id = $1 returning owner_epoch";

/// Everything an actor keeps, as one document.
const LOAD: &str = concat!(
    "
select json_build_object(
    'balance', (select json_build_object('seq', seq, 'event_seq', event_seq, 'ledger_seq', ledger_seq,
                       'hash', encode(ledger_hash, 'hex'), 'balance', current_balance::text)
                  from balances where customer_id = $1),
    'profile', (select json_build_object('name', name, 'company', company, 'email', email,
                       'phone', phone, 'timezone', timezone, 'status', status)
                  from customers where id = $1),
    'books', (select json_build_object('since', created_at, 'active_since', active_since,
                       'fee_month', fee_month, 'closed_month', closed_month, 'invoiced_seq', invoiced_seq,
                       'invoice_count', invoice_count)
                from customers where id = $1),
    'open', (select coalesce(json_agg(json_build_array(id, amount_due::text, due_date, status = 'overdue')
                       order by id), '[]')
               from invoices where customer_id = $1 and status in ('sent', 'overdue')),
    'settings', (select json_build_object('rate_per_minute', rate_per_minute::text,
                       'rate_per_sms', rate_per_sms::text, 'rate_per_email', rate_per_email::text,
                       'monthly_fee', monthly_fee::text, 'low_balance_alert', low_balance_alert::text,
                       'sms_enabled', sms_enabled, 'email_enabled', email_enabled,
                       'reminder_minutes', reminder_minutes, 'sms_charged_per', sms_charged_per,
                       'increment', billing_increment_seconds, 'minimum', billing_minimum_seconds,
                       'billing_address', billing_address, 'tax_rate', tax_rate::text, 'tax_name', tax_name,
                       'booking', json_build_object('slot_step_minutes', slot_step_minutes,
                           'buffer_before_minutes', buffer_before_minutes,
                           'buffer_after_minutes', buffer_after_minutes,
                           'minimum_notice_minutes', minimum_notice_minutes,
                           'horizon_days', horizon_days,
                           'default_duration_minutes', default_duration_minutes,
                           'upcoming_per_caller_max', upcoming_per_caller_max))
                  from customer_settings where customer_id = $1),
    'hours', (select coalesce(json_agg(json_build_array(day_of_week, start_time::text, end_time::text,
                       is_available)), '[]')
                from availability_slots where customer_id = $1),
    'blocked', (select coalesce(json_agg(json_build_array(blocked_date, reason)), '[]')
                  from blocked_dates where customer_id = $1 and blocked_date >= $6),
    'credentials', (select coalesce(json_agg(json_build_object('kind', kind, 'digest', encode(digest, 'hex'),
                       'sealed', encode(sealed, 'hex'), 'expires_at', expires_at)), '[]')
                      from credentials where customer_id = $1
                       and (expires_at is null or expires_at > $2)),
    'endpoints', (select coalesce(json_agg(json_build_object('id', id, 'url', url, 'description', description,
                       'events', events, 'sends_transcripts', sends_transcripts, 'state', state,
                       'state_since', state_since, 'secret_last4', secret_last4,
                       'previous_until', previous_until, 'created_at', created_at) order by id), '[]')
                    from webhook_endpoints where customer_id = $1 and state <> 'removed'),
    'appointments', (select coalesce(json_agg(json_build_array(id, call_id, guest_name, guest_phone,
                       guest_email, start_time, end_time, duration_minutes, notes, revision, created_at,
                       updated_at, next_reminder_at, moves, guest_moves)), '[]')
                       from (select id, call_id, guest_name, guest_phone, guest_email, start_time,
                                    end_time, duration_minutes, notes, revision, created_at, updated_at,
                                    next_reminder_at, moves, guest_moves
                               from appointments
                              where customer_id = $1 and status = 'scheduled' and end_time > $3
                              order by end_time
                              limit $4) standing),
    'calls', (select coalesce(json_agg(json_build_array(id, retell_call_id, status, duration_seconds,
                       billable_seconds, rate_per_minute::text, cost::text, charges,
                       announced_at is not null, analyzed_at is not null, known, created_at)), '[]')
                from (select id, retell_call_id, status, duration_seconds, billable_seconds,
                             rate_per_minute, cost, charges, announced_at, analyzed_at, created_at,
                             ",
    known_bits!(),
    " as known
                        from calls
                       where customer_id = $1
                       order by id desc
                       limit $5) recent)
)::text"
);

/// Raises the epoch and loads. `None` when there is no such customer.
///
/// Two statements, the claim committed before the load begins: were they parts of one, the first
/// would wait for a zombie's commit to end and the second would not see what that commit wrote.
/// Each is planned once a connection, which is most of what an activation would cost otherwise.
/// The epoch is the one that was claimed, not the one that was loaded: should another server claim
/// in between, our first write is fenced. A claim stays when the load fails; that fences whoever
/// had the tenant before, who loads it again.
pub(crate) async fn claim(
    store: &Store,
    customer: CustomerId,
    now: Timestamp,
) -> Result<Option<Loaded>, sqlx::Error> {
    let mut connection = store.claims.acquire().await?;
    let epoch: Option<i64> =
        sqlx::query_scalar(CLAIM).bind(customer.0).fetch_optional(&mut *connection).await?;
    let Some(epoch) = epoch else { return Ok(None) };
    let appointments_from = now - SignedDuration::from_hours(APPOINTMENTS_KEPT_HOURS);
    let document: String = sqlx::query_scalar(LOAD)
        .bind(customer.0)
        .bind(now.to_sqlx())
        .bind(appointments_from.to_sqlx())
        .bind(APPOINTMENTS_LOADED)
        .bind(CALLS_LOADED as i64)
        .bind(blocked_from(now).to_sqlx())
        .fetch_one(&mut *connection)
        .await?;
    let stored: Stored =
        serde_json::from_str(&document).map_err(|error| sqlx::Error::Decode(error.into()))?;
    stored.load(customer, epoch).map_err(|error| sqlx::Error::Decode(error.into()))
}

/// The document as it comes.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Stored {
    balance: Option<StoredBalance>,
    profile: Option<Profile>,
    books: Option<StoredBooks>,
    open: Vec<(i64, Money, Date, bool)>,
    settings: Option<StoredSettings>,
    hours: Vec<(u8, MinuteOfDay, MinuteOfDay, bool)>,
    blocked: Vec<(Date, Option<String>)>,
    credentials: Vec<CredentialRow>,
    endpoints: Vec<StoredEndpoint>,
    appointments: Vec<StoredAppointment>,
    calls: Vec<StoredCall>,
}

#[derive(Deserialize)]
struct StoredBalance {
    seq: i64,
    event_seq: i64,
    ledger_seq: i64,
    hash: String,
    balance: Money,
}

#[derive(Deserialize)]
struct StoredBooks {
    since: Timestamp,
    active_since: Timestamp,
    fee_month: Option<Month>,
    closed_month: Option<Month>,
    invoiced_seq: i64,
    invoice_count: u32,
}

#[derive(Deserialize)]
struct StoredSettings {
    rate_per_minute: Money,
    rate_per_sms: Money,
    rate_per_email: Money,
    monthly_fee: Money,
    low_balance_alert: Money,
    sms_enabled: bool,
    email_enabled: bool,
    reminder_minutes: Vec<i32>,
    sms_charged_per: SmsUnit,
    increment: u32,
    minimum: u32,
    billing_address: Option<String>,
    tax_rate: Option<Percent>,
    tax_name: Option<String>,
    booking: BookingRules,
}

#[derive(Deserialize)]
struct StoredEndpoint {
    id: i64,
    url: String,
    description: Option<String>,
    events: Vec<String>,
    sends_transcripts: bool,
    state: webhooks::State,
    state_since: Timestamp,
    secret_last4: String,
    previous_until: Option<Timestamp>,
    created_at: Timestamp,
}

/// Comes as an array, in this order.
#[derive(Deserialize)]
struct StoredAppointment {
    id: i64,
    call: Option<i64>,
    name: Option<String>,
    phone: Option<String>,
    email: Option<String>,
    start: Timestamp,
    end: Timestamp,
    duration_minutes: u32,
    notes: Option<String>,
    revision: i64,
    created_at: Timestamp,
    updated_at: Timestamp,
    next_reminder_at: Option<Timestamp>,
    moves: u32,
    guest_moves: u32,
}

/// id, Retell's id, status, seconds, billable, rate, cost, charges, announced, analysed, known, created
type StoredCall = (i64, String, Option<String>, u32, u32, Money, Money, u32, bool, bool, u16, Timestamp);

impl Stored {
    fn load(self, customer: CustomerId, epoch: i64) -> Result<Option<Loaded>, String> {
        let (Some(balance), Some(profile), Some(settings), Some(books)) =
            (self.balance, self.profile, self.settings, self.books)
        else {
            return Ok(None);
        };
        let hash = data_encoding::HEXLOWER.decode(balance.hash.as_bytes()).map_err(|e| e.to_string())?;
        let hours = self.hours.into_iter().map(|(day_of_week, opens, closes, is_available)| HoursRow {
            day_of_week,
            opens,
            closes,
            is_available,
        });
        Ok(Some(Loaded {
            epoch,
            seq: balance.seq,
            event_seq: balance.event_seq,
            ledger: Ledger::resume(customer, balance.ledger_seq, balance.balance, hash),
            profile,
            settings: settings.into(),
            books: books.with(self.open),
            hours: hours.collect(),
            blocked: self.blocked,
            credentials: self.credentials,
            endpoints: self.endpoints.into_iter().map(endpoint).collect(),
            appointments: self.appointments.into_iter().map(appointment).collect(),
            has_all_calls: self.calls.len() < CALLS_LOADED,
            calls: self.calls.into_iter().map(call).collect(),
        }))
    }
}

impl StoredBooks {
    fn with(self, open: Vec<(i64, Money, Date, bool)>) -> Books {
        let open = open.into_iter().map(|(id, amount_due, due_date, is_overdue)| Open {
            id: InvoiceId(id),
            amount_due,
            due_date,
            is_overdue,
        });
        Books {
            since: self.since,
            active_since: self.active_since,
            fee_month: self.fee_month,
            closed_month: self.closed_month,
            invoiced_seq: self.invoiced_seq,
            invoice_count: self.invoice_count,
            open: open.collect(),
        }
    }
}

impl From<StoredSettings> for Settings {
    fn from(stored: StoredSettings) -> Self {
        Self {
            rates: Rates {
                per_minute: stored.rate_per_minute,
                per_sms: stored.rate_per_sms,
                per_email: stored.rate_per_email,
                monthly_fee: stored.monthly_fee,
                increment_seconds: stored.increment,
                minimum_seconds: stored.minimum,
                sms_charged_per: stored.sms_charged_per,
            },
            low_balance_alert: stored.low_balance_alert,
            sms_enabled: stored.sms_enabled,
            email_enabled: stored.email_enabled,
            reminders: Reminders::stored(stored.reminder_minutes),
            booking: stored.booking,
            invoicing: Invoicing {
                billing_address: stored.billing_address,
                tax: stored.tax_rate.map(|rate| Tax { name: stored.tax_name, rate }),
            },
        }
    }
}

fn endpoint(stored: StoredEndpoint) -> Endpoint {
    Endpoint {
        id: EndpointId(stored.id),
        url: stored.url,
        description: stored.description,
        // A newer version may have known more of them.
        events: stored.events.iter().filter_map(|event| EventKind::parse(event)).collect(),
        sends_transcripts: stored.sends_transcripts,
        state: stored.state,
        state_since: stored.state_since,
        secret_last4: stored.secret_last4,
        previous_until: stored.previous_until,
        created_at: stored.created_at,
    }
}

fn appointment(stored: StoredAppointment) -> Appointment {
    Appointment {
        id: AppointmentId(stored.id),
        call: stored.call.map(CallId),
        guest: Guest { name: stored.name, phone: stored.phone, email: stored.email },
        start: stored.start,
        end: stored.end,
        duration_minutes: stored.duration_minutes,
        status: AppointmentStatus::Scheduled,
        notes: stored.notes,
        cancellation_reason: None,
        revision: stored.revision,
        created_at: stored.created_at,
        updated_at: stored.updated_at,
        next_reminder_at: stored.next_reminder_at,
        moves: stored.moves,
        guest_moves: stored.guest_moves,
    }
}

fn call(stored: StoredCall) -> (String, Call) {
    let (id, retell_call_id, status, duration, billable, rate, cost, charges, announced, analyzed, known, at) =
        stored;
    let status = status.as_deref().and_then(Status::parse);
    let call = Call {
        id: CallId(id),
        stage: stage(status, analyzed),
        status,
        duration_seconds: duration,
        billable_seconds: billable,
        rate_per_minute: rate,
        cost,
        charges,
        is_announced: announced,
        known: Known(known),
        created_at: at,
    };
    (retell_call_id, call)
}
