//! What keys and channels are called.
//!
//! On a cluster a script may only touch keys of one slot, so the keys that a script touches together share a part in
//! braces: both keys of a room that of the room, both sets of nodes that of the nodes. A node's index lies elsewhere;
//! it is written before the room and removed after it, so that it never names too little.

use hallway_domain::call::CallId;
use hallway_domain::{RoomId, UserId};

#[derive(Clone, Debug)]
pub(crate) struct Names {
    prefix: String,
}

impl Names {
    pub(crate) const fn new(prefix: String) -> Self {
        Self { prefix }
    }

    /// Channel of a room's events and signals.
    pub(crate) fn room_channel(&self, room: RoomId) -> String {
        format!("{}c:{room}", self.prefix)
    }

    /// Channel of what concerns every node.
    pub(crate) fn all_channel(&self) -> String {
        format!("{}all", self.prefix)
    }

    /// Channel on which a node hears itself.
    pub(crate) fn probe_channel(&self, node: &str) -> String {
        format!("{}n:{node}", self.prefix)
    }

    /// Hash: who is in a room, and hash: what keeps them there.
    pub(crate) fn room(&self, room: RoomId) -> Vec<String> {
        vec![format!("{}p:{{{room}}}:users", self.prefix), format!("{}p:{{{room}}}:seats", self.prefix)]
    }

    /// Sorted sets: nodes by the end of their lease, and nodes whose lease lapsed by the end of the claim on them.
    pub(crate) fn nodes(&self) -> Vec<String> {
        vec![format!("{}{{nodes}}:live", self.prefix), format!("{}{{nodes}}:lapsed", self.prefix)]
    }

    /// Hash: the entries that a node owns, and the names of their users.
    pub(crate) fn index(&self, owner: &str) -> String {
        format!("{}i:{owner}", self.prefix)
    }

    pub(crate) fn rate(&self, key: &str) -> String {
        format!("{}r:{key}", self.prefix)
    }

    /// What unknown keys of one kind share when there are too many.
    pub(crate) fn rates_of(&self, kind: &str) -> String {
        format!("{}s:{kind}", self.prefix)
    }

    /// Sorted set: a user's unused tickets by their end.
    pub(crate) fn tickets_of(&self, user: UserId) -> String {
        format!("{}u:{user}", self.prefix)
    }

    /// Hash: a user's devices and the connections that they speak through.
    pub(crate) fn devices_of(&self, user: UserId) -> String {
        format!("{}d:{user}", self.prefix)
    }

    /// Is there as long as the devices of a node are.
    pub(crate) fn lines_of_node(&self, node: &str) -> String {
        format!("{}l:{node}", self.prefix)
    }

    /// Hash: what is kept of the devices of a call.
    pub(crate) fn kept_of(&self, call: &CallId) -> String {
        format!("{}k:{call}", self.prefix)
    }

    pub(crate) fn ticket(&self, ticket: &str) -> String {
        format!("{}t:{ticket}", self.prefix)
    }
}
