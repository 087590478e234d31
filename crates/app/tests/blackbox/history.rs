//! Ten thousand messages in a room.

use serde_json::{Value, json};

use crate::support::{Server, Socket, kind};

const MESSAGES: i64 = 10_000;

fn numbers<'a>(messages: &'a Value, field: &str) -> Vec<i64> {
    let text = |message: &'a Value| message[field].as_str().expect("text").to_owned();
    messages.as_array().expect("messages").iter().map(|message| text(message).parse().expect("a number")).collect()
}

#[tokio::test]
async fn joining_and_paging_answer_rightly_from_end_to_end() {
    let server = Server::start_unlimited().await;
    let alice = server.account("alice").await;
    let room = server.room(&alice, "general", false).await;
    let mut socket = Socket::native(&server, &alice).await;
    socket.join("general").await;
    for number in 0..MESSAGES {
        socket.send(&json!({"type": "chat", "room": "general", "message": number.to_string()}));
        if number % 500 == 499 {
            socket.fence().await;
        }
    }
    socket.fence().await;
    assert_eq!(socket.seen_of("chat").len(), 10_000);

    let mut reader = Socket::plain(&server, &alice).await;
    let frames = reader.join("general").await;
    let history = frames.iter().find(|frame| kind(frame) == "history").expect("a history");
    assert_eq!(numbers(&history["messages"], "message"), (MESSAGES - 50..MESSAGES).collect::<Vec<_>>());
    let mut oldest = history["messages"][0]["message_id"].clone();
    let mut expected = MESSAGES - 50;
    while expected > 0 {
        reader.send(&json!({"type": "history_more", "room": "general", "before_id": oldest, "limit": 100}));
        let page = reader.until_kind("history_more").await;
        let first = (expected - 100).max(0);
        assert_eq!(numbers(&page["messages"], "message"), (first..expected).collect::<Vec<_>>());
        assert_eq!(page["more"], first > 0);
        oldest = page["messages"][0]["message_id"].clone();
        expected = first;
    }

    for (offset, limit, more) in
        [(0, 200, true), (5_000, 50, true), (9_800, 200, false), (9_950, 200, false), (10_000, 200, false)]
    {
        let page = server.get(&alice, &format!("/rooms/{room}/messages?limit={limit}&offset={offset}")).await.ok(200);
        assert_eq!((&page["total"], &page["has_more"]), (&json!(MESSAGES), &json!(more)), "offset {offset}");
        let end = MESSAGES - offset;
        assert_eq!(numbers(&page["items"], "content"), ((end - limit).max(0)..end).collect::<Vec<_>>());
    }

    let mut far_behind = Socket::native(&server, &alice).await;
    far_behind.send(&json!({"type": "join", "room": "general", "since": 3}));
    assert_eq!(far_behind.until_kind("reset").await["reason"], "too_far");
    let history = far_behind.until_kind("history").await;
    assert_eq!(history["messages"].as_array().map(Vec::len), Some(50));
    far_behind.until_kind("synced").await;
}
