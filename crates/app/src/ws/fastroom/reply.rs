//! Answers to one connection.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use hallway_application::Around;
use hallway_domain::ports::MemberMark;
use hallway_domain::{
    ClientId, ConnectionId, MessageId, MessageView, Role, RoomHead, RoomId, RoomMode, Sanction, Seq, Timestamp, User,
    UserRef,
};
use hallway_hub::RoomLabel;
use hallway_protocol::ws::fastroom::{
    Banner, BannerUser, HistoryItem, Limits, LossReason, Mark, PresenceMode, ResetReason, RetryHint, ServerFrame,
    System, VERSION,
};

use super::frames::{self, wire_label};
use super::wire;
use crate::links::Links;

/// What the banner says of this server.
#[derive(Clone, Debug)]
pub struct ServerFacts {
    pub id: String,
    pub heartbeat: Duration,
    pub limits: Limits,
    pub retry: RetryHint,
}

/// The first frame of a connection.
#[must_use]
pub fn banner(server: &ServerFacts, user: &User, connection: ConnectionId, now: Timestamp) -> Bytes {
    wire::one(&ServerFrame::System(System {
        message: format!("connected as {}", user.username),
        room: None,
        room_id: None,
        ts: None,
        banner: Some(Banner {
            heartbeat_interval: server.heartbeat.as_secs().max(1),
            presence_mode: PresenceMode::Heartbeat,
            user: BannerUser {
                id: user.id.0,
                username: user.username.as_str().to_owned(),
                full_name: user.full_name.as_ref().map(|name| name.as_str().to_owned()),
            },
            connection_id: connection.0,
            server: server.id.clone(),
            protocol: VERSION,
            time: now.into(),
            limits: server.limits,
            retry: server.retry,
        }),
    }))
}

/// What `joined` tells.
#[derive(Clone, Copy, Debug)]
pub struct Joined<'a> {
    pub role: Option<Role>,
    pub head: Seq,
    pub read: Seq,
    pub unread: u64,
    /// How many of them mention the user.
    pub mentions: u64,
    /// How far the members have read, where that is told.
    pub marks: Option<&'a [MemberMark]>,
    /// The mute in force.
    pub mute: Option<&'a Sanction>,
    /// Who may write, and how often.
    pub mode: RoomMode,
    /// When slow mode lets the user write again.
    pub next_message_at: Option<Timestamp>,
}

#[must_use]
pub fn joined(label: &RoomLabel, joined: Joined<'_>) -> Bytes {
    wire::one(&ServerFrame::Joined {
        label: wire_label(label),
        role: joined.role.map(frames::role),
        epoch: label.epoch.0,
        head: joined.head.0,
        read_seq: joined.read.0,
        unread: joined.unread,
        mentions: joined.mentions,
        marks: joined.marks.map(|marks| marks.iter().map(mark).collect()),
        is_muted: joined.mute.is_some(),
        muted_until: joined.mute.and_then(|mute| mute.expires_at).map(Into::into),
        posting: frames::posting(joined.mode.posting),
        slow_mode_seconds: joined.mode.slow_mode_seconds,
        next_message_at: joined.next_message_at.map(Into::into),
        archived: joined.mode.archived,
    })
}

fn mark(mark: &MemberMark) -> Mark {
    Mark {
        user: mark.user.username.as_str().to_owned(),
        user_id: mark.user.id.0,
        read_seq: mark.read.0,
        delivered_seq: mark.delivered.0,
    }
}

/// Who is there. `users` come by username.
#[must_use]
pub fn presence_state(label: &RoomLabel, users: &[UserRef], now: Timestamp) -> Bytes {
    wire::one(&ServerFrame::PresenceState { label: wire_label(label), users: frames::usernames(users), ts: now.into() })
}

fn items(label: &RoomLabel, messages: &[MessageView], links: Links<'_>) -> Vec<HistoryItem> {
    let item = |view| {
        let mut chat = frames::chat(label, view);
        links.sign(&mut chat.attachments);
        HistoryItem::Chat(chat)
    };
    messages.iter().map(item).collect()
}

/// Who is online of those with whom the user has a direct conversation.
#[must_use]
pub fn online_state(users: &[UserRef]) -> Bytes {
    wire::one(&ServerFrame::OnlineState { users: frames::usernames(users) })
}

/// The newest messages, oldest first. No bytes when there are none: the frame is then left out.
#[must_use]
pub(crate) fn history(label: &RoomLabel, messages: &[MessageView], links: Links<'_>) -> Bytes {
    if messages.is_empty() {
        return Bytes::new();
    }
    wire::one(&ServerFrame::History { label: wire_label(label), messages: items(label, messages, links) })
}

/// Always answered, also with no messages.
#[must_use]
pub(crate) fn history_more(label: &RoomLabel, messages: &[MessageView], more: bool, links: Links<'_>) -> Bytes {
    wire::one(&ServerFrame::HistoryMore { label: wire_label(label), messages: items(label, messages, links), more })
}

#[must_use]
pub(crate) fn history_around(label: &RoomLabel, message: MessageId, around: &Around, links: Links<'_>) -> Bytes {
    wire::one(&ServerFrame::HistoryAround {
        label: wire_label(label),
        message_id: message.0,
        messages: items(label, &around.messages, links),
        before: around.before,
        after: around.after,
    })
}

#[must_use]
pub fn fetched(label: &RoomLabel, from: Seq, to: Seq) -> Bytes {
    wire::one(&ServerFrame::Fetched { label: wire_label(label), from: from.0, to: to.0 })
}

#[must_use]
pub fn synced(label: &RoomLabel, seq: Seq) -> Bytes {
    wire::one(&ServerFrame::Synced { label: wire_label(label), seq: seq.0 })
}

#[must_use]
pub fn reset(label: &RoomLabel, reason: ResetReason, head: &RoomHead) -> Bytes {
    wire::one(&ServerFrame::Reset { label: wire_label(label), reason, epoch: head.epoch.0, head: head.seq.0 })
}

/// The answer to `leave`, for native connections.
#[must_use]
pub fn left(label: &RoomLabel) -> Bytes {
    wire::one(&ServerFrame::Left { label: wire_label(label), reason: LossReason::Left })
}

#[must_use]
pub fn room_added(label: &RoomLabel) -> Bytes {
    wire::one(&ServerFrame::RoomAdded { label: wire_label(label) })
}

/// What `ack` tells.
#[derive(Clone, Copy, Debug)]
pub struct Acked {
    pub message: MessageId,
    /// None: nothing had to change.
    pub seq: Option<Seq>,
    pub at: Timestamp,
    pub duplicate: bool,
}

#[must_use]
pub fn ack(label: &RoomLabel, id: ClientId, acked: Acked) -> Bytes {
    wire::one(&ServerFrame::Ack {
        id: id.0,
        label: wire_label(label),
        message_id: acked.message.0,
        seq: acked.seq.map(|seq| seq.0),
        ts: acked.at.into(),
        duplicate: acked.duplicate,
    })
}

/// `heads` only for native connections.
#[must_use]
pub fn pong(now: Timestamp, heads: Option<Vec<(RoomId, Seq)>>) -> Bytes {
    #[expect(clippy::cast_precision_loss, reason = "microseconds since 1970 are exact in an f64 until the year 2255")]
    let ts = (now.unix_timestamp_nanos() / 1_000) as f64 / 1e6;
    let heads = heads.map(|heads| heads.into_iter().map(|(room, seq)| (room.to_string(), seq.0)).collect());
    wire::one(&ServerFrame::Pong { ts, heads: heads as Option<BTreeMap<_, _>> })
}

#[must_use]
pub fn auth_ok(expires_at: Timestamp) -> Bytes {
    wire::one(&ServerFrame::AuthOk { expires_at: expires_at.into() })
}

#[must_use]
pub fn auth_expiring(expires_at: Timestamp) -> Bytes {
    wire::one(&ServerFrame::AuthExpiring { expires_at: expires_at.into() })
}
