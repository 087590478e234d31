//! How a connection ends.

use std::time::Duration;

use bytes::Bytes;
use hallway_domain::Disconnect;
use hallway_hub::Dialect;
use hallway_protocol::ws::fastroom::{CloseCode, ErrorCode, ErrorFrame, Retry, ServerFrame};

use super::{PLAIN, wire};

/// The code of the close frame.
fn close_code(dialect: Dialect, why: Disconnect) -> CloseCode {
    match why {
        Disconnect::Drain => CloseCode::DRAIN,
        Disconnect::NoHeartbeat => CloseCode::NO_HEARTBEAT,
        Disconnect::TooSlow => CloseCode::TOO_SLOW,
        Disconnect::RateLimited => CloseCode::RATE_LIMITED,
        Disconnect::Unauthenticated | Disconnect::AccountDisabled if dialect == PLAIN => {
            CloseCode::LEGACY_UNAUTHENTICATED
        }
        Disconnect::Unauthenticated => CloseCode::UNAUTHENTICATED,
        Disconnect::TokenExpired => CloseCode::TOKEN_EXPIRED,
        Disconnect::AccountDisabled => CloseCode::FORBIDDEN,
        Disconnect::SessionRevoked => CloseCode::SESSION_REVOKED,
        Disconnect::FrameTooLarge => CloseCode::FRAME_TOO_LARGE,
        Disconnect::Protocol => CloseCode::PROTOCOL,
        Disconnect::GoingAway => CloseCode::GOING_AWAY,
        Disconnect::Internal => CloseCode::INTERNAL,
    }
}

/// The last bytes of a connection: a frame that says why, where one can still be useful, and the close frame.
/// `spread` is over how long clients of a stopping server come back.
#[must_use]
pub fn close(dialect: Dialect, why: Disconnect, spread: Duration) -> Bytes {
    wire::last(last_words(why, spread).as_slice(), close_code(dialect, why))
}

/// The same for a connection that was accepted only to be refused. FastRoom closed without a word on a bad token.
#[must_use]
pub fn refusal(dialect: Dialect, why: Disconnect, spread: Duration) -> Bytes {
    if dialect == PLAIN && why == Disconnect::Unauthenticated {
        return wire::last(&[], close_code(dialect, why));
    }
    close(dialect, why, spread)
}

fn last_words(why: Disconnect, spread: Duration) -> Option<ServerFrame> {
    let error = |message: &str, code, retry| {
        ServerFrame::Error(ErrorFrame {
            message: message.to_owned(),
            code,
            id: None,
            room: None,
            room_id: None,
            retry,
            after_ms: None,
        })
    };
    match why {
        Disconnect::Drain | Disconnect::GoingAway => {
            Some(ServerFrame::Bye { after_ms: wire::millis(spread), resume: true })
        }
        Disconnect::Unauthenticated => Some(error("unauthorized", ErrorCode::Unauthorized, Retry::Reauth)),
        Disconnect::AccountDisabled => Some(error("unauthorized", ErrorCode::AccountDisabled, Retry::Never)),
        Disconnect::TokenExpired => Some(error("token expired", ErrorCode::TokenExpired, Retry::Reauth)),
        Disconnect::SessionRevoked => Some(error("session revoked", ErrorCode::SessionRevoked, Retry::Reauth)),
        Disconnect::FrameTooLarge => Some(error("frame too large", ErrorCode::FrameTooLarge, Retry::Never)),
        Disconnect::Protocol => Some(error("invalid frame", ErrorCode::InvalidFrame, Retry::Never)),
        Disconnect::RateLimited => Some(error("too many requests", ErrorCode::RateLimited, Retry::After)),
        // Nobody listens, or what waits is dropped: say nothing more than the code.
        Disconnect::NoHeartbeat | Disconnect::TooSlow | Disconnect::Internal => None,
    }
}
