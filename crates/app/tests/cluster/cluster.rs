//! The servers of a run.

use std::collections::BTreeMap;
use std::process::Command;
use std::sync::Arc;

use hallway_test_support::checker::Room;
use hallway_test_support::services::{postgres, redis};
use serde_json::{Value, json};

use crate::balancer::Balancer;
use crate::client::Setting;
use crate::guests::is_private;
use crate::plan::{HEARTBEAT_SECONDS, Plan, TTL_MS};
use crate::proxy::SlowWire;
use crate::support::{Account, Server};

pub(crate) struct Node {
    pub(crate) name: String,
    /// None while it is down.
    pub(crate) server: Option<Server>,
    settings: Vec<(String, String)>,
}

impl Node {
    pub(crate) async fn boot(&mut self) {
        let settings: Vec<_> = self.settings.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        self.server = Some(Server::start_with(&settings).await);
    }

    pub(crate) fn server(&self) -> &Server {
        self.server.as_ref().unwrap_or_else(|| panic!("{} is down", self.name))
    }

    /// SIGKILL, and gone.
    pub(crate) fn kill(&mut self) {
        drop(self.server.take());
    }

    pub(crate) fn signal(&self, signal: &str) {
        let pid = self.server().pid().to_string();
        let done = Command::new("kill").args([signal, &pid]).status().expect("kill runs");
        assert!(done.success(), "kill {signal} {pid}");
    }
}

pub(crate) struct Cluster {
    pub(crate) nodes: Vec<Node>,
    pub(crate) balancer: Option<Balancer>,
    pub(crate) setting: Arc<Setting>,
    /// Between the first node and Redis.
    pub(crate) wire: Option<SlowWire>,
    /// None where there is one node.
    pub(crate) redis: Option<redis::OwnServer>,
    pub(crate) postgres: postgres::OwnServer,
}

impl Cluster {
    pub(crate) async fn start(plan: &Plan, setting: &Arc<Setting>) -> Self {
        let postgres = postgres::OwnServer::start().await;
        let redis = (plan.nodes > 1).then(|| redis::OwnServer::start().expect("redis-server is installed"));
        let wire = match &redis {
            Some(redis) => Some(SlowWire::to(redis.url().trim_start_matches("redis://").to_owned()).await),
            None => None,
        };
        let mut nodes = Vec::new();
        for number in 0..plan.nodes {
            let name = format!("node{number}");
            let mut settings: Vec<(String, String)> = [
                ("DATABASE_URL", postgres.url().as_str()),
                ("SERVER_ID", &name),
                ("HALLWAY_AUTH__SECRET", "a secret of the tests, long enough for HS256"),
                ("HALLWAY_LIMITS__RATES", "off"),
                ("HALLWAY_LIMITS__REPLAY_EVENTS", "100000"),
                ("WS_HEARTBEAT_INTERVAL", HEARTBEAT_SECONDS),
                ("WS_HEARTBEAT_TTL_MS", TTL_MS),
            ]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into();
            if let (Some(redis), Some(wire)) = (&redis, &wire) {
                let url = if number == 0 { format!("redis://{}", wire.address) } else { redis.url() };
                settings.push(("REDIS_URL".to_owned(), url));
            }
            settings.extend(plan.settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
            nodes.push(Node { name, server: None, settings });
        }
        let mut cluster = Self { nodes, balancer: None, setting: Arc::clone(setting), wire, redis, postgres };
        for node in &mut cluster.nodes {
            node.boot().await;
        }
        if plan.balanced {
            let balancer = Balancer::start(&cluster.nodes);
            for node in &cluster.nodes {
                balancer.sees(&node.name).await;
            }
            cluster.balancer = Some(balancer);
        }
        cluster.open();
        cluster
    }

    /// Tells the clients where the servers are.
    pub(crate) fn open(&self) {
        let direct = || self.nodes.iter().filter_map(|node| Some(node.server.as_ref()?.address.clone())).collect();
        self.setting.doors.open(self.balancer.as_ref().map_or_else(direct, |balancer| vec![balancer.address.clone()]));
    }

    /// The nodes that are up.
    pub(crate) fn up(&self) -> impl Iterator<Item = &Node> {
        self.nodes.iter().filter(|node| node.server.is_some())
    }

    pub(crate) fn any(&self) -> &Server {
        self.up().next().expect("a node is up").server()
    }

    /// Accounts, several at a time: hashing a password takes a while.
    pub(crate) async fn accounts(&self, count: usize) -> Vec<Account> {
        let mut accounts = Vec::new();
        for number in 0..count {
            accounts.push(self.any().account(&format!("user{number}")).await);
        }
        accounts
    }

    pub(crate) async fn room(&self, owner: &Account, number: usize) -> Room {
        Room(self.any().room(owner, &format!("room{number}"), is_private(number)).await)
    }

    /// Names of who is in each room, as this node tells it.
    pub(crate) async fn presence(
        node: &Node,
        asking: &Account,
        rooms: &[Room],
    ) -> BTreeMap<Room, std::collections::BTreeSet<String>> {
        let mut found = BTreeMap::new();
        for room in rooms {
            let answer = node.server().get(asking, &format!("/rooms/{}/presence", room.0)).await.ok(200);
            let users = answer["users"].as_array().expect("users").iter();
            found.insert(*room, users.map(|name| name.as_str().expect("a name").to_owned()).collect());
        }
        found
    }

    /// The whole history of a room, as this node tells it.
    pub(crate) async fn history(node: &Node, asking: &Account, room: Room) -> Vec<Value> {
        let mut found = Vec::new();
        loop {
            let path = format!("/api/v1/rooms/{}/messages?limit=200&offset={}", room.0, found.len());
            let page = node.server().get(asking, &path).await.ok(200);
            found.extend(page["items"].as_array().expect("items").iter().cloned());
            if page["has_more"] != json!(true) {
                return found;
            }
        }
    }
}
