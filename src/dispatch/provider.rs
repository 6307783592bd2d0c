//! The numbers of mailbox providers, and which domains are theirs.

use std::collections::HashMap;

use sqlx::types::Json;

use crate::app::App;
use crate::config::Provider;
use crate::db::{self, Db, Sql, either};

/// Writes down which providers there are now. One that is gone keeps its number, for what is still queued for it.
pub(crate) async fn keep(db: &Db, providers: &[Provider]) -> db::Result<()> {
    let names: Vec<&str> = providers.iter().map(|p| p.name.as_str()).collect();
    let domains: Vec<(&str, &str)> = providers
        .iter()
        .flat_map(|p| p.domains.iter().map(|d| (d.as_str(), p.name.as_str())))
        .collect();
    db::again(async || {
        let mut tx = db.begin().await?;
        tx.sql(either(
            "INSERT INTO provider (name) SELECT o.value FROM json_each($1) o WHERE TRUE ON CONFLICT DO NOTHING",
            "INSERT INTO provider (name) SELECT o FROM jsonb_array_elements_text($1) o ON CONFLICT DO NOTHING",
        ))
        .bind(Json(&names))
        .run()
        .await?;
        tx.sql(either(
            "DELETE FROM provider_domain WHERE domain NOT IN (SELECT o.value->>0 FROM jsonb_each($1) o)",
            "DELETE FROM provider_domain WHERE domain NOT IN (SELECT o->>0 FROM jsonb_array_elements($1) o)",
        ))
        .bind(Json(&domains))
        .run()
        .await?;
        // Programs that start at once write the same.
        tx.sql(either(
            "INSERT INTO provider_domain (domain, provider_id) SELECT o.value->>0, p.id
               FROM jsonb_each($1) o JOIN provider p ON p.name = o.value->>1 WHERE TRUE
             ON CONFLICT (domain) DO UPDATE SET provider_id = excluded.provider_id
              WHERE provider_domain.provider_id <> excluded.provider_id",
            "INSERT INTO provider_domain (domain, provider_id) SELECT o->>0, p.id
               FROM jsonb_array_elements($1) o JOIN provider p ON p.name = o->>1
             ON CONFLICT (domain) DO UPDATE SET provider_id = excluded.provider_id
              WHERE provider_domain.provider_id <> excluded.provider_id",
        ))
        .bind(Json(&domains))
        .run()
        .await?;
        tx.commit().await
    })
    .await
}

/// The number of every provider that messages may have, by name; 0 is everyone else.
pub(super) async fn numbers(app: &App) -> db::Result<HashMap<String, i64>> {
    let rows: Vec<(String, i64)> = app
        .db
        .read()
        .await?
        .sql("SELECT name, id FROM provider")
        .all()
        .await?;
    Ok(rows.into_iter().collect())
}
