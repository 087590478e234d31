//! What clients ask that know messages and no marks.

use std::collections::BTreeMap;

use hallway_domain::{MessageId, MessagePlace, Receipt, RoomId, RoomKind, Seq, UserId, UserRef};

use super::state::State;

impl State {
    pub(super) fn place(&self, id: MessageId) -> Option<MessagePlace> {
        let message = self.messages.get(&id)?;
        let (room, seq, author) = (message.room, message.seq, message.author_id());
        Some(MessagePlace { id, room, seq, author, is_deleted: message.is_deleted() })
    }

    pub(super) fn receipts(&self, room: RoomId, user: UserId, (after, up_to): (Seq, Seq)) -> Vec<Receipt> {
        let messages = self.messages_of(room).into_iter().rev();
        let wanted = messages.filter(|message| message.seq > after && message.seq <= up_to && !message.is_deleted());
        let receipt = |(message, author)| (author != user).then_some(Receipt { message, author });
        wanted.filter_map(|message| receipt((message.id, message.author_id()?))).collect()
    }

    pub(super) fn read_by_others(&self, room: RoomId, user: UserId) -> Seq {
        let others = self.members(room).filter(|membership| membership.user != user);
        others.map(|membership| membership.last_read).max().unwrap_or(Seq::ZERO)
    }

    pub(super) fn acquaintances(&self, user: UserId, direct: bool) -> Vec<UserRef> {
        let is_meant = |room: &RoomId| {
            let kind = self.rooms.get(room).map(|room| room.kind);
            self.memberships.contains_key(&(*room, user)) && (!direct || kind == Some(RoomKind::Direct))
        };
        let rooms = self.rooms.keys().copied().filter(is_meant);
        let members = rooms.flat_map(|room| self.members(room)).filter(|membership| membership.user != user);
        let users = members.filter_map(|membership| Some((membership.user, self.user(membership.user)?.to_ref())));
        users.collect::<BTreeMap<_, _>>().into_values().collect()
    }
}
