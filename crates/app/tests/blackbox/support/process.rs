//! The server under test: the real binary on a free port and a directory of its own.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, mpsc};
use std::time::{Duration, Instant};

use hallway_test_support::services::postgres::{self, TestDatabase};
use tempfile::TempDir;

use super::DEADLINE;

/// A running server. Dropping it kills the process.
pub(crate) struct Server {
    child: Child,
    /// `127.0.0.1:port`.
    pub(crate) address: String,
    data: Arc<TempDir>,
    settings: Vec<(String, String)>,
    /// Kept as long as the server.
    database: Option<Arc<TestDatabase>>,
    log: Arc<Mutex<String>>,
    pub(crate) http: reqwest::Client,
}

impl Server {
    /// With the defaults of a standalone server, but for the rates on registering and signing in: all tests come from
    /// one address.
    pub(crate) async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// With further settings, by the names that they have in the environment.
    pub(crate) async fn start_with(settings: &[(&str, &str)]) -> Self {
        let data = Arc::new(TempDir::with_prefix("hallway-test-").expect("a temporary directory"));
        Self::boot(data, owned(settings), None).await
    }

    /// On a PostgreSQL database of its own.
    pub(crate) async fn start_on_postgres(settings: &[(&str, &str)]) -> Self {
        let data = Arc::new(TempDir::with_prefix("hallway-test-").expect("a temporary directory"));
        let database = postgres::empty().await;
        let mut settings = owned(settings);
        settings.push(("DATABASE_URL".to_owned(), database.url().to_owned()));
        settings.push(("HALLWAY_AUTH__SECRET".to_owned(), "a secret of the tests, long enough for HS256".to_owned()));
        Self::boot(data, settings, Some(Arc::new(database))).await
    }

    /// Without rates on messages either, for load.
    pub(crate) async fn start_unlimited() -> Self {
        Self::start_with(&[("HALLWAY_LIMITS__RATES", "off")]).await
    }

    async fn boot(data: Arc<TempDir>, settings: Vec<(String, String)>, database: Option<Arc<TestDatabase>>) -> Self {
        let spawning = tokio::task::spawn_blocking(move || Self::spawn(data, settings, database));
        spawning.await.expect("the server boots")
    }

    fn spawn(data: Arc<TempDir>, settings: Vec<(String, String)>, database: Option<Arc<TestDatabase>>) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hallway"));
        command
            .env_clear()
            .env("HALLWAY_BIND", "127.0.0.1:0")
            .env("HALLWAY_DATA_DIR", data.path().join("data"))
            .env("HALLWAY_LIMITS__REGISTER_BURST", "100000")
            .env("HALLWAY_LIMITS__LOGIN_BURST", "100000")
            .env("HALLWAY_LIMITS__REFRESH_BURST", "100000")
            .env("HALLWAY_LOG__LEVEL", "info,hallway=debug")
            .envs(settings.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().expect("the binary starts");
        let log = Arc::new(Mutex::new(String::new()));
        let (lines, said) = mpsc::channel();
        follow(child.stdout.take().expect("piped"), Arc::clone(&log), lines.clone());
        follow(child.stderr.take().expect("piped"), Arc::clone(&log), lines);
        let deadline = Instant::now() + DEADLINE;
        let address = loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let Ok(line) = said.recv_timeout(left) else {
                let _ = child.kill();
                panic!("the server did not say where it listens:\n{}", log.lock().expect("log"));
            };
            if let Some(address) = ready_address(&line) {
                break address;
            }
        };
        // Servers come back at the same address: a connection that is kept would be one to the process before.
        let http = reqwest::Client::builder()
            .pool_max_idle_per_host(0)
            .redirect(reqwest::redirect::Policy::none())
            .timeout(DEADLINE)
            .no_proxy()
            .build()
            .expect("an HTTP client");
        Self { child, address, data, settings, database, log, http }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Where the data is, for a look from outside.
    pub(crate) fn database_url(&self) -> String {
        let path = self.data_path().join("hallway.db");
        let own = || format!("sqlite://{}", path.display());
        self.database.as_ref().map_or_else(own, |database| database.url().to_owned())
    }

    /// Runs the same binary with the same settings and other arguments, beside the server; what it printed and whether
    /// it ended well.
    pub(crate) async fn run(&self, arguments: &[&str], input: &str) -> (String, bool) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hallway"));
        command
            .env_clear()
            .env("HALLWAY_DATA_DIR", self.data_path())
            .envs(self.settings.iter().map(|(name, value)| (name, value)))
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let input = input.to_owned();
        let running = tokio::task::spawn_blocking(move || {
            let mut child = command.spawn().expect("the binary starts");
            let mut stdin = child.stdin.take().expect("piped");
            // A command that reads nothing has closed it.
            let _ = std::io::Write::write_all(&mut stdin, input.as_bytes());
            drop(stdin);
            child.wait_with_output().expect("it ends")
        });
        let output = running.await.expect("it ran");
        let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
        (text, output.status.success())
    }

    pub(crate) fn data_path(&self) -> std::path::PathBuf {
        self.data.path().join("data")
    }

    /// Names of what is in the data directory.
    pub(crate) fn files(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.data.path().join("data")).expect("the data directory");
        entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect()
    }

    /// All that the server has printed so far.
    pub(crate) fn printed(&self) -> String {
        self.log.lock().expect("log").clone()
    }

    /// Resident memory in bytes.
    pub(crate) fn resident(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid())).expect("the process lives");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("VmRSS");
        line.trim().trim_end_matches(" kB").trim().parse::<u64>().expect("a number") * 1024
    }

    /// SIGKILL, then the same data directory again.
    pub(crate) async fn kill_and_restart(mut self) -> Self {
        self.kill();
        Self::boot(Arc::clone(&self.data), self.settings.clone(), self.database.clone()).await
    }

    /// SIGKILL, from wherever the server is shared.
    pub(crate) fn kill_now(&self) {
        self.signal("-KILL");
    }

    fn signal(&self, signal: &str) {
        let done = Command::new("kill").arg(signal).arg(self.pid().to_string()).status().expect("kill runs");
        assert!(done.success());
    }

    fn kill(&mut self) {
        // It may have ended by itself; what matters is that it is gone.
        let _ = self.child.kill();
        self.child.wait().expect("the process can be waited for");
    }

    /// SIGTERM.
    pub(crate) fn terminate(&self) {
        self.signal("-TERM");
    }

    /// How it ended.
    pub(crate) async fn exit(&mut self) -> ExitStatus {
        let deadline = Instant::now() + DEADLINE;
        loop {
            if let Some(status) = self.child.try_wait().expect("the process can be waited for") {
                return status;
            }
            assert!(Instant::now() < deadline, "the server did not end:\n{}", self.printed());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
        if std::thread::panicking() {
            let log = self.log.lock().map(|log| log.clone()).unwrap_or_default();
            let tail: Vec<&str> = log.lines().rev().take(40).collect();
            println!("the server printed last:");
            tail.iter().rev().for_each(|line| println!("  {line}"));
        }
    }
}

fn owned(settings: &[(&str, &str)]) -> Vec<(String, String)> {
    settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn follow(pipe: impl Read + Send + 'static, log: Arc<Mutex<String>>, lines: mpsc::Sender<String>) {
    std::thread::spawn(move || {
        for line in BufReader::new(pipe).lines().map_while(Result::ok) {
            let mut log = log.lock().expect("log");
            log.push_str(&line);
            log.push('\n');
            // Nobody listens any more once the server is ready.
            let _ = lines.send(line);
        }
    });
}

/// The address in the line that says that the server is ready.
fn ready_address(line: &str) -> Option<String> {
    let (_, rest) = line.split_once("http://127.0.0.1:")?;
    let port: String = rest.chars().take_while(char::is_ascii_digit).collect();
    (!port.is_empty() && port != "0").then(|| format!("127.0.0.1:{port}"))
}
