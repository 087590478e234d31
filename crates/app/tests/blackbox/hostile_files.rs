//! Uploads that mean harm. Each gets a clear answer and leaves nothing behind.

use std::time::{Duration, Instant};

use reqwest::multipart::{Form, Part};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::support::{Account, Answer, DEADLINE, Server, Socket, eventually, header, png, text};

const MIB: u64 = 1024 * 1024;

/// An upload over a connection of one's own, as fast or slow as one likes.
pub(crate) struct SlowUpload(TcpStream);

impl SlowUpload {
    pub(crate) async fn begin(server: &Server, account: &Account, length: u64) -> Self {
        let mut stream = TcpStream::connect(&server.address).await.expect("the server listens");
        let form = "--xyz\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\n";
        let head = format!(
            "POST /api/v1/attachments HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\n\
             Content-Type: multipart/form-data; boundary=xyz\r\nContent-Length: {length}\r\n\r\n{form}",
            server.address, account.access
        );
        stream.write_all(head.as_bytes()).await.expect("open");
        Self(stream)
    }

    pub(crate) async fn write(&mut self, bytes: &[u8]) {
        self.0.write_all(bytes).await.expect("open");
    }

    /// The status line and what follows it, or nothing when the server has hung up.
    async fn answer(&mut self) -> String {
        let mut answer = vec![0; 4096];
        match tokio::time::timeout(DEADLINE, self.0.read(&mut answer)).await.expect("an answer or an end") {
            Ok(read) => String::from_utf8_lossy(&answer[..read]).into_owned(),
            Err(_) => String::new(),
        }
    }
}

/// Nothing on its way, and so many stored.
async fn left(server: &Server, stored: usize) {
    eventually("uploads are cleared away", || async { (server.stored("incoming") == 0).then_some(()) }).await;
    assert_eq!(server.stored("attachments"), stored);
}

#[tokio::test]
async fn what_a_browser_would_run_is_only_ever_downloaded() {
    let server = Server::start().await;
    let alice = server.account("alice").await;
    let harmful: [(&str, &str, &[u8]); 6] = [
        ("page.html", "text/html", b"<!DOCTYPE html><script>alert(document.domain)</script>"),
        ("logo.svg", "image/svg+xml", b"<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>"),
        ("data.xml", "text/xml", b"<?xml version=\"1.0\"?><x xmlns=\"http://www.w3.org/1999/xhtml\"><script/></x>"),
        ("photo.png.html", "image/png", b"<html><body onload=alert(1)>"),
        ("script.js", "image/jpeg", b"alert(1)"),
        ("paper.pdf", "application/pdf", b"%PDF-1.7\n1 0 obj<</JS(app.alert(1))>>"),
    ];
    for (name, said, bytes) in harmful {
        for path in ["/api/v1/attachments", "/api/v1/utils/upload"] {
            let answer = server.upload_to(path, &alice, name, (said, bytes)).await;
            let file = if answer.status == 201 { answer.ok(201) } else { answer.ok(200) };
            let url = text(&file, "url").trim_start_matches(&format!("http://{}", server.address)).to_owned();
            let answer = server.fetch(&url, None, &[]).await;
            assert_eq!(answer.status(), 200);
            assert_eq!(header(&answer, "content-type"), "application/octet-stream", "{name}");
            assert!(header(&answer, "content-disposition").starts_with("attachment; "), "{name}");
            assert_eq!(header(&answer, "x-content-type-options"), "nosniff");
            assert_eq!(header(&answer, "content-security-policy"), "sandbox; default-src 'none'");
            assert_eq!(answer.bytes().await.expect("a body"), bytes);
        }
    }
}

#[tokio::test]
async fn polyglots_bombs_and_broken_images_are_refused() {
    let server = Server::start_with(&[("HALLWAY_LIMITS__RATES", "off")]).await;
    let alice = server.account("alice").await;
    let whole = png(900, 700);
    // A billion pixels, announced in a file of some kilobytes.
    let mut bomb = png(40, 40);
    bomb[16..24].copy_from_slice(&[0, 0, 0x7a, 0x12, 0, 0, 0x7a, 0x12]);
    let cases: [(&str, &[u8]); 6] = [
        ("a script that begins like a GIF", b"GIF89a=/*<script>*/alert(1)//;"),
        ("a script that begins like a JPEG", b"\xff\xd8\xff\xe0/*alert(1)*/"),
        ("a truncated image", &whole[..whole.len() / 2]),
        ("half a header", &whole[..20]),
        ("a decompression bomb", &bomb),
        ("a WebP of nothing", b"RIFF\x04\0\0\0WEBP"),
    ];
    let before = server.resident();
    for (what, bytes) in cases {
        let answer = server.upload(&alice, "image.png", "image/png", bytes).await;
        assert_eq!(answer.status, 422, "{what}: {}", answer.text);
        let code = text(&answer.body, "code");
        assert!(["bad_image", "image_too_large"].contains(&code), "{what}: {code}");
        left(&server, 0).await;
    }
    let grown = server.resident().saturating_sub(before);
    assert!(grown < 64 * MIB, "grew by {} KiB", grown / 1024);
    // A GIF that is one, with a script behind it: what is stored is the image alone.
    let mut gif =
        b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff!\xfe\x09*/alert()\0,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;"
            .to_vec();
    gif.extend(b"<script>alert(1)</script>");
    let file = server.upload(&alice, "a.gif", "image/gif", &gif).await.ok(201);
    let stored = server.fetch(text(&file, "url"), None, &[]).await.bytes().await.expect("a body");
    assert!(stored.starts_with(b"GIF89a") && !stored.windows(5).any(|five| five == b"alert"));
}

#[tokio::test]
async fn an_archive_is_not_unpacked() {
    let server = Server::start().await;
    let alice = server.account("alice").await;
    // The beginning of 42.zip would do: nothing looks further than at its first bytes.
    let mut bomb = b"PK\x03\x04\x14\0\0\0\x08\0".to_vec();
    bomb.resize(200_000, 0);
    let before = server.resident();
    let file = server.upload(&alice, "42.zip", "application/zip", &bomb).await.ok(201);
    assert_eq!((text(&file, "content_type"), &file["size"]), ("application/zip", &json!(200_000)));
    assert!(server.resident().saturating_sub(before) < 32 * MIB);
    let answer = server.fetch(text(&file, "url"), None, &[]).await;
    assert_eq!(header(&answer, "content-type"), "application/octet-stream");
}

#[tokio::test]
async fn names_name_nothing_but_the_file() {
    let server = Server::start().await;
    let alice = server.account("alice").await;
    let long = format!("{}.txt", "n".repeat(4096));
    for (name, expected) in [
        ("../../../etc/passwd", "passwd"),
        ("..\\..\\boot.ini", "boot.ini"),
        ("/absolute", "absolute"),
        ("..", "file"),
        ("gpj.\u{202E}exe", "gpj.exe"),
        ("quo\"te;.txt", "quo_te;.txt"),
        (&long, &format!("{}.txt", "n".repeat(116))),
    ] {
        let file = server.upload(&alice, name, "text/plain", b"x").await.ok(201);
        assert_eq!(text(&file, "name"), expected);
        let answer = server.fetch(text(&file, "url"), None, &[]).await;
        let disposition = header(&answer, "content-disposition");
        assert!(disposition.starts_with("attachment; filename=\"") && !disposition.contains(".."), "{disposition}");
    }
    // Line ends in a name would be headers of the form, so this is spelled out.
    let body = "--xyz\r\nContent-Disposition: form-data; name=\"file\"; filename*=UTF-8''a%0d%0aSet-Cookie:%20x%00y\r\n\r\nx\r\n--xyz--\r\n";
    let request = server.http.post(server.url("/api/v1/attachments")).bearer_auth(&alice.access);
    let request = request.header("content-type", "multipart/form-data; boundary=xyz").body(body);
    let file = Answer::of(request).await.ok(201);
    assert_eq!(text(&file, "name"), "aSet-Cookie_ xy");
    let answer = server.fetch(text(&file, "url"), None, &[]).await;
    assert!(answer.headers().get("set-cookie").is_none());
    // All of them are the same letter, kept once, and nothing is outside.
    left(&server, 1).await;
    let names = server.files();
    assert!(!names.iter().any(|name| name.contains("passwd") || name.contains("boot")), "{names:?}");
}

#[tokio::test]
async fn a_stream_without_end_is_cut_off_at_the_limit() {
    let server = Server::start_with(&[("HALLWAY_ATTACHMENTS__MAX_BYTES", "4194304")]).await;
    let alice = server.account("alice").await;
    // Announced: refused before any of it is read.
    let mut announced = SlowUpload::begin(&server, &alice, 2 << 30).await;
    assert!(announced.answer().await.starts_with("HTTP/1.1 413"));
    // Not announced: 2 GB in pieces, for as long as the server takes them.
    let mut stream = TcpStream::connect(&server.address).await.expect("the server listens");
    let head = format!(
        "POST /api/v1/attachments HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\n\
         Content-Type: multipart/form-data; boundary=xyz\r\nTransfer-Encoding: chunked\r\n\r\n",
        server.address, alice.access
    );
    stream.write_all(head.as_bytes()).await.expect("open");
    let form = "--xyz\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\n";
    stream.write_all(format!("{:x}\r\n{form}\r\n", form.len()).as_bytes()).await.expect("open");
    let piece = [format!("{:x}\r\n", 65_536).into_bytes(), vec![b'x'; 65_536], b"\r\n".to_vec()].concat();
    let before = server.resident();
    let mut sent = 0_u64;
    let (mut reading, mut writing) = stream.into_split();
    let answer = async {
        let mut answer = vec![0; 4096];
        let read = reading.read(&mut answer).await.unwrap_or_default();
        String::from_utf8_lossy(&answer[..read]).into_owned()
    };
    let flood = async {
        while sent < 2 << 30 {
            if writing.write_all(&piece).await.is_err() {
                break;
            }
            sent += 65_536;
        }
        std::future::pending::<()>().await;
    };
    let said = tokio::select! {
        said = answer => said,
        () = flood => unreachable!("it never ends"),
        () = tokio::time::sleep(DEADLINE) => panic!("nobody stops it"),
    };
    assert!(said.starts_with("HTTP/1.1 413") && said.contains("file_too_large"), "{said}");
    assert!(sent < 64 * MIB, "{sent} bytes were taken");
    assert!(server.resident().saturating_sub(before) < 48 * MIB);
    left(&server, 0).await;
}

#[tokio::test]
async fn a_slow_body_is_not_waited_for() {
    let impatient =
        [("HALLWAY_ATTACHMENTS__SLOW_GRACE_SECONDS", "1"), ("HALLWAY_ATTACHMENTS__MIN_BYTES_PER_SECOND", "100000")];
    let server = Server::start_with(&impatient).await;
    let alice = server.account("alice").await;
    let start = Instant::now();
    let mut silent = SlowUpload::begin(&server, &alice, 100_000).await;
    assert!(silent.answer().await.starts_with("HTTP/1.1 408"));
    assert!(start.elapsed() >= Duration::from_millis(900), "{:?}", start.elapsed());
    // A byte now and then is no way around it.
    let mut trickle = SlowUpload::begin(&server, &alice, 100_000).await;
    let drip = async {
        loop {
            if trickle.0.write_all(b"x").await.is_err() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let start = Instant::now();
    let cleared = eventually("the upload is given up", || async {
        (server.stored("incoming") == 0 && start.elapsed() > Duration::from_millis(500)).then_some(())
    });
    tokio::select! { () = drip => {}, () = cleared => {} }
    left(&server, 0).await;
    // Nor does it keep others from uploading.
    server.upload(&alice, "a.txt", "text/plain", b"quick").await.ok(201);
}

#[tokio::test]
async fn whoever_hangs_up_leaves_nothing() {
    let server = Server::start().await;
    let alice = server.account("alice").await;
    for _ in 0..6 {
        let mut gone = SlowUpload::begin(&server, &alice, 600_000).await;
        gone.write(&vec![1; 300_000]).await;
        eventually("the upload is on disk", || async { (server.stored("incoming") == 1).then_some(()) }).await;
        drop(gone);
        left(&server, 0).await;
    }
    server.upload(&alice, "a.txt", "text/plain", b"still welcome").await.ok(201);
}

#[tokio::test]
async fn forms_that_are_none_are_told_so() {
    let server = Server::start().await;
    let alice = server.account("alice").await;
    let post = |kind: &str, body: &str| {
        let request = server.http.post(server.url("/api/v1/attachments")).bearer_auth(&alice.access);
        Answer::of(request.header("content-type", kind.to_owned()).body(body.to_owned()))
    };
    let form = "multipart/form-data; boundary=xyz";
    assert_eq!(post("application/json", "{}").await.status, 415);
    assert_eq!(post("multipart/form-data", "--xyz--").await.status, 400);
    assert_eq!(post(form, "").await.status, 400);
    assert_eq!(post(form, "nothing of the kind").await.status, 400);
    assert_eq!(
        post(form, "--xyz\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\nx").await.status,
        400
    );
    assert_eq!(post(form, &format!("--xyz\r\n{}", "A".repeat(1_000_000))).await.status, 400);
    let part = || Part::bytes(b"x".to_vec()).file_name("a");
    for (what, form) in [
        ("another field", Form::new().part("other", part())),
        ("two", Form::new().part("file", part()).part("file", part())),
    ] {
        let request = server.http.post(server.url("/api/v1/attachments")).bearer_auth(&alice.access).multipart(form);
        assert_eq!(Answer::of(request).await.status, 400, "{what}");
    }
    let empty = server.upload(&alice, "empty", "text/plain", b"").await;
    assert_eq!((empty.status, text(&empty.body, "code")), (422, "file_empty"));
    left(&server, 0).await;
}

#[tokio::test]
async fn nobody_uploads_without_signing_in() {
    let server = Server::start().await;
    for path in ["/api/v1/attachments", "/api/v1/utils/upload"] {
        let form = Form::new().part("file", Part::bytes(png(10, 10)).file_name("a.png"));
        let answer = Answer::of(server.http.post(server.url(path)).multipart(form)).await;
        assert_eq!(answer.status, 401, "{path}");
    }
    left(&server, 0).await;
}

#[tokio::test]
async fn files_of_others_cannot_be_sent() {
    let server = Server::start().await;
    let (alice, eve) = (server.account("alice").await, server.account("eve").await);
    server.room(&eve, "trap", false).await;
    let file = server.upload(&alice, "diary.txt", "text/plain", b"dear diary").await.ok(201);
    let mut socket = Socket::native(&server, &eve).await;
    socket.join("trap").await;
    for (ids, code) in [
        (json!([file["id"]]), "attachment_not_found"),
        (json!([999_999]), "attachment_not_found"),
        (json!([0]), "invalid_frame"),
        (json!("1"), "invalid_frame"),
        (json!([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]), "invalid_frame"),
    ] {
        socket.send(&json!({"type": "chat", "room": "trap", "message": "look", "attachments": ids}));
        assert_eq!(socket.until_kind("error").await["code"], code, "{ids}");
    }
    assert_eq!(server.get(&alice, &format!("/api/v1/attachments/{}", file["id"])).await.status, 200);
}

#[tokio::test]
async fn a_quota_is_a_quota() {
    let server = Server::start_with(&[("HALLWAY_ATTACHMENTS__QUOTA_BYTES", "100000")]).await;
    let (alice, bob) = (server.account("alice").await, server.account("bob").await);
    let first = server.upload(&alice, "a", "text/plain", &vec![1; 60_000]).await.ok(201);
    let refused = server.upload(&alice, "b", "text/plain", &vec![2; 60_000]).await;
    assert_eq!((refused.status, text(&refused.body, "code")), (409, "quota_exceeded"));
    left(&server, 1).await;
    server.upload(&bob, "b", "text/plain", &vec![2; 60_000]).await.ok(201);
    assert_eq!(server.delete(&alice, &format!("/api/v1/attachments/{}", first["id"])).await.status, 204);
    server.upload(&alice, "b", "text/plain", &vec![2; 60_000]).await.ok(201);
}
