//! What nobody learns from a sign-up, and how often anybody may ask.

use super::{ASHA, sign_up, suppressed_for};
use crate::support::World;
use crate::support::dns::DnsServer;
use crate::support::mail::text;
use crate::support::visitor::{Site, Visitor};
use futures_util::future::join_all;
use postrider::audience::SuppressionReason;
use serde_json::json;
use std::collections::BTreeSet;

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
        assert_eq!(pages("erased-1@example.org"), ["confirm"]);
        for silent in ["complain@example.org", "stopping@example.org"] {
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
    of_many_requests_in_one_moment_no_more_than_may_be_are_taken,
    async |world: &mut World| {
        world.configure_web("signups_per_hour = 3");
        world.restart().await;
        let site = Site::open(world).await;
        let visitors: Vec<Visitor> = (0..12).map(|_| Visitor::at(&site)).collect();
        let addresses: Vec<String> = (0..12).map(|i| format!("reader{i}@example.org")).collect();
        let asked = visitors.iter().zip(&addresses).map(|(visitor, address)| {
            let form = [("address", address.as_str()), ("newsletter", "morning")];
            async move { visitor.post("/signup", &form).await.status }
        });
        let asked = join_all(asked).await;
        let taken = asked.iter().filter(|status| **status == 200).count();
        assert_eq!(taken, 3, "{asked:?}");
        let told = asked.iter().all(|status| [200, 429].contains(status));
        assert!(told, "{asked:?}");
        assert_eq!(world.number("SELECT count(*) FROM signup").await, 3);
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
        page.tells("That was too often")
            .tells("<title>Error: ")
            .tells("role=\"alert\" tabindex=\"-1\" autofocus")
            .tells("Try again in 30 minutes.")
            .tells("value=\"reader3@example.org\"")
            .tells("id=\"n-morning\" checked");
        let frame = Visitor::at(&site).with("x-forwarded-for", "198.51.100.77");
        let frame = frame
            .post("/embed/morning", &[("address", "reader3@example.org")])
            .await;
        assert_eq!((frame.status, frame.header("retry-after")), (429, "1800"));
        frame
            .tells("That was too often")
            .tells("value=\"reader3@example.org\"");
        let said = ask(3, "198.51.100.77", true).await;
        assert_eq!(said.status, 429);
        said.tells("\"status\":\"refused\"");
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
                page.tells(&format!("No mail arrives at {domain}"));
            }
        }
        let counted = "SELECT requests FROM signup_network";
        assert_eq!(world.number(counted).await, 5, "each question counts");
    }
);
