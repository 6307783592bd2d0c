//! However much there is, a mail stays as short as mail programs show.

use crate::support::World;
use crate::support::mail::{carries, text};

const ASHA: &str = "asha@example.org";
const BEN: &str = "ben@example.org";

/// Gmail cuts what is longer.
const MOST: usize = 102_400;

fn html(mail: &postrider::demo::relay::Caught) -> String {
    let parsed = mail_parser::MessageParser::default()
        .parse(&mail.bytes[..])
        .unwrap();
    parsed.body_html(0).unwrap_or_default().into_owned()
}

story!(
    a_mail_that_would_be_cut_says_how_many_more_there_are,
    async |world: &mut World| {
        world.configure(
            "newsletters/long.toml",
            "title = \"Everything\"\nfrom = \"Everything <all@courier.example>\"\nschedule = \"0 7 * * *\"\n\
             max_stories = 60\n[[block]]\nkind = \"followed\"\n[[block]]\nkind = \"latest\"\ntitle = \"All of it\"\n",
        );
        world.restart().await;
        let asha = world
            .reader(ASHA, "long")
            .follows(&["section:Port", "section:Sport"]);
        let ben = world.reader(BEN, "long");
        world.join(&[asha, ben.speaks("ur")]).await;
        for i in 0..60 {
            let section = ["Port", "Sport", "Schools"][i % 3];
            let headline = format!("बन्दरगाह {i} & \"tide\" <{i}> {}", "लहर ".repeat(50));
            let mut item = world.item(&format!("story{i}"), section, &headline);
            item.standfirst = format!("{i} {}", "& ज्वार ".repeat(60));
            item.at += jiff::SignedDuration::from_secs(60 - i as i64);
            world.feed.publish(item);
        }
        world.collect().await;
        world.at("2026-11-24T07:00:00Z");
        world.run().await;
        for address in [ASHA, BEN] {
            let mails = world.mails_to(address);
            let size = html(&mails[0]).len();
            assert!(size < MOST, "{address}: {size}");
            assert!(size > MOST * 8 / 10, "{address}: cut far too soon, {size}");
        }
        let mails = world.mails_to(ASHA);
        let carried = (0..60)
            .filter(|i| carries(&mails[0], &format!("story{i}")))
            .count();
        let said = format!("and {} more on the site", 60 - carried);
        let said = text(&mails[0]).to_lowercase().contains(&said);
        assert!(said, "{carried} carried: {}", text(&mails[0]));
        // Of a section that Asha follows, so that it stands high the next day.
        let left_out = (0..60)
            .find(|i| i % 3 != 2 && !carries(&mails[0], &format!("story{i}")))
            .unwrap();
        let left_out = format!("story{left_out}");
        assert_eq!(world.verdicts(ASHA, &left_out).await[0].reason, "too-long");

        world.at("2026-11-25T07:00:00Z");
        world.run().await;
        let next = &world.mails_to(ASHA)[1];
        assert!(
            carries(next, &left_out),
            "what was cut comes with the next mail"
        );
        assert!(html(next).len() < MOST);
    }
);
