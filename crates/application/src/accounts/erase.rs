//! Going for good.
//!
//! The account is disabled first, in a unit of its own: from then on nothing new of it comes. Then room after room is
//! cleared in small parts, so that nobody waits long, and at last the account goes with all that is left. Whoever is
//! interrupted in the midst of it is finished by [`Accounts::finish_erasures`].
//!
//! Messages become tombstones of nobody, which keeps every `seq`. Direct conversations go as a whole. Numbers of the
//! account stay in logs; they are never given again.

use hallway_domain::policy::Administer;
use hallway_domain::{
    Actor, Disconnect, Fact, Purge, Revocation, Role, Room, RoomId, RoomKind, RoomLoss, User, UserId,
};

use super::Accounts;
use super::administration::{Operator, note};
use crate::moderation::crown;
use crate::unit::{self, Attempt, Unit, audit};
use crate::{Missing, Result};

/// Messages in one unit: no more than one event may name.
const PART: u32 = 500;
const _: () = assert!(PART as usize <= Purge::MOST);
/// Rooms that are looked at in one go.
const ROOMS: u32 = 100;
/// Accounts that are finished in one round.
const ROUND: u32 = 20;

impl Accounts<'_> {
    /// Erases the caller's account. `ip` is who asks.
    pub async fn erase_own(&self, actor: &Actor, password: String, ip: Option<&str>) -> Result<()> {
        self.confirm(actor, password, ip).await?;
        let user = unit::run(|| self.begin_erasure(None, actor.id())).await?;
        self.clear(&user).await
    }

    /// Erases another account.
    pub async fn erase(&self, operator: Operator<'_>, user: UserId) -> Result<()> {
        let user = self.request_erasure(operator, user).await?;
        self.clear(&user).await
    }

    /// Only ends what the account can do. The rest is done by [`Accounts::finish_erasures`].
    pub async fn request_erasure(&self, operator: Operator<'_>, user: UserId) -> Result<User> {
        unit::run(|| self.begin_erasure(Some(operator), user)).await
    }

    /// Goes on with what was interrupted; how many accounts went.
    pub async fn finish_erasures(&self) -> Result<u64> {
        let mut gone = 0;
        for user in self.context.ports.store.account_queries().erasures(ROUND).await? {
            if let Some(user) = self.context.ports.store.queries().user(user).await? {
                self.clear(&user).await?;
                gone += 1;
            }
        }
        Ok(gone)
    }

    /// Without an operator it is the user's own wish.
    async fn begin_erasure(&self, operator: Option<Operator<'_>>, user: UserId) -> Attempt<User> {
        let now = self.context.now();
        let mut unit = Unit::begin(self.context).await?;
        let mut by = Some(user);
        let mut authority = Administer::at_the_console();
        if let Some(operator) = operator {
            authority = operator.authority(&mut unit).await?;
            authority.on(user)?;
            by = authority.by();
        }
        let found = unit.work.users().find(user).await?.ok_or(Missing::User)?;
        // The name stays until the end, so that rooms can be told who goes.
        let found = User { disabled: true, is_admin: false, email: None, full_name: None, ..found };
        unit.work.users().update(&found).await?;
        unit.work.sessions().revoke_all(user, None, now).await?;
        unit.revoke(Revocation::User { user, except: None, why: Disconnect::AccountDisabled });
        unit.work.accounts().begin_erasure(user, now).await?;
        if by == Some(user) {
            let entry = hallway_domain::ports::AuditEntry { actor: by, target: by, ..audit("account_erased", now) };
            unit.work.audit().append(&entry).await?;
        } else {
            note(&mut unit, authority, user, audit("account_erased", now)).await?;
        }
        unit.commit().await?;
        Ok(found)
    }

    async fn clear(&self, user: &User) -> Result<()> {
        loop {
            let rooms = self.context.ports.store.account_queries().rooms_with(user.id, ROOMS).await?;
            if rooms.is_empty() {
                break;
            }
            for room in rooms {
                while !unit::run(|| self.clear_room(user, room)).await? {}
            }
        }
        unit::run(|| self.remove(user.id)).await
    }

    /// One part of a room; whether that was all.
    async fn clear_room(&self, user: &User, room: RoomId) -> Attempt<bool> {
        let now = self.context.now();
        let mut unit = Unit::begin(self.context).await?;
        let Some(mut room) = unit.work.rooms().lock(&[room]).await?.pop() else { return Ok(true) };
        let deserted = match room.kind {
            RoomKind::Direct => true,
            // Nobody could ever enter it again.
            RoomKind::Private => unit.work.memberships().heir(room.id, user.id, now).await?.is_none(),
            RoomKind::Public => false,
        };
        if deserted {
            unit.work.rooms().delete(room.id).await?;
            unit.revoke(Revocation::Room { room: room.id });
            unit.commit().await?;
            return Ok(true);
        }
        let erased = unit.work.accounts().erase_messages(room.id, user.id, now, PART).await?;
        let mut shown = erased.iter().filter(|erased| erased.was_shown).map(|erased| erased.seq);
        if let Some(from) = shown.next() {
            let to = shown.next_back().unwrap_or(from);
            let messages = erased.iter().filter(|erased| erased.was_shown).map(|erased| erased.message).collect();
            unit.record(&mut room, now, Fact::MessagesPurged(Purge { user: user.to_ref(), from, to, messages }));
        }
        let is_all = erased.len() < PART as usize;
        if is_all {
            self.leave_behind(&mut unit, &mut room, user).await?;
        }
        unit.commit().await?;
        Ok(is_all)
    }

    /// Ends the membership as leaving does: somebody takes over.
    async fn leave_behind(&self, unit: &mut Unit<'_>, room: &mut Room, user: &User) -> Attempt<()> {
        let now = self.context.now();
        let Some(membership) = unit.work.memberships().find(room.id, user.id).await? else { return Ok(()) };
        unit.work.memberships().delete(room.id, user.id).await?;
        let heir = unit.work.memberships().heir(room.id, user.id, now).await?;
        let seq = unit.record(room, now, Fact::MemberLeft { user: user.to_ref(), kicked: false });
        unit.revoke(Revocation::Membership { room: room.id, user: user.id, why: RoomLoss::Left, seq });
        let orphaned = membership.role == Role::Owner && unit.work.memberships().owners(room.id).await? == 0;
        if let Some(heir) = heir.filter(|_| orphaned)
            && let Some(heir) = unit.work.users().find(heir.user).await?
        {
            crown(unit, room, &heir.to_ref(), now).await?;
        }
        Ok(())
    }

    async fn remove(&self, user: UserId) -> Attempt<()> {
        let mut unit = Unit::begin(self.context).await?;
        unit.work.accounts().erase(user).await?;
        unit.commit().await
    }
}
