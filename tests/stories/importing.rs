//! Subscribers from a file, and back into one.

use std::fmt::Write;
use std::path::PathBuf;

use postrider::audience::import::{Options, import as take};
use postrider::audience::leaving::leave;
use postrider::audience::{EmailAddress, How, find};
use serde_json::{Value, json};

use crate::support::{World, corpora, program};

const ASHA: &str = "asha@example.org";

/// Writes a file beside the configuration.
fn file(world: &World, name: &str, bytes: impl AsRef<[u8]>) -> String {
    let path = world.folder.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    path.to_str().unwrap().to_owned()
}

/// What an import said.
#[derive(Debug)]
struct Ran {
    code: i32,
    /// How many lines of each fate, as `added 3, refused 1`.
    fates: String,
    /// What became of each line: its number, its fate and why.
    told: Vec<Value>,
    summary: Value,
    rejects: Vec<String>,
    said: String,
}

/// How many lines of each fate a summary has.
fn fates_of(summary: &Value) -> String {
    let all = [
        ("added", "added"),
        ("changed", "changed"),
        ("unchanged", "unchanged"),
        ("continued", "continued"),
        ("duplicate", "duplicates"),
        ("unsubscribed", "unsubscribed"),
        ("unconfirmed", "unconfirmed"),
        ("suppressed", "suppressed"),
        ("refused", "rejected"),
    ];
    let counts = all.map(|(fate, key)| (fate, summary[key].as_u64().unwrap_or(0)));
    let some = counts.iter().filter(|(_, n)| *n > 0);
    some.map(|(fate, n)| format!("{fate} {n}"))
        .collect::<Vec<_>>()
        .join(", ")
}

/// Imports a file with these flags.
fn import_with(world: &World, path: &str, flags: &[&str]) -> Ran {
    let rejects = PathBuf::from(path).with_extension("rejected.csv");
    let _ = std::fs::remove_file(&rejects);
    let arguments = [&["subscriber", "import", path, "--json"], flags].concat();
    let output = program::run(world, &arguments);
    let text = String::from_utf8(output.stdout).unwrap();
    let mut told: Vec<Value> = text
        .lines()
        .map(|l| serde_json::from_str(l).unwrap())
        .collect();
    let summary = told.pop().unwrap_or(Value::Null);
    if summary != Value::Null {
        assert_eq!(summary["lines"], told.len(), "each line is told");
    }
    let lines = std::fs::read_to_string(&rejects).unwrap_or_default();
    Ran {
        code: output.status.code().unwrap(),
        fates: fates_of(&summary),
        told,
        summary,
        rejects: lines.lines().skip(1).map(str::to_owned).collect(),
        said: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// Imports a file; the exit code, the fates and the lines of its rejects file.
fn import(world: &World, path: &str) -> (i32, String, Vec<String>) {
    let ran = import_with(world, path, &[]);
    (ran.code, ran.fates, ran.rejects)
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
        assert_eq!(import(world, &path), (0, "added 3".into(), vec![]));
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
        assert_eq!(import(world, &path), (0, "unchanged 3".into(), vec![]));
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
                "two@example.org,\"Over \u{c3}\u{a9}t\u{c3}\u{a9} two",
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
                // An é as Latin-1 has it, in a file that is UTF-8 elsewhere.
                for c in line.chars() {
                    bytes.push(u8::try_from(u32::from(c)).unwrap());
                }
                bytes.extend_from_slice(end.as_bytes());
            }
            let (code, done, rejects) = import(world, &file(world, "mixed.csv", bytes));
            let taken = if end == "\n" {
                "added 3"
            } else {
                "unchanged 3"
            };
            assert_eq!((code, done), (1, format!("{taken}, refused 11")));
            assert_eq!(
                rejects,
                [
                    "2,email,has no @",
                    "7,newsletters,\"\"\"evening\"\" is no newsletter of ours\"",
                    "8,hour,\"is not a time of day, as 06:30 is\"",
                    "9,zone,\"is not a zone of the IANA list, as Europe/London is\"",
                    "10,line,has 10 fields where the header has 8",
                    "11,cadence,is not one that morning offers",
                    "12,cadence,is not one that mine offers",
                    "13,follows,\"write section:, topic:, author: or keyword: and a name, as in section:Schools\"",
                    "14,consent_at,\"is not a past day or instant, as 2025-03-03 or 2025-03-03T10:15:00Z are\"",
                    "15,email,is suppressed: the reader's data were erased",
                    "16,line,\"is not UTF-8, as the rest of the file is\"",
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
        assert_eq!(
            import(world, &path),
            (0, "added 1, continued 1".into(), vec![])
        );
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
        assert_eq!(import(world, &path), (0, "unchanged 2".into(), vec![]));
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
    a_file_that_cannot_be_understood_imports_nothing,
    async |world: &mut World| {
        for (header, says) in [
            (
                "name,newsletters",
                "line 1: there is no column email, and none that holds addresses",
            ),
            (
                "email,name,Email",
                "line 1: \"email\" and \"Email\" can each be the column email",
            ),
            (
                "email,status",
                "of which newsletter\nhint: say it with --newsletter; there are",
            ),
        ] {
            let path = file(world, "readers.csv", format!("{header}\n\"Asha\",x,y\n"));
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
                "=Lo; \"Ne\", ly",
            ][..],
            &[
                "subscriber",
                "add",
                "p@example.org",
                "--newsletter",
                "offers",
                "--follow",
                "section:Law; Order",
                "--only-followed",
                "--tier",
                "premium",
                "--language",
                "pt-BR",
                "--quiet",
                "22:00-07:00",
                "--weekly-budget",
                "3",
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
        assert_eq!(first.lines().count(), 1 + 2 + 1 + 1 + 1 + 1);
        assert!(first.contains(",section:Law;; Order,,yes,"), "{first}");
        let left = first.contains("left@example.org");
        assert!(
            !left,
            "who has left all would come back as a reader of nothing, ready to be joined"
        );
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
        elsewhere(&["migrate"]);
        assert_eq!(elsewhere(&["subscriber", "export"]).lines().count(), 1);
        elsewhere(&["subscriber", "import", &path]);
        assert_eq!(
            sorted(&elsewhere(&["subscriber", "export"])),
            sorted(&first)
        );
        assert_eq!(
            import(world, &path),
            (0, "unchanged 5, continued 1".into(), vec![]),
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
        assert_eq!(
            (code, done),
            (1, "added 5000, continued 1, refused 1".into())
        );
        assert_eq!(rejects.len(), 1);
        assert!(rejects[0].starts_with("5002,email,"), "{rejects:?}");
        assert_eq!(
            show(world, "reader4999@example.org")["preferences"]["name"],
            "Reader 4999"
        );
        let said = program::run(world, &["subscriber", "import", &path]);
        let said = String::from_utf8(said.stdout).unwrap();
        assert!(
            said.contains("0 added, 0 changed, 5\u{202f}000 as they were")
                && said.contains("1 line adds a newsletter"),
            "{said}"
        );
    }
);

/// An export as another program writes it: every state, dates, tags, and an address twice.
const FOREIGN: &str = "E-Mail;Vorname;Nachname;Status;Opt-in Time;Opt-in IP;Unsubscribed At;Plan;Tags;Firma\r\n\
    asha@example.org;Asha;Verrow;active;2024-03-01 10:15:00;192.0.2.7;;comp;\"Schools, \"\"Harbour, old\"\"\";Tide\r\n\
    ben@example.org;Ben;;unsubscribed;2023-01-01 00:00:00;192.0.2.8;2024-05-05 05:05:05;free;;\r\n\
    cleo@example.org;Cleo;;Hard bounce;;;;;;\r\n\
    dara@example.org;Dara;;complained;;;;;;\r\n\
    emil@example.org;Emil;;pending;;;;;;\r\n\
    fay@example.org;Fay;;;;;;;;\r\n\
    gil@example.org;Gil;;level 4;;;;;;\r\n\
    ASHA@example.org;Other;;active;;;;;;\r\n\
    hana@example.org;Hana;;active;2024-01-01;;2024-06-01;;;\r\n\
    ines@example.org;Ines;;active;9999-01-01;;;Gold;;\r\n";

fn fates_by_line(ran: &Ran) -> Vec<(u64, &str)> {
    let all = ran.told.iter();
    all.map(|t| (t["line"].as_u64().unwrap(), t["fate"].as_str().unwrap()))
        .collect()
}

fn suppressed(world: &World, address: &str) -> String {
    program::fails(world, &["subscriber", "show", address]).2
}

story!(
    every_state_of_another_program_stays_what_it_is,
    async |world: &mut World| {
        let long = format!("ines@example.org;{};", "I".repeat(101));
        let text = FOREIGN.replace("ines@example.org;Ines;", &long);
        let path = file(world, "export.csv", text);
        let flags = [
            "--newsletter",
            "morning",
            "--tag",
            "Schools=section:Schools",
            "--tag",
            "harbour, OLD=newsletter:mine",
        ];
        let dry = import_with(world, &path, &[&flags[..], &["--dry-run"]].concat());
        assert_eq!(
            program::fails(world, &["subscriber", "show", ASHA]).0,
            1,
            "a dry run changes nothing"
        );
        assert!(dry.rejects.is_empty());
        let ran = import_with(world, &path, &flags);
        assert_eq!(ran.code, 1);
        assert_eq!(
            fates_by_line(&ran),
            [
                (2, "added"),
                (3, "unsubscribed"),
                (4, "suppressed"),
                (5, "suppressed"),
                (6, "unconfirmed"),
                (7, "refused"),
                (8, "refused"),
                (9, "duplicate"),
                (10, "unsubscribed"),
                (11, "refused"),
            ]
        );
        assert_eq!(dry.told, ran.told, "a dry run tells just what happens");
        assert_eq!(
            ran.rejects,
            [
                "7,Status,\"is empty, so whether this reader wants mail is not known; say what that means with --status =active or --status =unsubscribed\"",
                "8,Status,\"says \"\"level 4\"\", which is no state we know; say what it means with --status \"\"level 4\"\"=unsubscribed, or active, unconfirmed, blocked, bounced, complained\"",
                "11,Plan,\"says \"\"Gold\"\", which is no tier we know; say what it means with --tier \"\"Gold\"\"=premium or --tier \"\"Gold\"\"=free\"",
            ]
        );
        assert_eq!(ran.told[7]["of"], 2);
        let asha = show(world, ASHA);
        assert_eq!(asha["preferences"]["name"], "Asha Verrow");
        assert_eq!(asha["preferences"]["tier"], "premium");
        for newsletter in ["morning", "mine"] {
            let s = &asha["preferences"]["subscriptions"][newsletter];
            assert_eq!(
                (&s["state"], &s["follows"]),
                (&json!("active"), &json!(["section:Schools"]))
            );
        }
        assert_eq!(
            asha["consent"][0],
            json!({
                "newsletter": "morning", "act": 1, "at": 1_709_288_100_000_i64, "source": "import export.csv",
                "evidence": "Status active; Opt-in Time 2024-03-01 10:15:00; Opt-in IP 192.0.2.7",
            })
        );
        let ben = show(world, "ben@example.org");
        assert_eq!(
            ben["preferences"]["subscriptions"]["morning"]["state"],
            "left"
        );
        let acts: Vec<_> = ben["consent"]
            .as_array()
            .unwrap()
            .iter()
            .map(|c| (c["act"].clone(), c["at"].clone()))
            .collect();
        assert_eq!(
            acts,
            [
                (json!(1), json!(1_672_531_200_000_i64)),
                (json!(2), json!(1_714_885_505_000_i64))
            ]
        );
        assert!(suppressed(world, "cleo@example.org").contains("the mailbox does not exist"));
        assert!(suppressed(world, "dara@example.org").contains("the reader complained"));
        assert!(suppressed(world, "emil@example.org").contains("no subscriber has this address"));

        let answered = [
            &flags[..],
            &[
                "--status",
                "=unsubscribed",
                "--status",
                "level 4=active",
                "--tier",
                "gold=premium",
            ],
        ]
        .concat();
        let again = import_with(world, &path, &answered);
        assert_eq!(
            (again.code, again.fates.as_str()),
            (
                0,
                "added 2, unchanged 5, duplicate 1, unsubscribed 1, unconfirmed 1"
            )
        );
        assert_eq!(show(world, ASHA), asha);
        let why = again.told[9]["why"].as_str().unwrap();
        assert!(
            why.contains("Opt-in Time lies in the future")
                && why.contains("the name has more than 100 characters, so it is cut"),
            "{why}"
        );

        world
            .publish("choir", "Schools", "The schools that kept music")
            .await;
        world.at("2026-11-24T06:45:00Z");
        world.run().await;
        for (address, mails) in [
            (ASHA, 1),
            ("ben@example.org", 0),
            ("cleo@example.org", 0),
            ("fay@example.org", 0),
            ("gil@example.org", 1),
            ("hana@example.org", 0),
        ] {
            assert_eq!(world.mails_to(address).len(), mails, "{address}");
        }
    }
);

story!(
    a_stop_holds_wherever_in_the_files_it_stands,
    async |world: &mut World| {
        let mut text = String::from(
            "email,name,status\nasha@example.org,First,active\nben@example.org,Ben,active\n",
        );
        for i in 0..1500 {
            writeln!(text, "reader{i}@example.org,,active").unwrap();
        }
        text.push_str("Asha@example.org,Second,active\nBEN@example.org,,unsubscribed\nreader7@example.org,,bounced\n");
        let path = file(world, "list.csv", text);
        let flags = ["--newsletter", "morning"];
        let dry = import_with(world, &path, &["--newsletter", "morning", "--dry-run"]);
        let ran = import_with(world, &path, &flags);
        assert_eq!(
            ran.fates,
            "added 1502, duplicate 1, unsubscribed 1, suppressed 1"
        );
        assert_eq!(dry.told, ran.told);
        assert_eq!(
            show(world, ASHA)["preferences"]["name"],
            "First",
            "the first line holds"
        );
        let ben = show(world, "ben@example.org");
        assert_eq!(
            ben["preferences"]["subscriptions"]["morning"]["state"],
            "left"
        );

        world.later(60);
        let again = import_with(world, &path, &flags);
        assert_eq!(again.fates, "unchanged 1503, duplicate 1, refused 1");
        assert_eq!(
            again.told[9]["why"],
            "is suppressed: the mailbox does not exist"
        );
        assert_eq!(show(world, ASHA)["revision"], 1);
        assert_eq!(
            show(world, "ben@example.org"),
            ben,
            "no new revision and no new record"
        );
        let others = file(
            world,
            "others.csv",
            "email,status\nben@example.org,active\n",
        );
        assert_eq!(import_with(world, &others, &flags).fates, "unchanged 1");
        assert_eq!(
            show(world, "ben@example.org"),
            ben,
            "another file does not bring back who has left"
        );
    }
);

story!(
    an_import_that_was_killed_is_taken_up_by_running_it_again,
    async |world: &mut World| {
        let mut text = String::from("email,name,status,unsubscribed_at\n");
        for i in 0..6000 {
            let left = if i % 10 == 3 { "2024-05-05" } else { "" };
            writeln!(text, "reader{i}@example.org,Reader {i},active,{left}").unwrap();
        }
        let path = file(world, "long.csv", text);
        let arguments = [
            "subscriber",
            "import",
            &path,
            "--newsletter",
            "morning",
            "--json",
        ];
        program::killed_after(world, &arguments, 1500);
        let taken = program::ok(world, &["subscriber", "export"])
            .lines()
            .count()
            - 1;
        assert!((1000..6000).contains(&taken), "{taken}");
        world.later(5);
        let ran = import_with(world, &path, &["--newsletter", "morning"]);
        assert_eq!((ran.code, ran.told.len()), (0, 6000));
        for (i, act) in [(0, vec![1]), (3, vec![2]), (5999, vec![1])] {
            let reader = show(world, &format!("reader{i}@example.org"));
            let acts = reader["consent"]
                .as_array()
                .unwrap()
                .iter()
                .map(|c| c["act"].as_i64().unwrap());
            assert_eq!(
                (acts.collect::<Vec<_>>(), &reader["revision"]),
                (act, &json!(1))
            );
        }
        let again = import_with(world, &path, &["--newsletter", "morning"]);
        assert_eq!(again.fates, "unchanged 6000");
    }
);

story!(
    a_table_of_any_make_is_read_or_says_what_is_wrong,
    async |world: &mut World| {
        let latin: Vec<u8> = "E-Mail\tName\rj\u{f6}rg@b\u{fc}cher.example\tJ\u{f6}rg \u{dc}tz\r"
            .chars()
            .map(|c| u8::try_from(u32::from(c)).unwrap())
            .collect();
        let utf16: Vec<u8> = "\u{feff}Email;Name\r\nzo\u{eb}@example.org;Zo\u{eb}\r\n"
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        for (name, bytes, encoding, address, reader) in [
            (
                "latin.csv",
                latin,
                "windows-1252",
                "j\u{f6}rg@b\u{fc}cher.example",
                "J\u{f6}rg \u{dc}tz",
            ),
            (
                "utf16.csv",
                utf16,
                "UTF-16LE",
                "zo\u{eb}@example.org",
                "Zo\u{eb}",
            ),
            (
                "bare.txt",
                b"Asha Verrow <asha@example.org>\n".to_vec(),
                "UTF-8",
                ASHA,
                "Asha Verrow",
            ),
        ] {
            let ran = import_with(
                world,
                &file(world, name, bytes),
                &["--newsletter", "morning"],
            );
            assert_eq!(
                (ran.fates.as_str(), ran.summary["encoding"].as_str()),
                ("added 1", Some(encoding))
            );
            assert_eq!(show(world, address)["preferences"]["name"], reader);
        }
        for (name, bytes, flags, says) in [
            (
                "a.xlsx",
                &b"PK\x03\x04..."[..],
                &[][..],
                "a.xlsx: is a workbook",
            ),
            (
                "quote.csv",
                b"email,name\na@example.org,\"A\nb@example.org,B\n",
                &[],
                "line 2: a quotation mark opens",
            ),
            (
                "two.csv",
                b"a@example.org,b@example.org\n",
                &[],
                "hint: say which it is with --map email=COLUMN",
            ),
            (
                "map.csv",
                b"email\na@example.org\n",
                &["--map", "name=Vorname"],
                "there is no such column; line 1 has \"email\"",
            ),
            (
                "map.csv",
                b"email\na@example.org\n",
                &["--map", "shoe=1"],
                "these are: email, name, first-name",
            ),
            (
                "cleaned_members.csv",
                b"email\na@example.org\n",
                &["--newsletter", "mine"],
                "hint: say --as bounced, or --as active",
            ),
            (
                "a.csv",
                b"email\na@example.org\n",
                &["--newsletter", "evening"],
                "no newsletter is called",
            ),
        ] {
            let ran = import_with(world, &file(world, name, bytes), flags);
            assert!(ran.code == 2 && ran.said.contains(says), "{}", ran.said);
        }
        let path = file(world, "cleaned_members.csv", "email\nkim@example.org\n");
        assert_eq!(
            import_with(world, &path, &["--newsletter", "mine", "--as", "bounced"]).fates,
            "suppressed 1"
        );
    }
);

story!(
    what_a_spreadsheet_would_run_is_kept_and_comes_out_defused,
    async |world: &mut World| {
        let path = file(
            world,
            "formulas.csv",
            "email,name\n=asha@example.org,=HYPERLINK(1)\nben@example.org,-5\n",
        );
        assert_eq!(import(world, &path), (0, "added 2".into(), vec![]));
        assert_eq!(
            show(world, "=asha@example.org")["preferences"]["name"],
            "=HYPERLINK(1)"
        );
        let exported = program::ok(world, &["subscriber", "export"]);
        assert!(
            exported.contains("\n'=asha@example.org,'=HYPERLINK(1),"),
            "{exported}"
        );
        let back = import_with(world, &file(world, "back.csv", exported), &[]);
        assert_eq!(back.fates, "unchanged 2");
    }
);

#[expect(clippy::print_stderr, reason = "the table is for people")]
fn tell(table: &[String]) {
    eprintln!("{}", table.join("\n"));
}

/// The exports that other projects keep for their tests, where they are at hand, and what their lines must come out as.
const EXPORTS: [(&str, &str); 27] = [
    (
        "beehiiv-members.csv",
        "added 5, unsubscribed 3, unconfirmed 1",
    ),
    ("curated-subscribers.csv", "added 18, refused 2"),
    ("extra-field.csv", "refused 1"),
    ("ghost-bom.csv", "added 2"),
    ("ghost-duplicate-emails.csv", "added 1, duplicate 1"),
    ("ghost-empty-values.csv", "added 2"),
    ("ghost-formula-like-values.csv", "added 2"),
    ("ghost-future-created-at.csv", "added 1"),
    ("ghost-invalid-values.csv", "refused 3"),
    ("ghost-members.csv", "added 1, unsubscribed 1"),
    ("ghost-ragged-row.csv", "added 2"),
    ("ghost-subscribed-false.csv", "added 2, unsubscribed 1"),
    ("keila-duplicates-ragged.csv", "added 2, duplicate 2"),
    ("keila-excel-semicolon-bom-crlf.csv", "added 201"),
    ("keila-json-column.csv", "added 2"),
    ("keila-libreoffice.csv", "added 201"),
    ("keila-malformed-blanks-and-quotes.csv", "added 3"),
    ("keila-missing-address.csv", "refused 1"),
    (
        "keila-status.csv",
        "added 1, unsubscribed 1, suppressed 1, refused 1",
    ),
    ("listmonk-domains.csv", "added 4"),
    ("listmonk-subs-crlf.csv", "added 100"),
    ("mailchimp-cleaned.csv", "suppressed 5"),
    ("mailchimp-subscribed.csv", "added 5"),
    ("mailchimp-unsubscribed.csv", "unsubscribed 5"),
    ("substack-signups.csv", "added 19, unsubscribed 2"),
    ("substack-subscribers.csv", "added 15, unsubscribed 2"),
    ("tinynews-subs.csv", "added 1, unsubscribed 1, refused 1"),
];

story!(
    the_exports_of_other_programs_come_out_as_they_should,
    async |world: &mut World| {
        let Some(root) = corpora::part("subscribers") else {
            return;
        };
        let (mut wrong, mut table) = (Vec::new(), Vec::new());
        for (at, (name, want)) in EXPORTS.into_iter().enumerate() {
            let path = root.join(name);
            if !path.exists() {
                continue;
            }
            // A database for each: some of the people are the same.
            let database = format!(
                "sqlite:{}",
                world.folder.path().join(format!("{at}.sqlite")).display()
            );
            let rejects = world.folder.path().join("rejects.csv");
            let arguments = [
                "subscriber",
                "import",
                path.to_str().unwrap(),
                "--newsletter",
                "morning",
                "--json",
                "--rejects",
                rejects.to_str().unwrap(),
            ];
            let output =
                program::run_with(world, &[("POSTRIDER_DATABASE_URL", &database)], &arguments);
            let text = String::from_utf8(output.stdout).unwrap();
            let got = text
                .lines()
                .next_back()
                .and_then(|line| serde_json::from_str(line).ok());
            let got = fates_of(&got.unwrap_or(Value::Null));
            table.push(format!("{name:<40} {got}"));
            if got != want {
                wrong.push(format!("{name}: {got}, and not {want}"));
            }
        }
        tell(&table);
        assert!(wrong.is_empty(), "{wrong:#?}");
    }
);

story!(
    the_record_of_each_reader_says_which_file_brought_what_and_by_whom,
    async |world: &mut World| {
        let csv = "email,status\nasha@example.org,active\nben@example.org,unsubscribed\n";
        let path = file(world, "readers.csv", csv);
        let import = ["subscriber", "import", &path, "--newsletter", "morning"];
        let by = |variables: &[(&str, &str)]| {
            let done = program::run_with(world, variables, &import);
            assert!(done.status.success(), "{done:?}");
        };
        by(&[("LOGNAME", "desk")]);
        let history = |address| {
            let shown = program::json(world, &["subscriber", "show", address]);
            let history = shown["history"].as_array().unwrap().clone();
            let told = history.iter().map(|step| {
                let word = |key: &str| step[key].as_str().unwrap_or("-").to_owned();
                format!("{} {}", word("act"), word("source"))
            });
            told.collect::<Vec<_>>()
        };
        let first = "was imported import readers.csv (desk)";
        assert_eq!(history(ASHA), [first]);
        assert_eq!(history("ben@example.org"), [first]);
        let shown = program::ok(world, &["subscriber", "show", "ben@example.org"]);
        let line = "1: morning: left, scheduled, by import readers.csv (desk)";
        assert!(shown.contains(line), "{shown}");
        // What changes nothing is no act.
        world.later(10);
        by(&[("LOGNAME", "desk")]);
        assert_eq!(history(ASHA), [first]);
        std::fs::write(&path, csv.replace("org,active", "org,unsubscribed")).unwrap();
        by(&[("SUDO_USER", "mirren"), ("LOGNAME", "root")]);
        assert_eq!(
            history(ASHA),
            [first, "was imported import readers.csv (mirren)"]
        );
        assert_eq!(history("ben@example.org"), [first]);
        // Of erased readers it goes with them.
        program::ok(world, &["subscriber", "remove", ASHA]);
        program::ok(world, &["subscriber", "remove", "ben@example.org"]);
        let left = world.number("SELECT count(*) FROM preference_act").await;
        assert_eq!(left, 0);
    }
);

story!(
    a_file_that_is_being_read_brings_nobody_back_who_leaves_meanwhile,
    async |world: &mut World| {
        world.join(&[world.reader(ASHA, "morning")]).await;
        let path = file(world, "readers.csv", "email,name\nasha@example.org,Asha\n");
        let (app, now) = (&world.app, world.now());
        let email = EmailAddress::parse(ASHA).unwrap();
        let mut conn = app.db.read().await.unwrap();
        let known = find(&mut conn, &app.keys, &email).await.unwrap();
        let id = known.unwrap().id;
        drop(conn);
        let how = How {
            source: "a story",
            network: None,
            shown: None,
        };
        let paper = app.paper();
        let mut tx = app.db.begin().await.unwrap();
        let left = leave(&mut tx, &paper, id, "morning", &how, now).await;
        left.unwrap().expect("she was on it");
        // The import looks at her before this is committed, and writes after it.
        let mut csv = std::fs::File::open(&path).unwrap();
        let options = Options {
            newsletters: vec!["morning".to_owned()],
            ..Options::default()
        };
        let import = take(&app.db, &paper, &mut csv, &options, "a file", now, |_| {
            Ok(())
        });
        let commit = async {
            world.until_somebody_waits().await;
            tx.commit().await
        };
        let (imported, committed) = tokio::join!(import, commit);
        committed.unwrap();
        assert_eq!(imported.unwrap().changed, 1);
        let shown = program::json(world, &["subscriber", "show", ASHA]);
        let preferences = &shown["preferences"];
        assert_eq!(preferences["name"], "Asha");
        assert_eq!(preferences["subscriptions"]["morning"]["state"], "left");
        let acts: Vec<&Value> = shown["history"].as_array().unwrap().iter().collect();
        assert_eq!(
            (&acts[1]["act"], &acts[2]["act"]),
            (&json!("left"), &json!("was imported"))
        );
    }
);
