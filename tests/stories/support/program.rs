//! The program itself, as a process: its verbs, and the daemon with its signals.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::thread::JoinHandle;

use tokio::sync::watch;

use super::invariants::no_address_in;
use super::world::{DEADLINE, World};

const BINARY: &str = env!("CARGO_BIN_EXE_postrider");

/// A running daemon; killed when dropped.
pub(crate) struct Daemon {
    child: Child,
    log: watch::Receiver<String>,
    reader: Option<JoinHandle<()>>,
}

fn command(world: &World) -> Command {
    let mut command = Command::new(BINARY);
    command
        .env_clear()
        .env("HOME", world.folder.path())
        .env("POSTRIDER_TEST_NOW", world.now().to_string())
        .env("POSTRIDER_LOG_FORMAT", "json")
        .arg("--config")
        .arg(world.config());
    command
}

/// Runs a verb; its output, and no address in what it logged.
pub(crate) fn run(world: &World, arguments: &[&str]) -> Output {
    run_with(world, &[], arguments)
}

/// Runs a verb with these variables in its environment.
pub(crate) fn run_with(world: &World, variables: &[(&str, &str)], arguments: &[&str]) -> Output {
    let output = command(world)
        .envs(variables.iter().copied())
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .expect("the program runs");
    let log: String = String::from_utf8_lossy(&output.stderr)
        .lines()
        .filter(|l| l.starts_with('{'))
        .collect::<Vec<_>>()
        .join("\n");
    no_address_in(&log);
    output
}

/// Runs a verb that reads this from its standard input.
pub(crate) fn feed(world: &World, arguments: &[&str], input: &[u8]) -> Output {
    let mut child = command(world)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program runs");
    let mut stdin = child.stdin.take().expect("a pipe");
    stdin.write_all(input).expect("it reads to the end");
    drop(stdin);
    child.wait_with_output().expect("it ends")
}

/// Runs a verb that must succeed; what it printed.
pub(crate) fn ok(world: &World, arguments: &[&str]) -> String {
    let output = run(world, arguments);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "{arguments:?} ended with {}: {stderr}",
        output.status
    );
    String::from_utf8(output.stdout).expect("text")
}

/// Runs a verb with `--json` that must succeed; what it printed.
pub(crate) fn json(world: &World, arguments: &[&str]) -> serde_json::Value {
    let text = ok(world, &[arguments, &["--json"]].concat());
    serde_json::from_str(&text).unwrap_or_else(|e| panic!("{e}: {text}"))
}

/// Runs a verb and kills it, as with kill -9, when it has printed so many lines.
pub(crate) fn killed_after(world: &World, arguments: &[&str], lines: usize) {
    let mut child = command(world)
        .args(arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program runs");
    let printed = BufReader::new(child.stdout.take().expect("a pipe"));
    let seen = printed.lines().take(lines).count();
    child.kill().expect("it is ours");
    let status = child.wait().expect("it ends");
    assert!(
        seen == lines && !status.success(),
        "it ended before it was killed"
    );
}

/// Runs a verb that must not succeed; its exit code, what it printed and what it said.
pub(crate) fn fails(world: &World, arguments: &[&str]) -> (i32, String, String) {
    let output = run(world, arguments);
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
    let code = output.status.code().expect("it ended by itself");
    assert_ne!(code, 0, "{arguments:?} succeeded");
    (code, text(output.stdout), text(output.stderr))
}

/// Runs a verb without a world: no configuration, and the machine's own time.
pub(crate) fn alone(home: &Path, arguments: &[&str]) -> Output {
    Command::new(BINARY)
        .env_clear()
        .env("HOME", home)
        .current_dir(home)
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .expect("the program runs")
}

/// Runs a verb whose reader reads one line and goes; its exit code and what it said.
pub(crate) fn read_one_line(world: &World, arguments: &[&str]) -> (Option<i32>, String) {
    let mut child = command(world)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program runs");
    let mut stdout = BufReader::new(child.stdout.take().expect("a pipe"));
    stdout.read_line(&mut String::new()).expect("text");
    drop(stdout);
    let mut said = String::new();
    let mut stderr = child.stderr.take().expect("a pipe");
    stderr.read_to_string(&mut said).expect("text");
    (child.wait().expect("it ends").code(), said)
}

/// Starts the daemon at the world's time.
pub(crate) fn start(world: &World) -> Daemon {
    spawn(world, &["serve"])
}

/// Starts the daemon with more in its environment.
pub(crate) fn start_with(world: &World, name: &str, value: &str) -> Daemon {
    let mut command = command(world);
    command.env(name, value).arg("serve");
    run_beside(command)
}

/// Starts the daemon such that a limit on the size of its files makes its writes fail and does not end it, and with each
/// statement in its log.
pub(crate) fn start_watched(world: &World) -> Daemon {
    let daemon = command(world);
    let mut shell = Command::new("sh");
    shell
        .args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\" serve"])
        .arg(daemon.get_program())
        .args(daemon.get_args())
        .env_clear()
        .envs(
            daemon
                .get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        )
        .env("POSTRIDER_LOG", "postrider=info,sqlx=debug");
    run_beside(shell)
}

/// Starts another verb without waiting for its end.
pub(crate) fn spawn(world: &World, arguments: &[&str]) -> Daemon {
    let mut command = command(world);
    command.args(arguments);
    run_beside(command)
}

fn run_beside(mut command: Command) -> Daemon {
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program runs");
    let stderr = child.stderr.take().expect("it was asked for");
    let (tell, log) = watch::channel(String::new());
    // Its log is read as it comes, so that it never waits for us.
    let reader = std::thread::spawn(move || {
        for line in BufReader::new(stderr).lines().map_while(Result::ok) {
            tell.send_modify(|log| {
                log.push_str(&line);
                log.push('\n');
            });
        }
    });
    Daemon {
        child,
        log,
        reader: Some(reader),
    }
}

impl Daemon {
    fn signal(&self, name: &str) {
        let done = Command::new("kill")
            .arg(name)
            .arg(self.child.id().to_string())
            .status()
            .expect("kill runs");
        assert!(done.success(), "kill {name}");
    }

    pub(crate) fn kill_9(mut self) {
        self.child.kill().expect("it runs");
        self.end();
    }

    pub(crate) fn term(&self) {
        self.signal("-TERM");
    }

    /// Stops it where it stands, as a machine does that swaps or is moved.
    pub(crate) fn sleep(&self) {
        self.signal("-STOP");
    }

    /// Lets it go on where it stood.
    pub(crate) fn wake(&self) {
        self.signal("-CONT");
    }

    /// Its process's number.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// What it has logged so far.
    pub(crate) fn log(&self) -> String {
        self.log.borrow().clone()
    }

    /// Returns when it has logged this.
    pub(crate) async fn until_logged(&self, text: &str) {
        let mut log = self.log.clone();
        let seen = tokio::time::timeout(DEADLINE, log.wait_for(|log| log.contains(text))).await;
        assert!(
            matches!(seen, Ok(Ok(_))),
            "it never said {text:?}: {}",
            *self.log.borrow()
        );
    }

    /// Returns when it has logged this so many times.
    pub(crate) async fn until_logged_times(&self, text: &str, times: usize) {
        let mut log = self.log.clone();
        let enough = |log: &String| log.matches(text).count() >= times;
        let seen = tokio::time::timeout(DEADLINE, log.wait_for(enough)).await;
        assert!(
            matches!(seen, Ok(Ok(_))),
            "it did not say {text:?} {times} times: {}",
            *self.log.borrow()
        );
    }

    /// Waits for its end; its exit code and what it logged.
    pub(crate) fn wait(mut self) -> (Option<i32>, String) {
        let (status, log) = self.end();
        (status.code(), log)
    }

    fn end(&mut self) -> (ExitStatus, String) {
        let status = self.child.wait().expect("it ends");
        if let Some(reader) = self.reader.take() {
            reader.join().expect("its log is text");
        }
        let log = self.log.borrow().clone();
        no_address_in(&log);
        (status, log)
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
