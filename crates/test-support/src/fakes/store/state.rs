//! The tables, and what both doors ask of them.

use std::collections::BTreeMap;
use std::sync::Arc;

use hallway_domain::ports::{AuditEntry, MemberView, PeerView, RoomSummary};
use hallway_domain::{
    DirectKey, Emoji, Event, Fact, Membership, Message, MessageId, MessageView, PasswordHash, Peers, ReactionGroup,
    RefreshToken, ReplyPreview, Room, RoomHead, RoomId, Sanction, SanctionId, Seq, Session, SessionId, Standing,
    Timestamp, TokenId, User, UserId, UserRef,
};

/// Copied when a unit first changes it.
pub(super) type Table<K, V> = Arc<BTreeMap<K, V>>;

#[derive(Clone, Debug)]
pub(super) struct Reaction {
    pub(super) message: MessageId,
    pub(super) user: UserRef,
    pub(super) emoji: Emoji,
    pub(super) at: Timestamp,
}

#[derive(Clone, Default)]
pub(super) struct State {
    pub(super) users: Table<UserId, (User, PasswordHash)>,
    pub(super) sessions: Table<SessionId, Session>,
    pub(super) refresh: Table<TokenId, RefreshToken>,
    pub(super) rooms: Table<RoomId, Room>,
    pub(super) memberships: Table<(RoomId, UserId), Membership>,
    pub(super) sanctions: Table<SanctionId, Sanction>,
    /// Whose end was taken.
    pub(super) noted: Arc<std::collections::BTreeSet<SanctionId>>,
    pub(super) invites: super::invites::Invites,
    pub(super) messages: Table<MessageId, Message>,
    /// In order of giving.
    pub(super) reactions: Arc<Vec<Reaction>>,
    pub(super) events: Table<(RoomId, Seq), Event>,
    pub(super) audit: Arc<Vec<AuditEntry>>,
    pub(super) files: super::attachments::Files,
    pub(super) highlights: super::highlights::Highlights,
    pub(super) accounts: super::account_rows::AccountRows,
    pub(super) review: super::review::Review,
    pub(super) calls: super::calls::Calls,
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

    pub(super) fn direct(&self, key: Option<DirectKey>) -> Option<&Room> {
        key.and_then(|key| self.rooms.values().find(|room| room.direct == Some(key)))
    }

    pub(super) fn head(&self, room: &Room) -> RoomHead {
        let (low, high) = room.direct.map(DirectKey::both).unzip();
        let peers = low.and_then(|id| self.user(id)).zip(high.and_then(|id| self.user(id)));
        room.head(peers.map(|(low, high)| Peers::new(low.to_ref(), high.to_ref())))
    }

    fn peer(&self, room: &Room, user: UserId) -> Option<PeerView> {
        let peer = self.user(room.direct?.other(user)?)?;
        Some(PeerView { user: peer.to_ref(), full_name: peer.full_name })
    }

    /// `None`: no such room.
    pub(super) fn summary(&self, room: RoomId, user: UserId) -> Option<RoomSummary> {
        let newest = self.messages_of(room).into_iter().rfind(|message| !message.is_deleted());
        Some(RoomSummary {
            peer: self.peer(self.rooms.get(&room)?, user),
            room: self.rooms.get(&room)?.clone(),
            membership: self.memberships.get(&(room, user)).cloned(),
            members: self.members(room).count() as u64,
            unread: self.unread(room, user),
            mentions: self.unread_mentions(room, user),
            last_message_at: newest.map(|message| message.created_at),
        })
    }

    pub(super) fn view(&self, message: &Message) -> MessageView {
        let reply = message.reply_to.and_then(|target| self.messages.get(&target)).map(ReplyPreview::of);
        let reactions = self.reactions_of(message.id);
        let attachments = if message.is_deleted() { Vec::new() } else { self.files.of(message.id) };
        let mut view = MessageView { reply, reactions, attachments, ..MessageView::bare(message.clone()) };
        self.highlight(&mut view);
        view
    }

    pub(super) fn reactions_of(&self, message: MessageId) -> Vec<ReactionGroup> {
        let mut reactions: Vec<ReactionGroup> = Vec::new();
        for given in self.reactions.iter().filter(|given| given.message == message) {
            match reactions.iter_mut().find(|group| group.emoji == given.emoji) {
                Some(group) => group.users.push(given.user.clone()),
                None => {
                    reactions.push(ReactionGroup { emoji: given.emoji.clone(), users: vec![given.user.clone()] });
                }
            }
        }
        reactions
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
            Fact::MessageEdited { message, body, edited_at, mentions, here, .. } => {
                if let Some(message) = self.messages.get(message) {
                    body.clone_from(&message.body);
                    *edited_at = message.edited_at.unwrap_or(*edited_at);
                    (*mentions, *here) = self.mentioned(message);
                }
            }
            Fact::ReactionChanged { message, reactions, .. } => {
                *reactions = self.reactions_of(*message);
            }
            Fact::MessageDeleted { .. }
            | Fact::MessagesPurged(_)
            | Fact::PinChanged { .. }
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
