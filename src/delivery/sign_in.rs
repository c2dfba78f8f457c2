//! Makes sign-in links and invitations, and mails them.
//!
//! All of it happens behind the request, for a known address and for an unknown one: neither the
//! answer nor the time it takes tells which it was.

use std::sync::Arc;

use actors::clock::Clock;
use actors::error::Error;
use actors::secrets::Vault;
use actors::store::Store;
use actors::store::auth::{Link, Person, issue, people};
use domain::auth::Purpose;
use domain::ids::{Digest32, Token};
use views::mail::auth::{Door, invitation, sign_in};

use super::background::{Background, Full};
use super::email::Mailer;

/// Makes links and mails them.
#[derive(Clone)]
pub struct SignIns(Arc<Inner>);

struct Inner {
    store: Store,
    vault: Vault,
    clock: Clock,
    mailer: Mailer,
    background: Background,
    platform_name: String,
    /// Without a slash at the end.
    public_url: String,
}

/// A link that was asked for in a browser.
#[derive(Debug, Clone)]
pub struct Asked {
    /// In its stored form.
    pub email: String,
    /// Of the browser's cookie.
    pub browser: Digest32,
    /// The code that another browser must type.
    pub code: String,
}

impl SignIns {
    /// What links lead to is under `public_url`.
    pub fn new(
        store: Store,
        vault: Vault,
        clock: Clock,
        mailer: Mailer,
        background: Background,
        platform_name: String,
        public_url: String,
    ) -> Self {
        Self(Arc::new(Inner { store, vault, clock, mailer, background, platform_name, public_url }))
    }

    /// Sends a link to everybody with this address, behind the request.
    pub fn send_link(&self, asked: Asked) -> Result<(), Full> {
        let inner = Arc::clone(&self.0);
        self.0.background.begin(async move {
            if let Err(error) = inner.mail_links(&asked).await {
                tracing::error!(%error, "a sign-in link could not be made");
            }
        })
    }

    /// Invites a user who was just made, behind the request.
    pub fn send_invitation(&self, person: Person, inviter: String) -> Result<(), Full> {
        let inner = Arc::clone(&self.0);
        self.0.background.begin(async move {
            if let Err(error) = inner.mail_invitation(&person, &inviter).await {
                tracing::error!(%error, "an invitation could not be made");
            }
        })
    }
}

impl Inner {
    async fn mail_links(&self, asked: &Asked) -> Result<(), Error> {
        let mut doors = Vec::new();
        for person in people(&self.store, &asked.email).await? {
            let token = self.vault.mint_token(person.realm());
            let link = Link {
                token: &token,
                user: &person.user,
                purpose: Purpose::SignIn,
                browser: Some(asked.browser),
                code: Some(token.keyed_digest(&asked.code)),
            };
            issue(&self.store, &link, self.clock.now()).await?;
            doors.push(self.door(&person, &token));
        }
        if !doors.is_empty() {
            self.mailer.send(&asked.email, sign_in(&self.platform_name, &doors)).await;
        }
        Ok(())
    }

    async fn mail_invitation(&self, person: &Person, inviter: &str) -> Result<(), Error> {
        let token = self.vault.mint_token(person.realm());
        let link = Link {
            token: &token,
            user: &person.user,
            purpose: Purpose::Invitation,
            browser: None,
            code: None,
        };
        issue(&self.store, &link, self.clock.now()).await?;
        let content = invitation(&self.platform_name, inviter, &self.door(person, &token));
        self.mailer.send(&person.email, content).await;
        Ok(())
    }

    fn door(&self, person: &Person, token: &Token) -> Door {
        let place = match &person.membership {
            Some(membership) => membership.company.clone(),
            None => self.platform_name.clone(),
        };
        Door { place, url: link_url(&self.public_url, token) }
    }
}

/// Where a link leads.
pub fn link_url(public_url: &str, token: &Token) -> String {
    format!("{public_url}/api/auth/verify/{}", token.reveal())
}
