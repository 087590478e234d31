//! Reports, the audit log as it is read, filters and held messages.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use async_trait::async_trait;
use hallway_domain::ports::{AuditFilter, AuditLine, ReportFilter, ReviewQueries, ReviewRepository, StoreResult};
use hallway_domain::{
    AuditId, FilterId, FilterRule, HeldId, HeldMessage, NewFilterRule, NewHeld, NewReport, Report, ReportId,
    ReportSubject, ReportView, Resolved, Room, RoomId, Timestamp, User, UserId,
};

use super::state::{State, Table};
use super::{FakeStore, FakeUnit};

/// The tables.
#[derive(Clone, Default)]
pub(super) struct Review {
    reports: Table<ReportId, Report>,
    versions: Table<RoomId, i64>,
    rules: Table<FilterId, FilterRule>,
    held: Table<HeldId, HeldMessage>,
}

impl Review {
    /// Of rooms that are gone.
    pub(super) fn keep_rooms(&mut self, rooms: &BTreeMap<RoomId, Room>) {
        Arc::make_mut(&mut self.reports).retain(|_, report| report.room.is_none_or(|room| rooms.contains_key(&room)));
        Arc::make_mut(&mut self.versions).retain(|room, _| rooms.contains_key(room));
        Arc::make_mut(&mut self.rules).retain(|_, rule| rooms.contains_key(&rule.room));
        Arc::make_mut(&mut self.held).retain(|_, held| rooms.contains_key(&held.room));
    }

    /// Of an account that is gone.
    pub(super) fn forget_user(&mut self, user: UserId) {
        let reports = Arc::make_mut(&mut self.reports);
        reports.retain(|_, report| report.reporter != user && report.target != Some(user));
        for resolved in reports.values_mut().filter_map(|report| report.resolved.as_mut()) {
            resolved.by = resolved.by.filter(|by| *by != user);
        }
        for rule in Arc::make_mut(&mut self.rules).values_mut() {
            rule.created_by = rule.created_by.filter(|by| *by != user);
        }
        Arc::make_mut(&mut self.held).retain(|_, held| held.author.id != user);
    }

    fn open(&self) -> impl Iterator<Item = &Report> {
        self.reports.values().filter(|report| report.resolved.is_none())
    }

    fn rules_of(&self, rooms: &[RoomId]) -> Vec<FilterRule> {
        self.rules.values().filter(|rule| rooms.contains(&rule.room)).cloned().collect()
    }
}

impl State {
    fn report_view(&self, report: &Report) -> ReportView {
        let name = |user: Option<UserId>| user.and_then(|id| self.user(id)).map(|user: User| user.to_ref());
        ReportView {
            room_name: report.room.and_then(|room| self.rooms.get(&room)).and_then(|room| room.name.clone()),
            reporter: name(Some(report.reporter)),
            target: name(report.target),
            resolved_by: name(report.resolved.as_ref().and_then(|resolved| resolved.by)),
            report: report.clone(),
        }
    }

    fn raise_filter_version(&mut self, room: RoomId) {
        *Arc::make_mut(&mut self.review.versions).entry(room).or_insert(0) += 1;
    }
}

#[async_trait]
impl ReviewRepository for FakeUnit {
    async fn insert_report(&mut self, new: &NewReport) -> StoreResult<Option<ReportId>> {
        if self.open_report(new.reporter, new.subject).await?.is_some() {
            return Ok(None);
        }
        let id = ReportId(self.state.next_id());
        let message = match new.subject {
            ReportSubject::Message(message) => Some(message),
            ReportSubject::User(..) => None,
        };
        let report = Report {
            id,
            room: new.room,
            reporter: new.reporter,
            target: new.target,
            message,
            reason: new.reason.as_str().to_owned(),
            quote: new.quote.clone(),
            created_at: new.created_at,
            resolved: None,
        };
        Arc::make_mut(&mut self.state.review.reports).insert(id, report);
        Ok(Some(id))
    }

    async fn open_report(&mut self, reporter: UserId, subject: ReportSubject) -> StoreResult<Option<ReportId>> {
        let mut open = self.state.review.open();
        let same = |report: &&Report| report.reporter == reporter && report.subject() == Some(subject);
        Ok(open.find(same).map(|report| report.id))
    }

    async fn open_reports_by(&mut self, reporter: UserId) -> StoreResult<u64> {
        Ok(self.state.review.open().filter(|report| report.reporter == reporter).count() as u64)
    }

    async fn lock_report(&mut self, id: ReportId) -> StoreResult<Option<Report>> {
        Ok(self.state.review.reports.get(&id).cloned())
    }

    async fn resolve_reports(&mut self, subject: ReportSubject, resolved: &Resolved) -> StoreResult<u64> {
        let mut count = 0;
        for report in Arc::make_mut(&mut self.state.review.reports).values_mut() {
            if report.resolved.is_none() && report.subject() == Some(subject) {
                report.resolved = Some(resolved.clone());
                count += 1;
            }
        }
        Ok(count)
    }

    async fn nth_last_join(&mut self, room: RoomId, nth: u32, since: Timestamp) -> StoreResult<Option<Timestamp>> {
        let joined = self.state.members(room).map(|member| member.joined_at).filter(|at| *at > since);
        let mut joined: Vec<Timestamp> = joined.collect();
        joined.sort_unstable_by(|one, other| other.cmp(one));
        Ok(joined.get(nth.saturating_sub(1) as usize).copied())
    }

    async fn filter_versions(&mut self, rooms: &[RoomId]) -> StoreResult<Vec<(RoomId, i64)>> {
        let rooms: BTreeSet<_> = rooms.iter().collect();
        let version = |room: &RoomId| Some((*room, *self.state.review.versions.get(room)?));
        Ok(rooms.into_iter().filter_map(version).collect())
    }

    async fn filter_rules(&mut self, rooms: &[RoomId]) -> StoreResult<Vec<FilterRule>> {
        Ok(self.state.review.rules_of(rooms))
    }

    async fn add_filter(&mut self, new: &NewFilterRule) -> StoreResult<Option<FilterRule>> {
        let same = |rule: &FilterRule| rule.room == new.room && rule.pattern == new.pattern;
        if self.state.review.rules.values().any(same) {
            return Ok(None);
        }
        let rule = FilterRule {
            id: FilterId(self.state.next_id()),
            room: new.room,
            pattern: new.pattern.clone(),
            action: new.action,
            created_by: Some(new.created_by),
            created_at: new.created_at,
        };
        Arc::make_mut(&mut self.state.review.rules).insert(rule.id, rule.clone());
        self.state.raise_filter_version(new.room);
        Ok(Some(rule))
    }

    async fn remove_filter(&mut self, room: RoomId, id: FilterId) -> StoreResult<Option<FilterRule>> {
        if self.state.review.rules.get(&id).is_none_or(|rule| rule.room != room) {
            return Ok(None);
        }
        let removed = Arc::make_mut(&mut self.state.review.rules).remove(&id);
        self.state.raise_filter_version(room);
        Ok(removed)
    }

    async fn hold(&mut self, messages: &[NewHeld]) -> StoreResult<()> {
        for new in messages {
            let same = |held: &HeldMessage| {
                let key = (held.room, held.author.id, held.client_id);
                new.client_id.is_some() && key == (new.room, new.author, new.client_id)
            };
            let Some(author) = self.state.user(new.author).filter(|_| !self.state.review.held.values().any(same))
            else {
                continue;
            };
            let held = HeldMessage {
                id: HeldId(self.state.next_id()),
                room: new.room,
                author: author.to_ref(),
                body: new.body.as_str().to_owned(),
                reply_to: new.reply_to,
                client_id: new.client_id,
                attachments: new.attachments.clone(),
                pattern: new.pattern.as_str().to_owned(),
                created_at: new.created_at,
            };
            Arc::make_mut(&mut self.state.review.held).insert(held.id, held);
        }
        Ok(())
    }

    async fn held_counts(&mut self, rooms: &[RoomId]) -> StoreResult<Vec<(RoomId, u64)>> {
        let mut counts = BTreeMap::new();
        for held in self.state.review.held.values().filter(|held| rooms.contains(&held.room)) {
            *counts.entry(held.room).or_insert(0) += 1;
        }
        Ok(counts.into_iter().collect())
    }

    async fn take_held(&mut self, room: RoomId, id: HeldId) -> StoreResult<Option<HeldMessage>> {
        if self.state.review.held.get(&id).is_none_or(|held| held.room != room) {
            return Ok(None);
        }
        Ok(Arc::make_mut(&mut self.state.review.held).remove(&id))
    }
}

#[async_trait]
impl ReviewQueries for FakeStore {
    async fn reports(
        &self,
        filter: &ReportFilter,
        before: Option<ReportId>,
        limit: u32,
    ) -> StoreResult<Vec<ReportView>> {
        let state = self.state();
        let wanted = |report: &&Report| {
            filter.room.is_none_or(|room| report.room == Some(room))
                && filter.open.is_none_or(|open| report.resolved.is_none() == open)
                && report.target != Some(filter.not_about)
                && before.is_none_or(|before| report.id < before)
        };
        let reports = state.review.reports.values().rev().filter(wanted).take(limit as usize);
        Ok(reports.map(|report| state.report_view(report)).collect())
    }

    async fn report(&self, id: ReportId) -> StoreResult<Option<ReportView>> {
        let state = self.state();
        Ok(state.review.reports.get(&id).map(|report| state.report_view(report)))
    }

    async fn open_reports(&self, room: RoomId) -> StoreResult<u64> {
        Ok(self.state().review.open().filter(|report| report.room == Some(room)).count() as u64)
    }

    async fn audit(&self, filter: &AuditFilter, before: Option<AuditId>, limit: u32) -> StoreResult<Vec<AuditLine>> {
        let state = self.state();
        let name = |user: Option<UserId>| user.and_then(|id| state.user(id)).map(|user| user.to_ref());
        let lines = (1..).zip(state.audit.iter()).map(|(id, entry)| {
            let details: BTreeMap<_, _> =
                entry.details.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect();
            AuditLine {
                id: AuditId(id),
                room: entry.room,
                actor: entry.actor,
                target: entry.target,
                actor_name: name(entry.actor),
                target_name: name(entry.target),
                action: entry.action.to_owned(),
                reason: entry.reason.clone(),
                details: details.into_iter().collect(),
                at: entry.at,
            }
        });
        let wanted = |line: &AuditLine| {
            filter.room.is_none_or(|room| line.room == Some(room))
                && filter.actor.is_none_or(|actor| line.actor == Some(actor))
                && filter.target.is_none_or(|target| line.target == Some(target))
                && filter.action.as_ref().is_none_or(|action| line.action == *action)
                && before.is_none_or(|before| line.id < before)
        };
        let mut lines: Vec<AuditLine> = lines.filter(wanted).collect();
        lines.reverse();
        lines.truncate(limit as usize);
        Ok(lines)
    }

    async fn filters_of(&self, room: RoomId) -> StoreResult<Vec<FilterRule>> {
        Ok(self.state().review.rules_of(&[room]))
    }

    async fn held_of(&self, room: RoomId, before: Option<HeldId>, limit: u32) -> StoreResult<Vec<HeldMessage>> {
        let state = self.state();
        let wanted = |held: &&HeldMessage| held.room == room && before.is_none_or(|before| held.id < before);
        Ok(state.review.held.values().rev().filter(wanted).take(limit as usize).cloned().collect())
    }

    async fn moderators(&self, room: RoomId, now: Timestamp, limit: u32) -> StoreResult<Vec<UserId>> {
        let state = self.state();
        let leads = |user: &UserId| {
            let standing = state.standing(room, *user, now);
            standing.moderates() && standing.ban.is_none()
        };
        let members: Vec<UserId> = state.members(room).map(|member| member.user).collect();
        Ok(members.into_iter().filter(leads).take(limit as usize).collect())
    }
}
