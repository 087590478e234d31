//! Roles and sanctions.

use hallway_domain::ports::MemberView;
use hallway_domain::{Actor, Role, RoomId, SanctionKind, Timestamp, UserId};

use crate::Result;
use crate::context::Context;

pub struct Moderation<'a> {
    pub(crate) context: &'a Context,
}

impl Moderation<'_> {
    pub async fn set_role(&self, actor: &Actor, room: RoomId, target: UserId, role: Role) -> Result<MemberView> {
        todo!()
    }
    /// Moderator or not; `on` none toggles.
    pub async fn set_moderator(
        &self,
        actor: &Actor,
        room: RoomId,
        target: UserId,
        on: Option<bool>,
    ) -> Result<MemberView> {
        todo!()
    }
    /// Imposes or lifts a sanction; `on` none toggles, what is so already stays so. A ban takes the room away from
    /// the target's connections on every node.
    pub async fn set_sanction(
        &self,
        actor: &Actor,
        room: RoomId,
        target: UserId,
        sanction: SetSanction,
    ) -> Result<MemberView> {
        todo!()
    }
}

/// What to impose or lift.
#[derive(Clone, Debug)]
pub struct SetSanction {
    pub kind: SanctionKind,
    pub on: Option<bool>,
    pub reason: Option<String>,
    pub expires_at: Option<Timestamp>,
}
