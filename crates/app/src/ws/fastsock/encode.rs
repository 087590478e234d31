//! What the hub says to many connections at once.

use bytes::Bytes;
use hallway_domain::{Disconnect, Event, Fact, RoomLoss, Signal};
use hallway_hub::{Activity, Dialect, Encoder, RoomLabel};
use hallway_protocol::ws::fastroom::LossReason;
use hallway_protocol::ws::fastsock::ServerEvent;

use super::{UploadLinks, close, frames};
use crate::ws::text;

/// Encodes for [`super::FASTSOCK`].
#[derive(Clone, Debug)]
pub struct FastsockEncoder {
    pub links: UploadLinks,
}

impl Encoder for FastsockEncoder {
    fn event(&self, _dialect: Dialect, label: &RoomLabel, event: &Event) -> Bytes {
        match &event.fact {
            Fact::MessagesPurged(purge) => text::many(&frames::purged(label, purge)),
            fact => frames::event(label, fact, &self.links).map(|event| text::one(&event)).unwrap_or_default(),
        }
    }

    fn signal(&self, _dialect: Dialect, label: &RoomLabel, signal: &Signal) -> Bytes {
        text::many(&frames::signal(label, signal))
    }

    /// It has joined every room that it could watch.
    fn activity(&self, _dialect: Dialect, _label: &RoomLabel, _activity: Activity) -> Bytes {
        Bytes::new()
    }

    fn loss(&self, _dialect: Dialect, label: &RoomLabel, why: RoomLoss) -> Bytes {
        let reason = match why {
            RoomLoss::Left => LossReason::Left,
            RoomLoss::Kicked => LossReason::Kicked,
            RoomLoss::Banned => LossReason::Banned,
            RoomLoss::MadePrivate => LossReason::MadePrivate,
            RoomLoss::Deleted => LossReason::Deleted,
        };
        text::one(&ServerEvent::RoomRemoved { id: label.room.0, reason })
    }

    fn close(&self, _dialect: Dialect, why: Disconnect) -> Bytes {
        close(why)
    }
}
