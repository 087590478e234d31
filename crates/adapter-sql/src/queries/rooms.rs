//! Rooms, heads, and what is unread.

use hallway_domain::ports::{StoreResult, UnreadCount};
use hallway_domain::{Epoch, Room, RoomHead, RoomId, RoomName, Seq, UserId};
use sea_orm::ConnectionTrait;
use sea_orm::sea_query::{Expr, ExprTrait, Func, JoinType, Query};

use crate::batch::{capacity, one_of_ids};
use crate::convert;
use crate::entities::rooms::{Column, Entity};
use crate::entities::{memberships, messages};
use crate::errors::failed;
use crate::statement::{all, model, number, one, select};

pub(crate) async fn by_id<C: ConnectionTrait>(db: &C, id: RoomId) -> StoreResult<Option<Room>> {
    let mut select = select::<Entity>("r");
    select.and_where(Expr::col(("r", Column::Id)).eq(id.0));
    one(db, &select, |row| convert::room(model(row, "r")?)).await
}

pub(crate) async fn by_name<C: ConnectionTrait>(db: &C, name: &RoomName) -> StoreResult<Option<Room>> {
    let mut select = select::<Entity>("r");
    select.and_where(Expr::col(("r", Column::Name)).eq(name.as_str()));
    one(db, &select, |row| convert::room(model(row, "r")?)).await
}

pub(crate) async fn heads<C: ConnectionTrait>(db: &C, rooms: &[RoomId]) -> StoreResult<Vec<RoomHead>> {
    let mut heads = Vec::with_capacity(rooms.len());
    for rooms in rooms.chunks(capacity(1)) {
        let rooms: Vec<i64> = rooms.iter().map(|room| room.0).collect();
        let select = Query::select()
            .columns([Column::Id, Column::Name, Column::Epoch, Column::LastSeq])
            .from(Entity)
            .and_where(one_of_ids(Expr::col(Column::Id), &rooms))
            .take();
        let found = all(db, &select, |row| {
            let name: Option<String> = row.try_get("", "name").map_err(failed)?;
            let value = |column| row.try_get("", column).map_err(failed);
            Ok(RoomHead {
                room: RoomId(value("id")?),
                name: name.map(RoomName::from_stored),
                epoch: Epoch(value("epoch")?),
                seq: Seq(value("last_seq")?),
            })
        });
        heads.extend(found.await?);
    }
    Ok(heads)
}

/// Of the rooms, those that the user is a member of, by id.
pub(crate) async fn unread<C: ConnectionTrait>(
    db: &C,
    user: UserId,
    rooms: &[RoomId],
) -> StoreResult<Vec<UnreadCount>> {
    use memberships::Column as Member;
    use messages::Column as Message;
    // Whose author is gone is of somebody else.
    let of_others = Expr::col(("m", Message::AuthorId))
        .is_null()
        .or(Expr::col(("m", Message::AuthorId)).not_equals(("p", Member::UserId)));
    let unread = Expr::col(("m", Message::RoomId))
        .equals(("p", Member::RoomId))
        .and(Expr::col(("m", Message::Seq)).gt(Expr::col(("p", Member::LastReadSeq))))
        .and(Expr::col(("m", Message::DeletedAt)).is_null())
        .and(of_others);
    let mut counts = Vec::with_capacity(rooms.len());
    for rooms in rooms.chunks(capacity(1)) {
        let rooms: Vec<i64> = rooms.iter().map(|room| room.0).collect();
        let select = Query::select()
            .expr_as(Expr::col(("p", Member::RoomId)), "room_id")
            .expr_as(Func::count(Expr::col(("m", Message::Seq))), "n")
            .from_as(memberships::Entity, "p")
            .join_as(JoinType::LeftJoin, messages::Entity, "m", unread.clone())
            .and_where(Expr::col(("p", Member::UserId)).eq(user.0))
            .and_where(one_of_ids(Expr::col(("p", Member::RoomId)), &rooms))
            .group_by_col(("p", Member::RoomId))
            .take();
        let found = all(db, &select, |row| {
            Ok(UnreadCount { room: RoomId(row.try_get("", "room_id").map_err(failed)?), messages: number(row, "n")? })
        });
        counts.extend(found.await?);
    }
    counts.sort_by_key(|count| count.room);
    Ok(counts)
}
