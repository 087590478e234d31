//! SIGKILL at any moment loses nothing that was acknowledged and doubles nothing that was repeated.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Account, DEADLINE, Server, Socket, Traffic, durable, kind};

const CLIENTS: u128 = 4;
const ROUNDS: u32 = 6;
const PER_ROUND: u128 = 300;
/// Most sends of one client on their way: many enough to be written in batches, few enough that work is left when the
/// server is killed, however fast it is.
const UNDER_WAY: usize = 16;

/// What one client wants to be said, and what it knows of it.
struct Outbox {
    account: Account,
    waiting: Vec<(Uuid, String)>,
    /// By client id: message and place.
    acked: HashMap<Uuid, (i64, i64)>,
}

impl Outbox {
    /// Sends all that waits, oldest first and a few at a time, and takes in acks until there is nothing left or the connection ends.
    async fn flush(&mut self, server: &Server, acks: &AtomicUsize) {
        let protocols = format!("hallway.v1, bearer.{}", self.account.access);
        // The server may be killed before it has shaken hands.
        let Some(mut socket) = Socket::try_connect(server, &[("sec-websocket-protocol", &protocols)]).await else {
            return;
        };
        socket.send(&json!({"type": "join", "room": "general"}));
        let mut unsent = self.waiting.clone().into_iter();
        let mut send = |socket: &mut Socket| {
            if let Some((id, text)) = unsent.next() {
                socket.send(&json!({"type": "chat", "room": "general", "message": text, "id": id}));
            }
        };
        (0..UNDER_WAY).for_each(|_| send(&mut socket));
        while !self.waiting.is_empty() {
            let Traffic::Frame(frame) = socket.traffic().await else { return };
            if kind(&frame) == "ack" {
                self.take(&frame);
                acks.fetch_add(1, Ordering::Relaxed);
                send(&mut socket);
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
    kills(Server::start_with(&SETTINGS).await).await;
}

/// The whole log is read at the end.
pub(crate) const SETTINGS: [(&str, &str); 2] =
    [("HALLWAY_LIMITS__RATES", "off"), ("HALLWAY_LIMITS__REPLAY_EVENTS", "100000")];

pub(crate) async fn kills(mut server: Server) {
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
            let fresh = (first..first + PER_ROUND)
                .map(|n| (Uuid::from_u128((who as u128 + 1) << 64 | n), format!("{who}: {n}")));
            outbox.waiting.extend(fresh);
        }
        let (shared, acks) = (Arc::new(server), Arc::new(AtomicUsize::new(0)));
        let waiting: usize = outboxes.iter().map(|outbox| outbox.waiting.len()).sum();
        let tasks: Vec<_> = outboxes
            .drain(..)
            .map(|mut outbox| {
                let (server, acks) = (Arc::clone(&shared), Arc::clone(&acks));
                tokio::spawn(async move {
                    outbox.flush(&server, &acks).await;
                    outbox
                })
            })
            .collect();
        // Another point of the work in every run: the number of the process is as good as dice.
        let point = (shared.pid() as usize * 7919 + round as usize * 104_729) % (waiting / 2);
        let start = Instant::now();
        while acks.load(Ordering::Relaxed) < point {
            assert!(start.elapsed() < DEADLINE, "so many acks never came");
            tokio::task::yield_now().await;
        }
        shared.kill_now();
        for task in tasks {
            outboxes.push(task.await.expect("a client ends"));
        }
        let left: usize = outboxes.iter().map(|outbox| outbox.waiting.len()).sum();
        kills_with_work_left += u32::from(left > 0);
        println!("round {round}: killed after {point} acks, with {left} of {waiting} unacknowledged");
        let Ok(alone) = Arc::try_unwrap(shared).map_err(|_| ()) else { panic!("a client still holds the server") };
        server = alone.kill_and_restart().await;
    }
    for outbox in &mut outboxes {
        outbox.flush(&server, &AtomicUsize::new(0)).await;
        assert!(outbox.waiting.is_empty());
    }
    assert!(kills_with_work_left > 0, "no kill met any work: the test has shown nothing");

    let mut socket = Socket::native(&server, &owner).await;
    socket.send(&json!({"type": "join", "room": "general", "since": 0}));
    socket.until(|frame| matches!(kind(frame), "synced" | "reset")).await;
    assert!(socket.seen_of("reset").is_empty(), "the whole log is to be seen");
    let places: Vec<i64> = socket.seen.iter().filter_map(durable).collect();
    assert!(places.iter().copied().eq(1..=*places.last().expect("events")), "seq is gapless");
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
