//! A mail scanner follows every link of every mail, and every link behind it. It changes nothing.

use std::collections::{BTreeMap, BTreeSet};

use postrider::db::Sql;
use postrider::secret::Purpose;
use reqwest::Method;

use super::{ASHA, BEN, morning};
use crate::preferences::{PAGE, fully, mail_to};
use crate::signing_up::members::{KEY, member_link, with_member_key};
use crate::support::pages::{Pages, leave_link, link, links};
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

/// Whether an address holds what opens something.
fn holds_a_token(world: &World, link: &str) -> bool {
    const TICKETS: [Purpose; 4] = [
        Purpose::Confirm,
        Purpose::Manage,
        Purpose::Undo,
        Purpose::Address,
    ];
    let keys = &world.app.keys;
    let opens = |part: &str| {
        let ticket = |purpose: Purpose| keys.open_ticket(purpose, part).is_some();
        keys.open(part).is_some() || TICKETS.into_iter().any(ticket)
    };
    link.contains("/join/") || link.split(['/', '?', '&', '=']).any(opens)
}

/// Mails with every link that there is, to readers and to those who are none yet.
async fn every_mail(world: &mut World) -> Vec<String> {
    with_member_key(world).await;
    world.join(&[world.reader(ASHA, "offers")]).await;
    morning(world).await;
    world.add_offer("almanac");
    world.at("2026-11-24T10:00:00Z");
    world.run().await;
    assert!(world.relay.mails().len() >= 3, "digests and an alert");
    let pages = Pages::of(world).await;
    let form = [("address", "cat@example.org"), ("newsletter", "mine")];
    pages.post("/signup", &form).await;
    let leave = leave_link(&world.mails_to(BEN)[0]);
    let token = leave.rsplit('/').next().unwrap();
    pages
        .post("/leave", &[("token", token), ("do", "leave")])
        .await;
    let to = |address| [("do", "address"), ("address", address)];
    fully(world, &pages, ASHA).await;
    pages.post(PAGE, &to("asha@new.example")).await;
    let confirm = mail_to(world, "asha@new.example").await;
    pages.open(&link(&confirm, "/address/")).await;
    pages.press("/address", &[]).await;
    fully(world, &pages, BEN).await;
    for form in [
        &[("do", "link")][..],
        &to("ben@new.example"),
        &[("do", "erase")],
    ] {
        pages.post(PAGE, form).await;
    }
    world.send().await;
    let kinds = world
        .number("SELECT count(DISTINCT kind) FROM notice")
        .await;
    assert_eq!(kinds, 6, "a notice of every kind");
    let until = world.now().as_second() + 600;
    let slugs = ["mine"];
    let join = member_link(KEY, "join.", "dee@example.org", &slugs, until, "4f1c29a07b");
    let mails = world.relay.mails();
    mails.iter().flat_map(links).chain([join]).collect()
}

story!(
    following_every_link_changes_nothing_and_leaves_no_token_in_an_address,
    async |world: &mut World| {
        let mut ahead = every_mail(world).await;
        for kind in [
            "leave",
            "preferences",
            "read",
            "confirm",
            "undo",
            "address",
            "join",
        ] {
            let part = format!("/{kind}/");
            let link = ahead.iter().find(|link| link.contains(&part));
            let link = link.unwrap_or_else(|| panic!("no {part} in {ahead:?}"));
            assert!(holds_a_token(world, link), "{link}");
        }
        let before = dump(world).await;
        assert!(before.len() > 20 && before["subscriber"].contains("asha"));
        let pages = Pages::of(world).await;
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
                    if holds_a_token(world, &link) {
                        assert_ne!(answer.status, 200, "a token stays in {link}");
                    }
                    ahead.extend(answer.location());
                    ahead.extend(followed(&answer.body));
                }
            }
        }
        assert!(seen.len() > 8, "{seen:?}");
        assert_eq!(dump(world).await, before);
    }
);
