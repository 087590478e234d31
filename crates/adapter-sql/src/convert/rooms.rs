//! Rooms and what is in them.

use hallway_domain::ports::StoreResult;
use hallway_domain::{
    ClientId, DirectKey, Epoch, Invite, InviteId, Membership, Message, MessageId, Room, RoomId, RoomName, RoomRules,
    RoomTopic, Sanction, SanctionId, Seq, UserId,
};

use super::{Row, member_role, message_kind, notify_level, posting, room_kind, sanction_kind, user_ref};
use crate::entities::{invites, memberships, messages, rooms, sanctions};

pub(crate) fn room(row: rooms::Model) -> StoreResult<Room> {
    let at = Row { table: "rooms", id: &row.id };
    let count = |name, number: i32| u32::try_from(number).map_err(|_| at.corrupt(format!("{name} below zero")));
    let rules = RoomRules {
        posting: posting::read(at, &row.posting)?,
        locked_down: row.locked_down,
        min_account_age_seconds: count("min_account_age_seconds", row.min_account_age_seconds)?,
        join_per_minute: count("join_per_minute", row.join_per_minute)?,
    };
    let direct = row.direct_key.as_deref().map(|key| direct_key(at, key)).transpose()?;
    Ok(Room {
        kind: room_kind::read(at, &row.kind)?,
        created_at: at.moment(row.created_at)?,
        archived_at: at.moment_if(row.archived_at)?,
        slow_mode_seconds: count("slow_mode_seconds", row.slow_mode_seconds)?,
        rules,
        id: RoomId(row.id),
        name: row.name.map(RoomName::from_stored),
        topic: row.topic.map(RoomTopic::from_stored),
        direct,
        created_by: row.created_by.map(UserId),
        epoch: Epoch(row.epoch),
        last_seq: Seq(row.last_seq),
    })
}

pub(crate) fn direct_key(at: Row<'_>, stored: &str) -> StoreResult<DirectKey> {
    DirectKey::from_stored(stored).ok_or_else(|| at.corrupt(format!("no direct key: {stored}")))
}

#[expect(clippy::needless_pass_by_value, reason = "a row is used up, as in its siblings")]
pub(crate) fn membership(row: memberships::Model) -> StoreResult<Membership> {
    let at = Row { table: "memberships", id: &format_args!("{}/{}", row.room_id, row.user_id) };
    Ok(Membership {
        role: member_role::read(at, &row.role)?,
        joined_at: at.moment(row.joined_at)?,
        notify: notify_level::read(at, &row.notify)?,
        room: RoomId(row.room_id),
        user: UserId(row.user_id),
        last_read: Seq(row.last_read_seq),
        last_delivered: Seq(row.last_delivered_seq),
    })
}

pub(crate) fn sanction(row: sanctions::Model) -> StoreResult<Sanction> {
    let at = Row { table: "sanctions", id: &row.id };
    Ok(Sanction {
        kind: sanction_kind::read(at, &row.kind)?,
        created_at: at.moment(row.created_at)?,
        expires_at: at.moment_if(row.expires_at)?,
        lifted_at: at.moment_if(row.lifted_at)?,
        id: SanctionId(row.id),
        room: RoomId(row.room_id),
        user: UserId(row.user_id),
        reason: row.reason,
        by: row.by_id.map(UserId),
    })
}

pub(crate) fn invite(row: &invites::Model) -> StoreResult<Invite> {
    let at = Row { table: "invites", id: &row.id };
    let count = |number: i32| u32::try_from(number).map_err(|_| at.corrupt("uses below zero"));
    Ok(Invite {
        id: InviteId(row.id),
        room: RoomId(row.room_id),
        created_by: row.created_by.map(UserId),
        created_at: at.moment(row.created_at)?,
        expires_at: at.moment_if(row.expires_at)?,
        max_uses: row.max_uses.map(count).transpose()?,
        uses: count(row.uses)?,
        revoked_at: at.moment_if(row.revoked_at)?,
    })
}

/// A message and its author's name, if the account still exists.
pub(crate) fn message(row: messages::Model, author: Option<String>) -> StoreResult<Message> {
    let at = Row { table: "messages", id: &row.id };
    Ok(Message {
        kind: message_kind::read(at, &row.kind)?,
        created_at: at.moment(row.created_at)?,
        edited_at: at.moment_if(row.edited_at)?,
        deleted_at: at.moment_if(row.deleted_at)?,
        id: MessageId(row.id),
        room: RoomId(row.room_id),
        seq: Seq(row.seq),
        author: user_ref(row.author_id, author),
        body: row.body,
        reply_to: row.reply_to.map(MessageId),
        client_id: row.client_id.map(ClientId),
    })
}
