//! Changes who the customer is, what it pays, which keys it has; and says what memory holds.

use std::sync::Arc;

use domain::audit;
use domain::customers::{Profile, RegistrationRefusal, Status, UNSET_TIME_ZONE};
use domain::ids::CustomerId;
use domain::money::Money;
use domain::settings::{Edit, Settings};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::decision::Decision;
use super::door::RetellKey;
use super::handle::TenantHandle;
use super::message::Message;
use super::state::State;
use crate::error::{Error, Refusal};
use crate::secrets::{Purpose, Vault};
use crate::store::change::{AccountRow, Change, CredentialRow, EndedRow, ProfileRow, SettingsRow};
use crate::store::rows::Rows;

/// A key that was replaced counts this much longer.
pub const ROTATION_HOURS: i64 = 24;
/// Keys of one kind that may count at a time: whoever changes one more often than this a day has a
/// program that runs wild.
const KEYS_MAX: usize = 10;

/// Changes who the customer is and what is set, in one entry; a new threshold is compared with the
/// balance at once. Appointments keep their instant, hours their wall time.
pub(super) fn edit(state: &mut State, edit: &Edit, now: Timestamp) -> Decision<()> {
    let (profile, settings) = match edit.apply(&state.profile, &state.settings) {
        Ok(edited) => edited,
        Err(refusal) => return Decision::refuse(refusal),
    };
    let Ok(zone) = TimeZone::get(&profile.timezone) else {
        return Decision::refuse(RegistrationRefusal::TimeZone(profile.timezone));
    };
    let mut lines = Vec::new();
    let (profile_row, settings_row) = (profile_row(&profile), SettingsRow::from(&settings));
    if profile != state.profile {
        lines.push(profile_line(&state.profile, &profile));
    }
    if settings != state.settings {
        lines.push(settings_line(&state.settings, &settings));
    }
    let change = match (profile != state.profile, settings != state.settings) {
        (false, false) => return Decision::known(()),
        (true, false) => Change::Profile(profile_row),
        (false, true) => Change::Settings(settings_row),
        (true, true) => Change::Account(AccountRow { profile: profile_row, settings: settings_row }),
    };
    state.tick();
    state.calendar.set_time_zone(zone);
    state.calendar.set_rules(settings.booking);
    let reminders_before = state.settings.reminders.clone();
    (state.profile, state.settings) = (profile, settings);
    let mut rows = Rows::default();
    state.tell_crossing(now, &mut rows);
    if state.settings.reminders != reminders_before {
        super::notifications::plan_reminders(state, now, &mut rows);
    }
    for line in lines {
        state.audit(line, now, &mut rows);
    }
    Decision::change((), change, rows)
}

/// What the audit log says of a changed profile. Of a person's name and number it says which, not
/// what: people's data can be erased, the log cannot.
fn profile_line(before: &Profile, after: &Profile) -> audit::Change {
    let nameless =
        |profile: &Profile| profile_row(&Profile { name: String::new(), phone: None, ..profile.clone() });
    let line = changed("customer.changed", "customer", &nameless(before), &nameless(after));
    naming(line, &[("name", before.name != after.name), ("phone", before.phone != after.phone)])
}

/// The same of settings, of which the address may be a person's.
fn settings_line(before: &Settings, after: &Settings) -> audit::Change {
    let nameless = |settings: &Settings| SettingsRow { billing_address: None, ..SettingsRow::from(settings) };
    let line = changed("settings.changed", "settings", &nameless(before), &nameless(after));
    let is_other = before.invoicing.billing_address != after.invoicing.billing_address;
    naming(line, &[("billing_address", is_other)])
}

/// Says which fields are others, not what they are.
fn naming(mut line: audit::Change, fields: &[(&'static str, bool)]) -> audit::Change {
    let others: Vec<&str> = fields.iter().filter(|(_, is_other)| *is_other).map(|(name, _)| *name).collect();
    if let (false, Some(Value::Object(now))) = (others.is_empty(), &mut line.after) {
        now.insert("changed".to_owned(), json!(others));
    }
    line
}

/// What is different between two rows, for the audit log.
fn changed<T: Serialize>(action: &'static str, subject: &str, before: &T, after: &T) -> audit::Change {
    let object = |row: &T| match serde_json::to_value(row) {
        Ok(Value::Object(object)) => object,
        _ => Map::new(),
    };
    let (mut was, mut is) = (object(before), object(after));
    let same: Vec<String> = was
        .iter()
        .filter(|(name, value)| is.get(*name) == Some(*value))
        .map(|(name, _)| name.clone())
        .collect();
    for name in same {
        was.remove(&name);
        is.remove(&name);
    }
    audit::Change::of(action, subject).from(Value::Object(was)).to(Value::Object(is))
}

/// Sets the time zone where none was set.
pub(super) fn adopt_timezone(state: &mut State, timezone: String, now: Timestamp) -> Decision<()> {
    if state.profile.timezone != UNSET_TIME_ZONE {
        return Decision::known(());
    }
    edit(state, &Edit { timezone: Some(timezone), ..Edit::default() }, now)
}

/// Suspends, activates or closes.
pub(super) fn set_status(state: &mut State, status: Status, now: Timestamp) -> Decision<()> {
    if state.profile.status == status {
        return Decision::known(());
    }
    if state.profile.status == Status::Closed {
        return Decision::refuse(Refusal::Closed);
    }
    let before = state.profile.status;
    state.profile.status = status;
    state.change_credentials(|credentials| credentials.is_closed = status == Status::Closed);
    let action = match status {
        Status::Active => "customer.activated",
        Status::Suspended => "customer.suspended",
        Status::Closed => "customer.closed",
    };
    let line = audit::Change::of(action, "customer");
    let mut row = profile_row(&state.profile);
    if status == Status::Active {
        // Fees count from here: nobody pays for a suspension.
        state.books.active_since = now;
        row.active_since = Some(now.to_string());
    }
    state.tick();
    let mut rows = Rows::default();
    state.audit(line.from(json!(before.as_str())).to(json!(status.as_str())), now, &mut rows);
    Decision::change((), Change::Profile(row), rows)
}

fn profile_row(profile: &Profile) -> ProfileRow {
    ProfileRow {
        name: profile.name.clone(),
        company: profile.company.clone(),
        phone: profile.phone.clone(),
        timezone: profile.timezone.clone(),
        status: profile.status.as_str(),
        active_since: None,
    }
}

fn counts(expires_at: Option<Timestamp>, now: Timestamp) -> bool {
    expires_at.is_none_or(|end| now < end)
}

/// Adds a key; the current one counts for a day more.
pub(super) fn add_credential(
    state: &mut State,
    purpose: Purpose,
    secret: &str,
    vault: &Vault,
    now: Timestamp,
) -> Decision<()> {
    let digest: [u8; 32] = Sha256::digest(secret.as_bytes()).into();
    let ends = now + SignedDuration::from_hours(ROTATION_HOURS);
    let row = CredentialRow {
        kind: purpose.as_str(),
        digest: data_encoding::HEXLOWER.encode(&digest),
        sealed: data_encoding::HEXLOWER.encode(&vault.seal(state.customer, purpose, secret)),
        others_expire_at: ends.to_string(),
    };
    let credentials = state.credentials();
    let is_current = match purpose {
        Purpose::ApiKey => credentials.api_keys.contains(&(digest, None)),
        Purpose::RetellKey => {
            credentials.retell_keys.iter().any(|key| key.secret == secret && key.expires_at.is_none())
        }
    };
    if is_current {
        return Decision::known(());
    }
    let counting = match purpose {
        Purpose::ApiKey => credentials.api_keys.iter().filter(|(_, end)| counts(*end, now)).count(),
        Purpose::RetellKey => {
            credentials.retell_keys.iter().filter(|key| counts(key.expires_at, now)).count()
        }
    };
    if counting >= KEYS_MAX {
        return Decision::refuse(Refusal::TooManyKeys);
    }
    // A key that is on its way out becomes the current one again.
    state.change_credentials(|credentials| match purpose {
        Purpose::ApiKey => {
            credentials.api_keys.retain(|(known, _)| *known != digest);
            for (_, expires_at) in &mut credentials.api_keys {
                expires_at.get_or_insert(ends);
            }
            credentials.api_keys.push((digest, None));
        }
        Purpose::RetellKey => {
            credentials.retell_keys.retain(|key| key.secret != secret);
            for key in &mut credentials.retell_keys {
                key.expires_at.get_or_insert(ends);
            }
            credentials.retell_keys.push(RetellKey { secret: secret.to_owned(), expires_at: None });
        }
    });
    state.tick();
    let mut rows = Rows::default();
    // Never the key, nor its digest.
    state.audit(audit::Change::of("key.added", purpose.as_str()), now, &mut rows);
    Decision::change((), Change::Credential(row), rows)
}

/// Ends all keys of Retell's at once: from now on the platform's key counts, or the URL alone. Says
/// whether there was one.
pub(super) fn end_retell_keys(state: &mut State, now: Timestamp) -> Decision<bool> {
    let credentials = state.credentials();
    if !credentials.retell_keys.iter().any(|key| counts(key.expires_at, now)) {
        return Decision::known(false);
    }
    state.change_credentials(|credentials| credentials.retell_keys.clear());
    state.tick();
    let mut rows = Rows::default();
    let kind = Purpose::RetellKey.as_str();
    state.audit(audit::Change::of("key.removed", kind), now, &mut rows);
    let ended = EndedRow { kind, expire_at: now.to_string() };
    Decision::change(true, Change::CredentialsEnd(ended), rows)
}

/// What a tenant's memory says, for the auditor to compare with the database.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    /// Whose.
    pub customer_id: CustomerId,
    /// The clock it was taken at; everything up to it is committed.
    pub seq: i64,
    /// Ledger lines.
    pub ledger_seq: i64,
    /// Lower-case hex.
    pub ledger_hash: String,
    /// With four decimals.
    pub balance: String,
    /// Appointments that hold a time, by id, with their begin and end.
    pub scheduled: Vec<(i64, Timestamp, Timestamp)>,
    /// Calls under way.
    pub live_calls: usize,
}

/// Says what memory holds, once all of it is committed.
pub(super) fn vouch(state: &State) -> Decision<Snapshot> {
    let mut scheduled: Vec<_> = state
        .appointments
        .values()
        .filter(|appointment| appointment.holds_its_time())
        .map(|appointment| (appointment.id.0, appointment.start, appointment.end))
        .collect();
    scheduled.sort_unstable();
    let balance: Money = state.ledger.balance();
    Decision::known(Snapshot {
        customer_id: state.customer,
        seq: state.seq,
        ledger_seq: state.ledger.seq(),
        ledger_hash: data_encoding::HEXLOWER.encode(state.ledger.hash()),
        balance: balance.canonical(),
        scheduled,
        live_calls: state.live.len(),
    })
}

impl TenantHandle {
    /// Changes who the customer is and what is set: all that is named, or nothing.
    pub async fn change_account(&self, edit: Edit) -> Result<(), Error> {
        let edit = Arc::new(edit);
        self.change(|command| Message::ChangeAccount { edit: Arc::clone(&edit), command }).await
    }

    /// Sets rates, threshold, switches and booking rules.
    pub async fn change_settings(&self, settings: Settings) -> Result<(), Error> {
        self.change_account(Edit::of_settings(settings)).await
    }

    /// Sets name, company, phone and time zone; address and status stay.
    pub async fn change_profile(&self, profile: Profile) -> Result<(), Error> {
        self.change_account(Edit::of_profile(profile)).await
    }

    /// Sets the time zone of a customer that has not set one: it is where the first admin signs in.
    pub async fn adopt_timezone(&self, timezone: &str) -> Result<(), Error> {
        let timezone = timezone.to_owned();
        self.change(|command| Message::AdoptTimeZone { timezone: timezone.clone(), command }).await
    }

    /// Suspends: see `Status::Suspended`.
    pub async fn suspend(&self) -> Result<(), Error> {
        self.change(|command| Message::SetStatus { status: Status::Suspended, command }).await
    }

    /// Ends a suspension.
    pub async fn activate(&self) -> Result<(), Error> {
        self.change(|command| Message::SetStatus { status: Status::Active, command }).await
    }

    /// Adds a key; the one before it counts for 24 hours more.
    pub async fn add_credential(&self, purpose: Purpose, secret: &str) -> Result<(), Error> {
        self.change(|command| Message::AddCredential { purpose, secret: secret.to_owned(), command }).await
    }

    /// Ends all keys of Retell's at once; says whether there was one.
    pub async fn end_retell_keys(&self) -> Result<bool, Error> {
        self.change(|command| Message::EndRetellKeys { command }).await
    }

    /// What memory holds, once all of it is committed: for the auditor.
    pub async fn snapshot(&self) -> Result<Snapshot, Error> {
        self.change(|command| Message::Vouch { command }).await
    }
}
