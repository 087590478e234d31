//! A server process of one's own, on a free port and a directory of its own.

use std::io::{BufRead as _, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Sender, channel};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// Running. Dropping it kills the process.
pub(crate) struct Server {
    child: Child,
    pub(crate) url: String,
    _data: TempDir,
}

/// Built along with these tests.
fn example() -> PathBuf {
    let load = Path::new(env!("CARGO_BIN_EXE_hallway-load"));
    load.with_file_name("examples").join("server_under_test")
}

impl Server {
    pub(crate) fn start() -> Self {
        Self::start_with(&[])
    }

    /// With further settings, by the names that they have in the environment.
    pub(crate) fn start_with(settings: &[(&str, &str)]) -> Self {
        let data = tempfile::tempdir().expect("a directory");
        let mut command = Command::new(example());
        command
            .env_clear()
            .env("HALLWAY_BIND", "127.0.0.1:0")
            .env("HALLWAY_DATA_DIR", data.path().join("data"))
            .env("HALLWAY_LIMITS__RATES", "off")
            .envs(settings.iter().copied());
        Self::spawn(command, data)
    }

    pub(crate) fn broadcaster(arguments: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_plain-broadcaster"));
        command.args(["--port", "0"]).args(arguments);
        Self::spawn(command, tempfile::tempdir().expect("a directory"))
    }

    fn spawn(mut command: Command, data: TempDir) -> Self {
        let piped = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let child = piped.spawn().expect("cargo test builds it, unless told to build only some: add --examples");
        let (said, lines) = channel();
        // From here on it is killed and waited for whatever happens.
        let mut server = Self { child, url: String::new(), _data: data };
        follow(server.child.stdout.take().expect("piped"), said.clone());
        follow(server.child.stderr.take().expect("piped"), said);
        let deadline = Instant::now() + Duration::from_secs(30);
        let mut all = String::new();
        loop {
            let Ok(line) = lines.recv_timeout(deadline.saturating_duration_since(Instant::now())) else {
                panic!("it did not say where it listens:\n{all}");
            };
            if let Some(begin) = line.find("http://127.0.0.1:") {
                server.url = line[begin..].chars().take_while(|one| !one.is_whitespace() && *one != '"').collect();
                return server;
            }
            all.push_str(&line);
            all.push('\n');
        }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Reads to the end, so that the program never waits for a reader.
fn follow(stream: impl Read + Send + 'static, said: Sender<String>) {
    std::thread::spawn(move || {
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            // Nobody listens any more once it is ready.
            let _ = said.send(line);
        }
    });
}
