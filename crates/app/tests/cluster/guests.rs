//! Who may be in which room: every third is private, and only those who were asked in may see anything of it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use hallway_test_support::checker::{Client, Entry, Event, Room, User};
use serde_json::json;

use crate::client::Setting;
use crate::cluster::Cluster;
use crate::plan::Plan;
use crate::support::Account;

/// What clients know of each other and of the rooms.
#[derive(Default)]
pub(crate) struct Guests {
    pub(crate) ids: BTreeMap<String, User>,
    pub(crate) private: BTreeSet<Room>,
    /// Private rooms that these users are never asked into.
    pub(crate) foreign: BTreeMap<User, Vec<Room>>,
}

pub(crate) const fn is_private(number: usize) -> bool {
    number % 3 == 2
}

/// The rooms of a client: each in some of them, and each room with some of the clients.
pub(crate) fn rooms_of(number: usize, rooms: &[Room]) -> Vec<Room> {
    (0..rooms.len().min(4)).map(|step| rooms[(number + step * step) % rooms.len()]).collect()
}

/// Asks into the private rooms whoever has a client there, and notes who may be where.
pub(crate) async fn invite(
    cluster: &Cluster,
    plan: &Plan,
    setting: &Arc<Setting>,
    accounts: &[Account],
    rooms: &[Room],
) -> Vec<Entry> {
    let private: BTreeSet<Room> =
        rooms.iter().enumerate().filter(|(number, _)| is_private(*number)).map(|(_, room)| *room).collect();
    let mut asked_in: BTreeSet<(usize, Room)> = private.iter().map(|room| (0, *room)).collect();
    for client in 0..plan.clients {
        let own = rooms_of(client, rooms).into_iter().filter(|room| private.contains(room));
        asked_in.extend(own.map(|room| (client % accounts.len(), room)));
    }
    let mut entries = Vec::new();
    let mut guests = Guests { private, ..Guests::default() };
    for (number, account) in accounts.iter().enumerate() {
        let user = User(account.id);
        guests.ids.insert(account.username.clone(), user);
        for room in rooms {
            if guests.private.contains(room) {
                if !asked_in.contains(&(number, *room)) {
                    guests.foreign.entry(user).or_default().push(*room);
                    continue;
                }
                if number > 0 {
                    let body = json!({"username": account.username});
                    let path = format!("/rooms/{}/members", room.0);
                    cluster.any().post(&accounts[0], &path, body).await.ok(201);
                }
            }
            let (at, event) = (setting.start.elapsed(), Event::Granted { asked: Duration::ZERO });
            entries.push(Entry { at, client: Client(u32::MAX), user, room: *room, event });
        }
    }
    let is_first = setting.guests.set(guests).is_ok();
    assert!(is_first, "guests are asked once");
    entries
}
