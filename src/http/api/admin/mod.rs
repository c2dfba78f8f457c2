//! What the platform's owner does: customers, credit, invoices, what those are written with, the dashboard.
//!
//! Behind one right, which nobody else has; a super admin in turn has none on the tenants' routes.

pub mod corrections;
pub mod credit;
pub mod customers;
pub mod dashboard;
pub mod settings;
pub mod void;

use actors::error::{Error, Refusal};
use actors::tenant::TenantHandle;
use domain::ids::CustomerId;
use domain::users::Action;

use crate::http::Edge;
use crate::http::problem::Problem;
use crate::http::session::SignedIn;

/// The tenant of that name, for whoever runs the platform.
async fn tenant(edge: &Edge, signed_in: &SignedIn, id: &str) -> Result<TenantHandle, Problem> {
    let customer = named(signed_in, id)?;
    signed_in.platform_tenant(edge, customer).await.map_err(refused)
}

/// The customer of that name, which may not exist. The right comes first.
fn named(signed_in: &SignedIn, id: &str) -> Result<CustomerId, Problem> {
    signed_in.require(Action::RunPlatform)?;
    id.parse().map(CustomerId).map_err(|_| nobody())
}

fn nobody() -> Problem {
    Problem::nothing_of_that_name("customer")
}

/// On the tenants' own URLs unknown and closed customers are one: here they are told apart.
fn refused(error: Error) -> Problem {
    match error {
        Error::Refused(Refusal::UnknownCustomer) => nobody(),
        Error::Refused(Refusal::Closed) => Problem::conflict("this customer is closed"),
        error => error.into(),
    }
}
