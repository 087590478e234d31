//! Mentions and pins.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use async_trait::async_trait;
use hallway_domain::ports::{
    MemberMark, Mention, MentionRepository, Mentioned, PinRepository, StoreError, StoreResult, UnreadCount,
};
use hallway_domain::{
    Mentions, Message, MessageId, MessageView, PinView, RoomId, Seq, Timestamp, UserId, UserRef, Username,
};

use super::FakeUnit;
use super::state::{State, Table};

#[derive(Clone, Debug)]
pub(super) struct Pin {
    room: RoomId,
    by: UserId,
    at: Timestamp,
}

/// The tables.
#[derive(Clone, Default)]
pub(super) struct Highlights {
    mentions: Table<(RoomId, Mentioned, Seq), Mention>,
    pins: Table<MessageId, Pin>,
}

impl Highlights {
    /// Of messages that are gone.
    pub(super) fn keep_only(&mut self, messages: &BTreeMap<MessageId, Message>) {
        Arc::make_mut(&mut self.mentions).retain(|_, mention| messages.contains_key(&mention.message));
        Arc::make_mut(&mut self.pins).retain(|message, _| messages.contains_key(message));
    }

    pub(super) fn forget_message(&mut self, message: MessageId) {
        Arc::make_mut(&mut self.mentions).retain(|_, mention| mention.message != message);
        Arc::make_mut(&mut self.pins).remove(&message);
    }

    pub(super) fn forget_user(&mut self, user: UserId) {
        Arc::make_mut(&mut self.mentions)
            .retain(|_, mention| mention.author != user && mention.who != Mentioned::User(user));
    }
}

impl State {
    /// Gives the view what stands out of it.
    pub(super) fn highlight(&self, view: &mut MessageView) {
        view.pinned = self.highlights.pins.contains_key(&view.message.id);
        (view.mentions, view.here) = self.mentioned(&view.message);
    }

    /// Whom the message mentions, in order of mention, and whether everybody.
    pub(super) fn mentioned(&self, message: &Message) -> (Vec<UserRef>, bool) {
        let (mut users, mut here) = (Vec::new(), false);
        for mention in self.highlights.mentions.values().filter(|mention| mention.message == message.id) {
            match mention.who {
                Mentioned::Here => here = true,
                Mentioned::User(user) => users.extend(self.user(user).map(|user| user.to_ref())),
            }
        }
        let order = Mentions::parse(&message.body).users;
        users.sort_by_key(|user| order.iter().position(|name| *name == user.username));
        (users, here)
    }

    pub(super) fn unread_mentions(&self, room: RoomId, user: UserId) -> u64 {
        let Some(membership) = self.memberships.get(&(room, user)) else { return 0 };
        let counts = |mention: &&Mention| {
            mention.room == room
                && mention.seq > membership.last_read
                && mention.author != user
                && (mention.who == Mentioned::Here || mention.who == Mentioned::User(user))
        };
        let places = self.highlights.mentions.values().filter(counts).map(|mention| mention.seq);
        places.collect::<BTreeSet<_>>().len() as u64
    }

    /// None: not a member.
    pub(super) fn unread_count(&self, room: RoomId, user: UserId) -> Option<UnreadCount> {
        self.memberships.get(&(room, user))?;
        let (messages, mentions) = (self.unread(room, user), self.unread_mentions(room, user));
        Some(UnreadCount { room, messages, mentions, as_of: self.rooms.get(&room)?.last_seq })
    }

    pub(super) fn marks(&self, room: RoomId, limit: u32) -> Vec<MemberMark> {
        let mark = |member: &hallway_domain::Membership| {
            let user = self.user(member.user)?.to_ref();
            Some(MemberMark { user, read: member.last_read, delivered: member.last_delivered })
        };
        self.members(room).filter_map(mark).take(limit as usize).collect()
    }

    /// The oldest first.
    pub(super) fn pins(&self, room: RoomId) -> Vec<PinView> {
        let of_room = self.highlights.pins.iter().filter(|(_, pin)| pin.room == room);
        let mut pins: Vec<PinView> = of_room
            .filter_map(|(id, pin)| {
                let message = self.view(self.messages.get(id)?);
                Some(PinView { message, by: self.user(pin.by).map(|user| user.to_ref()), at: pin.at })
            })
            .collect();
        pins.sort_by_key(|pin| (pin.at, pin.message.message.id));
        pins
    }
}

#[async_trait]
impl MentionRepository for FakeUnit {
    async fn members_named(&mut self, names: &[(RoomId, Username)]) -> StoreResult<Vec<(RoomId, UserRef)>> {
        let names: BTreeSet<_> = names.iter().collect();
        let member = |(room, name): &(RoomId, Username)| {
            let (user, _) = self.state.users.values().find(|(user, _)| user.username == *name)?;
            self.state.memberships.contains_key(&(*room, user.id)).then(|| (*room, user.to_ref()))
        };
        Ok(names.into_iter().filter_map(member).collect())
    }

    async fn insert_many(&mut self, mentions: &[Mention]) -> StoreResult<()> {
        let stored = Arc::make_mut(&mut self.state.highlights.mentions);
        for mention in mentions {
            if stored.insert((mention.room, mention.who, mention.seq), *mention).is_some() {
                return Err(StoreError::Internal("unique constraint: mentions".to_owned()));
            }
        }
        Ok(())
    }

    async fn clear(&mut self, message: MessageId) -> StoreResult<()> {
        Arc::make_mut(&mut self.state.highlights.mentions).retain(|_, mention| mention.message != message);
        Ok(())
    }
}

#[async_trait]
impl PinRepository for FakeUnit {
    async fn add(&mut self, room: RoomId, message: MessageId, by: UserId, at: Timestamp) -> StoreResult<bool> {
        if self.state.highlights.pins.contains_key(&message) {
            return Ok(false);
        }
        Arc::make_mut(&mut self.state.highlights.pins).insert(message, Pin { room, by, at });
        Ok(true)
    }

    async fn remove(&mut self, message: MessageId) -> StoreResult<bool> {
        Ok(Arc::make_mut(&mut self.state.highlights.pins).remove(&message).is_some())
    }

    async fn count(&mut self, room: RoomId) -> StoreResult<u64> {
        Ok(self.state.highlights.pins.values().filter(|pin| pin.room == room).count() as u64)
    }
}
