//! Somebody who shuts people out of rooms and lets them in again, while everything else goes on.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use hallway_test_support::checker::{Client, Entry, Event, Room, User};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::sync::watch;

use crate::client::{Command, Setting};
use crate::support::{Account, DEADLINE};

/// Whom it may be about.
pub(crate) struct Subject {
    pub(crate) user: User,
    pub(crate) account: Account,
    /// All of the user's clients.
    pub(crate) clients: Vec<(Client, tokio::sync::mpsc::UnboundedSender<Command>)>,
    pub(crate) rooms: Vec<Room>,
}

pub(crate) struct Moderator {
    pub(crate) setting: Arc<Setting>,
    pub(crate) account: Account,
    pub(crate) subjects: Vec<Subject>,
    pub(crate) entries: Vec<Entry>,
    /// How often somebody was shut out and let in again.
    pub(crate) rounds: Arc<AtomicUsize>,
}

impl Moderator {
    /// Until told to stop; then nobody is shut out. What was done, and how often.
    pub(crate) async fn run(mut self, mut stop: watch::Receiver<bool>) -> (Vec<Entry>, usize) {
        let mut dice = StdRng::seed_from_u64(self.setting.seed ^ 0xBA2);
        let http = reqwest::Client::builder().timeout(Duration::from_secs(2)).no_proxy().build().expect("a client");
        while !*stop.borrow() {
            let subject = dice.random_range(0..self.subjects.len());
            let room = self.subjects[subject].rooms[dice.random_range(0..self.subjects[subject].rooms.len())];
            let account = self.subjects[subject].account.clone();
            // Out of private rooms people go in more ways: there they see nothing until somebody lets them in again.
            let way = if self.setting.guests().private.contains(&room) { dice.random_range(0..4) } else { 0 };
            let leave =
                (account.clone(), Request::new(Method::DELETE, format!("/rooms/{}/leave", room.0), Value::Null));
            let kick = format!("/api/v1/rooms/{}/members/{}", room.0, account.id);
            let kick = (self.account.clone(), Request::new(Method::DELETE, kick, json!({"reason": "round"})));
            let ban = format!("/api/v1/rooms/{}/bans/{}", room.0, account.id);
            let own = self.account.clone();
            let ban = |method| (own.clone(), Request::new(method, ban.clone(), Value::Null));
            let (by, out) = match way {
                1 => leave,
                2 | 3 => kick,
                _ => ban(Method::PUT),
            };
            self.change(&http, (subject, room), &by, (&out, Change::Out)).await;
            wait(&mut stop, Duration::from_millis(dice.random_range(100..500))).await;
            let link = if dice.random_bool(0.5) { self.link(&http, room).await } else { None };
            let by_link = link.as_ref().map(|link| Request::new(Method::POST, link.path(), Value::Null));
            let add = json!({"username": account.username});
            let add = Request::new(Method::POST, format!("/rooms/{}/members", room.0), add);
            match (way, by_link, link) {
                (1..=3, Some(by_link), _) => {
                    self.change(&http, (subject, room), &account, (&by_link, Change::In)).await;
                }
                (1..=3, None, _) => {
                    let by = self.account.clone();
                    self.change(&http, (subject, room), &by, (&add, Change::In)).await;
                }
                (_, by_link, link) => {
                    // Neither a link nor asking again opens the room to who is banned, whichever node is asked.
                    if let (Some(by_link), Some(link)) = (by_link, link) {
                        self.refused(&http, &account, &by_link).await;
                        let (by, end) = (self.account.clone(), Request::new(Method::DELETE, link.own, Value::Null));
                        self.ask(&http, &by, &end).await;
                    }
                    let join = Request::new(Method::POST, format!("/rooms/{}/join", room.0), Value::Null);
                    self.refused(&http, &account, &join).await;
                    let (by, lift) = ban(Method::DELETE);
                    self.change(&http, (subject, room), &by, (&lift, Change::In)).await;
                }
            }
            for (_, commands) in &self.subjects[subject].clients {
                let _ = commands.send(Command::Rejoin(room));
            }
            self.rounds.fetch_add(1, Ordering::SeqCst);
            wait(&mut stop, Duration::from_millis(dice.random_range(200..600))).await;
        }
        (self.entries, self.rounds.load(Ordering::SeqCst))
    }

    /// A new link for one, from whichever node makes it; none where none does just now.
    async fn link(&self, http: &reqwest::Client, room: Room) -> Option<Link> {
        let path = format!("/api/v1/rooms/{}/invites", room.0);
        let make = Request::new(Method::POST, path.clone(), json!({"max_uses": 1, "seconds": 600}));
        let response = self.send(http, &self.account, &make, 0).await?;
        let link: Value = response.error_for_status().ok()?.json().await.ok()?;
        Some(Link { code: link["code"].as_str()?.to_owned(), own: format!("{path}/{}", link["id"]) })
    }

    /// Asks a node for what must not be given.
    async fn refused(&self, http: &reqwest::Client, by: &Account, ask: &Request) {
        if let Some(response) = self.send(http, by, ask, 0).await {
            let status = response.status();
            let is_no = status == StatusCode::FORBIDDEN || status == StatusCode::NOT_FOUND;
            assert!(is_no || status.is_server_error(), "{} got {status} for {ask:?}", by.username);
        }
    }

    /// Asks a node, which may not answer.
    async fn ask(&self, http: &reqwest::Client, by: &Account, ask: &Request) {
        drop(self.send(http, by, ask, 0).await);
    }

    async fn send(
        &self,
        http: &reqwest::Client,
        by: &Account,
        ask: &Request,
        attempt: usize,
    ) -> Option<reqwest::Response> {
        let url = format!("http://{}{}", self.setting.doors.pick(attempt)?, ask.path);
        let request = http.request(ask.method.clone(), url).bearer_auth(&by.access);
        let request = if ask.body.is_null() { request } else { request.json(&ask.body) };
        request.send().await.ok()
    }

    /// Asks one node after the other until one has done it, or an answer that got lost had done it before.
    async fn change(
        &mut self,
        http: &reqwest::Client,
        (subject, room): (usize, Room),
        by: &Account,
        (ask, change): (&Request, Change),
    ) {
        let asked = self.setting.start.elapsed();
        let (user, client) = (self.subjects[subject].user, self.subjects[subject].clients[0].0);
        let deadline = Instant::now() + DEADLINE;
        for attempt in 0.. {
            assert!(Instant::now() < deadline, "no node changes what {user:?} may do");
            match self.send(http, by, ask, attempt).await.map(|response| response.status()) {
                Some(status) if status.is_success() => break,
                // Not a member any more, or already one again.
                Some(StatusCode::NOT_FOUND | StatusCode::CONFLICT) if attempt > 0 => break,
                Some(status) if status.is_client_error() => panic!("{ask:?} of {user:?} in {room:?}: {status}"),
                _ => tokio::time::sleep(Duration::from_millis(50)).await,
            }
        }
        let at = self.setting.start.elapsed();
        let event = match change {
            Change::Out => Event::Revoked { asked },
            Change::In => Event::Granted { asked },
        };
        self.entries.push(Entry { at, client, user, room, event });
    }
}

#[derive(Clone, Copy)]
enum Change {
    Out,
    In,
}

/// A link into a room.
struct Link {
    code: String,
    /// Where it is revoked.
    own: String,
}

impl Link {
    fn path(&self) -> String {
        format!("/api/v1/invites/{}", self.code)
    }
}

#[derive(Debug)]
struct Request {
    method: Method,
    path: String,
    body: Value,
}

impl Request {
    fn new(method: Method, path: String, body: Value) -> Self {
        Self { method, path, body }
    }
}

async fn wait(stop: &mut watch::Receiver<bool>, pause: Duration) {
    let _ = tokio::time::timeout(pause, stop.wait_for(|stop| *stop)).await;
}
