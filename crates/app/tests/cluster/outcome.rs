//! What is looked at when all is quiet, and what the checker says of it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use hallway_test_support::checker::{FinalPresence, FinalRead, Room, Seq, User};
use hallway_test_support::services::postgres::heads;

use crate::client::{Handle, told};
use crate::cluster::Cluster;
use crate::support::Account;

/// Whether this client has everything up to these places, in the rooms that it may follow.
fn is_level(client: &Handle, heads: &[(Room, Seq)]) -> bool {
    let status = client.status();
    status.gone
        || heads.iter().all(|(room, head)| {
            let place = status.rooms.get(room).filter(|place| !place.shut_out);
            place.is_none_or(|place| place.follows && place.cursor >= Some(*head))
        })
}

/// Waits until every client has all that is in the log now; how long that took. It is an error after `within`.
pub(crate) async fn level(cluster: &Cluster, clients: &[Handle], within: Duration) -> Duration {
    let start = Instant::now();
    let heads = heads(&cluster.postgres.url()).await.expect("the database answers");
    // Who has been level once is: that somebody is shut out of a room and comes back meanwhile is another story.
    let mut behind: Vec<_> = clients.iter().collect();
    loop {
        behind.retain(|client| !is_level(client, &heads));
        if behind.is_empty() {
            return start.elapsed();
        }
        if start.elapsed() > within {
            for client in &behind {
                let status = client.status();
                let places: Vec<_> = (status.rooms.iter())
                    .map(|(room, place)| (room.0, place.cursor, place.follows, place.shut_out))
                    .collect();
                println!(
                    "behind: {:?} on {:?}, {} waiting, {} acked: (room, cursor, follows, shut out) {places:?}",
                    client.client, status.server, status.waiting, status.acked
                );
            }
            panic!("{} clients are not level with the log after {within:?}: {heads:?}", behind.len());
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Waits until everybody shows who is there; what they show in the end, and how long that took. Clients are looked at
/// all the time, the nodes asked when the clients are right: asking is work for machines that have enough.
pub(crate) async fn presence(
    cluster: &Cluster,
    clients: &[Handle],
    rooms: &[Room],
    within: Duration,
) -> (Vec<FinalPresence>, Duration) {
    let ids: BTreeMap<String, User> =
        clients.iter().map(|client| (client.account.username.clone(), User(client.account.id))).collect();
    let user = |name: &String| ids.get(name).copied().unwrap_or(User(-1));
    let start = Instant::now();
    loop {
        let took = start.elapsed();
        let mut shown = Vec::new();
        if is_right(&views(clients, &user), &truth(clients)) || took > within {
            for node in cluster.up() {
                for (room, names) in Cluster::presence(node, &clients[0].account, rooms).await {
                    let observer = node.name.clone();
                    shown.push(FinalPresence { observer, room, shown: names.iter().map(user).collect() });
                }
            }
            shown.extend(views(clients, &user));
            let truth = truth(clients);
            if is_right(&shown, &truth) {
                return (shown, took);
            }
            if took > within {
                for seen in shown.iter().filter(|seen| !agrees(seen, &truth)).take(5) {
                    println!("wrong: {} shows {:?}, there are {:?}", seen.observer, seen.shown, truth.get(&seen.room));
                }
                return (shown, took);
            }
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Who follows each room, by what the clients themselves know.
fn truth(clients: &[Handle]) -> BTreeMap<Room, BTreeSet<User>> {
    let mut truth: BTreeMap<Room, BTreeSet<User>> = BTreeMap::new();
    for client in clients {
        for (room, _) in client.status().rooms.iter().filter(|(_, place)| place.follows) {
            truth.entry(*room).or_default().insert(User(client.account.id));
        }
    }
    truth
}

/// Whom each client shows in each room that it follows.
fn views(clients: &[Handle], user: &impl Fn(&String) -> User) -> Vec<FinalPresence> {
    let mut views = Vec::new();
    for client in clients {
        for (room, place) in client.status().rooms.iter().filter(|(_, place)| place.follows) {
            let observer = format!("{:?}", client.client);
            views.push(FinalPresence { observer, room: *room, shown: place.shown.iter().map(user).collect() });
        }
    }
    views
}

fn agrees(seen: &FinalPresence, truth: &BTreeMap<Room, BTreeSet<User>>) -> bool {
    truth.get(&seen.room).is_none_or(|there| *there == seen.shown)
}

fn is_right(shown: &[FinalPresence], truth: &BTreeMap<Room, BTreeSet<User>>) -> bool {
    shown.iter().all(|seen| agrees(seen, truth))
}

/// The history of every room, as each node tells it to somebody who may read it.
pub(crate) async fn reads(cluster: &Cluster, asking: &Account, rooms: &[Room]) -> Vec<FinalRead> {
    let mut reads = Vec::new();
    for node in cluster.up() {
        for room in rooms {
            let messages = Cluster::history(node, asking, *room).await.iter().map(told).collect();
            reads.push(FinalRead { node: node.name.clone(), user: User(asking.id), room: *room, messages });
        }
    }
    reads
}
