//! A PostgreSQL server of a story's own, which it can pull the plug of.

use std::os::unix::fs::{MetadataExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// The server; gone when this is dropped.
pub(crate) struct Server {
    folder: TempDir,
    bin: PathBuf,
}

const SETTINGS: &str =
    "-c listen_addresses= -c max_connections=50 -c shared_buffers=16MB -c fsync=off";

/// Where the programs of the newest PostgreSQL are: Debian has a folder for each version, and none on the PATH.
fn programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten();
    let mut bins: Vec<PathBuf> = versions
        .filter_map(Result::ok)
        .map(|version| version.path().join("bin"))
        .collect();
    bins.sort();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut all = bins.into_iter().rev().chain(std::env::split_paths(&path));
    all.find(|bin| bin.join("initdb").exists())
}

impl Server {
    /// Starts one; `None` where PostgreSQL's own programs are not installed.
    pub(crate) fn start() -> Option<Server> {
        let bin = programs()?;
        // A socket's path has room for 107 bytes.
        let folder = tempfile::tempdir_in("/tmp").unwrap();
        if is_root() {
            let postgres = Command::new("id")
                .args(["-u", "postgres"])
                .output()
                .unwrap();
            let id = String::from_utf8_lossy(&postgres.stdout)
                .trim()
                .parse()
                .ok();
            chown(folder.path(), id, None).unwrap();
        }
        let server = Server { folder, bin };
        let data = server.data();
        server.run(
            "initdb",
            &[
                "-D",
                &data,
                "-U",
                "postgres",
                "-A",
                "trust",
                "-E",
                "UTF8",
                "--locale=C",
                "--no-sync",
            ],
        );
        server.start_again();
        Some(server)
    }

    /// The address of its database.
    pub(crate) fn url(&self) -> String {
        let folder = self.folder.path().display().to_string().replace('/', "%2F");
        format!("postgres://postgres@{folder}/postgres")
    }

    /// It is gone in the midst of whatever it does, and every session with it.
    pub(crate) fn pull_the_plug(&self) {
        self.run(
            "pg_ctl",
            &[
                "-D",
                &self.data(),
                "-m",
                "immediate",
                "-w",
                "-t",
                "60",
                "stop",
            ],
        );
    }

    /// It comes back, as after a crash.
    pub(crate) fn start_again(&self) {
        let folder = self.folder.path().display().to_string();
        let settings = format!("{SETTINGS} -c unix_socket_directories={folder}");
        let log = format!("{folder}/log");
        self.run(
            "pg_ctl",
            &[
                "-D",
                &self.data(),
                "-l",
                &log,
                "-w",
                "-t",
                "60",
                "-o",
                &settings,
                "start",
            ],
        );
    }

    fn data(&self) -> String {
        self.folder.path().join("data").display().to_string()
    }

    /// initdb and postgres refuse to run as root.
    fn run(&self, program: &str, arguments: &[&str]) {
        let program = self.bin.join(program);
        let mut command = if is_root() {
            let mut command = Command::new("runuser");
            command.args(["-u", "postgres", "--"]).arg(&program);
            command
        } else {
            Command::new(&program)
        };
        // No pipe: the server would hold it open.
        let done = command
            .args(arguments)
            .current_dir("/")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .unwrap();
        assert!(done.success(), "{} {arguments:?}", program.display());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let stop = ["-D", &self.data(), "-m", "immediate", "stop"];
        if !std::thread::panicking() {
            self.run("pg_ctl", &stop);
        } else if let Some(pid) = pid_in(Path::new(&self.data())) {
            let _ = Command::new("kill").args(["-QUIT", &pid]).status();
        }
    }
}

fn pid_in(data: &Path) -> Option<String> {
    let text = std::fs::read_to_string(data.join("postmaster.pid")).ok()?;
    text.lines().next().map(str::to_owned)
}

pub(crate) fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0)
}
