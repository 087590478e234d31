//! The direct conversations of one user.

use std::collections::HashMap;

use hallway_domain::ports::{DirectFilter, RoomSummary, StoreResult};
use hallway_domain::{Page, PageRequest, RoomId, RoomKind, UserId};
use sea_orm::ConnectionTrait;
use sea_orm::sea_query::{Asterisk, Expr, ExprTrait, Func, JoinType, Order, Query, SelectStatement};

use super::visible::{add_peer, fill, newest_message, read_with_peer, select_rooms};
use crate::convert::room_kind;
use crate::entities::rooms::{Column, Entity};
use crate::entities::{memberships, users};
use crate::errors::failed;
use crate::search::contains;
use crate::statement::{all, count, page as part};

pub(crate) async fn list<C: ConnectionTrait>(
    db: &C,
    user: UserId,
    filter: &DirectFilter,
    page: PageRequest,
) -> StoreResult<Page<RoomSummary>> {
    let Some(shown) = shown(user, filter) else { return Ok(Page { items: Vec::new(), total: 0 }) };
    let mut items = shown.clone();
    let newest = Func::coalesce([Expr::col(("d", "sent_at")), Expr::col(("d", "created_at"))]);
    items
        .expr_as(Expr::col(("d", "room_id")), "room_id")
        .order_by_expr(newest.into(), Order::Desc)
        .order_by(("d", "room_id"), Order::Desc);
    part(&mut items, page);
    let ids = all(db, &items, |row| Ok(RoomId(row.try_get("", "room_id").map_err(failed)?))).await?;
    let mut total = shown;
    total.expr_as(Func::count(Expr::col(Asterisk)), "n");
    let total = count(db, &total).await?;
    if ids.is_empty() {
        return Ok(Page { items: Vec::new(), total });
    }
    let rooms = all(db, &select_rooms(&ids, user), read_with_peer).await?;
    let mut rooms: HashMap<RoomId, RoomSummary> = rooms.into_iter().map(|room| (room.room.id, room)).collect();
    let mut items: Vec<RoomSummary> = ids.iter().filter_map(|id| rooms.remove(id)).collect();
    fill(db, user, &mut items).await?;
    Ok(Page { items, total })
}

/// Of the user's direct conversations, as `d`, those to be shown; none when nothing can be found.
fn shown(user: UserId, filter: &DirectFilter) -> Option<SelectStatement> {
    use memberships::Column as Member;
    let its_room = Expr::col(("r", Column::Id)).equals(("p", Member::RoomId));
    let mut direct = Query::select();
    direct
        .expr_as(Expr::col(("r", Column::Id)), "room_id")
        .expr_as(Expr::col(("r", Column::CreatedBy)), "created_by")
        .expr_as(Expr::col(("r", Column::CreatedAt)), "created_at")
        .expr_as(Expr::from(newest_message()), "sent_at")
        .from_as(memberships::Entity, "p")
        .join_as(JoinType::InnerJoin, Entity, "r", its_room)
        .and_where(Expr::col(("p", Member::UserId)).eq(user.0))
        .and_where(Expr::col(("r", Column::Kind)).eq(room_kind::word(RoomKind::Direct)));
    if let Some(text) = &filter.text {
        add_peer(&mut direct, user);
        direct.and_where(contains(Expr::col(("o", users::Column::Search)), text)?);
    }
    let wanted = Expr::col(("d", "sent_at")).is_not_null().or(Expr::col(("d", "created_by")).eq(user.0));
    Some(Query::select().from_subquery(direct, "d").and_where(wanted).take())
}
