//! When a sanction counts.

use hallway_domain::{SanctionKind, Timestamp};
use sea_orm::sea_query::{Expr, ExprTrait, IntoColumnRef, Query, SelectStatement};

use crate::convert::{micros, sanction_kind};
use crate::entities::sanctions::{Column, Entity};

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
