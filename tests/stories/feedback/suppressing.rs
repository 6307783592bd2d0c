//! `postrider suppress`.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

use postrider::audience::SuppressionReason;
use postrider::audience::suppression::list;
use serde_json::json;

use super::*;
use crate::support::program;

fn write(world: &World, name: &str, text: &str) -> String {
    let file = world.folder.path().join(name);
    fs::write(&file, text).unwrap();
    file.to_str().unwrap().to_owned()
}

story!(
    an_address_is_suppressed_by_hand_listed_and_taken_back,
    async |world: &mut World| {
        morning_is_out(world).await;
        let said = program::ok(
            world,
            &[
                "suppress",
                "add",
                "ASHA@example.org",
                "--note",
                "wrote a letter",
            ],
        );
        assert_eq!(
            said,
            "Suppressed. Nothing is sent to this address from now on.\n"
        );
        let said = program::ok(world, &["suppress", "add", ASHA]);
        let told = "It was suppressed already, since Tue 24 Nov 2026 06:30:00: the paper said so (command line: wrote a letter).\n";
        assert_eq!(said, told);
        program::ok(
            world,
            &[
                "suppress",
                "add",
                "nobody@example.org",
                "--reason",
                "complaint",
            ],
        );
        let list = program::ok(world, &["suppress", "list"]);
        assert!(
            list.starts_with("2 addresses: 1 complaint, 1 manual\n"),
            "{list}"
        );
        assert!(
            list.contains("a…a@example.org") && list.contains("no subscriber"),
            "{list}"
        );
        assert!(!list.contains(ASHA), "{list}");
        let facts = program::json(world, &["suppress", "list", "--reason", "complaint"]);
        let hash = facts["suppressions"][0]["hash"].as_str().unwrap();
        assert_eq!(hash.len(), 64);
        assert_eq!(facts["counts"]["manual"], 1);

        let (code, _, said) = program::fails(world, &["suppress", "remove", hash]);
        assert_eq!(code, 1);
        assert!(said.contains("--reason complaint"), "{said}");
        program::ok(
            world,
            &["suppress", "remove", hash, "--reason", "complaint"],
        );
        program::ok(world, &["suppress", "remove", ASHA]);
        assert_eq!(
            program::ok(world, &["suppress", "list"]),
            "No address is suppressed.\n"
        );
        for wrong in [
            vec!["suppress", "remove", ASHA],
            vec!["suppress", "remove"],
            vec!["suppress", "remove", "no address"],
            vec!["suppress", "add", ASHA, "--reason", "odd"],
            vec!["suppress", "add", ASHA, "--note", "see ben@example.org"],
        ] {
            program::fails(world, &wrong);
        }
    }
);

story!(
    a_file_with_a_wrong_line_changes_nothing_and_says_which,
    async |world: &mut World| {
        morning_is_out(world).await;
        let wrong = "email;reason;since\nasha@example.org;hard-bounce;2026-11-20\nben@example;;\n\
                     carol@example.org;odd;\ndora@example.org;;2027-01-01\neve@example.org;;soon\n";
        let file = write(world, "wrong.csv", wrong);
        for extra in [&["--dry-run"][..], &[]] {
            let arguments = [&["suppress", "import", &file], extra].concat();
            let (code, told, said) = program::fails(world, &arguments);
            assert_eq!(code, 1);
            assert!(
                said.contains("4 lines of 5 cannot be taken, so nothing was written"),
                "{said}"
            );
            let lines: Vec<&str> = told.lines().collect();
            assert_eq!(lines.len(), 4, "{told}");
            assert!(lines[0].starts_with("line 3: email has no dot after the @"));
            assert!(
                lines[1].starts_with("line 4: reason it must be one of"),
                "{told}"
            );
            assert!(lines[2].starts_with("line 5: at lies in the future"));
            assert!(lines[3].starts_with("line 6: at is not a time"));
            assert!(!told.contains("@example"), "{told}");
        }
        assert_eq!(world.number("SELECT count(*) FROM suppression").await, 0);
        let odd = write(world, "odd.csv", "name,city\nAsha,Harbour\n");
        let (code, _, said) = program::fails(world, &["suppress", "import", &odd]);
        assert_eq!(code, 2);
        assert!(said.contains("hint: write one address a line"), "{said}");
    }
);

story!(
    a_list_of_addresses_and_an_export_come_in_and_twice_changes_nothing,
    async |world: &mut World| {
        morning_is_out(world).await;
        let plain = "\u{feff}Asha@Example.org\r\n\r\nnobody@example.org\r\n";
        let file = write(world, "blocked.txt", plain);
        let said = program::ok(world, &["suppress", "import", &file, "--dry-run"]);
        assert_eq!(
            said,
            "2 lines: 2 addresses would be suppressed from now on, 0 suppressed before.\n"
        );
        assert_eq!(world.number("SELECT count(*) FROM suppression").await, 0);
        program::ok(world, &["suppress", "import", &file]);
        let again = program::json(world, &["suppress", "import", &file]);
        assert_eq!(
            (&again["done"]["new"], &again["done"]["already"]),
            (&0.into(), &2.into())
        );
        let kept = suppression_of(world, ASHA).await.unwrap();
        assert_eq!(kept.source, "import blocked.txt");

        let export = program::ok(world, &["suppress", "export"]);
        let lines: Vec<&str> = export.lines().collect();
        assert_eq!(lines[0], "hash,reason,at,source,note,address");
        assert_eq!(lines.len(), 3);
        assert!(export.contains("a…a@example.org") && !export.contains(ASHA));
        let file = write(world, "exported.csv", &export);
        program::ok(world, &["suppress", "import", &file]);
        assert_eq!(world.number("SELECT count(*) FROM suppression").await, 2);
        // On an empty list it makes the same list.
        world.change("DELETE FROM suppression").await;
        program::ok(world, &["suppress", "import", &file]);
        assert_eq!(program::ok(world, &["suppress", "export"]), export);
        let piped = program::feed(world, &["suppress", "import", "-"], export.as_bytes());
        assert!(piped.status.success());
    }
);

story!(
    what_one_trouble_suppressed_is_taken_back_at_once,
    async |world: &mut World| {
        let gone = |_: &str| {
            Some(postrider::demo::relay::Answer::at_recipient(
                550,
                "5.1.1 no such user",
            ))
        };
        world.relay.refuse(gone);
        world.crowd(5, "morning").await;
        program::ok(world, &["suppress", "add", BEN, "--reason", "hard-bounce"]);
        another_morning(world, "2026-11-24").await;
        assert_eq!(world.number("SELECT count(*) FROM suppression").await, 6);
        // They have bounced before, and asked in vain for a mail to confirm.
        for kept in [
            "INSERT INTO soft_bounce (email_key, times, last_at, settled_at) SELECT email_key, '[]', 0, 0 FROM suppression",
            "INSERT INTO signup_mail (email_key, mailed_at) SELECT email_key, 0 FROM suppression",
        ] {
            world.change(kept).await;
        }
        let all = [
            "suppress",
            "remove",
            "--reason",
            "hard-bounce",
            "--since",
            "2026-11-24T06:00",
            "--source",
            "the relay's reply",
        ];
        let said = program::ok(world, &[&all[..], &["--dry-run"]].concat());
        assert_eq!(said, "5 addresses would be mailed again.\n");
        let told = program::json(world, &[&all[..], &["--dry-run"]].concat());
        assert_eq!(told, json!({ "removed": 5, "dry_run": true }));
        assert_eq!(world.number("SELECT count(*) FROM suppression").await, 6);
        let said = program::ok(world, &all);
        assert_eq!(said, "5 addresses may be mailed again.\n");
        assert!(suppression_of(world, BEN).await.is_some());
        for left in [
            "SELECT count(*) FROM soft_bounce",
            "SELECT count(*) FROM signup_mail",
        ] {
            assert_eq!(world.number(left).await, 1, "{left}: Ben's alone");
        }
        let told = program::json(world, &all);
        assert_eq!(told, json!({ "removed": 0, "dry_run": false }));
    }
);

story!(
    what_is_done_by_hand_is_told_to_programs,
    async |world: &mut World| {
        morning_is_out(world).await;
        let add = ["suppress", "add", ASHA, "--reason", "complaint"];
        assert_eq!(program::json(world, &add), json!({ "suppressed": true }));
        assert_eq!(program::json(world, &add), json!({ "suppressed": false }));
        let at = world.now().as_millisecond();
        let shown = program::json(world, &["subscriber", "show", ASHA]);
        let told = json!({ "reason": "complaint", "at": at });
        assert_eq!(shown["suppressed"], told);
        let why = program::json(world, &["why", ASHA]);
        let told =
            json!({ "reason": "complaint", "at": at, "source": "command line", "note": null });
        assert_eq!(why["suppressed"], told);

        let remove = ["suppress", "remove", ASHA, "--reason", "complaint"];
        let told = program::json(world, &[&remove[..], &["--dry-run"]].concat());
        assert_eq!(told, json!({ "removed": 1, "dry_run": true }));
        assert!(suppression_of(world, ASHA).await.is_some());
        let told = program::json(world, &remove);
        assert_eq!(told, json!({ "removed": 1, "dry_run": false }));
        assert_eq!(suppression_of(world, ASHA).await, None);
        let (code, told, said) = program::fails(world, &[&remove[..], &["--json"]].concat());
        assert_eq!((code, &*told), (1, ""));
        assert!(said.contains("this address is not suppressed"), "{said}");
    }
);

story!(
    what_is_taken_back_is_what_was_looked_at,
    async |world: &mut World| {
        use SuppressionReason::{Complaint, HardBounce};
        let key = key(world, ASHA);
        program::ok(world, &["suppress", "add", ASHA, "--reason", "hard-bounce"]);
        // Between the look and the deed the reader complains.
        program::ok(world, &["suppress", "add", ASHA, "--reason", "complaint"]);
        let mut tx = world.app.db.begin().await.unwrap();
        assert!(!list::remove_one(&mut tx, &key, HardBounce).await.unwrap());
        tx.commit().await.unwrap();
        let kept = suppression_of(world, ASHA).await.unwrap();
        assert_eq!(kept.reason, Complaint);
        let mut tx = world.app.db.begin().await.unwrap();
        assert!(list::remove_one(&mut tx, &key, Complaint).await.unwrap());
        tx.commit().await.unwrap();
        assert_eq!(suppression_of(world, ASHA).await, None);
    }
);

story!(
    an_export_that_fails_leaves_the_one_before_as_it_was,
    async |world: &mut World| {
        morning_is_out(world).await;
        program::ok(world, &["suppress", "add", BEN]);
        let folder = world.folder.path().join("exports");
        fs::create_dir(&folder).unwrap();
        let file = folder.join("list.csv");
        let link = folder.join("link.csv");
        symlink("list.csv", &link).unwrap();
        for verb in ["suppress", "subscriber"] {
            let export = [verb, "export", link.to_str().unwrap()];
            fs::write(&file, "the one before").unwrap();
            world.change("ALTER TABLE subscriber RENAME TO gone").await;
            let (code, _, _) = program::fails(world, &export);
            assert_eq!(code, 1);
            assert_eq!(fs::read_to_string(&file).unwrap(), "the one before");
            world.change("ALTER TABLE gone RENAME TO subscriber").await;
            program::ok(world, &export);
            let text = fs::read_to_string(&file).unwrap();
            assert_eq!(text, program::ok(world, &[verb, "export"]));
            let mode = fs::metadata(&file).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
            assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
            assert_eq!(fs::read_dir(&folder).unwrap().count(), 2, "nothing else");
            // Into a device it goes as it comes.
            program::ok(world, &[verb, "export", "/dev/null"]);

            let (code, told, said) = program::fails(world, &[verb, "export", "--json"]);
            assert_eq!((code, &*told), (2, ""));
            assert!(said.contains("hint: name a file"), "{said}");
            assert!(program::json(world, &export).is_object());
        }
    }
);
