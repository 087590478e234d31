//! Rooms and memberships.

mod create;
mod delete;
mod direct;
mod invites;
mod join;
mod leave;
mod members;
mod read;
mod update;

use hallway_domain::{Membership, NotifyLevel, Role, Room, RoomName, RoomTopic, Timestamp, UserId, UserKey};

use crate::context::Context;

pub use invites::MadeInvite;

#[derive(Clone, Debug)]
pub struct CreateRoom {
    pub name: RoomName,
    pub topic: Option<RoomTopic>,
    pub private: bool,
    /// Members besides the caller, from the beginning; at most [`CreateRoom::MEMBERS`].
    pub members: Vec<UserKey>,
}

impl CreateRoom {
    /// Most members that a room is made with.
    pub const MEMBERS: usize = 100;
}

/// The outcome of joining.
#[derive(Clone, Debug)]
pub struct Entry {
    pub room: Room,
    pub membership: Membership,
    /// False: was a member before.
    pub new: bool,
}

/// Making, finding, entering and leaving rooms.
///
/// A private room does not exist for whoever is not a member: reading answers
/// [`Denied::Hidden`](hallway_domain::policy::Denied::Hidden), which the edge shows as "not found". Only
/// [`Rooms::join`] says that a room is private.
///
/// When the last owner leaves, the member of the highest role and then of the longest standing takes over, banned
/// ones passed over. When nobody is left to take over, a private room is deleted with all that is in it (nobody
/// could ever see it again, and it would keep its name for ever), and a public room waits: who joins it next becomes
/// its owner. An owner carries no sanction: what is in force ends when somebody becomes one.
pub struct Rooms<'a> {
    pub(crate) context: &'a Context,
}

/// A new membership. What was written before it counts as read.
fn membership(room: &Room, user: UserId, role: Role, now: Timestamp) -> Membership {
    Membership {
        room: room.id,
        user,
        role,
        joined_at: now,
        last_read: room.last_seq,
        last_delivered: room.last_seq,
        notify: NotifyLevel::All,
    }
}

/// The bucket of the rooms that a user joins or makes.
fn join_key(user: UserId) -> String {
    format!("join:{user}")
}
