//! Files of messages, as clients send and see them.

use serde_json::json;

use crate::support::{Server, Socket, eventually, header, png, text};

/// Uploads, sends, shows, deletes.
pub(crate) async fn life(server: Server) {
    let (alice, bob, eve) = (server.account("alice").await, server.account("bob").await, server.account("eve").await);
    let room = server.room(&alice, "secret", true).await;
    server.post(&alice, &format!("/rooms/{room}/members"), json!({"username": "bob"})).await.ok(201);
    let (mut sender, mut reader) = (Socket::native(&server, &alice).await, Socket::native(&server, &bob).await);
    sender.join("secret").await;
    reader.join("secret").await;

    let file = server.upload(&alice, "holiday.png", "text/html", &png(640, 480)).await.ok(201);
    assert_eq!((text(&file, "content_type"), text(&file, "name")), ("image/png", "holiday.png"));
    assert_eq!((&file["width"], &file["height"]), (&json!(640), &json!(480)));
    assert!(text(&file, "blurhash").len() > 6 && text(&file, "thumbnail_url").contains("/thumbnail?token="));
    let id = file["id"].as_i64().expect("a number");
    let path = format!("/api/v1/attachments/{id}");
    assert_eq!(server.get(&alice, &path).await.ok(200)["name"], "holiday.png");
    for stranger in [&bob, &eve] {
        assert_eq!(server.get(stranger, &path).await.status, 404, "it waits for its message");
    }

    sender.send(&json!({"type": "chat", "room": "secret", "message": "", "attachments": [id],
        "id": "0199c0de-0000-7000-8000-000000000001"}));
    sender.until_kind("ack").await;
    let live = reader.until_kind("chat").await;
    assert_eq!(live["attachments"][0]["id"], id);
    let plain = text(&live["attachments"][0], "url").to_owned();
    assert!(!plain.contains('?'), "what everybody gets names nobody: {plain}");
    assert_eq!(server.status(&plain).await, 404);
    assert_eq!(server.fetch(&plain, Some(&bob.access), &[]).await.status(), 200);
    assert_eq!(server.fetch(&plain, Some(&eve.access), &[]).await.status(), 404);

    // In history, over both ways, with addresses that work by themselves.
    let history = server.get(&bob, &format!("/rooms/{room}/messages")).await.ok(200);
    let shown = history["items"][0]["attachments"][0].clone();
    let mut again = Socket::native(&server, &bob).await;
    again.join("secret").await;
    let frame = again.seen_of("history")[0]["messages"][0]["attachments"][0].clone();
    for seen in [&shown, &frame] {
        let url = text(seen, "url");
        assert!(url.contains("?token="), "{url}");
        let answer = server.fetch(url, None, &[]).await;
        assert_eq!((answer.status().as_u16(), header(&answer, "content-type")), (200, "image/png"));
        assert_eq!(header(&answer, "content-security-policy"), "sandbox; default-src 'none'");
        assert_eq!(header(&answer, "x-content-type-options"), "nosniff");
        assert_eq!(header(&answer, "cross-origin-resource-policy"), "same-site");
        assert!(header(&answer, "content-disposition").starts_with("inline; filename=\"holiday.png\""));
        let bytes = answer.bytes().await.expect("a body");
        assert!(bytes.starts_with(b"\x89PNG") && !bytes.windows(3).any(|three| three == b"GPS"));
        let small = server.fetch(text(seen, "thumbnail_url"), None, &[]).await;
        assert_eq!((small.status().as_u16(), header(&small, "content-type")), (200, "image/jpeg"));
    }
    let fresh = server.get(&bob, &path).await.ok(200);
    let url = text(&fresh, "url").to_owned();

    // Whoever is banned keeps nothing but what they have seen.
    server.moderate(&alice, room, &bob, "ban", true).await;
    assert_eq!(server.status(&url).await, 404);
    assert_eq!(server.get(&bob, &path).await.status, 404);
    server.moderate(&alice, room, &bob, "ban", false).await;
    server.post(&alice, &format!("/rooms/{room}/members"), json!({"username": "bob"})).await;
    assert_eq!(server.status(&url).await, 200);

    let message = live["message_id"].as_i64().expect("a number");
    assert_eq!(server.delete(&alice, &format!("/rooms/{room}/messages/{message}")).await.status, 204);
    assert_eq!(server.status(&url).await, 404);
    assert_eq!(server.get(&alice, &path).await.status, 404);
}

#[tokio::test]
async fn a_file_is_for_who_may_read_its_room_now() {
    life(Server::start().await).await;
}

#[tokio::test]
async fn a_file_goes_from_the_disk_when_nobody_has_it() {
    let soon = [
        ("HALLWAY_ATTACHMENTS__GRACE_SECONDS", "60"),
        ("HALLWAY_ATTACHMENTS__UPLOAD_SECONDS", "60"),
        ("HALLWAY_ATTACHMENTS__COLLECT_SECONDS", "1"),
    ];
    let server = Server::start_with(&soon).await;
    let alice = server.account("alice").await;
    let file = server.upload(&alice, "a.txt", "text/plain", b"hello").await.ok(201);
    assert_eq!(server.stored("attachments"), 1);
    let path = format!("/api/v1/attachments/{}", file["id"]);
    assert_eq!(server.delete(&alice, &path).await.status, 204);
    assert_eq!(server.delete(&alice, &path).await.status, 404);
    assert_eq!(server.get(&alice, &path).await.status, 404);
    // The grace is longer than a test waits: a new upload gets what is still there.
    server.upload(&alice, "b.txt", "text/plain", b"hello").await.ok(201);
    assert_eq!(server.stored("attachments"), 1);
}

#[tokio::test]
async fn parts_of_a_file_and_what_is_known_already() {
    let server = Server::start().await;
    let alice = server.account("alice").await;
    let bytes: Vec<u8> = b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom"
        .iter()
        .copied()
        .chain((0..100_000).map(|at: u32| at.to_le_bytes()[0]))
        .collect();
    let file = server.upload(&alice, "film.mp4", "video/mp4", &bytes).await.ok(201);
    assert_eq!(text(&file, "content_type"), "video/mp4");
    let url = text(&file, "url");
    for (range, first, last) in
        [("bytes=0-9", 0, 9), ("bytes=99999-", 99_999, bytes.len() - 1), ("bytes=-5", bytes.len() - 5, bytes.len() - 1)]
    {
        let answer = server.fetch(url, None, &[("range", range)]).await;
        assert_eq!(answer.status(), 206, "{range}");
        assert_eq!(header(&answer, "content-range"), format!("bytes {first}-{last}/{}", bytes.len()));
        assert_eq!(answer.bytes().await.expect("a body"), bytes[first..=last], "{range}");
    }
    let beyond = server.fetch(url, None, &[("range", "bytes=9999999-")]).await;
    assert_eq!(
        (beyond.status().as_u16(), header(&beyond, "content-range")),
        (416, &*format!("bytes */{}", bytes.len()))
    );
    let whole = server.fetch(url, None, &[("range", "bytes=0-1,5-6"), ("accept-encoding", "gzip, br")]).await;
    assert_eq!(whole.status(), 200);
    assert_eq!(header(&whole, "content-length"), bytes.len().to_string());
    let etag = header(&whole, "etag").to_owned();
    assert_eq!(whole.bytes().await.expect("a body"), bytes);
    assert_eq!(server.fetch(url, None, &[("if-none-match", &etag)]).await.status(), 304);
    let head = server.http.head(server.url(url)).send().await.expect("an answer");
    assert_eq!((head.status().as_u16(), header(&head, "content-length")), (200, &*bytes.len().to_string()));
    let saved = server.fetch(&format!("{url}&download=1"), None, &[]).await;
    assert!(header(&saved, "content-disposition").starts_with("attachment;"));
}

/// As FastSock's client: the address is the text of the message, and shows it as long as the file is there.
pub(crate) async fn static_upload(server: Server) {
    let alice = server.account("alice").await;
    let path = "/api/v1/utils/upload";
    let file = server.upload_to(path, &alice, "cat.png", ("image/png", &png(30, 20))).await.ok(200);
    let url = text(&file, "url").to_owned();
    let start = format!("http://{}/static/uploads/", server.address);
    assert!(url.starts_with(&start) && url.rsplit_once('.').is_some_and(|(_, ending)| ending == "png"), "{url}");
    assert_eq!((text(&file, "content_type"), text(&file, "filename")), ("image/png", "cat.png"));
    let path = url.strip_prefix(&format!("http://{}", server.address)).expect("a path");
    let answer = server.fetch(path, None, &[]).await;
    assert_eq!((answer.status().as_u16(), header(&answer, "content-type")), (200, "image/png"));
    assert_eq!(header(&answer, "cross-origin-resource-policy"), "cross-origin");
    assert_eq!(header(&answer, "content-security-policy"), "sandbox; default-src 'none'");
    let id: i64 = path["/static/uploads/".len()..].split('-').next().expect("an id").parse().expect("a number");
    let guess = path.replacen(&format!("/{id}-"), &format!("/{}-", id + 1), 1);
    for bad in [
        guess.as_str(),
        "/static/uploads/..%2f..%2fhallway.db",
        "/static/uploads/1",
        "/static/uploads/%00",
        "/static/uploads/",
    ] {
        assert_eq!(server.status(bad).await, 404, "{bad}");
    }
    assert_eq!(server.delete(&alice, &format!("/api/v1/attachments/{id}")).await.status, 204);
    assert_eq!(server.status(path).await, 404);
}

#[tokio::test]
async fn an_upload_of_fastsocks_client_is_shown_as_long_as_it_is_there() {
    static_upload(Server::start().await).await;
}

#[tokio::test]
async fn addresses_are_whole_where_the_server_knows_its_own() {
    let server = Server::start_with(&[("HALLWAY_SERVER__PUBLIC_URL", "https://chat.example.org/")]).await;
    let alice = server.account("alice").await;
    let file = server.upload_to("/api/v1/utils/upload", &alice, "a.gif", ("image/gif", b"%PDF-1.7")).await.ok(200);
    assert!(text(&file, "url").starts_with("https://chat.example.org/static/uploads/"), "{file}");
}

#[tokio::test]
async fn what_a_crash_left_is_gone_after_the_next_start() {
    let server = Server::start().await;
    let alice = server.account("alice").await;
    let kept = server.upload(&alice, "kept.txt", "text/plain", b"kept").await.ok(201);
    let mut slow = crate::hostile_files::SlowUpload::begin(&server, &alice, 400_000).await;
    slow.write(&vec![7; 300_000]).await;
    eventually("the upload is on disk", || async { (server.stored("incoming") == 1).then_some(()) }).await;
    let server = server.kill_and_restart().await;
    assert_eq!(server.stored("incoming"), 0);
    let answer = server.fetch(&format!("/api/v1/attachments/{}/content", kept["id"]), Some(&alice.access), &[]).await;
    assert_eq!(answer.bytes().await.expect("a body"), &b"kept"[..]);
}
