//! A real TURN server believes the passwords that the server gives out, and no others.

use std::net::UdpSocket;
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use crate::fastsock_client::{Person, get};
use crate::support::{Server, eventually};

const INSTALL: &str = "coturn is needed (turnserver, turnutils_uclient): apt-get install coturn";
const SECRET: &str = "north of the wall";

/// Ends with the test.
struct Turn {
    child: Child,
    port: u16,
    _files: TempDir,
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.child.kill().expect("it can be ended");
        self.child.wait().expect("it has ended");
    }
}

impl Turn {
    fn start(secret: &str) -> Self {
        let files = TempDir::with_prefix("hallway-test-turn-").expect("a temporary directory");
        let free = UdpSocket::bind("127.0.0.1:0").and_then(|socket| socket.local_addr()).expect("a free port");
        let port = free.port();
        let at = |name: &str| files.path().join(name).display().to_string();
        // Loopback peers are for this test alone: never in production.
        let config = format!(
            "listening-ip=127.0.0.1\nlistening-port={port}\nrelay-ip=127.0.0.1\nmin-port=49200\nmax-port=49299\n\
             realm=chat.test\nfingerprint\nuse-auth-secret\nstatic-auth-secret={secret}\nno-tls\nno-dtls\nno-cli\n\
             allow-loopback-peers\nstale-nonce=600\nuserdb={}\npidfile={}\nlog-file=stdout\nsimple-log\n",
            at("turndb"),
            at("turn.pid"),
        );
        let path = files.path().join("turnserver.conf");
        std::fs::write(&path, config).expect("it can be written");
        let child = Command::new("turnserver")
            .arg("-c")
            .arg(&path)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect(INSTALL);
        Self { child, port, _files: files }
    }

    /// Whether a relay can be had with the password, and carries packets.
    async fn believes(&self, username: &str, password: &str) -> bool {
        let mut client = tokio::process::Command::new("turnutils_uclient");
        client.args(["-u", username, "-w", password, "-y", "-c", "-n", "3", "-m", "1", "-p"]);
        client.args([&self.port.to_string(), "127.0.0.1"]).stdout(Stdio::null()).stderr(Stdio::null());
        client.kill_on_drop(true);
        let ran = tokio::time::timeout(std::time::Duration::from_secs(30), client.status()).await;
        ran.is_ok_and(|status| status.expect(INSTALL).success())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_real_turn_server_believes_the_password() {
    let turn = Turn::start(SECRET);
    let url = format!("turn:127.0.0.1:{}?transport=udp", turn.port);
    let secrets = format!("{SECRET}, an older one");
    let settings = [("HALLWAY_CALLS__TURN_URLS", url.as_str()), ("HALLWAY_CALLS__TURN_SECRETS", secrets.as_str())];
    let server = Server::start_with(&settings).await;
    let ann = Person::new(&server, "ann").await;
    let told = get(&server, &ann, "/webrtc/ice-servers").await;
    let text = |field: &str| told["ice_servers"][0][field].as_str().expect("text").to_owned();
    let (username, password) = (text("username"), text("credential"));
    // It may still be starting.
    eventually("the TURN server believes it", async || turn.believes(&username, &password).await.then_some(())).await;
    let another = username.replace(&format!(":{}", ann.id), ":999999");
    assert!(!turn.believes(&another, &password).await, "another user's");
    let later = format!("9{username}");
    assert!(!turn.believes(&later, &password).await, "its end moved");
    assert!(!turn.believes(&username, "AAAAAAAAAAAAAAAAAAAAAAAAAAA=").await, "no password of ours");
}
