//! Taking one's data along, and leaving nothing behind.

use hallway_test_support::services::dump;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Account, Answer, PASSWORD, Server, Socket, eventually, kind, png};

/// What nobody but the user would write.
const MARKS: [&str; 6] = ["zzqalice", "zzqmail", "zzqfullname", "zzqword", "zzqfile", "zzqagent"];

#[tokio::test]
async fn sec_p1_an_erased_account_leaves_nothing_in_sqlite() {
    everything(Server::start().await).await;
}

#[tokio::test]
async fn sec_p1_an_erased_account_leaves_nothing_in_postgresql() {
    everything(Server::start_on_postgres(&[]).await).await;
}

async fn sign_up(server: &Server) -> Account {
    let body = json!({
        "username": "zzqalice", "password": PASSWORD, "email": "zzqmail@example.org", "full_name": "Zzqfullname Lee",
    });
    Answer::of(server.http.post(server.url("/register")).json(&body)).await.ok(201);
    let form = [("username", "zzqalice"), ("password", PASSWORD)];
    let login = server.http.post(server.url("/token")).header("user-agent", "zzqagent/1.0").form(&form);
    Answer::of(login).await.ok(200);
    server.sign_in("zzqalice").await
}

/// The places of the marks in the database.
async fn marks(server: &Server) -> Vec<(String, &'static str)> {
    let tables = dump(&server.database_url()).await.expect("the database can be read");
    assert!(tables.len() > 10, "only {} tables were read", tables.len());
    let mut found = Vec::new();
    for (table, values) in tables {
        let values = String::from_utf8_lossy(&values).to_lowercase();
        found.extend(MARKS.iter().filter(|mark| values.contains(**mark)).map(|mark| (table.clone(), *mark)));
    }
    found
}

async fn chat(socket: &mut Socket, room: &str, text: &str) -> Value {
    socket.send(&json!({"type": "chat", "room": room, "message": text}));
    socket.until(|frame| kind(frame) == "chat" && frame["message"] == text).await
}

async fn history(server: &Server, account: &Account, room: i64) -> Vec<Value> {
    let page = server.get(account, &format!("/rooms/{room}/messages?limit=100")).await.ok(200);
    page["items"].as_array().expect("items").clone()
}

async fn everything(server: Server) {
    let (root, alice) = (server.account("root").await, sign_up(&server).await);
    let talk = server.room(&root, "talk", false).await;
    let mut reader = Socket::native(&server, &root).await;
    reader.join("talk").await;
    let mut author = Socket::native(&server, &alice).await;
    author.send(&json!({"type": "join", "room": "talk"}));
    author.until_kind("joined").await;
    server.post(&alice, &format!("/rooms/{talk}/join"), json!({})).await;
    let first = chat(&mut author, "talk", "zzqword one").await;
    let of_root = chat(&mut reader, "talk", "not alice's").await;
    author.send(
        &json!({"type": "react", "room": "talk", "message_id": of_root["message_id"], "emoji": ":tada:", "on": true}),
    );
    author.fence().await;
    chat(&mut author, "talk", "zzqword two").await;
    let file = server.upload(&alice, "zzqfile.txt", "text/plain", b"zzqword in a file").await.ok(201)["id"].clone();
    author.send(&json!({"type": "chat", "room": "talk", "message": "zzqword three", "attachments": [file]}));
    author.until(|frame| frame["message"] == "zzqword three").await;
    server.upload(&alice, "zzqfile-waiting.png", "image/png", &png(8, 8)).await.ok(201);
    server.post(&alice, "/api/v1/direct", json!({"username": "root"})).await.ok(201);
    author.join("@root").await;
    chat(&mut author, "@root", "zzqword in private").await;
    let own = server.room(&alice, "zzqword room", true).await;
    server.put(&alice, &format!("/api/v1/users/{}/block", root.id)).await.ok(204);
    let mute = format!("/rooms/{talk}/members/{}/mute", alice.id);
    server.post(&root, &mute, json!({"on": true, "reason": "zzqword is loud"})).await.ok(200);
    let before = marks(&server).await;
    for mark in MARKS {
        assert!(before.iter().any(|(_, found)| *found == mark), "{mark} is nowhere before: {before:?}");
    }
    exported(&server, &alice, &root).await;

    let erase =
        |password: &str| server.call(&alice, Method::DELETE, "/api/v1/users/me", Some(json!({"password": password})));
    erase("wrong password").await.refused(403, "Incorrect password");
    erase(PASSWORD).await.ok(204);

    assert_eq!(author.close_code().await, 4403);
    let purged = reader.until_kind("messages_purged").await;
    assert_eq!(purged["user_id"], json!(alice.id));
    assert_eq!(server.get(&alice, "/users/me").await.status, 401);
    assert_eq!(marks(&server).await, [], "nothing of it is in any table");
    let shown = history(&server, &root, talk).await;
    assert_eq!(shown.iter().map(|message| &message["content"]).collect::<Vec<_>>(), [&json!("not alice's")]);
    let found = server.get(&root, "/api/v1/search/messages?q=zzqword").await.ok(200);
    assert_eq!(found["items"], json!([]));
    assert_eq!(server.get(&root, &format!("/rooms/{own}")).await.status, 404);
    assert_eq!(server.get(&root, &format!("/api/v1/attachments/{file}")).await.status, 404);
    // Who is there is remembered for the moments in which they might come back.
    eventually("the erased account is present no more", async || {
        let present = server.get(&root, &format!("/rooms/{talk}/presence")).await.ok(200);
        (!present.to_string().contains("zzq")).then_some(())
    })
    .await;
    // The log of the room can be replayed from its beginning, without a hole.
    let mut again = Socket::native(&server, &root).await;
    again.send(&json!({"type": "join", "room": "talk", "since": 0, "epoch": of_root["epoch"]}));
    again.until_kind("joined").await;
    let replay = again.fence().await;
    assert!(!json!(replay).to_string().to_lowercase().contains("zzq"), "{replay:?}");
    assert!(first["seq"].as_i64() < of_root["seq"].as_i64());

    // The name is free, and has nothing of before.
    let next = server.account("zzqalice").await;
    assert!(next.id > alice.id);
    assert_eq!(server.get(&next, "/api/v1/direct").await.ok(200)["total"], 0);
    let rooms = server.get(&next, "/rooms/?mine=true").await.ok(200);
    assert!(!rooms.to_string().contains("zzqword"), "{rooms}");
    assert_eq!(server.get(&next, "/api/v1/users/me/blocks").await.ok(200)["total"], 0);
}

async fn exported(server: &Server, alice: &Account, root: &Account) {
    let answer = server.get(alice, "/api/v1/users/me/export").await;
    assert!(answer.header("content-disposition").is_some_and(|value| value.starts_with("attachment")));
    let text = answer.text.clone();
    let data = answer.ok(200);
    assert_eq!(
        (&data["user"]["username"], &data["user"]["email"]),
        (&json!("zzqalice"), &json!("zzqmail@example.org"))
    );
    let contents: Vec<&Value> =
        data["messages"].as_array().expect("messages").iter().map(|message| &message["content"]).collect();
    assert_eq!(contents, ["zzqword one", "zzqword two", "zzqword three", "zzqword in private"]);
    let lengths = ["sessions", "files", "blocks", "reactions"].map(|list| data[list].as_array().map(Vec::len));
    assert_eq!(lengths, [Some(2), Some(2), Some(1), Some(1)]);
    assert_eq!(data["memberships"].as_array().map(Vec::len), Some(3));
    assert!(data["activity"].as_array().expect("activity").iter().any(|deed| deed["action"] == "login"));
    assert!(!text.contains("not alice's") && !text.contains("argon2"), "only what is one's own, and no hash");
    let of_root = server.get(root, "/api/v1/users/me/export").await;
    assert!(!of_root.text.contains("zzqword one"));
}
