//! What a rule may not take from its surroundings by itself: time, randomness and new ids.

use uuid::Uuid;

use crate::{ClientId, ConnectionId, Epoch, NodeId, SessionId, Timestamp, TokenId};

/// The wall clock.
pub trait Clock: Send + Sync + 'static {
    /// Now, in UTC, cut to whole microseconds.
    fn now(&self) -> Timestamp;
}

/// Random and unique values.
pub trait Ids: Send + Sync + 'static {
    /// A new UUIDv7 ([RFC 9562](https://www.rfc-editor.org/rfc/rfc9562), section 5.7): sorts by time of making.
    fn uuid_v7(&self) -> Uuid;

    /// `N` bytes from a cryptographically secure source.
    fn secret(&self) -> [u8; 32];

    /// A random positive number below 2^53.
    fn epoch(&self) -> Epoch {
        let bytes = self.secret();
        let mut eight = [0; 8];
        eight.copy_from_slice(&bytes[..8]);
        Epoch((i64::from_le_bytes(eight) & ((1 << 53) - 1)).max(1))
    }

    fn session(&self) -> SessionId {
        SessionId(self.uuid_v7())
    }

    fn connection(&self) -> ConnectionId {
        ConnectionId(self.uuid_v7())
    }

    fn token(&self) -> TokenId {
        TokenId(self.uuid_v7())
    }

    fn client(&self) -> ClientId {
        ClientId(self.uuid_v7())
    }

    fn node(&self) -> NodeId {
        NodeId(self.uuid_v7())
    }
}
