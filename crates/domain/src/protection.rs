//! What a room does by itself against a flood of strangers. All of it is off until a moderator asks for it.

use time::Duration;

use crate::policy::Denied;
use crate::{InvalidText, RoomRules, Timestamp};

/// What to change of a room's protection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ProtectionPatch {
    pub locked_down: Option<bool>,
    pub join_per_minute: Option<u32>,
    pub min_account_age_seconds: Option<u32>,
}

impl RoomRules {
    pub const MOST_JOINS: u32 = 10_000;
    /// A year.
    pub const MOST_AGE_SECONDS: u32 = 31_536_000;
    /// What joins are counted over.
    pub const JOIN_WINDOW: Duration = Duration::minutes(1);

    /// The same with what the patch says.
    ///
    /// # Errors
    /// When a value is out of bounds.
    pub fn patched(self, patch: ProtectionPatch) -> Result<Self, InvalidText> {
        let next = Self {
            posting: self.posting,
            locked_down: patch.locked_down.unwrap_or(self.locked_down),
            join_per_minute: patch.join_per_minute.unwrap_or(self.join_per_minute),
            min_account_age_seconds: patch.min_account_age_seconds.unwrap_or(self.min_account_age_seconds),
        };
        let bounded = |field: &'static str, value: u32, most: u32| {
            let message = || format!("{field} must be from 0 to {most}");
            if value > most { Err(InvalidText::new(field, message())) } else { Ok(()) }
        };
        bounded("join_per_minute", next.join_per_minute, Self::MOST_JOINS)?;
        bounded("min_account_age_seconds", next.min_account_age_seconds, Self::MOST_AGE_SECONDS)?;
        Ok(next)
    }

    /// Whether an account of this age may come in now. `nth_last` is when the member joined who was the
    /// `join_per_minute`th last within the window, if there were so many.
    ///
    /// # Errors
    /// What keeps it out, and until when.
    pub fn admits(self, account_since: Timestamp, nth_last: Option<Timestamp>, now: Timestamp) -> Result<(), Denied> {
        if self.locked_down {
            return Err(Denied::RoomLocked);
        }
        let old_enough = account_since + Duration::seconds(self.min_account_age_seconds.into());
        if self.min_account_age_seconds > 0 && now < old_enough {
            return Err(Denied::AccountTooNew(old_enough));
        }
        match nth_last.map(|last| last + Self::JOIN_WINDOW - now) {
            Some(wait) if self.join_per_minute > 0 && wait.is_positive() => Err(Denied::JoiningTooFast(wait)),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    const NOW: Timestamp = datetime!(2026-01-02 03:04:05 UTC);

    #[test]
    fn is_off_by_default() {
        assert_eq!(RoomRules::default().admits(NOW, Some(NOW), NOW), Ok(()));
    }

    #[test]
    fn each_part_keeps_out_by_itself() {
        let locked = RoomRules { locked_down: true, ..RoomRules::default() };
        assert_eq!(locked.admits(NOW - Duration::days(1), None, NOW), Err(Denied::RoomLocked));
        let aged = RoomRules { min_account_age_seconds: 60, ..RoomRules::default() };
        let since = NOW - Duration::seconds(59);
        assert_eq!(aged.admits(since, None, NOW), Err(Denied::AccountTooNew(NOW + Duration::seconds(1))));
        assert_eq!(aged.admits(since, None, NOW + Duration::seconds(1)), Ok(()));
        let slow = RoomRules { join_per_minute: 3, ..RoomRules::default() };
        assert_eq!(slow.admits(NOW, None, NOW), Ok(()));
        let third_last = NOW - Duration::seconds(20);
        assert_eq!(slow.admits(NOW, Some(third_last), NOW), Err(Denied::JoiningTooFast(Duration::seconds(40))));
        assert_eq!(slow.admits(NOW, Some(NOW - RoomRules::JOIN_WINDOW), NOW), Ok(()));
    }

    #[test]
    fn patches_change_what_they_name_within_bounds() {
        let patch = ProtectionPatch { join_per_minute: Some(5), ..ProtectionPatch::default() };
        let before = RoomRules { locked_down: true, ..RoomRules::default() };
        assert_eq!(before.patched(patch), Ok(RoomRules { join_per_minute: 5, ..before }));
        let patch = ProtectionPatch { min_account_age_seconds: Some(31_536_001), ..ProtectionPatch::default() };
        assert_eq!(before.patched(patch).expect_err("too long").field, "min_account_age_seconds");
    }
}
