//! `hallway user ..`, beside a server that runs and without one.

use crate::support::{Account, Answer, PASSWORD, Server, Socket};

async fn sign_in(server: &Server, username: &str, password: &str) -> Answer {
    Answer::of(server.http.post(server.url("/token")).form(&[("username", username), ("password", password)])).await
}

#[tokio::test]
async fn accounts_are_looked_after_beside_a_running_server() {
    beside(Server::start().await).await;
}

#[tokio::test]
async fn and_on_postgresql() {
    beside(Server::start_on_postgres(&[]).await).await;
}

async fn beside(server: Server) {
    let root = server.account("root").await;
    let (text, ok) = server.run(&["user", "create", "bob", "--email", "bob@example.org"], "").await;
    assert!(ok && text.contains("Made user bob"), "{text}");
    let made_up = text.lines().find_map(|line| line.strip_prefix("Password: ")).expect("a password").to_owned();
    sign_in(&server, "bob", &made_up).await.ok(200);
    let (text, ok) = server.run(&["user", "create", "bob"], "").await;
    assert!(!ok && text.contains("username already exists"), "{text}");

    let (text, ok) = server.run(&["user", "reset-password", "bob", "--password-stdin"], &format!("{PASSWORD}\n")).await;
    assert!(ok && text.contains("1 sessions ended") && !text.contains(PASSWORD), "{text}");
    let bob = server.sign_in("bob").await;
    assert_eq!(server.get(&bob, "/api/v1/admin/users").await.status, 403);
    assert!(server.run(&["user", "promote", "bob"], "").await.1);
    server.get(&bob, "/api/v1/admin/users").await.ok(200);
    assert!(server.run(&["user", "demote", "bob"], "").await.1);
    assert_eq!(server.get(&bob, "/api/v1/admin/users").await.status, 403);

    let mut socket = Socket::native(&server, &bob).await;
    socket.until_kind("system").await;
    let (text, ok) = server.run(&["user", "disable", "bob"], "").await;
    assert!(ok && text.contains("bob is disabled"), "{text}");
    assert_eq!(socket.close_code().await, 4403, "the server has seen it");
    sign_in(&server, "bob", PASSWORD).await.refused(400, "Inactive user");
    let (text, _) = server.run(&["user", "list", "--disabled"], "").await;
    assert!(text.contains("\tbob\tdisabled") && !text.contains("root"), "{text}");
    assert!(server.run(&["user", "enable", "bob"], "").await.1);
    let bob = server.sign_in("bob").await;

    let (text, ok) = server.run(&["user", "erase", "bob"], "").await;
    assert!(ok && text.contains("Say --yes"), "{text}");
    server.get(&bob, "/users/me").await.ok(200);
    let mut socket = Socket::native(&server, &bob).await;
    socket.until_kind("system").await;
    let (text, ok) = server.run(&["user", "erase", "bob", "--yes"], "").await;
    assert!(ok && text.contains("Erased bob"), "{text}");
    assert_eq!(socket.close_code().await, 4403);
    assert_eq!(server.get(&bob, "/users/me").await.status, 401);
    server.get(&root, "/users/bob").await.refused(404, "user not found");
    let (text, ok) = server.run(&["user", "disable", "bob"], "").await;
    assert!(!ok && text.contains("there is no account bob"), "{text}");
    let _: Account = server.account("bob").await;
}

#[tokio::test]
async fn the_first_account_can_be_made_before_the_server_runs() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("data");
    let run = async |arguments: &[&str]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_hallway"));
        command.env_clear().env("HALLWAY_DATA_DIR", &path).args(arguments).stdin(std::process::Stdio::null());
        let output = tokio::task::spawn_blocking(move || command.output().expect("it runs")).await.expect("it ran");
        (String::from_utf8_lossy(&output.stdout).into_owned(), output.status.success())
    };
    let (text, ok) = run(&["user", "create", "root", "--admin"]).await;
    assert!(ok && text.contains("Made administrator root"), "{text}");
    let (text, ok) = run(&["user", "list"]).await;
    assert!(ok && text.contains("\troot\tadministrator"), "{text}");
}
