//! Deciding about a report.

use hallway_domain::policy::{self, Scope};
use hallway_domain::ports::AuditEntry;
use hallway_domain::{
    Actor, InvalidText, Remark, Report, ReportId, ReportView, Resolution, Resolved, SanctionKind, Timestamp,
};

use super::{ReportScope, Review, administer};
use crate::messages::Messages;
use crate::moderation::{Impose, Moderation};
use crate::unit::{self, Attempt, Unit, audit};
use crate::{Conflict, Missing, Result};

/// What to do about what was reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    Dismiss,
    DeleteMessage,
    /// Until then; none is until lifted.
    Mute(Option<Timestamp>),
    Ban(Option<Timestamp>),
}

impl Decision {
    const fn resolution(self) -> Resolution {
        match self {
            Self::Dismiss => Resolution::Dismissed,
            Self::DeleteMessage => Resolution::MessageDeleted,
            Self::Mute(_) => Resolution::Muted,
            Self::Ban(_) => Resolution::Banned,
        }
    }

    const fn word(self) -> &'static str {
        match self {
            Self::Dismiss => "dismiss",
            Self::DeleteMessage => "delete_message",
            Self::Mute(_) => "mute",
            Self::Ban(_) => "ban",
        }
    }
}

fn no_such_action(message: &str) -> InvalidText {
    InvalidText::new("action", message)
}

impl Review<'_> {
    /// Does what was decided, as if the caller had done it by hand, and then ends this report and all others of the
    /// same. Both may be repeated: should the second part fail, the report stays open, and deciding again makes it right.
    pub async fn resolve(
        &self,
        actor: &Actor,
        (scope, report): (ReportScope, ReportId),
        decision: Decision,
        note: Option<Remark>,
    ) -> Result<ReportView> {
        let view = self.one_report(actor, scope, report).await?;
        if ended_so(&view.report, decision)? {
            return Ok(view);
        }
        self.act(actor, &view.report, decision, note.as_ref()).await?;
        unit::run(|| self.close(actor, (scope, report), decision, note.as_ref())).await?;
        if let Some(room) = view.report.room {
            self.tell_moderators(room).await;
        }
        self.one_report(actor, scope, report).await
    }

    async fn act(&self, actor: &Actor, report: &Report, decision: Decision, note: Option<&Remark>) -> Result<()> {
        let (kind, expires_at) = match decision {
            Decision::Dismiss => return Ok(()),
            Decision::DeleteMessage => {
                let place = report.room.zip(report.message);
                let (room, message) = place.ok_or_else(|| no_such_action("this report is about no message"))?;
                Messages { context: self.context }.delete(actor, room, message).await?;
                return Ok(());
            }
            Decision::Mute(until) => (SanctionKind::Mute, until),
            Decision::Ban(until) => (SanctionKind::Ban, until),
        };
        let place = report.room.zip(report.target);
        let (room, target) = place.ok_or_else(|| no_such_action("this report is about nobody in a room"))?;
        // Not the reporter's words: the target may see why.
        let reason = note.map(|note| note.as_str().to_owned());
        let impose = Impose { kind, reason, expires_at, purge: None };
        Moderation { context: self.context }.impose(actor, room, target, impose).await?;
        Ok(())
    }

    async fn close(
        &self,
        actor: &Actor,
        (scope, report): (ReportScope, ReportId),
        decision: Decision,
        note: Option<&Remark>,
    ) -> Attempt<()> {
        let now = self.now();
        let mut unit = Unit::begin(self.context).await?;
        match scope {
            ReportScope::Room(room) => {
                let room = unit.lock(room).await?;
                let standing = unit.standing(room.id, actor.id(), now).await?;
                policy::authorize(actor, policy::Review, Scope { room: &room, standing: &standing })?;
            }
            ReportScope::Server => administer(&mut unit, actor).await?,
        }
        let report = unit.work.review().lock_report(report).await?.ok_or(Missing::Report)?;
        if ended_so(&report, decision)? {
            return Ok(());
        }
        let resolved = Resolved {
            at: now,
            by: Some(actor.id()),
            resolution: decision.resolution(),
            note: note.map(|note| note.as_str().to_owned()),
        };
        let subject = report.subject().ok_or(Missing::Report)?;
        let ended = unit.work.review().resolve_reports(subject, &resolved).await?;
        let entry = AuditEntry {
            room: report.room,
            actor: Some(actor.id()),
            target: report.target,
            reason: resolved.note,
            details: vec![
                ("report", report.id.to_string()),
                ("decision", decision.word().to_owned()),
                ("reports", ended.to_string()),
            ],
            ..audit("resolve_report", now)
        };
        unit.work.audit().append(&entry).await?;
        unit.commit().await
    }
}

/// Whether the report ended with this decision before. Another one does not replace it.
fn ended_so(report: &Report, decision: Decision) -> Result<bool, Conflict> {
    match &report.resolved {
        None => Ok(false),
        Some(resolved) if resolved.resolution == decision.resolution() => Ok(true),
        Some(_) => Err(Conflict::ReportResolved),
    }
}
