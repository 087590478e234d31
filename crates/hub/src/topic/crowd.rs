//! How far people have read, in rooms with many of them. Every message moves the mark of everybody: were everybody told of
//! every mark, each message would cost as many frames as there are pairs of people.

use std::collections::HashSet;

use hallway_domain::{Signal, SignalKind, UserId};

use super::TopicState;

/// Whether it says how far somebody has read or received.
pub(super) const fn is_mark(signal: &Signal) -> bool {
    matches!(signal.kind, SignalKind::Read { .. } | SignalKind::Delivered { .. } | SignalKind::Receipts { .. })
}

/// Whether a mark is one's own, or about one's own messages.
pub(super) fn concerns(signal: &Signal, user: UserId) -> bool {
    match &signal.kind {
        SignalKind::Read { user: reader, .. } | SignalKind::Delivered { user: reader, .. } => reader.id == user,
        SignalKind::Receipts { user: reader, messages, .. } => {
            reader.id == user || messages.iter().any(|receipt| receipt.author == user)
        }
        _ => true,
    }
}

impl TopicState {
    /// Whether too many people follow the room here for all of them to be told of each other's marks.
    pub(super) fn is_crowd(&self) -> bool {
        if self.subscribers.len() <= self.crowd {
            return false;
        }
        let mut people = HashSet::new();
        self.subscribers.values().any(|it| people.insert(it.connection.info.user.id) && people.len() > self.crowd)
    }
}
