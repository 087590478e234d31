//! SIGKILL at any moment loses nothing that was acknowledged and doubles nothing that was repeated.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Account, Server, Socket, Traffic, durable, kind};

const CLIENTS: u128 = 4;
const ROUNDS: u32 = 6;
const PER_ROUND: u128 = 150;

/// What one client wants to be said, and what it knows of it.
struct Outbox {
    account: Account,
    waiting: Vec<(Uuid, String)>,
    /// By client id: message and place.
    acked: HashMap<Uuid, (i64, i64)>,
}

impl Outbox {
    /// Sends all that waits, oldest first, and takes in acks until there is nothing left or the connection ends.
    async fn flush(&mut self, server: &Server) {
        let protocols = format!("hallway.v1, bearer.{}", self.account.access);
        // The server may be killed before it has shaken hands.
        let Some(mut socket) = Socket::try_connect(server, &[("sec-websocket-protocol", &protocols)]).await else {
            return;
        };
        socket.send(&json!({"type": "join", "room": "general"}));
        for (id, text) in &self.waiting {
            socket.send(&json!({"type": "chat", "room": "general", "message": text, "id": id}));
        }
        while !self.waiting.is_empty() {
            let Traffic::Frame(frame) = socket.traffic().await else { return };
            if kind(&frame) == "ack" {
                self.take(&frame);
            }
            assert_ne!(kind(&frame), "error", "{frame}");
        }
    }

    fn take(&mut self, ack: &Value) {
        let id = ack["id"].as_str().and_then(|id| id.parse().ok()).expect("an id");
        let place = (ack["message_id"].as_i64().expect("a number"), ack["seq"].as_i64().expect("a number"));
        assert!(self.acked.insert(id, place).is_none_or(|before| before == place), "acked twice, differently: {ack}");
        self.waiting.retain(|(waiting, _)| *waiting != id);
    }
}

#[tokio::test]
async fn no_acknowledged_message_is_lost_and_no_repeated_one_is_doubled() {
    let mut server = Server::start_unlimited().await;
    let owner = server.account("owner").await;
    server.room(&owner, "general", false).await;
    let mut outboxes = Vec::new();
    for number in 0..CLIENTS {
        let account = server.account(&format!("client{number}")).await;
        outboxes.push(Outbox { account, waiting: Vec::new(), acked: HashMap::new() });
    }
    let mut kills_with_work_left = 0;
    for round in 0..ROUNDS {
        for (who, outbox) in outboxes.iter_mut().enumerate() {
            let first = u128::from(round) * PER_ROUND;
            let fresh = (first..first + PER_ROUND).map(|n| (Uuid::from_u128((who as u128 + 1) << 64 | n), format!("{who}: {n}")));
            outbox.waiting.extend(fresh);
        }
        let shared = Arc::new(server);
        let tasks: Vec<_> = outboxes
            .drain(..)
            .map(|mut outbox| {
                let server = Arc::clone(&shared);
                tokio::spawn(async move {
                    outbox.flush(&server).await;
                    outbox
                })
            })
            .collect();
        // Another moment of the work in every run: the address of the process is as good as dice.
        let moment = 40 + u64::from(shared.pid() * 37 + round * 61) % 260;
        tokio::time::sleep(Duration::from_millis(moment)).await;
        shared.kill_now();
        for task in tasks {
            outboxes.push(task.await.expect("a client ends"));
        }
        let left: usize = outboxes.iter().map(|outbox| outbox.waiting.len()).sum();
        kills_with_work_left += u32::from(left > 0);
        println!("round {round}: killed after {moment} ms with {left} unacknowledged");
        let Ok(alone) = Arc::try_unwrap(shared).map_err(|_| ()) else { panic!("a client still holds the server") };
        server = alone.kill_and_restart().await;
    }
    for outbox in &mut outboxes {
        outbox.flush(&server).await;
        assert!(outbox.waiting.is_empty());
    }
    assert!(kills_with_work_left > 0, "no kill met any work: the test has shown nothing");

    let mut socket = Socket::native(&server, &owner).await;
    socket.send(&json!({"type": "join", "room": "general", "since": 0}));
    socket.until(|frame| matches!(kind(frame), "synced" | "reset")).await;
    assert!(socket.seen_of("reset").is_empty(), "the whole log is to be seen");
    let places: Vec<i64> = socket.seen.iter().filter_map(durable).collect();
    assert_eq!(places, (1..=places.len() as i64).collect::<Vec<_>>(), "seq is gapless");
    let mut stored: HashMap<Uuid, Vec<(i64, i64)>> = HashMap::new();
    for chat in socket.seen_of("chat") {
        let id = chat["id"].as_str().and_then(|id| id.parse().ok()).expect("an id");
        let place = (chat["message_id"].as_i64().expect("a number"), chat["seq"].as_i64().expect("a number"));
        stored.entry(id).or_default().push(place);
    }
    let acked: usize = outboxes.iter().map(|outbox| outbox.acked.len()).sum();
    assert_eq!((acked, stored.len()), ((CLIENTS * PER_ROUND * u128::from(ROUNDS)) as usize, acked));
    for (id, place) in outboxes.iter().flat_map(|outbox| &outbox.acked) {
        assert_eq!(stored[id], [*place], "{id} is stored once, where the ack said");
    }
}
