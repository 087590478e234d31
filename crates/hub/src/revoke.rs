//! Letting go, at once.

use hallway_domain::{Revocation, RoomId, RoomLoss, Seq, UserId};

use crate::{Hub, Notice};

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
            Revocation::Membership { room, user, why, seq } => self.revoke_membership(room, user, (why, seq)),
            Revocation::NonMembers { room } => {
                if let Some(topic) = self.topic(room) {
                    self.spawn(|hub| async move { hub.drop_strangers(&topic).await });
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

    fn revoke_membership(&self, room: RoomId, user: UserId, (why, seq): (RoomLoss, Seq)) {
        let Some(topic) = self.topic(room) else { return };
        topic.state.lock().take_away(room, user, (why, seq), self.deps.encoder.as_ref());
        self.release(&topic);
    }
}
