//! Text frames to bytes, header included.

use actix_http::ws::{OpCode, Parser};
use bytes::{Bytes, BytesMut};
use serde::Serialize;

/// Appends a text frame.
pub(in crate::ws) fn put(buffer: &mut BytesMut, frame: &impl Serialize) {
    let text = serde_json::to_vec(frame).expect("frames have string keys and no failing serializer");
    Parser::write_message(buffer, text, OpCode::Text, true, false);
}

pub(in crate::ws) fn one<T: Serialize>(frame: &T) -> Bytes {
    many([frame])
}

pub(in crate::ws) fn many<'a, T: Serialize + 'a>(frames: impl IntoIterator<Item = &'a T>) -> Bytes {
    let mut buffer = BytesMut::new();
    for frame in frames {
        put(&mut buffer, frame);
    }
    buffer.freeze()
}
