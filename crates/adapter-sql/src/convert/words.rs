//! Words in columns.

use hallway_domain::ports::StoreResult;
use hallway_domain::{FilterAction, MessageKind, NotifyLevel, Posting, Resolution, Role, RoomKind, SanctionKind};

use super::Row;

/// Both directions of one word per value, so that they cannot differ.
macro_rules! words {
    ($($module:ident: $type:ty { $($variant:path => $word:literal),+ $(,)? })+) => {$(
        pub(crate) mod $module {
            use super::*;

            pub(crate) const fn word(value: $type) -> &'static str {
                match value {
                    $($variant => $word,)+
                }
            }

            pub(crate) fn read(row: Row<'_>, word: &str) -> StoreResult<$type> {
                match word {
                    $($word => Ok($variant),)+
                    _ => Err(row.corrupt(format!("unknown word {word:?}"))),
                }
            }
        }
    )+};
}

words! {
    room_kind: RoomKind { RoomKind::Public => "public", RoomKind::Private => "private", RoomKind::Direct => "direct" }
    member_role: Role { Role::Member => "member", Role::Moderator => "moderator", Role::Owner => "owner" }
    notify_level: NotifyLevel {
        NotifyLevel::All => "all",
        NotifyLevel::Mentions => "mentions",
        NotifyLevel::Nothing => "nothing",
    }
    sanction_kind: SanctionKind { SanctionKind::Mute => "mute", SanctionKind::Ban => "ban" }
    posting: Posting { Posting::Everyone => "everyone", Posting::Moderators => "moderators" }
    filter_action: FilterAction { FilterAction::Hold => "hold", FilterAction::Block => "block" }
    resolution: Resolution {
        Resolution::Dismissed => "dismissed",
        Resolution::MessageDeleted => "message_deleted",
        Resolution::Muted => "muted",
        Resolution::Banned => "banned",
    }
    message_kind: MessageKind { MessageKind::Text => "text" }
}

#[cfg(test)]
mod tests {
    use hallway_domain::ports::StoreError;

    use super::*;

    #[test]
    fn words_are_read_as_written() {
        let row = Row { table: "memberships", id: &"1/2" };
        for role in [Role::Member, Role::Moderator, Role::Owner] {
            assert_eq!(member_role::read(row, member_role::word(role)).expect("a role"), role);
        }
        let error = member_role::read(row, "king").expect_err("no role");
        assert!(matches!(error, StoreError::Corrupt { table: "memberships", .. }), "{error}");
    }
}
