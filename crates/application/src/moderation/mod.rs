//! Roles and sanctions.

mod expiry;
mod hand_over;
mod kick;
mod purge;
mod reason;
mod role;
mod sanction;

use hallway_domain::ports::MemberView;
use hallway_domain::{Actor, Room, RoomId, SanctionKind, Standing, Timestamp, User, UserId};

use time::Duration;

use crate::context::Context;
use crate::unit::{Attempt, Unit};

pub(crate) use role::crown;

/// Roles and sanctions.
pub struct Moderation<'a> {
    pub(crate) context: &'a Context,
}

/// What to impose or lift.
#[derive(Clone, Debug)]
pub struct SetSanction {
    pub kind: SanctionKind,
    /// None toggles.
    pub on: Option<bool>,
    pub reason: Option<String>,
    pub expires_at: Option<Timestamp>,
}

/// A mute or ban that is to hold from now on, whatever held before.
#[derive(Clone, Debug)]
pub struct Impose {
    pub kind: SanctionKind,
    pub reason: Option<String>,
    pub expires_at: Option<Timestamp>,
    /// Removes what the target wrote in the room for so long before now; at most [`Impose::MOST_PURGE`].
    pub purge: Option<Duration>,
}

impl Impose {
    /// Furthest back that messages are removed.
    pub const MOST_PURGE: Duration = Duration::days(7);
}

/// A locked room, and the two sides of an act of moderation as the unit read them.
struct Case<'a> {
    unit: Unit<'a>,
    room: Room,
    own: Standing,
    /// None: there is no such account.
    target: Option<User>,
    standing: Standing,
    now: Timestamp,
}

impl<'a> Case<'a> {
    async fn open(context: &'a Context, actor: &Actor, room: RoomId, target: UserId) -> Attempt<Self> {
        let now = context.now();
        let mut unit = Unit::begin(context).await?;
        let room = unit.lock(room).await?;
        let own = unit.standing(room.id, actor.id(), now).await?;
        let standing = unit.standing(room.id, target, now).await?;
        let target = unit.work.users().find(target).await?;
        Ok(Self { unit, room, own, target, standing, now })
    }
}

fn view(user: &User, standing: Standing) -> MemberView {
    MemberView { user: user.to_ref(), full_name: user.full_name.clone(), standing }
}
