//! Connecting, reading, writing, and coming back.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use futures_util::{SinkExt as _, StreamExt as _};
use hallway_test_support::checker::{Client, Entry, Event, Key, Message, Moment, Room, User};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use serde_json::{Value, json};
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::mpsc;
use tokio::time::{MissedTickBehavior, interval, timeout};
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::protocol::Message as Packet;
use tokio_tungstenite::{WebSocketStream, client_async};

use super::outbox::Outbox;
use super::record::Record;
use super::{Command, Setting, Status};
use crate::support::Account;

/// Longest wait for a handshake, and for any word of the server: it is asked for one every second.
const PATIENCE: Duration = Duration::from_millis(2500);
/// Of every third client, which so outlasts a node that freezes.
const LONG_PATIENCE: Duration = Duration::from_secs(20);
const TICK: Duration = Duration::from_millis(20);
/// Sends that may be unanswered before a client thinks of another.
const WINDOW: usize = 8;

pub(super) type Stream = WebSocketStream<TcpStream>;

/// A join that was asked for.
#[derive(Clone, Copy)]
pub(super) struct Asked {
    pub(super) at: Moment,
    pub(super) resumed: bool,
}

pub(super) struct Life {
    pub(super) record: Record,
    pub(super) status: Arc<Mutex<Status>>,
    pub(super) outbox: Outbox,
    /// Answers under way, until `synced`.
    pub(super) joins: BTreeMap<Room, Asked>,
    /// When to ask for a room again.
    pub(super) again: BTreeMap<Room, Instant>,
    /// Rooms that may be entered again once they have been taken away.
    pub(super) pardons: BTreeSet<Room>,
    /// Removals that were asked for, by their id.
    pub(super) removals: BTreeMap<Key, Message>,
    /// Frames to send.
    pub(super) replies: Vec<Value>,
    pub(super) dice: StdRng,
    pub(super) setting: Arc<Setting>,
    account: Account,
    keys: u128,
    next_words: Instant,
    vanishes: bool,
    stalls: bool,
    over: bool,
}

impl Life {
    pub(super) fn new(client: Client, account: Account, setting: Arc<Setting>, status: Arc<Mutex<Status>>) -> Self {
        let seed = setting.seed * 1000 + u64::from(client.0);
        let record = Record { start: setting.start, client, user: User(account.id), entries: Vec::new() };
        Self {
            record,
            status,
            outbox: Outbox::default(),
            joins: BTreeMap::new(),
            again: BTreeMap::new(),
            pardons: BTreeSet::new(),
            removals: BTreeMap::new(),
            replies: Vec::new(),
            dice: StdRng::seed_from_u64(seed),
            setting,
            account,
            keys: u128::from(seed + 1) << 64,
            next_words: Instant::now(),
            vanishes: false,
            stalls: false,
            over: false,
        }
    }

    /// Until told to stop, or gone.
    pub(super) async fn run(mut self, mut orders: mpsc::UnboundedReceiver<Command>) -> Vec<Entry> {
        let mut attempt = self.record.client.0 as usize;
        while !self.over {
            if let Some(stream) = self.connect(attempt).await {
                self.session(stream, &mut orders).await;
                self.lost();
            } else if let Ok(order) = orders.try_recv() {
                self.obey(&order);
            }
            attempt += 1;
            if !self.over {
                let pause = self.dice.random_range(30..150);
                tokio::time::sleep(Duration::from_millis(pause)).await;
            }
        }
        self.status.lock().expect("status").gone = true;
        self.record.entries
    }

    async fn connect(&self, attempt: usize) -> Option<Stream> {
        let address = self.setting.doors.pick(attempt)?;
        let mut request = format!("ws://{address}/ws").into_client_request().expect("a valid address");
        let protocols = format!("hallway.v1, bearer.{}", self.account.access);
        let protocols = HeaderValue::from_str(&protocols).expect("a header value");
        request.headers_mut().insert("sec-websocket-protocol", protocols);
        let socket = TcpSocket::new_v4().ok()?;
        // What is not read is to wait at the server, not in this machine's buffers.
        socket.set_recv_buffer_size(64 * 1024).ok()?;
        let address = address.parse().expect("an address");
        let connected = timeout(PATIENCE, async {
            let stream = socket.connect(address).await.ok()?;
            stream.set_nodelay(true).ok()?;
            Some(client_async(request, stream).await.ok()?.0)
        });
        connected.await.ok()?
    }

    async fn session(&mut self, mut stream: Stream, orders: &mut mpsc::UnboundedReceiver<Command>) {
        self.status.lock().expect("status").connections += 1;
        let rooms: Vec<Room> = self.wanted();
        for room in rooms {
            self.ask(room);
        }
        let mut tick = interval(TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let patience = if self.record.client.0 % 3 == 2 { LONG_PATIENCE } else { PATIENCE };
        let (mut heard, mut pinged) = (Instant::now(), Instant::now());
        loop {
            for reply in std::mem::take(&mut self.replies) {
                if !self.stalls && stream.send(Packet::text(reply.to_string())).await.is_err() {
                    return;
                }
            }
            tokio::select! {
                packet = stream.next(), if !self.stalls => match packet {
                    Some(Ok(Packet::Text(text))) => {
                        heard = Instant::now();
                        self.take(&serde_json::from_str(&text).expect("frames are JSON"));
                    }
                    Some(Ok(_)) => heard = Instant::now(),
                    Some(Err(_)) | None => return,
                },
                order = orders.recv() => {
                    self.obey(&order.unwrap_or(Command::Stop));
                    if self.over {
                        // As a page that is closed: what it saw until then is its story.
                        let _ = timeout(Duration::from_secs(1), stream.close(None)).await;
                        return;
                    }
                    heard = Instant::now();
                }
                _ = tick.tick() => {
                    if self.stalls {
                        continue;
                    }
                    if heard.elapsed() > patience {
                        return;
                    }
                    if pinged.elapsed() > Duration::from_secs(1) {
                        pinged = Instant::now();
                        self.replies.push(json!({"type": "ping"}));
                    }
                    self.think();
                }
            }
        }
    }

    fn obey(&mut self, order: &Command) {
        match order {
            &Command::Rejoin(room) => {
                let mut status = self.status.lock().expect("status");
                let place = status.rooms.get_mut(&room).expect("a room of ours");
                if std::mem::take(&mut place.shut_out) {
                    self.again.insert(room, Instant::now());
                } else {
                    // What shut us out is still to come, or passed while we were away.
                    self.pardons.insert(room);
                }
            }
            Command::Vanish => self.vanishes = true,
            Command::Stall => self.stalls = true,
            Command::Read => self.stalls = false,
            Command::Stop => self.over = true,
        }
    }

    fn wanted(&self) -> Vec<Room> {
        let status = self.status.lock().expect("status");
        status.rooms.iter().filter(|(_, place)| !place.shut_out).map(|(room, _)| *room).collect()
    }

    /// Asks for a room, from where we are.
    fn ask(&mut self, room: Room) {
        let cursor = self.status.lock().expect("status").rooms[&room].cursor;
        self.joins.insert(room, Asked { at: self.record.now(), resumed: cursor.is_some() });
        self.again.remove(&room);
        let mut join = json!({"type": "join", "room_id": room.0});
        if let Some(cursor) = cursor {
            join["since"] = cursor.into();
        }
        self.replies.push(join);
    }

    /// What is due without anything coming.
    fn think(&mut self) {
        let now = Instant::now();
        let due: Vec<Room> = self.again.iter().filter(|(_, at)| **at <= now).map(|(room, _)| *room).collect();
        for room in due {
            self.ask(room);
        }
        let follows: Vec<Room> = {
            let status = self.status.lock().expect("status");
            status.rooms.iter().filter(|(_, place)| place.follows).map(|(room, _)| *room).collect()
        };
        let talks = *self.setting.talking.borrow() && now >= self.next_words && self.outbox.len() < WINDOW;
        if talks && !follows.is_empty() {
            let spread = self.dice.random_range(0.5..1.5);
            self.next_words = now + self.setting.pause.mul_f64(spread);
            let room = follows[self.dice.random_range(0..follows.len())];
            let key = self.key();
            let mut text = format!("{key:?} ");
            text.extend(std::iter::repeat_n('x', self.setting.text));
            self.outbox.add(key, room, text);
        }
        if talks {
            self.pass_by(&follows);
        }
        for room in follows {
            self.flush(room);
        }
    }

    /// Now and then types, and now and then knocks where one has no business.
    fn pass_by(&mut self, follows: &[Room]) {
        if !follows.is_empty() && self.dice.random_range(0..100) < 5 {
            let room = follows[self.dice.random_range(0..follows.len())];
            self.record.note(room, Event::Typed);
            self.replies.push(json!({"type": "typing", "room_id": room.0, "isTyping": true}));
        }
        let setting = Arc::clone(&self.setting);
        let foreign = setting.guests().foreign.get(&self.record.user).map_or(&[][..], Vec::as_slice);
        if foreign.is_empty() || self.dice.random_range(0..100) >= 3 {
            return;
        }
        let room = foreign[self.dice.random_range(0..foreign.len())];
        let id = uuid::Uuid::from_u128(self.key().0);
        self.replies.push(match self.dice.random_range(0..4) {
            0 => json!({"type": "chat", "room_id": room.0, "message": "let me in", "id": id}),
            1 => json!({"type": "typing", "room_id": room.0, "isTyping": true}),
            _ => json!({"type": "join", "room_id": room.0}),
        });
    }

    pub(super) fn key(&mut self) -> Key {
        self.keys += 1;
        Key(self.keys)
    }

    pub(super) fn flush(&mut self, room: Room) {
        let frames = self.outbox.due(room, &mut self.record);
        self.replies.extend(frames);
        self.status.lock().expect("status").waiting = self.outbox.len();
    }

    /// The connection ended.
    fn lost(&mut self) {
        let mut status = self.status.lock().expect("status");
        status.server = None;
        for (room, place) in &mut status.rooms {
            place.shown.clear();
            place.follows = false;
            if !place.shut_out && !self.over {
                self.record.note(*room, Event::Left);
            }
        }
        drop(status);
        self.replies.clear();
        self.joins.clear();
        self.again.clear();
        self.removals.clear();
        self.outbox.lost_connection();
        self.stalls = false;
        self.over |= self.vanishes;
    }
}
