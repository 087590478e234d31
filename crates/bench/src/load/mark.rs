//! What a message of the load carries in its text: who sent it, the how manieth it is, and when.

use std::fmt::Write as _;

const BEGIN: &[u8] = b"~hl ";

/// Names a message of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mark {
    /// Tells this run's messages from those that an earlier one left.
    pub run: u32,
    pub sender: u32,
    /// From 0 on, without holes.
    pub number: u64,
    /// When it was to be sent, in nanoseconds of the run's clock.
    pub at: u64,
}

impl Mark {
    /// A text of about `length` characters, at least as long as the mark itself.
    pub(super) fn text(self, length: usize) -> String {
        const FILLING: &str = "the quick brown fox jumps over the lazy dog and goes home ";
        let mut text = String::with_capacity(length.max(64));
        // Writing to a string does not fail.
        let _ = write!(text, "~hl {} {} {} {}~", self.run, self.sender, self.number, self.at);
        while text.len() < length {
            let rest = (length - text.len()).min(FILLING.len());
            text.push_str(&FILLING[..rest]);
        }
        text
    }

    /// Finds the mark in a frame.
    pub(super) fn find(frame: &[u8]) -> Option<Self> {
        let begin = memchr::memmem::find(frame, BEGIN)? + BEGIN.len();
        let mut rest = &frame[begin..];
        let [run, sender, number] = [b' '; 3].map(|end| take(&mut rest, end));
        let (run, sender, number, at) = (run?, sender?, number?, take(&mut rest, b'~')?);
        Some(Self { run: u32::try_from(run).ok()?, sender: u32::try_from(sender).ok()?, number, at })
    }
}

/// Reads digits up to and with `end`.
fn take(rest: &mut &[u8], end: u8) -> Option<u64> {
    let length = rest.iter().position(|byte| !byte.is_ascii_digit())?;
    let (digits, after) = rest.split_at(length);
    if digits.is_empty() || after.first() != Some(&end) {
        return None;
    }
    *rest = &after[1..];
    std::str::from_utf8(digits).ok()?.parse().ok()
}

/// The number of a field of a JSON object, by text: the first with that name.
pub(super) fn number_of(frame: &[u8], field: &str) -> Option<i64> {
    let name = format!("\"{field}\"");
    let mut rest = &frame[memchr::memmem::find(frame, name.as_bytes())? + name.len()..];
    while let [b':' | b' ', after @ ..] = rest {
        rest = after;
    }
    let length = rest.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(rest.len());
    std::str::from_utf8(&rest[..length]).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_survives_the_trip_and_the_length_is_as_asked() {
        let mark = Mark { run: 7, sender: 3, number: 123_456, at: 99_000_000_001 };
        let text = mark.text(100);
        assert_eq!(text.len(), 100);
        let frame = format!(r#"{{"type":"chat","message":"{text}","seq":42}}"#);
        assert_eq!(Mark::find(frame.as_bytes()), Some(mark));
        assert_eq!(number_of(frame.as_bytes(), "seq"), Some(42));
        assert!(mark.text(0).len() < 40);
    }

    #[test]
    fn what_only_looks_like_one_is_none() {
        for text in ["~hl 1 2 3", "~hl 1 2 3 4", "~hl x 2 3 4~", "~hl  1 2 3 4~", "hello", "~hl 99999999999 1 2 3~"] {
            assert_eq!(Mark::find(text.as_bytes()), None, "{text}");
        }
    }
}
