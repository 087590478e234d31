//! The rooms that a connection has joined, and what its frames call them.

use std::collections::HashMap;

use hallway_domain::{RoomId, UserId};
use hallway_hub::RoomLabel;

use crate::ws::fastroom::RoomRef;

/// A room keeps the name under which it was joined for this connection, also after it was renamed, and after it was
/// left or lost: an answer about it can then say more than that it is not joined.
#[derive(Debug, Default)]
pub(super) struct Followed {
    joined: HashMap<RoomId, RoomLabel>,
    names: HashMap<RoomRef, RoomId>,
}

/// Names kept of rooms that are not joined any more.
const MAX_FORMER_NAMES: usize = 256;

impl Followed {
    /// `asked` is what the client called it.
    pub(super) fn add(&mut self, label: RoomLabel, asked: &RoomRef) {
        let named = label.name.clone().map(RoomRef::Name);
        let direct = label.peer().map(|peer| RoomRef::Direct(peer.username.clone()));
        let asked = Some(asked.clone()).filter(|asked| !matches!(asked, RoomRef::Id(_)));
        for name in named.into_iter().chain(direct).chain(asked) {
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

    /// The direct conversation with the user, if it is joined here.
    pub(super) fn direct_with(&self, user: UserId) -> Option<RoomId> {
        let found = self.joined.values().find(|label| label.peer().is_some_and(|peer| peer.id == user));
        found.map(|label| label.room)
    }

    /// The room that has been there for the longest time; a direct conversation only where there is nothing else.
    pub(super) fn oldest(&self) -> Option<RoomId> {
        let oldest = self.joined.values().min_by_key(|label| (label.peers.is_some(), label.room));
        oldest.map(|label| label.room)
    }

    /// The room that a frame names, if it is or was joined here.
    pub(super) fn find(&self, room: &RoomRef) -> Option<RoomId> {
        match room {
            RoomRef::Id(id) => self.joined.contains_key(id).then_some(*id),
            RoomRef::Name(_) | RoomRef::Direct(_) => self.names.get(room).copied(),
        }
    }
}

#[cfg(test)]
mod tests {
    use hallway_domain::{Epoch, Peers, RoomName, UserRef, Username};

    use super::*;

    fn name(text: &str) -> RoomName {
        RoomName::parse(text).expect("a name")
    }

    fn label(id: i64, text: &str) -> RoomLabel {
        RoomLabel { room: RoomId(id), name: Some(name(text)), epoch: Epoch(1), peers: None, viewer: None }
    }

    fn user(id: i64, name: &str) -> UserRef {
        UserRef { id: UserId(id), username: Username::parse(name).expect("a username") }
    }

    #[test]
    fn a_direct_conversation_answers_to_the_name_of_the_other_side() {
        let mut followed = Followed::default();
        let direct =
            RoomLabel { name: None, peers: Some(Peers::new(user(1, "alice"), user(2, "bob"))), ..label(5, "x") };
        followed.add(direct.seen_by(UserId(1)), &RoomRef::Id(RoomId(5)));
        let find = |name: &str| followed.find(&RoomRef::Direct(Username::parse(name).expect("a username")));
        assert_eq!((find("bob"), find("alice")), (Some(RoomId(5)), None));
        assert_eq!(followed.find(&RoomRef::Id(RoomId(5))), Some(RoomId(5)));
    }

    #[test]
    fn groups_are_let_go_before_conversations() {
        let mut followed = Followed::default();
        assert_eq!(followed.oldest(), None);
        let direct =
            RoomLabel { name: None, peers: Some(Peers::new(user(1, "alice"), user(2, "bob"))), ..label(5, "x") };
        followed.add(direct, &RoomRef::Id(RoomId(5)));
        assert_eq!(followed.oldest(), Some(RoomId(5)));
        followed.add(label(9, "nine"), &RoomRef::Id(RoomId(9)));
        followed.add(label(7, "seven"), &RoomRef::Id(RoomId(7)));
        assert_eq!(followed.oldest(), Some(RoomId(7)));
    }

    #[test]
    fn a_room_answers_to_its_old_name_and_to_its_new_one() {
        let mut followed = Followed::default();
        followed.add(label(1, "old"), &RoomRef::Name(name("old")));
        followed.add(label(1, "new"), &RoomRef::Id(RoomId(1)));
        for text in ["old", "new"] {
            assert_eq!(followed.find(&RoomRef::Name(name(text))), Some(RoomId(1)));
        }
        followed.add(label(2, "old"), &RoomRef::Id(RoomId(2)));
        assert_eq!(followed.find(&RoomRef::Name(name("old"))), Some(RoomId(2)), "the newest join of a name counts");
    }

    #[test]
    fn former_names_are_kept_but_bounded() {
        let mut followed = Followed::default();
        for number in 0..2000 {
            followed.add(label(number, &format!("room {number}")), &RoomRef::Id(RoomId(number)));
            assert!(followed.remove(RoomId(number)).is_some());
            assert!(followed.names.len() <= MAX_FORMER_NAMES + 2);
        }
        assert_eq!(followed.find(&RoomRef::Name(name("room 1999"))), Some(RoomId(1999)));
        assert!(!followed.is_joined(RoomId(1999)));
    }
}
