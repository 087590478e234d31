//! What is unread: counted from the log, never kept.

use hallway_domain::ports::{StoreResult, UnreadCount};
use hallway_domain::{RoomId, Seq, UserId};
use sea_orm::sea_query::{Expr, ExprTrait, Func, JoinType, Query, SelectStatement};
use sea_orm::{ConnectionTrait, QueryResult};

use crate::batch::{capacity, one_of_ids};
use crate::entities::memberships::{Column as Member, Entity};
use crate::entities::mentions::Column as Mention;
use crate::entities::messages::Column as Message;
use crate::entities::{mentions, messages, rooms};
use crate::errors::failed;
use crate::statement::{all, number};
use crate::units::HERE;

/// Of the rooms, those that the user is a member of, by id.
pub(crate) async fn of_user<C: ConnectionTrait>(
    db: &C,
    user: UserId,
    rooms: &[RoomId],
) -> StoreResult<Vec<UnreadCount>> {
    let mut counts = Vec::with_capacity(rooms.len());
    for rooms in rooms.chunks(capacity(1)) {
        let rooms: Vec<i64> = rooms.iter().map(|room| room.0).collect();
        let mut select = counted();
        select
            .and_where(Expr::col(("p", Member::UserId)).eq(user.0))
            .and_where(one_of_ids(Expr::col(("p", Member::RoomId)), &rooms));
        counts.extend(all(db, &select, |row| Ok(read(row)?.1)).await?);
    }
    counts.sort_by_key(|count| count.room);
    Ok(counts)
}

/// Of the users, those who are members of the room.
pub(crate) async fn in_room<C: ConnectionTrait>(
    db: &C,
    room: RoomId,
    users: &[UserId],
) -> StoreResult<Vec<(UserId, UnreadCount)>> {
    let mut counts = Vec::with_capacity(users.len());
    for users in users.chunks(capacity(1)) {
        let users: Vec<i64> = users.iter().map(|user| user.0).collect();
        let mut select = counted();
        select
            .and_where(Expr::col(("p", Member::RoomId)).eq(room.0))
            .and_where(one_of_ids(Expr::col(("p", Member::UserId)), &users));
        counts.extend(all(db, &select, read).await?);
    }
    Ok(counts)
}

/// One row for each membership `p`.
fn counted() -> SelectStatement {
    // Whose author is gone is of somebody else.
    let of_others = Expr::col(("m", Message::AuthorId))
        .is_null()
        .or(Expr::col(("m", Message::AuthorId)).not_equals(("p", Member::UserId)));
    let unread = Expr::col(("m", Message::RoomId))
        .equals(("p", Member::RoomId))
        .and(Expr::col(("m", Message::Seq)).gt(Expr::col(("p", Member::LastReadSeq))))
        .and(Expr::col(("m", Message::DeletedAt)).is_null())
        .and(of_others);
    let its_room = Expr::col(("r", rooms::Column::Id)).equals(("p", Member::RoomId));
    let user = [Expr::col(("p", Member::UserId)), Expr::val(HERE)];
    // Deleting a message removes its mentions. Somebody may be mentioned by name and with everybody.
    let mentions = Query::select()
        .expr(Func::count_distinct(Expr::col(("x", Mention::Seq))))
        .from_as(mentions::Entity, "x")
        .and_where(Expr::col(("x", Mention::RoomId)).equals(("p", Member::RoomId)))
        .and_where(Expr::col(("x", Mention::UserId)).is_in(user))
        .and_where(Expr::col(("x", Mention::Seq)).gt(Expr::col(("p", Member::LastReadSeq))))
        .and_where(Expr::col(("x", Mention::AuthorId)).not_equals(("p", Member::UserId)))
        .take();
    Query::select()
        .expr_as(Expr::col(("p", Member::RoomId)), "room_id")
        .expr_as(Expr::col(("p", Member::UserId)), "user_id")
        .expr_as(Func::count(Expr::col(("m", Message::Seq))), "n")
        .expr_as(Expr::from(mentions), "mentions")
        .expr_as(Expr::col(("r", rooms::Column::LastSeq)), "as_of")
        .from_as(Entity, "p")
        .join_as(JoinType::InnerJoin, rooms::Entity, "r", its_room)
        .join_as(JoinType::LeftJoin, messages::Entity, "m", unread)
        .group_by_col(("p", Member::RoomId))
        .group_by_col(("p", Member::UserId))
        .group_by_col(("p", Member::LastReadSeq))
        .group_by_col(("r", rooms::Column::LastSeq))
        .take()
}

fn read(row: &QueryResult) -> StoreResult<(UserId, UnreadCount)> {
    let value = |column| row.try_get("", column).map_err(failed);
    let count = UnreadCount {
        room: RoomId(value("room_id")?),
        messages: number(row, "n")?,
        mentions: number(row, "mentions")?,
        as_of: Seq(value("as_of")?),
    };
    Ok((UserId(value("user_id")?), count))
}
