//! Control frames, which are nobody's dialect.

use actix_http::ws::{CloseReason, OpCode, Parser};
use bytes::{Bytes, BytesMut};

pub(super) fn ping() -> Bytes {
    frame(OpCode::Ping, &[])
}

/// The answer to a ping.
pub(super) fn pong(payload: &[u8]) -> Bytes {
    frame(OpCode::Pong, payload)
}

/// The answer to a close frame: the same.
pub(super) fn close(reason: Option<CloseReason>) -> Bytes {
    let mut bytes = BytesMut::new();
    Parser::write_close(&mut bytes, reason, false);
    bytes.freeze()
}

fn frame(code: OpCode, payload: &[u8]) -> Bytes {
    let mut bytes = BytesMut::with_capacity(2 + payload.len());
    Parser::write_message(&mut bytes, payload, code, true, false);
    bytes.freeze()
}
