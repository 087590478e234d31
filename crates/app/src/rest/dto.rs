//! From the domain to the wire.

use hallway_application::{Seen, TokenPair, Unread};
use hallway_domain as domain;
use hallway_domain::ports::{MemberView, RoomSummary};
use hallway_domain::{Actor, MessageView, PageRequest, Standing, Timestamp, UserRef};
use hallway_protocol::rest::{self, Page};
use hallway_protocol::{MessageKind, NotifyLevel, Posting, Reaction, Reply, Role, RoomKind, Secret};

/// A page as the wire has it.
pub(crate) fn page<T, U>(page: domain::Page<T>, request: PageRequest, convert: impl FnMut(T) -> U) -> Page<U> {
    let page = page.map(convert);
    Page::new(page.items, page.total, request.limit, request.offset)
}

/// An account as `actor` may see it: the address is for its owner and administrators.
pub(crate) fn user(user: domain::User, actor: &Actor) -> rest::User {
    let full = actor.is_admin || actor.id() == user.id;
    own_user(user, full)
}

/// An account, with what only its owner and administrators see if `full`.
pub(crate) fn own_user(user: domain::User, full: bool) -> rest::User {
    rest::User {
        id: user.id.0,
        username: user.username.into_string(),
        email: user.email.filter(|_| full).map(domain::Email::into_string),
        full_name: user.full_name.map(domain::FullName::into_string),
        disabled: user.disabled,
        is_active: !user.disabled,
        is_admin: full.then_some(user.is_admin),
        created_at: user.created_at.into(),
    }
}

pub(crate) fn token_pair(pair: TokenPair, now: Timestamp) -> rest::TokenPair {
    rest::TokenPair {
        access_token: Secret::new(pair.access),
        refresh_token: Secret::new(pair.refresh),
        token_type: rest::TokenType::Bearer,
        expires_in: (pair.access_expires_at - now).whole_seconds().max(0),
        session_id: pair.session.0,
    }
}

pub(crate) fn session(session: domain::Session, actor: &Actor) -> rest::Session {
    rest::Session {
        id: session.id.0,
        user_agent: session.user_agent,
        ip: session.ip,
        created_at: session.created_at.into(),
        last_used_at: session.last_used_at.into(),
        expires_at: session.expires_at.into(),
        current: session.id == actor.session,
    }
}

/// A direct conversation is called by the name of the other side.
pub(crate) fn room_name(name: Option<domain::RoomName>, peer: Option<&UserRef>) -> String {
    name.map_or_else(
        || peer.map_or_else(|| "@".to_owned(), |peer| format!("@{}", peer.username)),
        domain::RoomName::into_string,
    )
}

pub(crate) fn room(summary: RoomSummary) -> rest::Room {
    let RoomSummary { room, membership, members, unread, last_message_at, peer, mentions } = summary;
    rest::Room {
        id: room.id.0,
        name: room_name(room.name, peer.as_ref().map(|peer| &peer.user)),
        is_private: room.kind != domain::RoomKind::Public,
        created_at: room.created_at.into(),
        kind: match room.kind {
            domain::RoomKind::Public => RoomKind::Public,
            domain::RoomKind::Private => RoomKind::Private,
            domain::RoomKind::Direct => RoomKind::Direct,
        },
        topic: room.topic.map(domain::RoomTopic::into_string),
        peer: peer.map(|peer| rest::Peer {
            id: peer.user.id.0,
            username: peer.user.username.into_string(),
            full_name: peer.full_name.map(domain::FullName::into_string),
        }),
        mentions,
        notify: membership.as_ref().map_or(NotifyLevel::All, |membership| notify_level(membership.notify)),
        role: membership.map(|membership| role(membership.role)),
        member_count: members,
        unread,
        last_seq: room.last_seq.0,
        epoch: room.epoch.0,
        last_message_at: last_message_at.map(Into::into),
        posting: posting(room.rules.posting),
        slow_mode_seconds: room.slow_mode_seconds,
        archived_at: room.archived_at.map(Into::into),
    }
}

pub(crate) const fn notify_level(level: domain::NotifyLevel) -> NotifyLevel {
    match level {
        domain::NotifyLevel::All => NotifyLevel::All,
        domain::NotifyLevel::Mentions => NotifyLevel::Mentions,
        domain::NotifyLevel::Nothing => NotifyLevel::Nothing,
    }
}

pub(crate) const fn posting(posting: domain::Posting) -> Posting {
    match posting {
        domain::Posting::Everyone => Posting::Everyone,
        domain::Posting::Moderators => Posting::Moderators,
    }
}

pub(crate) fn sanction(view: domain::SanctionView) -> rest::Sanction {
    let domain::SanctionView { sanction, user, full_name, by } = view;
    rest::Sanction {
        id: sanction.id.0,
        user_id: user.id.0,
        username: user.username.into_string(),
        full_name: full_name.map(domain::FullName::into_string),
        reason: sanction.reason,
        by: by.map(|by| by.username.into_string()),
        created_at: sanction.created_at.into(),
        expires_at: sanction.expires_at.map(Into::into),
    }
}

/// `code` is known only where it was made just now.
pub(crate) fn invite(view: domain::InviteView, code: Option<String>) -> rest::Invite {
    let domain::InviteView { invite, by } = view;
    rest::Invite {
        id: invite.id.0,
        code: code.map(Secret::new),
        room_id: invite.room.0,
        by: by.map(|by| by.username.into_string()),
        created_at: invite.created_at.into(),
        expires_at: invite.expires_at.map(Into::into),
        max_uses: invite.max_uses,
        uses: invite.uses,
    }
}

pub(crate) const fn role(role: domain::Role) -> Role {
    match role {
        domain::Role::Member => Role::Member,
        domain::Role::Moderator => Role::Moderator,
        domain::Role::Owner => Role::Owner,
    }
}

pub(crate) fn member(view: MemberView) -> rest::Member {
    let MemberView { user, full_name, standing } = view;
    let is_moderator = standing.moderates();
    let Standing { membership, mute, ban } = standing;
    rest::Member {
        user_id: user.id.0,
        username: user.username.into_string(),
        full_name: full_name.map(domain::FullName::into_string),
        role: membership.as_ref().map(|membership| role(membership.role)),
        is_moderator,
        is_banned: ban.is_some(),
        is_muted: mute.is_some(),
        joined_at: membership.map(|membership| membership.joined_at.into()),
        muted_until: mute.and_then(|mute| mute.expires_at).map(Into::into),
        banned_until: ban.and_then(|ban| ban.expires_at).map(Into::into),
    }
}

pub(crate) fn message(view: MessageView) -> rest::Message {
    let content = view.text().to_owned();
    let MessageView { message, reply, reactions, attachments, mentions, here, pinned } = view;
    let (user_id, username) =
        message.author.map_or((None, None), |author| (Some(author.id.0), Some(author.username.into_string())));
    rest::Message {
        id: message.id.0,
        user_id,
        username,
        content,
        created_at: message.created_at.into(),
        room_id: message.room.0,
        seq: message.seq.0,
        kind: match message.kind {
            domain::MessageKind::Text => MessageKind::Text,
        },
        edited_at: message.edited_at.map(Into::into),
        reply_to: message.reply_to.map(|id| id.0),
        reply: reply.map(|reply| Reply {
            message_id: reply.message.0,
            user: reply.author.map(|author| author.username.into_string()),
            message: reply.excerpt,
        }),
        reactions: reactions.into_iter().map(reaction).collect(),
        attachments: crate::links::attachments(&attachments),
        mentions: usernames(mentions),
        mentions_here: here,
        pinned,
        client_id: message.client_id.map(|id| id.0),
    }
}

fn reaction(group: domain::ReactionGroup) -> Reaction {
    Reaction { emoji: group.emoji.into_string(), users: usernames(group.users) }
}

pub(crate) fn pin(pin: domain::PinView) -> rest::Pin {
    rest::Pin {
        message: message(pin.message),
        pinned_by: pin.by.map(|user| user.username.into_string()),
        pinned_at: pin.at.into(),
    }
}

pub(crate) fn seen(seen: Seen) -> rest::Seen {
    let Seen { user, read, delivered } = seen;
    rest::Seen { user_id: user.id.0, username: user.username.into_string(), read, delivered }
}

pub(crate) const fn unread(unread: Unread) -> rest::Unread {
    rest::Unread { read_seq: unread.read.0, unread: unread.messages, mentions: unread.mentions }
}

pub(crate) fn usernames(users: Vec<UserRef>) -> Vec<String> {
    users.into_iter().map(|user| user.username.into_string()).collect()
}
