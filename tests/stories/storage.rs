//! A database that cannot be written for a while: the disk is full, something made it read-only, the server is restarted.
//! Sending stops before anything would go unlogged, says so, and goes on by itself. Who presses a button meanwhile is told
//! that it is not saved.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use postrider::db::{Sql, Warm};
use sqlx::{AssertSqlSafe, ConnectOptions, PgConnection};

use crate::pages::{ASHA, BEN, morning};
use crate::support::ledger::compare;
use crate::support::pages::{Answer, Pages, leave_link, link, one_click_link};
use crate::support::program::Daemon;
use crate::support::recorder::Recorder;
use crate::support::server::Server;
use crate::support::{Kind, World, program, say};

const CONNECTIONS: usize = 4;
const READERS: usize = 400;
const STOPS: &str = "what was sent cannot be written down; sending waits until it can";
const GOES_ON: &str = "the database takes what was sent again; sending goes on";
/// What the log says of tries that fail, and how many lines are at least two tries: statements of a commit, of which there
/// are two at most, or heartbeats.
const COMMITS: (&str, usize) = ("UPDATE message SET at", 4);
const BEATS: (&str, usize) = ("the heartbeat could not be written", 2);
/// Messages that a commit has let go.
const MARKED: &str = "SELECT count(*) FROM message WHERE state IN (2, 3)";
const ACCEPTED: &str = "SELECT count(*) FROM message WHERE state = 3";

/// A crowd is planned, and its relay takes its time.
async fn a_crowd_is_due(world: &mut World) -> Recorder {
    let relay = Recorder::start("PIPELINING").await;
    relay.take_ms(20);
    world.set_relay(&relay.settings(CONNECTIONS)).await;
    world.crowd(READERS, "morning").await;
    world.publish("port", "Port", "The port reopens").await;
    world.at("2026-11-24T06:30:00Z");
    world.plan().await;
    // On SQLite this folds the write-ahead log in: what is written from here on takes new room.
    world.restart().await;
    relay
}

/// How many messages may have left, and nothing more can change it: nobody writes.
async fn marked(world: &World) -> usize {
    if world.kind == Kind::Sqlite {
        return world.number(MARKED).await as usize;
    }
    // The world's own sessions may have been ended.
    let mut conn = session(&world.url).await;
    let n: i64 = sqlx::query_scalar(MARKED)
        .fetch_one(&mut conn)
        .await
        .unwrap();
    n as usize
}

async fn session(url: &str) -> PgConnection {
    let options: sqlx::postgres::PgConnectOptions = url.parse().unwrap();
    // Whatever the database says of its sessions.
    let options = options.options([("default_transaction_read_only", "off")]);
    options.connect().await.unwrap()
}

async fn run(url: &str, sql: String) {
    let mut conn = session(url).await;
    sqlx::raw_sql(AssertSqlSafe(sql))
        .execute(&mut conn)
        .await
        .unwrap();
}

/// Since nothing can be written, the daemon says that it stops; and the relay gets what had been let go, and no more.
async fn until_it_stands(
    world: &World,
    relay: &Recorder,
    daemon: &Daemon,
    times: usize,
    tries: (&str, usize),
) {
    daemon.until_logged_times(STOPS, times).await;
    let let_go = marked(world).await;
    relay.until_count(let_go).await;
    // It has tried again since, in vain.
    let (tried, more) = tries;
    let before = daemon.log().matches(tried).count();
    daemon.until_logged_times(tried, before + more).await;
    assert_eq!((marked(world).await, relay.count()), (let_go, let_go));
    assert!(let_go < READERS, "it stopped in mid-run");
}

/// It goes on by itself, and in the end each reader has one mail, and nothing was ever in doubt.
async fn goes_on_and_ends(world: &World, relay: &Recorder, daemon: Daemon, times: usize) {
    daemon.until_logged_times(GOES_ON, times).await;
    world.until(ACCEPTED, |n| n == READERS as i64).await;
    daemon.term();
    let (code, log) = daemon.wait();
    assert_eq!(code, Some(0), "{log}");
    let totals = compare(world, relay).await;
    let counts = (
        totals.messages,
        totals.accepted,
        totals.doubted,
        totals.doubles,
    );
    assert_eq!(counts, (READERS as u64, READERS as u64, 0, 0));
}

/// A file system of its own, small enough to be filled.
struct SmallDisk(PathBuf);

impl SmallDisk {
    /// `None` where this user may not mount.
    fn mount(at: &Path) -> Option<SmallDisk> {
        std::fs::create_dir_all(at).unwrap();
        let mut mount = Command::new("mount");
        mount
            .args(["-t", "tmpfs", "-o", "size=16m,mode=700", "tmpfs"])
            .arg(at);
        let done = mount.stderr(Stdio::null()).status();
        done.is_ok_and(|done| done.success())
            .then(|| SmallDisk(at.to_owned()))
    }

    fn fill(&self) {
        let full = std::fs::write(self.0.join("filler"), vec![0; 32 << 20]).unwrap_err();
        assert_eq!(full.kind(), std::io::ErrorKind::StorageFull);
    }

    fn make_room(&self) {
        std::fs::remove_file(self.0.join("filler")).unwrap();
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

/// From now on this process can make no file longer, and write to none (`man 2 setrlimit`): any user can do that.
fn limit_files(daemon: &Daemon, limit: &str) {
    let mut prlimit = Command::new("prlimit");
    prlimit
        .arg(format!("--pid={}", daemon.pid()))
        .arg(format!("--fsize={limit}:"));
    assert!(
        prlimit.status().unwrap().success(),
        "prlimit is part of util-linux"
    );
}

/// The database's files, such that even who has them open cannot write to them, until this is dropped.
struct Frozen(String);

impl Frozen {
    /// `None` where this user, or this file system, cannot. Taking the permission to write away does not do it: that is asked
    /// when a file is opened.
    fn of(world: &World) -> Option<Frozen> {
        let frozen = Frozen(world.url.trim_start_matches("sqlite:").to_owned());
        frozen.change("+i").then_some(frozen)
    }

    fn change(&self, how: &str) -> bool {
        let mut chattr = Command::new("chattr");
        chattr.arg(how).args([&self.0, &format!("{}-wal", self.0)]);
        let done = chattr.stderr(Stdio::null()).status();
        done.is_ok_and(|done| done.success())
    }
}

impl Drop for Frozen {
    fn drop(&mut self) {
        self.change("-i");
    }
}

/// What the world looks at when the story has ended must not go with the disk that the database was on.
async fn go_home(world: &mut World, home: &str) {
    world.app.db.close().await;
    let [file, at_home] = [&world.url, home].map(|url| url.trim_start_matches("sqlite:"));
    std::fs::copy(file, at_home).unwrap();
    world.move_to(home).await;
}

/// PostgreSQL takes no more writes, as where a standby has taken over the name; or takes them again.
async fn make_read_only(world: &World, is_so: bool) {
    let name = world.url.rsplit('/').next().unwrap();
    let how = if is_so {
        "SET default_transaction_read_only = on"
    } else {
        "RESET default_transaction_read_only"
    };
    let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                WHERE datname = current_database() AND pid <> pg_backend_pid()";
    run(&world.url, format!("ALTER DATABASE {name} {how}; {end}")).await;
}

/// What a reader may press: to sign up, to save a preference, to leave on the page, and to leave by one click.
async fn press(pages: &Pages, what: usize, leave: [&str; 2]) -> Answer {
    let token = leave[0].rsplit('/').next().unwrap();
    match what {
        0 => {
            let form = [("address", "cat@example.org"), ("newsletter", "mine")];
            pages.post("/signup", &form).await
        }
        1 => {
            let form = [("do", "join"), ("newsletter", "mine")];
            pages.post("/preferences", &form).await
        }
        2 => {
            let form = [("token", token), ("do", "leave")];
            pages.post("/leave", &form).await
        }
        _ => pages.one_click(leave[1]).await,
    }
}

story!(
    sessions_that_the_server_has_ended_cost_no_reader_a_page,
    async |world: &mut World| {
        if world.kind == Kind::Sqlite {
            return;
        }
        morning(world).await;
        let pages = Pages::of(world).await;
        pages
            .open(&link(&world.mails_to(ASHA)[0], "/preferences/"))
            .await;
        let all = async || {
            let asked = (0..8).map(|_| pages.get("/preferences"));
            let answers = futures_util::future::join_all(asked).await;
            answers.iter().map(|a| a.status).collect::<Vec<_>>()
        };
        // What one task keeps for itself, too.
        let (db, warm) = (world.app.db.clone(), Warm::default());
        let session = async || {
            let mut conn = warm.or(db.read()).await.unwrap();
            let pid = conn.sql("SELECT pg_backend_pid()::int8");
            let pid = pid.value::<i64>().await.unwrap();
            warm.keep(conn);
            pid
        };
        let kept = session().await;
        assert_eq!(all().await, [200; 8]);
        assert_eq!(session().await, kept);
        make_read_only(world, false).await;
        // Those that have rested for a moment are tried before they are used.
        tokio::time::sleep(Duration::from_millis(100)).await;
        assert_eq!(all().await, [200; 8]);
        assert_ne!(session().await, kept);
    }
);

story!(
    a_press_that_cannot_be_saved_says_so_and_the_same_press_works_when_it_can,
    async |world: &mut World| {
        Pages::move_to_this_machine(world).await;
        morning(world).await;
        let (ashas, bens) = (&world.mails_to(ASHA)[0], &world.mails_to(BEN)[0]);
        let leave = [&*leave_link(ashas), &*one_click_link(bens)];
        let daemon = program::start_watched(world);
        let pages = Pages::of_daemon(world).await;
        assert_eq!(pages.open(&link(ashas, "/preferences/")).await.status, 200);
        match world.kind {
            Kind::Sqlite => limit_files(&daemon, "0"),
            Kind::Postgres => make_read_only(world, true).await,
        }
        for (language, title, again) in [
            ("en", "We could not save that", "Try again in a minute."),
            (
                "ur",
                "ہم اسے محفوظ نہیں کر سکے",
                "ایک منٹ میں دوبارہ کوشش کریں۔",
            ),
        ] {
            pages.speak(language);
            for what in 0..3 {
                let answer = press(&pages, what, leave).await;
                assert_eq!((answer.status, answer.title()), (503, title));
                assert!(answer.body.contains(again), "{}", answer.body);
            }
            let one_click = press(&pages, 3, leave).await;
            assert_eq!((one_click.status, &*one_click.body), (503, "not now\n"));
        }
        // What is only read is shown as before.
        for path in ["/signup", "/preferences", "/leave"] {
            pages.open(leave[0]).await;
            assert_eq!(pages.get(path).await.status, 200, "{path}");
        }
        match world.kind {
            Kind::Sqlite => limit_files(&daemon, "unlimited"),
            Kind::Postgres => make_read_only(world, false).await,
        }
        world.restart().await;
        for (sql, n) in [
            ("SELECT count(*) FROM subscription WHERE state = 1", 2),
            ("SELECT count(*) FROM consent WHERE act = 2", 0),
            ("SELECT count(*) FROM signup", 0),
            ("SELECT count(*) FROM signup_mail", 0),
            ("SELECT count(*) FROM notice", 0),
        ] {
            assert_eq!(world.number(sql).await, n, "{sql}");
        }
        // The server has ended the daemon's sessions, too: see above.
        tokio::time::sleep(Duration::from_millis(100)).await;
        for (what, status) in [200, 303, 200, 200].into_iter().enumerate() {
            let answer = press(&pages, what, leave).await;
            assert_eq!(answer.status, status, "press {what}");
        }
        for (sql, n) in [
            ("SELECT count(*) FROM subscription WHERE state = 1", 1),
            ("SELECT count(*) FROM consent WHERE act = 2", 2),
            ("SELECT count(*) FROM signup", 1),
        ] {
            assert_eq!(world.number(sql).await, n, "{sql}");
        }
        // Two digests, one that asks whether cat@ wants it, one that tells Asha that she has left.
        world.until_mails(4).await;
        world.until(ACCEPTED, |n| n == 4).await;
        daemon.term();
        let (code, log) = daemon.wait();
        assert_eq!(code, Some(0), "{log}");
    }
);

story!(
    a_full_disk_stops_sending_until_there_is_room,
    async |world: &mut World| {
        if world.kind == Kind::Postgres {
            let relay = a_crowd_is_due(world).await;
            let daemon = program::start(world);
            relay.until_count(20).await;
            // What PostgreSQL says when a table cannot grow.
            let full = "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                          RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full';
                        END $$;
                        CREATE TRIGGER full_disk BEFORE INSERT OR UPDATE ON message
                           FOR EACH ROW EXECUTE FUNCTION full_disk();
                        CREATE TRIGGER full_disk BEFORE UPDATE ON node FOR EACH ROW EXECUTE FUNCTION full_disk()";
            run(&world.url, full.to_owned()).await;
            until_it_stands(world, &relay, &daemon, 1, BEATS).await;
            run(&world.url, "DROP FUNCTION full_disk CASCADE".to_owned()).await;
            goes_on_and_ends(world, &relay, daemon, 1).await;
            return;
        }
        let home = world.url.clone();
        let place = world.folder.path().join("small");
        let Some(disk) = SmallDisk::mount(&place) else {
            say("no small disk can be mounted here: a limit on the size of files stands in for it");
            let relay = a_crowd_is_due(world).await;
            let daemon = program::start_watched(world);
            relay.until_count(20).await;
            limit_files(&daemon, "0");
            until_it_stands(world, &relay, &daemon, 1, COMMITS).await;
            limit_files(&daemon, "unlimited");
            return goes_on_and_ends(world, &relay, daemon, 1).await;
        };
        let file = place.join("postrider.sqlite");
        world.move_to(&format!("sqlite:{}", file.display())).await;
        let relay = a_crowd_is_due(world).await;
        let daemon = program::start_watched(world);
        relay.until_count(20).await;
        disk.fill();
        until_it_stands(world, &relay, &daemon, 1, COMMITS).await;
        disk.make_room();
        goes_on_and_ends(world, &relay, daemon, 1).await;
        go_home(world, &home).await;
    }
);

story!(
    a_database_that_becomes_read_only_stops_sending_until_it_can_be_written,
    async |world: &mut World| {
        // Files in memory can be written by who has them open, whatever chattr says.
        let disk = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let home = world.url.clone();
        if world.kind == Kind::Sqlite {
            let file = disk.path().join("postrider.sqlite");
            world.move_to(&format!("sqlite:{}", file.display())).await;
        }
        let relay = a_crowd_is_due(world).await;
        let daemon = program::start_watched(world);
        relay.until_count(20).await;
        if world.kind == Kind::Postgres {
            make_read_only(world, true).await;
            until_it_stands(world, &relay, &daemon, 1, BEATS).await;
            make_read_only(world, false).await;
            world.restart().await;
            return goes_on_and_ends(world, &relay, daemon, 1).await;
        }
        limit_files(&daemon, "0");
        until_it_stands(world, &relay, &daemon, 1, COMMITS).await;
        limit_files(&daemon, "unlimited");
        daemon.until_logged_times(GOES_ON, 1).await;
        let before = relay.count();
        relay.until_count(before + 20).await;
        let mut times = 1;
        if let Some(frozen) = Frozen::of(world) {
            times = 2;
            until_it_stands(world, &relay, &daemon, times, BEATS).await;
            drop(frozen);
        } else {
            say(
                "this user cannot freeze a file (chattr +i): the limit on the size of files was all",
            );
        }
        goes_on_and_ends(world, &relay, daemon, times).await;
        go_home(world, &home).await;
    }
);

story!(
    a_database_server_that_is_restarted_stops_sending_until_it_is_back,
    async |world: &mut World| {
        if world.kind == Kind::Sqlite {
            // There is no server; what else may keep SQLite from writing is told above.
            return;
        }
        world.server = Server::start();
        if let Some(server) = &world.server {
            let url = server.url();
            world.move_to(&url).await;
        } else {
            say(
                "PostgreSQL's programs are not here: its sessions are ended and none let in instead",
            );
        }
        let relay = a_crowd_is_due(world).await;
        let daemon = program::start(world);
        relay.until_count(20).await;
        let (admin, name) = world.url.rsplit_once('/').unwrap();
        let (admin, name) = (format!("{admin}/template1"), name.to_owned());
        if let Some(server) = &world.server {
            server.pull_the_plug();
        } else {
            let away = format!("ALTER DATABASE {name} ALLOW_CONNECTIONS false;
                                SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'");
            run(&admin, away).await;
        }
        let before = relay.count();
        daemon.until_logged_times(STOPS, 1).await;
        daemon.until_logged_times(BEATS.0, BEATS.1).await;
        let more = relay.count() - before;
        assert!(
            more <= CONNECTIONS,
            "{more} mails that no commit can have let go"
        );
        if let Some(server) = &world.server {
            server.start_again();
        } else {
            run(
                &admin,
                format!("ALTER DATABASE {name} ALLOW_CONNECTIONS true"),
            )
            .await;
        }
        world.restart().await;
        goes_on_and_ends(world, &relay, daemon, 1).await;
        assert!(relay.count() > before + more, "it had stopped in mid-run");
    }
);
