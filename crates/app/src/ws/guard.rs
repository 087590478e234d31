//! Refuses a frame by its announced size, before it is gathered.
//!
//! The WebSocket parser compares a frame's size with its limit only once the whole frame is in memory, so a header
//! that announces a gigabyte would be obeyed. [`FrameGuard`] reads the headers (RFC 6455, section 5.2) as they come
//! by and ends the stream at the first one that goes too far.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use actix_web::error::PayloadError;
use bytes::Bytes;
use futures_util::Stream;

/// Most fragments of one message. Empty ones would otherwise keep a message open for ever.
const MAX_FRAGMENTS: u32 = 128;

/// Follows frame headers through a stream of bytes.
#[derive(Debug)]
pub(crate) struct FrameScanner {
    max_message: u64,
    /// Bytes of the present header, at most 14.
    header: [u8; 14],
    header_len: usize,
    /// Bytes of the present frame that are still to come.
    rest: u64,
    /// Of the present message: bytes announced and frames begun.
    message: u64,
    fragments: u32,
}

/// A frame or message that is larger than allowed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct TooLarge;

impl FrameScanner {
    pub(crate) const fn new(max_message: u64) -> Self {
        Self { max_message, header: [0; 14], header_len: 0, rest: 0, message: 0, fragments: 0 }
    }

    /// Looks at the next bytes.
    ///
    /// # Errors
    /// When a header among them announces more than is allowed.
    pub(crate) fn scan(&mut self, mut bytes: &[u8]) -> Result<(), TooLarge> {
        while let Some(&byte) = bytes.first() {
            if self.rest > 0 {
                let skipped = usize::try_from(self.rest).unwrap_or(usize::MAX).min(bytes.len());
                self.rest -= skipped as u64;
                bytes = &bytes[skipped..];
                continue;
            }
            self.header[self.header_len] = byte;
            self.header_len += 1;
            bytes = &bytes[1..];
            if self.header_len == self.header_size() {
                let header_len = std::mem::take(&mut self.header_len);
                self.rest = self.announced(header_len);
                self.admit()?;
            }
        }
        Ok(())
    }

    /// How long the present header is, as far as its first two bytes tell.
    fn header_size(&self) -> usize {
        if self.header_len < 2 {
            return 2;
        }
        let mask = if self.header[1] & 0x80 == 0 { 0 } else { 4 };
        mask + match self.header[1] & 0x7f {
            126 => 4,
            127 => 10,
            _ => 2,
        }
    }

    fn announced(&self, header_len: usize) -> u64 {
        debug_assert!(header_len >= 2);
        match self.header[1] & 0x7f {
            126 => u64::from(u16::from_be_bytes([self.header[2], self.header[3]])),
            127 => {
                let mut eight = [0; 8];
                eight.copy_from_slice(&self.header[2..10]);
                u64::from_be_bytes(eight)
            }
            small => u64::from(small),
        }
    }

    fn admit(&mut self) -> Result<(), TooLarge> {
        let (is_final, opcode) = (self.header[0] & 0x80 != 0, self.header[0] & 0x0f);
        if opcode >= 8 {
            // Control frames may come between fragments and are bounded by the protocol itself.
            return if self.rest > 125 { Err(TooLarge) } else { Ok(()) };
        }
        if opcode != 0 {
            (self.message, self.fragments) = (0, 0);
        }
        self.message = self.message.saturating_add(self.rest);
        self.fragments += 1;
        if self.message > self.max_message || self.fragments > MAX_FRAGMENTS {
            return Err(TooLarge);
        }
        if is_final {
            (self.message, self.fragments) = (0, 0);
        }
        Ok(())
    }
}

/// A request payload under a [`FrameScanner`]. Ends with [`PayloadError::Overflow`] where the scanner refuses.
pub(crate) struct FrameGuard<S> {
    payload: S,
    scanner: FrameScanner,
}

impl<S> FrameGuard<S> {
    pub(crate) const fn new(payload: S, max_message: u64) -> Self {
        Self { payload, scanner: FrameScanner::new(max_message) }
    }
}

impl<S> Stream for FrameGuard<S>
where
    S: Stream<Item = Result<Bytes, PayloadError>> + Unpin,
{
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        let item = ready!(Pin::new(&mut this.payload).poll_next(cx));
        if let Some(Ok(bytes)) = &item
            && this.scanner.scan(bytes).is_err()
        {
            return Poll::Ready(Some(Err(PayloadError::Overflow)));
        }
        Poll::Ready(item)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{FrameScanner, MAX_FRAGMENTS, TooLarge};

    /// A masked frame as clients send it; `announce` may lie about the payload.
    fn frame(first: u8, announce: u64, payload: &[u8]) -> Vec<u8> {
        let mut bytes = vec![first];
        match announce {
            0..=125 => bytes.push(0x80 | u8::try_from(announce).expect("small")),
            126..=65_535 => {
                bytes.push(0x80 | 0x7e);
                bytes.extend(u16::try_from(announce).expect("16 bits").to_be_bytes());
            }
            _ => {
                bytes.push(0x80 | 0x7f);
                bytes.extend(announce.to_be_bytes());
            }
        }
        bytes.extend([1, 2, 3, 4]);
        bytes.extend(payload);
        bytes
    }

    #[test]
    fn a_frame_of_the_limit_passes_and_one_byte_more_is_refused_by_its_header() {
        let mut scanner = FrameScanner::new(1000);
        assert_eq!(scanner.scan(&frame(0x81, 1000, &[7; 1000])), Ok(()));
        assert_eq!(scanner.scan(&frame(0x81, 1001, &[])), Err(TooLarge));
    }

    #[test]
    fn an_announcement_of_64_bits_is_refused() {
        assert_eq!(FrameScanner::new(1000).scan(&frame(0x82, u64::MAX, &[])), Err(TooLarge));
    }

    #[test]
    fn fragments_count_together_and_a_new_message_begins_anew() {
        let mut scanner = FrameScanner::new(100);
        assert_eq!(scanner.scan(&frame(0x01, 60, &[0; 60])), Ok(()));
        assert_eq!(scanner.scan(&frame(0x89, 5, &[0; 5])), Ok(()), "a ping in between is no part of it");
        assert_eq!(scanner.scan(&frame(0x80, 40, &[0; 40])), Ok(()));
        assert_eq!(scanner.scan(&frame(0x01, 60, &[0; 60])), Ok(()));
        assert_eq!(scanner.scan(&frame(0x00, 41, &[])), Err(TooLarge));
    }

    #[test]
    fn empty_fragments_without_end_are_refused() {
        let mut scanner = FrameScanner::new(100);
        assert_eq!(scanner.scan(&frame(0x01, 0, &[])), Ok(()));
        for _ in 1..MAX_FRAGMENTS {
            assert_eq!(scanner.scan(&frame(0x00, 0, &[])), Ok(()));
        }
        assert_eq!(scanner.scan(&frame(0x00, 0, &[])), Err(TooLarge));
    }

    #[test]
    fn an_oversized_control_frame_is_refused() {
        assert_eq!(FrameScanner::new(1000).scan(&frame(0x89, 126, &[])), Err(TooLarge));
    }

    proptest! {
        /// However the bytes are cut into reads, the verdict is the same.
        #[test]
        fn cuts_do_not_matter(sizes in prop::collection::vec(0u64..400, 1..8), cut in 1usize..64) {
            let mut bytes = Vec::new();
            for size in &sizes {
                bytes.extend(frame(0x81, *size, &vec![0; usize::try_from(*size).expect("small")]));
            }
            let whole = FrameScanner::new(300).scan(&bytes);
            let mut scanner = FrameScanner::new(300);
            let parts = bytes.chunks(cut).try_for_each(|part| scanner.scan(part));
            prop_assert_eq!(&whole, &parts);
            prop_assert_eq!(whole.is_err(), sizes.iter().any(|size| *size > 300));
        }
    }
}
