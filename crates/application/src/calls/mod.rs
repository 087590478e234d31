//! Calls between two users.
//!
//! Truth is in the store: every change of a call is one unit that holds its row, and of two crossing invitations the
//! database lets one in. What the devices are told follows the commit. It may be lost; a device that asks
//! ([`CallStep::Resume`]) is told how its call stands.

mod cut;
mod deliver;
mod devices;
mod history;
mod invite;
mod steps;
mod upkeep;

use hallway_domain::DirectKey;
use hallway_domain::call::{CallError, CallMedia, HangupReason, Payload};
use time::Duration;

use crate::Error;
use crate::context::Context;

pub(crate) use cut::{Cut, cut, cuts_of};
pub use devices::Gone;
pub use history::CallPage;
pub use invite::{Invitation, Invited};

/// Use cases of calls.
pub struct Calls<'a> {
    pub(crate) context: &'a Context,
}

/// Manners of calls.
#[derive(Clone, Debug)]
pub struct CallSettings {
    /// How long a call rings.
    pub ring: Duration,
    /// How long an answered call waits for a side that is not there.
    pub grace: Duration,
    /// The same for a device that cannot come back as itself.
    pub legacy_grace: Duration,
    /// Users do not learn each other's addresses: only candidates of relays are passed on.
    pub relay_only: bool,
    /// Invitations that the same user may leave unanswered in an hour, before they are refused.
    pub unanswered_per_hour: u32,
}

impl Default for CallSettings {
    fn default() -> Self {
        Self {
            ring: hallway_domain::call::RING,
            grace: hallway_domain::call::GRACE,
            legacy_grace: hallway_domain::call::LEGACY_GRACE,
            relay_only: false,
            unanswered_per_hour: 6,
        }
    }
}

/// What a device says about a call that there is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallStep {
    Accept(Payload),
    Reject,
    Busy,
    Hangup {
        reason: Option<HangupReason>,
        force: bool,
    },
    Ice(Payload),
    Negotiate {
        epoch: Option<u32>,
        payload: Payload,
    },
    Rejoin {
        base_epoch: u32,
        take_over: bool,
        payload: Payload,
    },
    Resume,
    Connected,
    Media(CallMedia),
    /// The device shows the call.
    Ringing,
}

/// Why an invitation or a step is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallRefused {
    /// Whatever the reason.
    #[error("Not allowed to call this user")]
    NotAllowed,
    #[error("Too many call invites")]
    TooManyInvites,
    /// The id is taken, the two are in a call, or the caller is in another one.
    #[error("Call already exists")]
    Exists,
    #[error("Unknown call")]
    Unknown,
    #[error("Not authorized for this call")]
    NotParty,
    #[error(transparent)]
    Step(CallError),
}

impl CallRefused {
    /// A stable snake_case word that clients may branch on.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::NotAllowed => "call_not_allowed",
            Self::TooManyInvites => "too_many_invites",
            Self::Exists => "call_exists",
            Self::Unknown => "unknown_call",
            Self::NotParty => "not_your_call",
            Self::Step(error) => error.code(),
        }
    }
}

#[derive(Debug, thiserror::Error)]
pub enum CallFailure {
    #[error(transparent)]
    Refused(#[from] CallRefused),
    #[error(transparent)]
    Failed(#[from] Error),
}

pub(crate) type CallResult<T> = Result<T, CallFailure>;

impl From<CallError> for CallRefused {
    fn from(error: CallError) -> Self {
        Self::Step(error)
    }
}

/// The bucket of invitations of one user to another.
fn unanswered_key(from: hallway_domain::UserId, to: hallway_domain::UserId) -> String {
    format!("call-unanswered:{from}:{to}")
}

fn pair(call: &hallway_domain::call::Call) -> DirectKey {
    DirectKey::new(call.caller, call.callee)
}

/// The most live calls of one user that are looked at: one that they are in, and those that ring.
const MOST_OF_USER: u32 = 50;
