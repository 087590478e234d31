//! What to show of a message that was found. Places are in UTF-16 code units, as a browser counts.

use std::ops::Range;

use super::Needle;
use super::fold::{begins, fold};

/// Most marks in one message.
const MAX_HIGHLIGHTS: usize = 100;

/// A piece of a message, as it is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snippet {
    /// Where it begins in the message.
    pub start: u32,
    pub text: String,
}

impl Snippet {
    /// Most characters.
    pub const MAX_CHARS: usize = 240;
    /// Of them before the first hit.
    const BEFORE: usize = 60;
}

/// Where the needles are in a message, apart from each other and in order.
#[must_use]
pub fn highlights(body: &str, needles: &[Needle]) -> Vec<(u32, u32)> {
    let mut units = Units { body, byte: 0, unit: 0 };
    hits(body, needles).into_iter().map(|hit| (units.at(hit.start), units.at(hit.end))).collect()
}

/// The piece of a message around its first hit; its beginning where there is none.
#[must_use]
pub fn snippet(body: &str, needles: &[Needle]) -> Snippet {
    let first = hits(body, needles).first().map_or(0, |hit| hit.start);
    let mut start = body[..first].char_indices().rev().nth(Snippet::BEFORE - 1).map_or(0, |(at, _)| at);
    if start > 0 {
        // From the next word on, if one begins before the hit.
        let blank = body[start..first].char_indices().find(|(_, c)| c.is_whitespace());
        start += blank.map_or(0, |(at, c)| at + c.len_utf8());
    }
    let end = body[start..].char_indices().nth(Snippet::MAX_CHARS).map_or(body.len(), |(at, _)| start + at);
    Snippet { start: Units { body, byte: 0, unit: 0 }.at(start), text: body[start..end].to_owned() }
}

/// Counts from one place to the next.
struct Units<'a> {
    body: &'a str,
    byte: usize,
    unit: usize,
}

impl Units<'_> {
    fn at(&mut self, byte: usize) -> u32 {
        if byte < self.byte {
            (self.byte, self.unit) = (0, 0);
        }
        self.unit += self.body[self.byte..byte].chars().map(char::len_utf16).sum::<usize>();
        self.byte = byte;
        u32::try_from(self.unit).unwrap_or(u32::MAX)
    }
}

/// Ranges of bytes.
fn hits(body: &str, needles: &[Needle]) -> Vec<Range<usize>> {
    let (mut text, mut sources) = (Vec::new(), Vec::new());
    fold(body, |c, source| {
        text.push(c);
        sources.push(source);
    });
    let mut hits: Vec<Range<usize>> = Vec::new();
    for needle in needles {
        let chars: Vec<char> = needle.as_str().chars().collect();
        let found = text.windows(chars.len()).enumerate().filter(|(at, window)| {
            *window == chars && (!needle.is_short() || begins(at.checked_sub(1).map(|before| text[before]), chars[0]))
        });
        let found = found.map(|(at, _)| sources[at].start..sources[at + chars.len() - 1].end);
        hits.extend(found.take(MAX_HIGHLIGHTS));
    }
    hits.sort_unstable_by_key(|hit| (hit.start, hit.end));
    let mut apart: Vec<Range<usize>> = Vec::with_capacity(hits.len());
    for hit in hits {
        match apart.last_mut().filter(|last| hit.start <= last.end) {
            Some(last) => last.end = last.end.max(hit.end),
            None => apart.push(hit),
        }
    }
    apart.truncate(MAX_HIGHLIGHTS);
    apart
}
