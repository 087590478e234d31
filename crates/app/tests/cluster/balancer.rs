//! HAProxy in front of the nodes, as a deployment has it.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::cluster::Node;
use crate::support::DEADLINE;

pub(crate) struct Balancer {
    pub(crate) address: String,
    process: Child,
    control: PathBuf,
    /// Kept as long as the process.
    _directory: TempDir,
}

impl Balancer {
    /// In front of these, which may go and come back elsewhere.
    pub(crate) fn start(nodes: &[Node]) -> Self {
        let directory = TempDir::with_prefix("hallway-lb-").expect("a temporary directory");
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address").to_string();
        drop(listener);
        let control = directory.path().join("control");
        let server = |node: &Node| format!("    server {} {} check\n", node.name, node.server().address);
        let servers = nodes.iter().map(server).collect::<Vec<_>>().concat();
        let config = format!(
            "global\n    stats socket {control} level admin\n    maxconn 2000\n\
             defaults\n    mode http\n    retries 2\n    option redispatch\n    timeout connect 1s\n    \
             timeout client 60s\n    timeout server 60s\n    timeout tunnel 1h\n\
             frontend front\n    bind {address}\n    default_backend nodes\n\
             backend nodes\n    balance leastconn\n    option httpchk GET /readyz\n    \
             default-server inter 200ms fall 2 rise 1 on-marked-down shutdown-sessions\n{servers}",
            control = control.display(),
        );
        let path = directory.path().join("haproxy.cfg");
        std::fs::write(&path, config).expect("the configuration is written");
        let mut process = Command::new("haproxy");
        process.arg("-db").arg("-q").arg("-f").arg(&path);
        let process = process.stdin(Stdio::null()).stdout(Stdio::null()).spawn().expect("haproxy is installed");
        Self { address, process, control, _directory: directory }
    }

    /// A command to the control socket; its answer.
    fn say(&self, command: &str) -> std::io::Result<String> {
        let mut socket = UnixStream::connect(&self.control)?;
        writeln!(socket, "{command}")?;
        let mut answer = String::new();
        socket.read_to_string(&mut answer)?;
        Ok(answer)
    }

    /// A node that has come back on another port.
    pub(crate) fn moved(&self, node: &Node) {
        let (host, port) = node.server().address.rsplit_once(':').expect("host and port");
        let answer = self.say(&format!("set server nodes/{} addr {host} port {port}", node.name));
        let answer = answer.expect("haproxy answers");
        assert!(answer.contains("changed") || answer.trim().is_empty(), "{answer}");
    }

    /// Waits until the node is among those that get connections.
    pub(crate) async fn sees(&self, node: &str) {
        let deadline = Instant::now() + DEADLINE;
        loop {
            let table = self.say("show stat").unwrap_or_default();
            let is_up = table.lines().any(|line| line.starts_with(&format!("nodes,{node},")) && line.contains(",UP,"));
            if is_up {
                return;
            }
            assert!(Instant::now() < deadline, "haproxy does not find {node}:\n{table}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

impl Drop for Balancer {
    fn drop(&mut self) {
        // It may have ended by itself; what matters is that it is gone.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
