//! Between the domain and the wire.

use hallway_domain as domain;
use hallway_domain::ports::BusItem;
use hallway_domain::{
    ClientId, ConnectionId, Emoji, Epoch, Event, FullName, MemberChange, MessageId, MessageView, Posting, Purge,
    ReactionGroup, Receipt, ReplyPreview, RoomId, RoomMode, RoomName, RoomTopic, Seq, SessionId, SignalKind, Timestamp,
    Toggle, UserId, UserRef, Username,
};

use super::wire::{Fact, Item, Message, Reactions, Reply, Revocation, RoleWord, Signal, Switch, User};

/// A moment that no calendar has.
#[derive(Debug)]
pub(crate) struct Impossible;

pub(super) fn micros(at: Timestamp) -> i64 {
    // 292 thousand years either way: further than a timestamp goes.
    i64::try_from(at.unix_timestamp_nanos() / 1000).unwrap_or(i64::MAX)
}

pub(super) fn moment(micros: i64) -> Result<Timestamp, Impossible> {
    Timestamp::from_unix_timestamp_nanos(i128::from(micros) * 1000).map_err(|_| Impossible)
}

impl From<&UserRef> for User {
    fn from(user: &UserRef) -> Self {
        Self { id: user.id.0, name: user.username.as_str().to_owned() }
    }
}

impl From<User> for UserRef {
    fn from(user: User) -> Self {
        Self { id: UserId(user.id), username: Username::from_stored(user.name) }
    }
}

fn users(users: &[UserRef]) -> Vec<User> {
    users.iter().map(User::from).collect()
}

fn user_refs(users: Vec<User>) -> Vec<UserRef> {
    users.into_iter().map(UserRef::from).collect()
}

fn groups(groups: &[ReactionGroup]) -> Vec<Reactions> {
    let group =
        |group: &ReactionGroup| Reactions { emoji: group.emoji.as_str().to_owned(), users: users(&group.users) };
    groups.iter().map(group).collect()
}

fn reaction_groups(groups: Vec<Reactions>) -> Vec<ReactionGroup> {
    let group =
        |group: Reactions| ReactionGroup { emoji: Emoji::from_stored(group.emoji), users: user_refs(group.users) };
    groups.into_iter().map(group).collect()
}

impl From<&BusItem> for Item {
    fn from(item: &BusItem) -> Self {
        match item {
            BusItem::Event(event) => Self::Event {
                room: event.room.0,
                epoch: event.epoch.0,
                seq: event.seq.0,
                at: micros(event.at),
                fact: (&event.fact).into(),
            },
            BusItem::Signal(signal) => Self::Signal {
                room: signal.room.0,
                at: micros(signal.at),
                except: signal.except.map(|connection| connection.0),
                signal: (&signal.kind).into(),
            },
            BusItem::Revocation(revocation) => Self::Revocation { revocation: revocation.into() },
        }
    }
}

impl TryFrom<Item> for BusItem {
    type Error = Impossible;

    fn try_from(item: Item) -> Result<Self, Impossible> {
        Ok(match item {
            Item::Event { room, epoch, seq, at, fact } => Self::Event(Event {
                room: RoomId(room),
                epoch: Epoch(epoch),
                seq: Seq(seq),
                at: moment(at)?,
                fact: fact.try_into()?,
            }),
            Item::Signal { room, at, except, signal } => Self::Signal(domain::Signal {
                room: RoomId(room),
                at: moment(at)?,
                except: except.map(ConnectionId),
                kind: signal.try_into()?,
            }),
            Item::Revocation { revocation } => Self::Revocation(revocation.into()),
        })
    }
}

impl From<&domain::Fact> for Fact {
    fn from(fact: &domain::Fact) -> Self {
        match fact {
            domain::Fact::MessagePosted(view) => Self::MessagePosted {
                message: Box::new((&view.message).into()),
                reply: view.reply.as_ref().map(|reply| Reply {
                    message: reply.message.0,
                    author: reply.author.as_ref().map(User::from),
                    excerpt: reply.excerpt.clone(),
                }),
                reactions: groups(&view.reactions),
                attachments: view.attachments.iter().map(Into::into).collect(),
                mentions: users(&view.mentions),
                here: view.here,
                pinned: view.pinned,
            },
            domain::Fact::MessageEdited { message, author, body, edited_at, mentions, here } => Self::MessageEdited {
                message: message.0,
                author: author.map(|user| user.0),
                body: body.clone(),
                edited_at: micros(*edited_at),
                mentions: users(mentions),
                here: *here,
            },
            domain::Fact::PinChanged { message, user, on } => {
                Self::PinChanged { message: message.0, user: user.into(), on: *on }
            }
            domain::Fact::MessageDeleted { message, author } => {
                Self::MessageDeleted { message: message.0, author: author.map(|user| user.0) }
            }
            domain::Fact::ReactionChanged { message, user, emoji, on, reactions } => Self::ReactionChanged {
                message: message.0,
                user: user.into(),
                emoji: emoji.as_str().to_owned(),
                on: *on,
                reactions: groups(reactions),
            },
            domain::Fact::MemberJoined { user } => Self::MemberJoined { user: user.into() },
            domain::Fact::MemberLeft { user, kicked } => Self::MemberLeft { user: user.into(), kicked: *kicked },
            domain::Fact::MessagesPurged(purge) => Self::MessagesPurged {
                user: (&purge.user).into(),
                from: purge.from.0,
                to: purge.to.0,
                messages: purge.messages.iter().map(|message| message.0).collect(),
            },
            domain::Fact::MemberUpdated(change) => Self::MemberUpdated {
                user: (&change.user).into(),
                role: change.role.map(RoleWord),
                mute: change.mute.map(Switch::from),
                ban: change.ban.map(Switch::from),
            },
            domain::Fact::RoomUpdated { name, topic, kind, mode } => Self::RoomUpdated {
                name: name.as_ref().map(|name| name.as_str().to_owned()),
                topic: topic.as_ref().map(|topic| topic.as_str().to_owned()),
                kind: *kind,
                moderators_only: mode.posting == Posting::Moderators,
                slow: mode.slow_mode_seconds,
                archived: mode.archived,
            },
        }
    }
}

impl TryFrom<Fact> for domain::Fact {
    type Error = Impossible;

    fn try_from(fact: Fact) -> Result<Self, Impossible> {
        Ok(match fact {
            Fact::MessagePosted { message, reply, reactions, attachments, mentions, here, pinned } => {
                Self::MessagePosted(Box::new(MessageView {
                    message: (*message).try_into()?,
                    reply: reply.map(|reply| ReplyPreview {
                        message: MessageId(reply.message),
                        author: reply.author.map(UserRef::from),
                        excerpt: reply.excerpt,
                    }),
                    reactions: reaction_groups(reactions),
                    attachments: attachments.into_iter().map(TryInto::try_into).collect::<Result<_, _>>()?,
                    mentions: user_refs(mentions),
                    here,
                    pinned,
                }))
            }
            Fact::MessageEdited { message, author, body, edited_at, mentions, here } => Self::MessageEdited {
                message: MessageId(message),
                author: author.map(UserId),
                body,
                edited_at: moment(edited_at)?,
                mentions: user_refs(mentions),
                here,
            },
            Fact::PinChanged { message, user, on } => {
                Self::PinChanged { message: MessageId(message), user: user.into(), on }
            }
            Fact::MessageDeleted { message, author } => {
                Self::MessageDeleted { message: MessageId(message), author: author.map(UserId) }
            }
            Fact::ReactionChanged { message, user, emoji, on, reactions } => Self::ReactionChanged {
                message: MessageId(message),
                user: user.into(),
                emoji: Emoji::from_stored(emoji),
                on,
                reactions: reaction_groups(reactions),
            },
            Fact::MemberJoined { user } => Self::MemberJoined { user: user.into() },
            Fact::MemberLeft { user, kicked } => Self::MemberLeft { user: user.into(), kicked },
            Fact::MessagesPurged { user, from, to, messages } => Self::MessagesPurged(Purge {
                user: user.into(),
                from: Seq(from),
                to: Seq(to),
                messages: messages.into_iter().map(MessageId).collect(),
            }),
            Fact::MemberUpdated { user, role, mute, ban } => Self::MemberUpdated(MemberChange {
                user: user.into(),
                role: role.map(|word| word.0),
                mute: mute.map(Toggle::try_from).transpose()?,
                ban: ban.map(Toggle::try_from).transpose()?,
            }),
            Fact::RoomUpdated { name, topic, kind, moderators_only, slow, archived } => Self::RoomUpdated {
                name: name.map(RoomName::from_stored),
                topic: topic.map(RoomTopic::from_stored),
                kind,
                mode: RoomMode {
                    posting: if moderators_only { Posting::Moderators } else { Posting::Everyone },
                    slow_mode_seconds: slow,
                    archived,
                },
            },
        })
    }
}

impl From<&domain::Message> for Message {
    fn from(message: &domain::Message) -> Self {
        Self {
            id: message.id.0,
            room: message.room.0,
            seq: message.seq.0,
            author: message.author.as_ref().map(User::from),
            kind: message.kind,
            body: message.body.clone(),
            reply_to: message.reply_to.map(|id| id.0),
            client_id: message.client_id.map(|id| id.0),
            created_at: micros(message.created_at),
            edited_at: message.edited_at.map(micros),
            deleted_at: message.deleted_at.map(micros),
        }
    }
}

impl TryFrom<Message> for domain::Message {
    type Error = Impossible;

    fn try_from(message: Message) -> Result<Self, Impossible> {
        Ok(Self {
            id: MessageId(message.id),
            room: RoomId(message.room),
            seq: Seq(message.seq),
            author: message.author.map(UserRef::from),
            kind: message.kind,
            body: message.body,
            reply_to: message.reply_to.map(MessageId),
            client_id: message.client_id.map(ClientId),
            created_at: moment(message.created_at)?,
            edited_at: message.edited_at.map(moment).transpose()?,
            deleted_at: message.deleted_at.map(moment).transpose()?,
        })
    }
}

impl From<Toggle> for Switch {
    fn from(toggle: Toggle) -> Self {
        match toggle {
            Toggle::On(until) => Self { on: true, until: until.map(micros) },
            Toggle::Off => Self { on: false, until: None },
        }
    }
}

impl TryFrom<Switch> for Toggle {
    type Error = Impossible;

    fn try_from(switch: Switch) -> Result<Self, Impossible> {
        Ok(if switch.on { Self::On(switch.until.map(moment).transpose()?) } else { Self::Off })
    }
}

impl From<&SignalKind> for Signal {
    fn from(kind: &SignalKind) -> Self {
        match kind {
            SignalKind::PresenceChanged { join, leave } => {
                Self::PresenceChanged { join: users(join), leave: users(leave) }
            }
            SignalKind::Typing { user, typing } => Self::Typing { user: user.into(), typing: *typing },
            SignalKind::Read { user, seq } => Self::Read { user: user.into(), seq: seq.0 },
            SignalKind::Delivered { user, seq } => Self::Delivered { user: user.into(), seq: seq.0 },
            SignalKind::Receipts { user, read, messages } => Self::Receipts {
                user: user.into(),
                read: *read,
                messages: messages.iter().map(|receipt| (receipt.message.0, receipt.author.0)).collect(),
            },
            SignalKind::Online { user, online } => Self::Online { user: user.into(), online: *online },
            SignalKind::UserCreated { user, full_name } => Self::UserCreated {
                user: user.into(),
                full_name: full_name.as_ref().map(|name| name.as_str().to_owned()),
            },
            SignalKind::MarkedUnread { user, seq, unread, mentions } => {
                Self::MarkedUnread { user: user.0, seq: seq.0, unread: *unread, mentions: *mentions }
            }
            SignalKind::ReportsWaiting { user, open } => Self::ReportsWaiting { user: user.0, open: *open },
            SignalKind::NotifyChanged { user, level } => Self::NotifyChanged { user: user.0, level: *level },
            SignalKind::Call { user, frame } => Self::Call { user: user.0, frame: Box::new(frame.as_ref().into()) },
        }
    }
}

impl TryFrom<Signal> for SignalKind {
    type Error = Impossible;

    fn try_from(signal: Signal) -> Result<Self, Impossible> {
        Ok(match signal {
            Signal::PresenceChanged { join, leave } => {
                Self::PresenceChanged { join: user_refs(join), leave: user_refs(leave) }
            }
            Signal::Typing { user, typing } => Self::Typing { user: user.into(), typing },
            Signal::Read { user, seq } => Self::Read { user: user.into(), seq: Seq(seq) },
            Signal::Delivered { user, seq } => Self::Delivered { user: user.into(), seq: Seq(seq) },
            Signal::Receipts { user, read, messages } => Self::Receipts {
                user: user.into(),
                read,
                messages: (messages.into_iter())
                    .map(|(message, author)| Receipt { message: MessageId(message), author: UserId(author) })
                    .collect(),
            },
            Signal::Online { user, online } => Self::Online { user: user.into(), online },
            Signal::UserCreated { user, full_name } => {
                Self::UserCreated { user: user.into(), full_name: full_name.map(FullName::from_stored) }
            }
            Signal::MarkedUnread { user, seq, unread, mentions } => {
                Self::MarkedUnread { user: UserId(user), seq: Seq(seq), unread, mentions }
            }
            Signal::ReportsWaiting { user, open } => Self::ReportsWaiting { user: UserId(user), open },
            Signal::NotifyChanged { user, level } => Self::NotifyChanged { user: UserId(user), level },
            Signal::Call { user, frame } => Self::Call { user: UserId(user), frame: Box::new((*frame).try_into()?) },
        })
    }
}

impl From<&domain::Revocation> for Revocation {
    fn from(revocation: &domain::Revocation) -> Self {
        match *revocation {
            domain::Revocation::Session { session, why } => Self::Session { session: session.0, why },
            domain::Revocation::User { user, except, why } => {
                Self::User { user: user.0, except: except.map(|session| session.0), why }
            }
            domain::Revocation::Membership { room, user, why, seq } => {
                Self::Membership { room: room.0, user: user.0, why, seq: seq.0 }
            }
            domain::Revocation::NonMembers { room } => Self::NonMembers { room: room.0 },
            domain::Revocation::Room { room } => Self::Room { room: room.0 },
            domain::Revocation::Granted { room, user } => Self::Granted { room: room.0, user: user.0 },
        }
    }
}

impl From<Revocation> for domain::Revocation {
    fn from(revocation: Revocation) -> Self {
        match revocation {
            Revocation::Session { session, why } => Self::Session { session: SessionId(session), why },
            Revocation::User { user, except, why } => {
                Self::User { user: UserId(user), except: except.map(SessionId), why }
            }
            Revocation::Membership { room, user, why, seq } => {
                Self::Membership { room: RoomId(room), user: UserId(user), why, seq: Seq(seq) }
            }
            Revocation::NonMembers { room } => Self::NonMembers { room: RoomId(room) },
            Revocation::Room { room } => Self::Room { room: RoomId(room) },
            Revocation::Granted { room, user } => Self::Granted { room: RoomId(room), user: UserId(user) },
        }
    }
}
