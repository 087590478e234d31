//! From what happened to the frames that say so.

use hallway_domain::{
    Event, Fact, MemberChange, MessageView, NotifyLevel, Posting, Role, RoomKind, RoomLoss, Signal, SignalKind, Toggle,
};
use hallway_domain::{ReplyPreview, UserRef};
use hallway_hub::RoomLabel;
use hallway_protocol as protocol;
use hallway_protocol::ws::fastroom::{self as wire, Chat, LossReason, MemberUpdate, ServerFrame};

/// A direct conversation is called by the name of the other side.
pub(super) fn wire_label(label: &RoomLabel) -> wire::RoomLabel {
    let named = label.name.as_ref().map(|name| name.as_str().to_owned());
    let room = named.or_else(|| label.peer().map(|peer| format!("@{}", peer.username)));
    wire::RoomLabel { room: room.unwrap_or_default(), room_id: label.room.0 }
}

pub(super) fn role(role: Role) -> protocol::Role {
    match role {
        Role::Member => protocol::Role::Member,
        Role::Moderator => protocol::Role::Moderator,
        Role::Owner => protocol::Role::Owner,
    }
}

pub(super) fn posting(posting: Posting) -> protocol::Posting {
    match posting {
        Posting::Everyone => protocol::Posting::Everyone,
        Posting::Moderators => protocol::Posting::Moderators,
    }
}

pub(super) fn notify_level(level: NotifyLevel) -> protocol::NotifyLevel {
    match level {
        NotifyLevel::All => protocol::NotifyLevel::All,
        NotifyLevel::Mentions => protocol::NotifyLevel::Mentions,
        NotifyLevel::Nothing => protocol::NotifyLevel::Nothing,
    }
}

pub(super) fn loss(why: RoomLoss) -> LossReason {
    match why {
        RoomLoss::Left => LossReason::Left,
        RoomLoss::Kicked => LossReason::Kicked,
        RoomLoss::Banned => LossReason::Banned,
        RoomLoss::MadePrivate => LossReason::MadePrivate,
        RoomLoss::Deleted => LossReason::Deleted,
    }
}

pub(super) fn usernames(users: &[UserRef]) -> Vec<String> {
    users.iter().map(|user| user.username.as_str().to_owned()).collect()
}

pub(super) fn chat(label: &RoomLabel, view: &MessageView) -> Box<Chat> {
    let message = &view.message;
    Box::new(Chat {
        label: wire_label(label),
        user: message.author.as_ref().map(|author| author.username.as_str().to_owned()).unwrap_or_default(),
        user_id: message.author_id().map(|id| id.0),
        message: view.text().to_owned(),
        message_id: message.id.0,
        seq: message.seq.0,
        ts: message.created_at.into(),
        id: message.client_id.map(|id| id.0),
        kind: match message.kind {
            hallway_domain::MessageKind::Text => protocol::MessageKind::Text,
        },
        reply_to: message.reply_to.map(|id| id.0),
        reply: view.reply.as_ref().map(reply),
        reactions: (view.reactions.iter())
            .map(|group| protocol::Reaction { emoji: group.emoji.as_str().to_owned(), users: usernames(&group.users) })
            .collect(),
        mentions: usernames(&view.mentions),
        mentions_here: view.here,
        pinned: view.pinned,
        attachments: crate::links::attachments(&view.attachments),
        edited_at: message.edited_at.map(Into::into),
        deleted_at: message.deleted_at.map(Into::into),
    })
}

fn reply(preview: &ReplyPreview) -> protocol::Reply {
    protocol::Reply {
        message_id: preview.message.0,
        user: preview.author.as_ref().map(|author| author.username.as_str().to_owned()),
        message: preview.excerpt.clone(),
    }
}

pub(super) fn event(label: &RoomLabel, event: &Event) -> ServerFrame {
    let (seq, ts) = (event.seq.0, event.at.into());
    let wire = || wire_label(label);
    match &event.fact {
        Fact::MessagePosted(view) => {
            let mut chat = chat(label, view);
            chat.seq = seq;
            ServerFrame::Chat(chat)
        }
        Fact::MessageEdited { message, body, edited_at, mentions, here, .. } => ServerFrame::MessageUpdated {
            label: wire(),
            message_id: message.0,
            content: body.clone(),
            edited_at: (*edited_at).into(),
            mentions: usernames(mentions),
            mentions_here: *here,
            seq,
            ts,
        },
        Fact::MessageDeleted { message, .. } => {
            ServerFrame::MessageDeleted { label: wire(), message_id: message.0, seq, ts }
        }
        Fact::MessagesPurged(purge) => ServerFrame::MessagesPurged {
            label: wire(),
            user_id: purge.user.id.0,
            username: purge.user.username.as_str().to_owned(),
            from_seq: purge.from.0,
            to_seq: purge.to.0,
            seq,
            ts,
        },
        Fact::ReactionChanged { message, user, emoji, on, .. } => ServerFrame::Reaction {
            label: wire(),
            message_id: message.0,
            user: user.username.as_str().to_owned(),
            user_id: user.id.0,
            emoji: emoji.as_str().to_owned(),
            on: *on,
            seq,
            ts,
        },
        Fact::PinChanged { message, user, on } => ServerFrame::Pinned {
            label: wire(),
            message_id: message.0,
            user: user.username.as_str().to_owned(),
            user_id: user.id.0,
            on: *on,
            seq,
            ts,
        },
        Fact::MemberJoined { user } => ServerFrame::MemberJoined {
            label: wire(),
            user_id: user.id.0,
            username: user.username.as_str().to_owned(),
            seq,
            ts,
        },
        Fact::MemberLeft { user, kicked } => ServerFrame::MemberLeft {
            label: wire(),
            user_id: user.id.0,
            username: user.username.as_str().to_owned(),
            kicked: *kicked,
            seq,
            ts,
        },
        Fact::MemberUpdated(change) => ServerFrame::MemberUpdate(Box::new(member_update(label, event, change))),
        Fact::RoomUpdated { name, topic, kind, mode } => ServerFrame::RoomUpdated {
            label: wire(),
            name: name.as_ref().map(|name| name.as_str().to_owned()),
            topic: topic.as_ref().map(|topic| topic.as_str().to_owned()),
            kind: match kind {
                RoomKind::Public => protocol::RoomKind::Public,
                RoomKind::Private => protocol::RoomKind::Private,
                RoomKind::Direct => protocol::RoomKind::Direct,
            },
            is_private: *kind != RoomKind::Public,
            posting: posting(mode.posting),
            slow_mode_seconds: mode.slow_mode_seconds,
            archived: mode.archived,
            seq,
            ts,
        },
    }
}

fn member_update(label: &RoomLabel, event: &Event, change: &MemberChange) -> MemberUpdate {
    let until = |toggle: Option<Toggle>| match toggle {
        Some(Toggle::On(Some(end))) => Some(end.into()),
        Some(Toggle::On(None) | Toggle::Off) | None => None,
    };
    let is_on = |toggle: Toggle| matches!(toggle, Toggle::On(_));
    MemberUpdate {
        label: wire_label(label),
        user_id: change.user.id.0,
        username: change.user.username.as_str().to_owned(),
        role: change.role.map(role),
        is_moderator: change.role.map(Role::moderates),
        is_banned: change.ban.map(is_on),
        is_muted: change.mute.map(is_on),
        muted_until: until(change.mute),
        banned_until: until(change.ban),
        seq: event.seq.0,
        ts: event.at.into(),
    }
}

/// A notice in a room, as FastRoom's client shows it.
fn notice(label: &RoomLabel, signal: &Signal, message: String) -> ServerFrame {
    let wire::RoomLabel { room, room_id } = wire_label(label);
    ServerFrame::System(wire::System {
        message,
        room: Some(room),
        room_id: Some(room_id),
        ts: Some(signal.at.into()),
        banner: None,
    })
}

/// Who came and went is said twice, for machines and in words.
pub(super) fn signal(label: &RoomLabel, signal: &Signal) -> Vec<ServerFrame> {
    let wire = wire_label(label);
    let ts = signal.at.into();
    match &signal.kind {
        SignalKind::PresenceChanged { join, leave } => {
            let mut frames = Vec::with_capacity(1);
            frames.push(ServerFrame::PresenceDiff { label: wire, join: usernames(join), leave: usernames(leave), ts });
            frames.extend(join.iter().map(|user| notice(label, signal, format!("{} joined", user.username))));
            frames.extend(leave.iter().map(|user| notice(label, signal, format!("{} left", user.username))));
            frames
        }
        SignalKind::Typing { user, typing } => {
            vec![ServerFrame::Typing { label: wire, user: user.username.as_str().to_owned(), is_typing: *typing, ts }]
        }
        SignalKind::Read { user, seq } => {
            vec![ServerFrame::Read { label: wire, user: user.username.as_str().to_owned(), seq: seq.0 }]
        }
        SignalKind::Delivered { user, seq } => {
            vec![ServerFrame::Delivered { label: wire, user: user.username.as_str().to_owned(), seq: seq.0 }]
        }
        // For whom there is a direct conversation with; clients of old have no words for it.
        SignalKind::Online { user, online } if label.peers.is_some() => {
            let (user, user_id) = (user.username.as_str().to_owned(), user.id.0);
            vec![ServerFrame::Online { user, user_id, online: *online }]
        }
        SignalKind::Online { .. } | SignalKind::Receipts { .. } | SignalKind::UserCreated { .. } => Vec::new(),
        SignalKind::MarkedUnread { seq, unread, mentions, .. } => {
            vec![ServerFrame::MarkedUnread { label: wire, seq: seq.0, unread: *unread, mentions: *mentions }]
        }
        SignalKind::ReportsWaiting { open, .. } => vec![ServerFrame::ReportOpened { label: wire, open: *open }],
        SignalKind::Call { user, frame } => crate::ws::calls::frames(*user, frame, signal.at),
        SignalKind::NotifyChanged { level, .. } => {
            vec![ServerFrame::NotifyChanged { label: wire, level: notify_level(*level) }]
        }
    }
}
