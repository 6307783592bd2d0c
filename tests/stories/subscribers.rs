//! One subscriber at a time, from the command line.

use serde_json::json;

use crate::support::{World, program};

const ASHA: &str = "asha@example.org";

story!(
    a_subscriber_is_added_once_and_shown_as_asked_for,
    async |world: &mut World| {
        let add = [
            "subscriber",
            "add",
            ASHA,
            "--name",
            "Asha",
            "--newsletter",
            "morning",
            "--newsletter",
            "mine",
            "--cadence",
            "weekly",
            "--hour",
            "06:45",
            "--days",
            "mon",
            "--zone",
            "Asia/Kolkata",
            "--follow",
            "section:Schools",
            "--follow",
            "author:Mirren Oake",
            "--only-followed",
            "--mute",
            "topic:Cricket",
            "--language",
            "en",
            "--tier",
            "premium",
            "--evidence",
            "form 12",
        ];
        assert_eq!(program::ok(world, &add), "Added.\n");
        assert_eq!(program::ok(world, &add), "Nothing to change.\n");
        assert_eq!(
            program::json(world, &add),
            json!({ "added": false, "changed": false })
        );
        assert_eq!(
            program::ok(
                world,
                &[
                    "subscriber",
                    "add",
                    "Asha@Example.org",
                    "--newsletter",
                    "mine",
                    "--mute",
                    "topic:Opera"
                ]
            ),
            "Changed.\n"
        );
        let shown = program::ok(world, &["subscriber", "show", ASHA]);
        insta::assert_snapshot!("a_subscriber", shown);
        let mut told = program::json(world, &["subscriber", "show", ASHA]);
        let history = told["history"].take();
        assert_eq!(history[1]["source"], "command line");
        assert_eq!(history[1]["preferences"], told["preferences"]);
        assert_eq!(
            told,
            json!({
                "id": 1, "revision": 2, "suppressed": null, "history": null, "addresses": [], "answers": [],
                "erased_at": null,
                "preferences": {
                    "name": "Asha", "language": "en", "zone": "Asia/Kolkata", "tier": "premium",
                    "subscriptions": {
                        "mine": {
                            "state": "active", "cadence": "weekly", "at_minute": 405, "days": 1,
                            "joined_at": 1_795_498_200_000_i64, "only_followed": true,
                            "follows": ["section:Schools", "author:Mirren Oake"],
                            "mutes": ["topic:Cricket", "topic:Opera"],
                        },
                        "morning": {
                            "state": "active", "cadence": "weekly", "at_minute": 405, "days": 1,
                            "joined_at": 1_795_498_200_000_i64, "only_followed": true,
                            "follows": ["section:Schools", "author:Mirren Oake"],
                            "mutes": ["topic:Cricket"],
                        },
                    },
                },
                "consent": [
                    { "newsletter": "mine", "at": 1_795_498_200_000_i64, "act": 1, "source": "command line", "evidence": "form 12" },
                    { "newsletter": "morning", "at": 1_795_498_200_000_i64, "act": 1, "source": "command line", "evidence": "form 12" },
                ],
            })
        );
    }
);

story!(
    who_leaves_a_newsletter_stays_a_subscriber_and_may_join_again,
    async |world: &mut World| {
        let add = [
            "subscriber",
            "add",
            ASHA,
            "--newsletter",
            "morning",
            "--newsletter",
            "mine",
        ];
        program::ok(world, &add);
        world.later(10);
        let leave = ["subscriber", "remove", ASHA, "--newsletter", "morning"];
        assert_eq!(program::ok(world, &leave), "Left morning.\n");
        let (code, _, said) = program::fails(world, &leave);
        assert!(
            code == 1 && said.contains("on none of these"),
            "{code} {said}"
        );
        let shown = program::ok(world, &["subscriber", "show", ASHA]);
        assert!(
            shown.contains("morning: left\n") && shown.contains("mine: daily\n"),
            "{shown}"
        );
        assert!(
            shown.contains("Tue 24 Nov 2026 05:40:00  left morning by command line\n"),
            "{shown}"
        );
        world.later(10);
        program::ok(
            world,
            &["subscriber", "add", ASHA, "--newsletter", "morning"],
        );
        let shown = program::ok(world, &["subscriber", "show", ASHA]);
        assert!(
            shown.contains("Tue 24 Nov 2026 05:50:00  joined morning by command line\n"),
            "{shown}"
        );
        world.publish("port", "Port", "The port reopens").await;
        world.at("2026-11-24T06:30:00Z");
        world.run().await;
        assert_eq!(world.mails_to(ASHA).len(), 1);
    }
);

story!(
    who_is_erased_is_gone_and_cannot_be_added_again,
    async |world: &mut World| {
        program::ok(
            world,
            &["subscriber", "add", ASHA, "--newsletter", "morning"],
        );
        let erased = program::ok(world, &["subscriber", "remove", ASHA]);
        assert!(erased.starts_with("Erased."), "{erased}");
        let (code, stdout, said) = program::fails(world, &["subscriber", "show", ASHA]);
        assert_eq!((code, stdout.as_str()), (1, ""));
        assert!(
            said.contains(
                "must not be mailed since Tue 24 Nov 2026 05:30:00: the reader's data were erased"
            ),
            "{said}"
        );
        let (code, _, said) = program::fails(world, &["subscriber", "add", ASHA]);
        assert!(
            code == 1 && said.contains("must not be mailed"),
            "{code} {said}"
        );
        let (code, _, said) = program::fails(world, &["subscriber", "remove", ASHA]);
        assert!(
            code == 1 && said.contains("no subscriber has this address"),
            "{code} {said}"
        );
    }
);

story!(
    what_cannot_be_meant_is_refused_before_anything_is_written,
    async |world: &mut World| {
        for (arguments, hint) in [
            (
                &["--newsletter", "mine", "--follow", "Schools"][..],
                "as in section:Schools",
            ),
            (
                &["--newsletter", "mine", "--mute", "colour:blue"],
                "as in section:Schools",
            ),
            (&["--zone", "Europe/Atlantis"], "as Europe/London is"),
            (&["--newsletter", "mine", "--hour", "25:00"], "as 06:30 is"),
            (
                &["--newsletter", "mine", "--days", "someday"],
                "as mon,wed are",
            ),
            (&["--language", "English!"], "as en is"),
            (
                &["--name", &"n".repeat(101)],
                "--name is too long: a name has at most 100 characters",
            ),
            (
                &["--newsletter", "mine", "--cadence", "scheduled"],
                "hint: ",
            ),
            (&["--newsletter", "mine", "--cadence", "weakly"], "weekly"),
            (&["--tier", "gold"], "free or premium"),
            (
                &["--follow", "section:Schools"],
                "hint: name it with --newsletter",
            ),
            (
                &["--mute", "section:Schools"],
                "hint: name it with --newsletter",
            ),
            (&["--days", "mon"], "hint: name it with --newsletter"),
        ] {
            let all = [&["subscriber", "add", ASHA], arguments].concat();
            let (code, stdout, said) = program::fails(world, &all);
            assert_eq!((code, stdout.as_str()), (2, ""), "{arguments:?}: {said}");
            assert!(
                said.starts_with("error: ") && said.contains(hint),
                "{arguments:?}: {said}"
            );
        }
        let (code, _, said) = program::fails(
            world,
            &["subscriber", "add", ASHA, "--newsletter", "evening"],
        );
        assert!(
            said.contains("hint: there are mine, morning, offers"),
            "{code} {said}"
        );
        let (code, _, said) = program::fails(world, &["subscriber", "add", "asha"]);
        assert!(
            code == 2 && said.contains("as in asha@example.org"),
            "{code} {said}"
        );
        let (code, ..) = program::fails(world, &["subscriber", "show", ASHA]);
        assert_eq!(code, 1, "nothing was written");
    }
);
