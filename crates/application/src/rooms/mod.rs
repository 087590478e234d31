//! Rooms and memberships.

use hallway_domain::policy::{Permit, Read};
use hallway_domain::ports::{MemberView, RoomFilter, RoomSummary};
use hallway_domain::{
    Actor, Membership, Page, PageRequest, Room, RoomId, RoomName, RoomPatch, RoomTopic, Standing, UserId, Username,
};

use crate::Result;
use crate::context::Context;

#[derive(Clone, Debug)]
pub struct CreateRoom {
    pub name: RoomName,
    pub topic: Option<RoomTopic>,
    pub private: bool,
}

/// The outcome of joining.
#[derive(Clone, Debug)]
pub struct Entry {
    pub room: Room,
    pub membership: Membership,
    /// False: was a member before.
    pub new: bool,
}

pub struct Rooms<'a> {
    pub(crate) context: &'a Context,
}

impl Rooms<'_> {
    /// Makes a room; the caller becomes its owner.
    pub async fn create(&self, actor: &Actor, command: CreateRoom) -> Result<Room> {
        todo!()
    }
    pub async fn get(&self, actor: &Actor, room: RoomId) -> Result<Room> {
        todo!()
    }
    pub async fn by_name(&self, actor: &Actor, name: &RoomName) -> Result<Room> {
        todo!()
    }
    pub async fn list(&self, actor: &Actor, filter: &RoomFilter, page: PageRequest) -> Result<Page<RoomSummary>> {
        todo!()
    }
    pub async fn update(&self, actor: &Actor, room: RoomId, patch: RoomPatch) -> Result<Room> {
        todo!()
    }
    pub async fn delete(&self, actor: &Actor, room: RoomId) -> Result<()> {
        todo!()
    }
    /// Makes the caller a member of a public room. Repeating it is fine.
    pub async fn join(&self, actor: &Actor, room: RoomId) -> Result<Entry> {
        todo!()
    }
    /// Ends the caller's membership. When the last owner goes, the member of the highest role and then of the
    /// longest standing takes over.
    pub async fn leave(&self, actor: &Actor, room: RoomId) -> Result<()> {
        todo!()
    }
    /// Makes `username` a member, which is the only way into a private room.
    pub async fn add_member(&self, actor: &Actor, room: RoomId, username: &Username) -> Result<MemberView> {
        todo!()
    }
    pub async fn members(&self, actor: &Actor, room: RoomId, page: PageRequest) -> Result<Page<MemberView>> {
        todo!()
    }
    pub async fn member(&self, actor: &Actor, room: RoomId, user: UserId) -> Result<MemberView> {
        todo!()
    }
    /// The caller's rooms, for a connection that wants to hear of activity in them.
    pub async fn mine(&self, actor: &Actor) -> Result<Vec<(Room, Membership, u64)>> {
        todo!()
    }
    /// The right to read and follow the room now, with what it was decided on and how many messages are unread.
    pub async fn admit(&self, actor: &Actor, room: RoomId) -> Result<(Permit<Read>, Room, Standing, u64)> {
        todo!()
    }
}
