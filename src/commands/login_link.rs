//! `login-link`: a link that signs in with one click, for whoever runs the server.

use std::process::ExitCode;

use actors::store::auth::{Link, issue, people};
use anyhow::bail;
use domain::auth::Purpose;

use super::say;
use crate::backend::Backend;
use crate::config::Config;
use crate::delivery::sign_in::link_url;

/// One for each place where the address has an account.
pub async fn run(backend: &Backend, config: &Config, email: &str) -> anyhow::Result<ExitCode> {
    let Some(email) = domain::customers::email(email) else { bail!("{email:?} is not an e-mail address") };
    let people = people(&backend.store, &email).await?;
    if people.is_empty() {
        bail!("nobody has the address {email}");
    }
    for person in people {
        let token = backend.vault.mint_token(person.realm());
        let link = Link {
            token: &token,
            user: &person.user,
            purpose: Purpose::CommandLine,
            browser: None,
            code: None,
        };
        issue(&backend.store, &link, backend.clock.now()).await?;
        let url = link_url(&config.public_url(config.listen), &token);
        match &person.membership {
            Some(membership) => say(format_args!("{url}  {}", membership.company)),
            None => say(format_args!("{url}  {}", config.platform_name)),
        }
    }
    Ok(ExitCode::SUCCESS)
}
