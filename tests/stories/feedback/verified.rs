//! What a hook says whose sender was verified: it names mails by numbers of its own, and is believed of an address.

use super::*;
use crate::support::program;
use crate::support::visitor::{Site, Visitor};

const CLEO: &str = "cleo@example.org";
const HOOK: &str = "hook postmark";

/// Takes one report of this address, which names a mail as only its provider can.
async fn says(world: &World, source: &str, kind: Kind, address: &str) -> Did {
    let mut told = report(kind, &format!("{source} {address} {}", world.now()));
    told.recipient = Some(address.to_owned());
    told.message_ids = vec!["883953f4-6105-42a2-a16a-77a8eac79483".to_owned()];
    let taken = take(&world.app, &[told], source).await.unwrap();
    taken.reports[0].did.clone()
}

async fn asks(world: &World, site: &Site, address: &str) {
    let fields = [("address", address), ("newsletter", "morning")];
    let page = Visitor::at(site).post("/signup", &fields).await;
    assert_eq!(page.status, 200);
    world.send().await;
}

story!(
    of_a_mail_of_long_ago_it_stops_all_mails_and_nothing_less,
    async |world: &mut World| {
        morning_is_out(world).await;
        world.at("2026-12-15T06:30:00Z");
        for kind in [Kind::Soft, Kind::Delayed, Kind::Unsubscribe] {
            assert_eq!(says(world, HOOK, kind, ASHA).await, Did::Unknown);
        }
        // Anybody may write a mail that names an address.
        for kind in [Kind::Hard, Kind::Complaint] {
            assert_eq!(says(world, "pipe", kind, ASHA).await, Did::Unknown);
            let nobody = says(world, HOOK, kind, "nobody@example.org").await;
            assert_eq!(nobody, Did::Unknown);
        }
        assert_eq!(world.number("SELECT count(*) FROM suppression").await, 0);

        let did = says(world, HOOK, Kind::Hard, ASHA).await;
        assert_eq!(did, suppressed("hard-bounce"));
        assert_eq!(says(world, HOOK, Kind::Hard, ASHA).await, Did::Known);
        let did = says(world, HOOK, Kind::Complaint, BEN).await;
        assert_eq!(did, suppressed("complaint"));
        for address in [ASHA, BEN] {
            assert_eq!(world.state_of(address, "morning").await, "accepted");
            assert!(is_on(world, address, "morning").await, "of which was it?");
        }
        let why = program::ok(world, &["why", BEN]);
        assert!(
            why.contains("the reader complained (hook postmark)"),
            "{why}"
        );
        assert!(why.contains("the reader called it spam"), "{why}");
        another_morning(world, "2026-12-16").await;
        assert_eq!(world.mails_to(ASHA).len(), 1);
        assert_eq!(world.mails_to(BEN).len(), 1);
    }
);

story!(
    who_calls_a_confirmation_spam_cannot_be_signed_up_again,
    async |world: &mut World| {
        let site = Site::open(world).await;
        for address in [CLEO, ASHA, BEN] {
            asks(world, &site, address).await;
            assert_eq!(world.mails_to(address).len(), 1);
        }
        for kind in [Kind::Hard, Kind::Complaint] {
            assert_eq!(says(world, "pipe", kind, CLEO).await, Did::Unknown);
        }
        for kind in [Kind::Soft, Kind::Unsubscribe] {
            assert_eq!(says(world, HOOK, kind, CLEO).await, Did::Unknown);
        }
        let did = says(world, HOOK, Kind::Complaint, CLEO).await;
        assert_eq!(did, suppressed("complaint"));
        // A Message-ID of ours is proof, whoever has it.
        let mut bounce = report(Kind::Hard, "by id");
        bounce.recipient = Some(ASHA.to_owned());
        assert_eq!(comes(world, bounce.clone()).await.did, Did::Unknown);
        bounce.message_ids = vec![message_id(world, ASHA)];
        assert_eq!(comes(world, bounce).await.did, suppressed("hard-bounce"));
        for one in [
            "SELECT count(*) FROM message WHERE state = 9",
            "SELECT count(*) FROM message WHERE state = 8",
            "SELECT count(*) FROM message WHERE state = 3",
        ] {
            assert_eq!(world.number(one).await, 1, "{one}");
        }

        // The request alone is enough to know an address by.
        world.change("DELETE FROM notice").await;
        let did = says(world, HOOK, Kind::Hard, BEN).await;
        assert_eq!(did, suppressed("hard-bounce"));
        world.later(2 * 60);
        for address in [CLEO, ASHA, BEN] {
            asks(world, &site, address).await;
            assert_eq!(world.mails_to(address).len(), 1, "{address}");
        }
        world.later(4 * 24 * 60);
        asks(world, &site, CLEO).await;
        assert_eq!(world.mails_to(CLEO).len(), 1);
    }
);
