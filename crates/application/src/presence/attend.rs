//! Coming and going.

use hallway_domain::policy::{Denied, Permit, Read};
use hallway_domain::{Actor, ConnectionId, RoomId, Signal, SignalKind, UserRef};
use time::Duration;

use super::Attendance;
use super::announce::Change;
use crate::Result;

impl Attendance<'_> {
    /// Counts the connection in, tells the others if it is the user's first, and says who is there by username.
    pub async fn enter(&self, actor: &Actor, permit: &Permit<Read>, connection: ConnectionId) -> Result<Vec<UserRef>> {
        if permit.actor() != actor.id() {
            return Err(Denied::NotPermitted.into());
        }
        let (room, now) = (permit.room(), self.context.now());
        let _turn = self.context.turns.of(room).await;
        let mut entered = self.context.ports.presence.enter(room, &actor.user, connection, now).await?;
        if self.context.is_hushed(permit.direct()).await? {
            entered.users.retain(|user| user.id == actor.id());
        } else if entered.first {
            let kind = SignalKind::PresenceChanged { join: vec![actor.user.clone()], leave: Vec::new() };
            self.context.signal(Signal { room, at: now, except: Some(connection), kind }).await;
        }
        Ok(entered.users)
    }

    /// Counts the connection out of one room and tells the others if it was the user's last.
    pub async fn leave(&self, actor: &Actor, room: RoomId, connection: ConnectionId) -> Result<()> {
        let _turn = self.context.turns.of(room).await;
        if let Some(departure) = self.context.ports.presence.leave(room, &actor.user, connection).await? {
            let change = Change { join: Vec::new(), leave: vec![departure.user] };
            self.announce(room, change, Some(connection)).await;
        }
        Ok(())
    }

    /// The connection is gone from everywhere; its user has the grace to come back.
    pub async fn lose(&self, connection: ConnectionId) -> Result<()> {
        let grace = self.context.settings.presence_grace;
        Ok(self.context.ports.presence.lose(connection, self.context.now(), grace).await?)
    }

    /// As [`Attendance::lose`], without a grace: this node stops. Who comes back by way of another one before the next
    /// sweep is not seen to go.
    pub async fn depart(&self, connection: ConnectionId) -> Result<()> {
        Ok(self.context.ports.presence.lose(connection, self.context.now(), Duration::ZERO).await?)
    }

    /// Who is in the room, by username.
    pub async fn list(&self, actor: &Actor, room: RoomId) -> Result<Vec<UserRef>> {
        let (permit, ..) = self.context.permit(actor, Read, room).await?;
        let mut users = self.context.ports.presence.list(room).await?;
        if self.context.is_hushed(permit.direct()).await? {
            users.retain(|user| user.id == actor.id());
        }
        Ok(users)
    }
}
