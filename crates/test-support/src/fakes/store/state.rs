//! The tables, and what both doors ask of them.

use std::collections::BTreeMap;
use std::sync::Arc;

use hallway_domain::ports::{AuditEntry, MemberView, RoomSummary};
use hallway_domain::{
    Emoji, Event, Fact, Membership, Message, MessageId, MessageView, PasswordHash, ReactionGroup, RefreshToken,
    ReplyPreview, Room, RoomId, Sanction, SanctionId, Seq, Session, SessionId, Standing, Timestamp, TokenId, User,
    UserId, UserRef,
};

/// Copied when a unit first changes it.
type Table<K, V> = Arc<BTreeMap<K, V>>;

#[derive(Clone, Debug)]
pub(super) struct Reaction {
    pub(super) message: MessageId,
    pub(super) user: UserRef,
    pub(super) emoji: Emoji,
}

#[derive(Clone, Default)]
pub(super) struct State {
    pub(super) users: Table<UserId, (User, PasswordHash)>,
    pub(super) sessions: Table<SessionId, Session>,
    pub(super) refresh: Table<TokenId, RefreshToken>,
    pub(super) rooms: Table<RoomId, Room>,
    pub(super) memberships: Table<(RoomId, UserId), Membership>,
    pub(super) sanctions: Table<SanctionId, Sanction>,
    pub(super) messages: Table<MessageId, Message>,
    /// In order of giving.
    pub(super) reactions: Arc<Vec<Reaction>>,
    pub(super) events: Table<(RoomId, Seq), Event>,
    pub(super) audit: Arc<Vec<AuditEntry>>,
    last_id: i64,
}

impl State {
    /// Never given before, whatever was deleted.
    pub(super) fn next_id(&mut self) -> i64 {
        self.last_id += 1;
        self.last_id
    }

    pub(super) fn user(&self, id: UserId) -> Option<User> {
        self.users.get(&id).map(|(user, _)| user.clone())
    }

    pub(super) fn standing(&self, room: RoomId, user: UserId, now: Timestamp) -> Standing {
        let membership = self.memberships.get(&(room, user)).cloned();
        let sanctions = self.sanctions.values().filter(|sanction| (sanction.room, sanction.user) == (room, user));
        Standing::new(membership, sanctions.cloned(), now)
    }

    pub(super) fn members(&self, room: RoomId) -> impl Iterator<Item = &Membership> {
        self.memberships.range((room, UserId(i64::MIN))..=(room, UserId(i64::MAX))).map(|(_, membership)| membership)
    }

    pub(super) fn member_view(&self, membership: &Membership, now: Timestamp) -> Option<MemberView> {
        let user = self.user(membership.user)?;
        let standing = self.standing(membership.room, membership.user, now);
        Some(MemberView { user: user.to_ref(), full_name: user.full_name, standing })
    }

    /// Messages of the room in ascending `seq`, tombstones too.
    pub(super) fn messages_of(&self, room: RoomId) -> Vec<&Message> {
        let mut messages: Vec<&Message> = self.messages.values().filter(|message| message.room == room).collect();
        messages.sort_by_key(|message| message.seq);
        messages
    }

    pub(super) fn unread(&self, room: RoomId, user: UserId) -> u64 {
        let Some(membership) = self.memberships.get(&(room, user)) else { return 0 };
        let counts = |message: &&Message| {
            message.room == room
                && message.seq > membership.last_read
                && message.author_id() != Some(user)
                && !message.is_deleted()
        };
        self.messages.values().filter(counts).count() as u64
    }

    /// `None`: no such room.
    pub(super) fn summary(&self, room: RoomId, user: UserId) -> Option<RoomSummary> {
        let newest = self.messages_of(room).into_iter().rfind(|message| !message.is_deleted());
        Some(RoomSummary {
            room: self.rooms.get(&room)?.clone(),
            membership: self.memberships.get(&(room, user)).cloned(),
            members: self.members(room).count() as u64,
            unread: self.unread(room, user),
            last_message_at: newest.map(|message| message.created_at),
        })
    }

    pub(super) fn view(&self, message: &Message) -> MessageView {
        let reply = message.reply_to.and_then(|target| self.messages.get(&target)).map(ReplyPreview::of);
        let mut reactions: Vec<ReactionGroup> = Vec::new();
        for given in self.reactions.iter().filter(|given| given.message == message.id) {
            match reactions.iter_mut().find(|group| group.emoji == given.emoji) {
                Some(group) => group.users.push(given.user.clone()),
                None => {
                    reactions.push(ReactionGroup { emoji: given.emoji.clone(), users: vec![given.user.clone()] });
                }
            }
        }
        MessageView { message: message.clone(), reply, reactions }
    }

    /// The event as the log gives it back: what it says of a message is what the message is now.
    pub(super) fn replayed(&self, event: &Event) -> Event {
        let mut event = event.clone();
        match &mut event.fact {
            Fact::MessagePosted(view) => {
                if let Some(message) = self.messages.get(&view.message.id) {
                    **view = self.view(message);
                }
            }
            Fact::MessageEdited { message, body, edited_at } => {
                if let Some(message) = self.messages.get(message) {
                    body.clone_from(&message.body);
                    *edited_at = message.edited_at.unwrap_or(*edited_at);
                }
            }
            Fact::MessageDeleted { .. }
            | Fact::ReactionChanged { .. }
            | Fact::MemberJoined { .. }
            | Fact::MemberLeft { .. }
            | Fact::MemberUpdated(_)
            | Fact::RoomUpdated { .. } => {}
        }
        event
    }

    /// Of each log only the beginning goes, so that what stays has no hole.
    pub(super) fn prune_events(&mut self, before: Timestamp, limit: u32) -> u64 {
        let mut doomed = Vec::new();
        let mut kept = None;
        for (key @ (room, _), event) in self.events.iter() {
            if kept == Some(*room) {
                continue;
            }
            if event.at < before {
                doomed.push(*key);
            } else {
                kept = Some(*room);
            }
        }
        doomed.truncate(limit as usize);
        let events = Arc::make_mut(&mut self.events);
        for key in &doomed {
            events.remove(key);
        }
        doomed.len() as u64
    }

    pub(super) fn prune_sessions(&mut self, before: Timestamp) -> u64 {
        let sessions = Arc::make_mut(&mut self.sessions);
        let present = sessions.len();
        sessions
            .retain(|_, session| session.revoked_at.unwrap_or(session.expires_at).min(session.expires_at) >= before);
        Arc::make_mut(&mut self.refresh)
            .retain(|_, token| token.expires_at >= before && sessions.contains_key(&token.session));
        (present - sessions.len()) as u64
    }
}
