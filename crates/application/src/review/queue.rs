//! What was reported.

use hallway_domain::policy;
use hallway_domain::ports::ReportFilter;
use hallway_domain::{Actor, ReportId, ReportView, RoomId, Signal, SignalKind};

use super::Review;
use crate::{Missing, Result};

/// Most moderators of a room who are told at once that something was reported.
const TOLD: u32 = 50;

/// As whom somebody looks at reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReportScope {
    /// As a moderator of the room.
    Room(RoomId),
    /// As an administrator.
    Server,
}

impl Review<'_> {
    /// Reports, the newest first; `open` none: decided ones too.
    pub async fn reports(
        &self,
        actor: &Actor,
        scope: ReportScope,
        open: Option<bool>,
        (before, limit): (Option<ReportId>, u32),
    ) -> Result<Vec<ReportView>> {
        let room = self.look(actor, scope).await?;
        let filter = ReportFilter { room, open, not_about: actor.id() };
        Ok(self.context.ports.store.review_queries().reports(&filter, before, limit).await?)
    }

    /// One report.
    pub async fn one_report(&self, actor: &Actor, scope: ReportScope, report: ReportId) -> Result<ReportView> {
        let room = self.look(actor, scope).await?;
        let view = self.context.ports.store.review_queries().report(report).await?.ok_or(Missing::Report)?;
        let is_elsewhere = room.is_some() && view.report.room != room;
        if is_elsewhere || view.report.target == Some(actor.id()) {
            return Err(Missing::Report.into());
        }
        Ok(view)
    }

    /// Whether the caller may look at reports there; the room, if it is one.
    async fn look(&self, actor: &Actor, scope: ReportScope) -> Result<Option<RoomId>> {
        match scope {
            ReportScope::Room(room) => {
                self.context.permit(actor, policy::Review, room).await?;
                Ok(Some(room))
            }
            ReportScope::Server => {
                self.administer(actor).await?;
                Ok(None)
            }
        }
    }

    /// How many reports wait, for the connections of the room's moderators alone. It may be lost: the list is there.
    pub(super) async fn tell_moderators(&self, room: RoomId) {
        let queries = self.context.ports.store.review_queries();
        let (moderators, open) =
            match (queries.moderators(room, self.now(), TOLD).await, queries.open_reports(room).await) {
                (Ok(moderators), Ok(open)) => (moderators, open),
                (Err(error), _) | (_, Err(error)) => {
                    tracing::warn!(%error, room.id = %room, "moderators are not told of a report");
                    return;
                }
            };
        let at = self.now();
        let signal = |user| Signal { room, at, except: None, kind: SignalKind::ReportsWaiting { user, open } };
        self.context.signals(moderators.into_iter().map(signal).collect()).await;
    }
}
