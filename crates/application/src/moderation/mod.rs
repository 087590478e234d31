//! Roles and sanctions.

mod role;
mod sanction;

use hallway_domain::ports::MemberView;
use hallway_domain::{Actor, Room, RoomId, SanctionKind, Standing, Timestamp, User, UserId};

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
