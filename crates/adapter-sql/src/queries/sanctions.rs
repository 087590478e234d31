//! When a sanction counts.

use hallway_domain::ports::StoreResult;
use hallway_domain::{FullName, Page, PageRequest, RoomId, SanctionKind, SanctionView, Timestamp, UserRef, Username};
use sea_orm::ConnectionTrait;
use sea_orm::sea_query::{Asterisk, Expr, ExprTrait, Func, IntoColumnRef, JoinType, Query, SelectStatement};

use crate::convert::{self, micros, sanction_kind, user_ref};
use crate::entities::sanctions::{Column, Entity};
use crate::entities::users;
use crate::errors::failed;
use crate::statement::{all, count, model, order, page as part, select};

/// Sanctions of a kind in force in a room, with whom they concern.
pub(crate) async fn list<C: ConnectionTrait>(
    db: &C,
    (room, kind): (RoomId, SanctionKind),
    page: PageRequest,
    now: Timestamp,
) -> StoreResult<Page<SanctionView>> {
    let counts = |select: &mut SelectStatement| {
        select
            .and_where(Expr::col(("x", Column::RoomId)).eq(room.0))
            .and_where(Expr::col(("x", Column::Kind)).eq(sanction_kind::word(kind)))
            .and_where(in_force("x", now));
    };
    let user = |alias, column| Expr::col((alias, users::Column::Id)).equals(("x", column));
    let mut items = select::<Entity>("x");
    items
        .expr_as(Expr::col(("u", users::Column::Username)), "username")
        .expr_as(Expr::col(("u", users::Column::FullName)), "full_name")
        .expr_as(Expr::col(("b", users::Column::Username)), "by_name")
        .join_as(JoinType::InnerJoin, users::Entity, "u", user("u", Column::UserId))
        .join_as(JoinType::LeftJoin, users::Entity, "b", user("b", Column::ById))
        .order_by(("x", Column::Id), order(page));
    counts(&mut items);
    part(&mut items, page);
    let items = all(db, &items, |row| {
        let text = |column| row.try_get::<Option<String>>("", column).map_err(failed);
        let sanction = convert::sanction(model(row, "x")?)?;
        let username = Username::from_stored(text("username")?.unwrap_or_default());
        Ok(SanctionView {
            user: UserRef { id: sanction.user, username },
            full_name: text("full_name")?.map(FullName::from_stored),
            by: user_ref(sanction.by.map(|id| id.0), text("by_name")?),
            sanction,
        })
    })
    .await?;
    let mut total = Query::select();
    total.expr_as(Func::count(Expr::col(Asterisk)), "n").from_as(Entity, "x");
    counts(&mut total);
    Ok(Page { items, total: count(db, &total).await? })
}

/// A sanction of the table or alias is neither lifted nor over.
pub(crate) fn in_force(table: &'static str, now: Timestamp) -> Expr {
    let end = || Expr::col((table, Column::ExpiresAt));
    Expr::col((table, Column::LiftedAt)).is_null().and(end().is_null().or(end().gt(micros(now))))
}

/// Bans of the user in the room that `counts`; for `EXISTS`.
pub(crate) fn bans(room: impl IntoColumnRef, user: impl IntoColumnRef, counts: Expr) -> SelectStatement {
    Query::select()
        .expr(Expr::val(1))
        .from_as(Entity, "x")
        .and_where(Expr::col(("x", Column::RoomId)).eq(Expr::col(room)))
        .and_where(Expr::col(("x", Column::UserId)).eq(Expr::col(user)))
        .and_where(Expr::col(("x", Column::Kind)).eq(sanction_kind::word(SanctionKind::Ban)))
        .and_where(counts)
        .take()
}
