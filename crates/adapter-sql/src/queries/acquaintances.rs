//! Who shares a room with whom.

use hallway_domain::ports::StoreResult;
use hallway_domain::{RoomKind, UserId, UserRef, Username};
use sea_orm::ConnectionTrait;
use sea_orm::sea_query::{Expr, ExprTrait, JoinType, Order, Query};

use crate::convert::room_kind;
use crate::entities::memberships::{Column, Entity};
use crate::entities::{rooms, users};
use crate::errors::failed;
use crate::statement::all;

pub(crate) async fn of<C: ConnectionTrait>(
    db: &C,
    user: UserId,
    direct: bool,
    limit: u32,
) -> StoreResult<Vec<UserRef>> {
    let same_room = Expr::col(("p", Column::RoomId)).equals(("own", Column::RoomId));
    let its_user = Expr::col(("u", users::Column::Id)).equals(("p", Column::UserId));
    let mut select = Query::select();
    select
        .distinct()
        .expr_as(Expr::col(("u", users::Column::Id)), "id")
        .expr_as(Expr::col(("u", users::Column::Username)), "username")
        .from_as(Entity, "own")
        .join_as(JoinType::InnerJoin, Entity, "p", same_room)
        .join_as(JoinType::InnerJoin, users::Entity, "u", its_user)
        .and_where(Expr::col(("own", Column::UserId)).eq(user.0))
        .and_where(Expr::col(("p", Column::UserId)).ne(user.0))
        .order_by(("u", users::Column::Id), Order::Asc)
        .limit(u64::from(limit));
    if direct {
        let its_room = Expr::col(("r", rooms::Column::Id)).equals(("own", Column::RoomId));
        select
            .join_as(JoinType::InnerJoin, rooms::Entity, "r", its_room)
            .and_where(Expr::col(("r", rooms::Column::Kind)).eq(room_kind::word(RoomKind::Direct)));
    }
    all(db, &select, |row| {
        Ok(UserRef {
            id: UserId(row.try_get("", "id").map_err(failed)?),
            username: Username::from_stored(row.try_get("", "username").map_err(failed)?),
        })
    })
    .await
}
