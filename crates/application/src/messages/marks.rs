//! How far somebody has read, and how far their devices have received.

use hallway_domain::policy::{self, Mark, Scope};
use hallway_domain::{Actor, MessageId, NotifyLevel, Receipt, Room, RoomId, Seq, Signal, SignalKind};

use super::Messages;
use crate::unit::{self, Attempt, Unit};
use crate::{Missing, Result};

/// Which of the two marks.
#[derive(Clone, Copy)]
enum Kind {
    Read,
    Delivered,
}

/// Where a member's read mark is, and what is unread after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unread {
    pub read: Seq,
    pub messages: u64,
    /// Those of them that mention the member.
    pub mentions: u64,
}

impl Default for Unread {
    fn default() -> Self {
        Self { read: Seq::ZERO, messages: 0, mentions: 0 }
    }
}

impl Messages<'_> {
    /// Raises the caller's read mark (and with it the delivered one) and tells the room. The mark does not go back by
    /// this, nor beyond the end of the log.
    pub async fn mark_read(&self, actor: &Actor, room: RoomId, seq: Seq) -> Result<()> {
        self.mark(actor, room, seq, Kind::Read).await
    }

    /// Raises the caller's delivered mark and tells the room.
    pub async fn mark_delivered(&self, actor: &Actor, room: RoomId, seq: Seq) -> Result<()> {
        self.mark(actor, room, seq, Kind::Delivered).await
    }

    /// Takes the caller's read mark back to before the message, and tells the caller's connections alone. A mark that
    /// is there or before it stays where it is.
    pub async fn mark_unread(&self, actor: &Actor, room: RoomId, message: MessageId) -> Result<Unread> {
        let (_, room, _) = self.context.permit(actor, Mark, room).await?;
        self.throttle_mark(actor).await?;
        let lowered = unit::run(|| self.lower(actor, &room, message)).await?;
        let unread = self.unread(actor, room.id).await?;
        if lowered {
            let kind = SignalKind::MarkedUnread {
                user: actor.id(),
                seq: unread.read,
                unread: unread.messages,
                mentions: unread.mentions,
            };
            self.context.signal(Signal { room: room.id, at: self.context.now(), except: None, kind }).await;
        }
        Ok(unread)
    }

    /// Where the caller's read mark is, and what is unread after it.
    pub async fn unread(&self, actor: &Actor, room: RoomId) -> Result<Unread> {
        let (.., standing) = self.context.permit(actor, Mark, room).await?;
        let membership = standing.membership.ok_or(Missing::Membership)?;
        let count = self.context.ports.store.queries().unread(actor.id(), &[room]).await?.pop();
        let count = count.ok_or(Missing::Membership)?;
        Ok(Unread { read: membership.last_read, messages: count.messages, mentions: count.mentions })
    }

    /// What the caller wants to be told of in the room. Tells the caller's connections alone.
    pub async fn set_notify(&self, actor: &Actor, room: RoomId, level: NotifyLevel) -> Result<()> {
        let (_, room, _) = self.context.permit(actor, Mark, room).await?;
        if unit::run(|| self.save_level(actor, &room, level)).await? {
            let kind = SignalKind::NotifyChanged { user: actor.id(), level };
            self.context.signal(Signal { room: room.id, at: self.context.now(), except: None, kind }).await;
        }
        Ok(())
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
        if seq <= present {
            return Ok(());
        }
        self.throttle_mark(actor).await?;
        if !unit::run(|| self.raise(actor, &room, seq, kind)).await? {
            return Ok(());
        }
        let (user, at) = (actor.user.clone(), self.context.now());
        let signal = |kind| Signal { room: room.id, at, except: None, kind };
        let mut signals = vec![signal(match kind {
            Kind::Read => SignalKind::Read { user: user.clone(), seq },
            Kind::Delivered => SignalKind::Delivered { user: user.clone(), seq },
        })];
        let queries = self.context.ports.store.queries();
        match queries.receipts(room.id, user.id, (present, seq), Receipt::MOST).await {
            Ok(messages) if messages.is_empty() => {}
            Ok(messages) => {
                let read = matches!(kind, Kind::Read);
                signals.push(signal(SignalKind::Receipts { user, read, messages }));
            }
            // The mark stands, and may be told without.
            Err(error) => tracing::warn!(%error, room.id = %room.id, "receipts are not told"),
        }
        self.context.signals(signals).await;
        Ok(())
    }

    async fn throttle_mark(&self, actor: &Actor) -> Result<()> {
        self.context.throttle(|rates| rates.mark, || format!("mark:{}", actor.id())).await
    }

    async fn raise(&self, actor: &Actor, room: &Room, seq: Seq, kind: Kind) -> Attempt<bool> {
        let mut unit = self.begin_mark(actor, room).await?;
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

    async fn lower(&self, actor: &Actor, room: &Room, message: MessageId) -> Attempt<bool> {
        let mut unit = self.begin_mark(actor, room).await?;
        let message = unit.work.messages().find(room.id, message).await?;
        let message = message.filter(|message| !message.is_deleted()).ok_or(Missing::Message)?;
        let lowered = unit.work.memberships().lower_read(room.id, actor.id(), Seq(message.seq.0 - 1)).await?;
        if lowered {
            unit.commit().await?;
        }
        Ok(lowered)
    }

    async fn save_level(&self, actor: &Actor, room: &Room, level: NotifyLevel) -> Attempt<bool> {
        let mut unit = self.begin_mark(actor, room).await?;
        let changed = unit.work.memberships().set_notify(room.id, actor.id(), level).await?;
        if changed {
            unit.commit().await?;
        }
        Ok(changed)
    }

    /// Not under the room's lock: what one keeps for oneself has no place in the log, and must not hold up those who
    /// write there.
    async fn begin_mark(&self, actor: &Actor, room: &Room) -> Attempt<Unit<'_>> {
        let mut unit = Unit::begin(self.context).await?;
        let standing = unit.standing(room.id, actor.id(), self.context.now()).await?;
        policy::authorize(actor, Mark, Scope { room, standing: &standing })?;
        Ok(unit)
    }
}
