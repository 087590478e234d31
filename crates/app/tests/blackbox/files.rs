//! What the process asks of the system.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

struct Stopped(Child);

impl Drop for Stopped {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn as_many_files_are_allowed_as_the_system_lets_it_have() {
    let directory = tempfile::tempdir().expect("a directory");
    let script = "ulimit -Sn 128 && exec \"$0\" --bind 127.0.0.1:0 --data-dir \"$1\"";
    let mut command = Command::new("sh");
    command.args(["-c", script, env!("CARGO_BIN_EXE_hallway")]).arg(directory.path());
    let mut server = Stopped(command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("it starts"));
    let mut line = String::new();
    BufReader::new(server.0.stdout.take().expect("piped")).read_line(&mut line).expect("a line");
    assert!(line.contains("ready"), "{line}");

    let limits = std::fs::read_to_string(format!("/proc/{}/limits", server.0.id())).expect("Linux tells");
    let files = limits.lines().find_map(|line| line.strip_prefix("Max open files")).expect("a line of its own");
    let numbers: Vec<&str> = files.split_whitespace().take(2).collect();
    assert_eq!(numbers[0], numbers[1], "soft and hard: {files}");
}
