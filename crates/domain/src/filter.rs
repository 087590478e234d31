//! Words that a room does not want, or wants to look at first.
//!
//! Texts and patterns are compared as search sees them ([`crate::search::folded`]): compatibility forms are one (NFKC),
//! case and the accents of Latin letters make no difference, invisible characters are not there. A pattern is found as
//! a whole word or phrase; a `*` at an end lets the word go on there. Scripts without blanks between words are found
//! anywhere.

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};

use crate::search::{folded, is_word};
use crate::{
    AttachmentId, Body, ClientId, FilterId, HeldId, InvalidText, MessageId, RoomId, Timestamp, UserId, UserRef,
};

/// What to do with a message that has the words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FilterAction {
    /// Keep it until a moderator has looked.
    Hold,
    /// Refuse it.
    Block,
}

/// A word or phrase as a moderator wrote it, ends trimmed.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Pattern(String);

impl Pattern {
    pub const MAX: usize = 64;
    /// Least characters beside a `*`: fewer would be in nearly every text.
    const LEAST_OPEN: usize = 3;

    /// # Errors
    /// When nothing visible is left of it, or it is too long or too short.
    pub fn parse(raw: &str) -> Result<Self, InvalidText> {
        let refused = |message: String| Err(InvalidText::new("pattern", message));
        let text = raw.trim();
        if text.is_empty() || text.chars().count() > Self::MAX || text.chars().any(char::is_control) {
            return refused(format!("pattern must have 1 to {} characters, in one line", Self::MAX));
        }
        let needle = Needle::of(text);
        if !needle.text.chars().any(char::is_alphanumeric) {
            return refused("pattern must have a letter or a digit".to_owned());
        }
        if needle.is_open() && needle.text.chars().count() < Self::LEAST_OPEN {
            return refused(format!("pattern must have {} characters or more beside *", Self::LEAST_OPEN));
        }
        Ok(Self(text.to_owned()))
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Takes what an earlier `parse` accepted back out of storage, unchecked.
    #[must_use]
    pub const fn from_stored(text: String) -> Self {
        Self(text)
    }
}

/// A rule of a room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilterRule {
    pub id: FilterId,
    pub room: RoomId,
    pub pattern: Pattern,
    pub action: FilterAction,
    /// None once the account was erased.
    pub created_by: Option<UserId>,
    pub created_at: Timestamp,
}

/// A rule to be made.
#[derive(Clone, Debug)]
pub struct NewFilterRule {
    pub room: RoomId,
    pub pattern: Pattern,
    pub action: FilterAction,
    pub created_by: UserId,
    pub created_at: Timestamp,
}

/// A message that waits for a moderator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldMessage {
    pub id: HeldId,
    pub room: RoomId,
    pub author: UserRef,
    pub body: String,
    pub reply_to: Option<MessageId>,
    pub client_id: Option<ClientId>,
    pub attachments: Vec<AttachmentId>,
    /// What it was held for.
    pub pattern: String,
    pub created_at: Timestamp,
}

/// A message to be held.
#[derive(Clone, Debug)]
pub struct NewHeld {
    pub room: RoomId,
    pub author: UserId,
    pub body: Body,
    pub reply_to: Option<MessageId>,
    pub client_id: Option<ClientId>,
    pub attachments: Vec<AttachmentId>,
    pub pattern: Pattern,
    pub created_at: Timestamp,
}

/// A pattern as it is looked for.
struct Needle {
    text: String,
    goes_on_before: bool,
    goes_on_after: bool,
}

impl Needle {
    fn of(pattern: &str) -> Self {
        let folded = folded(pattern);
        let bare = folded.trim_matches('*').trim();
        Self { text: bare.to_owned(), goes_on_before: folded.starts_with('*'), goes_on_after: folded.ends_with('*') }
    }

    const fn is_open(&self) -> bool {
        self.goes_on_before || self.goes_on_after
    }

    /// Whether what was found at these bytes of `text` is a word of its own where it has to be.
    fn stands(&self, text: &str, start: usize, end: usize) -> bool {
        let meet = |one: Option<char>, other: Option<char>| one.is_some_and(is_word) && other.is_some_and(is_word);
        let cuts_before = meet(text[..start].chars().next_back(), self.text.chars().next());
        let cuts_after = meet(self.text.chars().next_back(), text[end..].chars().next());
        (self.goes_on_before || !cuts_before) && (self.goes_on_after || !cuts_after)
    }
}

/// All rules of a room, ready to be asked.
pub struct WordFilter {
    finder: Option<AhoCorasick>,
    rules: Vec<(Needle, Pattern, FilterAction)>,
}

impl WordFilter {
    /// Most rules of a room.
    pub const MOST_RULES: usize = 200;

    /// From the room's rules. A pattern that cannot be looked for (no version of this program stores one) is left out.
    #[must_use]
    pub fn new(rules: impl IntoIterator<Item = FilterRule>) -> Self {
        let rules: Vec<_> = rules
            .into_iter()
            .map(|rule| (Needle::of(rule.pattern.as_str()), rule.pattern, rule.action))
            .filter(|(needle, ..)| !needle.text.is_empty())
            .collect();
        let texts = rules.iter().map(|(needle, ..)| needle.text.as_str());
        // An automaton whose size is bounded by the patterns, and overlapping matches: a word inside of a phrase counts.
        let finder = (!rules.is_empty()).then(|| {
            AhoCorasick::builder()
                .kind(Some(AhoCorasickKind::ContiguousNFA))
                .match_kind(MatchKind::Standard)
                .build(texts)
        });
        Self { finder: finder.and_then(Result::ok), rules }
    }

    /// What is to be done with the text, and because of which pattern: refusing goes before holding.
    #[must_use]
    pub fn verdict(&self, text: &str) -> Option<(FilterAction, &Pattern)> {
        let finder = self.finder.as_ref()?;
        let text = folded(text);
        let mut verdict: Option<(FilterAction, &Pattern)> = None;
        for found in finder.find_overlapping_iter(&text) {
            let Some((needle, pattern, action)) = self.rules.get(found.pattern().as_usize()) else { continue };
            if verdict.is_none_or(|(strictest, _)| *action > strictest)
                && needle.stands(&text, found.start(), found.end())
            {
                verdict = Some((*action, pattern));
                if *action == FilterAction::Block {
                    break;
                }
            }
        }
        verdict
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use time::macros::datetime;

    use super::*;

    fn filter(rules: &[(&str, FilterAction)]) -> WordFilter {
        let rule = |(at, (pattern, action)): (usize, &(&str, FilterAction))| FilterRule {
            id: FilterId(i64::try_from(at).expect("few")),
            room: RoomId(1),
            pattern: Pattern::parse(pattern).expect("a pattern"),
            action: *action,
            created_by: None,
            created_at: datetime!(2026-01-02 03:04:05 UTC),
        };
        WordFilter::new(rules.iter().enumerate().map(rule))
    }

    fn blocks(pattern: &str, text: &str) -> bool {
        filter(&[(pattern, FilterAction::Block)]).verdict(text).is_some()
    }

    #[test]
    fn whole_words_in_any_form() {
        for text in ["spam", "SPAM!", "so much sp\u{200B}am here", "(ｓｐａｍ)", "Spám", "spam, spam", "\u{202E}spam"]
        {
            assert!(blocks("spam", text), "{text:?}");
        }
        for text in ["spammer", "antispam", "spa m", "s.p.a.m", "spam1", ""] {
            assert!(!blocks("spam", text), "{text:?}");
        }
        assert!(blocks("buy  now", "please BUY\n\tnow"), "blanks are one");
        assert!(blocks("straße", "STRASSE"));
        assert!(blocks("广告", "这是广告吗"), "no blanks between these words");
    }

    #[test]
    fn a_star_lets_a_word_go_on() {
        assert!(blocks("spam*", "spammers unite") && !blocks("spam*", "antispam"));
        assert!(blocks("*coin", "dogecoin") && !blocks("*coin", "coins"));
        assert!(blocks("*coin*", "bitcoins"));
    }

    #[test]
    fn refusing_goes_before_holding() {
        let both =
            filter(&[("free money", FilterAction::Hold), ("money", FilterAction::Block), ("hi", FilterAction::Hold)]);
        let verdict = |text| both.verdict(text).map(|(action, pattern)| (action, pattern.as_str()));
        assert_eq!(verdict("hi, free money"), Some((FilterAction::Block, "money")));
        assert_eq!(verdict("hi there"), Some((FilterAction::Hold, "hi")));
        assert_eq!(verdict("good morning"), None);
        assert!(WordFilter::new([]).verdict("anything").is_none());
    }

    #[test]
    fn patterns_are_bounded_and_mean_something() {
        for bad in ["", "  ", "*", "!!", "\u{200B}", "*ab", "a\nb", &"x".repeat(65)] {
            assert_eq!(Pattern::parse(bad).expect_err("refused").field, "pattern", "{bad:?}");
        }
        assert_eq!(Pattern::parse(" Ab ").expect("fine").as_str(), "Ab");
        assert!(Pattern::parse(&"ü".repeat(64)).is_ok());
    }

    proptest! {
        #[test]
        fn finds_any_pattern_that_stands_alone(pattern in "\\PC{1,64}", before in "\\PC{0,20}", after in "\\PC{0,20}") {
            if let Ok(parsed) = Pattern::parse(&pattern) {
                let bare = parsed.as_str().trim_matches('*').trim().to_owned();
                // What folds to nothing at its ends joins with what is around it; a comma keeps apart.
                if folded(&bare) == folded(&format!(" {bare} ")).trim() && !folded(parsed.as_str()).trim_matches('*').ends_with(' ') {
                    let text = format!("{before} , {bare} , {after}");
                    let rule = parsed.as_str().to_owned();
                    prop_assert!(blocks(&rule, &text), "{rule:?} in {text:?}");
                }
            }
        }

        #[test]
        fn never_panics(pattern in "\\PC{0,70}", text in "(?s).{0,200}") {
            if Pattern::parse(&pattern).is_ok() {
                blocks(&pattern, &text);
            }
        }
    }
}
