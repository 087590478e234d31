//! What members report to those who moderate.

use std::fmt;

use crate::{InvalidText, MessageId, ReportId, RoomId, RoomName, Timestamp, UserId, UserRef};

/// Why somebody reports something, or what is noted when it is decided: 1 to 500 characters, ends trimmed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark(String);

impl Remark {
    pub const MAX: usize = 500;

    /// # Errors
    /// When it is blank, too long, or has a NUL, which not every database keeps.
    pub fn parse(field: &'static str, raw: &str) -> Result<Self, InvalidText> {
        let text = raw.trim();
        let length = text.chars().count();
        if length == 0 || length > Self::MAX || text.contains('\0') {
            let message = format!("{field} must have 1 to {} characters and no NUL", Self::MAX);
            return Err(InvalidText::new(field, message));
        }
        Ok(Self(text.to_owned()))
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    #[must_use]
    pub fn into_string(self) -> String {
        self.0
    }
}

/// What a report is about. A reporter has at most one open report of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ReportSubject {
    Message(MessageId),
    /// A user, as they behave in the room; without one it is for administrators alone.
    User(UserId, Option<RoomId>),
}

impl fmt::Display for ReportSubject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Message(id) => write!(f, "message:{id}"),
            Self::User(id, None) => write!(f, "user:{id}"),
            Self::User(id, Some(room)) => write!(f, "user:{id}@{room}"),
        }
    }
}

/// What was done about a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Resolution {
    Dismissed,
    MessageDeleted,
    Muted,
    Banned,
}

/// A report as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    pub id: ReportId,
    /// None: for administrators alone.
    pub room: Option<RoomId>,
    pub reporter: UserId,
    /// Whom it is about; of a message, its author.
    pub target: Option<UserId>,
    pub message: Option<MessageId>,
    pub reason: String,
    /// What the message said then, the first [`Report::QUOTE_CHARS`] characters. It may be edited or deleted since.
    pub quote: Option<String>,
    pub created_at: Timestamp,
    pub resolved: Option<Resolved>,
}

impl Report {
    pub const QUOTE_CHARS: usize = 2000;

    #[must_use]
    pub fn subject(&self) -> Option<ReportSubject> {
        let user = || self.target.map(|target| ReportSubject::User(target, self.room));
        self.message.map(ReportSubject::Message).or_else(user)
    }
}

/// How a report ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolved {
    pub at: Timestamp,
    /// None once the account was erased.
    pub by: Option<UserId>,
    pub resolution: Resolution,
    pub note: Option<String>,
}

/// A report to be made.
#[derive(Clone, Debug)]
pub struct NewReport {
    pub subject: ReportSubject,
    pub room: Option<RoomId>,
    pub reporter: UserId,
    pub target: Option<UserId>,
    pub reason: Remark,
    pub quote: Option<String>,
    pub created_at: Timestamp,
}

/// A report with names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportView {
    pub report: Report,
    pub room_name: Option<RoomName>,
    pub reporter: Option<UserRef>,
    pub target: Option<UserRef>,
    pub resolved_by: Option<UserRef>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remarks_are_bounded() {
        assert_eq!(Remark::parse("reason", "  spam \n").expect("fine").as_str(), "spam");
        for bad in ["", " \t", "a\0b", &"x".repeat(501)] {
            assert_eq!(Remark::parse("reason", bad).expect_err("refused").field, "reason");
        }
        assert!(Remark::parse("reason", &"ü".repeat(500)).is_ok());
    }

    #[test]
    fn subjects_are_apart() {
        let subjects = [
            ReportSubject::Message(MessageId(1)),
            ReportSubject::User(UserId(1), None),
            ReportSubject::User(UserId(1), Some(RoomId(1))),
            ReportSubject::User(UserId(1), Some(RoomId(2))),
        ];
        let words: std::collections::HashSet<String> = subjects.iter().map(ToString::to_string).collect();
        assert_eq!(words.len(), subjects.len());
    }
}
