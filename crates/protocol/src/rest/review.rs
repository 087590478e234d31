//! Reports, the audit log, held messages, filters, and the door of a room.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::Timestamp;

/// A part of a list that goes on at a cursor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CursorPage<T> {
    pub items: Vec<T>,
    /// Give it back to get the next part; null at the end.
    pub next_cursor: Option<String>,
}

/// A user by number and name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Person {
    pub id: i64,
    pub username: String,
}

/// The body of `POST /reports`: a message or a user.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReportCreate {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1)]
    pub message_id: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1)]
    pub user_id: Option<i64>,
    /// Where the user behaved so. Without it the report goes to administrators alone. Only with `user_id`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1)]
    pub room_id: Option<i64>,
    #[schema(min_length = 1, max_length = 500)]
    pub reason: String,
}

/// What its maker learns of a report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReportReceipt {
    pub id: i64,
    /// False: the same was reported before, and nobody has decided yet.
    pub created: bool,
}

/// How a report ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReportResolution {
    Dismissed,
    MessageDeleted,
    Muted,
    Banned,
}

/// A report, for those who decide about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Report {
    pub id: i64,
    pub is_open: bool,
    /// Null: for administrators alone.
    pub room_id: Option<i64>,
    /// Null for a direct conversation too.
    pub room: Option<String>,
    pub message_id: Option<i64>,
    /// What the message said when it was reported, shortened.
    pub quote: Option<String>,
    /// Whom it is about; of a message, its author.
    pub target: Option<Person>,
    pub reporter: Option<Person>,
    pub reason: String,
    pub created_at: Timestamp,
    pub resolution: Option<ReportResolution>,
    pub resolved_at: Option<Timestamp>,
    pub resolved_by: Option<Person>,
    pub note: Option<String>,
}

/// What to do about what was reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReportAction {
    Dismiss,
    DeleteMessage,
    Mute,
    Ban,
}

/// The body of `POST /rooms/{id}/reports/{report_id}/resolve` and `POST /admin/reports/{report_id}/resolve`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReportResolve {
    pub action: ReportAction,
    /// How long a mute or ban lasts; without it until lifted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 315_360_000)]
    pub seconds: Option<u64>,
    /// Kept with the report, the sanction and in the audit log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 500)]
    pub reason: Option<String>,
}

/// A line of the audit log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AuditLine {
    pub id: i64,
    pub at: Timestamp,
    /// A stable word, such as `ban`.
    pub action: String,
    pub room_id: Option<i64>,
    pub actor_id: Option<i64>,
    /// Null once the account was erased; `actor_id` stays.
    pub actor: Option<String>,
    pub target_id: Option<i64>,
    pub target: Option<String>,
    pub reason: Option<String>,
    /// What else there is to know, by stable words.
    pub details: BTreeMap<String, String>,
}

/// Who may not come into a room by themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Protection {
    /// Nobody new.
    pub locked_down: bool,
    /// Most who join within a minute; 0 is off.
    pub join_per_minute: u32,
    /// How old an account must be; 0 is off.
    pub min_account_age_seconds: u32,
}

/// The body of `PATCH /rooms/{id}/protection`. What is absent stays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProtectionPatch {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locked_down: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(maximum = 10_000)]
    pub join_per_minute: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(maximum = 31_536_000)]
    pub min_account_age_seconds: Option<u32>,
}

/// What to do with a message that has the words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FilterAction {
    /// Refuse it.
    Block,
    /// Keep it until a moderator has looked.
    Hold,
}

/// The body of `POST /rooms/{id}/filters`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FilterCreate {
    /// A word or phrase. A `*` at an end lets the word go on there.
    #[schema(min_length = 1, max_length = 64)]
    pub pattern: String,
    pub action: FilterAction,
}

/// A rule of a room's word filter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Filter {
    pub id: i64,
    pub pattern: String,
    pub action: FilterAction,
    /// Null once the account was erased.
    pub created_by: Option<i64>,
    pub created_at: Timestamp,
}

/// All rules of a room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Filters {
    pub items: Vec<Filter>,
    /// How many there may be.
    pub most: usize,
}

/// A message that waits for a moderator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct HeldMessage {
    pub id: i64,
    pub room_id: i64,
    pub author: Person,
    pub content: String,
    pub reply_to: Option<i64>,
    /// How many files came with it.
    pub attachments: usize,
    /// What it was held for.
    pub pattern: String,
    pub created_at: Timestamp,
}

/// Where an approved message went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Approved {
    pub message_id: i64,
}
