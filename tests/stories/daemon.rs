//! The daemon's life: it starts, tells that it is ready, outlives a dead relay, and stops without losing anything.

use std::net::{Ipv4Addr, SocketAddr};
use std::os::unix::net::UnixDatagram;

use tokio::net::{TcpListener, TcpStream};

use crate::support::world::DEADLINE;
use crate::support::{Kind, World, program};

const ASHA: &str = "asha@example.org";
const STOPPING: &str = "stopping: what is on its way is finished";
const SENDING: &str = "SELECT count(*) FROM message WHERE state = 2";
const ACCEPTED: &str = "SELECT count(*) FROM message WHERE state = 3";

async fn a_crowd_is_due(world: &World, n: usize) {
    world.crowd(n, "morning").await;
    world.publish("port", "Port", "The port reopens").await;
    world.at("2026-11-24T06:30:00Z");
    world.plan().await;
}

story!(
    a_signal_lets_the_mail_on_its_way_end_and_begins_no_other,
    async |world: &mut World| {
        world.add_setting("connections = 1");
        a_crowd_is_due(world, 40).await;
        let hold = world.relay.hold_after_data();
        let daemon = program::start(world);
        world.until_reached(&hold).await;
        daemon.term();
        daemon.until_logged(STOPPING).await;
        hold.release();
        let (code, log) = daemon.wait();
        assert_eq!(code, Some(0), "{log}");
        assert_eq!(
            (world.relay.count(), world.number(ACCEPTED).await),
            (1, 1),
            "the mail that was held, and its reply, and no more"
        );
        assert_eq!(
            world
                .number("SELECT count(*) FROM message WHERE state = 1 AND owner IS NULL")
                .await,
            39
        );
        // What it gave back needs no heartbeat to grow old.
        program::ok(world, &["once"]);
        assert_eq!(world.relay.count(), 40);
    }
);

story!(
    a_second_signal_stops_at_once_and_the_next_start_makes_it_good,
    async |world: &mut World| {
        world.join(&[world.reader(ASHA, "morning")]).await;
        world.publish("port", "Port", "The port reopens").await;
        world.at("2026-11-24T06:30:00Z");
        let hold = world.relay.hold_after_data();
        let daemon = program::start(world);
        world.until_reached(&hold).await;
        daemon.term();
        daemon.until_logged(STOPPING).await;
        daemon.term();
        let (code, log) = daemon.wait();
        assert_eq!(code, Some(0), "it stopped as it was told to: {log}");
        assert!(log.contains("stopping at once"), "{log}");
        assert_eq!(world.number(SENDING).await, 1);
        drop(hold);
        let daemon = program::start(world);
        world.until(ACCEPTED, |n| n == 1).await;
        daemon.term();
        assert_eq!(daemon.wait().0, Some(0));
        let mails = world.mails_to(ASHA);
        assert_eq!(mails.len(), 2, "a digest in doubt is sent again");
        assert_eq!(mails[0].bytes, mails[1].bytes);
    }
);

story!(
    a_daemon_that_has_nothing_to_do_stops_when_told,
    async |world: &mut World| {
        let daemon = program::start(world);
        daemon.until_logged("ready").await;
        daemon.term();
        let (code, log) = daemon.wait();
        assert_eq!(code, Some(0), "{log}");
        assert!(log.contains("\"stopped\""), "{log}");
    }
);

/// A port of loopback where nobody listens.
async fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    listener.local_addr().unwrap().port()
}

/// Listens on this port and passes everything on.
async fn pass_on(port: u16, to: SocketAddr) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))
        .await
        .unwrap();
    tokio::spawn(async move {
        while let Ok((mut from, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut to = TcpStream::connect(to).await?;
                tokio::io::copy_bidirectional(&mut from, &mut to).await
            });
        }
    });
}

story!(
    a_relay_that_is_dead_at_the_start_gets_its_mail_when_it_comes,
    async |world: &mut World| {
        let port = free_port().await;
        let file = std::fs::read_to_string(world.config().join("postrider.toml")).unwrap();
        let relay = world.relay.address();
        world.configure(
            "postrider.toml",
            &file.replace(
                &format!("port = {}", relay.port()),
                &format!("port = {port}"),
            ),
        );
        a_crowd_is_due(world, 3).await;
        let daemon = program::start(world);
        daemon.until_logged("messages stay queued").await;
        assert_eq!(world.number(ACCEPTED).await, 0);
        pass_on(port, relay).await;
        world.until(ACCEPTED, |n| n == 3).await;
        daemon.until_logged("the relay is back").await;
        daemon.term();
        let (code, log) = daemon.wait();
        assert_eq!(code, Some(0), "{log}");
        assert_eq!(
            log.matches("messages stay queued").count(),
            1,
            "a relay that is away is told once: {log}"
        );
        assert_eq!(
            world
                .number("SELECT count(*) FROM message WHERE attempts <> 1")
                .await,
            0,
            "what never began is no try"
        );
    }
);

story!(
    systemd_is_told_when_it_is_ready_and_when_it_stops,
    async |world: &mut World| {
        let path = world.folder.path().join("notify");
        let socket = UnixDatagram::bind(&path).unwrap();
        socket.set_read_timeout(Some(DEADLINE)).unwrap();
        let told = || {
            let mut text = [0; 256];
            let n = socket.recv(&mut text).expect("it tells systemd");
            String::from_utf8_lossy(&text[..n]).trim().to_owned()
        };
        let daemon = program::start_with(world, "NOTIFY_SOCKET", path.to_str().unwrap());
        assert_eq!(told(), "READY=1");
        daemon.term();
        assert_eq!(told(), "STOPPING=1");
        assert_eq!(daemon.wait().0, Some(0));
    }
);

/// The configuration names another database.
fn move_to(world: &World, url: &str) {
    let file = std::fs::read_to_string(world.config().join("postrider.toml")).unwrap();
    world.configure("postrider.toml", &file.replace(&world.url, url));
}

story!(
    a_database_that_cannot_be_used_stops_the_start_and_is_named,
    async |world: &mut World| {
        let urls = match world.kind {
            Kind::Sqlite => {
                let text = world.folder.path().join("a-letter.txt");
                std::fs::write(&text, "Dear editor, this is no database. ".repeat(40)).unwrap();
                vec![
                    (format!("{}?mode=ro", world.url), "readonly database"),
                    (
                        format!("sqlite:{}", world.folder.path().display()),
                        "unable to open database file",
                    ),
                    (
                        format!("sqlite:{}", text.display()),
                        "file is not a database",
                    ),
                ]
            }
            Kind::Postgres => {
                let mut away = url::Url::parse(&world.url).unwrap();
                away.set_port(Some(free_port().await)).unwrap();
                let mut unknown = url::Url::parse(&world.url).unwrap();
                unknown.set_path("a_database_that_is_not_there");
                vec![
                    (away.to_string(), "the database cannot be used"),
                    (unknown.to_string(), "does not exist"),
                ]
            }
        };
        for (url, said) in urls {
            let before = std::fs::read_to_string(world.config().join("postrider.toml")).unwrap();
            move_to(world, &url);
            for verb in ["serve", "once"] {
                let (code, log) = program::spawn(world, &[verb]).wait();
                assert_eq!(code, Some(2), "{verb} on {url}: {log}");
                assert!(log.contains("error: "), "{log}");
                assert!(log.contains(said), "{verb} on {url}: {log}");
            }
            world.configure("postrider.toml", &before);
        }
    }
);
