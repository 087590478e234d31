//! All that the server has of a user, for that user, in parts.

use hallway_domain::ports::AuditEntry;
use hallway_domain::{
    Actor, Attachment, BlockView, Membership, MessageId, OwnDeed, OwnMessage, OwnPlace, OwnReaction, PageRequest,
    RoomId, Session, User,
};

use super::Accounts;
use crate::Result;
use crate::unit::{self, audit};

/// Rows of one part.
const PART: u32 = 200;

/// A part of an export. Parts of one kind follow each other.
#[derive(Clone, Debug)]
pub enum ExportPart {
    Profile(Box<User>),
    Sessions(Vec<Session>),
    Memberships(Vec<(OwnPlace, Membership)>),
    Messages(Vec<OwnMessage>),
    Reactions(Vec<OwnReaction>),
    Files(Vec<(Attachment, Option<MessageId>)>),
    Blocks(Vec<BlockView>),
    Activity(Vec<OwnDeed>),
}

/// Where an export goes on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ExportCursor {
    section: u8,
    after: i64,
}

impl ExportCursor {
    const SECTIONS: u8 = 8;

    const fn next_section(self) -> Self {
        Self { section: self.section + 1, after: 0 }
    }

    /// Goes on after the last of `rows`, or with the next section when there were fewer than asked for.
    fn behind<T>(self, rows: &[T], key: impl Fn(&T) -> i64) -> Self {
        match rows.last() {
            Some(last) if rows.len() >= PART as usize => Self { after: key(last), ..self },
            _ => self.next_section(),
        }
    }
}

impl Accounts<'_> {
    /// Notes that the caller takes their data with them, which may not be too often.
    pub async fn begin_export(&self, actor: &Actor) -> Result<ExportCursor> {
        // As seldom as signing up: it reads all that there is.
        self.context.throttle(|rates| rates.register, || format!("export:{}", actor.id())).await?;
        let own = Some(actor.id());
        let entry = AuditEntry { actor: own, target: own, ..audit("account_exported", self.context.now()) };
        unit::run(|| self.note(&entry)).await?;
        Ok(ExportCursor::default())
    }

    /// The part at the cursor and where the next one is; none at the end.
    pub async fn export(&self, actor: &Actor, at: ExportCursor) -> Result<Option<(ExportPart, ExportCursor)>> {
        if at.section >= ExportCursor::SECTIONS {
            return Ok(None);
        }
        let (user, after) = (actor.id(), at.after);
        let (store, own) = (self.context.ports.store.queries(), self.context.ports.store.account_queries());
        let page = PageRequest { offset: after.unsigned_abs(), ..PageRequest::first(PART) };
        Ok(Some(match at.section {
            0 => (ExportPart::Profile(Box::new(self.user(user).await?)), at.next_section()),
            1 => {
                let sessions = store.sessions_of(user, self.context.now(), page).await?.items;
                let next = at.behind(&sessions, |_| after + i64::from(PART));
                (ExportPart::Sessions(sessions), next)
            }
            2 => {
                let rows = own.own_memberships(user, RoomId(after), PART).await?;
                let next = at.behind(&rows, |(place, _)| place.room.0);
                (ExportPart::Memberships(rows), next)
            }
            3 => {
                let rows = own.own_messages(user, MessageId(after), PART).await?;
                let next = at.behind(&rows, |message| message.id.0);
                (ExportPart::Messages(rows), next)
            }
            4 => {
                let rows = own.own_reactions(user, after, PART).await?;
                let next = at.behind(&rows, |reaction| reaction.row);
                (ExportPart::Reactions(rows), next)
            }
            5 => {
                let rows = own.own_files(user, after, PART).await?;
                let next = at.behind(&rows, |(file, _)| file.id.0);
                (ExportPart::Files(rows), next)
            }
            6 => {
                let blocks = own.blocks_of(user, page).await?.items;
                let next = at.behind(&blocks, |_| after + i64::from(PART));
                (ExportPart::Blocks(blocks), next)
            }
            _ => {
                let rows = own.own_deeds(user, after, PART).await?;
                let next = at.behind(&rows, |deed| deed.row);
                (ExportPart::Activity(rows), next)
            }
        }))
    }
}
