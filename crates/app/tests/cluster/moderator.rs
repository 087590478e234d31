//! Somebody who shuts people out of rooms and lets them in again, while everything else goes on.

use std::sync::Arc;
use std::time::{Duration, Instant};

use hallway_test_support::checker::{Client, Entry, Event, Room, User};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use reqwest::Method;
use serde_json::json;
use tokio::sync::watch;

use crate::client::{Command, Setting};
use crate::support::{Account, DEADLINE};

/// Whom it may be about.
pub(crate) struct Subject {
    pub(crate) user: User,
    /// All of the user's clients.
    pub(crate) clients: Vec<(Client, tokio::sync::mpsc::UnboundedSender<Command>)>,
    pub(crate) rooms: Vec<Room>,
}

pub(crate) struct Moderator {
    pub(crate) setting: Arc<Setting>,
    pub(crate) account: Account,
    pub(crate) subjects: Vec<Subject>,
    pub(crate) entries: Vec<Entry>,
}

impl Moderator {
    /// Until told to stop; then nobody is shut out. What was done, and how often.
    pub(crate) async fn run(mut self, mut stop: watch::Receiver<bool>) -> (Vec<Entry>, usize) {
        let mut dice = StdRng::seed_from_u64(self.setting.seed ^ 0xBA2);
        let http = reqwest::Client::builder().timeout(Duration::from_secs(2)).no_proxy().build().expect("a client");
        let mut bans = 0;
        while !*stop.borrow() {
            let subject = dice.random_range(0..self.subjects.len());
            let room = self.subjects[subject].rooms[dice.random_range(0..self.subjects[subject].rooms.len())];
            self.sanction(&http, subject, room, true).await;
            bans += 1;
            wait(&mut stop, Duration::from_millis(dice.random_range(100..500))).await;
            self.sanction(&http, subject, room, false).await;
            for (_, commands) in &self.subjects[subject].clients {
                let _ = commands.send(Command::Rejoin(room));
            }
            wait(&mut stop, Duration::from_millis(dice.random_range(200..600))).await;
        }
        (self.entries, bans)
    }

    /// Asks one node after the other until one has done it.
    async fn sanction(&mut self, http: &reqwest::Client, subject: usize, room: Room, on: bool) {
        let asked = self.setting.start.elapsed();
        let (user, client) = (self.subjects[subject].user, self.subjects[subject].clients[0].0);
        let deadline = Instant::now() + DEADLINE;
        for attempt in 0.. {
            assert!(Instant::now() < deadline, "no node bans anybody");
            if let Some(address) = self.setting.doors.pick(attempt) {
                let url = format!("http://{address}/rooms/{}/members/{}/ban", room.0, user.0);
                let request = http.request(Method::POST, url).bearer_auth(&self.account.access);
                match request.json(&json!({"on": on})).send().await.map(|response| response.status()) {
                    Ok(status) if status.is_success() => break,
                    Ok(status) if status.is_client_error() => panic!("ban {on} of {user:?} in {room:?}: {status}"),
                    _ => {}
                }
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let at = self.setting.start.elapsed();
        let event = if on { Event::Revoked { asked } } else { Event::Granted { asked } };
        self.entries.push(Entry { at, client, user, room, event });
    }
}

async fn wait(stop: &mut watch::Receiver<bool>, pause: Duration) {
    let _ = tokio::time::timeout(pause, stop.wait_for(|stop| *stop)).await;
}
