//! The rooms that a connection has joined, and what its frames call them.

use std::collections::HashMap;

use hallway_domain::{RoomId, RoomName};
use hallway_hub::RoomLabel;

use crate::ws::fastroom::RoomRef;

/// A room keeps the name under which it was joined for this connection, also after it was renamed, and after it was
/// left or lost: an answer about it can then say more than that it is not joined.
#[derive(Debug, Default)]
pub(super) struct Followed {
    joined: HashMap<RoomId, RoomLabel>,
    names: HashMap<RoomName, RoomId>,
}

/// Names kept of rooms that are not joined any more.
const MAX_FORMER_NAMES: usize = 256;

impl Followed {
    /// `asked` is the name that the client used.
    pub(super) fn add(&mut self, label: RoomLabel, asked: Option<RoomName>) {
        for name in label.name.clone().into_iter().chain(asked) {
            self.names.insert(name, label.room);
        }
        self.joined.insert(label.room, label);
        if self.names.len() > self.joined.len() * 2 + MAX_FORMER_NAMES {
            let joined = &self.joined;
            self.names.retain(|_, room| joined.contains_key(room));
        }
    }

    /// None: it was not joined.
    pub(super) fn remove(&mut self, room: RoomId) -> Option<RoomLabel> {
        self.joined.remove(&room)
    }

    pub(super) fn is_joined(&self, room: RoomId) -> bool {
        self.joined.contains_key(&room)
    }

    pub(super) fn label(&self, room: RoomId) -> Option<&RoomLabel> {
        self.joined.get(&room)
    }

    /// The room that a frame names, if it is or was joined here.
    pub(super) fn find(&self, room: &RoomRef) -> Option<RoomId> {
        match room {
            RoomRef::Id(id) => self.joined.contains_key(id).then_some(*id),
            RoomRef::Name(name) => self.names.get(name).copied(),
        }
    }
}

#[cfg(test)]
mod tests {
    use hallway_domain::Epoch;

    use super::*;

    fn name(text: &str) -> RoomName {
        RoomName::parse(text).expect("a name")
    }

    fn label(id: i64, text: &str) -> RoomLabel {
        RoomLabel { room: RoomId(id), name: Some(name(text)), epoch: Epoch(1) }
    }

    #[test]
    fn a_room_answers_to_its_old_name_and_to_its_new_one() {
        let mut followed = Followed::default();
        followed.add(label(1, "old"), Some(name("old")));
        followed.add(label(1, "new"), None);
        for text in ["old", "new"] {
            assert_eq!(followed.find(&RoomRef::Name(name(text))), Some(RoomId(1)));
        }
        followed.add(label(2, "old"), None);
        assert_eq!(followed.find(&RoomRef::Name(name("old"))), Some(RoomId(2)), "the newest join of a name counts");
    }

    #[test]
    fn former_names_are_kept_but_bounded() {
        let mut followed = Followed::default();
        for number in 0..2000 {
            followed.add(label(number, &format!("room {number}")), None);
            assert!(followed.remove(RoomId(number)).is_some());
            assert!(followed.names.len() <= MAX_FORMER_NAMES + 2);
        }
        assert_eq!(followed.find(&RoomRef::Name(name("room 1999"))), Some(RoomId(1999)));
        assert!(!followed.is_joined(RoomId(1999)));
    }
}
