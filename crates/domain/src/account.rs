//! What belongs to an account beside its profile.

use crate::{MessageId, RoomId, RoomName, Seq, Timestamp, UserId, UserRef};

/// A second factor of a login: codes of an authenticator, made anew every 30 seconds from a secret that it shares with
/// the server ([RFC 6238](https://www.rfc-editor.org/rfc/rfc6238)).
#[derive(Clone, PartialEq, Eq)]
pub struct SecondFactor {
    pub user: UserId,
    pub secret: Vec<u8>,
    /// None: it does not count before its user has shown that they can make its codes.
    pub confirmed_at: Option<Timestamp>,
    /// Codes of this step and before are used up.
    pub last_step: i64,
}

impl SecondFactor {
    /// Bytes of a secret: as many as the hash has.
    pub const SECRET: usize = 20;
    /// Seconds of a step.
    const STEP: i64 = 30;

    /// The step that a code is of, if it is right: clocks may differ by one step, and no code is taken twice.
    pub fn step_of(&self, code: u32, now: Timestamp, compute: impl Fn(&[u8], i64) -> u32) -> Option<i64> {
        let present = now.unix_timestamp().div_euclid(Self::STEP);
        let steps = present - 1..=present + 1;
        steps.filter(|step| *step > self.last_step).find(|step| compute(&self.secret, *step) == code)
    }
}

impl std::fmt::Debug for SecondFactor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SecondFactor").field("user", &self.user).finish_non_exhaustive()
    }
}

/// Somebody whom a user does not want to hear from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlockView {
    pub user: UserRef,
    pub since: Timestamp,
}

/// Where something of a user is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnPlace {
    pub room: RoomId,
    /// None for a direct conversation.
    pub name: Option<RoomName>,
}

/// A message as its author gets it in an export.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnMessage {
    pub id: MessageId,
    pub place: OwnPlace,
    pub seq: Seq,
    pub body: String,
    pub reply_to: Option<MessageId>,
    pub created_at: Timestamp,
    pub edited_at: Option<Timestamp>,
}

/// A reaction as its giver gets it in an export.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnReaction {
    /// Grows with the order of giving.
    pub row: i64,
    pub message: MessageId,
    pub emoji: String,
    pub at: Timestamp,
}

/// A line of the audit log about what its user did, as the user gets it in an export.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnDeed {
    pub row: i64,
    pub room: Option<RoomId>,
    /// Another user whom it was about.
    pub target: Option<UserId>,
    pub action: String,
    pub reason: Option<String>,
    pub at: Timestamp,
}
