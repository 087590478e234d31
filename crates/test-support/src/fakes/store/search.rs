//! Search as it is defined: every message is looked at.

use hallway_domain::Timestamp;
use hallway_domain::policy::{self, Read, Scope};
use hallway_domain::search::{FoundMessage, FoundPage, MessageSearch};
use hallway_domain::{Actor, Room, SessionId};
use uuid::Uuid;

use super::state::State;

impl State {
    pub(super) fn search(&self, search: &MessageSearch, now: Timestamp) -> FoundPage {
        let mut items = Vec::new();
        for message in self.messages.values().rev() {
            let Some(room) = self.rooms.get(&message.room) else { continue };
            let view = self.view(message);
            if search.matches(&view) && self.may_read(search, room, now) {
                items.push(FoundMessage { view, room: self.head(room), kind: room.kind });
            }
            if items.len() > search.limit as usize {
                break;
            }
        }
        let more = items.len() > search.limit as usize;
        items.truncate(search.limit as usize);
        let next = items.last().map(|item| item.view.message.id).filter(|_| more);
        FoundPage { items, next }
    }

    fn may_read(&self, search: &MessageSearch, room: &Room, now: Timestamp) -> bool {
        let Some(user) = self.user(search.reader) else { return false };
        let standing = self.standing(room.id, search.reader, now);
        let actor = Actor { user: user.to_ref(), session: SessionId(Uuid::nil()), is_admin: user.is_admin };
        policy::authorize(&actor, Read, Scope { room, standing: &standing }).is_ok()
    }
}
