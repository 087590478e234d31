//! Messages, reactions, the logs and the audit log.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use hallway_domain::ports::{
    AttachmentRepository, AuditEntry, AuditRepository, EventRepository, MessageRepository, PurgeMessages,
    ReactionRepository, StoreError, StoreResult,
};
use hallway_domain::{
    ClientId, Emoji, Event, Message, MessageId, NewMessage, ReactionGroup, RoomId, Seq, Timestamp, UserId, UserRef,
};

use super::FakeUnit;
use super::state::Reaction;

fn clash(what: &str) -> StoreError {
    StoreError::Internal(format!("unique constraint: {what}"))
}

#[async_trait]
impl MessageRepository for FakeUnit {
    async fn find(&mut self, room: RoomId, id: MessageId) -> StoreResult<Option<Message>> {
        Ok(self.state.messages.get(&id).filter(|message| message.room == room).cloned())
    }

    async fn find_many(&mut self, ids: &[MessageId]) -> StoreResult<Vec<Message>> {
        let ids: BTreeSet<_> = ids.iter().collect();
        Ok(ids.into_iter().filter_map(|id| self.state.messages.get(id)).cloned().collect())
    }

    async fn find_sent(&mut self, keys: &[(RoomId, UserId, ClientId)]) -> StoreResult<Vec<Message>> {
        let sent = |message: &&Message| match (message.author_id(), message.client_id) {
            (Some(author), Some(client)) => keys.contains(&(message.room, author, client)),
            _ => false,
        };
        Ok(self.state.messages.values().filter(sent).cloned().collect())
    }

    async fn insert_many(&mut self, new: Vec<NewMessage>) -> StoreResult<Vec<Message>> {
        let poison = self.shared.poison.lock().clone();
        if new.iter().any(|message| Some(message.body.as_str()) == poison.as_deref()) {
            return Err(StoreError::Internal("told to refuse this body".to_owned()));
        }
        let mut stored = Vec::with_capacity(new.len());
        for new in new {
            let NewMessage { room, seq, author, kind, body, reply_to, client_id, created_at } = new;
            let clashes = |other: &Message| {
                other.room == room
                    && (other.seq == seq
                        || (client_id.is_some()
                            && other.client_id == client_id
                            && other.author_id() == Some(author.id)))
            };
            if self.state.messages.values().any(clashes) {
                return Err(clash("messages"));
            }
            let message = Message {
                id: MessageId(self.state.next_id()),
                room,
                seq,
                author: Some(author),
                kind,
                body: body.into_string(),
                reply_to,
                client_id,
                created_at,
                edited_at: None,
                deleted_at: None,
            };
            Arc::make_mut(&mut self.state.messages).insert(message.id, message.clone());
            stored.push(message);
        }
        Ok(stored)
    }

    async fn update(&mut self, message: &Message) -> StoreResult<()> {
        if let Some(stored) = Arc::make_mut(&mut self.state.messages).get_mut(&message.id) {
            stored.body.clone_from(&message.body);
            (stored.edited_at, stored.deleted_at) = (message.edited_at, message.deleted_at);
        }
        Ok(())
    }

    async fn last_sent(&mut self, pairs: &[(RoomId, UserId)]) -> StoreResult<Vec<(RoomId, UserId, Timestamp)>> {
        let last = |(room, user): &(RoomId, UserId)| Some((*room, *user, self.state.last_sent(*room, *user)?));
        Ok(pairs.iter().collect::<BTreeSet<_>>().into_iter().filter_map(last).collect())
    }

    async fn purge(&mut self, purge: &PurgeMessages) -> StoreResult<Vec<(MessageId, Seq)>> {
        let is_meant = |it: &&Message| {
            (it.room, it.author_id()) == (purge.room, Some(purge.author))
                && it.created_at >= purge.since
                && !it.is_deleted()
        };
        let mut gone: Vec<_> = self.state.messages.values().filter(is_meant).map(|it| (it.id, it.seq)).collect();
        gone.sort_by_key(|(_, seq)| std::cmp::Reverse(*seq));
        gone.truncate(purge.limit as usize);
        for (id, _) in &gone {
            if let Some(message) = Arc::make_mut(&mut self.state.messages).get_mut(id) {
                message.body.clear();
                message.deleted_at = Some(purge.at);
            }
            self.state.highlights.forget_message(*id);
            AttachmentRepository::detach(self, *id).await?;
        }
        Ok(gone)
    }
}

#[async_trait]
impl ReactionRepository for FakeUnit {
    async fn add(&mut self, message: MessageId, user: &UserRef, emoji: &Emoji, at: Timestamp) -> StoreResult<bool> {
        let mut given = self.state.reactions.iter();
        if given.any(|given| (given.message, given.user.id, &given.emoji) == (message, user.id, emoji)) {
            return Ok(false);
        }
        let reaction = Reaction { message, user: user.clone(), emoji: emoji.clone(), at };
        Arc::make_mut(&mut self.state.reactions).push(reaction);
        Ok(true)
    }

    async fn remove(&mut self, message: MessageId, user: UserId, emoji: &Emoji) -> StoreResult<bool> {
        let reactions = Arc::make_mut(&mut self.state.reactions);
        let before = reactions.len();
        reactions.retain(|given| (given.message, given.user.id, &given.emoji) != (message, user, emoji));
        Ok(reactions.len() < before)
    }

    async fn of(&mut self, message: MessageId) -> StoreResult<Vec<ReactionGroup>> {
        let mut groups = self.state.reactions_of(message);
        let mut left = ReactionGroup::MOST as usize;
        for group in &mut groups {
            group.users.truncate(left);
            left -= group.users.len();
        }
        groups.retain(|group| !group.users.is_empty());
        Ok(groups)
    }

    async fn emojis(&mut self, message: MessageId) -> StoreResult<Vec<Emoji>> {
        let given = self.state.reactions.iter().filter(|given| given.message == message);
        let emojis: BTreeSet<Emoji> = given.map(|given| given.emoji.clone()).collect();
        Ok(emojis.into_iter().collect())
    }
}

#[async_trait]
impl EventRepository for FakeUnit {
    async fn append(&mut self, events: &[Event]) -> StoreResult<()> {
        let log = Arc::make_mut(&mut self.state.events);
        for event in events {
            if log.insert((event.room, event.seq), event.clone()).is_some() {
                return Err(clash("room_events"));
            }
        }
        Ok(())
    }
}

#[async_trait]
impl AuditRepository for FakeUnit {
    async fn append(&mut self, entry: &AuditEntry) -> StoreResult<()> {
        Arc::make_mut(&mut self.state.audit).push(entry.clone());
        Ok(())
    }
}
