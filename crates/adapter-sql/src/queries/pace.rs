//! How often members write.

use hallway_domain::ports::StoreResult;
use hallway_domain::{RoomId, Timestamp, UserId};
use sea_orm::ConnectionTrait;
use sea_orm::sea_query::{Expr, ExprTrait, Order, Query};

use crate::batch::one_of;
use crate::convert::Row;
use crate::entities::{memberships, messages};
use crate::errors::failed;
use crate::statement::all;

/// When members last wrote: one look at the end of an index each, in one statement for all.
pub(crate) async fn last_sent<C: ConnectionTrait>(
    db: &C,
    pairs: &[(RoomId, UserId)],
) -> StoreResult<Vec<(RoomId, UserId, Timestamp)>> {
    use memberships::Column as Member;
    use messages::Column;
    if pairs.is_empty() {
        return Ok(Vec::new());
    }
    let last = Query::select()
        .expr(Expr::col(("m", Column::CreatedAt)))
        .from_as(messages::Entity, "m")
        .and_where(Expr::col(("m", Column::RoomId)).equals(("p", Member::RoomId)))
        .and_where(Expr::col(("m", Column::AuthorId)).equals(("p", Member::UserId)))
        .order_by(("m", Column::Seq), Order::Desc)
        .limit(1)
        .take();
    let pair = [Expr::col(("p", Member::RoomId)), Expr::col(("p", Member::UserId))];
    let select = Query::select()
        .expr_as(Expr::col(("p", Member::RoomId)), "room_id")
        .expr_as(Expr::col(("p", Member::UserId)), "user_id")
        .expr_as(Expr::from(last), "at")
        .from_as(memberships::Entity, "p")
        .and_where(one_of(pair, &pairs.iter().map(|(room, user)| (room.0, user.0)).collect::<Vec<_>>()))
        .take();
    let found = all(db, &select, |row| {
        let number = |column| row.try_get::<i64>("", column).map_err(failed);
        let (room, user) = (number("room_id")?, number("user_id")?);
        let at: Option<i64> = row.try_get("", "at").map_err(failed)?;
        let row = Row { table: "messages", id: &format_args!("last of {user} in {room}") };
        Ok(row.moment_if(at)?.map(|at| (RoomId(room), UserId(user), at)))
    });
    Ok(found.await?.into_iter().flatten().collect())
}
