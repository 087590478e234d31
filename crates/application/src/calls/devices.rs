//! Devices that come and go.

use hallway_domain::call::{Call, CallEvent, CallWord, DeviceId, Party, Phase, Side};
use hallway_domain::ports::{Line, LineError};
use hallway_domain::{Actor, ConnectionId, UserId};

use super::deliver::{frame, publish};
use super::{Calls, MOST_OF_USER};
use crate::{Error, Result};

/// How a connection went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gone {
    /// Its device may come back.
    Broken,
    /// Its device goes with it: the next connection is another one.
    ForGood,
    /// Its user is signed out there: calls of the device end now.
    SignedOut,
}

impl From<LineError> for Error {
    fn from(error: LineError) -> Self {
        Self::Unavailable(error.to_string())
    }
}

impl Calls<'_> {
    /// A device speaks through this connection from now on: it rings with what rings its user, and is told how the
    /// other calls of its user stand.
    ///
    /// # Errors
    /// When something that is needed for calls does not answer: the device is not called then.
    pub async fn arrive(&self, actor: &Actor, device: DeviceId, connection: ConnectionId) -> Result<()> {
        let ports = &self.context.ports;
        ports.lines.attach(Line { user: actor.id(), device, connection }).await?;
        for call in self.live_of(actor.id()).await? {
            let Some(side) = call.side_of(actor.id()) else { continue };
            if side == Side::Callee && call.phase() == Phase::Ringing {
                self.happens(&call.id, CallEvent::Online(device)).await?;
            } else {
                let frame = frame(&call, CallWord::Sync, Party { side, device });
                publish(ports, &call, vec![(side, frame)]).await;
            }
        }
        Ok(())
    }

    /// A connection is gone.
    ///
    /// # Errors
    /// When the calls of its device could not be told. That it is gone is found out later.
    pub async fn depart(&self, user: UserId, device: DeviceId, connection: ConnectionId, how: Gone) -> Result<()> {
        if self.context.ports.lines.detach(Line { user, device, connection }).await? {
            self.lose(user, device, how).await?;
        }
        Ok(())
    }

    pub(super) async fn lose(&self, user: UserId, device: DeviceId, how: Gone) -> Result<()> {
        let settings = &self.context.settings.calls;
        let grace = if how == Gone::ForGood { settings.legacy_grace } else { settings.grace };
        for call in self.live_of(user).await? {
            let Some(side) = call.side_of(user) else { continue };
            let event = match how {
                Gone::SignedOut if call.bound(side) == Some(device) => CallEvent::Severed,
                _ => CallEvent::Lost { party: Party { side, device }, grace },
            };
            self.happens(&call.id, event).await?;
        }
        Ok(())
    }

    async fn live_of(&self, user: UserId) -> Result<Vec<Call>> {
        Ok(self.context.ports.store.call_queries().live_calls_of(user, MOST_OF_USER).await?)
    }
}
