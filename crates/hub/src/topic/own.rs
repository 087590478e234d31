//! What concerns one user alone: told to that user's connections, whether they have joined the room or only watch it.

use std::sync::Arc;

use hallway_domain::{Signal, SignalKind, UserId};

use super::fanout::coalesce_key;
use super::{Stage, TopicState};
use crate::Encoder;
use crate::connections::Connection;

impl TopicState {
    pub(super) fn signal_own(&mut self, user: UserId, signal: &Signal, encoder: &dyn Encoder) {
        let (Some(cursor), Some(key)) = (&self.cursor, coalesce_key(signal)) else { return };
        let (_, label) = cursor.label_for(user);
        let is_own =
            |connection: &Connection| connection.info.user.id == user && signal.except != Some(connection.info.id);
        let joined = self.subscribers.values().filter(|it| matches!(it.stage, Stage::Live)).map(|it| &it.connection);
        let watching = self.watchers.iter().filter(|(id, _)| !self.subscribers.contains_key(id));
        let connections: Vec<&Arc<Connection>> =
            joined.chain(watching.map(|(_, it)| &it.connection)).filter(|it| is_own(it)).collect();
        for connection in connections {
            let frame = encoder.signal(connection.info.dialect, label, signal);
            if !frame.is_empty() {
                connection.mailbox.push_ephemeral(key, frame);
            }
        }
        if let SignalKind::MarkedUnread { unread, mentions, .. } = signal.kind {
            self.note_unread(user, (unread, mentions));
        }
    }
}
