//! Who is there, told anew: signals of it may be lost, and unlike events nothing numbers them.

use std::collections::BTreeMap;

use bytes::Bytes;
use hallway_domain::{Signal, SignalKind, Timestamp, UserId, UserRef, Username};

use super::fanout::Encodings;
use super::{Stage, TopicState};
use crate::Encoder;

/// What was heard while it was being asked who is there.
pub(super) struct Heard {
    /// Comings and goings, in order.
    changes: Vec<(bool, UserRef)>,
    overflowed: bool,
}

impl Heard {
    /// Most changes that are kept.
    const MOST: usize = 10_000;

    const fn new() -> Self {
        Self { changes: Vec::new(), overflowed: false }
    }

    fn note(&mut self, join: &[UserRef], leave: &[UserRef]) {
        let changes = join.iter().map(|user| (true, user)).chain(leave.iter().map(|user| (false, user)));
        for (comes, user) in changes {
            if self.changes.len() >= Self::MOST {
                self.overflowed = true;
                return;
            }
            self.changes.push((comes, user.clone()));
        }
    }
}

/// The signal as the user's own connections in the room get it: for as long as they have it open, they are there. That
/// the user went may be told after they came back, and their coming is not told to themselves.
pub(super) fn to_oneself(signal: &Signal, user: UserId) -> Option<Signal> {
    let SignalKind::PresenceChanged { join, leave } = &signal.kind else { return None };
    if leave.iter().all(|gone| gone.id != user) {
        return None;
    }
    let leave = leave.iter().filter(|gone| gone.id != user).cloned().collect();
    Some(Signal { kind: SignalKind::PresenceChanged { join: join.clone(), leave }, ..signal.clone() })
}

/// Whether the signal says nothing at all.
pub(super) fn is_empty(signal: &Signal) -> bool {
    matches!(&signal.kind, SignalKind::PresenceChanged { join, leave } if join.is_empty() && leave.is_empty())
}

impl TopicState {
    /// Begins to remember who comes and goes, until it is known who is there. False when nobody here wants to know.
    pub(crate) fn ask_who_is_there(&mut self) -> bool {
        let wanted = self.cursor.is_some() && !self.subscribers.is_empty();
        self.heard = wanted.then(Heard::new);
        wanted
    }

    /// There is no answer.
    pub(crate) fn stop_asking(&mut self) {
        self.heard = None;
    }

    pub(super) fn note_presence(&mut self, signal: &Signal) {
        if let (Some(heard), SignalKind::PresenceChanged { join, leave }) = (&mut self.heard, &signal.kind) {
            heard.note(join, leave);
        }
    }

    /// Tells all subscribers who is there: what was read, and what was heard since it was asked. What was heard may be
    /// older than what was read, and says the same then. False when too much was heard to tell.
    pub(crate) fn tell_who_is_there(&mut self, users: Vec<UserRef>, at: Timestamp, encoder: &dyn Encoder) -> bool {
        let Some(heard) = self.heard.take() else { return true };
        if heard.overflowed {
            return false;
        }
        let Some(cursor) = &self.cursor else { return true };
        let mut there: BTreeMap<Username, UserRef> =
            users.into_iter().map(|user| (user.username.clone(), user)).collect();
        for (comes, user) in heard.changes {
            if comes {
                there.insert(user.username.clone(), user);
            } else {
                there.remove(&user.username);
            }
        }
        let with = |own: &UserRef| {
            let mut all = there.clone();
            all.insert(own.username.clone(), own.clone());
            all.into_values().collect::<Vec<_>>()
        };
        let users: Vec<UserRef> = there.values().cloned().collect();
        let room = cursor.label().room;
        let mut encodings = Encodings::new(cursor, |dialect, label| encoder.presence(dialect, label, &users, at));
        let mut overflowed = Vec::new();
        for (id, subscriber) in &mut self.subscribers {
            let own = &subscriber.connection.info;
            let frame: Bytes = if there.contains_key(&own.user.username) {
                encodings.get(own)
            } else {
                // Their coming is under way, and will not be told to themselves.
                encoder.presence(own.dialect, cursor.label_for(own.user.id).1, &with(&own.user), at)
            };
            if frame.is_empty() {
                continue;
            }
            match &mut subscriber.stage {
                Stage::Live => drop(subscriber.connection.push(frame)),
                Stage::Reserved(gathered) | Stage::Open(gathered) => {
                    if !gathered.push(frame, self.gather_bytes) {
                        overflowed.push(*id);
                    }
                }
            }
        }
        self.end_slow(&overflowed, room, encoder);
        true
    }
}
