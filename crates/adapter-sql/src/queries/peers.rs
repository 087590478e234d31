//! The two users of a direct conversation, read with the row of its room.

use hallway_domain::ports::StoreResult;
use hallway_domain::{DirectKey, Peers, RoomKind, UserId, UserRef, Username};
use sea_orm::QueryResult;
use sea_orm::sea_query::{Expr, ExprTrait, JoinType, Order, Query, SelectStatement};

use super::events::GONE;
use crate::convert::{self, Row, room_kind};
use crate::entities::{memberships, rooms, users};
use crate::errors::failed;

/// Adds the names of both to a select of the rooms `r`, which must have `direct_key`. Of other rooms nothing is read.
pub(crate) fn add(select: &mut SelectStatement) {
    select.expr_as(name(Order::Asc), "low_name").expr_as(name(Order::Desc), "high_name");
}

/// The name of the member with the lowest or the highest id. The two of a direct conversation stay its members.
fn name(order: Order) -> Expr {
    use memberships::Column as Member;
    let name = Query::select()
        .column(("du", users::Column::Username))
        .from_as(memberships::Entity, "dp")
        .join_as(
            JoinType::InnerJoin,
            users::Entity,
            "du",
            Expr::col(("du", users::Column::Id)).equals(("dp", Member::UserId)),
        )
        .and_where(Expr::col(("dp", Member::RoomId)).equals(("r", rooms::Column::Id)))
        .and_where(Expr::col(("r", rooms::Column::Kind)).eq(room_kind::word(RoomKind::Direct)))
        .order_by(("dp", Member::UserId), order)
        .limit(1)
        .take();
    Expr::from(name)
}

/// What [`add`] has added.
pub(crate) fn read(row: &QueryResult) -> StoreResult<Option<Peers>> {
    let text = |column| row.try_get::<Option<String>>("", column).map_err(failed);
    let Some(key) = text("direct_key")? else { return Ok(None) };
    let key: DirectKey = convert::direct_key(Row { table: "rooms", id: &key }, &key)?;
    let (low, high) = key.both();
    let user = |id: UserId, name: Option<String>| UserRef {
        id,
        username: Username::from_stored(name.unwrap_or_else(|| GONE.to_owned())),
    };
    Ok(Some(Peers::new(user(low, text("low_name")?), user(high, text("high_name")?))))
}
