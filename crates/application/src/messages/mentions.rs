//! Whom messages mention.

use std::collections::{BTreeSet, HashMap};

use hallway_domain::policy::{self, MentionHere, Scope};
use hallway_domain::ports::{Mention, Mentioned};
use hallway_domain::{Actor, Mentions, Message, RoomId, UserRef, Username};

use crate::unit::{Attempt, Unit};

/// Members who have the names that texts mention.
#[derive(Default)]
pub(super) struct Named(HashMap<(RoomId, Username), UserRef>);

/// Whom one text mentions: members of its room, and everybody only where its author may.
#[derive(Clone, Debug, Default)]
pub(super) struct Meant {
    pub(super) users: Vec<UserRef>,
    pub(super) here: bool,
}

impl Named {
    /// One statement for all texts; none when no name is mentioned.
    pub(super) async fn read<'a>(unit: &mut Unit<'_>, texts: impl Iterator<Item = (RoomId, &'a str)>) -> Attempt<Self> {
        let names: BTreeSet<(RoomId, Username)> = texts
            .flat_map(|(room, text)| Mentions::parse(text).users.into_iter().map(move |name| (room, name)))
            .collect();
        if names.is_empty() {
            return Ok(Self::default());
        }
        let members = unit.work.mentions().members_named(&Vec::from_iter(names)).await?;
        Ok(Self(members.into_iter().map(|(room, user)| ((room, user.username.clone()), user)).collect()))
    }

    pub(super) fn meant(&self, text: &str, actor: &Actor, scope: Scope<'_>) -> Meant {
        let Mentions { users, here } = Mentions::parse(text);
        let room = scope.room.id;
        Meant {
            users: users.into_iter().filter_map(|name| self.0.get(&(room, name)).cloned()).collect(),
            here: here && policy::authorize(actor, MentionHere, scope).is_ok(),
        }
    }
}

impl Meant {
    /// What to store. A message without an author mentions nobody.
    pub(super) fn rows(&self, message: &Message) -> impl Iterator<Item = Mention> {
        let everybody = self.here.then_some(Mentioned::Here);
        let all = self.users.iter().map(|user| Mentioned::User(user.id)).chain(everybody);
        message.author_id().into_iter().flat_map(move |author| {
            let Message { room, seq, id, .. } = *message;
            all.clone().map(move |who| Mention { room, seq, message: id, author, who })
        })
    }
}
