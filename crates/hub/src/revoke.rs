//! Letting go, at once.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use hallway_domain::{Revocation, RoomId, RoomLoss, UserId};

use crate::topic::Topic;
use crate::{Hub, Notice};

/// How long it may take to find out who is a member. Who is not known to be one by then loses the room.
const MEMBER_CHECK: Duration = Duration::from_millis(900);
const MEMBER_PAGE: u32 = 1000;

impl Hub {
    pub(crate) fn revoke(&self, revocation: &Revocation) {
        let encoder = self.deps.encoder.as_ref();
        match *revocation {
            Revocation::Session { session, why } => {
                let connections = self.connections.lock().of_session(session);
                for connection in connections {
                    connection.close(why, encoder);
                }
            }
            Revocation::User { user, except, why } => {
                let connections = self.connections.lock().of_user(user);
                for connection in connections.iter().filter(|connection| Some(connection.info.session) != except) {
                    connection.close(why, encoder);
                }
            }
            Revocation::Membership { room, user, why } => self.revoke_membership(room, user, why),
            Revocation::NonMembers { room } => {
                if let Some(topic) = self.topic(room) {
                    self.spawn(|hub| async move { hub.drop_non_members(&topic).await });
                }
            }
            Revocation::Room { room } => {
                if let Some(topic) = self.topic(room) {
                    self.lose_room(&topic, RoomLoss::Deleted);
                }
            }
            Revocation::Granted { room, user } => {
                let connections = self.connections.lock().of_user(user);
                for connection in connections {
                    connection.notify(Notice::Granted { room });
                }
            }
        }
    }

    fn revoke_membership(&self, room: RoomId, user: UserId, why: RoomLoss) {
        let Some(topic) = self.topic(room) else { return };
        {
            let mut state = topic.state.lock();
            for (_, id, _) in state.users().into_iter().filter(|(other, ..)| *other == user) {
                state.lose(room, id, why, self.deps.encoder.as_ref());
            }
        }
        self.release(&topic);
    }

    /// The room became private. Whoever reserves from now on is judged by a policy that knows; whoever was there
    /// before is looked up, and not being found in time counts as not being a member.
    async fn drop_non_members(&self, topic: &Arc<Topic>) {
        let present = topic.state.lock().users();
        let users: BTreeSet<UserId> = present.iter().map(|(user, ..)| *user).collect();
        let members = tokio::time::timeout(MEMBER_CHECK, self.members_among(topic.room, users)).await;
        let members = members.unwrap_or_else(|_| {
            tracing::error!(room.id = topic.room.0, "members could not be read: everybody has to join again");
            BTreeSet::new()
        });
        {
            let mut state = topic.state.lock();
            for (_, id, token) in present.into_iter().filter(|(user, ..)| !members.contains(user)) {
                // A reservation made meanwhile is not meant.
                let is_same = token.is_none_or(|token| state.subscriber(id, token).is_some());
                if is_same {
                    state.lose(topic.room, id, RoomLoss::MadePrivate, self.deps.encoder.as_ref());
                }
            }
        }
        self.release(topic);
    }

    /// Those of the users who are members. Tries until it is told to stop.
    async fn members_among(&self, room: RoomId, users: BTreeSet<UserId>) -> BTreeSet<UserId> {
        let mut members = BTreeSet::new();
        let Some(last) = users.last().copied() else { return members };
        let mut after = users.first().map(|first| UserId(first.0 - 1));
        loop {
            match self.deps.store.queries().member_ids(room, after, MEMBER_PAGE).await {
                Ok(page) => {
                    let newest = page.last().copied();
                    members.extend(page.iter().filter(|user| users.contains(user)));
                    match newest {
                        Some(newest) if newest < last => after = Some(newest),
                        _ => return members,
                    }
                }
                Err(error) => {
                    tracing::warn!(room.id = room.0, %error, "could not read the members of room {room}");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }
        }
    }
}
