//! Being shown as typing.

use hallway_domain::policy::Type;
use hallway_domain::{Actor, ConnectionId, RoomId, Signal, SignalKind};

use super::Attendance;
use crate::{Error, Result};

impl Attendance<'_> {
    /// Tells the room that the caller is or stops typing, the caller's own connections too. Silent when `connection`
    /// does so too often. Starts and stops are counted apart: whoever was let start is let stop, and does not stay
    /// shown as typing.
    pub async fn typing(&self, actor: &Actor, room: RoomId, typing: bool, connection: ConnectionId) -> Result<()> {
        let key = || format!("typing:{}:{connection}:{typing}", actor.id());
        match self.context.throttle(|rates| rates.typing, key).await {
            Err(Error::RateLimited(_)) => return Ok(()),
            other => other?,
        }
        let (_, found, _) = self.context.permit(actor, Type, room).await?;
        if self.context.is_hushed(found.direct).await? {
            return Ok(());
        }
        let kind = SignalKind::Typing { user: actor.user.clone(), typing };
        self.context.signal(Signal { room, at: self.context.now(), except: None, kind }).await;
        Ok(())
    }
}
