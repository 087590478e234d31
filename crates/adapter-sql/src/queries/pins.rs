//! Pinned messages.

use hallway_domain::ports::StoreResult;
use hallway_domain::{Page, PageRequest, PinView, RoomId};
use sea_orm::ConnectionTrait;
use sea_orm::sea_query::{Asterisk, Expr, ExprTrait, Func, JoinType, Order, Query, SelectStatement};

use super::messages;
use crate::convert::{Row, user_ref};
use crate::entities::pins::{Column, Entity};
use crate::entities::{messages as message, users};
use crate::errors::failed;
use crate::statement::{all, count, page as part};

/// How many messages of the room are pinned.
pub(crate) fn total(room: RoomId) -> SelectStatement {
    Query::select()
        .expr_as(Func::count(Expr::col(Asterisk)), "n")
        .from(Entity)
        .and_where(Expr::col(Column::RoomId).eq(room.0))
        .take()
}

pub(crate) async fn page<C: ConnectionTrait>(db: &C, room: RoomId, page: PageRequest) -> StoreResult<Page<PinView>> {
    let mut select = Query::select();
    select.from_as(Entity, "k").join_as(
        JoinType::InnerJoin,
        message::Entity,
        "m",
        Expr::col(("m", message::Column::Id)).equals(("k", Column::MessageId)),
    );
    messages::add_view(&mut select);
    select
        .expr_as(Expr::col(("k", Column::PinnedBy)), "pinned_by")
        .expr_as(Expr::col(("k", Column::PinnedAt)), "pinned_at")
        .expr_as(Expr::col(("ku", users::Column::Username)), "pinned_by_name")
        .join_as(
            JoinType::LeftJoin,
            users::Entity,
            "ku",
            Expr::col(("ku", users::Column::Id)).equals(("k", Column::PinnedBy)),
        )
        .and_where(Expr::col(("k", Column::RoomId)).eq(room.0))
        .order_by(("k", Column::PinnedAt), Order::Desc)
        .order_by(("k", Column::MessageId), Order::Desc);
    part(&mut select, page);
    let mut items = all(db, &select, |row| {
        let message = messages::read_view(row)?;
        let at: i64 = row.try_get("", "pinned_at").map_err(failed)?;
        Ok(PinView {
            at: Row { table: "pins", id: &message.message.id }.moment(at)?,
            by: user_ref(
                row.try_get("", "pinned_by").map_err(failed)?,
                row.try_get("", "pinned_by_name").map_err(failed)?,
            ),
            message,
        })
    })
    .await?;
    messages::fill(db, items.iter_mut().map(|pin| &mut pin.message)).await?;
    Ok(Page { items, total: count(db, &total(room)).await? })
}
