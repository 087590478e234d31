//! What the incoming stream may end with.

use actix_web::error::PayloadError;
use actix_ws::ProtocolError;
use hallway_domain::Disconnect;

/// Why to close after an error of the stream; none when the client has gone without a word.
pub(super) fn failure(error: &ProtocolError) -> Option<Disconnect> {
    match error {
        ProtocolError::Overflow => Some(Disconnect::FrameTooLarge),
        ProtocolError::Io(error) => {
            match error.get_ref().and_then(|inner| inner.downcast_ref::<PayloadError>()) {
                // What the frame guard refuses with.
                Some(PayloadError::Overflow) => Some(Disconnect::FrameTooLarge),
                Some(_) => None,
                // Reserved bits or broken UTF-8.
                None => Some(Disconnect::Protocol),
            }
        }
        _ => Some(Disconnect::Protocol),
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    #[test]
    fn each_end_has_its_reason() {
        let io = |error: PayloadError| ProtocolError::Io(io::Error::other(error));
        assert_eq!(failure(&io(PayloadError::Overflow)), Some(Disconnect::FrameTooLarge));
        assert_eq!(failure(&io(PayloadError::Incomplete(None))), None);
        let utf8 = ProtocolError::Io(io::Error::new(io::ErrorKind::InvalidData, "utf-8"));
        assert_eq!(failure(&utf8), Some(Disconnect::Protocol));
        assert_eq!(failure(&ProtocolError::UnmaskedFrame), Some(Disconnect::Protocol));
    }
}
