//! What is looked for, and the tokens by which an index finds it.
//!
//! A needle of three characters or more is found anywhere, also inside of words. A shorter one is found where a word
//! begins; Chinese, Japanese, Korean and Thai characters, punctuation and emojis each begin something.
//!
//! The index of a text has, for each place where something begins, its first character and its first two; and each
//! three characters in a row of a word. That is exact for short needles. For longer ones it is a promise that
//! nothing is missed: who finds a text by its tokens compares it with the needle as well.

use std::collections::BTreeSet;

use super::Has;
use super::fold::{begins, folded, is_word};
use crate::{RoomId, UserId};

/// A word or a phrase, folded. Never empty.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Needle(String);

impl Needle {
    /// None when nothing visible is left of it.
    #[must_use]
    pub fn new(raw: &str) -> Option<Self> {
        let folded = folded(raw);
        (!folded.is_empty()).then_some(Self(folded))
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Only where a word begins.
    #[must_use]
    pub fn is_short(&self) -> bool {
        self.0.chars().nth(2).is_none()
    }

    /// Whether a folded text contains it. The definition that every store keeps.
    #[must_use]
    pub fn is_in(&self, text: &str) -> bool {
        if !self.is_short() {
            return text.contains(&self.0);
        }
        let first = self.0.chars().next().unwrap_or(' ');
        text.match_indices(&self.0).any(|(at, _)| begins(text[..at].chars().next_back(), first))
    }

    /// Tokens that every text has that contains it; enough of them to find no other where it is short.
    #[must_use]
    pub fn tokens(&self) -> Vec<String> {
        let chars: Vec<char> = self.0.chars().collect();
        if self.is_short() {
            return vec![encoded(&chars)];
        }
        let mut tokens = BTreeSet::new();
        for (at, c) in chars.iter().enumerate() {
            // Where it begins, it may be in the middle of a word.
            let sure = if at == 0 { !is_word(*c) } else { begins(Some(chars[at - 1]), *c) };
            if sure && *c != ' ' {
                let two = chars.get(at + 1).is_some_and(|next| *next != ' ');
                tokens.insert(encoded(&chars[at..at + 1 + usize::from(two)]));
            }
            add_three(&chars, at, &mut tokens);
        }
        tokens.into_iter().collect()
    }
}

/// The tokens of a folded text.
#[must_use]
pub fn tokens_of(text: &str) -> BTreeSet<String> {
    let chars: Vec<char> = text.chars().collect();
    let mut tokens = BTreeSet::new();
    for (at, c) in chars.iter().enumerate() {
        let before = at.checked_sub(1).map(|before| chars[before]);
        if begins(before, *c) {
            tokens.insert(encoded(&chars[at..=at]));
            if chars.get(at + 1).is_some_and(|next| *next != ' ') {
                tokens.insert(encoded(&chars[at..at + 2]));
            }
        }
        add_three(&chars, at, &mut tokens);
    }
    tokens
}

fn add_three(chars: &[char], at: usize, tokens: &mut BTreeSet<String>) {
    if let Some(three) = chars.get(at..at + 3).filter(|three| three.iter().all(|c| is_word(*c))) {
        tokens.insert(encoded(three));
    }
}

/// ASCII punctuation in its full-width form, which no folded text has: a token is then one word for every tokenizer.
fn encoded(chars: &[char]) -> String {
    let wide = |c: char| if c.is_ascii_punctuation() { char::from_u32(u32::from(c) + 0xFEE0).unwrap_or(c) } else { c };
    chars.iter().map(|c| wide(*c)).collect()
}

/// The token of every message of a room. Longer than the tokens of texts, which have three characters at most.
#[must_use]
pub fn room_token(room: RoomId) -> String {
    format!("room{room}")
}

/// The token of every message by an author.
#[must_use]
pub fn author_token(author: UserId) -> String {
    format!("user{author}")
}

/// The token of what a text itself tells; none for what other tables tell.
#[must_use]
pub const fn has_token(has: Has) -> Option<&'static str> {
    match has {
        Has::Link => Some("haslink"),
        Has::Reaction | Has::Pin | Has::File | Has::Image => None,
    }
}

/// Whether a folded text has a link.
#[must_use]
pub fn has_link(text: &str) -> bool {
    ["http://", "https://"].iter().any(|scheme| {
        text.match_indices(scheme).any(|(at, _)| {
            let before = text[..at].chars().next_back();
            let after = text[at + scheme.len()..].chars().next();
            !before.is_some_and(is_word) && after.is_some_and(char::is_alphanumeric)
        })
    })
}
