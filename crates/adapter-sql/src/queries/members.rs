//! Who belongs to a room, and to which rooms somebody belongs.

use std::collections::HashMap;

use hallway_domain::ports::{MemberView, StoreResult};
use hallway_domain::{
    FullName, Membership, Page, PageRequest, Room, RoomId, Sanction, Standing, Timestamp, UserId, UserRef, Username,
};
use sea_orm::ConnectionTrait;
use sea_orm::sea_query::{Asterisk, Expr, ExprTrait, Func, JoinType, Order, Query, SelectStatement};

use super::sanctions::{bans, in_force};
use crate::batch::one_of_ids;
use crate::convert;
use crate::entities::memberships::{Column, Entity};
use crate::entities::{rooms, sanctions, users};
use crate::errors::failed;
use crate::statement::{add_columns, all, count, model, one, order, page as part, select};

pub(crate) async fn standing<C: ConnectionTrait>(
    db: &C,
    room: RoomId,
    user: UserId,
    now: Timestamp,
) -> StoreResult<Standing> {
    let mut own = select::<Entity>("p");
    own.and_where(Expr::col(("p", Column::RoomId)).eq(room.0)).and_where(Expr::col(("p", Column::UserId)).eq(user.0));
    let membership = one(db, &own, |row| convert::membership(model(row, "p")?)).await?;
    let sanctions = sanctions_of(db, room, &[user], now).await?;
    Ok(Standing::new(membership, sanctions, now))
}

pub(crate) async fn list<C: ConnectionTrait>(
    db: &C,
    room: RoomId,
    page: PageRequest,
    now: Timestamp,
) -> StoreResult<Page<MemberView>> {
    let mut items = members(room);
    part(items.order_by(("p", Column::JoinedAt), order(page)).order_by(("p", Column::UserId), order(page)), page);
    let rows = all(db, &items, |row| {
        let text = |column| row.try_get::<Option<String>>("", column).map_err(failed);
        Ok((convert::membership(model(row, "p")?)?, text("username")?.unwrap_or_default(), text("full_name")?))
    })
    .await?;
    let total = Query::select()
        .expr_as(Func::count(Expr::col(Asterisk)), "n")
        .from(Entity)
        .and_where(Expr::col(Column::RoomId).eq(room.0))
        .take();
    let total = count(db, &total).await?;
    let users: Vec<UserId> = rows.iter().map(|(membership, ..)| membership.user).collect();
    let mut sanctions: HashMap<UserId, Vec<Sanction>> = HashMap::new();
    for sanction in sanctions_of(db, room, &users, now).await? {
        sanctions.entry(sanction.user).or_default().push(sanction);
    }
    let view = |(membership, username, full_name): (Membership, String, Option<String>)| MemberView {
        user: UserRef { id: membership.user, username: Username::from_stored(username) },
        full_name: full_name.map(FullName::from_stored),
        standing: {
            let sanctions = sanctions.remove(&membership.user).unwrap_or_default();
            Standing::new(Some(membership), sanctions, now)
        },
    };
    Ok(Page { items: rows.into_iter().map(view).collect(), total })
}

/// Members of a room with their names.
fn members(room: RoomId) -> SelectStatement {
    let mut items = select::<Entity>("p");
    items
        .expr_as(Expr::col(("u", users::Column::Username)), "username")
        .expr_as(Expr::col(("u", users::Column::FullName)), "full_name")
        .join_as(
            JoinType::InnerJoin,
            users::Entity,
            "u",
            Expr::col(("u", users::Column::Id)).equals(("p", Column::UserId)),
        )
        .and_where(Expr::col(("p", Column::RoomId)).eq(room.0));
    items
}

/// Sanctions in force, the newest last. The page that the users come from bounds their number.
async fn sanctions_of<C: ConnectionTrait>(
    db: &C,
    room: RoomId,
    users: &[UserId],
    now: Timestamp,
) -> StoreResult<Vec<Sanction>> {
    if users.is_empty() {
        return Ok(Vec::new());
    }
    let users: Vec<i64> = users.iter().map(|user| user.0).collect();
    let mut select = select::<sanctions::Entity>("x");
    select
        .and_where(Expr::col(("x", sanctions::Column::RoomId)).eq(room.0))
        .and_where(one_of_ids(Expr::col(("x", sanctions::Column::UserId)), &users))
        .and_where(in_force("x", now))
        .order_by(("x", sanctions::Column::Id), Order::Asc);
    all(db, &select, |row| convert::sanction(model(row, "x")?)).await
}

/// Without a clock only bans without an end count: a timed one has already taken the room from its user.
pub(crate) async fn ids<C: ConnectionTrait>(
    db: &C,
    room: RoomId,
    after: Option<UserId>,
    limit: u32,
) -> StoreResult<Vec<UserId>> {
    let for_good = Expr::col(("x", sanctions::Column::LiftedAt))
        .is_null()
        .and(Expr::col(("x", sanctions::Column::ExpiresAt)).is_null());
    let mut select = Query::select();
    select
        .expr_as(Expr::col(("p", Column::UserId)), "user_id")
        .from_as(Entity, "p")
        .and_where(Expr::col(("p", Column::RoomId)).eq(room.0))
        .and_where(Expr::exists(bans(("p", Column::RoomId), ("p", Column::UserId), for_good)).not())
        .order_by(("p", Column::UserId), Order::Asc)
        .limit(u64::from(limit));
    if let Some(after) = after {
        select.and_where(Expr::col(("p", Column::UserId)).gt(after.0));
    }
    all(db, &select, |row| Ok(UserId(row.try_get("", "user_id").map_err(failed)?))).await
}

pub(crate) async fn rooms_of<C: ConnectionTrait>(
    db: &C,
    user: UserId,
    now: Timestamp,
    limit: u32,
) -> StoreResult<Vec<(Room, Membership)>> {
    let mut select = select::<rooms::Entity>("r");
    add_columns::<Entity>(&mut select, "p");
    select
        .join_as(JoinType::InnerJoin, Entity, "p", Expr::col(("p", Column::RoomId)).equals(("r", rooms::Column::Id)))
        .and_where(Expr::col(("p", Column::UserId)).eq(user.0))
        .and_where(Expr::exists(bans(("p", Column::RoomId), ("p", Column::UserId), in_force("x", now))).not())
        .order_by(("p", Column::RoomId), Order::Asc)
        .limit(u64::from(limit));
    all(db, &select, |row| Ok((convert::room(model(row, "r")?)?, convert::membership(model(row, "p")?)?))).await
}
