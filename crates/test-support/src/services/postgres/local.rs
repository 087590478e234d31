//! PostgreSQL from this machine's binaries, on a temporary directory and a free port.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::{env, mem};

use tempfile::TempDir;
use uuid::Uuid;

use crate::services::{Found, free_port};

/// What makes tests fast and a crash costly: nobody needs this data afterwards.
pub(super) const FAST: [&str; 8] =
    ["-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off", "-c", "max_connections=200"];

/// Starts the server, waits for the end of its input, which is the end of the test process however it ends, stops the
/// server and removes what it has written. Interrupts are for the test process alone.
const WATCH: &str = r#"
    trap '' INT
    directory=$1; shift
    "$@" < /dev/null > "$directory/log" 2>&1 &
    server=$!
    cat > /dev/null
    kill -QUIT "$server"
    wait "$server"
    rm -rf "$directory"
"#;

static LOG: OnceLock<PathBuf> = OnceLock::new();

pub(super) fn start() -> Found {
    let new = initialise()?;
    let port = free_port().map_err(|error| error.to_string())?;
    let mut watch = new.user.command(Path::new("/bin/sh"), new.directory.path());
    watch.args(["-c", WATCH, "sh"]).arg(new.directory.path()).arg(new.binaries.join("postgres"));
    watch.arg("-D").arg(new.data()).args(["-p", &port.to_string(), "-c", "listen_addresses=127.0.0.1", "-k"]);
    watch.arg(new.directory.path()).args(FAST);
    let shell = watch.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).process_group(0).spawn();
    // Its input stays open as long as we live, and from here on it removes the directory.
    mem::forget(shell.map_err(|error| format!("sh: {error}"))?);
    let url = new.url(port);
    let _ = LOG.set(new.directory.keep().join("log"));
    Ok(url)
}

/// A data directory that no server runs on yet.
pub(super) struct New {
    pub(super) directory: TempDir,
    pub(super) binaries: PathBuf,
    pub(super) user: User,
    password: String,
}

impl New {
    pub(super) fn data(&self) -> PathBuf {
        self.directory.path().join("data")
    }

    pub(super) fn url(&self, port: u16) -> String {
        format!("postgres://hallway:{}@127.0.0.1:{port}/postgres", self.password)
    }
}

pub(super) fn initialise() -> Result<New, String> {
    let binaries = binaries()?;
    let user = User::to_run_as()?;
    let failed = |error: std::io::Error| error.to_string();
    let directory = tempfile::Builder::new().prefix("hallway-pg-").tempdir().map_err(failed)?;
    let new = New { directory, binaries, user, password: password() };
    let secret = new.directory.path().join("password");
    fs::write(&secret, &new.password).map_err(failed)?;
    fs::set_permissions(&secret, Permissions::from_mode(0o600)).map_err(failed)?;
    for path in [new.directory.path(), &secret] {
        new.user.own(path).map_err(failed)?;
    }

    let mut initdb = new.user.command(&new.binaries.join("initdb"), new.directory.path());
    initdb.args(["--username=hallway", "--auth=md5", "--encoding=UTF8", "--locale=C", "--no-sync"]);
    initdb.arg("--pwfile").arg(&secret).arg("--pgdata").arg(new.data());
    let output = initdb.output().map_err(|error| format!("initdb: {error}"))?;
    if !output.status.success() {
        return Err(format!("initdb: {}", String::from_utf8_lossy(&output.stderr).trim()));
    }
    Ok(new)
}

/// What the server that we have started has to say, for an error.
pub(super) fn log_of(url: &str) -> String {
    let log = LOG.get().filter(|_| url.contains("@127.0.0.1:")).and_then(|path| fs::read_to_string(path).ok());
    log.map(|text| format!("\nits log:\n{text}")).unwrap_or_default()
}

/// The directory of `initdb` and `postgres`: in the path, or where Debian and its kin keep them apart by version.
fn binaries() -> Result<PathBuf, String> {
    let is_there = |directory: &PathBuf| ["initdb", "postgres"].iter().all(|name| directory.join(name).is_file());
    let path = env::var_os("PATH").unwrap_or_default();
    if let Some(directory) = env::split_paths(&path).find(is_there) {
        return Ok(directory);
    }
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut found: Vec<_> = versions.map(|entry| entry.path().join("bin")).filter(is_there).collect();
    let version = |path: &PathBuf| -> f32 {
        let name = path.parent().and_then(Path::file_name).and_then(|name| name.to_str());
        name.and_then(|name| name.parse().ok()).unwrap_or(0.0)
    };
    found.sort_by(|a, b| version(a).total_cmp(&version(b)));
    found.pop().ok_or_else(|| "no initdb and postgres in PATH or /usr/lib/postgresql/*/bin".to_owned())
}

#[expect(clippy::disallowed_methods, reason = "a secret of this run, not behaviour under test")]
fn password() -> String {
    Uuid::new_v4().simple().to_string()
}

/// Who runs the server: PostgreSQL refuses to be run by root.
pub(super) struct User(Option<(u32, u32)>);

impl User {
    fn to_run_as() -> Result<Self, String> {
        let id = Command::new("id").arg("-u").output().map_err(|error| format!("id: {error}"))?;
        if String::from_utf8_lossy(&id.stdout).trim() != "0" {
            return Ok(Self(None));
        }
        let accounts = fs::read_to_string("/etc/passwd").map_err(|error| format!("/etc/passwd: {error}"))?;
        let account = |name: &str| {
            let mut fields = accounts.lines().map(|line| line.split(':').collect::<Vec<_>>());
            let fields = fields.find(|fields| fields.len() > 3 && fields[0] == name)?;
            Some((fields[2].parse().ok()?, fields[3].parse().ok()?))
        };
        let found = account("postgres").or_else(|| account("nobody"));
        found.map(|ids| Self(Some(ids))).ok_or_else(|| "root, and neither postgres nor nobody exists".to_owned())
    }

    fn own(&self, path: &Path) -> std::io::Result<()> {
        self.0.map_or(Ok(()), |(user, group)| chown(path, Some(user), Some(group)))
    }

    pub(super) fn command(&self, program: &Path, directory: &Path) -> Command {
        let mut command = Command::new(program);
        command.current_dir(directory);
        if let Some((user, group)) = self.0 {
            command.uid(user).gid(group);
        }
        command
    }
}
