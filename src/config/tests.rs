//! What a bad configuration is told, and that the files we ship say what the code does.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde::de::DeserializeOwned;

use super::settings::{REQUIRED, Settings};
use super::*;

const SHIPPED: &str = include_str!("../../config/postrider.toml");

/// A configuration that loads, smallest first.
const GOOD: &str = r#"
[paper]
name = "The Harbour Courier"
url = "https://courier.example.org"
zone = "Europe/London"
postal_address = "4 Quay Street, Harbour"
[web]
public_url = "https://mail.courier.example.org/"
[[relay]]
host = "smtp.example.org"
"#;

const TIDE: &str = r#"
title = "Morning Tide"
from = "Morning Tide <tide@example.org>"
schedule = "30 6 * * 1-5"
[[block]]
kind = "latest"
"#;

/// A folder with these files in it.
fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("newsletters")).unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

fn load(
    files: &[(&str, &str)],
    env: &[(&str, &str)],
) -> (tempfile::TempDir, Result<Config, Problems>) {
    let folder = folder(files);
    let env = env
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    let config = Config::load(folder.path(), &env);
    (folder, config)
}

/// What is said about these files, with the folder called `config`.
fn told(files: &[(&str, &str)], env: &[(&str, &str)]) -> String {
    let (folder, config) = load(files, env);
    config
        .unwrap_err()
        .to_string()
        .replace(folder.path().to_str().unwrap(), "config")
}

fn told_of_settings(text: &str) -> String {
    told(&[("postrider.toml", text), ("sources.toml", "")], &[])
}

fn told_of_variables(env: &[(&str, &str)]) -> String {
    told(&[("postrider.toml", GOOD), ("sources.toml", "")], env)
}

fn told_of_sources(text: &str) -> String {
    told(&[("postrider.toml", GOOD), ("sources.toml", text)], &[])
}

fn told_of_newsletter(text: &str) -> String {
    told(
        &[
            ("postrider.toml", GOOD),
            ("sources.toml", ""),
            ("newsletters/tide.toml", text),
        ],
        &[],
    )
}

/// A new key as PEM.
fn ed25519() -> String {
    let key = aws_lc_rs::signature::Ed25519KeyPair::generate().unwrap();
    pem("PRIVATE KEY", key.to_pkcs8v1().unwrap().as_ref())
}

pub(crate) fn pem(label: &str, der: &[u8]) -> String {
    use base64::Engine as _;
    let text = base64::engine::general_purpose::STANDARD.encode(der);
    format!("-----BEGIN {label}-----\n{text}\n-----END {label}-----\n")
}

fn loaded(env: &[(&str, &str)]) -> Config {
    let files = [
        ("postrider.toml", GOOD),
        ("sources.toml", ""),
        ("newsletters/tide.toml", TIDE),
    ];
    load(&files, env).1.unwrap()
}

#[test]
fn sites_and_keys_of_sign_ups_are_looked_at() {
    let web = |more: &str| GOOD.replace("[web]\n", &format!("[web]\n{more}\n"));
    for (more, says) in [
        (
            "embed_origins = [\"https://courier.example.org/news\"]",
            "embed_origins holds what is not the beginning of a site's address",
        ),
        ("embed_origins = [\"*\"]", "scheme and host only"),
        ("signups_per_hour = 0", "is not from 1 to 1000000"),
    ] {
        let told = told_of_settings(&web(more));
        assert!(told.contains(says), "{more}: {told}");
    }
    let good =
        web("embed_origins = [\"https://Courier.example.org/\"]\nmember_key_file = \"m.key\"");
    let key = "k".repeat(32);
    let files = [
        ("postrider.toml", good.as_str()),
        ("sources.toml", ""),
        ("m.key", key.as_str()),
    ];
    let (folder, config) = load(&files, &[]);
    let web = config.unwrap().web;
    assert_eq!(web.embed_origins, ["https://courier.example.org"]);
    assert_eq!(web.member_keys().unwrap(), [Secret::new(key)]);
    fs::write(folder.path().join("m.key"), "short").unwrap();
    let told = web.member_keys().unwrap_err().to_string();
    assert!(
        told.contains("fewer than 32 characters") && !told.contains("short\n"),
        "{told}"
    );
    fs::remove_file(folder.path().join("m.key")).unwrap();
    let told = web.member_keys().unwrap_err().to_string();
    assert!(
        told.contains("m.key: there is no such file\nhint: make one with"),
        "{told}"
    );
}

#[test]
fn the_shipped_folder_loads() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("config");
    let config =
        Config::load(&folder, &BTreeMap::new()).unwrap_or_else(|problems| panic!("{problems}"));
    let slugs: Vec<&str> = config
        .newsletters
        .iter()
        .map(|newsletter| newsletter.slug.as_str())
        .collect();
    assert_eq!(
        slugs,
        [
            "as-it-happens",
            "early-access",
            "morning-tide",
            "week-in-the-harbour"
        ]
    );
    assert_eq!(config.sources.len(), 1);
    assert!(
        config.secrets.key_file.is_absolute()
            && config.secrets.key_file.ends_with("config/postrider.key")
    );
}

#[test]
fn the_shipped_file_and_the_defaults_agree() {
    let shipped: Settings = toml::from_str(SHIPPED).unwrap();
    let mut expected = Settings {
        relay: vec![Relay::default()],
        ..Settings::default()
    };
    for (section, key, _) in REQUIRED {
        match (section, key) {
            ("paper", "name") => expected.paper.name.clone_from(&shipped.paper.name),
            ("paper", "url") => expected.paper.url.clone_from(&shipped.paper.url),
            ("paper", "zone") => expected.paper.zone = shipped.paper.zone.clone(),
            ("paper", "postal_address") => expected
                .paper
                .postal_address
                .clone_from(&shipped.paper.postal_address),
            ("web", "public_url") => expected.web.public_url.clone_from(&shipped.web.public_url),
            ("relay", "host") => expected.relay[0].host.clone_from(&shipped.relay[0].host),
            other => panic!("{other:?} is new: compare it here"),
        }
    }
    assert_eq!(shipped, expected);
}

/// Every key a section takes, as serde tells it when asked for one that it does not.
fn keys<T: DeserializeOwned>() -> Vec<String> {
    let error = toml::from_str::<T>("no_such_key = 1")
        .err()
        .expect("unknown keys are refused");
    error
        .message()
        .split('`')
        .skip(3)
        .step_by(2)
        .map(str::to_owned)
        .collect()
}

#[test]
fn the_shipped_files_show_every_key() {
    let sources = include_str!("../../config/sources.toml");
    let newsletter = include_str!("../../config/newsletters/morning-tide.toml");
    let offers = include_str!("../../config/newsletters/early-access.toml");
    let instant = include_str!("../../config/newsletters/as-it-happens.toml");
    for (keys, text) in [
        (keys::<Settings>(), SHIPPED.to_owned()),
        (keys::<Paper>(), part(SHIPPED, "[paper]")),
        (keys::<Database>(), part(SHIPPED, "[database]")),
        (keys::<Web>(), part(SHIPPED, "[web]")),
        (keys::<Secrets>(), part(SHIPPED, "[secrets]")),
        (keys::<Collect>(), part(SHIPPED, "[collect]")),
        (keys::<Relay>(), part(SHIPPED, "[[relay]]")),
        (keys::<Dispatch>(), part(SHIPPED, "[dispatch]")),
        (keys::<Breaker>(), part(SHIPPED, "[breaker]")),
        (keys::<Feedback>(), part(SHIPPED, "[feedback]")),
        (keys::<Imap>(), part(SHIPPED, "# [feedback.imap]")),
        (keys::<Hook>(), part(SHIPPED, "# [[feedback.hook]]")),
        (keys::<Mail>(), part(SHIPPED, "[mail]")),
        (keys::<Dkim>(), part(SHIPPED, "# [[dkim]]")),
        (keys::<Source>(), sources.to_owned()),
        (
            keys::<Newsletter>(),
            format!("{newsletter}{offers}{instant}"),
        ),
        (keys::<Block>(), newsletter.to_owned()),
    ] {
        assert!(!keys.is_empty());
        for key in keys {
            let shows = |line: &str| {
                let line = line.trim_start_matches("# ");
                line.starts_with(&format!("{key} = "))
                    || line.starts_with(&format!("[{key}]"))
                    || line.starts_with(&format!("[[{key}]]"))
                    || (line.starts_with('[')
                        && line.trim_end_matches(']').ends_with(&format!(".{key}")))
            };
            assert!(text.lines().any(shows), "{key} is not shown in\n{text}");
        }
    }
}

/// The section of `text` under `header`.
fn part(text: &str, header: &str) -> String {
    let lines = text.lines().skip_while(|line| *line != header).skip(1);
    lines
        .take_while(|line| !line.starts_with('['))
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn what_the_shipped_files_show_behind_a_hash_is_right() {
    let uncommented = |text: &str| {
        let lines = text.lines().map(|line| match line.strip_prefix("# ") {
            Some(setting) if setting.contains(" = ") || setting.starts_with('[') => setting,
            _ => line,
        });
        lines.collect::<Vec<_>>().join("\n")
    };
    let folder = folder(&[
        ("postrider.toml", &uncommented(SHIPPED)),
        (
            "sources.toml",
            &uncommented(include_str!("../../config/sources.toml")),
        ),
        (
            "newsletters/tide.toml",
            &uncommented(include_str!("../../config/newsletters/morning-tide.toml")),
        ),
        ("relay-ca.pem", ""),
        ("imap-ca.pem", ""),
        ("imap.password", "hunter2\n"),
        ("mailgun.secret", "0123456789abcdef"),
        ("postmark.secret", "0123456789abcdef"),
        ("dkim-2026a.pem", &ed25519()),
    ]);
    for name in ["templates", "pages"] {
        fs::create_dir(folder.path().join(name)).unwrap();
    }
    let config = Config::load(folder.path(), &BTreeMap::new())
        .unwrap_or_else(|problems| panic!("{problems}"));
    assert_eq!(config.sources.len(), 2);
    assert_eq!(config.dispatch.only_to.unwrap().len(), 2);
}

#[test]
fn paths_are_meant_from_the_folder_of_the_file() {
    let (folder, config) = load(&[("postrider.toml", GOOD), ("sources.toml", "")], &[]);
    let (home, config) = (fs::canonicalize(folder.path()).unwrap(), config.unwrap());
    let beside = home.parent().unwrap().join("postrider.sqlite");
    assert_eq!(config.database.url, format!("sqlite:{}", beside.display()));
    assert_eq!(config.secrets.key_file, home.join("postrider.key"));
    assert_eq!(config.web.public_url, "https://mail.courier.example.org");
}

#[test]
fn a_database_url_that_is_absolute_is_left_alone() {
    for (url, expected) in [
        ("sqlite:/var/lib/p.sqlite", "sqlite:/var/lib/p.sqlite"),
        (
            "sqlite:///var/lib/p.sqlite?cache=shared",
            "sqlite:/var/lib/p.sqlite?cache=shared",
        ),
        ("sqlite::memory:", "sqlite::memory:"),
        (
            "postgres://p:w@db.example.org/p",
            "postgres://p:w@db.example.org/p",
        ),
        (
            "postgresql:///p?host=/run/postgresql",
            "postgresql:///p?host=/run/postgresql",
        ),
    ] {
        assert_eq!(
            loaded(&[("POSTRIDER_DATABASE_URL", url)]).database.url,
            expected
        );
    }
}

#[test]
fn a_variable_overrides_the_file() {
    let config = loaded(&[
        ("POSTRIDER_PAPER_NAME", "2026"),
        ("POSTRIDER_RELAY_HOST", "127.0.0.1"),
        ("POSTRIDER_RELAY_PORT", "2525"),
        ("POSTRIDER_RELAY_TLS", "none"),
        ("POSTRIDER_RELAY_USERNAME", "courier"),
        ("POSTRIDER_RELAY_PASSWORD", "hunter2"),
        ("POSTRIDER_COLLECT_PRIVATE_ADDRESSES", "true"),
        ("POSTRIDER_DISPATCH_ONLY_TO", "[\"@example.org\"]"),
        ("POSTRIDER_DISPATCH_RETRY_MINUTES", "[1, 2]"),
        ("POSTRIDER_MAIL_TEMPLATES", ""),
        ("POSTRIDER_KEY", "0123456789abcdef0123456789abcdef"),
        ("POSTRIDER_LOG", "debug"),
        ("POSTRIDER_TEST_POSTGRES", "x"),
    ]);
    assert_eq!(config.paper.name, "2026");
    assert_eq!(
        (config.relay[0].host.as_str(), config.relay[0].port()),
        ("127.0.0.1", 2525)
    );
    assert_eq!(
        config.relay[0].password().unwrap().unwrap().expose(),
        "hunter2"
    );
    assert!(config.collect.private_addresses && config.mail.templates.is_none());
    assert_eq!(
        config.dispatch.only_to.as_deref(),
        Some(&["@example.org".to_owned()][..])
    );
    assert_eq!(config.dispatch.retry_minutes, [1, 2]);
    assert_eq!(config.secrets.keys().unwrap().len(), 1);
    assert!(!format!("{config:?}").contains("hunter2"));
}

#[test]
fn secrets_of_the_ways_in_come_from_files_or_variables() {
    let text = format!(
        "{GOOD}[feedback.imap]\nhost = \"imap.example.org\"\nusername = \"bounces\"\npassword_file = \"imap.password\"\n\
         [[feedback.hook]]\nkind = \"mailgun\"\nsecret_file = \"mailgun.secret\"\n\
         [[feedback.hook]]\nkind = \"generic\"\nname = \"our-own\"\n"
    );
    let files = [
        ("postrider.toml", text.as_str()),
        ("sources.toml", ""),
        ("imap.password", "hunter2 \r\n"),
        ("mailgun.secret", "sixteen letters!\n"),
    ];
    let variables = [
        ("POSTRIDER_HOOK_OUR_OWN_SECRET", "another sixteen letters"),
        ("POSTRIDER_HOOK_MAILGUN_SECRET", ""),
    ];
    let (_folder, config) = load(&files, &variables);
    let feedback = config
        .unwrap_or_else(|problems| panic!("{problems}"))
        .feedback;
    let secrets = feedback
        .hook
        .iter()
        .map(|hook| hook.secret.as_ref().unwrap().expose());
    assert_eq!(
        secrets.collect::<Vec<_>>(),
        ["sixteen letters!", "another sixteen letters"]
    );
    assert_eq!(feedback.ways(), ["imap", "hook mailgun", "hook our-own"]);
    let imap = feedback.imap.as_ref().unwrap();
    assert_eq!(
        (imap.port(), imap.password.as_ref().unwrap().expose()),
        (993, "hunter2 ")
    );
    assert!(!format!("{feedback:?}").contains("letters"));
    let (_folder, config) = load(
        &files,
        &[variables[0], ("POSTRIDER_IMAP_PASSWORD", "other")],
    );
    let imap = config.unwrap().feedback.imap.unwrap();
    assert_eq!(imap.password.unwrap().expose(), "other");
}

#[test]
fn bad_ways_in() {
    let text = format!(
        "{GOOD}{}",
        r#"
[feedback]
bounce_domain = "courier"
maildir = ""
maildir_when_read = "burn"
[feedback.imap]
host = "imap.example.org:993"
port = 0
tls = "none"
ca_file = "missing.pem"
mailbox = "Zurückgekommen"
when_read = "delete"
move_to = "Done"
every_minutes = 0
timeout_s = 601
[[feedback.hook]]
name = "first"
[[feedback.hook]]
kind = "sendgird"
[[feedback.hook]]
kind = "ses"
secret_file = "mailgun.secret"
topics = ["arn:aws:sqs:eu-west-1:1:bounces"]
[[feedback.hook]]
kind = "mailgun"
secret_file = "missing.secret"
username = "me"
[[feedback.hook]]
kind = "mailgun"
secret_file = "short.secret"
[[feedback.hook]]
kind = "postmark"
name = "Post Mark"
secret_file = "empty.secret"
[[feedback.hook]]
kind = "postmark"
username = "a:b"
header = "X Y"
[[feedback.hook]]
kind = "sendgrid"
public_key = "MFkw"
[[feedback.hook]]
kind = "generic"
topics = ["x"]
"#
    );
    insta::assert_snapshot!(told(
        &[
            ("postrider.toml", &text),
            ("sources.toml", ""),
            ("mailgun.secret", "0123456789abcdef"),
            ("short.secret", "hunter2"),
            ("empty.secret", "\n"),
        ],
        &[
            ("POSTRIDER_HOOK_GENERIC_SECRET", "hunter2"),
            ("POSTRIDER_HOOK_NOBODY_SECRET", "hunter2"),
        ],
    ));
}

#[test]
fn a_newsletter_inherits_from_the_paper() {
    let config = loaded(&[
        ("POSTRIDER_PAPER_LANGUAGE", "nb"),
        ("POSTRIDER_PAPER_ZONE", "Europe/Oslo"),
    ]);
    let tide = config.newsletter("tide").unwrap();
    assert_eq!(
        (tide.zone.to_string().as_str(), tide.language.as_str()),
        ("Europe/Oslo", "nb")
    );
    assert_eq!(
        (tide.max_stories, tide.lateness_hours, &*tide.cadences),
        (12, 4, &[Cadence::Scheduled][..])
    );
}

#[test]
fn the_usual_port_goes_by_the_encryption() {
    for (tls, port) in [(Tls::None, 25), (Tls::Starttls, 587), (Tls::Implicit, 465)] {
        assert_eq!(
            Relay {
                tls,
                ..Relay::default()
            }
            .port(),
            port
        );
    }
}

#[test]
fn a_password_is_the_file_without_its_last_line_break() {
    let (folder, config) = load(
        &[
            (
                "postrider.toml",
                &format!("{GOOD}username = \"c\"\npassword_file = \"pw\"\n"),
            ),
            ("sources.toml", ""),
        ],
        &[],
    );
    let relay = config.unwrap().relay.remove(0);
    assert!(
        relay
            .password()
            .unwrap_err()
            .to_string()
            .contains("pw: there is no such file")
    );
    fs::write(folder.path().join("pw"), "hunter 2 \r\n").unwrap();
    assert_eq!(relay.password().unwrap().unwrap().expose(), "hunter 2 ");
}

#[test]
fn a_folder_that_is_not_there() {
    let problems = Config::load(Path::new("./no-such-folder"), &BTreeMap::new()).unwrap_err();
    insta::assert_snapshot!(problems);
}

#[test]
fn an_empty_folder() {
    let folder = tempfile::tempdir().unwrap();
    let problems = Config::load(folder.path(), &BTreeMap::new())
        .unwrap_err()
        .to_string();
    insta::assert_snapshot!(problems.replace(folder.path().to_str().unwrap(), "config"));
}

#[test]
fn empty_files() {
    insta::assert_snapshot!(told(
        &[
            ("postrider.toml", ""),
            ("sources.toml", ""),
            ("newsletters/tide.toml", "")
        ],
        &[]
    ));
}

#[test]
fn files_that_are_not_toml() {
    insta::assert_snapshot!(told(
        &[
            (
                "postrider.toml",
                "[paper]\nname = The Harbour Courier\nurl = \"https://example.org\n\n[web\n"
            ),
            ("sources.toml", "[[source]]\nname = \"a\"\nname = \"b\"\n"),
            ("newsletters/tide.toml", TIDE),
            ("newsletters/Two words.toml", TIDE),
        ],
        &[]
    ));
}

#[test]
fn wrong_types_and_words() {
    insta::assert_snapshot!(told_of_settings(
        r#"
[paper]
name = 5
url = "courier.example.org"
zone = "Europe/Lodon"
language = "English"
postal_address = "  "
[database]
url = "mysql://root:hunter2@db/p"
[web]
listen = "8025"
public_url = "http://mail.courier.example.org"
[secrets]
key_file = ["a"]
[collect]
every_minutes = "5m"
timeout_s = -1
max_body_mb = 0
at_once = 2.5
private_addresses = "no"
user_agent = "Möwe"
[[relay]]
host = "smtp.example.org:587"
port = "smtps"
tls = "startls"
connections = 0
ca_file = "missing.pem"
username = "courier"
[dispatch]
retry_minutes = [5, "15", 0]
only_to = ["desk@example.org", "asha at example.org"]
[mail]
templates = "missing"
"#
    ));
}

#[test]
fn unknown_sections_and_keys() {
    insta::assert_snapshot!(told_of_settings(&format!(
        "{GOOD}password = \"hunter2\"\nprot = 25\nzzz = 1\n[colect]\nevery_minutes = 5\n[kitchen]\n[mail]\ntemplate = \"x\"\n"
    )));
}

#[test]
fn tables_of_the_wrong_shape() {
    let text = "collect = 5\n[[web]]\npublic_url = \"https://mail.example.org\"\n[relay]\nhost = \"a\"\n[paper.zone]\nname = \"UTC\"\n";
    insta::assert_snapshot!(told_of_settings(text));
}

#[test]
fn relays() {
    insta::assert_snapshot!(told_of_settings(&format!(
        "{GOOD}tls = \"none\"\nport = 0\nusername = \"courier\"\npassword_file = \"pw\"\n[[relay]]\nhost = \"b\"\npassword_file = \"pw\"\ntls = \"ssl\"\n"
    )));
}

#[test]
fn bad_limits() {
    insta::assert_snapshot!(told_of_settings(&format!(
        "{GOOD}streams = [\"alerts\"]\nper_minute = 0\n\
         [[provider]]\nname = \"google\"\ndomains = [\"gmail.com\"]\n\
         [[provider]]\nname = \"google\"\ndomains = [\"gmail.com\", \"@x\"]\nconnections = 0\n[[provider]]\n\
         [[warmup]]\nrelay = \"mian\"\nstarts = \"24 November\"\n\
         [[warmup]]\nfirst = 10\nfactor = 1.0\n\
         [[warmup]]\nrelay = \"main\"\ndomain = \"courier.example\"\nstarts = \"2026-11-24\"\nfirst = 10\n"
    )));
}

#[test]
fn a_provider_of_the_papers_own_leaves_the_others_known() {
    let own =
        "[[provider]]\nname = \"google\"\ndomains = [\"gmail.com\", \"web.de\"]\nper_minute = 60\n";
    let text = format!("{GOOD}{own}");
    let files = [
        ("postrider.toml", text.as_str()),
        ("sources.toml", ""),
        ("newsletters/tide.toml", TIDE),
    ];
    let providers = load(&files, &[]).1.unwrap().provider;
    let names: Vec<&str> = providers.iter().map(|p| p.name.as_str()).collect();
    let all = ["google", "microsoft", "yahoo", "apple", "gmx", "rediff"];
    assert_eq!(names, all);
    assert_eq!(providers[0].per_minute, Some(60));
    assert_eq!(providers[0].domains, ["gmail.com", "web.de"]);
    let others = providers[1..].iter().flat_map(|p| &p.domains);
    let of_gmx: Vec<&String> = others
        .filter(|d| d.starts_with("gmx.") || *d == "web.de")
        .collect();
    assert_eq!(of_gmx, ["gmx.de", "gmx.net", "gmx.at", "gmx.ch", "gmx.com"]);
    assert_eq!(loaded(&[]).provider.len(), all.len());
}

#[test]
fn a_stream_that_no_relay_is_for() {
    insta::assert_snapshot!(told_of_settings(&format!("{GOOD}streams = [\"alert\"]\n")));
}

#[test]
fn signing_keys() {
    let rsa = aws_lc_rs::rsa::KeyPair::generate(aws_lc_rs::rsa::KeySize::Rsa2048).unwrap();
    let rsa: aws_lc_rs::encoding::Pkcs8V1Der<'_> =
        aws_lc_rs::encoding::AsDer::as_der(&rsa).unwrap();
    let good = format!(
        "{GOOD}[feedback]\nbounce_domain = \"Bounces.Courier.example\"\n\
         [[dkim]]\ndomain = \"Courier.example\"\nselector = \"2026a\"\nkey_file = \"rsa.pem\"\n\
         [[dkim]]\ndomain = \"courier.example\"\nselector = \"2026b\"\nkey_file = \"ed25519.pem\"\n"
    );
    let files = [
        ("postrider.toml", good.as_str()),
        ("sources.toml", ""),
        ("rsa.pem", &pem("PRIVATE KEY", rsa.as_ref())),
        ("ed25519.pem", &ed25519()),
    ];
    let (_folder, config) = load(&files, &[]);
    let config = config.unwrap_or_else(|problems| panic!("{problems}"));
    assert_eq!(
        config.feedback.bounce_domain.as_deref(),
        Some("bounces.courier.example")
    );
    let kinds = config
        .dkim
        .iter()
        .map(|d| (d.record_name(), d.key().unwrap().kind()));
    assert_eq!(
        kinds.collect::<Vec<_>>(),
        [
            ("2026a._domainkey.courier.example".to_owned(), "rsa"),
            ("2026b._domainkey.courier.example".to_owned(), "ed25519")
        ]
    );
}

#[test]
fn bad_signing_keys() {
    let key = |domain: &str, selector: &str, file: &str| {
        format!(
            "[[dkim]]\ndomain = \"{domain}\"\nselector = \"{selector}\"\nkey_file = \"{file}\"\n"
        )
    };
    let text = [
        format!("{GOOD}[feedback]\nbounce_domain = \"courier\"\n"),
        key("courier", "2026a", "public.pem"),
        key("courier.example", "2026 a", "locked.pem"),
        key("127.0.0.1", "-a", "ec.pem"),
        key("courier.example", "a", "empty.pem"),
        key("courier.example", "b", "missing.pem"),
        key("Courier.example", "a", "empty.pem"),
        "[[dkim]]\nselector = \"\"\nkeyfile = \"x\"\n".to_owned(),
    ]
    .concat();
    let ec = rcgen::KeyPair::generate().unwrap().serialize_pem();
    insta::assert_snapshot!(told(
        &[
            ("postrider.toml", &text),
            ("sources.toml", ""),
            ("public.pem", &pem("PUBLIC KEY", b"x")),
            ("locked.pem", &pem("ENCRYPTED PRIVATE KEY", b"x")),
            ("ec.pem", &ec),
            ("empty.pem", ""),
        ],
        &[]
    ));
}

#[test]
fn bad_variables() {
    insta::assert_snapshot!(told_of_variables(&[
        ("POSTRIDER_RELAY_PORT", "smtps"),
        ("POSTRIDER_RELAY_PROT", "25"),
        ("POSTRIDER_RELAY_TLS", "implict"),
        ("POSTRIDER_RELYA_HOST", "a"),
        ("POSTRIDER_PAPER_ZONE", "Europe/Lodon"),
        ("POSTRIDER_PAPER_NAME", " "),
        ("POSTRIDER_DATABASE_URL", "mysql://root:hunter2@db/p"),
        ("POSTRIDER_COLLECT_EVERY_MINUTES", "0"),
        ("POSTRIDER_RELAY_PASSWORD", "hunter2"),
        ("POSTRIDER_KEYS", "hunter2"),
        ("POSTRIDER_RELAY_PASWORD", "hunter2"),
        ("POSTRIDER_COLOUR", "blue"),
    ]));
}

#[test]
fn bad_sources() {
    insta::assert_snapshot!(told_of_sources(
        r#"
[[source]]
name = "City Hall"
url = "ftp://example.org/feed?token=hunter2"
[[source]]
url = "https://example.org/a"
premium = "yes"
[[source]]
name = "b"
url = "https://example.org/a"
sections = "Sport"
[[source]]
name = "b"
language = "en_GB"
[[source]]
name = "c"
url = "https://asha:hunter2@example.org/c"
"#
    ));
}

#[test]
fn the_longest_pause_is_no_shorter_than_the_shortest() {
    let with = |text: &str| format!("{GOOD}[collect]\n{text}\n");
    let told = told_of_settings(&with("every_minutes = 20\nlongest_minutes = 10"));
    assert!(
        told.contains("collect.longest_minutes = 10 is shorter than collect.every_minutes"),
        "{told}"
    );
    // Whoever only ever set one of them is right.
    for text in [
        "every_minutes = 60",
        "longest_minutes = 5",
        "every_minutes = 9\nlongest_minutes = 9",
    ] {
        load(
            &[("postrider.toml", &with(text)), ("sources.toml", "")],
            &[],
        )
        .1
        .unwrap();
    }
}

#[test]
fn a_bad_digest() {
    insta::assert_snapshot!(told_of_newsletter(
        r##"
kind = "digests"
title = ""
from = "Morning Tide"
schedule = "0 30 6 * * 1-5"
zone = "London"
cadences = ["dayly", "instant", "scheduled"]
lateness_hours = 0
content = "frozen"
max_stories = 1000
accent = "#7fd0e0"
accent_dark = "blue"
premium = "hidden"
draft_lead = "2h"

[[block]]
kind = "mustread"
lead = true

[[block]]
kind = "section"
place = "lead"
lead = true

[[block]]
kind = "latest"
section = "City hall"
limit = 0

[[block]]
title = "What?"
"##
    ));
}

#[test]
fn schedules_that_never_come() {
    let never = TIDE.replace("30 6 * * 1-5", "0 6 31 2 *");
    let words = TIDE.replace("30 6 * * 1-5", "every day");
    let files = [
        ("postrider.toml", GOOD),
        ("sources.toml", ""),
        ("newsletters/a.toml", &never),
        ("newsletters/b.toml", &words),
    ];
    insta::assert_snapshot!(told(&files, &[]));
}

#[test]
fn bad_offers() {
    insta::assert_snapshot!(told_of_newsletter(&format!(
        "kind = \"offers\"\ncadences = [\"daily\", \"daily\"]\n{TIDE}"
    )));
}

/// Puts odd values on every line of the files we ship: what is then said, is said of that line and nothing else.
#[test]
fn a_wrong_value_is_told_with_its_line_and_blamed_for_nothing_else() {
    const ODD: [&str; 12] = [
        "5",
        "-1",
        "99999999999",
        "1.5",
        "true",
        "\"\"",
        "\"x\\ny\"",
        "[]",
        "[[1], {}]",
        "{ a = 1 }",
        "1979-05-27",
        "{}",
    ];
    let files = [
        ("postrider.toml", SHIPPED),
        ("sources.toml", include_str!("../../config/sources.toml")),
        (
            "newsletters/tide.toml",
            include_str!("../../config/newsletters/morning-tide.toml"),
        ),
    ];
    let folder = folder(&files);
    for (name, text) in files {
        let lines: Vec<&str> = text.lines().collect();
        for (i, line) in lines.iter().enumerate() {
            let key = line
                .trim_start_matches("# ")
                .split_once(" = ")
                .map(|(key, _)| key);
            let Some(key) = key.filter(|key| !key.contains([' ', ':', '='])) else {
                continue;
            };
            if name == "sources.toml" && line.starts_with('#') {
                continue;
            }
            for odd in ODD {
                let changed = format!("{key} = {odd}");
                let text = [&lines[..i], &[changed.as_str()], &lines[i + 1..]]
                    .concat()
                    .join("\n");
                fs::write(folder.path().join(name), text).unwrap();
                let Err(problems) = Config::load(folder.path(), &BTreeMap::new()) else {
                    continue;
                };
                let here =
                    |problem: &Problem| problem.file.ends_with(name) && problem.line == Some(i + 1);
                assert!(problems.iter().all(here), "{name}: {changed}\n{problems}");
            }
        }
        fs::write(folder.path().join(name), text).unwrap();
    }
}

#[test]
fn for_a_machine() {
    let (_folder, config) = load(
        &[("postrider.toml", GOOD), ("sources.toml", "")],
        &[("POSTRIDER_RELAY_TLS", "implict")],
    );
    insta::assert_snapshot!(serde_json::to_string_pretty(&config.unwrap_err()).unwrap());
}

#[test]
fn a_breaker_and_pauses_that_cannot_be() {
    let bad = "[dispatch]\ngreylist_minutes = []\nfull_minutes = [0]\n\
               [breaker]\nafter = 0\nhard_percent = 101\nblocked_percent = 0\ncomplained_percent = -0.1\n";
    let told = told_of_settings(&format!("{GOOD}{bad}"));
    for key in [
        "dispatch.greylist_minutes",
        "dispatch.full_minutes",
        "breaker.after",
        "breaker.hard_percent",
        "breaker.complained_percent",
    ] {
        assert!(told.contains(key), "{key} in {told}");
    }
    assert!(!told.contains("blocked_percent"), "0 switches it off");
}
