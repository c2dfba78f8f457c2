//! `customer create`: registers a business and prints what its Retell workspace needs.

use std::process::ExitCode;

use actors::secrets::random;
use actors::store::customers::register;
use actors::tenant::ManualPosting;
use anyhow::{Context, bail};
use clap::Subcommand;
use domain::audit::Author;
use domain::customers::{Profile, Status};
use domain::ids::{ApiKey, CustomerId};
use domain::money::Money;
use serde::Serialize;

use super::say;
use crate::backend::Backend;
use crate::config::Config;
use crate::http::retell::urls::RetellUrls;

#[derive(Debug, Subcommand)]
pub enum Customer {
    /// Register a business; its address becomes its first admin
    Create {
        /// The person to speak to
        #[arg(long)]
        name: String,
        /// The business, as callers know it
        #[arg(long)]
        company: Option<String>,
        /// Unique among customers
        #[arg(long)]
        email: String,
        /// The business's own number
        #[arg(long)]
        phone: Option<String>,
        /// IANA name of the zone its opening hours are meant in
        #[arg(long, default_value = "UTC")]
        timezone: String,
        /// First payment
        #[arg(long, allow_hyphen_values = true)]
        credit: Option<String>,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
}

/// What is handed over to a customer.
#[derive(Debug, Serialize)]
pub struct Handover {
    customer_id: CustomerId,
    name: String,
    company: Option<String>,
    email: String,
    api_key: String,
    #[serde(flatten)]
    urls: RetellUrls,
}

impl Handover {
    pub fn new(config: &Config, customer: CustomerId, profile: &Profile, key: &ApiKey) -> Self {
        Self {
            customer_id: customer,
            name: profile.name.clone(),
            company: profile.company.clone(),
            email: profile.email.clone(),
            api_key: key.reveal().to_owned(),
            urls: RetellUrls::new(&config.public_url(config.listen), key),
        }
    }

    pub fn print(&self, json: bool) -> anyhow::Result<()> {
        if json {
            say(serde_json::to_string_pretty(self).context("write JSON")?);
            return Ok(());
        }
        let company = self.company.as_deref().unwrap_or("-");
        say(format_args!("customer      {} ({}, {company})", self.customer_id, self.name));
        say("Retell URLs; the key in them is a secret:");
        for (name, url) in self.urls.named() {
            say(format_args!("{name:<14}{url}"));
        }
        Ok(())
    }
}

pub async fn run(backend: &Backend, config: &Config, command: Customer) -> anyhow::Result<ExitCode> {
    let Customer::Create { name, company, email, phone, timezone, credit, json } = command;
    // Read before anybody is registered: a typing error must not leave half a customer.
    let credit = match credit.as_deref().map(Money::parse) {
        None => None,
        Some(Some(amount)) if amount > Money::ZERO => Some(amount),
        Some(_) => bail!("--credit takes an amount above zero with at most four decimals, such as 50"),
    };
    let profile = Profile { name, company, email, phone, timezone, status: Status::Active };
    let registered = register(&backend.store, &backend.vault, profile, backend.clock.now()).await?;
    // Before the payment: no other command shows the URLs, and a second try finds the address taken.
    Handover::new(config, registered.customer, &registered.profile, &registered.api_key).print(json)?;
    if let Some(amount) = credit {
        let payment = ManualPosting {
            key: data_encoding::HEXLOWER.encode(&random::<8>()),
            amount,
            description: "First payment".to_owned(),
            author: "command line".to_owned(),
        };
        let tenant = backend.tenants().get(registered.customer).await?.by(Author::system("command line"));
        tenant.credit(payment).await.context("the customer is registered as above, but not credited")?;
    }
    Ok(ExitCode::SUCCESS)
}
