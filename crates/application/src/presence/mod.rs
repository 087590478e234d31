//! Who is in a room, and who is typing.

use hallway_domain::policy::{Permit, Read};
use hallway_domain::{Actor, ConnectionId, RoomId, UserRef};

use crate::Result;
use crate::context::Context;

pub struct Attendance<'a> {
    pub(crate) context: &'a Context,
}

impl Attendance<'_> {
    /// Counts the connection in, tells the others if it is the user's first, and says who is there by username.
    pub async fn enter(&self, actor: &Actor, permit: &Permit<Read>, connection: ConnectionId) -> Result<Vec<UserRef>> {
        todo!()
    }
    /// Counts the connection out of one room and tells the others if it was the user's last.
    pub async fn leave(&self, actor: &Actor, room: RoomId, connection: ConnectionId) -> Result<()> {
        todo!()
    }
    /// The connection is gone from everywhere; its user has the grace to come back.
    pub async fn lose(&self, connection: ConnectionId) -> Result<()> {
        todo!()
    }
    /// Who is in the room, by username.
    pub async fn list(&self, actor: &Actor, room: RoomId) -> Result<Vec<UserRef>> {
        todo!()
    }
    /// Tells the room that the caller is or stops typing. Silent when too often.
    pub async fn typing(&self, actor: &Actor, room: RoomId, typing: bool, connection: ConnectionId) -> Result<()> {
        todo!()
    }
    /// Renews this node's lease and announces departures that have become due. Call it every second.
    pub async fn sweep(&self) -> Result<()> {
        todo!()
    }
}
