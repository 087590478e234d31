//! Since when a connection has a right to a room, and what of the log takes it away again.

use hallway_domain::{ConnectionId, Event, Fact, RoomId, RoomKind, RoomLoss, Seq, Toggle, UserId};

use super::TopicState;
use crate::Encoder;

/// A revocation travels by itself and may be lost, but every loss of a right is in the room's log too. What the log said
/// before a right was given does not take it away: somebody who left may be back already.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Right {
    /// How much of the log was known when it was given; none before that.
    as_of: Option<Seq>,
    /// Where the log took it away last.
    taken_at: Seq,
}

impl Default for Right {
    fn default() -> Self {
        Self { as_of: None, taken_at: Seq::ZERO }
    }
}

/// What became of a right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Stands,
    Taken,
    /// The policy has yet to be asked.
    Open,
}

impl Right {
    /// The policy said yes, knowing the log up to here. False when the log has said no since.
    pub(crate) fn give(&mut self, as_of: Seq) -> bool {
        self.as_of = Some(as_of);
        self.fate() == Fate::Stands
    }

    fn take(&mut self, at: Seq) -> Fate {
        self.taken_at = self.taken_at.max(at);
        self.fate()
    }

    fn fate(self) -> Fate {
        match self.as_of {
            None => Fate::Open,
            Some(as_of) if as_of >= self.taken_at => Fate::Stands,
            Some(_) => Fate::Taken,
        }
    }
}

/// Whom the event takes the room from.
fn taken(event: &Event) -> Option<(UserId, RoomLoss)> {
    match &event.fact {
        Fact::MemberLeft { user, kicked } => Some((user.id, if *kicked { RoomLoss::Kicked } else { RoomLoss::Left })),
        Fact::MemberUpdated(change) if matches!(change.ban, Some(Toggle::On(_))) => {
            Some((change.user.id, RoomLoss::Banned))
        }
        _ => None,
    }
}

const fn closes(event: &Event) -> bool {
    matches!(event.fact, Fact::RoomUpdated { kind: RoomKind::Private | RoomKind::Direct, .. })
}

/// What follows the event must not go to the same readers as the event itself.
pub(super) fn divides(event: &Event) -> bool {
    taken(event).is_some()
}

impl TopicState {
    /// Does what the last event of a forwarded run says to who may read on.
    pub(super) fn heed(&mut self, room: RoomId, run: &[Event], encoder: &dyn Encoder) {
        // Whether the room was open before is not known here: whoever is there is looked up.
        self.suspect |= run.iter().any(closes);
        let Some((event, (user, why))) = run.last().and_then(|event| Some((event, taken(event)?))) else { return };
        self.take_away(room, user, (why, event.seq), encoder);
    }

    /// At place `at` the log takes the room from the user: from every connection whose right was given before that.
    pub(crate) fn take_away(&mut self, room: RoomId, user: UserId, (why, at): (RoomLoss, Seq), encoder: &dyn Encoder) {
        for id in self.connections_of(user) {
            let subscribes = self.subscribers.get_mut(&id).map(|it| it.right.take(at));
            let watches = self.watchers.get_mut(&id).map(|it| it.right.take(at));
            match (subscribes, watches) {
                // Both are looks at one membership, and the later one is right; who has yet to be judged will be.
                (Some(Fate::Stands), _)
                | (_, Some(Fate::Stands))
                | (Some(Fate::Open) | None, Some(Fate::Open) | None) => {}
                (Some(Fate::Taken), _) | (None, Some(Fate::Taken)) => self.lose(room, id, why, encoder),
                // The answer to the join says it.
                (Some(Fate::Open), Some(Fate::Taken)) => drop(self.unwatch(room, id)),
            }
        }
    }

    fn connections_of(&self, user: UserId) -> Vec<ConnectionId> {
        let subscribers = self.subscribers.iter().filter(|(_, it)| it.connection.info.user.id == user);
        let watchers = self.watchers.iter().filter(|(_, it)| it.connection.info.user.id == user);
        let mut ids: Vec<_> = subscribers.map(|(id, _)| *id).chain(watchers.map(|(id, _)| *id)).collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    }

    /// Whether the caller is to look up who may still read.
    pub(crate) fn claim_look(&mut self) -> bool {
        std::mem::take(&mut self.suspect)
    }
}
