//! The rare changes of a tenant: settings, hours, blocked dates, credentials, status, templates, endpoints,
//! and the books, whose rows are beside it.
//!
//! Each is the journal's statement with one part more, so that it passes the same fence, can
//! carry events, and takes its turn in the queue; it runs alone.

mod books;

pub(crate) use books::{InvoiceRow, ItemRow, SettledRow};
use domain::month::Month;
use domain::settings::Settings;
use serde::Serialize;

use super::statement::journal_statement;

/// One rare change, with its values as they travel to the statement.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum Change {
    /// Who the customer is, and whether they may use the service.
    Profile(ProfileRow),
    /// Rates, alert threshold, switches, booking rules.
    Settings(SettingsRow),
    /// Both at once.
    Account(AccountRow),
    /// The whole week at once.
    Hours(HoursRows),
    /// One more day without slots.
    Block(BlockedRow),
    /// A day given back.
    Unblock {
        /// Which.
        blocked_date: String,
    },
    /// A new key; the ones before it end.
    Credential(CredentialRow),
    /// No key of a kind any more.
    CredentialsEnd(EndedRow),
    /// Own words for a message to guests.
    Template(TemplateRow),
    /// Where events go: one that is new or has changed.
    Endpoint(EndpointRow),
    /// No such endpoint any more; its log stays.
    EndpointRemoved {
        /// Which.
        id: i64,
    },
    /// The fees up to a month are decided.
    FeesDecided {
        /// Its first day.
        fee_month: Month,
    },
    /// A month is closed without an invoice.
    MonthClosed {
        /// Its first day.
        closed_month: Month,
    },
    /// A month is closed with an invoice.
    Invoice(Box<InvoiceRow>),
    /// What is due of invoices has changed, or how they stand.
    InvoicesSettled {
        /// Each as it is now.
        rows: Vec<SettledRow>,
    },
    /// The platform's words again.
    TemplateReset {
        /// Which.
        occasion: &'static str,
        /// By which way.
        channel: &'static str,
    },
}

#[derive(Debug, Serialize)]
pub(crate) struct ProfileRow {
    pub name: String,
    pub company: Option<String>,
    pub phone: Option<String>,
    pub timezone: String,
    pub status: &'static str,
    /// RFC 3339, where that has just changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub active_since: Option<String>,
}

#[derive(Debug, Serialize)]
pub(crate) struct SettingsRow {
    pub rate_per_minute: String,
    pub rate_per_sms: String,
    pub rate_per_email: String,
    pub monthly_fee: String,
    pub low_balance_alert: String,
    pub sms_enabled: bool,
    pub email_enabled: bool,
    pub reminder_minutes: Vec<u32>,
    pub sms_charged_per: &'static str,
    pub billing_increment_seconds: u32,
    pub billing_minimum_seconds: u32,
    pub slot_step_minutes: Option<u32>,
    pub buffer_before_minutes: u32,
    pub buffer_after_minutes: u32,
    pub minimum_notice_minutes: u32,
    pub horizon_days: u32,
    pub default_duration_minutes: u32,
    pub upcoming_per_caller_max: u32,
    pub billing_address: Option<String>,
    pub tax_rate: Option<String>,
    pub tax_name: Option<String>,
}

impl From<&Settings> for SettingsRow {
    fn from(settings: &Settings) -> Self {
        let Settings { rates, low_balance_alert, sms_enabled, email_enabled, reminders, booking, invoicing } =
            settings;
        let tax = invoicing.tax.as_ref();
        Self {
            rate_per_minute: rates.per_minute.canonical(),
            rate_per_sms: rates.per_sms.canonical(),
            rate_per_email: rates.per_email.canonical(),
            monthly_fee: rates.monthly_fee.canonical(),
            low_balance_alert: low_balance_alert.canonical(),
            sms_enabled: *sms_enabled,
            email_enabled: *email_enabled,
            reminder_minutes: reminders.minutes().to_vec(),
            sms_charged_per: rates.sms_charged_per.as_str(),
            billing_increment_seconds: rates.increment_seconds,
            billing_minimum_seconds: rates.minimum_seconds,
            slot_step_minutes: booking.slot_step_minutes,
            buffer_before_minutes: booking.buffer_before_minutes,
            buffer_after_minutes: booking.buffer_after_minutes,
            minimum_notice_minutes: booking.minimum_notice_minutes,
            horizon_days: booking.horizon_days,
            default_duration_minutes: booking.default_duration_minutes,
            upcoming_per_caller_max: booking.upcoming_per_caller_max,
            billing_address: invoicing.billing_address.clone(),
            tax_rate: tax.map(|tax| tax.rate.to_string()),
            tax_name: tax.and_then(|tax| tax.name.clone()),
        }
    }
}

#[derive(Debug, Serialize)]
pub(crate) struct AccountRow {
    #[serde(flatten)]
    pub profile: ProfileRow,
    #[serde(flatten)]
    pub settings: SettingsRow,
}

#[derive(Debug, Serialize)]
pub(crate) struct HoursRows {
    pub rows: Vec<HoursRow>,
}

#[derive(Debug, Serialize)]
pub(crate) struct HoursRow {
    pub id: i64,
    pub day_of_week: u8,
    pub start_time: String,
    pub end_time: String,
    pub is_available: bool,
}

#[derive(Debug, Serialize)]
pub(crate) struct BlockedRow {
    pub id: i64,
    pub blocked_date: String,
    pub reason: Option<String>,
}

#[derive(Debug, Serialize)]
pub(crate) struct CredentialRow {
    pub kind: &'static str,
    /// Lower-case hex.
    pub digest: String,
    /// Lower-case hex.
    pub sealed: String,
    /// When the keys before it end, RFC 3339.
    pub others_expire_at: String,
}

#[derive(Debug, Serialize)]
pub(crate) struct EndedRow {
    pub kind: &'static str,
    /// RFC 3339.
    pub expire_at: String,
}

#[derive(Debug, Serialize)]
pub(crate) struct TemplateRow {
    pub occasion: &'static str,
    pub channel: &'static str,
    pub subject: Option<String>,
    pub body: String,
}

/// An endpoint as it is now; a secret that is absent stays.
#[derive(Debug, Serialize)]
pub(crate) struct EndpointRow {
    pub id: i64,
    pub url: String,
    pub description: Option<String>,
    pub events: Vec<&'static str>,
    pub sends_transcripts: bool,
    pub state: &'static str,
    /// RFC 3339.
    pub state_since: String,
    /// Lower-case hex.
    pub sealed: Option<String>,
    pub secret_last4: String,
    /// RFC 3339.
    pub previous_until: Option<String>,
    /// RFC 3339.
    pub created_at: String,
}

/// Parts by which a statement with `tenant` writes one row each, from `$12`.
macro_rules! profile_part {
    () => {
        "profile as (
    update customers c
       set name = r.name, company = r.company, phone = r.phone, timezone = r.timezone,
           status = r.status, active_since = coalesce(r.active_since, c.active_since),
           updated_at = t.updated_at
      from jsonb_to_record($12::jsonb) r(
           name text, company text, phone text, timezone text, status text, active_since timestamptz),
           (select customer_id, (select max(at) from unnest($1::journal_tenant_2[])) as updated_at from tenant) t
     where c.id = t.customer_id)"
    };
}

macro_rules! settings_part {
    () => {
        "settings as (
    update customer_settings s
       set rate_per_minute = r.rate_per_minute, rate_per_sms = r.rate_per_sms,
           rate_per_email = r.rate_per_email, monthly_fee = r.monthly_fee,
           low_balance_alert = r.low_balance_alert, sms_enabled = r.sms_enabled,
           email_enabled = r.email_enabled, reminder_minutes = r.reminder_minutes,
           sms_charged_per = r.sms_charged_per, billing_increment_seconds = r.billing_increment_seconds,
           billing_minimum_seconds = r.billing_minimum_seconds, slot_step_minutes = r.slot_step_minutes,
           buffer_before_minutes = r.buffer_before_minutes, buffer_after_minutes = r.buffer_after_minutes,
           minimum_notice_minutes = r.minimum_notice_minutes, horizon_days = r.horizon_days,
           default_duration_minutes = r.default_duration_minutes,
           upcoming_per_caller_max = r.upcoming_per_caller_max, billing_address = r.billing_address,
           tax_rate = r.tax_rate, tax_name = r.tax_name, updated_at = t.updated_at
      from jsonb_to_record($12::jsonb) r(
           rate_per_minute numeric, rate_per_sms numeric, rate_per_email numeric, monthly_fee numeric,
           low_balance_alert numeric, sms_enabled boolean, email_enabled boolean,
           reminder_minutes integer[], sms_charged_per text,
           billing_increment_seconds integer, billing_minimum_seconds integer, slot_step_minutes integer,
           buffer_before_minutes integer, buffer_after_minutes integer, minimum_notice_minutes integer,
           horizon_days integer, default_duration_minutes integer, upcoming_per_caller_max integer,
           billing_address text, tax_rate numeric, tax_name text),
           (select customer_id, (select max(at) from unnest($1::journal_tenant_2[])) as updated_at from tenant) t
     where s.customer_id = t.customer_id)"
    };
}

const PROFILE: &str = journal_statement!(profile_part!());

const SETTINGS: &str = journal_statement!(settings_part!());

const ACCOUNT: &str = journal_statement!(concat!(profile_part!(), ",\n", settings_part!()));

/// Ids are new with every change, so the rows deleted and the rows inserted never meet.
const HOURS: &str = journal_statement!(
    "gone as (
    delete from availability_slots h using tenant where h.customer_id = tenant.customer_id),
rare as (
    insert into availability_slots (customer_id, id, day_of_week, start_time, end_time, is_available, created_at)
    select t.customer_id, r.id, r.day_of_week, r.start_time::time, r.end_time::time, r.is_available, t.created_at
      from jsonb_to_recordset($12::jsonb -> 'rows') r(
           id bigint, day_of_week smallint, start_time text, end_time text, is_available boolean),
           (select customer_id, (select max(at) from unnest($1::journal_tenant_2[])) as created_at from tenant) t)"
);

const BLOCK: &str = journal_statement!(
    "rare as (
    insert into blocked_dates (customer_id, id, blocked_date, reason, created_at)
    select t.customer_id, r.id, r.blocked_date, r.reason, t.created_at
      from jsonb_to_record($12::jsonb) r(id bigint, blocked_date date, reason text),
           (select customer_id, (select max(at) from unnest($1::journal_tenant_2[])) as created_at from tenant) t)"
);

const UNBLOCK: &str = journal_statement!(
    "rare as (
    delete from blocked_dates b
     using tenant, jsonb_to_record($12::jsonb) r(blocked_date date)
     where b.customer_id = tenant.customer_id and b.blocked_date = r.blocked_date)"
);

const CREDENTIAL: &str = journal_statement!(
    "ended as (
    update credentials c
       set expires_at = r.others_expire_at
      from tenant, jsonb_to_record($12::jsonb) r(kind text, others_expire_at timestamptz)
     where c.customer_id = tenant.customer_id and c.kind = r.kind and c.expires_at is null),
rare as (
    insert into credentials (customer_id, kind, digest, sealed, created_at)
    select t.customer_id, r.kind, decode(r.digest, 'hex'), decode(r.sealed, 'hex'), t.created_at
      from jsonb_to_record($12::jsonb) r(kind text, digest text, sealed text),
           (select customer_id, (select max(at) from unnest($1::journal_tenant_2[])) as created_at from tenant) t
    on conflict (customer_id, kind, digest) do update set expires_at = null, sealed = excluded.sealed)"
);

const CREDENTIALS_END: &str = journal_statement!(
    "rare as (
    update credentials c
       set expires_at = r.expire_at
      from tenant, jsonb_to_record($12::jsonb) r(kind text, expire_at timestamptz)
     where c.customer_id = tenant.customer_id and c.kind = r.kind
       and (c.expires_at is null or c.expires_at > r.expire_at))"
);

const TEMPLATE: &str = journal_statement!(
    "rare as (
    insert into message_templates (customer_id, occasion, channel, subject, body, updated_at)
    select t.customer_id, r.occasion, r.channel, r.subject, r.body, t.updated_at
      from jsonb_to_record($12::jsonb) r(occasion text, channel text, subject text, body text),
           (select customer_id, (select max(at) from unnest($1::journal_tenant_2[])) as updated_at from tenant) t
    on conflict (customer_id, occasion, channel) do update
       set subject = excluded.subject, body = excluded.body, updated_at = excluded.updated_at)"
);

const TEMPLATE_RESET: &str = journal_statement!(
    "rare as (
    delete from message_templates m
     using tenant, jsonb_to_record($12::jsonb) r(occasion text, channel text)
     where m.customer_id = tenant.customer_id and m.occasion = r.occasion and m.channel = r.channel)"
);

/// A new secret pushes the one in force to the second place, where it signs for a while longer. Whoever
/// switches an endpoint on, or puts it elsewhere, has mended it: it is tried at once.
const ENDPOINT: &str = journal_statement!(
    "rare as (
    insert into webhook_endpoints (
           customer_id, id, url, description, events, sends_transcripts, state, state_since, secret, secret_last4,
           created_at, updated_at)
    select t.customer_id, r.id, r.url, r.description, r.events, r.sends_transcripts, r.state, r.state_since,
           decode(r.sealed, 'hex'), r.secret_last4, r.created_at, t.updated_at
      from jsonb_to_record($12::jsonb) r(
           id bigint, url text, description text, events text[], sends_transcripts boolean, state text,
           state_since timestamptz, sealed text, secret_last4 text, created_at timestamptz),
           (select customer_id, (select max(at) from unnest($1::journal_tenant_2[])) as updated_at from tenant) t
     where r.sealed is not null
       and not exists (select from webhook_endpoints w where w.customer_id = t.customer_id and w.id = r.id)),
changed as (
    update webhook_endpoints e
       set url = r.url, description = r.description, events = r.events, sends_transcripts = r.sends_transcripts,
           state = r.state, state_since = r.state_since, updated_at = t.updated_at,
           previous_secret = case
               when r.sealed is not null then e.secret
               when r.previous_until is not null then e.previous_secret
           end,
           previous_until = r.previous_until,
           secret = coalesce(decode(r.sealed, 'hex'), e.secret), secret_last4 = r.secret_last4,
           closed_until = case when is_mended then '-infinity' else e.closed_until end,
           failures = case when is_mended then 0 else e.failures end,
           failing_since = case when not is_mended then e.failing_since end
      from jsonb_to_record($12::jsonb) r(
           id bigint, url text, description text, events text[], sends_transcripts boolean, state text,
           state_since timestamptz, sealed text, secret_last4 text, previous_until timestamptz),
           (select customer_id, (select max(at) from unnest($1::journal_tenant_2[])) as updated_at from tenant) t,
           lateral (select w.url <> r.url or (w.state <> r.state and r.state = 'enabled') as is_mended
                      from webhook_endpoints w
                     where w.customer_id = t.customer_id and w.id = r.id) before
     where e.customer_id = t.customer_id and e.id = r.id)"
);

/// What waits for it is delivery's to give up: locked here, it could wait for a worker that waits for us.
const ENDPOINT_REMOVED: &str = journal_statement!(
    "rare as (
    update webhook_endpoints e
       set state = 'removed', state_since = t.updated_at, secret = null, previous_secret = null,
           previous_until = null, updated_at = t.updated_at
      from jsonb_to_record($12::jsonb) r(id bigint),
           (select customer_id, (select max(at) from unnest($1::journal_tenant_2[])) as updated_at from tenant) t
     where e.customer_id = t.customer_id and e.id = r.id)"
);

impl Change {
    /// The journal's statement with this change's part.
    pub fn statement(&self) -> &'static str {
        match self {
            Change::Profile(_) => PROFILE,
            Change::Settings(_) => SETTINGS,
            Change::Account(_) => ACCOUNT,
            Change::Hours(_) => HOURS,
            Change::Block(_) => BLOCK,
            Change::Unblock { .. } => UNBLOCK,
            Change::Credential(_) => CREDENTIAL,
            Change::CredentialsEnd(_) => CREDENTIALS_END,
            Change::Template(_) => TEMPLATE,
            Change::TemplateReset { .. } => TEMPLATE_RESET,
            Change::Endpoint(_) => ENDPOINT,
            Change::EndpointRemoved { .. } => ENDPOINT_REMOVED,
            Change::FeesDecided { .. } => books::FEES_DECIDED,
            Change::MonthClosed { .. } => books::MONTH_CLOSED,
            Change::Invoice(_) => books::INVOICE,
            Change::InvoicesSettled { .. } => books::SETTLED,
        }
    }
}
