//! Calls between users who may not talk any more.

use hallway_domain::call::{Call, CallEvent, CallId};
use hallway_domain::{DirectKey, Disconnect, Revocation, RoomId, UserId};

use super::MOST_OF_USER;
use super::deliver::{Change, Said, deliver};
use super::invite::change;
use super::pair;
use crate::Result;
use crate::context::Ports;
use crate::unit::{self, Attempt, Unit};

/// Which calls have to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cut {
    /// One of the two blocks the other.
    Pair(DirectKey),
    /// The user may not be in the room any more.
    Room(RoomId, UserId),
    /// The account is closed.
    User(UserId),
}

impl Cut {
    fn user(self) -> UserId {
        match self {
            Self::Pair(key) => key.both().0,
            Self::Room(_, user) | Self::User(user) => user,
        }
    }

    fn ends(self, call: &Call) -> bool {
        match self {
            Self::Pair(key) => pair(call) == key,
            Self::Room(room, _) => call.room == Some(room),
            Self::User(_) => true,
        }
    }
}

/// What the revocations of a unit mean for calls.
pub(crate) fn cuts_of(revocations: &[Revocation]) -> Vec<Cut> {
    let cut = |revocation: &Revocation| match *revocation {
        Revocation::Membership { room, user, .. } => Some(Cut::Room(room, user)),
        Revocation::User { user, why: Disconnect::AccountDisabled, .. } => Some(Cut::User(user)),
        _ => None,
    };
    revocations.iter().filter_map(cut).collect()
}

/// Ends the calls. What made it necessary is committed, so this only says when it does not work: who may call whom is
/// asked again when a call is answered, and of those under way now and then.
pub(crate) async fn cut(ports: &Ports, cuts: Vec<Cut>) {
    for cut in cuts {
        let ended = async {
            let live = ports.store.call_queries().live_calls_of(cut.user(), MOST_OF_USER).await?;
            for call in live.iter().filter(|call| cut.ends(call)) {
                happens(ports, &call.id, CallEvent::Severed).await?;
            }
            Ok::<(), crate::Error>(())
        };
        if let Err(error) = ended.await {
            tracing::warn!(%error, ?cut, "a call goes on for the moment");
        }
    }
}

/// Something that no device said happens to a call. One that is not there any more does not mind.
pub(super) async fn happens(ports: &Ports, id: &CallId, event: CallEvent) -> Result<()> {
    if let Some(change) = unit::run(|| attempt(ports, id, event)).await? {
        deliver(ports, &change, &Said::default()).await;
    }
    Ok(())
}

async fn attempt(ports: &Ports, id: &CallId, event: CallEvent) -> Attempt<Option<Change>> {
    let mut unit = Unit::open(ports).await?;
    let Some(stored) = unit.work.calls().lock(id).await? else { return Ok(None) };
    let change = change(&mut unit, stored, event, ports.clock.now()).await?;
    if change.before != change.after {
        unit.commit().await?;
    }
    Ok(Some(change))
}
