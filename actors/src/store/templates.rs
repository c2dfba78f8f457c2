//! Reads what guests are told in a customer's own words. Written by its actor alone.

use domain::ids::CustomerId;
use domain::notifications::{Channel, Occasion};
use domain::template::{Template, platform_default};
use jiff::Timestamp;
use sqlx::postgres::PgRow;
use sqlx::{FromRow, Row};

use super::Store;
use super::rows::instant;
use crate::error::Error;

/// Words that a customer has set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnTemplate {
    /// Of what they tell.
    pub occasion: Occasion,
    /// By which way.
    pub channel: Channel,
    /// The words.
    pub template: Template,
    /// Since when.
    pub updated_at: Timestamp,
}

/// The templates of the customer `$1`.
macro_rules! own {
    () => {
        "
select occasion, channel, subject, body, updated_at
  from message_templates
 where customer_id = $1"
    };
}

impl FromRow<'_, PgRow> for OwnTemplate {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        let unreadable = |column: &str| sqlx::Error::ColumnNotFound(column.to_owned());
        let (occasion, channel) = (row.try_get("occasion")?, row.try_get("channel")?);
        Ok(Self {
            occasion: Occasion::parse(occasion).ok_or_else(|| unreadable("occasion"))?,
            channel: Channel::parse(channel).ok_or_else(|| unreadable("channel"))?,
            template: Template { subject: row.try_get("subject")?, body: row.try_get("body")? },
            updated_at: instant(row, "updated_at")?,
        })
    }
}

/// All that a customer has set, eight at most.
pub async fn all(store: &Store, customer: CustomerId) -> Result<Vec<OwnTemplate>, Error> {
    store.read_all(customer, sqlx::query(own!()).bind(customer.0)).await
}

/// One of them, where it is set.
pub async fn one(
    store: &Store,
    customer: CustomerId,
    occasion: Occasion,
    channel: Channel,
) -> Result<Option<OwnTemplate>, Error> {
    const ONE: &str = concat!(own!(), " and occasion = $2 and channel = $3");
    let query = sqlx::query(ONE).bind(customer.0).bind(occasion.as_str()).bind(channel.as_str());
    store.read_one(customer, query).await
}

/// What guests are told now: the customer's words, else the platform's.
pub async fn in_force(
    store: &Store,
    customer: CustomerId,
    occasion: Occasion,
    channel: Channel,
) -> Result<Template, Error> {
    let own = one(store, customer, occasion, channel).await?;
    Ok(own.map_or_else(|| platform_default(occasion, channel), |own| own.template))
}
