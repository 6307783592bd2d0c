//! Links that the paper's own site signs.

use super::{ASHA, BEN, confirm, follow, gets, suppressed_for};
use crate::support::World;
use crate::support::program;
use crate::support::visitor::{Site, Visitor};
use aws_lc_rs::hmac::{HMAC_SHA256, Key, sign};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use postrider::audience::SuppressionReason;
use postrider::secret::{Purpose, Ticket, Token};
use serde_json::json;

pub(crate) const KEY: &str = "the-key-that-site-and-postrider-share-0123";

/// A link that the site signs.
pub(crate) fn member_link(
    key: &str,
    prefix: &str,
    address: &str,
    slugs: &[&str],
    until: i64,
    nonce: &str,
) -> String {
    let payload =
        json!({ "address": address, "newsletters": slugs, "until": until, "nonce": nonce });
    let payload = URL_SAFE_NO_PAD.encode(payload.to_string());
    let signature = sign(
        &Key::new(HMAC_SHA256, key.as_bytes()),
        format!("{prefix}{payload}").as_bytes(),
    );
    format!("/join/{payload}.{}", URL_SAFE_NO_PAD.encode(signature))
}

/// Gives the world a key that the paper's own site shares.
pub(crate) async fn with_member_key(world: &mut World) {
    world.configure("member.key", &format!("# shared with the site\n{KEY}\n"));
    world.configure_web("member_key_file = \"member.key\"");
    world.restart().await;
}

const WAITS: jiff::SignedDuration = jiff::SignedDuration::from_hours(72);

story!(
    a_member_joins_with_one_click_once,
    async |world: &mut World| {
        with_member_key(world).await;
        let site = Site::open(world).await;
        let until = world.now().as_second() + 600;
        let link = member_link(
            KEY,
            "join.",
            ASHA,
            &["morning", "nothing"],
            until,
            "4f1c29a07b",
        );
        let visitor = Visitor::at(&site);
        let others = member_link(KEY, "join.", BEN, &["morning"], until, "5a2d30b18c");
        let bens = follow(&visitor, &others).await;
        let page = follow(&visitor, &link).await;
        page.tells("Join Morning Tide").tells(ASHA);
        let form = [("mark", bens.hidden("mark"))];
        let refused = visitor.post("/join", &form).await;
        assert_eq!(refused.status, 409, "a page of another link");
        assert_eq!(
            gets(world, ASHA).await,
            Vec::<String>::new(),
            "a GET joins nobody"
        );
        let page = visitor.post("/join", &[]).await;
        assert_eq!(page.status, 200);
        page.tells("You are on the list");
        assert_eq!(gets(world, ASHA).await, ["morning"]);
        let told = program::ok(world, &["subscriber", "show", ASHA]);
        assert!(
            told.contains("behind a link that the paper's site signed"),
            "{told}"
        );

        world.leave(ASHA, "morning").await;
        for page in [
            visitor.post("/join", &[]).await,
            follow(&Visitor::at(&site), &link).await,
        ] {
            page.tells("This link has been used");
        }
        assert_eq!(
            gets(world, ASHA).await,
            Vec::<String>::new(),
            "a replay brings nobody back"
        );

        let late = member_link(KEY, "join.", ASHA, &["morning"], until, "another-one");
        let visitor = Visitor::at(&site);
        follow(&visitor, &late).await;
        world.later(11);
        let page = visitor.post("/join", &[]).await;
        assert_eq!(page.status, 410);
        page.tells("This link is too old");
        assert_eq!(Visitor::at(&site).get(&late).await.status, 410);
        world.plan().await;
        assert_eq!(world.number("SELECT count(*) FROM member_link").await, 0);
        assert_eq!(gets(world, ASHA).await, Vec::<String>::new());
    }
);

story!(
    a_link_that_the_site_did_not_sign_joins_nobody,
    async |world: &mut World| {
        let site = Site::open(world).await;
        let until = world.now().as_second() + 600;
        let good = member_link(KEY, "join.", ASHA, &["morning"], until, "4f1c29a07b");
        assert_eq!(
            Visitor::at(&site).get(&good).await.status,
            404,
            "no key is set"
        );
        with_member_key(world).await;
        let site = Site::open(world).await;
        let ticket = Ticket::new(Purpose::Confirm, 1, 0, world.now() + WAITS);
        let confirms = world.app.keys.ticket(1, &ticket);
        let token = Token {
            purpose: Purpose::Leave,
            newsletter_id: 1,
            issue_id: 1,
            subscriber_id: 1,
            n: 0,
        };
        let leaves = world.app.keys.token(1, &token);
        for bad in [
            member_link(
                "some-other-key-that-is-long-enough-00",
                "join.",
                ASHA,
                &["morning"],
                until,
                "4f1c29a07b",
            ),
            member_link(KEY, "", ASHA, &["morning"], until, "4f1c29a07b"),
            member_link(KEY, "confirm.", ASHA, &["morning"], until, "4f1c29a07b"),
            member_link(
                KEY,
                "join.",
                ASHA,
                &["morning"],
                until + 30 * 86_400,
                "4f1c29a07b",
            ),
            member_link(
                KEY,
                "join.",
                "asha@example.org\r\nBcc: b@example.org",
                &["morning"],
                until,
                "4f1c29a07b",
            ),
            good.replace("/join/e", "/join/f"),
            format!("/join/{confirms}"),
            format!("/join/{leaves}"),
            format!("/confirm/{}", good.trim_start_matches("/join/")),
            format!("/confirm/{leaves}"),
            format!("/confirm/{confirms}x"),
        ] {
            let page = Visitor::at(&site).get(&bad).await;
            assert_eq!(page.status, 404, "{bad}");
            page.tells("This link is not whole");
            assert!(page.headers.get("set-cookie").is_none());
        }
        // A forged cookie is looked at like a link.
        let forged = Visitor::at(&site).with(
            "cookie",
            "__Host-postrider-join=e30.e30; __Host-postrider-confirm=AQEB",
        );
        assert_eq!(forged.post("/join", &[]).await.status, 404);
        assert_eq!(
            forged.post("/confirm", &[("through", "1")]).await.status,
            403
        );
        assert_eq!(world.number("SELECT count(*) FROM subscriber").await, 0);
    }
);

story!(
    a_members_suppressed_address_is_asked_by_mail_or_left_alone,
    async |world: &mut World| {
        with_member_key(world).await;
        let site = Site::open(world).await;
        suppressed_for(world, "bouncing@example.org", SuppressionReason::HardBounce).await;
        suppressed_for(world, "complain@example.org", SuppressionReason::Complaint).await;
        let until = world.now().as_second() + 600;
        for address in ["bouncing@example.org", "complain@example.org"] {
            let visitor = Visitor::at(&site);
            follow(
                &visitor,
                &member_link(KEY, "join.", address, &["morning"], until, address),
            )
            .await;
            let page = visitor.post("/join", &[]).await;
            page.tells("Now look in your mail");
            assert_eq!(gets(world, address).await, Vec::<String>::new());
        }
        world.send().await;
        assert_eq!(world.mails_to("complain@example.org").len(), 0);
        confirm(world, &site, "bouncing@example.org")
            .await
            .tells("You are on the list");
    }
);
