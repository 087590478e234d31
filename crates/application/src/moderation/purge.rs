//! Removing what somebody wrote, together with shutting them out.

use hallway_domain::ports::{AuditEntry, PurgeMessages};
use hallway_domain::{Actor, Fact, Purge, Room, Timestamp, UserRef};
use time::Duration;

use crate::unit::{Attempt, Unit, audit};

/// Removes what the target wrote in the locked room for `back` before now: one event, however much it is.
pub(super) async fn purge(
    unit: &mut Unit<'_>,
    room: &mut Room,
    (actor, target): (&Actor, &UserRef),
    (back, limit): (Duration, u32),
    now: Timestamp,
) -> Attempt<bool> {
    let wanted = PurgeMessages { room: room.id, author: target.id, since: now - back, at: now, limit };
    let gone = unit.work.messages().purge(&wanted).await?;
    let (Some((_, newest)), Some((_, oldest))) = (gone.first(), gone.last()) else { return Ok(false) };
    let messages = gone.iter().take(Purge::MOST).map(|(message, _)| *message).collect();
    let purge = Purge { user: target.clone(), from: *oldest, to: *newest, messages };
    unit.record(room, now, Fact::MessagesPurged(purge));
    let details = vec![("messages", gone.len().to_string()), ("hours", back.whole_hours().to_string())];
    let entry = AuditEntry {
        room: Some(room.id),
        actor: Some(actor.id()),
        target: Some(target.id),
        details,
        ..audit("purge", now)
    };
    unit.work.audit().append(&entry).await?;
    Ok(true)
}
