//! A mail is read in the browser, and issues stand in the archive.

use postrider::config::Tier;
use reqwest::Method;

use super::{ASHA, BEN, morning};
use crate::support::mail::carries;
use crate::support::pages::{Pages, link};
use crate::support::{World, program};

story!(
    a_mail_in_the_browser_is_what_its_reader_got_and_opens_nothing_of_theirs,
    async |world: &mut World| {
        world
            .join(&[world.reader(ASHA, "morning").follows(&["Section:Port"])])
            .await;
        morning(world).await;
        let pages = Pages::of(world).await;
        let mail = &world.mails_to(ASHA)[0];
        let read = link(mail, "/read/");
        let answer = pages.get(&read).await;
        assert_eq!(answer.location().as_deref(), Some("/read"));
        assert_eq!(pages.cookies(), ["__Host-postrider-read"]);
        assert!(answer.header("set-cookie").contains("; Secure"));
        let page = pages.get("/read").await;
        assert_eq!(page.status, 200);
        assert!(page.body.contains("The port reopens"));
        for link in [link(mail, "/leave/"), link(mail, "/preferences/"), read] {
            let token = link.rsplit('/').next().unwrap();
            assert!(
                !page.body.contains(token),
                "a stranger could use it: {link}"
            );
        }
        assert!(
            page.body
                .contains("You get Morning Tide because you joined it")
        );
        let policy = page.header("content-security-policy");
        assert!(policy.contains("sandbox ") && !policy.contains("allow-scripts"));
        // That cookie opens nothing else.
        assert_eq!(pages.get("/preferences").await.status, 403);
        world.later(31);
        let late = pages.get("/read").await;
        assert_eq!(
            (late.status, late.title()),
            (403, "The time of this link is over")
        );
    }
);

story!(
    a_mail_of_someone_erased_cannot_be_read_any_more,
    async |world: &mut World| {
        morning(world).await;
        let pages = Pages::of(world).await;
        let read = link(&world.mails_to(ASHA)[0], "/read/");
        program::ok(world, &["subscriber", "remove", ASHA]);
        let page = pages.open(&read).await;
        assert_eq!(page.title(), "This mail is not kept any more");
    }
);

story!(
    an_archive_shows_issues_without_readers_and_only_where_it_is_configured,
    async |world: &mut World| {
        let morning_toml = crate::support::world::NEWSLETTERS[0].1;
        world
            .join(&[world.reader(BEN, "morning").named("Benedikt")])
            .await;
        morning(world).await;
        let pages = Pages::of(world).await;
        assert_eq!(pages.get("/archive").await.status, 404);
        assert_eq!(pages.get("/archive/morning").await.status, 404);
        let text = morning_toml.replacen("title =", "archive = true\ntitle =", 1);
        world.configure("newsletters/morning.toml", &text);
        world.restart().await;
        let pages = Pages::of(world).await;
        let all = pages.get("/archive").await;
        assert!(all.body.contains("href=\"/archive/morning\""));
        assert!(!all.body.contains("My Courier"));
        let urdu = pages.get("/archive?language=ur").await;
        urdu.says(&["dir=\"rtl\"", "/archive/morning?language"]);
        let urdu = pages.get("/archive/morning?language=ur").await;
        urdu.says(&["dir=\"rtl\"", "<a href=\"?language=en\""]);
        let list = pages.get("/archive/morning").await;
        assert!(list.body.contains("href=\"/archive/morning/2026-11-24\""));
        let issue = pages.get("/archive/morning/2026-11-24").await;
        assert_eq!(issue.status, 200);
        assert!(issue.body.contains("The port reopens"));
        assert!(issue.body.contains("This is Morning Tide as it came out."));
        for own in [
            "You get Morning Tide",
            "Benedikt",
            "/leave/",
            "/read/",
            "/preferences/",
            BEN,
        ] {
            assert!(!issue.body.contains(own), "{own}");
        }
        assert_eq!(pages.get("/archive/morning/2026-11-25").await.status, 404);
        assert_eq!(pages.get("/archive/mine").await.status, 404);
        assert_eq!(pages.cookies(), Vec::<String>::new());
    }
);

/// The cookie that this link sets, without what stands behind it.
async fn cookie_of(pages: &Pages, link: &str) -> (String, String) {
    let answer = pages.plain(Method::GET, link).send().await.unwrap();
    let cookie = answer.headers()["set-cookie"].to_str().unwrap();
    let (pair, _) = cookie.split_once(';').unwrap();
    let (name, value) = pair.split_once('=').unwrap();
    (name.to_owned(), value.to_owned())
}

story!(
    a_link_to_read_opens_its_own_readers_mail_and_nobody_elses,
    async |world: &mut World| {
        world
            .join(&[
                world.reader(ASHA, "mine").follows(&["section:Port"]),
                world.reader(BEN, "mine").follows(&["section:Schools"]),
            ])
            .await;
        world.publish("port", "Port", "The port reopens").await;
        world
            .publish("school", "Schools", "The school is shut")
            .await;
        world.at("2026-11-24T07:00:00Z");
        world.run().await;
        let pages = Pages::of(world).await;
        let (ashas, bens) = (&world.mails_to(ASHA)[0], &world.mails_to(BEN)[0]);
        for (mail, own, other) in [
            (ashas, "The port reopens", "The school is shut"),
            (bens, "The school is shut", "The port reopens"),
        ] {
            let page = pages.open(&link(mail, "/read/")).await;
            assert!(page.body.contains(own) && !page.body.contains(other));
        }
        // A link for something else opens nothing here, nor does one in which a letter is another.
        let token = |part: &str| link(ashas, part).rsplit('/').next().unwrap().to_owned();
        let read = token("/read/");
        let mut wrong = vec![token("/leave/"), token("/preferences/")];
        for at in 0..read.len() {
            let mut letters = read.clone().into_bytes();
            letters[at] = if letters[at] == b'A' { b'B' } else { b'A' };
            wrong.push(String::from_utf8(letters).unwrap());
        }
        for token in wrong.iter().filter(|token| **token != read) {
            let answer = pages.get(&format!("/read/{token}")).await;
            assert_eq!(answer.status, 404, "{token}");
        }
        // Nor does the cookie of another link, or one that is not whole.
        let (name, good) = cookie_of(&pages, &link(ashas, "/read/")).await;
        let (_, other) = cookie_of(&pages, &link(ashas, "/preferences/")).await;
        let cut = &good[..good.len() - 2];
        for (value, status) in [
            (good.as_str(), 200),
            (&other, 403),
            (cut, 403),
            (&read, 403),
        ] {
            let request = pages.plain(Method::GET, "/read");
            let request = request.header("Cookie", format!("{name}={value}"));
            assert_eq!(request.send().await.unwrap().status(), status, "{value}");
        }
    }
);

story!(
    what_only_payers_may_read_is_in_their_mail_and_not_in_the_archive,
    async |world: &mut World| {
        let morning_toml = crate::support::world::NEWSLETTERS[0].1;
        let hides = "archive = true\npremium = \"hide\"\ntitle =";
        let text = morning_toml.replacen("title =", hides, 1);
        world.configure("newsletters/morning.toml", &text);
        let mine = crate::support::world::NEWSLETTERS[1].1;
        let text = mine.replacen("title =", "archive = true\ntitle =", 1);
        world.configure("newsletters/mine.toml", &text.replace("followed", "latest"));
        world.restart().await;
        world
            .join(&[
                world.reader(ASHA, "morning").tier(Tier::Premium),
                world.reader(BEN, "morning"),
                world.reader("cleo@example.org", "mine").tier(Tier::Premium),
            ])
            .await;
        let mut paid = world.item("ledger", "Port", "What the ledger says");
        paid.topics.push("premium".to_owned());
        world.feed.publish(paid);
        world.publish("port", "Port", "The port reopens").await;
        world.at("2026-11-24T06:30:00Z");
        world.run().await;
        assert!(carries(&world.mails_to(ASHA)[0], "ledger"));
        assert!(!carries(&world.mails_to(BEN)[0], "ledger"));
        let pages = Pages::of(world).await;
        let issue = pages.get("/archive/morning/2026-11-24").await;
        assert!(issue.body.contains("The port reopens"));
        for hidden in ["What the ledger says", "/ledger"] {
            assert!(!issue.body.contains(hidden), "{hidden}");
        }
        // Where it is only marked, it is shown as whoever pays nothing sees it.
        world.at("2026-11-24T07:00:00Z");
        world.run().await;
        let note = "For subscribers";
        let cleos = link(&world.mails_to("cleo@example.org")[0], "/read/");
        assert!(!pages.open(&cleos).await.body.contains(note));
        let issue = pages.get("/archive/mine/2026-11-24").await;
        assert!(
            issue.body.contains("What the ledger says"),
            "{}",
            issue.body
        );
        assert!(issue.body.contains(note), "{}", issue.body);
    }
);

story!(
    each_mail_of_an_instant_newsletter_has_a_page_of_its_own,
    async |world: &mut World| {
        let flash = r#"
            title = "As It Happens"
            from = "The Harbour Courier <flash@courier.example>"
            cadences = ["instant"]
            burst_minutes = 30
            [[block]]
            kind = "followed"
        "#;
        world.configure("newsletters/flash.toml", flash);
        world.restart().await;
        let asha = world.reader(ASHA, "flash").follows(&["section:Port"]);
        world.join(&[asha]).await;
        world.at("2026-11-24T09:00:00Z");
        let headlines = ["The port reopens", "A crane falls", "Ferry fares rise"];
        for (n, headline) in headlines.iter().enumerate() {
            world.publish(&format!("s{n}"), "Port", headline).await;
            world.run().await;
            world.later(40);
        }
        let mails = world.mails_to(ASHA);
        assert_eq!(mails.len(), 3);
        let pages = Pages::of(world).await;
        for (n, headline) in headlines.iter().enumerate() {
            let page = pages.open(&link(&mails[n], "/read/")).await;
            assert!(page.body.contains(headline), "mail {n} shows another");
            let others = headlines.iter().filter(|other| *other != headline);
            for other in others {
                assert!(!page.body.contains(other), "mail {n} shows {other}");
            }
        }
    }
);
