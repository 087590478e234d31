//! Why a connection ended, as the code of the close frame.

/// Whether a client should come back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reconnect {
    /// Yes, and resume with `since`.
    Resume,
    /// Yes, with a fresh access token.
    AfterRefresh,
    /// No: the same would happen again.
    No,
}

impl Reconnect {
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Resume => "resume",
            Self::AfterRefresh => "after_refresh",
            Self::No => "no",
        }
    }
}

/// One close code. `reason` is the text of the close frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CloseCode {
    pub code: u16,
    pub reason: &'static str,
    pub reconnect: Reconnect,
    pub meaning: &'static str,
}

macro_rules! close_codes {
    ($($name:ident = $code:literal $reason:literal $reconnect:ident $meaning:literal),+ $(,)?) => {
        impl CloseCode {
            $(
                #[doc = $meaning]
                pub const $name: Self =
                    Self { code: $code, reason: $reason, reconnect: Reconnect::$reconnect, meaning: $meaning };
            )+
        }

        /// Every code that the server closes with.
        pub const CLOSE_CODES: &[CloseCode] = &[$(CloseCode::$name),+];
    };
}

close_codes! {
    GOING_AWAY = 1001 "going_away" Resume "The server is going away.",
    INTERNAL = 1011 "internal" Resume "The server failed.",
    DRAIN = 4001 "drain" Resume "The server is about to stop; another one, or its next run, takes over.",
    NO_HEARTBEAT = 4003 "no_heartbeat" Resume "Nothing was heard from the client for too long.",
    TOO_SLOW = 4008 "too_slow" Resume "The client does not read fast enough.",
    LEGACY_UNAUTHENTICATED = 4400 "unauthorized" AfterRefresh "Authentication failed, on a connection without a subprotocol.",
    UNAUTHENTICATED = 4401 "unauthorized" AfterRefresh "Authentication failed.",
    TOKEN_EXPIRED = 4402 "token_expired" AfterRefresh "The access token expired and was not replaced.",
    FORBIDDEN = 4403 "account_disabled" No "The account is disabled.",
    SESSION_REVOKED = 4410 "session_revoked" No "The session was ended, here or elsewhere.",
    FRAME_TOO_LARGE = 4413 "frame_too_large" No "A frame was larger than the limit.",
    PROTOCOL = 4426 "protocol" No "The client broke the protocol.",
    RATE_LIMITED = 4429 "rate_limited" Resume "The client went on sending too often, or frames that cannot be read, after being told.",
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_distinct_and_reasons_fit_a_close_frame() {
        for (index, one) in CLOSE_CODES.iter().enumerate() {
            assert!(CLOSE_CODES[..index].iter().all(|other| other.code != one.code), "{}", one.code);
            assert!(one.reason.len() <= 123, "{}", one.reason);
        }
    }
}
