//! An encoder whose frames are lines that a test can read.

use bytes::Bytes;
use hallway_domain::{Disconnect, Event, RoomLoss, Signal, SignalKind, Timestamp, UserRef};
use hallway_hub::{Activity, Dialect, Encoder, RoomLabel};

/// `room:seq` in the plain dialect, `room#seq` in the native one. Activity is native only.
pub(crate) struct Lines;

fn name(label: &RoomLabel) -> String {
    let direct = || label.peer().map_or_else(|| label.room.to_string(), |peer| format!("@{}", peer.username));
    label.name.as_ref().map_or_else(direct, ToString::to_string)
}

fn line(text: String) -> Bytes {
    Bytes::from(text + "\n")
}

impl Encoder for Lines {
    fn event(&self, dialect: Dialect, label: &RoomLabel, event: &Event) -> Bytes {
        let mark = if dialect == super::PLAIN { ':' } else { '#' };
        line(format!("{}{mark}{}", name(label), event.seq))
    }

    fn signal(&self, _dialect: Dialect, label: &RoomLabel, signal: &Signal) -> Bytes {
        line(match &signal.kind {
            SignalKind::PresenceChanged { join, leave } => {
                let names =
                    |users: &[UserRef]| users.iter().map(|user| user.username.as_str()).collect::<Vec<_>>().join(",");
                format!("presence +{} -{}", names(join), names(leave))
            }
            SignalKind::Typing { user, typing } if label.peers.is_some() => {
                format!("typing {} {} {typing}", name(label), user.username)
            }
            SignalKind::Typing { user, typing } => format!("typing {} {typing}", user.username),
            SignalKind::Read { user, seq } => format!("read {} {seq}", user.username),
            SignalKind::Delivered { user, seq } => format!("delivered {} {seq}", user.username),
            SignalKind::Receipts { user, read, .. } => format!("receipts {} {read}", user.username),
            SignalKind::Online { user, online } => format!("online {} {online}", user.username),
            SignalKind::UserCreated { user, .. } => format!("created {}", user.username),
            SignalKind::MarkedUnread { seq, unread, mentions, .. } => format!("unread {unread} {mentions} after {seq}"),
            SignalKind::NotifyChanged { level, .. } => format!("notify {level:?}"),
            SignalKind::ReportsWaiting { open, .. } => format!("reports {open}"),
            SignalKind::Call { frame, .. } => format!("{} {}", frame.word.word(), frame.call),
        })
    }

    fn presence(&self, _: Dialect, label: &RoomLabel, users: &[UserRef], _: Timestamp) -> Bytes {
        let names: Vec<_> = users.iter().map(|user| user.username.as_str()).collect();
        line(format!("there {} {}", name(label), names.join(",")))
    }

    fn activity(&self, dialect: Dialect, label: &RoomLabel, activity: Activity) -> Bytes {
        if dialect == super::PLAIN {
            return Bytes::new();
        }
        line(format!("activity {} {} unread at {}", name(label), activity.unread, activity.seq))
    }

    fn loss(&self, _dialect: Dialect, label: &RoomLabel, why: RoomLoss) -> Bytes {
        line(format!("lost {} {why:?}", name(label)))
    }

    fn close(&self, _dialect: Dialect, why: Disconnect) -> Bytes {
        line(format!("close {why:?}"))
    }
}
