//! What the platform's owner has set for everybody, by key; and the pictures on invoices.

use std::collections::BTreeMap;

use domain::ids::Digest32;
use domain::platform::InvoiceSettings;
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sha2::{Digest, Sha256};
use sqlx::PgConnection;

use super::Store;
use crate::error::Error;

/// What invoices are written with now.
pub async fn invoice_settings(store: &Store) -> Result<InvoiceSettings, Error> {
    Ok(read(&mut *store.claims.acquire().await?).await?)
}

/// Changes them: `change` is given what is set and answers what is to be, or why not. Whoever changes them at
/// the same time waits.
pub async fn change_invoice_settings<R>(
    store: &Store,
    now: Timestamp,
    change: impl FnOnce(&InvoiceSettings) -> Result<InvoiceSettings, R>,
) -> Result<Result<InvoiceSettings, R>, Error> {
    const REMOVE: &str = "delete from global_settings where key = any($1)";
    const WRITE: &str = "
insert into global_settings (key, value, updated_at)
select key, value, $3
  from unnest($1::text[], $2::text[]) r(key, value)";
    let mut transaction = store.claims.begin().await?;
    sqlx::query("lock table global_settings in share row exclusive mode").execute(&mut *transaction).await?;
    let settings = match change(&read(&mut transaction).await?) {
        Ok(settings) => settings,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let (keys, values): (Vec<&str>, Vec<String>) = settings.stored().into_iter().unzip();
    let all = &InvoiceSettings::KEYS[..];
    sqlx::query(REMOVE).bind(all).execute(&mut *transaction).await?;
    sqlx::query(WRITE).bind(keys).bind(values).bind(now.to_sqlx()).execute(&mut *transaction).await?;
    transaction.commit().await?;
    Ok(Ok(settings))
}

async fn read(connection: &mut PgConnection) -> Result<InvoiceSettings, sqlx::Error> {
    const READ: &str = "select key, value from global_settings where key = any($1) and value is not null";
    let all = &InvoiceSettings::KEYS[..];
    let rows: Vec<(String, String)> = sqlx::query_as(READ).bind(all).fetch_all(connection).await?;
    Ok(InvoiceSettings::of(&rows.into_iter().collect::<BTreeMap<_, _>>()))
}

/// Keeps a picture; answers the name under which it is found. One that is kept already stays.
pub async fn keep_logo(store: &Store, png: &[u8], now: Timestamp) -> Result<Digest32, Error> {
    const KEEP: &str = "
insert into platform_logos (digest, png, created_at) values ($1, $2, $3)
on conflict (digest) do nothing";
    let digest: Digest32 = Sha256::digest(png).into();
    let keep = sqlx::query(KEEP).bind(&digest[..]).bind(png).bind(now.to_sqlx());
    keep.execute(&store.claims).await?;
    Ok(digest)
}

/// A picture by its name.
pub async fn logo(store: &Store, digest: &Digest32) -> Result<Option<Vec<u8>>, Error> {
    const LOGO: &str = "select png from platform_logos where digest = $1";
    Ok(sqlx::query_scalar(LOGO).bind(&digest[..]).fetch_optional(&store.claims).await?)
}
