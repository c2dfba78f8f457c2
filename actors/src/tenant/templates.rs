//! Changes what guests are told, in whose words. Memory keeps no template: a booking does not need
//! one, and whoever sends a message reads it then.

use std::sync::Arc;

use domain::audit;
use domain::notifications::{Channel, Occasion};
use domain::template::Template;
use jiff::Timestamp;
use serde_json::json;

use super::decision::Decision;
use super::handle::TenantHandle;
use super::message::Message;
use super::state::State;
use crate::error::Error;
use crate::store::change::{Change, TemplateRow};
use crate::store::rows::Rows;
use crate::store::templates;

/// Sets the words of a message.
pub(super) fn set(
    state: &mut State,
    occasion: Occasion,
    channel: Channel,
    template: &Template,
    now: Timestamp,
) -> Decision<()> {
    if let Err(refusal) = template.check(channel) {
        return Decision::refuse(refusal);
    }
    let Template { subject, body } = template.clone();
    let row = TemplateRow { occasion: occasion.as_str(), channel: channel.as_str(), subject, body };
    let line = audit::Change::of("template.changed", subject_of(occasion, channel));
    let line = line.to(json!({"subject": row.subject, "body": row.body}));
    write(state, line, Change::Template(row), now)
}

/// Takes a customer's words away.
pub(super) fn reset(state: &mut State, occasion: Occasion, channel: Channel, now: Timestamp) -> Decision<()> {
    let line = audit::Change::of("template.reset", subject_of(occasion, channel));
    let change = Change::TemplateReset { occasion: occasion.as_str(), channel: channel.as_str() };
    write(state, line, change, now)
}

fn write(state: &mut State, line: audit::Change, change: Change, now: Timestamp) -> Decision<()> {
    state.tick();
    let mut rows = Rows::default();
    state.audit(line, now, &mut rows);
    Decision::change((), change, rows)
}

/// As the audit log names it: `booked/email`.
fn subject_of(occasion: Occasion, channel: Channel) -> String {
    format!("{}/{}", occasion.as_str(), channel.as_str())
}

impl TenantHandle {
    /// Lets guests read these words. What is so already leaves no trace.
    pub async fn set_template(
        &self,
        occasion: Occasion,
        channel: Channel,
        template: Template,
    ) -> Result<(), Error> {
        let own = templates::one(self.store(), self.customer(), occasion, channel).await?;
        if own.is_some_and(|own| own.template == template) {
            return Ok(());
        }
        let template = Arc::new(template);
        self.change(|command| Message::SetTemplate {
            occasion,
            channel,
            template: Arc::clone(&template),
            command,
        })
        .await
    }

    /// Lets guests read the platform's words; says whether they have read others.
    pub async fn reset_template(&self, occasion: Occasion, channel: Channel) -> Result<bool, Error> {
        if templates::one(self.store(), self.customer(), occasion, channel).await?.is_none() {
            return Ok(false);
        }
        self.change(|command| Message::ResetTemplate { occasion, channel, command }).await.map(|()| true)
    }
}
