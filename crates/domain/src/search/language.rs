//! The language of the search field.
//!
//! Words and `"phrases in quotes"` must all be in the message. `from:alice`, `in:general` (or `in:"a name"`, or
//! `in:@alice`, the direct conversation with her),
//! `before:2026-03-01`, `after:2026-01-01` (days of UTC, or moments as in RFC 3339) and `has:link` narrow it down. Any
//! other word with a colon is a word.

use std::collections::BTreeSet;

use time::format_description::well_known::Rfc3339;
use time::macros::format_description;
use time::{Date, UtcOffset};

use super::{Has, Needle};
use crate::{InvalidText, RoomName, Timestamp, Username};

/// A search as somebody typed it, parsed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SearchText {
    pub needles: Vec<Needle>,
    pub from: Option<Username>,
    pub room: Option<RoomName>,
    /// The direct conversation with this user.
    pub direct: Option<Username>,
    pub after: Option<Timestamp>,
    pub before: Option<Timestamp>,
    pub has: BTreeSet<Has>,
}

/// A part of the text: a bare word, a phrase, or a filter with its value.
struct Part<'a> {
    key: Option<&'a str>,
    value: &'a str,
}

impl SearchText {
    /// Most characters.
    pub const MAX_CHARS: usize = 256;
    /// Most words and phrases.
    pub const MAX_NEEDLES: usize = 10;

    /// # Errors
    /// When it is too long, has too many words, a filter has a bad value or is given twice, or a quote has no end.
    pub fn parse(raw: &str) -> Result<Self, InvalidText> {
        if raw.len() > Self::MAX_CHARS && raw.chars().count() > Self::MAX_CHARS {
            return Err(InvalidText::new("q", format!("q must have at most {} characters", Self::MAX_CHARS)));
        }
        let mut parsed = Self::default();
        let mut rest = raw.trim_start();
        while !rest.is_empty() {
            let (part, after) = next(rest)?;
            rest = after.trim_start();
            match part.key {
                Some(key) => parsed.filter(key, part.value)?,
                None => parsed.needle(part.value)?,
            }
        }
        Ok(parsed)
    }

    fn needle(&mut self, raw: &str) -> Result<(), InvalidText> {
        let Some(needle) = Needle::new(raw).filter(|needle| !self.needles.contains(needle)) else { return Ok(()) };
        if self.needles.len() == Self::MAX_NEEDLES {
            return Err(InvalidText::new("q", format!("q must have at most {} words", Self::MAX_NEEDLES)));
        }
        self.needles.push(needle);
        Ok(())
    }

    /// Adds a filter, from the text or beside it.
    ///
    /// # Errors
    /// When the value is none, or the filter is there with another one.
    pub fn filter(&mut self, key: &str, value: &str) -> Result<(), InvalidText> {
        match key {
            "from" => {
                let name = Username::parse(value.strip_prefix('@').unwrap_or(value));
                once(&mut self.from, name.map_err(|error| InvalidText::new("from", error.message))?, "from")
            }
            "in" => {
                if self.room.is_some() || self.direct.is_some() {
                    return Err(InvalidText::new("in", "in must be given once"));
                }
                if let Some(name) = value.strip_prefix('@') {
                    let name = Username::parse(name).map_err(|error| InvalidText::new("in", error.message))?;
                    self.direct = Some(name);
                    return Ok(());
                }
                let name = RoomName::parse(value.strip_prefix('#').unwrap_or(value));
                self.room = Some(name.map_err(|error| InvalidText::new("in", error.message))?);
                Ok(())
            }
            "after" => once(&mut self.after, moment("after", value)?, "after"),
            "before" => once(&mut self.before, moment("before", value)?, "before"),
            "has" => {
                let Some((_, has)) = Has::WORDS.iter().find(|(word, _)| *word == value) else {
                    return Err(InvalidText::new("has", "has must be link, reaction, pin, file or image"));
                };
                self.has.insert(*has);
                Ok(())
            }
            _ => Err(InvalidText::new("q", "q has a filter that does not exist")),
        }
    }

    /// Neither a word nor a filter.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

fn once<T: PartialEq>(slot: &mut Option<T>, value: T, field: &'static str) -> Result<(), InvalidText> {
    if slot.as_ref().is_some_and(|before| *before != value) {
        return Err(InvalidText::new(field, format!("{field} must be given once")));
    }
    *slot = Some(value);
    Ok(())
}

/// A day of UTC (its beginning), or a moment.
///
/// # Errors
/// When it is neither.
pub fn moment(field: &'static str, raw: &str) -> Result<Timestamp, InvalidText> {
    let day = Date::parse(raw, format_description!("[year]-[month]-[day]"));
    let moment = match day {
        Ok(day) => day.midnight().assume_utc(),
        Err(_) => Timestamp::parse(raw, &Rfc3339).map_err(|_| {
            InvalidText::new(field, format!("{field} must be a day such as 2026-03-01 or a moment with its zone"))
        })?,
    };
    let problem = || InvalidText::new(field, format!("{field} must be a moment between the years 0 and 9999"));
    let moment = moment.checked_to_offset(UtcOffset::UTC).ok_or_else(problem)?;
    moment.replace_microsecond(moment.microsecond()).map_err(|_| problem())
}

/// The first part and what follows it.
fn next(text: &str) -> Result<(Part<'_>, &str), InvalidText> {
    if let Some(quoted) = text.strip_prefix('"') {
        let (value, rest) = phrase(quoted)?;
        return Ok((Part { key: None, value }, rest));
    }
    for key in ["from", "in", "after", "before", "has"] {
        let given = text.get(..key.len()).filter(|given| given.eq_ignore_ascii_case(key));
        if let Some(value) = given.and_then(|_| text[key.len()..].strip_prefix(':')) {
            if let Some(quoted) = value.strip_prefix('"') {
                let (value, rest) = phrase(quoted)?;
                return Ok((Part { key: Some(key), value }, rest));
            }
            let (value, rest) = word(value);
            return Ok((Part { key: Some(key), value }, rest));
        }
    }
    let (value, rest) = word(text);
    Ok((Part { key: None, value }, rest))
}

fn phrase(text: &str) -> Result<(&str, &str), InvalidText> {
    text.split_once('"').ok_or_else(|| InvalidText::new("q", "q has a quote without its end"))
}

fn word(text: &str) -> (&str, &str) {
    text.split_at(text.find(char::is_whitespace).unwrap_or(text.len()))
}
