//! What invoices are written with, for everybody.

pub mod logo;

use std::sync::Arc;

use actors::store::platform::{change_invoice_settings, invoice_settings};
use axum::extract::State;
use domain::invoices::Percent;
use domain::platform::{InvoiceEdit, InvoiceSettings};
use domain::users::Action;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::http::Edge;
use crate::http::amount::Rate;
use crate::http::given::given;
use crate::http::json::Json;
use crate::http::problem::{Problem, Problems};
use crate::http::session::SignedIn;

/// What invoices are written with.
#[derive(Serialize, ToSchema)]
pub struct PlatformSettings {
    /// Who sends invoices; null: the platform's name.
    #[schema(example = "Voice Ltd")]
    company_name: Option<String>,
    /// Lines.
    #[schema(example = "1 Quay\nPortsmouth")]
    company_address: Option<String>,
    /// In per cent, for customers without one of their own.
    #[schema(value_type = f64, example = 19.0)]
    tax_rate: Percent,
    #[schema(example = "VAT")]
    tax_name: Option<String>,
    /// Days until an invoice is overdue.
    #[schema(example = 14)]
    due_days: u16,
    payment_instructions: Option<String>,
    /// Whether there is a picture at `/api/admin/settings/logo`.
    has_logo: bool,
    /// Of every amount; set by `CURRENCY`.
    #[schema(example = "USD")]
    currency: String,
}

impl PlatformSettings {
    fn of(edge: &Edge, settings: InvoiceSettings) -> Self {
        Self {
            company_name: settings.company_name,
            company_address: settings.company_address,
            tax_rate: settings.tax.rate,
            tax_name: settings.tax.name,
            due_days: settings.due_days,
            payment_instructions: settings.payment_instructions,
            has_logo: settings.logo.is_some(),
            currency: edge.currency.clone(),
        }
    }
}

/// What is to be different; what is left out stays, null takes it away.
#[derive(Deserialize, ToSchema, Default)]
#[serde(deny_unknown_fields)]
pub struct PlatformSettingsChange {
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, max_length = 255)]
    company_name: Option<Option<String>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, max_length = 500)]
    company_address: Option<Option<String>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false, value_type = Option<f64>, minimum = 0, maximum = 100)]
    tax_rate: Option<Rate>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, max_length = 50)]
    tax_name: Option<Option<String>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false, maximum = 365)]
    due_days: Option<u16>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, max_length = 2000)]
    payment_instructions: Option<Option<String>>,
}

impl From<PlatformSettingsChange> for InvoiceEdit {
    fn from(change: PlatformSettingsChange) -> Self {
        Self {
            company_name: change.company_name,
            company_address: change.company_address,
            tax_rate: change.tax_rate.map(|Rate(rate)| rate),
            tax_name: change.tax_name,
            due_days: change.due_days,
            payment_instructions: change.payment_instructions,
            logo: None,
        }
    }
}

/// What invoices are written with
#[utoipa::path(get, path = "/api/admin/settings", operation_id = "getPlatformSettings", tag = "Platform",
    security(("session" = [])),
    responses((status = 200, body = PlatformSettings), Problems)
)]
pub async fn show(
    State(edge): State<Arc<Edge>>,
    signed_in: SignedIn,
) -> Result<axum::Json<PlatformSettings>, Problem> {
    signed_in.require(Action::RunPlatform)?;
    let settings = invoice_settings(&edge.store).await?;
    Ok(axum::Json(PlatformSettings::of(&edge, settings)))
}

/// Change what invoices are written with
///
/// Counts from the next invoice on: one that has its number stays as it is.
#[utoipa::path(put, path = "/api/admin/settings", operation_id = "changePlatformSettings", tag = "Platform",
    request_body = PlatformSettingsChange, security(("session" = [])),
    responses((status = 200, body = PlatformSettings), Problems)
)]
pub async fn change(
    State(edge): State<Arc<Edge>>,
    signed_in: SignedIn,
    Json(change): Json<PlatformSettingsChange>,
) -> Result<axum::Json<PlatformSettings>, Problem> {
    signed_in.require(Action::RunPlatform)?;
    let settings = edited(&edge, &change.into()).await?;
    Ok(axum::Json(PlatformSettings::of(&edge, settings)))
}

async fn edited(edge: &Edge, edit: &InvoiceEdit) -> Result<InvoiceSettings, Problem> {
    let edited = change_invoice_settings(&edge.store, edge.clock.now(), |now| now.edited(edit)).await?;
    edited.map_err(|refusal| Problem::invalid_field(refusal.field(), refusal.to_string()))
}
