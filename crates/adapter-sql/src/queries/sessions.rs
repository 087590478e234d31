//! Logins.

use hallway_domain::ports::StoreResult;
use hallway_domain::{Disconnect, Page, PageRequest, Session, SessionId, Timestamp, User, UserId};
use sea_orm::ConnectionTrait;
use sea_orm::sea_query::{Asterisk, Expr, ExprTrait, Func, JoinType, Order, Query};

use crate::batch::{capacity, padded};
use crate::convert::{self, micros};
use crate::entities::sessions::{Column, Entity};
use crate::entities::users;
use crate::errors::failed;
use crate::statement::{add_columns, all, count, model, one, page as part, reversed, select};

pub(crate) async fn with_user<C: ConnectionTrait>(db: &C, id: SessionId) -> StoreResult<Option<(Session, User)>> {
    let mut select = select::<Entity>("s");
    add_columns::<users::Entity>(&mut select, "u");
    let its_user = Expr::col(("u", users::Column::Id)).equals(("s", Column::UserId));
    select.join_as(JoinType::InnerJoin, users::Entity, "u", its_user).and_where(Expr::col(("s", Column::Id)).eq(id.0));
    one(db, &select, |row| Ok((convert::session(model(row, "s")?)?, convert::user(model(row, "u")?)?))).await
}

pub(crate) async fn of_user<C: ConnectionTrait>(
    db: &C,
    user: UserId,
    now: Timestamp,
    page: PageRequest,
) -> StoreResult<Page<Session>> {
    let live = Expr::col(("s", Column::UserId))
        .eq(user.0)
        .and(Expr::col(("s", Column::RevokedAt)).is_null())
        .and(Expr::col(("s", Column::ExpiresAt)).gt(micros(now)));
    let mut items = select::<Entity>("s");
    items
        .and_where(live.clone())
        .order_by(("s", Column::LastUsedAt), reversed(page))
        .order_by(("s", Column::Id), reversed(page));
    part(&mut items, page);
    let items = all(db, &items, |row| convert::session(model(row, "s")?)).await?;
    let total =
        Query::select().expr_as(Func::count(Expr::col(Asterisk)), "n").from_as(Entity, "s").and_where(live).take();
    Ok(Page { items, total: count(db, &total).await? })
}

pub(crate) async fn live<C: ConnectionTrait>(
    db: &C,
    sessions: &[SessionId],
    now: Timestamp,
) -> StoreResult<Vec<SessionId>> {
    let mut live = Vec::with_capacity(sessions.len());
    for sessions in sessions.chunks(capacity(1)) {
        let ids: Vec<_> = sessions.iter().map(|session| session.0).collect();
        let its_user = Expr::col(("u", users::Column::Id)).equals(("s", Column::UserId));
        let select = Query::select()
            .expr_as(Expr::col(("s", Column::Id)), "id")
            .from_as(Entity, "s")
            .join_as(JoinType::InnerJoin, users::Entity, "u", its_user)
            .and_where(Expr::col(("s", Column::Id)).is_in(padded(&ids, capacity(1))))
            .and_where(Expr::col(("s", Column::RevokedAt)).is_null())
            .and_where(Expr::col(("s", Column::ExpiresAt)).gt(micros(now)))
            .and_where(Expr::col(("u", users::Column::Disabled)).eq(false))
            .take();
        live.extend(all(db, &select, |row| Ok(SessionId(row.try_get("", "id").map_err(failed)?))).await?);
    }
    Ok(live)
}

/// Of what is not live any more, what was revoked at or after `since`.
pub(super) async fn ended<C: ConnectionTrait>(
    db: &C,
    since: Timestamp,
    limit: u32,
) -> StoreResult<Vec<(SessionId, Disconnect)>> {
    let its_user = Expr::col(("u", users::Column::Id)).equals(("s", Column::UserId));
    let select = Query::select()
        .expr_as(Expr::col(("s", Column::Id)), "id")
        .expr_as(Expr::col(("u", users::Column::Disabled)), "disabled")
        .from_as(Entity, "s")
        .join_as(JoinType::InnerJoin, users::Entity, "u", its_user)
        .and_where(Expr::col(("s", Column::RevokedAt)).gte(micros(since)))
        .order_by(("s", Column::RevokedAt), Order::Desc)
        .limit(u64::from(limit))
        .take();
    all(db, &select, |row| {
        let disabled: bool = row.try_get("", "disabled").map_err(failed)?;
        let why = if disabled { Disconnect::AccountDisabled } else { Disconnect::SessionRevoked };
        Ok((SessionId(row.try_get("", "id").map_err(failed)?), why))
    })
    .await
}
