//! What the program tells an operator: `why`, `log`, `status`, issues, newsletters and `check`.

use crate::support::{World, program};

const ASHA: &str = "asha@example.org";

/// A morning on which one mail was accepted, one refused, one put off and one not needed.
async fn a_morning(world: &mut World) {
    // One connection, so that the relay numbers the mails in one order.
    world.add_setting("connections = 1");
    world.restart().await;
    world
        .join(&[
            world
                .reader(ASHA, "morning")
                .named("Asha")
                .follows(&["section:Schools"]),
            world.reader("gone.ben@example.org", "morning"),
            world.reader("later.cleo@example.org", "morning"),
            world.reader("left@example.org", "morning").left(),
        ])
        .await;
    world
        .join(&[world.reader(ASHA, "mine").follows(&["section:Opera"])])
        .await;
    world
        .publish("choir", "Schools", "The schools that kept music")
        .await;
    world.publish("port", "Port", "The port reopens").await;
    world.at("2026-11-24T06:30:00Z");
    world.run().await;
    world.at("2026-11-24T07:00:00Z");
    world.plan().await;
}

/// Compares with what was read and approved.
fn is(name: &str, text: &str) {
    insta::assert_snapshot!(name, text);
}

/// What a verb that does not succeed printed and said.
fn both((code, stdout, stderr): (i32, String, String)) -> String {
    format!("{stdout}--- exit {code}\n{stderr}")
}

story!(
    why_tells_whether_a_reader_got_it,
    async |world: &mut World| {
        a_morning(world).await;
        is(
            "why_accepted_and_skipped",
            &program::ok(world, &["why", ASHA]),
        );
        is(
            "why_of_one_newsletter",
            &program::ok(world, &["why", ASHA, "--newsletter", "mine"]),
        );
        is(
            "why_failed",
            &program::ok(world, &["why", "gone.ben@example.org"]),
        );
        is(
            "why_deferred",
            &program::ok(world, &["why", "later.cleo@example.org"]),
        );
        is(
            "why_left",
            &program::ok(world, &["why", "left@example.org"]),
        );
        is(
            "why_nobody",
            &both(program::fails(world, &["why", "nobody@example.org"])),
        );
        is(
            "why_no_newsletter",
            &both(program::fails(
                world,
                &["why", ASHA, "--newsletter", "evening"],
            )),
        );
        program::ok(world, &["subscriber", "remove", "gone.ben@example.org"]);
        is(
            "why_erased",
            &both(program::fails(world, &["why", "gone.ben@example.org"])),
        );
        let facts = program::json(world, &["why", ASHA]);
        assert_eq!(facts["messages"][0]["newsletter"], "morning");
        assert_eq!(facts["messages"][0]["state"], "accepted");
        assert_eq!(
            facts["messages"][0]["timeline"].as_array().unwrap().len(),
            2
        );
        assert_eq!(facts["messages"][1]["state"], "skipped");
    }
);

story!(
    the_log_tells_what_became_of_each_mail_and_masks_addresses,
    async |world: &mut World| {
        a_morning(world).await;
        let log = program::ok(world, &["log"]);
        is("log", &log);
        for name in ["asha@", "ben@", "cleo@"] {
            assert!(!log.contains(name), "{log}");
        }
        is(
            "log_failed",
            &program::ok(world, &["log", "--state", "failed"]),
        );
        is(
            "log_of_a_reader",
            &program::ok(world, &["log", "--to", ASHA, "--newsletter", "morning"]),
        );
        is(
            "log_no_such_state",
            &both(program::fails(world, &["log", "--state", "sent"])),
        );
        is(
            "log_no_such_reader",
            &both(program::fails(
                world,
                &["log", "--to", "nobody@example.org"],
            )),
        );
        program::ok(world, &["subscriber", "remove", "gone.ben@example.org"]);
        is(
            "log_after_erasure",
            &program::ok(world, &["log", "--state", "failed"]),
        );
        let output = program::ok(world, &["log", "--json"]);
        assert!(!output.contains("@example.org"), "{output}");
        let facts: serde_json::Value = serde_json::from_str(&output).unwrap();
        assert_eq!(facts.as_array().unwrap().len(), 4);
        assert_eq!(facts[3]["newsletter"], "mine");
        assert_eq!(
            facts[3]["reason"],
            "no story since the last one was for this reader"
        );
    }
);

story!(
    what_is_empty_says_so_and_what_is_written_says_how_much,
    async |world: &mut World| {
        for (list, said) in [
            (
                &["log"][..],
                "No such message in issues of the last 7 days; --days looks further back.\n",
            ),
            (&["issue", "list"], "There is no issue yet.\n"),
            (&["offer", "list"], "There is no offer yet.\n"),
            (&["article", "list"], "No story was collected.\n"),
        ] {
            assert_eq!(program::ok(world, list), said);
            assert_eq!(program::json(world, list), serde_json::json!([]));
        }
        world.join(&[world.reader(ASHA, "morning")]).await;
        program::ok(world, &["suppress", "add", "ben@example.org"]);
        let file = world.folder.path().join("export.csv");
        let file = file.to_str().unwrap();
        for (verb, said) in [
            ("subscriber", "1 subscriber in "),
            ("suppress", "1 address in "),
        ] {
            let told = program::ok(world, &[verb, "export", file]);
            assert_eq!(told, format!("{said}{file}.\n"));
        }
        let told = program::ok(world, &["suppress", "list", "--reason", "complaint"]);
        assert_eq!(
            told,
            "1 address: 1 manual\nNone of them is of this reason and source.\n"
        );
        program::ok(world, &["subscriber", "add", "cleo@example.org"]);
        let shown = program::ok(world, &["subscriber", "show", "cleo@example.org"]);
        assert!(shown.contains("  1: added, by command line"), "{shown}");
    }
);

story!(
    the_log_of_an_edition_is_told_however_old_it_is,
    async |world: &mut World| {
        a_morning(world).await;
        let edition = |name| ["log", "--newsletter", "morning", "--edition", name];
        let fresh = program::ok(world, &edition("2026-11-24"));
        world.at("2027-01-24T07:00:00Z");
        assert_eq!(program::ok(world, &edition("2026-11-24")), fresh);
        assert_eq!(
            program::ok(
                world,
                &["log", "--edition", "2026-11-24", "--state", "bounced"]
            ),
            "No such message.\n"
        );
        // Of everything, only the last days.
        assert_eq!(
            program::ok(world, &["log"]),
            "No such message in issues of the last 7 days; --days looks further back.\n"
        );
        assert_eq!(program::json(world, &["log"]), serde_json::json!([]));
        assert!(program::ok(world, &["log", "--days", "90"]).contains("accepted"));
        for (arguments, said) in [
            (
                &edition("2026-11-23")[..],
                "morning has no issue 2026-11-23",
            ),
            (
                &["log", "--edition", "2026-11-23"],
                "no newsletter has an issue 2026-11-23",
            ),
        ] {
            let (code, stdout, stderr) = program::fails(world, arguments);
            assert_eq!((code, stdout.as_str()), (1, ""));
            assert!(stderr.contains(said), "{stderr}");
        }
        for arguments in [
            ["log", "--days", "0"],
            ["log", "--limit", "0"],
            ["why", ASHA, "--limit=-1"],
        ] {
            assert_eq!(program::fails(world, &arguments).0, 2);
        }
    }
);

story!(
    the_status_tells_what_is_late_and_what_fails,
    async |world: &mut World| {
        is("status_of_an_empty_paper", &program::ok(world, &["status"]));
        a_morning(world).await;
        is("status", &program::ok(world, &["status"]));
        world.feed.break_it(true);
        world.collect().await;
        world.at("2026-11-25T06:45:00Z");
        is("status_when_late", &program::ok(world, &["status"]));
        let facts = program::json(world, &["status"]);
        assert_eq!(facts["running"], false);
        assert_eq!(facts["unplanned"]["subscriptions"], 3);
        assert_eq!(facts["failing_sources"][0]["name"], "courier");
        assert_eq!(facts["issues"].as_array().unwrap().len(), 2);
    }
);

story!(
    issues_and_newsletters_are_listed_and_shown,
    async |world: &mut World| {
        is(
            "newsletter_list",
            &program::ok(world, &["newsletter", "list"]),
        );
        is(
            "newsletter_show",
            &program::ok(world, &["newsletter", "show", "morning"]),
        );
        is(
            "newsletter_show_none",
            &both(program::fails(world, &["newsletter", "show", "evening"])),
        );
        is(
            "issue_show_none",
            &both(program::fails(world, &["issue", "show", "morning"])),
        );
        a_morning(world).await;
        is("issue_list", &program::ok(world, &["issue", "list"]));
        is(
            "issue_show",
            &program::ok(world, &["issue", "show", "morning"]),
        );
        is(
            "issue_show_skipped",
            &program::ok(world, &["issue", "show", "mine", "--edition", "2026-11-24"]),
        );
        is(
            "issue_hold",
            &program::ok(world, &["issue", "hold", "morning"]),
        );
        is(
            "issue_resume",
            &program::ok(world, &["issue", "resume", "morning"]),
        );
        is(
            "issue_cancel",
            &program::ok(world, &["issue", "cancel", "morning"]),
        );
        is(
            "issue_resume_cancelled",
            &both(program::fails(world, &["issue", "resume", "morning"])),
        );
        let facts = program::json(world, &["issue", "show", "morning"]);
        assert_eq!(
            facts["by_state"],
            serde_json::json!({ "accepted": 1, "failed": 1, "cancelled": 1 })
        );
        assert_eq!(
            program::json(world, &["newsletter", "list"])[1]["slug"],
            "morning"
        );
        assert_eq!(
            program::json(world, &["newsletter", "show", "morning"])["title"],
            "Morning Tide"
        );
    }
);

story!(
    a_check_names_what_is_wrong_and_where,
    async |world: &mut World| {
        let stable = |text: String| {
            let port = world.app.config.relay[0].port().to_string();
            let folder = world.config().display().to_string();
            text.replace(&port, "PORT").replace(&folder, "config")
        };
        let well = stable(program::ok(world, &["check"]));
        assert!(well.lines().all(|l| l.starts_with("ok ")), "{well}");
        let facts = program::json(world, &["check"]);
        assert!(
            facts.as_array().unwrap().iter().all(|f| f["ok"] == true),
            "{facts}"
        );
        world.configure(
            "newsletters/mine.toml",
            "title = \"My Courier\"\nshedule = \"0 7 * * *\"\n",
        );
        let (code, stdout, stderr) = program::fails(world, &["check"]);
        is("check_with_a_slip", &stable(both((code, stdout, stderr))));
        let output = program::run(world, &["check", "--json"]);
        let facts: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(facts[0]["ok"], false);
        let problems = facts[0]["problems"].as_array().unwrap();
        assert!(problems.iter().any(|p| p["line"] == 2), "{facts}");
        // Every other verb says the same, and does not start.
        let (code, stdout, stderr) = program::fails(world, &["status"]);
        assert_eq!((code, stdout.as_str()), (2, ""));
        assert!(stderr.contains("newsletters/mine.toml:2: "), "{stderr}");
    }
);

story!(
    a_reader_of_the_log_who_has_seen_enough_may_go,
    async |world: &mut World| {
        a_morning(world).await;
        for verb in [
            &["log"][..],
            &["log", "--json"],
            &["subscriber", "export"],
            &["newsletter", "show", "morning"],
        ] {
            let (code, said) = program::read_one_line(world, verb);
            assert_eq!((code, said.as_str()), (Some(0), ""), "{verb:?}");
        }
        // More than a pipe holds, so that the writing really fails.
        let mut text = String::from("email,name,newsletters\n");
        for i in 0..3000 {
            text +=
                &format!("reader{i}@example.org,A reader with a rather long name {i},morning\n");
        }
        let file = world.folder.path().join("many.csv");
        std::fs::write(&file, text).unwrap();
        program::ok(world, &["subscriber", "import", file.to_str().unwrap()]);
        let (code, said) = program::read_one_line(world, &["subscriber", "export"]);
        assert_eq!((code, said.as_str()), (Some(0), ""));
    }
);
