//! What receipts are made of, for clients that know messages and no marks.

use hallway_domain::ports::StoreResult;
use hallway_domain::{MessageId, MessagePlace, Receipt, RoomId, Seq, UserId};
use sea_orm::ConnectionTrait;
use sea_orm::sea_query::{Expr, ExprTrait, Func, Order, Query};

use crate::entities::memberships;
use crate::entities::messages::{Column, Entity};
use crate::errors::failed;
use crate::statement::{all, one};

pub(crate) async fn place<C: ConnectionTrait>(db: &C, id: MessageId) -> StoreResult<Option<MessagePlace>> {
    let mut select = Query::select();
    select.from(Entity).and_where(Expr::col(Column::Id).eq(id.0));
    select.columns([Column::RoomId, Column::Seq, Column::AuthorId, Column::DeletedAt]);
    one(db, &select, |row| {
        let deleted_at: Option<i64> = row.try_get("", "deleted_at").map_err(failed)?;
        Ok(MessagePlace {
            id,
            room: RoomId(row.try_get("", "room_id").map_err(failed)?),
            seq: Seq(row.try_get("", "seq").map_err(failed)?),
            author: row.try_get::<Option<i64>>("", "author_id").map_err(failed)?.map(UserId),
            is_deleted: deleted_at.is_some(),
        })
    })
    .await
}

pub(crate) async fn of_others<C: ConnectionTrait>(
    db: &C,
    (room, user): (RoomId, UserId),
    (after, up_to): (Seq, Seq),
    limit: u32,
) -> StoreResult<Vec<Receipt>> {
    let mut select = Query::select();
    select
        .columns([Column::Id, Column::AuthorId])
        .from(Entity)
        .and_where(Expr::col(Column::RoomId).eq(room.0))
        .and_where(Expr::col(Column::Seq).gt(after.0))
        .and_where(Expr::col(Column::Seq).lte(up_to.0))
        .and_where(Expr::col(Column::AuthorId).is_not_null())
        .and_where(Expr::col(Column::AuthorId).ne(user.0))
        .and_where(Expr::col(Column::DeletedAt).is_null())
        .order_by(Column::Seq, Order::Desc)
        .limit(u64::from(limit));
    all(db, &select, |row| {
        let number = |column| row.try_get::<i64>("", column).map_err(failed);
        Ok(Receipt { message: MessageId(number("id")?), author: UserId(number("author_id")?) })
    })
    .await
}

pub(crate) async fn read_by_others<C: ConnectionTrait>(db: &C, room: RoomId, user: UserId) -> StoreResult<Seq> {
    use memberships::Column as Member;
    let select = Query::select()
        .expr_as(Func::max(Expr::col(Member::LastReadSeq)), "read_seq")
        .from(memberships::Entity)
        .and_where(Expr::col(Member::RoomId).eq(room.0))
        .and_where(Expr::col(Member::UserId).ne(user.0))
        .take();
    let read = one(db, &select, |row| row.try_get::<Option<i64>>("", "read_seq").map_err(failed)).await?;
    Ok(Seq(read.flatten().unwrap_or_default()))
}
