//! Subscribers from a file, and back into one.

use std::fmt::Write;
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::support::{World, program};

const ASHA: &str = "asha@example.org";

/// Writes a file beside the configuration.
fn file(world: &World, name: &str, bytes: impl AsRef<[u8]>) -> String {
    let path = world.folder.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    path.to_str().unwrap().to_owned()
}

/// Imports a file; the exit code, the counts and the lines of its rejects file.
fn import(world: &World, path: &str) -> (i32, Value, Vec<String>) {
    let output = program::run(world, &["subscriber", "import", path, "--json"]);
    let counts = serde_json::from_slice(&output.stdout).unwrap_or(Value::Null);
    let rejects = std::fs::read_to_string(PathBuf::from(path).with_extension("rejected.csv"));
    let rejects = rejects.unwrap_or_default();
    let lines = rejects.lines().skip(1).map(str::to_owned).collect();
    (output.status.code().unwrap(), counts, lines)
}

fn counts(lines: u64, added: u64, changed: u64, unchanged: u64, rejected: u64) -> Value {
    json!({ "lines": lines, "added": added, "changed": changed, "unchanged": unchanged, "rejected": rejected })
}

/// The lines in an order that does not depend on who was there first.
fn sorted(text: &str) -> Vec<&str> {
    let mut lines: Vec<&str> = text.lines().collect();
    lines.sort_unstable();
    lines
}

fn show(world: &World, address: &str) -> Value {
    program::json(world, &["subscriber", "show", address])
}

const GOOD: &str = "\u{feff}email,name,zone,newsletters,cadence,hour,days,follows,mutes,consent_at\r\n\
    asha@example.org,\"Verrow, Asha \"\"Ash\"\"\",Europe/London,morning;mine,daily,06:45,weekdays,section:Schools;topic:School music,topic:Cricket,2025-03-03\r\n\
    J\u{f6}rg@B\u{fc}cher.example,J\u{f6}rg \u{dc}tz,Europe/Berlin,mine,weekly,18:00,sun,section:Port,,2025-03-03T10:15:00Z\r\n\
    \r\n\
    yui@example.org,\u{4f50}\u{85e4} \u{7d50}\u{8863},Asia/Tokyo,morning,,,,,,\r\n";

story!(
    a_file_as_spreadsheets_write_it_is_imported_whole,
    async |world: &mut World| {
        let path = file(world, "readers.csv", GOOD);
        assert_eq!(import(world, &path), (0, counts(3, 3, 0, 0, 0), vec![]));
        let asha = show(world, ASHA);
        assert_eq!(asha["preferences"]["name"], "Verrow, Asha \"Ash\"");
        let mine = &asha["preferences"]["subscriptions"]["mine"];
        assert_eq!(mine["at_minute"], 405);
        assert_eq!(mine["days"], 31);
        assert_eq!(
            mine["follows"],
            json!(["section:Schools", "topic:School music"])
        );
        assert_eq!(mine["mutes"], json!(["topic:Cricket"]));
        assert_eq!(asha["consent"][0]["source"], "import readers.csv");
        assert_eq!(asha["consent"][0]["at"], 1_740_960_000_000_i64);
        // Either spelling of the domain finds the reader.
        for address in [
            "j\u{f6}rg@b\u{fc}cher.example",
            "j\u{f6}rg@xn--bcher-kva.example",
        ] {
            assert_eq!(
                show(world, address)["preferences"]["name"],
                "J\u{f6}rg \u{dc}tz"
            );
        }
        let yui = show(world, "yui@example.org");
        assert_eq!(
            yui["preferences"]["name"],
            "\u{4f50}\u{85e4} \u{7d50}\u{8863}"
        );
        world
            .publish("choir", "Schools", "The schools that kept music")
            .await;
        world.at("2026-11-24T06:45:00Z");
        world.run().await;
        assert_eq!(
            world.mails_to(ASHA).len(),
            2,
            "what was imported is planned: one mail from each newsletter"
        );
    }
);

story!(
    the_same_file_twice_changes_nothing,
    async |world: &mut World| {
        let path = file(world, "readers.csv", GOOD);
        import(world, &path);
        let before = [show(world, ASHA), show(world, "yui@example.org")];
        world.later(90);
        assert_eq!(import(world, &path), (0, counts(3, 0, 0, 3, 0), vec![]));
        assert_eq!(
            before,
            [show(world, ASHA), show(world, "yui@example.org")],
            "no new revision and no new consent record"
        );
    }
);

story!(
    what_cannot_be_taken_is_named_by_line_field_and_reason,
    async |world: &mut World| {
        program::ok(world, &["subscriber", "add", "gone@example.org"]);
        program::ok(world, &["subscriber", "remove", "gone@example.org"]);
        for end in ["\n", "\r\n"] {
            let mut bytes = Vec::new();
            for line in [
                "email,name,zone,newsletters,cadence,hour,follows,consent_at",
                "not an address,,,,,,,",
                "first@example.org,,,morning,,,,",
                "",
                "two@example.org,\"Over two",
                "lines\",,morning,,,,",
                "a@example.org,,,evening,,,,",
                "b@example.org,,,morning,,25:00,,",
                "c@example.org,,Europe/Atlantis,morning,,,,",
                "d@example.org,,,morning,,,,,one,two",
                "e@example.org,,,morning,hourly,,,",
                "f@example.org,,,mine,scheduled,,,",
                "g@example.org,,,mine,,,colour:blue,",
                "h@example.org,,,mine,,,,2099-01-01",
                "GONE@example.org,,,morning,,,,",
                "i@example.org,\u{e9},,morning,,,,",
                "last@example.org,,,morning,,,,",
            ] {
                // The é as Latin-1 has it, which no UTF-8 text holds.
                for c in line.chars() {
                    bytes.push(u8::try_from(u32::from(c)).unwrap());
                }
                bytes.extend_from_slice(end.as_bytes());
            }
            let (code, done, mut rejects) = import(world, &file(world, "mixed.csv", bytes));
            let (added, unchanged) = if end == "\n" { (3, 0) } else { (0, 3) };
            assert_eq!((code, done), (1, counts(14, added, 0, unchanged, 11)));
            rejects.sort_by_key(|r| r.split(',').next().unwrap().parse::<u32>().unwrap());
            assert_eq!(
                rejects,
                [
                    "2,email,\"needs a name, an @ and a domain, as in asha@example.org\"",
                    "7,newsletters,\"\"\"evening\"\" is no newsletter of ours\"",
                    "8,hour,\"is not a time of day, as 06:30 is\"",
                    "9,zone,\"is not a zone of the IANA list, as Europe/London is\"",
                    "10,line,has 10 fields where the header has 8",
                    "11,cadence,is not one that morning offers",
                    "12,cadence,is not one that mine offers",
                    "13,follows,\"write section:, topic:, author: or keyword: and a name, as in section:Schools\"",
                    "14,consent_at,\"is not a past day or instant, as 2025-03-03 or 2025-03-03T10:15:00Z are\"",
                    "15,email,is suppressed: the reader's data were erased",
                    "16,line,is not UTF-8",
                ],
                "{end:?}"
            );
        }
        show(world, "first@example.org");
        show(world, "last@example.org");
        assert_eq!(
            program::run(world, &["subscriber", "show", "gone@example.org"])
                .status
                .code(),
            Some(1)
        );
    }
);

story!(
    two_lines_of_one_reader_are_one_reader,
    async |world: &mut World| {
        let text = "email,name,newsletters,follows\n\
            asha@example.org,Asha,morning,section:Port\n\
            ASHA@Example.org,,mine,section:Schools\n";
        let path = file(world, "twice.csv", text);
        assert_eq!(import(world, &path), (0, counts(2, 1, 0, 0, 0), vec![]));
        let asha = show(world, ASHA);
        assert_eq!(asha["revision"], 1);
        assert_eq!(asha["preferences"]["name"], "Asha");
        assert_eq!(
            asha["preferences"]["subscriptions"]
                .as_object()
                .unwrap()
                .len(),
            2
        );
    }
);

story!(
    a_file_does_not_bring_back_who_has_left,
    async |world: &mut World| {
        let path = file(
            world,
            "readers.csv",
            "email,newsletters\nasha@example.org,morning\nben@example.org,morning\n",
        );
        import(world, &path);
        world.leave(ASHA, "morning").await;
        let before = show(world, ASHA);
        assert_eq!(import(world, &path), (0, counts(2, 0, 0, 2, 0), vec![]));
        assert_eq!(show(world, ASHA), before);
        world.publish("port", "Port", "The port reopens").await;
        world.at("2026-11-24T06:30:00Z");
        world.run().await;
        assert_eq!(
            (
                world.mails_to(ASHA).len(),
                world.mails_to("ben@example.org").len()
            ),
            (0, 1)
        );
    }
);

story!(
    a_header_nobody_knows_imports_nothing,
    async |world: &mut World| {
        for (header, says) in [
            ("email,phone", "line 1: \"phone\" is not a column we know"),
            ("name,newsletters", "line 1: there is no column email"),
            (
                "email,name,Email",
                "line 1: the column email stands there twice",
            ),
        ] {
            let path = file(
                world,
                "readers.csv",
                format!("{header}\nasha@example.org,x,y\n"),
            );
            let (code, stdout, said) = program::fails(world, &["subscriber", "import", &path]);
            assert_eq!((code, stdout.as_str()), (2, ""));
            assert!(
                said.contains("readers.csv: ") && said.contains(says),
                "{said}"
            );
        }
        let (code, _, said) = program::fails(world, &["subscriber", "import", "nowhere.csv"]);
        assert!(code == 2 && said.contains("nowhere.csv: "), "{code} {said}");
        let (code, ..) = program::fails(world, &["subscriber", "show", ASHA]);
        assert_eq!(code, 1);
        assert_eq!(
            program::ok(world, &["subscriber", "export"])
                .lines()
                .count(),
            1
        );
    }
);

story!(
    what_is_exported_can_be_imported_and_exported_just_the_same,
    async |world: &mut World| {
        import(world, &file(world, "readers.csv", GOOD));
        for arguments in [
            &[
                "subscriber",
                "add",
                "lonely@example.org",
                "--name",
                "Lo; \"Ne\", ly",
            ][..],
            &[
                "subscriber",
                "add",
                "p@example.org",
                "--newsletter",
                "offers",
                "--follow",
                "section:Law; Order",
                "--tier",
                "premium",
                "--language",
                "pt-BR",
            ],
            &[
                "subscriber",
                "add",
                "left@example.org",
                "--newsletter",
                "morning",
            ],
            &[
                "subscriber",
                "remove",
                "left@example.org",
                "--newsletter",
                "morning",
            ],
        ] {
            program::ok(world, arguments);
        }
        let first = program::ok(world, &["subscriber", "export"]);
        assert_eq!(first.lines().count(), 1 + 2 + 1 + 1 + 1 + 1 + 1);
        let path = file(world, "exported.csv", &first);
        // A fresh database stands in for the other world.
        let other = format!(
            "sqlite:{}",
            world.folder.path().join("other.sqlite").display()
        );
        let elsewhere = |arguments: &[&str]| {
            let output = program::run_with(world, &[("POSTRIDER_DATABASE_URL", &other)], arguments);
            assert!(
                output.status.success(),
                "{}",
                String::from_utf8_lossy(&output.stderr)
            );
            String::from_utf8(output.stdout).unwrap()
        };
        assert_eq!(elsewhere(&["subscriber", "export"]).lines().count(), 1);
        elsewhere(&["subscriber", "import", &path]);
        assert_eq!(
            sorted(&elsewhere(&["subscriber", "export"])),
            sorted(&first)
        );
        assert_eq!(
            import(world, &path),
            (0, counts(7, 0, 0, 6, 0), vec![]),
            "and at home it changes nothing"
        );
    }
);

story!(
    five_thousand_lines_come_in_as_several_batches,
    async |world: &mut World| {
        let mut text = String::from("email,name,newsletters,follows\n");
        for i in 0..5000 {
            writeln!(
                text,
                "reader{i}@example.org,Reader {i},morning,section:S{}",
                i % 50
            )
            .unwrap();
        }
        text.push_str("nobody,,,\nreader0@example.org,,mine,\n");
        let path = file(world, "many.csv", text);
        let (code, done, rejects) = import(world, &path);
        assert_eq!((code, done), (1, counts(5002, 5000, 1, 0, 1)));
        assert_eq!(rejects.len(), 1);
        assert!(rejects[0].starts_with("5002,email,"), "{rejects:?}");
        assert_eq!(
            show(world, "reader4999@example.org")["preferences"]["name"],
            "Reader 4999"
        );
        let said = program::run(world, &["subscriber", "import", &path]);
        let said = String::from_utf8(said.stdout).unwrap();
        assert!(
            said.contains("0 added, 0 changed, 5\u{202f}001 as they were"),
            "{said}"
        );
    }
);
