//! Rows to entities. Fallible: what no version of this program writes is [`StoreError::Corrupt`].

mod attachments;
mod calls;
mod people;
mod review;
mod rooms;
mod words;

use hallway_domain::ports::{StoreError, StoreResult};
use hallway_domain::{Timestamp, UserId, UserRef, Username};

pub(crate) use attachments::{attachment, blob_key, stored_attachment};
pub(crate) use calls::{call_row, stored_call};
pub(crate) use people::{refresh_token, session, user};
pub(crate) use review::{filter_rule, held_message, ids, report};
pub(crate) use rooms::{direct_key, invite, membership, message, room, sanction};
pub(crate) use words::{
    filter_action, member_role, message_kind, notify_level, posting, resolution, room_kind, sanction_kind,
};

/// A table and a row in it, for errors.
#[derive(Clone, Copy)]
pub(crate) struct Row<'a> {
    pub(crate) table: &'static str,
    pub(crate) id: &'a dyn std::fmt::Display,
}

impl Row<'_> {
    pub(crate) fn corrupt(self, problem: impl Into<String>) -> StoreError {
        StoreError::Corrupt { table: self.table, id: self.id.to_string(), problem: problem.into() }
    }

    pub(crate) fn moment(self, micros: i64) -> StoreResult<Timestamp> {
        Timestamp::from_unix_timestamp_nanos(i128::from(micros) * 1000)
            .map_err(|_| self.corrupt(format!("no moment: {micros}")))
    }

    pub(crate) fn moment_if(self, micros: Option<i64>) -> StoreResult<Option<Timestamp>> {
        micros.map(|micros| self.moment(micros)).transpose()
    }
}

/// A moment as both databases keep it.
pub(crate) fn micros(moment: Timestamp) -> i64 {
    // All moments that `time` knows (years -9999 to 9999) fit.
    i64::try_from(moment.unix_timestamp_nanos().div_euclid(1000)).unwrap_or(i64::MAX)
}

pub(crate) fn micros_if(moment: Option<Timestamp>) -> Option<i64> {
    moment.map(micros)
}

/// A user by id and name, if the row still exists.
pub(crate) fn user_ref(id: Option<i64>, username: Option<String>) -> Option<UserRef> {
    Some(UserRef { id: UserId(id?), username: Username::from_stored(username?) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_come_back_as_they_were() {
        let row = Row { table: "users", id: &1 };
        let moments = [
            time::macros::datetime!(2026-03-01 12:00:00.123456 UTC),
            time::macros::datetime!(1969-12-31 23:59:59.999999 UTC),
            time::macros::datetime!(9999-12-31 23:59:59.999999 UTC),
            time::macros::datetime!(-9999-01-01 00:00 UTC),
        ];
        for moment in moments {
            assert_eq!(row.moment(micros(moment)).expect("a moment"), moment);
        }
        let fine = time::macros::datetime!(2026-03-01 12:00:00.123456789 UTC);
        assert_eq!(micros(fine), 1_772_366_400_123_456, "finer parts are cut off");
    }

    #[test]
    fn no_moment_is_a_corrupt_row() {
        let error = Row { table: "users", id: &7 }.moment(i64::MAX).expect_err("beyond the year 9999");
        let StoreError::Corrupt { table, id, .. } = error else { panic!("{error}") };
        assert_eq!((table, id.as_str()), ("users", "7"));
    }
}
