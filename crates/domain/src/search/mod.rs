//! Finding messages: what matches is defined here once, and both databases give the same answers.
//!
//! * [`folded`] is the text as it is compared, [`Needle`] what is looked for and when a text contains it.
//! * [`SearchText`] is the language of the search field: words, `"phrases"` and filters such as `from:alice`.
//! * [`MessageSearch`] is one search, [`highlights`] what to show of a hit.

mod days;
mod fold;
mod language;
mod needle;
mod show;

use std::collections::BTreeSet;

use crate::{Message, MessageId, MessageView, RoomHead, RoomId, RoomKind, Timestamp, UserId};

pub(crate) use fold::is_word;
pub use fold::{SEARCHED_CHARS, folded};
pub use language::{SearchText, moment};
pub use needle::{Needle, author_token, has_link, has_token, room_token, tokens_of};
pub use show::{Snippet, highlights, snippet};

/// Something that a message has beside its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Has {
    Link,
    Reaction,
    Pin,
    File,
    Image,
}

impl Has {
    /// As the search field calls them.
    pub const WORDS: [(&str, Self); 5] = [
        ("link", Self::Link),
        ("reaction", Self::Reaction),
        ("pin", Self::Pin),
        ("file", Self::File),
        ("image", Self::Image),
    ];
}

/// Which messages to find, and who looks. Found are only messages of rooms that [`crate::policy::Read`] lets the
/// reader read now: public rooms, and those of which the reader is a member; none that bans the reader.
#[derive(Clone, Debug)]
pub struct MessageSearch {
    pub reader: UserId,
    /// All of them must be in the text.
    pub needles: Vec<Needle>,
    pub author: Option<UserId>,
    pub room: Option<RoomId>,
    /// Sent then or later.
    pub after: Option<Timestamp>,
    /// Sent before then.
    pub before: Option<Timestamp>,
    pub has: BTreeSet<Has>,
    /// Where the page before this one ended.
    pub older_than: Option<MessageId>,
    pub limit: u32,
}

impl MessageSearch {
    /// Whether it is about this message. Who may read it is not looked at.
    #[must_use]
    pub fn matches(&self, view: &MessageView) -> bool {
        let (message, text) = (&view.message, folded(&view.message.body));
        !message.is_deleted()
            && self.needles.iter().all(|needle| needle.is_in(&text))
            && self.author.is_none_or(|author| message.author_id() == Some(author))
            && self.room.is_none_or(|room| message.room == room)
            && self.after.is_none_or(|after| message.created_at >= after)
            && self.before.is_none_or(|before| message.created_at < before)
            && self.older_than.is_none_or(|last| message.id < last)
            && self.has.iter().all(|has| match has {
                Has::Link => has_link(&text),
                Has::Reaction => !view.reactions.is_empty(),
                Has::Pin => view.pinned,
                Has::File => !view.attachments.is_empty(),
                Has::Image => view.attachments.iter().any(|file| file.content_type.starts_with("image/")),
            })
    }

    /// By which tokens an index finds what it may be about.
    #[must_use]
    pub fn tokens(&self) -> TokenQuery {
        let mut all: BTreeSet<String> = self.needles.iter().flat_map(Needle::tokens).collect();
        all.extend(self.author.map(author_token));
        all.extend(self.room.map(room_token));
        all.extend(self.has.iter().filter_map(|has| has_token(*has)).map(str::to_owned));
        let in_time = self.after.is_some() || self.before.is_some();
        TokenQuery {
            all: all.into_iter().collect(),
            any_of: if in_time { vec![days::cover(self.after, self.before)] } else { Vec::new() },
        }
    }
}

/// What a text must have of tokens: each of `all`, and of each list of `any_of` one or more.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TokenQuery {
    pub all: Vec<String>,
    pub any_of: Vec<Vec<String>>,
}

/// The folded text of a message, and the tokens by which it is found.
#[must_use]
pub fn indexed(message: &Message) -> (String, BTreeSet<String>) {
    let text = folded(&message.body);
    let mut tokens = tokens_of(&text);
    tokens.insert(room_token(message.room));
    tokens.extend(message.author_id().map(author_token));
    tokens.extend(days::tokens(message.created_at));
    if has_link(&text) {
        tokens.extend(has_token(Has::Link).map(str::to_owned));
    }
    (text, tokens)
}

/// A message that was found, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundMessage {
    pub view: MessageView,
    pub room: RoomHead,
    pub kind: RoomKind,
}

/// The newest that were found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FoundPage {
    pub items: Vec<FoundMessage>,
    /// The next page is older than this; none: there is no more.
    pub next: Option<MessageId>,
}
