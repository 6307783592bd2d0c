//! `postrider relay check`: what relays are like, and what receivers find in DNS.

use std::sync::Arc;

use postrider::demo::relay::{RelayOptions, RelayTls};
use serde_json::Value;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

use crate::securing::liar;
use crate::support::dns::DnsServer;
use crate::support::{World, keys, program};

const PASSWORD: &str = "quite-secret-quay";
const LOGIN: &str = "username = \"courier\"\npassword_file = \"password\"\n";

/// A certificate for this name until this year, written to `relay.pem` beside the configuration's files.
fn certificate(world: &World, name: &str, until: i32) -> Arc<ServerConfig> {
    let key = rcgen::KeyPair::generate().unwrap();
    let mut wanted = rcgen::CertificateParams::new([name.to_owned()]).unwrap();
    wanted.not_before = rcgen::date_time_ymd(2020, 1, 1);
    wanted.not_after = rcgen::date_time_ymd(until, 1, 1);
    let made = wanted.self_signed(&key).unwrap();
    world.configure("relay.pem", &made.pem());
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let server = ServerConfig::builder().with_no_client_auth();
    Arc::new(
        server
            .with_single_cert(vec![made.der().clone()], key)
            .unwrap(),
    )
}

fn options(tls: RelayTls, login: bool) -> RelayOptions {
    RelayOptions {
        tls,
        login: login.then(|| ("courier".to_owned(), PASSWORD.to_owned())),
        ..RelayOptions::default()
    }
}

/// What the check finds as JSON, and whether there was no problem.
fn facts(world: &World, arguments: &[&str]) -> (Value, bool) {
    let output = program::run(world, &[&["relay", "check", "--json"], arguments].concat());
    let said = String::from_utf8_lossy(&output.stderr);
    let facts = serde_json::from_slice(&output.stdout).unwrap_or_else(|e| panic!("{e}: {said}"));
    (facts, output.status.success())
}

/// State and words of what was found about `what`, of several the first.
fn found<'f>(about: &'f Value, what: &str) -> (&'f str, &'f str) {
    let findings = about["findings"].as_array().unwrap();
    let finding = findings.iter().find(|f| f["what"] == what);
    let finding = finding.unwrap_or_else(|| panic!("nothing of {what}: {about}"));
    let text = |key: &str| finding[key].as_str().unwrap();
    // Whatever is not well has something to do about it.
    assert!(
        finding["state"] == "ok" || finding["hint"].is_string(),
        "{finding}"
    );
    (text("state"), text("says"))
}

fn domain<'f>(facts: &'f Value, name: &str) -> &'f Value {
    let domains = facts["domains"].as_array().unwrap();
    let found = domains.iter().find(|d| d["domain"] == name);
    found.unwrap_or_else(|| panic!("{name} was not looked at: {facts}"))
}

async fn with_dns(world: &mut World) -> DnsServer {
    let dns = DnsServer::start().await;
    world.add_setting(&format!("[dispatch]\ndns = \"{}\"\n", dns.address));
    dns
}

/// Everything as it should be for mails from courier.example.
fn publish_all(dns: &DnsServer, domain: &str) {
    dns.mx(domain, 20, "second.example");
    dns.mx(domain, 10, "first.example");
    dns.txt(domain, "some-verification=1");
    dns.txt(domain, "v=spf1 include:relay.example -all");
    dns.txt(
        &format!("_dmarc.{domain}"),
        "v=DMARC1; p=reject; rua=mailto:reports@courier.example",
    );
}

story!(
    a_relay_and_records_as_they_should_be_have_no_problem,
    async |world: &mut World| {
        let tls = RelayTls::StartTls(certificate(world, "localhost", 2040));
        world.configure("password", PASSWORD);
        world
            .relay_is(
                options(tls, true),
                &format!("host = \"localhost\"\nport = {{port}}\nca_file = \"relay.pem\"\n{LOGIN}"),
            )
            .await;
        world.configure("rsa.pem", keys::rsa());
        let dns = with_dns(world).await;
        world.add_setting(
            "[[dkim]]\ndomain = \"courier.example\"\nselector = \"rsa\"\nkey_file = \"rsa.pem\"\n",
        );
        world.add_setting("[feedback]\nbounce_domain = \"bounces.courier.example\"\n");
        world.restart().await;
        publish_all(&dns, "courier.example");
        dns.mx("bounces.courier.example", 10, "first.example");
        dns.txt(
            "bounces.courier.example",
            "v=spf1 include:relay.example -all",
        );

        // The record to publish is told as long as it is not there.
        let (code, told, said) = program::fails(world, &["relay", "check"]);
        assert_eq!(code, 1);
        assert!(said.contains("1 problem, each with what to do"), "{said}");
        assert!(
            told.contains("problem  dkim: rsa is not published"),
            "{told}"
        );
        let line = "hint: publish rsa._domainkey.courier.example. IN TXT ( \"v=DKIM1; k=rsa; p=";
        assert!(told.contains(line), "{told}");
        let record = world.app.config.dkim[0].key().unwrap().record();
        dns.txt("rsa._domainkey.courier.example", &record);

        let (facts, well) = facts(world, &[]);
        assert!(well, "{facts}");
        let relay = &facts["relays"][0];
        assert_eq!(found(relay, "reached").0, "ok");
        let (state, says) = found(relay, "tls");
        assert!(
            state == "ok" && says.starts_with("TLS 1.3, certificate for localhost, 4"),
            "{says}"
        );
        assert_eq!(relay["tls"]["names"][0], "localhost");
        assert_eq!(
            found(relay, "login"),
            ("ok", "accepted; it offers LOGIN, PLAIN")
        );
        assert_eq!(relay["login"], true);
        assert_eq!(
            found(relay, "offers").1,
            "PIPELINING, SIZE, 8BITMIME, SMTPUTF8, ENHANCEDSTATUSCODES"
        );
        let sender = domain(&facts, "courier.example");
        assert_eq!(sender["newsletters"].as_array().unwrap().len(), 3);
        assert_eq!(found(sender, "mx"), ("ok", "first.example, second.example"));
        assert_eq!(
            found(sender, "spf"),
            ("ok", "v=spf1 include:relay.example -all")
        );
        assert_eq!(found(sender, "dkim"), ("ok", "rsa, rsa-sha256: published"));
        assert_eq!(found(sender, "dmarc"), ("ok", "reject"));
        assert_eq!(
            found(sender, "alignment"),
            ("ok", "by DKIM, and by SPF of bounces.courier.example")
        );
        assert_eq!(sender["keys"][0]["record"], record);
        assert_eq!(sender["keys"][0]["published"], true);
        assert_eq!(
            found(domain(&facts, "bounces.courier.example"), "mx").0,
            "ok"
        );
        // A warning fails nobody: anybody can read the key.
        assert_eq!(facts["problems"], 0);
        assert_eq!(world.relay.count(), 0, "nothing was sent");
        let told = program::ok(world, &["relay", "check", "main"]);
        assert!(told.starts_with("relay main (localhost:"), "{told}");
        assert!(!told.contains(PASSWORD), "{told}");
    }
);

story!(
    what_is_wrong_with_a_relay_is_told_with_what_to_do,
    async |world: &mut World| {
        world.configure("password", "quite-wrong-quay");
        let host = "host = \"localhost\"\nport = {port}\nca_file = \"relay.pem\"\n";
        let _dns = with_dns_first(world).await;

        let tls = RelayTls::StartTls(certificate(world, "localhost", 2040));
        world
            .relay_is(options(tls, true), &format!("{host}{LOGIN}"))
            .await;
        let (told, well) = facts(world, &[]);
        let (state, says) = found(&told["relays"][0], "login");
        assert!(
            !well && state == "problem" && says.starts_with("refused: 535 "),
            "{says}"
        );
        assert!(!told.to_string().contains("quite-wrong"), "{told}");

        for (tls, name, until, trusted, why) in [
            (
                "starttls",
                "localhost",
                2040,
                false,
                "nobody we trust has signed it",
            ),
            (
                "implicit",
                "relay.example",
                2040,
                true,
                "certificate for relay.example, ",
            ),
            (
                "implicit",
                "relay.example",
                2040,
                true,
                "as localhost: it is for another host",
            ),
            (
                "starttls",
                "localhost",
                2024,
                true,
                "days; not trusted by us as localhost: its time is over",
            ),
        ] {
            let served = certificate(world, name, until);
            if !trusted {
                certificate(world, name, until); // another one, in the file of the first
            }
            let options = match tls {
                "implicit" => options(RelayTls::Implicit(served), false),
                _ => options(RelayTls::StartTls(served), false),
            };
            world
                .relay_is(options, &format!("{host}tls = \"{tls}\"\n"))
                .await;
            let (told, well) = facts(world, &[]);
            let relay = &told["relays"][0];
            assert_eq!(found(relay, "reached").0, "ok");
            let (state, says) = found(relay, "tls");
            assert!(!well && state == "problem" && says.contains(why), "{says}");
            assert_eq!(relay["tls"]["trusted"], false);
        }

        // No encryption where it is wanted, and a relay that is not there.
        world
            .relay_is(
                options(RelayTls::None, false),
                "host = \"127.0.0.1\"\nport = {port}\n",
            )
            .await;
        let (told, _) = facts(world, &[]);
        let (state, says) = found(&told["relays"][0], "reached");
        assert!(state == "problem" && says.contains("STARTTLS"), "{says}");
        world
            .relay_is(
                options(RelayTls::None, false),
                "host = \"127.0.0.1\"\nport = 1\ntls = \"none\"\n",
            )
            .await;
        let (told, _) = facts(world, &[]);
        let (state, says) = found(&told["relays"][0], "reached");
        assert!(
            state == "problem" && says.contains("127.0.0.1:1 cannot be reached"),
            "{says}"
        );
        let (code, _, said) = program::fails(world, &["relay", "check", "backup"]);
        assert!(
            code == 1 && said.contains("no relay is called \"backup\"\nhint: there is main"),
            "{said}"
        );
        // `check` says the same of it.
        let (_, told, _) = program::fails(world, &["check"]);
        assert!(
            told.contains("wrong relay: 127.0.0.1:1 cannot be reached"),
            "{told}"
        );
    }
);

/// The same as [`with_dns`], in front of `[[relay]]`, which must stay the last.
async fn with_dns_first(world: &mut World) -> DnsServer {
    let dns = DnsServer::start().await;
    let file = std::fs::read_to_string(world.config().join("postrider.toml")).unwrap();
    let setting = format!("[dispatch]\ndns = \"{}\"\n[[relay]]", dns.address);
    world.configure("postrider.toml", &file.replace("[[relay]]", &setting));
    dns
}

story!(
    what_is_wrong_in_dns_is_told_with_what_to_do,
    async |world: &mut World| {
        world.configure("ed.pem", &keys::ed25519());
        world.configure("other.pem", &keys::ed25519());
        let dns = with_dns(world).await;
        world.add_setting(
            "[[dkim]]\ndomain = \"courier.example\"\nselector = \"ed\"\nkey_file = \"ed.pem\"\n",
        );
        world.restart().await;
        let (told, well) = facts(world, &[]);
        let sender = domain(&told, "courier.example");
        assert!(!well);
        for (what, state, says) in [
            ("mx", "warning", "none: answers may go nowhere"),
            ("spf", "problem", "none, and it is the envelope's sender"),
            ("dkim", "problem", "ed is not published"),
            ("dmarc", "problem", "none: large receivers"),
        ] {
            let (is, told) = found(sender, what);
            assert!(is == state && told.starts_with(says), "{what}: {is} {told}");
        }
        let name = "ed._domainkey.courier.example";
        let record = world.app.config.dkim[0].key().unwrap().record();
        let other = record.replacen("p=", "p=AAAA", 1);
        for (text, state, says) in [
            (
                other,
                "problem",
                "ed is published with another key than key_file holds",
            ),
            (
                "v=DKIM1; k=ed25519; p=".to_owned(),
                "problem",
                "ed is revoked",
            ),
            (
                record.replace("k=ed25519", "k=rsa"),
                "problem",
                "ed is published with another key",
            ),
            (
                record.replace("; p=", "; t=y:s; p="),
                "warning",
                "ed: published as a trial",
            ),
            (
                record.replace("; p=", "; h=sha1; p="),
                "problem",
                "ed: its record forbids SHA-256",
            ),
            (
                record.replace("p=", "p= \t"),
                "ok",
                "ed, ed25519-sha256: published",
            ),
        ] {
            dns.remove(name);
            dns.txt(name, &text);
            let (told, _) = facts(world, &[]);
            let (is, told) = found(domain(&told, "courier.example"), "dkim");
            assert!(is == state && told.starts_with(says), "{text}: {is} {told}");
        }
        for (texts, state, says) in [
            (
                &["v=spf1 +all"][..],
                "problem",
                "v=spf1 +all: lets everybody send",
            ),
            (
                &["v=spf1 ip4:192.0.2.1"],
                "warning",
                "v=spf1 ip4:192.0.2.1: says nothing of other hosts",
            ),
            (&["v=spf1 -all", "V=SPF1 a -all"], "problem", "2 records: "),
            (&["v=spf10 -all"], "problem", "none"),
            (
                &[
                    "v=spf1 a mx include:1.example include:2.example include:3.example include:4.example include:5.example include:6.example include:7.example include:8.example include:9.example ~all",
                ],
                "problem",
                "v=spf1 a mx",
            ),
        ] {
            dns.remove("courier.example");
            for text in texts {
                dns.txt("courier.example", text);
            }
            let (told, _) = facts(world, &[]);
            let (is, told) = found(domain(&told, "courier.example"), "spf");
            assert!(
                is == state && told.starts_with(says),
                "{texts:?}: {is} {told}"
            );
        }
        for (texts, state, says, aligned) in [
            (
                &["v=DMARC1; p=none"][..],
                "warning",
                "none: forged mails",
                Some("by DKIM, and by SPF of courier.example"),
            ),
            (
                &["v=DMARC1; p=quarantine; adkim=s; aspf=s"],
                "ok",
                "quarantine",
                Some("by DKIM, and by SPF of courier.example"),
            ),
            (
                &["v=DMARC1; p=often"],
                "problem",
                "v=DMARC1; p=often: no policy",
                Some("by DKIM"),
            ),
            (
                &["v=DMARC1; p=none", "v=DMARC1; p=reject"],
                "problem",
                "several records",
                Some("by DKIM"),
            ),
        ] {
            dns.remove("_dmarc.courier.example");
            for text in texts {
                dns.txt("_dmarc.courier.example", text);
            }
            let (told, _) = facts(world, &[]);
            let sender = domain(&told, "courier.example");
            let (is, told) = found(sender, "dmarc");
            assert!(
                is == state && told.starts_with(says),
                "{texts:?}: {is} {told}"
            );
            if let Some(aligned) = aligned {
                assert!(
                    found(sender, "alignment").1.starts_with(aligned),
                    "{sender}"
                );
            }
        }
    }
);

story!(
    a_policy_of_the_domain_above_counts_and_strictness_is_seen,
    async |world: &mut World| {
        world.configure("ed.pem", &keys::ed25519());
        world.configure(
            "newsletters/mine.toml",
            &crate::support::world::NEWSLETTERS[1]
                .1
                .replace("mine@courier.example", "mine@mail.courier.example"),
        );
        let dns = with_dns(world).await;
        world.add_setting(
            "[[dkim]]\ndomain = \"courier.example\"\nselector = \"ed\"\nkey_file = \"ed.pem\"\n",
        );
        world.add_setting("[feedback]\nbounce_domain = \"bounces.elsewhere.example\"\n");
        world.restart().await;
        publish_all(&dns, "courier.example");
        dns.remove("_dmarc.courier.example");
        for (text, policy, state, aligned) in [
            (
                "v=DMARC1; p=reject; sp=none",
                ("warning", "none, from courier.example: "),
                "ok",
                "by DKIM; not by SPF",
            ),
            (
                "v=DMARC1; p=reject; adkim=s",
                ("ok", "reject, from courier.example"),
                "problem",
                "neither by DKIM nor by SPF",
            ),
        ] {
            dns.remove("_dmarc.courier.example");
            dns.txt("_dmarc.courier.example", text);
            let (told, _) = facts(world, &[]);
            let sender = domain(&told, "mail.courier.example");
            assert_eq!(
                found(sender, "dkim"),
                ("ok", "signed by the keys of courier.example")
            );
            let (is, says) = found(sender, "dmarc");
            assert!(
                is == policy.0 && says.starts_with(policy.1),
                "{text}: {is} {says}"
            );
            let (is, says) = found(sender, "alignment");
            assert!(
                is == state && says.starts_with(aligned),
                "{text}: {is} {says}"
            );
        }
        let (told, _) = facts(world, &[]);
        let bounces = domain(&told, "bounces.elsewhere.example");
        assert_eq!(
            found(bounces, "mx"),
            ("problem", "none, so no bounce comes back")
        );
        dns.mx("bounces.elsewhere.example", 0, ".");
        let (told, _) = facts(world, &[]);
        let (state, says) = found(domain(&told, "bounces.elsewhere.example"), "mx");
        assert!(
            state == "problem" && says.starts_with("a null MX"),
            "{says}"
        );
    }
);

story!(
    where_dns_does_not_answer_that_is_said_and_nothing_fails,
    async |world: &mut World| {
        world.configure("ed.pem", &keys::ed25519());
        // It takes packets, and never answers.
        let deaf = tokio::net::UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let address = deaf.local_addr().unwrap();
        world.add_setting(&format!("[dispatch]\ndns = \"{address}\"\n"));
        world.add_setting(
            "[[dkim]]\ndomain = \"courier.example\"\nselector = \"ed\"\nkey_file = \"ed.pem\"\n",
        );
        let (told, well) = facts(world, &[]);
        assert!(well, "{told}");
        let sender = domain(&told, "courier.example");
        for what in ["mx", "spf", "dkim", "dmarc"] {
            let (state, says) = found(sender, what);
            assert!(
                state == "warning" && says.starts_with("DNS does not answer: "),
                "{what}: {says}"
            );
        }
        assert!(sender["keys"][0]["published"].is_null());
        let dns = DnsServer::start().await;
        for name in [
            "courier.example",
            "_dmarc.courier.example",
            "ed._domainkey.courier.example",
        ] {
            dns.fail(name);
        }
        let file = std::fs::read_to_string(world.config().join("postrider.toml")).unwrap();
        let other = file.replace(&address.to_string(), &dns.address.to_string());
        world.configure("postrider.toml", &other);
        let (broken, well) = facts(world, &[]);
        assert!(well, "{broken}");
        for what in ["mx", "spf", "dkim", "dmarc"] {
            let (state, says) = found(domain(&broken, "courier.example"), what);
            assert!(
                state == "warning" && says.contains("erver"),
                "{what}: {says}"
            );
        }
        assert_eq!(told["dns"], address.to_string());
    }
);

story!(
    a_relay_that_is_looked_at_hears_no_more_than_hello_and_goodbye,
    async |world: &mut World| {
        let _dns = with_dns_first(world).await;
        let (port, heard) = liar("250-liar.example\r\n250 SIZE 0\r\n", "").await;
        let settings = format!("host = \"127.0.0.1\"\nport = {port}\ntls = \"none\"\n");
        world.set_relay(&settings).await;
        let (told, _) = facts(world, &[]);
        let relay = &told["relays"][0];
        assert_eq!(found(relay, "tls"), ("ok", "none, on this machine"));
        assert_eq!(found(relay, "login"), ("ok", "none; it offers no way to"));
        let findings = relay["findings"].as_array().unwrap();
        for (state, says) in [
            ("ok", "SIZE"),
            (
                "warning",
                "no PIPELINING: each mail takes two round trips more",
            ),
            (
                "ok",
                "no 8BITMIME: costs nothing: our mails are plain ASCII",
            ),
        ] {
            let is_it = |f: &&Value| f["says"] == says && f["state"] == state;
            assert!(findings.iter().any(|f| is_it(&f)), "{says}: {findings:?}");
        }
        let heard = heard.lock().unwrap();
        let words: Vec<&str> = heard.iter().filter_map(|l| l.split(' ').next()).collect();
        assert_eq!(words, ["EHLO", "QUIT"]);
    }
);
