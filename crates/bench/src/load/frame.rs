//! WebSocket frames (RFC 6455), as little as a load tool needs: nothing is copied on the way in.

/// What a frame is.
pub mod opcode {
    pub const CONTINUATION: u8 = 0;
    pub const TEXT: u8 = 1;
    pub const CLOSE: u8 = 8;
    pub const PING: u8 = 9;
    pub const PONG: u8 = 10;
}

/// A frame whose payload is still in the buffer that it was read into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame<'a> {
    pub opcode: u8,
    /// The last frame of its message.
    pub last: bool,
    pub payload: &'a [u8],
}

/// What the beginning of a buffer holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parsed<'a> {
    /// A frame, and how many bytes it took.
    Whole(Frame<'a>, usize),
    /// Not all of it yet.
    Part,
    /// No frame of a server.
    Invalid,
}

/// Reads a frame of a server: unmasked.
pub fn parse(buffer: &[u8]) -> Parsed<'_> {
    let [first, second, rest @ ..] = buffer else { return Parsed::Part };
    if second & 0x80 != 0 || first & 0x70 != 0 {
        return Parsed::Invalid;
    }
    let (extended, begin) = match second & 0x7f {
        126 => (rest.get(..2), 4),
        127 => (rest.get(..8), 10),
        short => {
            return cut(buffer, *first, 2, usize::from(short));
        }
    };
    let Some(bytes) = extended else { return Parsed::Part };
    let length = bytes.iter().fold(0_u64, |length, byte| (length << 8) | u64::from(*byte));
    match usize::try_from(length) {
        Ok(length) => cut(buffer, *first, begin, length),
        Err(_) => Parsed::Invalid,
    }
}

fn cut(buffer: &[u8], first: u8, begin: usize, length: usize) -> Parsed<'_> {
    let Some(end) = begin.checked_add(length) else { return Parsed::Invalid };
    match buffer.get(begin..end) {
        Some(payload) => Parsed::Whole(Frame { opcode: first & 0x0f, last: first & 0x80 != 0, payload }, end),
        None => Parsed::Part,
    }
}

fn header(opcode: u8, length: usize, mask: u8) -> Vec<u8> {
    let mut frame = Vec::with_capacity(length + 14);
    frame.push(0x80 | opcode);
    if let Ok(short @ 0..126) = u8::try_from(length) {
        frame.push(mask | short);
    } else if let Ok(medium) = u16::try_from(length) {
        frame.push(mask | 0x7e);
        frame.extend(medium.to_be_bytes());
    } else {
        frame.push(mask | 0x7f);
        frame.extend((length as u64).to_be_bytes());
    }
    frame
}

/// A frame of a client. The mask only has to be there: it protects proxies from pages, and neither is here.
pub fn masked(opcode: u8, payload: &[u8]) -> Vec<u8> {
    const KEY: [u8; 4] = [0x5a, 0x17, 0xc3, 0x88];
    let mut frame = header(opcode, payload.len(), 0x80);
    frame.extend(KEY);
    frame.extend(payload.iter().zip(KEY.iter().cycle()).map(|(byte, key)| byte ^ key));
    frame
}

/// A frame of a server.
pub fn unmasked(opcode: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = header(opcode, payload.len(), 0);
    frame.extend_from_slice(payload);
    frame
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_server_writes_is_read_back_at_every_length() {
        for length in [0, 1, 125, 126, 127, 65_535, 65_536, 70_000] {
            let payload = vec![b'x'; length];
            let mut bytes = unmasked(opcode::TEXT, &payload);
            let whole = bytes.len();
            bytes.extend(b"rest");
            let frame = Frame { opcode: opcode::TEXT, last: true, payload: &payload };
            assert_eq!(parse(&bytes), Parsed::Whole(frame, whole), "{length}");
            for part in [0, 1, 2, 3, 5, 9, whole - 1] {
                if part < whole {
                    assert_eq!(parse(&bytes[..part]), Parsed::Part, "{part} of {length}");
                }
            }
        }
    }

    #[test]
    fn a_client_frame_is_masked_and_no_server_frame() {
        let bytes = masked(opcode::TEXT, b"hello");
        assert_eq!(parse(&bytes), Parsed::Invalid);
        let plain: Vec<u8> = bytes[6..].iter().zip(bytes[2..6].iter().cycle()).map(|(byte, key)| byte ^ key).collect();
        assert_eq!(plain, b"hello");
        assert_eq!(bytes[1], 0x80 | 5);
    }

    #[test]
    fn lengths_that_cannot_be_are_refused() {
        let mut bytes = vec![0x81, 127];
        bytes.extend(u64::MAX.to_be_bytes());
        assert_eq!(parse(&bytes), Parsed::Invalid);
        assert_eq!(parse(&[0xc1, 0]), Parsed::Invalid, "compressed, which was not agreed");
    }
}
