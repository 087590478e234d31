//! Frames to bytes.

use std::time::Duration;

use actix_http::ws::{CloseCode as Code, CloseReason, OpCode, Parser};
use bytes::{Bytes, BytesMut};
use hallway_protocol::ws::fastroom::{CloseCode, ServerFrame};

/// Appends a text frame, header included.
fn put(buffer: &mut BytesMut, frame: &ServerFrame) {
    let text = serde_json::to_vec(frame).expect("frames have string keys and no failing serializer");
    Parser::write_message(buffer, text, OpCode::Text, true, false);
}

pub(super) fn one(frame: &ServerFrame) -> Bytes {
    many([frame])
}

pub(super) fn many<'a>(frames: impl IntoIterator<Item = &'a ServerFrame>) -> Bytes {
    let mut buffer = BytesMut::new();
    for frame in frames {
        put(&mut buffer, frame);
    }
    buffer.freeze()
}

/// What still has to be said, then the close frame.
pub(super) fn last(frames: &[ServerFrame], close: CloseCode) -> Bytes {
    let mut buffer = BytesMut::new();
    for frame in frames {
        put(&mut buffer, frame);
    }
    let reason = CloseReason { code: Code::from(close.code), description: Some(close.reason.to_owned()) };
    Parser::write_close(&mut buffer, Some(reason), false);
    buffer.freeze()
}

pub(super) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
