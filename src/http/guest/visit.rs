//! Whose link it is, and what its pages say.

use std::sync::Arc;

use actors::error::Error;
use actors::store::{appointments, settings};
use actors::tenant::TenantHandle;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use domain::appointments::{Appointment, AppointmentRefusal};
use domain::audit::Author;
use domain::customers::{Profile, Status};
use domain::ids::CustomerId;
use jiff::tz::TimeZone;
use views::guest::{Guest, Moving, Standing};

use crate::guest_links;
use crate::http::Edge;
use crate::http::path::Path;
use crate::http::problem::Problem;
use crate::http::request_log::RequestId;
use crate::http::session::Client;

/// A guest at their appointment.
pub struct Visit {
    /// With which business.
    pub customer: CustomerId,
    /// As it is stored.
    pub appointment: Appointment,
    /// Who the business is.
    pub profile: Profile,
    /// Where it is.
    pub zone: TimeZone,
    /// What their link says.
    pub token: String,
    path: String,
    request_id: Option<String>,
}

impl FromRequestParts<Arc<Edge>> for Visit {
    type Rejection = Problem;

    /// Guesses cost no look into the database and are bounded by address. So are good links, far more
    /// widely: many guests are behind one address of a mobile network.
    async fn from_request_parts(parts: &mut Parts, edge: &Arc<Edge>) -> Result<Self, Problem> {
        let Path(token) = Path::<String>::from_request_parts(parts, edge).await?;
        let Client(client) = Client::from_request_parts(parts, edge).await?;
        let Some((customer, id)) = edge.vault.open_guest_token(&token) else {
            let is_admitted = edge.limits.admit_guess(client);
            return Err(if is_admitted { Problem::nothing_here() } else { Problem::too_many_requests() });
        };
        edge.limits.admit_guest(client).map_err(Problem::too_many_for)?;
        let account = settings::account(&edge.store, customer).await?;
        let profile =
            account.map(|account| account.profile).filter(|profile| profile.status != Status::Closed);
        let profile = profile.ok_or_else(Problem::nothing_here)?;
        let appointment = appointments::find(&edge.store, customer, id).await?;
        let token = token.to_ascii_lowercase();
        Ok(Self {
            customer,
            appointment: appointment.ok_or_else(Problem::nothing_here)?,
            // Checked when it was set; a zone that the tz database has dropped since is no reason to fail.
            zone: TimeZone::get(&profile.timezone).unwrap_or(TimeZone::UTC),
            profile,
            path: guest_links::path(&token),
            token,
            request_id: parts.extensions.get().map(|RequestId(id)| id.clone()),
        })
    }
}

impl Visit {
    /// What every page says.
    pub fn guest<'a>(&'a self, edge: &'a Edge) -> Guest<'a> {
        Guest {
            platform: &edge.platform_name,
            business: self.business(),
            phone: self.profile.phone.as_deref(),
            zone: &self.zone,
            path: &self.path,
            appointment: &self.appointment,
        }
    }

    /// The business as callers know it.
    pub fn business(&self) -> &str {
        self.profile.company.as_deref().unwrap_or(&self.profile.name)
    }

    /// The same at the appointment as it is by now.
    pub fn with(self, appointment: Appointment) -> Self {
        Self { appointment, ..self }
    }

    /// The address of the appointment's page.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// What can be done.
    pub fn standing(&self, edge: &Edge) -> Standing {
        let moving = match self.appointment.may_be_moved_by_its_guest(edge.clock.now()) {
            Err(AppointmentRefusal::Cancelled) => return Standing::Cancelled,
            Err(AppointmentRefusal::MovedTooOften) => Moving::TooOften,
            Err(_) => return Standing::Over,
            Ok(()) if self.profile.status != Status::Active => Moving::Suspended,
            Ok(()) => Moving::Open,
        };
        Standing::Stands(moving)
    }

    /// The business's calendar, asked and changed under the guest's name.
    pub async fn tenant(&self, edge: &Edge) -> Result<TenantHandle, Error> {
        let tenant = edge.tenants.get(self.customer).await?;
        Ok(tenant.by(Author::guest(self.request_id.clone())))
    }
}
