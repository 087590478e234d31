//! Who belongs to a room, and to which rooms somebody belongs.

use std::collections::HashMap;

use hallway_domain::ports::{Access, MemberMark, MemberView, StoreResult};
use hallway_domain::{
    FullName, Membership, Page, PageRequest, Room, RoomId, Sanction, Seq, Standing, Timestamp, UserId, UserRef,
    Username,
};
use sea_orm::sea_query::{Asterisk, Expr, ExprTrait, Func, JoinType, Order, Query, SelectStatement};
use sea_orm::{ConnectionTrait, QueryResult};

use super::sanctions::{bans, in_force};
use crate::batch::{capacity, one_of_ids, padded};
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

/// How far members have read, by id.
pub(crate) async fn marks<C: ConnectionTrait>(db: &C, room: RoomId, limit: u32) -> StoreResult<Vec<MemberMark>> {
    let select = Query::select()
        .expr_as(Expr::col(("p", Column::UserId)), "user_id")
        .expr_as(Expr::col(("u", users::Column::Username)), "username")
        .expr_as(Expr::col(("p", Column::LastReadSeq)), "read_seq")
        .expr_as(Expr::col(("p", Column::LastDeliveredSeq)), "delivered_seq")
        .from_as(Entity, "p")
        .join_as(
            JoinType::InnerJoin,
            users::Entity,
            "u",
            Expr::col(("u", users::Column::Id)).equals(("p", Column::UserId)),
        )
        .and_where(Expr::col(("p", Column::RoomId)).eq(room.0))
        .order_by(("p", Column::UserId), Order::Asc)
        .limit(u64::from(limit))
        .take();
    all(db, &select, |row| {
        let number = |column| row.try_get::<i64>("", column).map_err(failed);
        let username = Username::from_stored(row.try_get("", "username").map_err(failed)?);
        Ok(MemberMark {
            user: UserRef { id: UserId(number("user_id")?), username },
            read: Seq(number("read_seq")?),
            delivered: Seq(number("delivered_seq")?),
        })
    })
    .await
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

pub(crate) async fn access<C: ConnectionTrait>(
    db: &C,
    pairs: &[(RoomId, UserId)],
    now: Timestamp,
) -> StoreResult<Vec<Access>> {
    let (room, user) = (("wanted", "column1"), ("wanted", "column2"));
    let membership = Query::select()
        .expr(Expr::val(1))
        .from_as(Entity, "p")
        .and_where(Expr::col(("p", Column::RoomId)).equals(room))
        .and_where(Expr::col(("p", Column::UserId)).equals(user))
        .take();
    let mut found = Vec::with_capacity(pairs.len());
    for pairs in pairs.chunks(capacity(2)) {
        let wanted: Vec<(i64, i64)> = pairs.iter().map(|(room, user)| (room.0, user.0)).collect();
        let select = Query::select()
            .expr_as(Expr::col(room), "room_id")
            .expr_as(Expr::col(user), "user_id")
            .expr_as(Expr::col(("r", rooms::Column::Kind)), "kind")
            .expr_as(first(membership.clone()), "membership")
            .expr_as(first(bans(room, user, in_force("x", now))), "ban")
            .from_values(padded(&wanted, capacity(2)), "wanted")
            .join_as(JoinType::InnerJoin, rooms::Entity, "r", Expr::col(("r", rooms::Column::Id)).equals(room))
            .take();
        found.extend(all(db, &select, convert_access).await?);
    }
    // What is asked for twice, to fill the list up, is found twice.
    found.sort_unstable_by_key(|access| (access.room, access.user));
    found.dedup();
    Ok(found)
}

/// The first row's value, or null. `EXISTS` would leave PostgreSQL free to read the whole table into a hash instead.
fn first(mut select: SelectStatement) -> Expr {
    Expr::SubQuery(None, Box::new(select.limit(1).take().into()))
}

fn convert_access(row: &QueryResult) -> StoreResult<Access> {
    let room: i64 = row.try_get("", "room_id").map_err(failed)?;
    let kind: String = row.try_get("", "kind").map_err(failed)?;
    let is_there = |column| Ok(row.try_get::<Option<i32>>("", column).map_err(failed)?.is_some());
    Ok(Access {
        room: RoomId(room),
        user: UserId(row.try_get("", "user_id").map_err(failed)?),
        kind: convert::room_kind::read(convert::Row { table: "rooms", id: &room }, &kind)?,
        is_member: is_there("membership")?,
        is_banned: is_there("ban")?,
    })
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
        // Of many, the newest.
        .order_by(("p", Column::RoomId), Order::Desc)
        .limit(u64::from(limit));
    let read = |row: &_| Ok((convert::room(model(row, "r")?)?, convert::membership(model(row, "p")?)?));
    let mut rooms = all(db, &select, read).await?;
    rooms.reverse();
    Ok(rooms)
}
