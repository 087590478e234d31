//! How far somebody has read, and how far their devices have received.

use hallway_domain::policy::{self, Mark, Scope};
use hallway_domain::{Actor, Room, RoomId, Seq, Signal, SignalKind};

use super::Messages;
use crate::unit::{self, Attempt, Unit};
use crate::{Missing, Result};

/// Which of the two marks.
#[derive(Clone, Copy)]
enum Kind {
    Read,
    Delivered,
}

impl Messages<'_> {
    /// Raises the caller's read mark (and with it the delivered one) and tells the room. Marks never go back, nor
    /// beyond the end of the log.
    pub async fn mark_read(&self, actor: &Actor, room: RoomId, seq: Seq) -> Result<()> {
        self.mark(actor, room, seq, Kind::Read).await
    }

    /// Raises the caller's delivered mark and tells the room.
    pub async fn mark_delivered(&self, actor: &Actor, room: RoomId, seq: Seq) -> Result<()> {
        self.mark(actor, room, seq, Kind::Delivered).await
    }

    async fn mark(&self, actor: &Actor, room: RoomId, seq: Seq, kind: Kind) -> Result<()> {
        let (_, room, standing) = self.context.permit(actor, Mark, room).await?;
        let seq = seq.min(room.last_seq);
        let membership = standing.membership.ok_or(Missing::Membership)?;
        let present = match kind {
            Kind::Read => membership.last_read,
            Kind::Delivered => membership.last_delivered,
        };
        // Clients repeat marks a lot: most of them need no transaction.
        if seq <= present || !unit::run(|| self.raise(actor, &room, seq, kind)).await? {
            return Ok(());
        }
        let user = actor.user.clone();
        let kind = match kind {
            Kind::Read => SignalKind::Read { user, seq },
            Kind::Delivered => SignalKind::Delivered { user, seq },
        };
        self.context.signal(Signal { room: room.id, at: self.context.now(), except: None, kind }).await;
        Ok(())
    }

    async fn raise(&self, actor: &Actor, room: &Room, seq: Seq, kind: Kind) -> Attempt<bool> {
        let mut unit = Unit::begin(self.context).await?;
        // Not under the room's lock: a mark has no place in the log, and must not hold up those who write there.
        let standing = unit.standing(room.id, actor.id(), self.context.now()).await?;
        policy::authorize(actor, Mark, Scope { room, standing: &standing })?;
        let memberships = unit.work.memberships();
        let raised = match kind {
            Kind::Read => memberships.raise_read(room.id, actor.id(), seq).await?,
            Kind::Delivered => memberships.raise_delivered(room.id, actor.id(), seq).await?,
        };
        if raised {
            unit.commit().await?;
        }
        Ok(raised)
    }
}
