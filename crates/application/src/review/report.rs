//! Telling moderators of something.

use hallway_domain::policy::{self, Denied, Scope};
use hallway_domain::{Actor, MessageId, NewReport, Remark, Report, ReportId, ReportSubject, RoomId, UserId};

use super::Review;
use crate::unit::{self, Attempt, Unit};
use crate::{Conflict, Error, Missing, Result};

/// What a member reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reported {
    Message(MessageId),
    /// As the user behaves in the room; without one it is for administrators alone.
    User(UserId, Option<RoomId>),
}

/// A report that is there now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReportMade {
    pub id: ReportId,
    /// False: the caller had reported the same before, and nobody has decided yet.
    pub new: bool,
}

impl Review<'_> {
    /// Reports a message or a user. Reporting the same again while nobody has decided changes nothing.
    pub async fn report(&self, actor: &Actor, reported: Reported, reason: Remark) -> Result<ReportMade> {
        self.context.throttle(|rates| rates.report, || format!("report:{}", actor.id())).await?;
        let room = match reported {
            Reported::Message(message) => {
                let place = self.context.ports.store.queries().message_place(message).await?;
                Some(place.filter(|place| !place.is_deleted).ok_or(Missing::Message)?.room)
            }
            Reported::User(_, room) => room,
        };
        let made = unit::run(|| self.file(actor, (reported, room), &reason)).await.map_err(|error| match reported {
            // Which messages there are is for those who may read them.
            Reported::Message(_) if is_kept_out(&error) => Missing::Message.into(),
            _ => error,
        })?;
        if let Some(room) = room.filter(|_| made.new) {
            self.tell_moderators(room).await;
        }
        Ok(made)
    }

    async fn file(
        &self,
        actor: &Actor,
        (reported, room): (Reported, Option<RoomId>),
        reason: &Remark,
    ) -> Attempt<ReportMade> {
        let now = self.now();
        let mut unit = Unit::begin(self.context).await?;
        if let Some(room) = room {
            let room = unit.lock(room).await?;
            let standing = unit.standing(room.id, actor.id(), now).await?;
            policy::authorize(actor, policy::Report, Scope { room: &room, standing: &standing })?;
        }
        let (subject, target, quote) = match (reported, room) {
            (Reported::Message(message), Some(room)) => {
                let message = unit.work.messages().find(room, message).await?;
                let message = message.filter(|message| !message.is_deleted()).ok_or(Missing::Message)?;
                let quote = message.body.chars().take(Report::QUOTE_CHARS).collect();
                (ReportSubject::Message(message.id), message.author_id(), Some(quote))
            }
            (Reported::Message(_), None) => return Err(Missing::Message.into()),
            (Reported::User(user, room), _) => {
                let user = unit.work.users().find(user).await?.ok_or(Missing::User)?;
                (ReportSubject::User(user.id, room), Some(user.id), None)
            }
        };
        if target == Some(actor.id()) {
            return Err(Denied::NotPermitted.into());
        }
        let by = actor.id();
        if let Some(id) = unit.work.review().open_report(by, subject).await? {
            return Ok(ReportMade { id, new: false });
        }
        if unit.work.review().open_reports_by(by).await? >= self.context.settings.open_reports_per_user {
            return Err(Conflict::TooManyReports.into());
        }
        let report = NewReport { subject, room, reporter: by, target, reason: reason.clone(), quote, created_at: now };
        let Some(id) = unit.work.review().insert_report(&report).await? else {
            // The same of the same reporter, at the same moment.
            let id = unit.work.review().open_report(by, subject).await?;
            let id = id.ok_or_else(|| Error::Unavailable("the report was just decided".to_owned()))?;
            return Ok(ReportMade { id, new: false });
        };
        unit.commit().await?;
        Ok(ReportMade { id, new: true })
    }
}

const fn is_kept_out(error: &Error) -> bool {
    matches!(
        error,
        Error::Denied(Denied::Hidden | Denied::PrivateRoom | Denied::NotMember | Denied::Banned(_))
            | Error::NotFound(Missing::Room)
    )
}
