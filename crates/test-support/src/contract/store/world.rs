//! Users, rooms and messages to test with, made through the ports alone.

use std::any::Any;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use hallway_domain::ports::{InsertedUser, Queries, Store, UnitOfWork};
use hallway_domain::{
    Body, ClientId, Email, Epoch, Event, Fact, Membership, Message, MessageId, MessageKind, MessageView, NewMessage,
    NewRoom, NewSanction, NewUser, NotifyLevel, PasswordHash, Role, Room, RoomId, RoomKind, RoomName, Sanction,
    SanctionKind, Seq, Session, SessionId, Timestamp, User, UserRef, Username,
};
use time::Duration;
use uuid::Uuid;

/// Seconds after the beginning of every test's time.
#[must_use]
pub fn at(seconds: i64) -> Timestamp {
    time::macros::datetime!(2026-03-01 12:00:00.123456 UTC) + Duration::seconds(seconds)
}

/// An empty store and what holds it.
pub struct World {
    store: Arc<dyn Store>,
    _keep: Box<dyn Any + Send + Sync>,
    uuids: AtomicU64,
}

impl World {
    #[must_use]
    pub fn new(store: Arc<dyn Store>) -> Self {
        Self::keeping(store, ())
    }

    /// Holds `keep` (a directory, a database) as long as the store is in use.
    pub fn keeping(store: Arc<dyn Store>, keep: impl Any + Send + Sync) -> Self {
        Self { store, _keep: Box::new(keep), uuids: AtomicU64::new(1) }
    }

    #[must_use]
    pub fn store(&self) -> Arc<dyn Store> {
        Arc::clone(&self.store)
    }

    #[must_use]
    pub fn queries(&self) -> &dyn Queries {
        self.store.queries()
    }

    pub async fn begin(&self) -> Box<dyn UnitOfWork> {
        self.store.begin().await.expect("a unit begins")
    }

    /// Another UUID each time.
    #[must_use]
    pub fn uuid(&self) -> Uuid {
        Uuid::from_u128(
            0x0190_0000_0000_7000_8000_0000_0000_0000 + u128::from(self.uuids.fetch_add(1, Ordering::Relaxed)),
        )
    }

    #[must_use]
    pub fn new_user(name: &str) -> NewUser {
        NewUser {
            username: username(name),
            email: None,
            full_name: None,
            password_hash: PasswordHash(format!("$argon2id$of-{name}")),
            is_admin: false,
            created_at: at(0),
        }
    }

    pub async fn insert_user(&self, user: NewUser) -> User {
        let mut unit = self.begin().await;
        let inserted = unit.users().insert(user).await.expect("insert user");
        unit.commit().await.expect("commit user");
        match inserted {
            InsertedUser::Created(user) => user,
            taken => panic!("the user was not made: {taken:?}"),
        }
    }

    pub async fn user(&self, name: &str) -> UserRef {
        self.insert_user(Self::new_user(name)).await.to_ref()
    }

    #[must_use]
    pub fn new_room(name: &str, kind: RoomKind, by: &UserRef) -> NewRoom {
        NewRoom {
            kind,
            name: Some(room_name(name)),
            topic: None,
            direct: None,
            created_by: by.id,
            created_at: at(0),
            epoch: Epoch(7_000_000_000_001),
        }
    }

    /// A room whose owner is `by`, member since `at(0)`.
    pub async fn insert_room(&self, room: NewRoom, by: &UserRef) -> Room {
        let mut unit = self.begin().await;
        let room = unit.rooms().insert(room).await.expect("insert room").expect("the name is free");
        let membership = membership(room.id, by, Role::Owner, at(0));
        assert!(unit.memberships().insert(&membership).await.expect("insert owner"));
        unit.commit().await.expect("commit room");
        room
    }

    pub async fn room(&self, name: &str, by: &UserRef) -> Room {
        self.insert_room(Self::new_room(name, RoomKind::Public, by), by).await
    }

    pub async fn private_room(&self, name: &str, by: &UserRef) -> Room {
        self.insert_room(Self::new_room(name, RoomKind::Private, by), by).await
    }

    pub async fn join(&self, room: RoomId, user: &UserRef, role: Role, since: Timestamp) -> Membership {
        let membership = membership(room, user, role, since);
        let mut unit = self.begin().await;
        assert!(unit.memberships().insert(&membership).await.expect("insert membership"), "was a member before");
        unit.commit().await.expect("commit membership");
        membership
    }

    pub async fn sanction(
        &self,
        room: RoomId,
        user: &UserRef,
        kind: SanctionKind,
        until: Option<Timestamp>,
    ) -> Sanction {
        let sanction = NewSanction {
            room,
            user: user.id,
            kind,
            reason: Some("loud \u{1F50A}".to_owned()),
            by: user.id,
            created_at: at(1),
            expires_at: until,
        };
        let mut unit = self.begin().await;
        let sanction = unit.sanctions().insert(sanction).await.expect("insert sanction");
        unit.commit().await.expect("commit sanction");
        sanction
    }

    /// Puts `fact` at the end of the room's log.
    pub async fn record(&self, room: RoomId, time: Timestamp, fact: Fact) -> Event {
        let mut unit = self.begin().await;
        let mut locked = lock(unit.as_mut(), room).await;
        let event = Event { room, epoch: locked.epoch, seq: locked.take_seq(), at: time, fact };
        append(unit.as_mut(), &event).await;
        unit.commit().await.expect("commit fact");
        event
    }

    pub async fn post(&self, room: RoomId, author: &UserRef, body: &str) -> Message {
        self.post_as(room, author, body, |_| {}).await
    }

    /// Posts with what `change` makes of the message: one second later than the one before.
    pub async fn post_as(
        &self,
        room: RoomId,
        author: &UserRef,
        text: &str,
        change: impl FnOnce(&mut NewMessage) + Send,
    ) -> Message {
        let mut unit = self.begin().await;
        let mut locked = lock(unit.as_mut(), room).await;
        let seq = locked.take_seq();
        let mut message = new_message(room, seq, author, text);
        change(&mut message);
        let message = unit.messages().insert_many(vec![message]).await.expect("insert message").remove(0);
        append(unit.as_mut(), &posted(&locked, message.clone())).await;
        unit.commit().await.expect("commit message");
        message
    }

    /// Saves another body, and writes it to the log.
    pub async fn edit(&self, message: &Message, text: &str, time: Timestamp) -> Message {
        let edited = Message { body: text.to_owned(), edited_at: Some(time), ..message.clone() };
        self.save(&edited).await;
        let fact = Fact::MessageEdited {
            message: message.id,
            author: message.author_id(),
            body: text.to_owned(),
            edited_at: time,
            mentions: Vec::new(),
            here: false,
        };
        self.record(message.room, time, fact).await;
        edited
    }

    /// Leaves a tombstone, and writes it to the log.
    pub async fn delete(&self, message: &Message, time: Timestamp) -> Message {
        let deleted = Message { body: String::new(), deleted_at: Some(time), ..message.clone() };
        self.save(&deleted).await;
        self.record(message.room, time, Fact::MessageDeleted { message: message.id, author: message.author_id() })
            .await;
        deleted
    }

    async fn save(&self, message: &Message) {
        let mut unit = self.begin().await;
        unit.messages().update(message).await.expect("update message");
        unit.commit().await.expect("commit update");
    }

    #[must_use]
    pub fn new_session(&self, user: &UserRef) -> Session {
        Session {
            id: SessionId(self.uuid()),
            user: user.id,
            user_agent: Some("Browser 1.0".to_owned()),
            ip: Some("2001:db8::7".to_owned()),
            created_at: at(0),
            last_used_at: at(0),
            expires_at: at(1000),
            revoked_at: None,
        }
    }

    pub async fn session(&self, user: &UserRef, change: impl FnOnce(&mut Session) + Send) -> Session {
        let mut session = self.new_session(user);
        change(&mut session);
        let mut unit = self.begin().await;
        unit.sessions().insert(&session).await.expect("insert session");
        unit.commit().await.expect("commit session");
        session
    }
}

pub(crate) async fn lock(unit: &mut dyn UnitOfWork, room: RoomId) -> Room {
    unit.rooms().lock(&[room]).await.expect("lock").pop().expect("the room exists")
}

pub(crate) async fn append(unit: &mut dyn UnitOfWork, event: &Event) {
    unit.events().append(std::slice::from_ref(event)).await.expect("append event");
    unit.rooms().set_last_seq(&[(event.room, event.seq)]).await.expect("set last seq");
}

pub(crate) fn username(name: &str) -> Username {
    Username::parse(name).expect("a valid username")
}

pub(crate) fn room_name(name: &str) -> RoomName {
    RoomName::parse(name).expect("a valid room name")
}

pub(crate) fn email(address: &str) -> Email {
    Email::parse(address).expect("a valid address")
}

pub(crate) fn body(text: &str) -> Body {
    Body::parse(text.to_owned(), 10_000).expect("a valid body")
}

pub(crate) fn membership(room: RoomId, user: &UserRef, role: Role, since: Timestamp) -> Membership {
    Membership {
        room,
        user: user.id,
        role,
        joined_at: since,
        last_read: Seq::ZERO,
        last_delivered: Seq::ZERO,
        notify: NotifyLevel::All,
    }
}

pub(crate) fn new_message(room: RoomId, seq: Seq, author: &UserRef, text: &str) -> NewMessage {
    NewMessage {
        room,
        seq,
        author: author.clone(),
        kind: MessageKind::Text,
        body: body(text),
        reply_to: None,
        client_id: None,
        created_at: at(seq.0),
    }
}

/// The event of a message that nobody has answered or reacted to.
pub(crate) fn posted(room: &Room, message: Message) -> Event {
    Event {
        room: room.id,
        epoch: room.epoch,
        seq: message.seq,
        at: message.created_at,
        fact: Fact::MessagePosted(Box::new(view(message))),
    }
}

pub(crate) fn view(message: Message) -> MessageView {
    MessageView::bare(message)
}

pub(crate) fn ids(messages: &[MessageView]) -> Vec<MessageId> {
    messages.iter().map(|view| view.message.id).collect()
}

pub(crate) fn bodies(messages: &[MessageView]) -> Vec<&str> {
    messages.iter().map(|view| view.message.body.as_str()).collect()
}

pub(crate) fn client(n: u128) -> ClientId {
    ClientId(Uuid::from_u128(0x0190_0000_0000_7000_9000_0000_0000_0000 + n))
}
