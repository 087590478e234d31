//! Rows of which only the numbers matter here.

use hallway_domain::{Epoch, Membership, NotifyLevel, Role, Room, RoomId, RoomKind, RoomRules, Seq, Timestamp, UserId};

const AT: Timestamp = Timestamp::UNIX_EPOCH;

pub(super) fn of_member(room: RoomId, user: UserId) -> (Room, Membership) {
    let shown = Room {
        id: room,
        kind: RoomKind::Public,
        name: None,
        topic: None,
        direct: None,
        created_by: None,
        created_at: AT,
        epoch: Epoch(1),
        last_seq: Seq::ZERO,
        slow_mode_seconds: 0,
        archived_at: None,
        rules: RoomRules::default(),
    };
    let membership = Membership {
        room,
        user,
        role: Role::Member,
        joined_at: AT,
        last_read: Seq::ZERO,
        last_delivered: Seq::ZERO,
        notify: NotifyLevel::All,
    };
    (shown, membership)
}
