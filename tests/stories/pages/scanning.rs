//! A mail scanner follows every link of every mail, and every link behind it. It changes nothing.

use std::collections::{BTreeMap, BTreeSet};

use postrider::db::Sql;
use reqwest::Method;

use super::{ASHA, morning};
use crate::support::pages::{Pages, links};
use crate::support::{Kind, World};

/// Everything the database holds, table by table.
async fn dump(world: &World) -> BTreeMap<String, String> {
    let mut conn = world.app.db.read().await.unwrap();
    let tables = match world.kind {
        Kind::Sqlite => {
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        }
        Kind::Postgres => {
            "SELECT tablename::text FROM pg_tables WHERE schemaname = current_schema()"
        }
    };
    let tables: Vec<(String,)> = conn.sql(tables).all().await.unwrap();
    let mut all = BTreeMap::new();
    for (table,) in tables {
        let text = match world.kind {
            Kind::Sqlite => {
                let columns = format!("SELECT name FROM pragma_table_info('{table}')");
                let columns: Vec<(String,)> = conn.sql(said(columns)).all().await.unwrap();
                let columns: Vec<String> = columns
                    .into_iter()
                    .map(|(name,)| format!("quote(\"{name}\")"))
                    .collect();
                let row = columns.join(" || ',' || ");
                format!(
                    "SELECT coalesce(group_concat(r, char(10)), '') FROM (SELECT {row} AS r FROM \"{table}\" ORDER BY r)"
                )
            }
            Kind::Postgres => format!(
                "SELECT coalesce(string_agg(t::text, chr(10) ORDER BY t::text), '') FROM \"{table}\" t"
            ),
        };
        let rows: String = conn.sql(said(text)).value().await.unwrap();
        all.insert(table, rows);
    }
    all
}

/// A statement that is put together as the story goes.
fn said(text: String) -> &'static str {
    Box::leak(text.into_boxed_str())
}

/// Our own addresses that a page links to.
fn followed(body: &str) -> Vec<String> {
    let links = body.split("href=\"").skip(1);
    links
        .filter_map(|rest| rest.split('"').next())
        .filter(|link| link.starts_with('/'))
        .map(|link| link.split('#').next().unwrap_or_default().to_owned())
        .collect()
}

story!(
    following_every_link_changes_nothing,
    async |world: &mut World| {
        world.join(&[world.reader(ASHA, "offers")]).await;
        morning(world).await;
        world.add_offer("almanac");
        world.at("2026-11-24T10:00:00Z");
        world.run().await;
        let mails = world.relay.mails();
        assert!(mails.len() >= 3, "digests and an alert");
        let before = dump(world).await;
        assert!(before.len() > 20 && before["subscriber"].contains("asha"));
        let pages = Pages::of(world).await;
        let mut ahead: Vec<String> = mails.iter().flat_map(links).collect();
        let mut seen = BTreeSet::new();
        while let Some(link) = ahead.pop() {
            if !seen.insert(link.clone()) {
                continue;
            }
            for method in [Method::HEAD, Method::GET] {
                // With what cookies the links before gave, as a careful scanner does, and without any.
                for request in [
                    pages.request(&method, &link),
                    pages.plain(method.clone(), &link),
                ] {
                    let answer = pages.send(request).await;
                    assert!(answer.status < 500, "{link}: {}", answer.status);
                    ahead.extend(answer.location());
                    ahead.extend(followed(&answer.body));
                }
            }
        }
        assert!(seen.len() > 8, "{seen:?}");
        assert_eq!(dump(world).await, before);
    }
);
