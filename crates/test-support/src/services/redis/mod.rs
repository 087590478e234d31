//! A real Redis: one server per test process, a prefix of its own per test; and servers of a test's own to do harm to.
//!
//! Where the shared one comes from, the first that works: `TEST_REDIS_URL`, a container if a Docker engine answers and
//! `TEST_NO_DOCKER` is unset, `redis-server` of this machine. If none works, tests fail and say why; they are never
//! passed over. A server that is stopped, restarted or flushed is always a `redis-server` of this machine.

mod docker;
mod local;

use std::env;
use std::io::{Read as _, Write as _};
use std::net::{TcpStream, ToSocketAddrs as _};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use uuid::Uuid;

use super::{Found, blocking};

pub use local::OwnServer;

/// How long a server may take to answer for the first time.
const STARTUP: Duration = Duration::from_secs(20);

/// The shared server's address.
pub fn url() -> &'static str {
    static SERVER: OnceLock<Found> = OnceLock::new();
    match SERVER.get_or_init(|| blocking(find)) {
        Ok(url) => url,
        Err(problem) => panic!("{problem}"),
    }
}

/// A beginning of keys and channels that nothing else has.
#[expect(clippy::disallowed_methods, reason = "names of keys, not behaviour under test")]
pub fn prefix() -> String {
    format!("hallway-test:{}:", Uuid::new_v4().simple())
}

async fn find() -> Found {
    let mut problems = Vec::new();
    match given() {
        Ok(url) => return Ok(url),
        Err(problem) => problems.push(format!("TEST_REDIS_URL: {problem}")),
    }
    match docker::start().await {
        Ok(url) => return Ok(url),
        Err(problem) => problems.push(format!("Docker: {problem}")),
    }
    match OwnServer::start() {
        Ok(server) => return Ok(server.keep()),
        Err(problem) => problems.push(format!("local server: {problem}")),
    }
    Err(format!(
        "no Redis for tests:\n  {}\nInstall Redis (for example `apt-get install redis-server`), start Docker, or set \
         TEST_REDIS_URL.",
        problems.join("\n  ")
    ))
}

#[expect(clippy::disallowed_methods, reason = "the one switch of a test run")]
fn given() -> Found {
    env::var("TEST_REDIS_URL").map_err(|_| "not set".to_owned())
}

/// Waits until somebody speaks Redis there.
fn wait_for(host: &str, port: u16) -> Result<(), String> {
    let until = Instant::now() + STARTUP;
    loop {
        match command(host, port, &["PING"]) {
            Ok(answer) if answer.starts_with("+PONG") || answer.starts_with("-NOAUTH") => return Ok(()),
            Err(error) if Instant::now() > until => {
                return Err(format!("the Redis for tests does not answer: {error}"));
            }
            _ => std::thread::sleep(Duration::from_millis(10)),
        }
    }
}

/// One command on a connection of its own, and the beginning of the answer as it came.
fn command(host: &str, port: u16, words: &[&str]) -> Result<String, String> {
    let failed = |error: std::io::Error| error.to_string();
    let mut addresses = (host, port).to_socket_addrs().map_err(failed)?;
    let address = addresses.next().ok_or("no address")?;
    let limit = Duration::from_secs(5);
    let mut stream = TcpStream::connect_timeout(&address, limit).map_err(failed)?;
    stream.set_read_timeout(Some(limit)).map_err(failed)?;
    let words: Vec<String> = words.iter().map(|word| format!("${}\r\n{word}\r\n", word.len())).collect();
    let text = format!("*{}\r\n{}", words.len(), words.concat());
    stream.write_all(text.as_bytes()).map_err(failed)?;
    let mut answer = vec![0; 64 * 1024];
    let length = stream.read(&mut answer).map_err(failed)?;
    Ok(String::from_utf8_lossy(&answer[..length]).into_owned())
}
