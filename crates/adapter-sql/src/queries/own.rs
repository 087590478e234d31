//! What a user has said and done, for an export: parts in order of rows, each in one statement.

use hallway_domain::ports::StoreResult;
use hallway_domain::{
    Attachment, Membership, MessageId, OwnDeed, OwnMessage, OwnPlace, OwnReaction, RoomId, RoomName, Seq, UserId,
};
use sea_orm::sea_query::{Expr, ExprTrait, JoinType, Order, SelectStatement};
use sea_orm::{ConnectionTrait, EntityTrait, QueryResult};

use crate::convert::{self, Row};
use crate::entities::{attachments, audit_log, memberships, messages, reactions, rooms};
use crate::errors::failed;
use crate::statement::{all, model, select};

/// The rows `t` of `user` whose `key` is after `after`.
fn own<E: EntityTrait + Default>(
    (user_column, key): (E::Column, E::Column),
    user: UserId,
    after: i64,
    limit: u32,
) -> SelectStatement {
    let mut select = select::<E>("t");
    select
        .and_where(Expr::col(("t", user_column)).eq(user.0))
        .and_where(Expr::col(("t", key)).gt(after))
        .order_by(("t", key), Order::Asc)
        .limit(u64::from(limit));
    select
}

/// Adds the name of the room of `t`.
fn with_room(select: &mut SelectStatement, room: impl sea_orm::sea_query::IntoIden) {
    let its_room = Expr::col(("r", rooms::Column::Id)).equals(("t", room.into_iden()));
    select.expr_as(Expr::col(("r", rooms::Column::Name)), "room_name").join_as(
        JoinType::InnerJoin,
        rooms::Entity,
        "r",
        its_room,
    );
}

fn place(row: &QueryResult, room: i64) -> StoreResult<OwnPlace> {
    let name: Option<String> = row.try_get("", "room_name").map_err(failed)?;
    Ok(OwnPlace { room: RoomId(room), name: name.map(RoomName::from_stored) })
}

pub(super) async fn memberships<C: ConnectionTrait>(
    db: &C,
    user: UserId,
    after: RoomId,
    limit: u32,
) -> StoreResult<Vec<(OwnPlace, Membership)>> {
    use memberships::{Column, Entity};
    let mut select = own::<Entity>((Column::UserId, Column::RoomId), user, after.0, limit);
    with_room(&mut select, Column::RoomId);
    all(db, &select, |row| {
        let membership = convert::membership(model(row, "t")?)?;
        Ok((place(row, membership.room.0)?, membership))
    })
    .await
}

pub(super) async fn messages<C: ConnectionTrait>(
    db: &C,
    user: UserId,
    after: MessageId,
    limit: u32,
) -> StoreResult<Vec<OwnMessage>> {
    use messages::{Column, Entity, Model};
    let mut select = own::<Entity>((Column::AuthorId, Column::Id), user, after.0, limit);
    select.and_where(Expr::col(("t", Column::DeletedAt)).is_null());
    with_room(&mut select, Column::RoomId);
    all(db, &select, |row| {
        let found: Model = model(row, "t")?;
        let at = Row { table: "messages", id: &found.id };
        Ok(OwnMessage {
            id: MessageId(found.id),
            place: place(row, found.room_id)?,
            seq: Seq(found.seq),
            created_at: at.moment(found.created_at)?,
            edited_at: at.moment_if(found.edited_at)?,
            reply_to: found.reply_to.map(MessageId),
            body: found.body,
        })
    })
    .await
}

pub(super) async fn reactions<C: ConnectionTrait>(
    db: &C,
    user: UserId,
    after: i64,
    limit: u32,
) -> StoreResult<Vec<OwnReaction>> {
    use reactions::{Column, Entity, Model};
    all(db, &own::<Entity>((Column::UserId, Column::Id), user, after, limit), |row| {
        let found: Model = model(row, "t")?;
        let at = Row { table: "reactions", id: &found.id }.moment(found.created_at)?;
        Ok(OwnReaction { row: found.id, message: MessageId(found.message_id), emoji: found.emoji, at })
    })
    .await
}

pub(super) async fn files<C: ConnectionTrait>(
    db: &C,
    user: UserId,
    after: i64,
    limit: u32,
) -> StoreResult<Vec<(Attachment, Option<MessageId>)>> {
    use attachments::{Column, Entity, Model};
    all(db, &own::<Entity>((Column::OwnerId, Column::Id), user, after, limit), |row| {
        let found: Model = model(row, "t")?;
        let message = found.message_id.map(MessageId);
        Ok((convert::attachment(found)?, message))
    })
    .await
}

pub(super) async fn deeds<C: ConnectionTrait>(
    db: &C,
    user: UserId,
    after: i64,
    limit: u32,
) -> StoreResult<Vec<OwnDeed>> {
    use audit_log::{Column, Entity, Model};
    all(db, &own::<Entity>((Column::ActorId, Column::Id), user, after, limit), |row| {
        let found: Model = model(row, "t")?;
        let at = Row { table: "audit_log", id: &found.id }.moment(found.created_at)?;
        Ok(OwnDeed {
            row: found.id,
            room: found.room_id.map(RoomId),
            target: found.target_id.filter(|target| *target != user.0).map(UserId),
            action: found.action,
            reason: found.reason,
            at,
        })
    })
    .await
}
