//! Redis from this machine's `redis-server`, on a temporary directory and a free port.

use std::io::Write as _;
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::{env, mem};

use tempfile::TempDir;

use super::{command, wait_for};
use crate::services::free_port;

/// Starts the server, waits for the end of its input, which is the end of the test process however it ends, and ends the
/// server. The directory goes unless something was said before. Interrupts are for the test process alone.
const WATCH: &str = r#"
    trap '' INT
    directory=$1; shift
    "$@" < /dev/null > "$directory/log" 2>&1 &
    server=$!
    said=$(cat)
    kill -CONT "$server"
    kill -KILL "$server"
    wait "$server"
    [ -n "$said" ] || rm -rf "$directory"
"#;

/// A server that one test may stop, restart and flush. It ends, and its directory goes, when this is dropped.
pub struct OwnServer {
    port: u16,
    arguments: Vec<String>,
    directory: TempDir,
    running: Option<Child>,
}

impl OwnServer {
    /// # Errors
    /// When there is no `redis-server`, or it does not come up.
    pub fn start() -> Result<Self, String> {
        Self::with(&[])
    }

    /// With more options, such as `["--requirepass", "secret"]`.
    ///
    /// # Errors
    /// As [`OwnServer::start`].
    pub fn with(arguments: &[&str]) -> Result<Self, String> {
        let failed = |error: std::io::Error| error.to_string();
        let directory = tempfile::Builder::new().prefix("hallway-redis-").tempdir().map_err(failed)?;
        let port = free_port().map_err(failed)?;
        let arguments = arguments.iter().map(|&argument| argument.to_owned()).collect();
        let mut server = Self { port, arguments, directory, running: None };
        server.run()?;
        Ok(server)
    }

    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Ends it as a power cut would: nothing is saved, nobody is told.
    pub fn stop(&mut self) {
        if let Some(mut shell) = self.running.take() {
            if let Some(mut input) = shell.stdin.take() {
                let _ = input.write_all(b"the directory is needed again");
            }
            let _ = shell.wait();
        }
    }

    /// Starts it again, empty and on the same port.
    pub fn start_again(&mut self) {
        self.stop();
        self.run().expect("the server starts again");
    }

    /// Asks the server something, over a connection of its own; the answer as it came.
    pub fn command(&self, words: &[&str]) -> String {
        command("127.0.0.1", self.port, words).expect("the server answers")
    }

    /// Goes on until the test process ends.
    pub(super) fn keep(self) -> String {
        let url = self.url();
        mem::forget(self);
        url
    }

    fn run(&mut self) -> Result<(), String> {
        let mut shell = Command::new("/bin/sh");
        shell.args(["-c", WATCH, "sh"]).arg(self.directory.path()).arg(binary()?);
        shell.args(["--port", &self.port.to_string(), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]);
        shell.arg("--dir").arg(self.directory.path()).args(&self.arguments);
        shell.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).process_group(0);
        self.running = Some(shell.spawn().map_err(|error| format!("sh: {error}"))?);
        wait_for("127.0.0.1", self.port).map_err(|error| {
            let log = std::fs::read_to_string(self.directory.path().join("log")).unwrap_or_default();
            format!("{error}\nits log:\n{log}")
        })
    }
}

impl Drop for OwnServer {
    fn drop(&mut self) {
        self.stop();
    }
}

fn binary() -> Result<PathBuf, String> {
    let path = env::var_os("PATH").unwrap_or_default();
    let found = env::split_paths(&path).map(|directory| directory.join("redis-server")).find(|path| path.is_file());
    found.ok_or_else(|| "no redis-server in PATH".to_owned())
}
