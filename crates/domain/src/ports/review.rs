//! Reports, the audit log as it is read, and what rooms keep out.

use async_trait::async_trait;

use super::StoreResult;
use crate::{
    AuditId, FilterId, FilterRule, HeldId, HeldMessage, NewFilterRule, NewHeld, NewReport, Report, ReportId,
    ReportSubject, ReportView, Resolved, RoomId, Timestamp, UserId, UserRef,
};

#[async_trait]
pub trait ReviewRepository: Send {
    /// None when the reporter has an open report of the same subject, which leaves the transaction usable.
    async fn insert_report(&mut self, report: &NewReport) -> StoreResult<Option<ReportId>>;
    /// The reporter's open report of the subject.
    async fn open_report(&mut self, reporter: UserId, subject: ReportSubject) -> StoreResult<Option<ReportId>>;
    /// Reports of the reporter that nobody has decided yet.
    async fn open_reports_by(&mut self, reporter: UserId) -> StoreResult<u64>;
    /// Reads a report and holds its lock until the unit ends.
    async fn lock_report(&mut self, id: ReportId) -> StoreResult<Option<Report>>;
    /// Ends all open reports of the subject, whoever made them; how many.
    async fn resolve_reports(&mut self, subject: ReportSubject, resolved: &Resolved) -> StoreResult<u64>;

    /// When the member came in who was the `nth` last to do so after `since`; none if there were not so many.
    async fn nth_last_join(&mut self, room: RoomId, nth: u32, since: Timestamp) -> StoreResult<Option<Timestamp>>;

    /// Versions of the rooms' filters, in one statement. Rooms that never had a rule are left out.
    async fn filter_versions(&mut self, rooms: &[RoomId]) -> StoreResult<Vec<(RoomId, i64)>>;
    /// All rules of the rooms, by id, in one statement.
    async fn filter_rules(&mut self, rooms: &[RoomId]) -> StoreResult<Vec<FilterRule>>;
    /// Adds a rule to a locked room and raises the version of its filter. None when the pattern is there already,
    /// which leaves the transaction usable.
    async fn add_filter(&mut self, rule: &NewFilterRule) -> StoreResult<Option<FilterRule>>;
    /// Removes a rule of a locked room and raises the version of its filter; the rule, if there was one.
    async fn remove_filter(&mut self, room: RoomId, id: FilterId) -> StoreResult<Option<FilterRule>>;

    /// Keeps messages for a moderator. What its author has sent under the same client id is kept once.
    async fn hold(&mut self, messages: &[NewHeld]) -> StoreResult<()>;
    /// How many messages of the rooms wait, in one statement. Rooms where none does are left out.
    async fn held_counts(&mut self, rooms: &[RoomId]) -> StoreResult<Vec<(RoomId, u64)>>;
    /// Removes a message that waits in a locked room, and gives it.
    async fn take_held(&mut self, room: RoomId, id: HeldId) -> StoreResult<Option<HeldMessage>>;
}

/// Which reports to list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReportFilter {
    /// None: all rooms, and those of no room.
    pub room: Option<RoomId>,
    /// None: both.
    pub open: Option<bool>,
    /// Reports about this user are left out: nobody learns who has reported them.
    pub not_about: UserId,
}

/// Which lines of the audit log to list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// None: all rooms, and what is about none.
    pub room: Option<RoomId>,
    pub actor: Option<UserId>,
    pub target: Option<UserId>,
    pub action: Option<String>,
}

/// A line of the audit log as it is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditLine {
    pub id: AuditId,
    pub room: Option<RoomId>,
    pub actor: Option<UserId>,
    pub target: Option<UserId>,
    /// Of those who still have an account.
    pub actor_name: Option<UserRef>,
    pub target_name: Option<UserRef>,
    pub action: String,
    pub reason: Option<String>,
    pub details: Vec<(String, String)>,
    pub at: Timestamp,
}

/// Reading without a transaction. Lists are told from the newest backwards, before the id of the last one seen.
#[async_trait]
pub trait ReviewQueries: Send + Sync {
    async fn reports(
        &self,
        filter: &ReportFilter,
        before: Option<ReportId>,
        limit: u32,
    ) -> StoreResult<Vec<ReportView>>;
    async fn report(&self, id: ReportId) -> StoreResult<Option<ReportView>>;
    /// Open reports of the room.
    async fn open_reports(&self, room: RoomId) -> StoreResult<u64>;
    async fn audit(&self, filter: &AuditFilter, before: Option<AuditId>, limit: u32) -> StoreResult<Vec<AuditLine>>;
    /// By id.
    async fn filters_of(&self, room: RoomId) -> StoreResult<Vec<FilterRule>>;
    async fn held_of(&self, room: RoomId, before: Option<HeldId>, limit: u32) -> StoreResult<Vec<HeldMessage>>;
    /// Members who moderate the room and are not banned, at most `limit`, by id.
    async fn moderators(&self, room: RoomId, now: Timestamp, limit: u32) -> StoreResult<Vec<UserId>>;
}
