//! The words of a call's enums, the same on every wire and in the databases.

use super::{CallWord, HangupReason, Kept, Outcome, Phase, Side};

/// Both directions of one word per value, so that they cannot differ.
macro_rules! words {
    ($($type:ident { $($variant:ident => $word:literal),+ $(,)? })+) => {$(
        impl $type {
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)+
                }
            }

            #[must_use]
            pub fn from_word(word: &str) -> Option<Self> {
                match word {
                    $($word => Some(Self::$variant),)+
                    _ => None,
                }
            }
        }
    )+};
}

words! {
    Side { Caller => "caller", Callee => "callee" }
    Phase { Ringing => "ringing", Active => "active", Reconnecting => "reconnecting", Ended => "ended" }
    Outcome {
        Completed => "completed",
        Missed => "missed",
        Declined => "declined",
        Busy => "busy",
        Cancelled => "cancelled",
        Failed => "failed",
    }
    HangupReason {
        Hangup => "hangup",
        Cancelled => "cancelled",
        Timeout => "timeout",
        AnsweredElsewhere => "answered_elsewhere",
        DeclinedElsewhere => "declined_elsewhere",
        Moved => "moved",
        CallerLost => "caller_lost",
        ConnectionLost => "connection_lost",
        IceFailed => "ice_failed",
        IceTimeout => "ice_timeout",
        UserMediaFailed => "user_media_failed",
        Ended => "ended",
        Recalled => "recalled",
        Declined => "declined",
        Busy => "busy",
    }
    Kept { Offer => "offer", Answer => "answer", Candidate => "candidate", Negotiation => "negotiation" }
    CallWord {
        Invite => "call.invite",
        Ringing => "call.ringing",
        Accept => "call.accept",
        Reject => "call.reject",
        Busy => "call.busy",
        Hangup => "call.hangup",
        Ice => "call.ice",
        Negotiate => "call.negotiate",
        Rejoin => "call.rejoin",
        Reconnecting => "call.reconnecting",
        Resumed => "call.resumed",
        Sync => "call.sync",
        Media => "call.media",
    }
}

impl HangupReason {
    /// What a client may say of its own hang-up; the others are the server's to say.
    #[must_use]
    pub const fn is_of_clients(self) -> bool {
        matches!(self, Self::Hangup | Self::IceFailed | Self::IceTimeout | Self::UserMediaFailed)
    }
}
