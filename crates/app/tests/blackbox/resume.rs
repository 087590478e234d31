//! Coming back without a hole: `since`, `reset`, `fetch`.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::{Account, Server, Socket, durable, kind};

/// Joins with a place and reads up to `synced`; the frames in between, `joined` first.
async fn resume(socket: &mut Socket, room: &str, since: i64, epoch: Option<i64>) -> Vec<Value> {
    let start = socket.seen.len();
    let mut join = json!({"type": "join", "room": room, "since": since});
    if let Some(epoch) = epoch {
        join["epoch"] = epoch.into();
    }
    socket.send(&join);
    socket.until(|frame| kind(frame) == "synced" || kind(frame) == "error").await;
    let frames = socket.seen[start..].to_vec();
    frames.into_iter().skip_while(|frame| kind(frame) != "joined").collect()
}

async fn chat(socket: &mut Socket, room: &str, text: &str) -> Value {
    socket.send(&json!({"type": "chat", "room": room, "message": text}));
    socket.until(|frame| kind(frame) == "chat" && frame["message"] == text).await
}

async fn talk(server: Arc<Server>, account: Account, stop: Arc<AtomicBool>) -> usize {
    let mut socket = Socket::native(&server, &account).await;
    socket.join("general").await;
    let mut sent = 0;
    while !stop.load(Ordering::Relaxed) {
        for _ in 0..5 {
            sent += 1;
            socket.send(&json!({"type": "chat", "room": "general", "message": format!("{} {sent}", account.username)}));
        }
        socket.fence().await;
    }
    sent
}

#[tokio::test]
async fn resumes_under_concurrent_sends_have_no_hole_and_no_repeat() {
    concurrent_resumes(Server::start_with(&crate::crash::SETTINGS).await).await;
}

pub(crate) async fn concurrent_resumes(server: Server) {
    let server = Arc::new(server);
    let reader = server.account("reader").await;
    server.room(&reader, "general", false).await;
    let stop = Arc::new(AtomicBool::new(false));
    let mut writers = Vec::new();
    for number in 0..4 {
        let account = server.account(&format!("writer{number}")).await;
        writers.push(tokio::spawn(talk(Arc::clone(&server), account, Arc::clone(&stop))));
    }
    let mut last = None;
    let mut live = 0;
    for round in 0_u32..12 {
        let mut socket = Socket::native(&server, &reader).await;
        let frames = resume(&mut socket, "general", last.unwrap_or(0), None).await;
        assert_eq!(kind(&frames[0]), "joined");
        let next = |frame: &Value, last: &mut Option<i64>| {
            if let Some(seq) = durable(frame) {
                assert_eq!(seq, last.map_or(1, |last| last + 1), "round {round}: {frame}");
                *last = Some(seq);
            }
        };
        for frame in &frames {
            next(frame, &mut last);
        }
        let synced = frames.last().expect("synced")["seq"].as_i64();
        assert_eq!(synced, last.or(Some(0)), "synced names the last place handed over");
        // Some live frames, more in some rounds than in others, then the connection breaks.
        for _ in 0..(round * 7 % 30) {
            let frame = socket.next().await;
            live += usize::from(durable(&frame).is_some());
            next(&frame, &mut last);
        }
        drop(socket);
        tokio::time::sleep(Duration::from_millis(u64::from(round % 4) * 15)).await;
    }
    stop.store(true, Ordering::Relaxed);
    let mut sent = 0;
    for writer in writers {
        sent += writer.await.expect("a writer ends");
    }
    let mut socket = Socket::native(&server, &reader).await;
    let frames = resume(&mut socket, "general", 0, None).await;
    let chats = frames.iter().filter(|frame| kind(frame) == "chat").count();
    assert_eq!(chats, sent, "all that was sent is in the log");
    assert!(live > 0 && sent > 50, "{live} live, {sent} sent");
}

#[tokio::test]
async fn whoever_is_up_to_date_is_only_told_so() {
    let server = Server::start().await;
    let alice = server.account("alice").await;
    server.room(&alice, "general", false).await;
    let mut socket = Socket::native(&server, &alice).await;
    socket.join("general").await;
    let seq = chat(&mut socket, "general", "hello").await["seq"].as_i64().expect("a number");
    let frames = resume(&mut socket, "general", seq, None).await;
    let kinds: Vec<_> = frames.iter().map(kind).collect();
    assert_eq!(kinds, ["joined", "presence_state", "synced"]);
    assert_eq!((&frames[0]["head"], &frames[2]["seq"]), (&json!(seq), &json!(seq)));
}

#[tokio::test]
async fn what_cannot_be_resumed_is_said_and_followed_by_history() {
    let server = Server::start_with(&[("HALLWAY_LIMITS__REPLAY_EVENTS", "10")]).await;
    let alice = server.account("alice").await;
    server.room(&alice, "general", false).await;
    let mut socket = Socket::native(&server, &alice).await;
    let joined = socket.join("general").await.into_iter().find(|frame| kind(frame) == "joined").expect("joined");
    let epoch = joined["epoch"].as_i64().expect("a number");
    let mut head = 0;
    for number in 0..15 {
        head = chat(&mut socket, "general", &format!("message {number}")).await["seq"].as_i64().expect("a number");
    }
    for (since, given, reason) in [
        (0, None, "too_far"),
        (head - 11, Some(epoch), "too_far"),
        (head - 1, Some(epoch + 1), "epoch_changed"),
        (head + 5, Some(epoch), "epoch_changed"),
    ] {
        let frames = resume(&mut socket, "general", since, given).await;
        let kinds: Vec<_> = frames.iter().map(kind).collect();
        assert_eq!(kinds, ["joined", "presence_state", "reset", "history", "synced"], "since {since}");
        let reset = &frames[2];
        assert_eq!((&reset["reason"], &reset["epoch"], &reset["head"]), (&json!(reason), &json!(epoch), &json!(head)));
        assert_eq!(frames[3]["messages"].as_array().map(Vec::len), Some(15));
    }
    let frames = resume(&mut socket, "general", head - 10, Some(epoch)).await;
    assert_eq!(frames.iter().filter_map(durable).collect::<Vec<_>>(), (head - 9..=head).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_replay_shows_messages_as_they_are_now() {
    let server = Server::start().await;
    let alice = server.account("alice").await;
    let room = server.room(&alice, "general", false).await;
    let mut socket = Socket::native(&server, &alice).await;
    socket.join("general").await;
    let kept = chat(&mut socket, "general", "draft").await;
    let gone = chat(&mut socket, "general", "secret").await;
    let path = |frame: &Value| format!("/rooms/{room}/messages/{}", frame["message_id"]);
    server.patch(&alice, &path(&kept), json!({"content": "final"})).await.ok(200);
    server.delete(&alice, &path(&gone)).await.ok(204);
    socket.until_kind("message_deleted").await;
    let since = kept["seq"].as_i64().expect("a number") - 1;
    let frames = resume(&mut socket, "general", since, None).await;
    let kinds: Vec<_> = frames.iter().filter(|frame| durable(frame).is_some()).map(kind).collect();
    assert_eq!(kinds, ["chat", "chat", "message_updated", "message_deleted"]);
    assert!(frames.iter().all(|frame| !frame.to_string().contains("secret")), "a deleted text is gone from the log");
    let tombstone = frames.iter().find(|frame| frame["message_id"] == gone["message_id"]).expect("its place");
    assert_eq!(tombstone["message"], "");
    assert!(tombstone["deleted_at"].is_string());
}

#[tokio::test]
async fn fetch_gives_a_stretch_of_the_log_and_not_more_than_allowed() {
    let server = Server::start_with(&[("HALLWAY_LIMITS__REPLAY_EVENTS", "20")]).await;
    let alice = server.account("alice").await;
    server.room(&alice, "general", false).await;
    let mut socket = Socket::native(&server, &alice).await;
    socket.join("general").await;
    let mut head = 0;
    for number in 0..12 {
        head = chat(&mut socket, "general", &format!("message {number}")).await["seq"].as_i64().expect("a number");
    }
    let fetch = async |socket: &mut Socket, from: i64, to: i64| {
        let start = socket.seen.len();
        socket.send(&json!({"type": "fetch", "room": "general", "from": from, "to": to}));
        let end = socket.until(|frame| matches!(kind(frame), "fetched" | "error")).await;
        (socket.seen[start..].iter().filter_map(durable).collect::<Vec<_>>(), end)
    };
    let (seqs, end) = fetch(&mut socket, 3, 7).await;
    assert_eq!((seqs, &end["from"], &end["to"]), (vec![3, 4, 5, 6, 7], &json!(3), &json!(7)));
    let (seqs, end) = fetch(&mut socket, head, head + 5).await;
    assert_eq!((seqs, kind(&end)), (vec![head], "fetched"), "what is not there yet is left out");
    assert!(!socket.seen.iter().any(|frame| kind(frame) == "reset"), "and nothing has to be read anew for it");
    let (seqs, end) = fetch(&mut socket, 1, 21).await;
    assert_eq!((seqs.len(), kind(&end), &end["code"]), (0, "error", &json!("invalid")));
    let (seqs, end) = fetch(&mut socket, 7, 3).await;
    assert_eq!((seqs.len(), kind(&end)), (0, "error"));
}

#[tokio::test]
async fn a_long_replay_at_a_slow_readers_pace_is_whole_and_the_heartbeat_goes_on() {
    let server = Server::start_with(&[
        ("HALLWAY_LIMITS__RATES", "off"),
        ("HALLWAY_WS__MAILBOX_BYTES", "262144"),
        ("HALLWAY_WS__LOW_WATER_BYTES", "32768"),
        ("WS_HEARTBEAT_INTERVAL", "1"),
        ("WS_HEARTBEAT_TTL_MS", "2500"),
    ])
    .await;
    let alice = server.account("alice").await;
    server.room(&alice, "general", false).await;
    let mut socket = Socket::native(&server, &alice).await;
    socket.join("general").await;
    let text = "x".repeat(7000);
    for number in 0..600 {
        socket.send(&json!({"type": "chat", "room": "general", "message": format!("{number} {text}")}));
        if number % 20 == 19 {
            socket.fence().await;
        }
    }
    let head = socket.seen.iter().filter_map(durable).max().expect("events");
    // 4 MB through a mailbox of 256 KiB, read in longer than a silent connection may live.
    let mut slow = crate::support::SlowSocket::open(&server, &alice).await;
    slow.send(&json!({"type": "join", "room": "general", "since": 0})).await;
    let mut seqs = Vec::new();
    let start = Instant::now();
    while seqs.last() != Some(&head) {
        let seq = durable(&slow.next().await);
        seqs.extend(seq);
        if seq.is_some_and(|seq| seq % 50 == 0) {
            tokio::time::sleep(Duration::from_millis(400)).await;
        }
    }
    assert!(start.elapsed() > Duration::from_secs(4), "{:?}", start.elapsed());
    assert_eq!(seqs, (1..=head).collect::<Vec<_>>());
    assert_eq!(kind(&slow.next_of("synced").await), "synced");
}
