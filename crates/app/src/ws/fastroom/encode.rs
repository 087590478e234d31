//! What the hub says to many connections at once.

use std::time::Duration;

use bytes::Bytes;
use hallway_domain::{Disconnect, Event, RoomLoss, Signal, SignalKind, Timestamp, UserRef};
use hallway_hub::{Activity, Dialect, Encoder, RoomLabel};
use hallway_protocol::ws::fastroom::{ErrorCode, ErrorFrame, Retry, ServerFrame};

use super::reply::presence_state;
use super::{PLAIN, close, frames, wire};

/// Encodes for [`PLAIN`] and [`super::NATIVE`]. They differ in little: a plain client is told in words, as FastRoom does,
/// who came and went and what it lost.
#[derive(Clone, Copy, Debug)]
pub struct FastroomEncoder {
    /// Over how long the clients of a stopping server come back.
    pub spread: Duration,
}

impl Encoder for FastroomEncoder {
    fn event(&self, _dialect: Dialect, label: &RoomLabel, event: &Event) -> Bytes {
        wire::one(&frames::event(label, event))
    }

    fn signal(&self, dialect: Dialect, label: &RoomLabel, signal: &Signal) -> Bytes {
        if dialect == PLAIN
            && matches!(
                signal.kind,
                SignalKind::Call { .. } | SignalKind::Online { .. } | SignalKind::ReportsWaiting { .. }
            )
        {
            return Bytes::new();
        }
        wire::many(&frames::signal(label, signal))
    }

    fn presence(&self, _dialect: Dialect, label: &RoomLabel, users: &[UserRef], at: Timestamp) -> Bytes {
        presence_state(label, users, at)
    }

    fn activity(&self, _dialect: Dialect, label: &RoomLabel, activity: Activity) -> Bytes {
        let label = frames::wire_label(label);
        wire::one(&ServerFrame::RoomActivity {
            label,
            seq: activity.seq.0,
            unread: activity.unread,
            mentions: activity.mentions,
        })
    }

    fn loss(&self, dialect: Dialect, label: &RoomLabel, why: RoomLoss) -> Bytes {
        let label = frames::wire_label(label);
        let mut said = Vec::with_capacity(2);
        if dialect == PLAIN
            && let Some((message, code)) = in_words(why)
        {
            said.push(ServerFrame::Error(ErrorFrame {
                message: message.to_owned(),
                code,
                id: None,
                room: Some(label.room.clone()),
                room_id: Some(label.room_id),
                retry: Retry::Never,
                after_ms: None,
            }));
        }
        said.push(ServerFrame::RoomRemoved { label, reason: frames::loss(why) });
        wire::many(&said)
    }

    fn close(&self, dialect: Dialect, why: Disconnect) -> Bytes {
        close(dialect, why, self.spread)
    }
}

/// The recorded error that a plain client shows for a loss that its user did not ask for.
const fn in_words(why: RoomLoss) -> Option<(&'static str, ErrorCode)> {
    match why {
        RoomLoss::Left => None,
        RoomLoss::Kicked => Some(("not a member", ErrorCode::NotAMember)),
        RoomLoss::Banned => Some(("banned", ErrorCode::Banned)),
        RoomLoss::MadePrivate => Some(("room is private", ErrorCode::RoomIsPrivate)),
        RoomLoss::Deleted => Some(("room not found", ErrorCode::RoomNotFound)),
    }
}
