//! What comes from other sites, and from whoever means ill.

use super::members::{KEY, member_link, with_member_key};
use super::{ASHA, BEN, confirm, follow, gets, link, sign_up};
use crate::support::World;
use crate::support::program;
use crate::support::visitor::{Site, Visitor};
use reqwest::Method;
use serde_json::json;

story!(
    nothing_typed_becomes_markup_a_header_or_a_way_out,
    async |world: &mut World| {
        let site = Site::open(world).await;
        let evils = [
            "\"><script>alert(1)</script>",
            "'><img src=x onerror=alert(1)>",
            "a@example.org\r\nBcc: b@example.org",
            "a@example.org\nSet-Cookie: x=1",
            "a@example.org%0d%0aBcc: b@example.org",
            "<a@example.org>\r\nSubject: x",
            "https://evil.example/",
            "//evil.example",
            "javascript:alert(1)",
            "{{page.paper}}",
            "\u{202e}moc.elpmaxe@a",
            "a@example.org\0",
            "\"a\\\"><script>\"@example.org",
            "a@exa<b>mple.org",
        ];
        for evil in evils {
            for field in [
                "address",
                "newsletter",
                "language",
                "words",
                "zone",
                "website",
                "return_to",
                "next",
            ] {
                for path in ["/signup", "/embed/morning"] {
                    let mut fields = vec![("address", ASHA), ("newsletter", "morning")];
                    fields.retain(|(name, _)| *name != field);
                    fields.push((field, evil));
                    let page = Visitor::at(&site)
                        .with("x-forwarded-for", "203.0.113.9")
                        .post(path, &fields)
                        .await;
                    assert!(
                        [200, 422, 429].contains(&page.status),
                        "{field} {evil}: {}",
                        page.status
                    );
                    assert!(page.headers.get("location").is_none(), "no way out");
                    assert!(page.headers.get("set-cookie").is_none());
                    for never in ["<script", "<img src=x", "onerror=alert(1)>", "<b>mple"] {
                        assert!(!page.body.contains(never), "{field} {evil}: {never}");
                    }
                    assert!(!page.body.contains("href=\"https://evil"), "{field} {evil}");
                    assert!(
                        !page.body.contains("value=\"The Harbour Courier"),
                        "a template in a field"
                    );
                }
            }
            let visitor = Visitor::at(&site);
            let encoded: String = url::form_urlencoded::byte_serialize(evil.as_bytes()).collect();
            for path in [
                format!("/signup?language={encoded}"),
                format!("/embed/{encoded}"),
                format!("/confirm/{encoded}"),
                format!("/join/{encoded}"),
            ] {
                let page = visitor.get(&path).await;
                assert!(page.headers.get("location").is_none(), "{path}");
                assert!(!page.body.contains("<script"), "{path}");
            }
        }
        world.send().await;
        for mail in world.relay.mails() {
            let head = String::from_utf8_lossy(&mail.bytes);
            let (head, _) = head.split_once("\r\n\r\n").unwrap();
            assert!(
                !head.contains("\r\nBcc:") && head.matches("\r\nSubject:").count() <= 1,
                "{head}"
            );
            assert_eq!(
                mail.to, ASHA,
                "only the whole address that was typed gets mail"
            );
        }
    }
);

story!(
    another_site_signs_nobody_up_unless_it_is_named,
    async |world: &mut World| {
        world.configure_web("embed_origins = [\"https://courier.example\"]");
        world.restart().await;
        let site = Site::open(world).await;
        let fields = [("address", ASHA), ("newsletter", "morning")];
        for (origin, fetched) in [
            ("https://evil.example", "cross-site"),
            ("null", "cross-site"),
            ("", "cross-site"),
            ("https://courier.example.evil.example", "cross-site"),
            ("http://courier.example", "same-site"),
            ("https://evil.example", ""),
        ] {
            let visitor = Visitor::at(&site)
                .with("origin", origin)
                .with("sec-fetch-site", fetched);
            let page = visitor.post("/signup", &fields).await;
            assert_eq!(page.status, 403, "{origin} {fetched}");
            assert_eq!(page.header("access-control-allow-origin"), "");
        }
        assert_eq!(world.number("SELECT count(*) FROM signup").await, 0);
        for path in ["/confirm", "/join", "/embed/morning"] {
            let visitor = Visitor::at(&site)
                .with("origin", "https://courier.example")
                .with("sec-fetch-site", "cross-site");
            assert_eq!(visitor.post(path, &fields).await.status, 403, "{path}");
        }

        let named = || {
            Visitor::at(&site)
                .with("origin", "https://courier.example")
                .with("sec-fetch-site", "cross-site")
        };
        let asked = named().ask(Method::OPTIONS, "/signup", None).await;
        assert_eq!(asked.status, 204);
        assert_eq!(
            asked.header("access-control-allow-origin"),
            "https://courier.example"
        );
        assert_eq!(named().post("/signup", &fields).await.status, 200);
        let said = named()
        .with("accept", "*/*")
        .json("/signup", json!({ "address": "ben@example.org", "newsletters": ["morning"], "zone": "Asia/Kolkata" }))
        .await;
        assert_eq!(said.status, 202);
        assert_eq!(
            said.header("access-control-allow-origin"),
            "https://courier.example"
        );
        // A program that is no browser.
        let program = Visitor::at(&site)
            .with("sec-fetch-site", "")
            .with("accept", "");
        assert_eq!(
            program
                .post(
                    "/signup",
                    &[("address", "cleo@example.org"), ("newsletter", "morning")]
                )
                .await
                .status,
            200
        );
        world.send().await;
        confirm(world, &site, "ben@example.org")
            .await
            .tells("12:00, Kolkata time");
        let told = program::ok(world, &["subscriber", "show", "ben@example.org"]);
        assert!(
            told.contains("by form of a site on https://courier.example"),
            "{told}"
        );
        assert!(told.contains("Asia/Kolkata"), "{told}");
    }
);

story!(
    another_site_presses_no_button_that_a_link_has_opened,
    async |world: &mut World| {
        with_member_key(world).await;
        let site = Site::open(world).await;
        sign_up(world, &site, ASHA, &["morning"]).await;
        let asked = link(&world.mails_to(ASHA)[0], "confirm");
        let until = world.now().as_second() + 600;
        let signed = member_link(KEY, "join.", BEN, &["morning"], until, "4f1c29a07b");
        let marks = [
            follow(&Visitor::at(&site), &asked).await,
            follow(&Visitor::at(&site), &signed).await,
        ]
        .map(|page| page.hidden("mark").to_owned());
        for (path, opened, address, own, others) in [
            ("/confirm", &asked, ASHA, &marks[0], &marks[1]),
            ("/join", &signed, BEN, &marks[1], &marks[0]),
        ] {
            let mut visitor = Visitor::at(&site);
            follow(&visitor, opened).await;
            let press = async |visitor: &Visitor, mark: &str| {
                let form = [("through", "1"), ("mark", mark)];
                visitor.post(path, &form).await
            };
            for (origin, fetched) in [
                ("https://evil.example", "cross-site"),
                ("https://courier.example", "same-site"),
                ("null", "cross-site"),
                ("", "cross-site"),
                ("https://evil.example", ""),
                ("null", ""),
            ] {
                visitor = visitor
                    .with("origin", origin)
                    .with("sec-fetch-site", fetched);
                let page = press(&visitor, own).await;
                assert_eq!(
                    (page.status, page.title()),
                    (403, "This did not come from our page"),
                    "{path} {origin} {fetched}"
                );
            }
            visitor = visitor
                .with("origin", "")
                .with("sec-fetch-site", "same-origin");
            for mark in ["", others, &own[1..], &format!("{own}x")] {
                let page = press(&visitor, mark).await;
                assert_eq!(
                    (page.status, page.title()),
                    (409, "This page belongs to another link"),
                    "{path} {mark}"
                );
            }
            assert_eq!(gets(world, address).await, Vec::<String>::new(), "{path}");
            // A page without any mark, as another site would make one.
            let bare = Visitor::at(&site);
            bare.get(opened).await;
            assert_eq!(bare.post(path, &[("through", "1")]).await.status, 409);
            assert_eq!(gets(world, address).await, Vec::<String>::new(), "{path}");
            let page = press(&visitor, own).await;
            page.tells("You are on the list");
            assert_eq!(gets(world, address).await, ["morning"]);
        }
    }
);

story!(
    the_form_shows_in_frames_of_named_sites_only,
    async |world: &mut World| {
        world.configure_web("embed_origins = [\"https://courier.example\"]");
        world.restart().await;
        let site = Site::open(world).await;
        let visitor = Visitor::at(&site);
        let page = visitor.get("/embed/morning?language=de").await;
        assert_eq!(page.status, 200);
        page.tells("lang=\"de\"").tells("Ihre Mailadresse");
        let policy = page.header("content-security-policy");
        assert!(
            policy.contains("frame-ancestors 'self' https://courier.example;"),
            "{policy}"
        );
        assert!(
            visitor
                .get("/signup")
                .await
                .header("content-security-policy")
                .contains("frame-ancestors 'none'")
        );
        let page = visitor
            .post("/embed/morning", &[("address", "x"), ("language", "de")])
            .await;
        assert_eq!(page.status, 422);
        page.tells("<title>Fehler: ").tells("aria-invalid");
        let page = visitor
            .post(
                "/embed/morning",
                &[
                    ("address", ASHA),
                    ("newsletter", "offers"),
                    ("language", "de"),
                ],
            )
            .await;
        assert_eq!(page.status, 200);
        page.tells("Sehen Sie jetzt in Ihre Mail")
            .tells("action=\"/embed/morning\"");
        assert!(
            page.header("content-security-policy")
                .contains("https://courier.example")
        );
        world.send().await;
        confirm(world, &site, ASHA).await;
        assert_eq!(
            gets(world, ASHA).await,
            ["morning"],
            "a frame is for its own newsletter"
        );
        assert_eq!(visitor.get("/embed/nothing").await.status, 404);
        let page = visitor.get("/embed/morning/code").await;
        page.tells("&lt;iframe src&#x3D;")
            .tells("https://mail.courier.example/signup");
    }
);
