//! Sanctions that ended by the clock.

use std::collections::HashSet;

use hallway_domain::ports::AuditEntry;
use hallway_domain::{Revocation, RoomId, Sanction, SanctionKind, UserId};

use super::Moderation;
use crate::Result;
use crate::unit::{self, Attempt, Unit, audit};

/// Most that are noted in one transaction.
const AT_ONCE: u32 = 200;

impl Moderation<'_> {
    /// Notes sanctions that have ended by the clock in the audit log, each exactly once over all nodes and restarts,
    /// and tells members whose ban is over that the room is there again; how many. Nothing waits for this: an end is an
    /// end the moment that it comes.
    pub async fn note_expired(&self) -> Result<usize> {
        let mut noted = 0;
        loop {
            let ended = unit::run(|| self.note()).await?;
            noted += ended;
            if ended < AT_ONCE as usize {
                return Ok(noted);
            }
        }
    }

    async fn note(&self) -> Attempt<usize> {
        let now = self.context.now();
        let mut unit = Unit::begin(self.context).await?;
        let ended = unit.work.sanctions().take_expired(now, AT_ONCE).await?;
        if ended.is_empty() {
            return Ok(0);
        }
        let bans = ended.iter().filter(|sanction| sanction.kind == SanctionKind::Ban);
        let pairs: Vec<(RoomId, UserId)> = bans.map(|sanction| (sanction.room, sanction.user)).collect();
        let members = unit.work.memberships().find_many(&pairs).await?;
        let still = unit.work.sanctions().in_force(&pairs, now).await?;
        let banned: HashSet<(RoomId, UserId)> =
            still.iter().filter(|it| it.kind == SanctionKind::Ban).map(|it| (it.room, it.user)).collect();
        for member in members.iter().filter(|member| !banned.contains(&(member.room, member.user))) {
            unit.revoke(Revocation::Granted { room: member.room, user: member.user });
        }
        for sanction in &ended {
            unit.work.audit().append(&line(sanction)).await?;
        }
        unit.commit().await?;
        Ok(ended.len())
    }
}

fn line(sanction: &Sanction) -> AuditEntry {
    let word = match sanction.kind {
        SanctionKind::Mute => "mute_expired",
        SanctionKind::Ban => "ban_expired",
    };
    // It ended then, whenever it is noted.
    let at = sanction.expires_at.unwrap_or(sanction.created_at);
    let details = vec![("sanction", sanction.id.to_string())];
    AuditEntry { room: Some(sanction.room), target: Some(sanction.user), details, ..audit(word, at) }
}
