//! The one place that says no.
//!
//! [`authorize`] is pure: it looks at the actor, the action and what one transaction read of the room, and gives a
//! [`Permit`] of exactly that action. Methods that change something take the permit, and cannot be called without.

mod administration;
mod conversation;
mod entrance;
mod moderation;
mod review;

pub use administration::{Administer, administer};
pub use conversation::{MentionHere, Pin, Post};
pub use entrance::{AddMember, Invite, Join, JoinByInvite};
pub use moderation::{HandOver, Kick, SanctionMember, SeeSanctions, SetRole};
pub use review::{Protect, Report, Review};

use crate::ports::Access;
use time::Duration;

use crate::{Actor, DirectKey, Posting, Role, Room, RoomId, RoomKind, RoomLoss, Seq, Standing, Timestamp, UserId};

/// What a decision looks at. Read it in the transaction that writes, never from a cache.
#[derive(Clone, Copy, Debug)]
pub struct Scope<'a> {
    pub room: &'a Room,
    /// The actor's own standing.
    pub standing: &'a Standing,
}

/// Proof that [`authorize`] allowed the action. Only it can make one.
#[derive(Clone, Debug)]
pub struct Permit<A> {
    actor: UserId,
    room: RoomId,
    direct: Option<DirectKey>,
    as_of: Seq,
    action: A,
}

impl<A> Permit<A> {
    #[must_use]
    pub const fn actor(&self) -> UserId {
        self.actor
    }

    #[must_use]
    pub const fn room(&self) -> RoomId {
        self.room
    }

    /// Whose conversation the room is, if it is a direct one.
    #[must_use]
    pub const fn direct(&self) -> Option<DirectKey> {
        self.direct
    }

    /// Everything that the room's log says up to here was known when this was decided. For that, read the room before
    /// the standing, or both at once.
    #[must_use]
    pub const fn as_of(&self) -> Seq {
        self.as_of
    }

    #[must_use]
    pub const fn action(&self) -> &A {
        &self.action
    }
}

/// Why not.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// The actor may not even know that the room exists: answer as if it did not.
    #[error("room not found")]
    Hidden,
    #[error("room is private")]
    PrivateRoom,
    #[error("not a member")]
    NotMember,
    /// Until then; `None` is until lifted.
    #[error("banned")]
    Banned(Option<Timestamp>),
    #[error("muted")]
    Muted(Option<Timestamp>),
    #[error("not moderator")]
    NotModerator,
    #[error("not permitted")]
    NotPermitted,
    /// The target is of the same or a higher rank.
    #[error("not permitted: same or higher rank")]
    Outranked,
    #[error("room is archived")]
    Archived,
    /// An announcement room.
    #[error("only moderators write here")]
    ModeratorsOnly,
    /// Slow mode: again after this long.
    #[error("slow mode: wait {} s", .0.as_seconds_f64().ceil())]
    SlowMode(Duration),
    #[error("not possible in a direct conversation")]
    DirectRoom,
    #[error("room is locked: nobody new may join now")]
    RoomLocked,
    /// Others may in a moment.
    #[error("too many are joining this room, try again in {} s", .0.whole_seconds().max(0) + 1)]
    JoiningTooFast(Duration),
    /// Until then.
    #[error("account is too new for this room")]
    AccountTooNew(Timestamp),
    #[error("message has words that this room does not allow")]
    BlockedByFilter,
    /// It is not posted; a moderator decides.
    #[error("message waits for a moderator")]
    HeldForReview,
    #[error("administrators only")]
    NotAdministrator,
    /// The other side of a direct conversation cannot be written to. Why is nobody's business.
    #[error("this user cannot be reached")]
    Unreachable,
}

/// Something one may be allowed to do in a room.
pub trait Action {
    /// # Errors
    /// Why the actor may not.
    fn judge(&self, actor: &Actor, scope: Scope<'_>) -> Result<(), Denied>;
}

/// Asks whether `actor` may do `action`.
///
/// # Errors
/// Why not.
pub fn authorize<A: Action>(actor: &Actor, action: A, scope: Scope<'_>) -> Result<Permit<A>, Denied> {
    action.judge(actor, scope)?;
    Ok(Permit { actor: actor.id(), room: scope.room.id, direct: scope.room.direct, as_of: scope.room.last_seq, action })
}

/// Why somebody who follows the room live may not any more, if so: [`Read`], asked again for many at once.
#[must_use]
pub const fn loss(access: &Access) -> Option<RoomLoss> {
    match access {
        Access { is_banned: true, .. } => Some(RoomLoss::Banned),
        Access { kind: RoomKind::Private | RoomKind::Direct, is_member: false, .. } => Some(RoomLoss::MadePrivate),
        Access { .. } => None,
    }
}

/// As [`loss`], for members who hear of activity without having joined.
#[must_use]
pub const fn watch_loss(access: &Access) -> Option<RoomLoss> {
    match (loss(access), access.is_member) {
        (None, false) => Some(RoomLoss::Left),
        (loss, _) => loss,
    }
}

/// See the room, its members, its history and who is there; follow it live.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Read;

/// End one's own membership.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Leave;

/// Add or remove one's own reaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct React;

/// Be shown as typing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Type;

/// Move one's own read or delivered mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark;

/// Change the text of a message. A moderator does not put words into another's mouth: authors only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EditMessage {
    pub author: Option<UserId>,
}

/// Remove a message: its author, or a moderator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeleteMessage {
    pub author: Option<UserId>,
}

/// Change name, topic, kind, who may write and how often; archive, and back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UpdateRoom;

/// Remove the room with all that is in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeleteRoom;

fn not_banned(scope: Scope<'_>) -> Result<(), Denied> {
    scope.standing.ban.as_ref().map_or(Ok(()), |ban| Err(Denied::Banned(ban.expires_at)))
}

/// A member who is not banned. To anybody else a private room does not exist.
fn member(scope: Scope<'_>) -> Result<Role, Denied> {
    let Some(role) = scope.standing.role() else {
        return match scope.room.kind {
            RoomKind::Public => not_banned(scope).and(Err(Denied::NotMember)),
            RoomKind::Private | RoomKind::Direct => Err(Denied::Hidden),
        };
    };
    not_banned(scope)?;
    Ok(role)
}

/// A member who may say something now.
fn speaker(scope: Scope<'_>) -> Result<Role, Denied> {
    let role = member(scope)?;
    if let Some(mute) = &scope.standing.mute {
        return Err(Denied::Muted(mute.expires_at));
    }
    if scope.room.archived_at.is_some() {
        return Err(Denied::Archived);
    }
    Ok(role)
}

/// A speaker who may put words into the room.
fn writer(scope: Scope<'_>) -> Result<Role, Denied> {
    let role = speaker(scope)?;
    match scope.room.rules.posting {
        Posting::Moderators if !role.moderates() => Err(Denied::ModeratorsOnly),
        Posting::Moderators | Posting::Everyone => Ok(role),
    }
}

/// A stranger who wants more than to write lacks the right, not just the membership.
fn stranger_is(denied: Denied, instead: Denied) -> Denied {
    if denied == Denied::NotMember { instead } else { denied }
}

/// A member who leads the room. Nobody leads a direct conversation: its two members are alike, and stay.
fn moderator(scope: Scope<'_>) -> Result<Role, Denied> {
    let role = member(scope).map_err(|denied| stranger_is(denied, Denied::NotModerator))?;
    if scope.room.kind == RoomKind::Direct {
        return Err(Denied::DirectRoom);
    }
    if role.moderates() { Ok(role) } else { Err(Denied::NotModerator) }
}

impl Action for Read {
    fn judge(&self, _actor: &Actor, scope: Scope<'_>) -> Result<(), Denied> {
        match (scope.room.kind, scope.standing.role()) {
            (RoomKind::Public, _) | (RoomKind::Private | RoomKind::Direct, Some(_)) => not_banned(scope),
            (RoomKind::Private | RoomKind::Direct, None) => Err(Denied::Hidden),
        }
    }
}

impl Action for Leave {
    fn judge(&self, _actor: &Actor, scope: Scope<'_>) -> Result<(), Denied> {
        if scope.standing.role().is_none() {
            return Err(if scope.room.kind == RoomKind::Public { Denied::NotMember } else { Denied::Hidden });
        }
        if scope.room.kind == RoomKind::Direct { Err(Denied::DirectRoom) } else { Ok(()) }
    }
}

impl Action for React {
    fn judge(&self, _actor: &Actor, scope: Scope<'_>) -> Result<(), Denied> {
        speaker(scope).map(drop)
    }
}

impl Action for Type {
    fn judge(&self, _actor: &Actor, scope: Scope<'_>) -> Result<(), Denied> {
        writer(scope).map(drop)
    }
}

impl Action for Mark {
    fn judge(&self, _actor: &Actor, scope: Scope<'_>) -> Result<(), Denied> {
        member(scope).map(drop)
    }
}

impl Action for EditMessage {
    fn judge(&self, actor: &Actor, scope: Scope<'_>) -> Result<(), Denied> {
        writer(scope).map_err(|denied| stranger_is(denied, Denied::NotPermitted))?;
        if self.author == Some(actor.id()) { Ok(()) } else { Err(Denied::NotPermitted) }
    }
}

impl Action for DeleteMessage {
    fn judge(&self, actor: &Actor, scope: Scope<'_>) -> Result<(), Denied> {
        let role = member(scope).map_err(|denied| stranger_is(denied, Denied::NotPermitted))?;
        if self.author == Some(actor.id()) || role.moderates() { Ok(()) } else { Err(Denied::NotPermitted) }
    }
}

impl Action for UpdateRoom {
    fn judge(&self, _actor: &Actor, scope: Scope<'_>) -> Result<(), Denied> {
        moderator(scope).map(drop)
    }
}

impl Action for DeleteRoom {
    fn judge(&self, _actor: &Actor, scope: Scope<'_>) -> Result<(), Denied> {
        moderator(scope).map(drop)
    }
}
