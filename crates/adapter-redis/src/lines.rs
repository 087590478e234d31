//! Devices of calls on any node, and what waits for them.
//!
//! A user's devices are a hash: device to connection and node. A device counts as long as the lease of its node: a key
//! that the node renews. A node that finds its lease gone was thought dead, or Redis was emptied: it attaches all of its
//! devices again.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use fred::interfaces::{HashesInterface as _, KeysInterface as _};
use fred::types::{Expiration, SetOptions};
use hallway_domain::UserId;
use hallway_domain::call::{CallId, DeviceId, Kept, MAX_KEPT, MAX_RUNG, Party, Payload};
use hallway_domain::ports::{CallLines, Line, LineError};
use parking_lot::Mutex;
use uuid::Uuid;

use crate::envelope::{read_payload, write_payload};
use crate::link::{Link, script};
use crate::names::Names;

script!(KEEP, "lua/keep.lua");
script!(FORGET, "lua/forget.lua");
script!(DETACH, "lua/detach.lua");

/// How long payloads are kept after the last one: longer than any call rings or waits.
const KEPT_FOR: Duration = Duration::from_mins(10);
/// How long a list of devices outlives the last time that it was written.
const LISTED_FOR: Duration = Duration::from_hours(24);
/// A node says every second that it is there; some of that may be lost.
const LEAST_LEASE: Duration = Duration::from_secs(10);
/// After so many renewals everything is attached again, so that no list ends while its devices are there.
const RENEWALS: u32 = 1000;

pub struct RedisCallLines {
    link: Arc<Link>,
    names: Names,
    node: String,
    lease: Duration,
    own: Mutex<HashSet<Line>>,
    renewals: AtomicU32,
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

fn party(party: Party) -> String {
    format!("{}:{}", party.side.word(), party.device.0)
}

impl RedisCallLines {
    /// Begins this node's lease.
    pub(crate) async fn start(link: Arc<Link>, names: Names, node: String, lease: Duration) -> Result<Self, String> {
        let lease = lease.max(LEAST_LEASE);
        let lines = Self { link, names, node, lease, own: Mutex::default(), renewals: AtomicU32::new(0) };
        lines.hold().await?;
        Ok(lines)
    }

    /// Whether the lease had not ended.
    async fn hold(&self) -> Result<bool, String> {
        let (key, end) = (self.names.lines_of_node(&self.node), Expiration::PX(millis(self.lease)));
        let before: Option<String> =
            self.link.ask(async |client| client.set(key, "1", Some(end), None::<SetOptions>, true).await).await?;
        Ok(before.is_some())
    }

    /// Gives the lease back: the devices of this node are not there any more.
    pub(crate) async fn end(&self) -> Result<(), String> {
        let key = self.names.lines_of_node(&self.node);
        self.link.ask(async |client| client.del::<(), _>(key).await).await
    }

    fn value(&self, line: &Line) -> String {
        format!("{}|{}", line.connection.0, self.node)
    }

    async fn enter(&self, line: &Line) -> Result<(), String> {
        let (key, value) = (self.names.devices_of(line.user), self.value(line));
        self.link
            .ask(async |client| {
                client.hset::<(), _, _>(&key, (line.device.0.to_string(), value)).await?;
                client.pexpire::<(), _>(&key, millis(LISTED_FOR), None).await
            })
            .await
    }

    async fn all_of(&self, key: String) -> Result<HashMap<String, String>, String> {
        self.link.ask(async |client| client.hgetall(key).await).await
    }

    async fn is_alive(&self, node: &str) -> Result<bool, String> {
        if node == self.node {
            return Ok(true);
        }
        let key = self.names.lines_of_node(node);
        self.link.ask(async |client| client.exists::<i64, _>(key).await).await.map(|found| found > 0)
    }

    async fn there(&self, user: UserId) -> Result<Vec<DeviceId>, String> {
        let listed = self.all_of(self.names.devices_of(user)).await?;
        let mut alive: HashMap<String, bool> = HashMap::new();
        let mut devices = Vec::new();
        for (device, value) in listed {
            let (Ok(id), Some((_, node))) = (Uuid::parse_str(&device), value.split_once('|')) else { continue };
            let lives = if let Some(lives) = alive.get(node) {
                *lives
            } else {
                let lives = self.is_alive(node).await?;
                alive.insert(node.to_owned(), lives);
                lives
            };
            if lives {
                devices.push(DeviceId(id));
            } else {
                // Unless it is back by now.
                let arguments = vec![device, value];
                self.link.run::<i64>(&DETACH, vec![self.names.devices_of(user)], arguments).await?;
            }
        }
        devices.truncate(MAX_RUNG);
        Ok(devices)
    }
}

#[async_trait]
impl CallLines for RedisCallLines {
    async fn attach(&self, line: Line) -> Result<(), LineError> {
        // First, so that it is attached later where Redis does not answer now.
        self.own.lock().insert(line);
        self.enter(&line).await.map_err(LineError)
    }

    async fn detach(&self, line: Line) -> Result<bool, LineError> {
        self.own.lock().remove(&line);
        let arguments = vec![line.device.0.to_string(), self.value(&line)];
        let gone = self.link.run::<i64>(&DETACH, vec![self.names.devices_of(line.user)], arguments).await;
        gone.map(|gone| gone == 1).map_err(LineError)
    }

    async fn devices(&self, user: UserId) -> Result<Vec<DeviceId>, LineError> {
        self.there(user).await.map_err(LineError)
    }

    async fn renew(&self) -> Result<(), LineError> {
        let held = self.hold().await.map_err(LineError)?;
        if held && self.renewals.fetch_add(1, Ordering::Relaxed) % RENEWALS != RENEWALS - 1 {
            return Ok(());
        }
        let own: Vec<Line> = self.own.lock().iter().copied().collect();
        for line in own {
            self.enter(&line).await.map_err(LineError)?;
            if !self.own.lock().contains(&line) {
                // It went meanwhile.
                self.detach(line).await?;
            }
        }
        Ok(())
    }

    async fn keep(&self, call: &CallId, from: Party, what: Kept, payload: &Payload) -> Result<(), LineError> {
        let payload = write_payload(payload).map_err(LineError)?;
        let (most, ttl) = (MAX_KEPT.to_string(), millis(KEPT_FOR).to_string());
        let arguments = vec![party(from), what.word().to_owned(), payload, most, ttl];
        self.link.run::<i64>(&KEEP, vec![self.names.kept_of(call)], arguments).await.map(drop).map_err(LineError)
    }

    async fn kept(&self, call: &CallId, from: Party) -> Result<Vec<(Kept, Payload)>, LineError> {
        let own = format!("{}:", party(from));
        let all = self.all_of(self.names.kept_of(call)).await.map_err(LineError)?;
        let mut found: Vec<(Kept, String, Payload)> = all
            .into_iter()
            .filter_map(|(field, text)| {
                let rest = field.strip_prefix(&own)?;
                let what = Kept::from_word(rest.split(':').next()?)?;
                Some((what, rest.to_owned(), read_payload(&text)?))
            })
            .collect();
        let key = |(what, rest, _): &(Kept, String, Payload)| (*what == Kept::Candidate, *what, rest.clone());
        found.sort_by_key(key);
        Ok(found.into_iter().map(|(what, _, payload)| (what, payload)).collect())
    }

    async fn forget(&self, call: &CallId, from: Party) -> Result<(), LineError> {
        let key = vec![self.names.kept_of(call)];
        self.link.run::<i64>(&FORGET, key, vec![party(from)]).await.map(drop).map_err(LineError)
    }

    async fn close(&self, call: &CallId) -> Result<(), LineError> {
        let key = self.names.kept_of(call);
        self.link.ask(async |client| client.del::<(), _>(key).await).await.map_err(LineError)
    }
}
