//! The page of settings, and what its forms do.

pub mod messages;
pub mod retell;
mod typed;

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use actors::error::{Error, Refusal};
use actors::store::settings::{self as store, Account};
use axum::extract::State;
use axum::response::Response;
use domain::settings::Edit;
use domain::users::{Action, SettingsField};
use serde::Deserialize;
use views::settings::{Checked, Fields, RetellKey, Settings, page};

use super::appointments::sentence;
use super::viewing::{Said, Viewing, saying};
use crate::http::Edge;
use crate::http::api::settings::keys;
use crate::http::form::Form;
use crate::http::problem::{FieldError, Problem};

/// The places of the world and UTC; what the tz database has beside them are other names for the same.
static ZONES: LazyLock<Vec<String>> = LazyLock::new(|| {
    const REGIONS: [&str; 10] = [
        "Africa/",
        "America/",
        "Antarctica/",
        "Arctic/",
        "Asia/",
        "Atlantic/",
        "Australia/",
        "Europe/",
        "Indian/",
        "Pacific/",
    ];
    let names = jiff::tz::db().available().map(|name| name.to_string());
    let is_place = |name: &String| name == "UTC" || REGIONS.iter().any(|region| name.starts_with(region));
    let mut names: Vec<String> = names.filter(is_place).collect();
    names.sort_unstable();
    names
});

/// The page.
pub async fn show(State(edge): State<Arc<Edge>>, viewing: Viewing) -> Result<Response, Problem> {
    viewing.who.require(Action::ViewSettings)?;
    let account = account(&edge, &viewing).await?;
    let page = shown(&edge, &viewing, &account, &typed::as_they_are(&account), None).await?;
    Ok(viewing.page(&edge, page))
}

async fn account(edge: &Edge, viewing: &Viewing) -> Result<Account, Problem> {
    let account = store::account(&edge.store, viewing.who.customer()?).await?;
    account.ok_or_else(|| Problem::nothing_of_that_name("customer"))
}

async fn shown(
    edge: &Edge,
    viewing: &Viewing,
    account: &Account,
    fields: &Fields,
    key_error: Option<&str>,
) -> Result<String, Problem> {
    let may = |action| viewing.who.viewer.may(action);
    let (checked, count) = checked(edge, viewing).await?;
    let settings = Settings {
        fields,
        email: &account.profile.email,
        zones: &ZONES,
        rates: &account.settings.rates,
        currency: &edge.currency,
        key: RetellKey {
            checked,
            has_another: count > 1,
            may_set: may(Action::WriteSettings(SettingsField::RetellKey)),
            error: key_error,
        },
        may_change: typed::FIELDS.iter().all(|field| may(Action::WriteSettings(*field))),
        may_see_urls: may(Action::ManageApiKey),
        zone: &viewing.zone,
    };
    Ok(page(&viewing.frame(edge).await?, &settings))
}

/// With what signatures of Retell's are checked, and how many keys of the business's own count.
async fn checked(edge: &Edge, viewing: &Viewing) -> Result<(Checked, i64), Problem> {
    let keys = store::retell_keys(&edge.store, viewing.who.customer()?, edge.clock.now()).await?;
    let checked = match (keys.count > 0, &edge.retell_api_key) {
        (true, _) => Checked::Own(keys.since),
        (false, Some(_)) => Checked::Platform,
        (false, None) => Checked::Not,
    };
    Ok((checked, keys.count))
}

/// Saves the whole form, or nothing.
pub async fn save(
    State(edge): State<Arc<Edge>>,
    viewing: Viewing,
    Form(sent): Form<BTreeMap<String, String>>,
) -> Result<Response, Problem> {
    let tenant = viewing.who.tenant(&edge, Action::WriteSettings(SettingsField::Name)).await?;
    refuse_foreign(&viewing, &sent)?;
    let account = account(&edge, &viewing).await?;
    let (mut fields, edit) = typed::read(&sent);
    if fields.errors.is_empty() {
        match edit.apply(&account.profile, &account.settings) {
            Ok(_) => match tenant.change_account(edit.clone()).await {
                Ok(()) => return Ok(saying(&edge, what_was_saved(&account, &edit), "/settings")),
                Err(Error::Refused(Refusal::Settings(refusal))) => {
                    fields.errors.push(typed::refused(&refusal.into()));
                }
                Err(Error::Refused(Refusal::Registration(refusal))) => {
                    fields.errors.push(typed::refused(&refusal.into()));
                }
                Err(error) => return Err(error.into()),
            },
            Err(refusal) => fields.errors.push(typed::refused(&refusal)),
        }
    }
    let page = shown(&edge, &viewing, &account, &fields, None).await?;
    Ok(viewing.again(&edge, page))
}

/// Refuses what this form does not have or this viewer may not write, all of it by name.
fn refuse_foreign(viewing: &Viewing, sent: &BTreeMap<String, String>) -> Result<(), Problem> {
    let is_foreign = |name: &&String| match typed::field(name) {
        Some(field) => {
            !typed::FIELDS.contains(&field) || !viewing.who.viewer.may(Action::WriteSettings(field))
        }
        None => true,
    };
    let detail = "this form does not change it";
    let errors = sent.keys().filter(is_foreign);
    let errors: Vec<FieldError> =
        errors.map(|name| FieldError { field: name.clone(), detail: detail.to_owned() }).collect();
    if errors.is_empty() { Ok(()) } else { Err(Problem::fields_not_allowed(errors)) }
}

/// Which part of the page was different.
fn what_was_saved(before: &Account, edit: &Edit) -> Said {
    let Ok((profile, settings)) = edit.apply(&before.profile, &before.settings) else {
        return Said::SettingsSaved;
    };
    let messages = |settings: &domain::settings::Settings| {
        (settings.sms_enabled, settings.email_enabled, settings.reminders.clone())
    };
    let parts = [
        (profile != before.profile || settings.invoicing != before.settings.invoicing, Said::BusinessSaved),
        (settings.booking != before.settings.booking, Said::BookingSaved),
        (messages(&settings) != messages(&before.settings), Said::MessagesSaved),
        (settings.low_balance_alert != before.settings.low_balance_alert, Said::AlertSaved),
    ];
    let different: Vec<Said> = parts.into_iter().filter_map(|(is, said)| is.then_some(said)).collect();
    match different[..] {
        [] => Said::SettingsSame,
        [said] => said,
        _ => Said::SettingsSaved,
    }
}

/// The key with which Retell signs. It is written here and shown nowhere.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewKey {
    #[serde(default)]
    key: String,
}

/// Sets it.
pub async fn set_key(
    State(edge): State<Arc<Edge>>,
    viewing: Viewing,
    Form(new): Form<NewKey>,
) -> Result<Response, Problem> {
    match keys::set(&edge, &viewing.who, &new.key).await {
        Ok(_) => Ok(saying(&edge, Said::RetellKeySet, "/settings")),
        Err(problem) if problem.is_about_input() => {
            let detail = problem.errors().first().map_or(problem.detail(), |error| &error.detail);
            let account = account(&edge, &viewing).await?;
            let fields = typed::as_they_are(&account);
            let page = shown(&edge, &viewing, &account, &fields, Some(&sentence(detail))).await?;
            Ok(viewing.again(&edge, page))
        }
        Err(problem) => Err(problem),
    }
}

/// Takes all of them away. None that is left is what was wanted.
pub async fn remove_key(State(edge): State<Arc<Edge>>, viewing: Viewing) -> Result<Response, Problem> {
    let action = Action::WriteSettings(SettingsField::RetellKey);
    viewing.who.tenant(&edge, action).await?.end_retell_keys().await?;
    Ok(saying(&edge, Said::RetellKeyRemoved, "/settings"))
}
