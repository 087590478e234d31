//! All dialects behind the one encoder that the hub asks.

use bytes::Bytes;
use hallway_domain::{Disconnect, Event, RoomLoss, Signal, Timestamp, UserRef};
use hallway_hub::{Activity, Dialect, Encoder, RoomLabel};

use super::fastroom::FastroomEncoder;
use super::fastsock::{FASTSOCK, FastsockEncoder};

/// Speaks every dialect.
#[derive(Clone, Debug)]
pub struct Dialects {
    pub fastroom: FastroomEncoder,
    pub fastsock: FastsockEncoder,
}

impl Dialects {
    fn of(&self, dialect: Dialect) -> &dyn Encoder {
        if dialect == FASTSOCK { &self.fastsock } else { &self.fastroom }
    }
}

impl Encoder for Dialects {
    fn event(&self, dialect: Dialect, label: &RoomLabel, event: &Event) -> Bytes {
        self.of(dialect).event(dialect, label, event)
    }

    fn signal(&self, dialect: Dialect, label: &RoomLabel, signal: &Signal) -> Bytes {
        self.of(dialect).signal(dialect, label, signal)
    }

    fn presence(&self, dialect: Dialect, label: &RoomLabel, users: &[UserRef], at: Timestamp) -> Bytes {
        self.of(dialect).presence(dialect, label, users, at)
    }

    fn activity(&self, dialect: Dialect, label: &RoomLabel, activity: Activity) -> Bytes {
        self.of(dialect).activity(dialect, label, activity)
    }

    fn loss(&self, dialect: Dialect, label: &RoomLabel, why: RoomLoss) -> Bytes {
        self.of(dialect).loss(dialect, label, why)
    }

    fn close(&self, dialect: Dialect, why: Disconnect) -> Bytes {
        self.of(dialect).close(dialect, why)
    }
}
