//! Signing up: a reader joins by themselves, and nobody else learns of it or does it for them.

use std::collections::BTreeSet;

use aws_lc_rs::hmac::{HMAC_SHA256, Key, sign};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use postrider::audience::{self, EmailAddress, SuppressionReason, suppress};
use postrider::demo::relay::Caught;
use postrider::secret::{Purpose, Ticket, Token};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::dns::DnsServer;
use crate::support::mail::{carries, subject, text};
use crate::support::visitor::{Page, Site, Visitor};
use crate::support::{World, program};

const ASHA: &str = "asha@example.org";
const KEY: &str = "the-key-that-site-and-postrider-share-0123";

/// The path of the first link to this page in a mail.
fn link(mail: &Caught, page: &str) -> String {
    let text = text(mail);
    let begin = format!("https://mail.courier.example/{page}/");
    let at = text
        .find(&begin)
        .unwrap_or_else(|| panic!("no {page} in {text}"));
    let token = text[at + begin.len()..].split_whitespace().next().unwrap();
    format!("/{page}/{token}")
}

/// Signs up for these on our page, and sends what is to be sent.
async fn sign_up(world: &World, site: &Site, address: &str, slugs: &[&str]) -> Page {
    let mut fields = vec![("address", address)];
    fields.extend(slugs.iter().map(|slug| ("newsletter", *slug)));
    let page = Visitor::at(site).post("/signup", &fields).await;
    world.send().await;
    page
}

/// Follows the newest mail's button, and presses it.
async fn confirm(world: &World, site: &Site, address: &str) -> Page {
    let mail = world.mails_to(address).pop().expect("a mail to confirm");
    let visitor = Visitor::at(site);
    let page = follow(&visitor, &link(&mail, "confirm")).await;
    let through = page.hidden("through");
    visitor.post("/confirm", &[("through", &through)]).await
}

/// Follows a link whose token is taken out of the address.
async fn follow(visitor: &Visitor, path: &str) -> Page {
    let page = visitor.get(path).await;
    assert_eq!(page.status, 303, "{path}: {}", page.body);
    let (begin, _) = path.rsplit_once('/').unwrap();
    assert_eq!(page.location(), begin);
    visitor.get(begin).await
}

async fn suppressed_for(world: &World, address: &str, reason: SuppressionReason) {
    let email = EmailAddress::parse(address).unwrap();
    let mut tx = world.app.db.begin().await.unwrap();
    let key = world.app.keys.address(&email.normal());
    suppress(&mut tx, &key, reason, world.now()).await.unwrap();
    tx.commit().await.unwrap();
}

/// The slugs of what the reader of this address gets.
async fn gets(world: &World, address: &str) -> Vec<String> {
    let email = EmailAddress::parse(address).unwrap();
    let mut conn = world.app.db.read().await.unwrap();
    let found = audience::find(&mut conn, &world.app.keys, &email)
        .await
        .unwrap();
    let places = found
        .map(|known| known.preferences.subscriptions)
        .unwrap_or_default();
    let active = places
        .into_iter()
        .filter(|(_, place)| place.state == audience::SubscriptionState::Active);
    active.map(|(slug, _)| slug).collect()
}

story!(
    a_reader_joins_confirms_and_gets_the_first_digest,
    async |world: &mut World| {
        let site = Site::open(world).await;
        world
            .publish("flood-wall", "City hall", "The flood wall holds")
            .await;
        let visitor = Visitor::at(&site);
        let page = visitor.get("/signup").await;
        assert_eq!(page.status, 200);
        page.says("Morning Tide")
            .says("every day at 06:30, or at your hour")
            .says("Times are London time.");
        assert!(
            !page.body.contains(" checked"),
            "nothing is ticked beforehand"
        );
        assert!(
            page.headers.get("set-cookie").is_none(),
            "no cookie before it is needed"
        );
        let (language, words) = (page.hidden("language"), page.hidden("words"));
        let page = visitor
            .post(
                "/signup",
                &[
                    ("address", ASHA),
                    ("newsletter", "morning"),
                    ("newsletter", "offers"),
                    ("language", &language),
                    ("words", &words),
                    ("website", ""),
                ],
            )
            .await;
        assert_eq!(page.status, 200);
        page.says("Now look in your mail").says(ASHA);
        assert_eq!(gets(world, ASHA).await, Vec::<String>::new());

        world.send().await;
        let mails = world.mails_to(ASHA);
        assert_eq!(mails.len(), 1);
        assert!(
            subject(&mails[0]).contains("Morning Tide"),
            "{}",
            subject(&mails[0])
        );
        let page = follow(&visitor, &link(&mails[0], "confirm")).await;
        page.says("One press to confirm")
            .says("Morning Tide")
            .says("Early access")
            .says("Tue 24, 06:30");
        assert_eq!(gets(world, ASHA).await, Vec::<String>::new());
        let through = page.hidden("through");
        let page = visitor.post("/confirm", &[("through", &through)]).await;
        assert_eq!(page.status, 200);
        page.says("You are on the list").says("/preferences/");
        assert_eq!(gets(world, ASHA).await, ["morning", "offers"]);

        let told = program::ok(world, &["subscriber", "show", ASHA]);
        for part in [
            "by sign-up page from 127.0.0.0/24",
            "We send one mail with a button",
            "asked at 2026-11-24T05:30:00Z",
            "confirmed at 2026-11-24T05:30:00Z from 127.0.0.0/24",
            "One press to confirm",
        ] {
            assert!(told.contains(part), "no {part:?} in {told}");
        }
        world.at("2026-11-24T06:30:00Z");
        world.run().await;
        let mails = world.mails_to(ASHA);
        assert_eq!(mails.len(), 2);
        assert!(carries(&mails[1], "flood-wall"));
    }
);

story!(
    a_scanner_that_follows_every_link_changes_nothing,
    async |world: &mut World| {
        let site = Site::open(world).await;
        sign_up(world, &site, ASHA, &["morning"]).await;
        let path = link(&world.mails_to(ASHA)[0], "confirm");
        let scanner = Visitor::at(&site);
        for method in [Method::GET, Method::HEAD] {
            for path in [&path, "/confirm"] {
                let page = scanner.ask(method.clone(), path, None).await;
                assert!(page.status < 400, "{method} {path}: {}", page.status);
            }
        }
        assert_eq!(gets(world, ASHA).await, Vec::<String>::new());
        assert_eq!(
            world
                .number("SELECT count(*) FROM signup WHERE confirmed_at IS NOT NULL")
                .await,
            0
        );
    }
);

story!(
    confirming_twice_is_fine_and_an_old_button_does_nothing,
    async |world: &mut World| {
        let site = Site::open(world).await;
        sign_up(world, &site, ASHA, &["morning"]).await;
        for _ in 0..2 {
            let page = confirm(world, &site, ASHA).await;
            assert_eq!(page.status, 200);
            page.says("You are on the list");
        }
        assert_eq!(world.number("SELECT count(*) FROM consent").await, 1);

        // Who has left again is not brought back by an old mail.
        world.leave(ASHA, "morning").await;
        let page = confirm(world, &site, ASHA).await;
        assert_eq!(page.status, 410);
        assert_eq!(gets(world, ASHA).await, Vec::<String>::new());

        sign_up(world, &site, "ben@example.org", &["morning"]).await;
        world.later(3 * 24 * 60 + 2);
        world.plan().await;
        assert_eq!(
            world.number("SELECT count(*) FROM signup").await,
            0,
            "all is forgotten"
        );
        let visitor = Visitor::at(&site);
        let page = visitor
            .get(&link(&world.mails_to("ben@example.org")[0], "confirm"))
            .await;
        assert_eq!(page.status, 410);
        page.says("This button is used up").says("/signup");
    }
);

story!(
    what_is_asked_for_between_look_and_press_is_not_confirmed,
    async |world: &mut World| {
        let site = Site::open(world).await;
        sign_up(world, &site, ASHA, &["morning"]).await;
        let visitor = Visitor::at(&site);
        let page = follow(&visitor, &link(&world.mails_to(ASHA)[0], "confirm")).await;
        let through = page.hidden("through");
        sign_up(world, &site, ASHA, &["offers"]).await;
        visitor.post("/confirm", &[("through", &through)]).await;
        assert_eq!(gets(world, ASHA).await, ["morning"]);
        // The same link shows what came later, and a press takes it.
        let page = follow(&visitor, &link(&world.mails_to(ASHA)[0], "confirm")).await;
        page.says("Early access");
        let through = page.hidden("through");
        visitor.post("/confirm", &[("through", &through)]).await;
        assert_eq!(gets(world, ASHA).await, ["morning", "offers"]);
    }
);

story!(
    nobody_learns_who_is_subscribed,
    async |world: &mut World| {
        let site = Site::open(world).await;
        let reads = world.reader("reads-us@example.org", "morning");
        let left = world.reader("has-left@example.org", "morning").left();
        world.join(&[reads, left]).await;
        suppressed_for(world, "bouncing@example.org", SuppressionReason::HardBounce).await;
        suppressed_for(world, "complain@example.org", SuppressionReason::Complaint).await;
        suppressed_for(world, "stopping@example.org", SuppressionReason::Manual).await;
        suppressed_for(world, "erased-1@example.org", SuppressionReason::Erased).await;
        let addresses = [
            "nobody-y@example.org",
            "reads-us@example.org",
            "has-left@example.org",
            "bouncing@example.org",
            "complain@example.org",
            "stopping@example.org",
            "erased-1@example.org",
        ];
        let mut seen = BTreeSet::new();
        for address in addresses {
            // The second time within the hour no mail goes to anybody, and nobody is told so.
            for _ in 0..2 {
                let fields = [("address", address), ("newsletter", "morning")];
                let visitor = Visitor::at(&site);
                let began = std::time::Instant::now();
                let page = visitor.post("/signup", &fields).await;
                assert!(began.elapsed().as_millis() >= 150, "no answer comes sooner");
                let said = visitor
                    .with("accept", "application/json")
                    .json(
                        "/signup",
                        json!({ "address": address, "newsletters": ["morning"] }),
                    )
                    .await;
                assert_eq!((page.status, said.status), (200, 202));
                let mut headers = page.headers.clone();
                headers.remove("date");
                seen.insert((
                    page.body.replace(address, "ADDRESS"),
                    format!("{headers:?}"),
                    said.body,
                ));
            }
        }
        assert_eq!(seen.len(), 1, "{seen:#?}");

        world.send().await;
        let pages = |address: &str| -> Vec<String> {
            let mails = world.mails_to(address);
            mails
                .iter()
                .map(|mail| {
                    let is = |page| {
                        text(mail).contains(&format!("https://mail.courier.example/{page}/"))
                    };
                    if is("confirm") {
                        "confirm"
                    } else if is("preferences") {
                        "link"
                    } else {
                        "?"
                    }
                    .to_owned()
                })
                .collect()
        };
        assert_eq!(pages("nobody-y@example.org"), ["confirm"]);
        assert_eq!(pages("has-left@example.org"), ["confirm"]);
        assert_eq!(pages("reads-us@example.org"), ["link"]);
        assert_eq!(pages("bouncing@example.org"), ["confirm"]);
        for silent in [
            "complain@example.org",
            "stopping@example.org",
            "erased-1@example.org",
        ] {
            assert_eq!(pages(silent), Vec::<String>::new());
        }
    }
);

story!(
    an_address_gets_one_mail_an_hour,
    async |world: &mut World| {
        let site = Site::open(world).await;
        for _ in 0..3 {
            sign_up(world, &site, ASHA, &["morning"]).await;
        }
        sign_up(world, &site, "ASHA@example.org", &["offers"]).await;
        assert_eq!(world.mails_to(ASHA).len(), 1);
        world.later(59);
        sign_up(world, &site, ASHA, &["morning"]).await;
        assert_eq!(world.mails_to(ASHA).len(), 1);
        world.later(1);
        sign_up(world, &site, ASHA, &["morning"]).await;
        assert_eq!(world.mails_to(ASHA).len(), 2);
        // Rows do not pile up, whatever is asked.
        for _ in 0..12 {
            for slugs in [
                &["mine"][..],
                &["mine", "offers"],
                &["morning", "mine"],
                &["morning", "mine", "offers"],
            ] {
                sign_up(world, &site, ASHA, slugs).await;
            }
            world.later(61);
        }
        assert!(world.number("SELECT count(*) FROM signup").await <= 8);
    }
);

story!(
    a_bounce_is_lifted_by_the_button_and_a_complaint_is_not,
    async |world: &mut World| {
        let site = Site::open(world).await;
        suppressed_for(world, ASHA, SuppressionReason::HardBounce).await;
        sign_up(world, &site, ASHA, &["morning"]).await;
        world.later(120);
        sign_up(world, &site, ASHA, &["morning"]).await;
        assert_eq!(
            world.mails_to(ASHA).len(),
            1,
            "a mailbox that was not there is asked once"
        );
        confirm(world, &site, ASHA)
            .await
            .says("You are on the list");
        assert_eq!(world.number("SELECT count(*) FROM suppression").await, 0);
        assert_eq!(gets(world, ASHA).await, ["morning"]);

        sign_up(world, &site, "ben@example.org", &["morning"]).await;
        suppressed_for(world, "ben@example.org", SuppressionReason::Complaint).await;
        let page = confirm(world, &site, "ben@example.org").await;
        assert_eq!(page.status, 403);
        page.says("We may not write to this address")
            .says("mine@courier.example");
        assert_eq!(world.number("SELECT count(*) FROM suppression").await, 1);
        assert_eq!(gets(world, "ben@example.org").await, Vec::<String>::new());
    }
);

story!(
    an_erased_reader_leaves_no_sign_up_behind,
    async |world: &mut World| {
        let site = Site::open(world).await;
        sign_up(world, &site, ASHA, &["morning"]).await;
        confirm(world, &site, ASHA).await;
        sign_up(world, &site, ASHA, &["offers"]).await;
        program::ok(world, &["subscriber", "remove", ASHA]);
        for table in [
            "SELECT count(*) FROM signup",
            "SELECT count(*) FROM signup_mail",
            "SELECT count(*) FROM consent",
        ] {
            assert_eq!(world.number(table).await, 0, "{table}");
        }
        // The old button names nobody any more, whoever signs up next.
        let old = link(&world.mails_to(ASHA)[0], "confirm");
        sign_up(world, &site, "ben@example.org", &["morning"]).await;
        let visitor = Visitor::at(&site);
        let page = follow(&visitor, &old).await;
        assert_eq!(page.status, 410);
        assert!(!page.body.contains("ben@"));
    }
);

story!(
    a_network_that_asks_too_often_waits,
    async |world: &mut World| {
        world.configure_web("signups_per_hour = 3");
        world.restart().await;
        let site = Site::open(world).await;
        let ask = async |i: usize, network: &str, json: bool| {
            let visitor = Visitor::at(&site).with("x-forwarded-for", network);
            let address = format!("reader{i}@example.org");
            if json {
                let visitor = visitor.with("accept", "application/json");
                return visitor
                    .json(
                        "/signup",
                        json!({ "address": address, "newsletters": ["morning"] }),
                    )
                    .await;
            }
            visitor
                .post(
                    "/signup",
                    &[("address", &address), ("newsletter", "morning")],
                )
                .await
        };
        for i in 0..3 {
            assert_eq!(
                ask(i, &format!("198.51.100.{i}"), i == 0).await.status,
                if i == 0 { 202 } else { 200 }
            );
        }
        let page = ask(3, "198.51.100.77", false).await;
        assert_eq!((page.status, page.header("retry-after")), (429, "1800"));
        page.says("That was too often");
        let said = ask(3, "198.51.100.77", true).await;
        assert_eq!(said.status, 429);
        said.says("\"status\":\"refused\"");
        assert_eq!(ask(4, "203.0.113.1", false).await.status, 200);
        assert_eq!(world.number("SELECT count(*) FROM signup").await, 4);
        assert_eq!(world.number("SELECT count(*) FROM signup_network").await, 2);
        world.later(60);
        assert_eq!(ask(5, "198.51.100.1", false).await.status, 200);
        world.plan().await;
        assert_eq!(world.number("SELECT count(*) FROM signup_network").await, 1);
    }
);

story!(
    what_no_person_fills_in_is_not_kept,
    async |world: &mut World| {
        let site = Site::open(world).await;
        let fields = [("address", ASHA), ("newsletter", "morning")];
        let person = Visitor::at(&site).post("/signup", &fields).await;
        let fields = [
            ("address", "ben@example.org"),
            ("newsletter", "morning"),
            ("website", "https://spam.example"),
        ];
        let robot = Visitor::at(&site).post("/signup", &fields).await;
        assert_eq!(
            person.body.replace(ASHA, "X"),
            robot.body.replace("ben@example.org", "X")
        );
        assert_eq!(world.number("SELECT count(*) FROM signup").await, 1);
    }
);

story!(
    every_mistake_is_named_and_what_was_typed_stays,
    async |world: &mut World| {
        let site = Site::open(world).await;
        let visitor = Visitor::at(&site);
        let page = visitor
            .post("/signup", &[("address", "asha.example.org")])
            .await;
        assert_eq!(page.status, 422);
        page.says("<title>Error: ")
            .says("2 things to mend")
            .says("role=\"alert\"")
            .says("href=\"#address\"")
            .says("href=\"#n-mine\"")
            .says("value=\"asha.example.org\"")
            .says("aria-invalid=\"true\" aria-describedby=\"address-err\"")
            .says("Tick at least one newsletter");
        let page = visitor
            .post("/signup", &[("address", "asha@"), ("newsletter", "offers")])
            .await;
        assert_eq!(page.status, 422);
        page.says("One thing to mend")
            .says("value=\"offers\" id=\"n-offers\" checked");
        for (typed, says) in [
            ("", "Write your email address"),
            ("asha", "with its @"),
            ("asha@example", "all that stands after the @"),
            ("asha@@example.org", "Write the bare address"),
            ("as ha@example.org", "Write the bare address"),
        ] {
            let page = visitor
                .post("/signup", &[("address", typed), ("newsletter", "mine")])
                .await;
            assert_eq!(page.status, 422, "{typed}");
            page.says(says);
        }
        let said = Visitor::at(&site)
            .with("accept", "application/json")
            .json(
                "/signup",
                json!({ "address": "asha", "newsletters": ["nothing"] }),
            )
            .await;
        assert_eq!(said.status, 422);
        let said: Value = serde_json::from_str(&said.body).unwrap();
        assert_eq!(said["mistakes"][0]["field"], "newsletters");
        assert_eq!(said["mistakes"][1]["field"], "address");
        let broken = ("application/json", "{".to_owned());
        assert_eq!(
            visitor
                .ask(Method::POST, "/signup", Some(broken))
                .await
                .status,
            422
        );
    }
);

story!(
    slips_and_mailboxes_of_many_are_hinted_at_and_taken,
    async |world: &mut World| {
        let site = Site::open(world).await;
        let page = sign_up(world, &site, "asha@gmial.com", &["morning"]).await;
        assert_eq!(page.status, 200);
        page.says("Did you mean asha@gmail.com?")
            .says("Send it to asha@gmail.com");
        sign_up(world, &site, "info@example.org", &["morning"])
            .await
            .says("several people read");
        sign_up(world, &site, "noreply@example.org", &["morning"])
            .await
            .says("Nobody reads");
        assert_eq!(world.number("SELECT count(*) FROM signup").await, 3);
        let said = Visitor::at(&site)
            .with("accept", "application/json")
            .json(
                "/signup",
                json!({ "address": "asha@gmial.com", "newsletters": ["morning"] }),
            )
            .await;
        let said: Value = serde_json::from_str(&said.body).unwrap();
        assert_eq!(said["hint"]["address"], "asha@gmail.com");
    }
);

story!(
    a_domain_that_takes_no_mail_is_told,
    async |world: &mut World| {
        let dns = DnsServer::start().await;
        dns.mx("takes.example", 10, "mail.takes.example");
        dns.mx("null.example", 0, ".");
        dns.txt("bare.example", "nothing else");
        dns.fail("silent.example");
        world.configure_web("check_mx = true");
        world.add_setting(&format!("[dispatch]\ndns = \"{}\"", dns.address));
        world.restart().await;
        let site = Site::open(world).await;
        for (domain, status) in [
            ("takes.example", 200),
            ("silent.example", 200),
            ("null.example", 422),
            ("bare.example", 422),
            ("nowhere.example", 422),
        ] {
            let page = sign_up(world, &site, &format!("asha@{domain}"), &["morning"]).await;
            assert_eq!(page.status, status, "{domain}");
            if status == 422 {
                page.says(&format!("No mail arrives at {domain}"));
            }
        }
        let counted = "SELECT requests FROM signup_network";
        assert_eq!(world.number(counted).await, 5, "each question counts");
    }
);

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
            .says("12:00, Kolkata time");
        let told = program::ok(world, &["subscriber", "show", "ben@example.org"]);
        assert!(
            told.contains("by form of a site on https://courier.example"),
            "{told}"
        );
        assert!(told.contains("Asia/Kolkata"), "{told}");
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
        page.says("lang=\"de\"").says("Ihre Mailadresse");
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
        page.says("<title>Fehler: ").says("aria-invalid");
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
        page.says("Sehen Sie jetzt in Ihre Mail")
            .says("action=\"/embed/morning\"");
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
        page.says("&lt;iframe src&#x3D;")
            .says("https://mail.courier.example/signup");
    }
);

story!(
    what_is_not_public_cannot_be_joined,
    async |world: &mut World| {
        let text = crate::support::world::NEWSLETTERS[0].1;
        world.configure(
            "newsletters/morning.toml",
            &format!("public = false\n{text}"),
        );
        world.restart().await;
        let site = Site::open(world).await;
        let page = Visitor::at(&site).get("/signup").await;
        assert!(!page.body.contains("Morning Tide"));
        assert_eq!(sign_up(world, &site, ASHA, &["morning"]).await.status, 422);
        assert_eq!(Visitor::at(&site).get("/embed/morning").await.status, 404);
    }
);

story!(
    what_has_an_archive_shows_its_newest_issue,
    async |world: &mut World| {
        let text = crate::support::world::NEWSLETTERS[0].1;
        let text = format!("archive = true\n{text}");
        world.configure("newsletters/morning.toml", &text);
        world.restart().await;
        world
            .publish("flood-wall", "City hall", "The flood wall holds")
            .await;
        let reader = world.reader(ASHA, "morning");
        world.join(&[reader]).await;
        let site = Site::open(world).await;
        let visitor = Visitor::at(&site);
        assert!(
            !visitor
                .get("/signup")
                .await
                .body
                .contains("The latest issue")
        );
        world.at("2026-11-24T06:30:00Z");
        world.run().await;
        world.later(60);
        let page = visitor.get("/signup").await;
        page.says("aria-label=\"The latest issue of Morning Tide\"");
        let (_, rest) = page.body.split_once("<a href=\"/archive/morning/").unwrap();
        let edition = rest.split_once('"').unwrap().0;
        let page = visitor.get(&format!("/archive/morning/{edition}")).await;
        page.says("The flood wall holds");
    }
);

/// A link that the site signs.
fn member_link(
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
async fn with_member_key(world: &mut World) {
    world.configure("member.key", &format!("# shared with the site\n{KEY}\n"));
    world.configure_web("member_key_file = \"member.key\"");
    world.restart().await;
}

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
        let page = follow(&visitor, &link).await;
        page.says("Join Morning Tide").says(ASHA);
        assert_eq!(
            gets(world, ASHA).await,
            Vec::<String>::new(),
            "a GET joins nobody"
        );
        let page = visitor.post("/join", &[]).await;
        assert_eq!(page.status, 200);
        page.says("You are on the list");
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
            page.says("This link has been used");
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
        page.says("This link is too old");
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
            format!("/confirm/{}x", confirms),
        ] {
            let page = Visitor::at(&site).get(&bad).await;
            assert_eq!(page.status, 404, "{bad}");
            page.says("This link is not whole");
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

const WAITS: jiff::SignedDuration = jiff::SignedDuration::from_hours(72);

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
            page.says("Now look in your mail");
            assert_eq!(gets(world, address).await, Vec::<String>::new());
        }
        world.send().await;
        assert_eq!(world.mails_to("complain@example.org").len(), 0);
        confirm(world, &site, "bouncing@example.org")
            .await
            .says("You are on the list");
    }
);

story!(
    the_pages_speak_the_readers_language,
    async |world: &mut World| {
        let site = Site::open(world).await;
        for (language, dir, says) in [
            ("en", "ltr", "Sign up"),
            ("de-AT,de;q=0.9", "ltr", "Anmelden"),
            ("hi", "ltr", "सब्सक्राइब करें"),
            ("ur", "rtl", "سبسکرائب کریں"),
            ("fr", "ltr", "Sign up"),
        ] {
            let visitor = Visitor::at(&site).with("accept-language", language);
            visitor
                .get("/signup")
                .await
                .says(says)
                .says(&format!("dir=\"{dir}\""));
        }
        let urdu = Visitor::at(&site);
        let page = urdu.get("/signup?language=ur").await;
        page.says("dir=\"rtl\"");
        let fields = [
            ("address", ASHA),
            ("newsletter", "morning"),
            ("language", "ur"),
        ];
        urdu.post("/signup", &fields).await.says("dir=\"rtl\"");
        world.send().await;
        let page = confirm(world, &site, ASHA).await;
        assert_eq!(page.status, 200);
        let told = program::ok(world, &["subscriber", "show", ASHA]);
        assert!(told.contains("ur"), "{told}");
    }
);
