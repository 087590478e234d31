//! Links into rooms.

use hallway_domain::ports::StoreResult;
use hallway_domain::{Invite, InviteView, Page, PageRequest, RoomId, Timestamp};
use sea_orm::ConnectionTrait;
use sea_orm::sea_query::{Asterisk, Expr, ExprTrait, Func, JoinType, Query};

use crate::convert::{self, micros, user_ref};
use crate::entities::invites::{Column, Entity, Model};
use crate::entities::users;
use crate::errors::failed;
use crate::statement::{all, count, model, one, order, page as part, select};

/// An invitation of the table or alias lets somebody in.
pub(crate) fn live(table: &'static str, now: Timestamp) -> Expr {
    let column = |column| Expr::col((table, column));
    column(Column::RevokedAt)
        .is_null()
        .and(column(Column::ExpiresAt).is_null().or(column(Column::ExpiresAt).gt(micros(now))))
        .and(column(Column::MaxUses).is_null().or(column(Column::Uses).lt(column(Column::MaxUses))))
}

pub(crate) async fn by_hash<C: ConnectionTrait>(db: &C, hash: &[u8; 32]) -> StoreResult<Option<Invite>> {
    let mut select = select::<Entity>("i");
    select.and_where(Expr::col(("i", Column::CodeHash)).eq(hash.to_vec()));
    one(db, &select, |row| convert::invite(&model::<Model>(row, "i")?)).await
}

pub(crate) async fn list<C: ConnectionTrait>(
    db: &C,
    room: RoomId,
    page: PageRequest,
    now: Timestamp,
) -> StoreResult<Page<InviteView>> {
    let mut items = select::<Entity>("i");
    items
        .expr_as(Expr::col(("u", users::Column::Username)), "username")
        .join_as(
            JoinType::LeftJoin,
            users::Entity,
            "u",
            Expr::col(("u", users::Column::Id)).equals(("i", Column::CreatedBy)),
        )
        .and_where(Expr::col(("i", Column::RoomId)).eq(room.0))
        .and_where(live("i", now))
        .order_by(("i", Column::Id), order(page));
    part(&mut items, page);
    let items = all(db, &items, |row| {
        let stored: Model = model(row, "i")?;
        let by = user_ref(stored.created_by, row.try_get("", "username").map_err(failed)?);
        Ok(InviteView { invite: convert::invite(&stored)?, by })
    })
    .await?;
    let total = Query::select()
        .expr_as(Func::count(Expr::col(Asterisk)), "n")
        .from_as(Entity, "i")
        .and_where(Expr::col(("i", Column::RoomId)).eq(room.0))
        .and_where(live("i", now))
        .take();
    Ok(Page { items, total: count(db, &total).await? })
}
