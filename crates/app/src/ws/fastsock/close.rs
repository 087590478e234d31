//! How a connection ends. FastSock's clients come back whatever the code says, so there is nothing else to tell them.

use actix_http::ws::{CloseCode as Code, CloseReason, Parser};
use bytes::{Bytes, BytesMut};
use hallway_domain::Disconnect;
use hallway_protocol::ws::fastroom::CloseCode;

/// The close frame.
#[must_use]
pub fn close(why: Disconnect) -> Bytes {
    let (code, reason) = match why {
        // The code that server closed with.
        Disconnect::FrameTooLarge => (1009, "message too big"),
        other => {
            let close = code(other);
            (close.code, close.reason)
        }
    };
    let mut bytes = BytesMut::new();
    let reason = CloseReason { code: Code::from(code), description: Some(reason.to_owned()) };
    Parser::write_close(&mut bytes, Some(reason), false);
    bytes.freeze()
}

const fn code(why: Disconnect) -> CloseCode {
    match why {
        Disconnect::Drain => CloseCode::DRAIN,
        Disconnect::NoHeartbeat => CloseCode::NO_HEARTBEAT,
        Disconnect::TooSlow => CloseCode::TOO_SLOW,
        Disconnect::RateLimited => CloseCode::RATE_LIMITED,
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
