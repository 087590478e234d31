//! Rooms as one user sees them: one of them, or the list.

use std::collections::HashMap;

use hallway_domain::ports::{PeerView, RoomFilter, RoomSummary, StoreResult};
use hallway_domain::{FullName, Page, PageRequest, RoomId, RoomKind, Timestamp, UserId};
use sea_orm::sea_query::{Asterisk, Expr, ExprTrait, Func, JoinType, Order, Query, SelectStatement};
use sea_orm::{ConnectionTrait, QueryResult};

use super::sanctions::{bans, in_force};
use super::unread;
use crate::batch::{capacity, one_of_ids};
use crate::convert::{self, Row, room_kind};
use crate::entities::rooms::{Column, Entity};
use crate::entities::{memberships, messages, users};
use crate::errors::failed;
use crate::search::contains;
use crate::statement::{add_columns, all, count, model, number, one, order, page as part};

/// Who looks for what.
pub(crate) struct Seen<'a> {
    pub(crate) user: UserId,
    pub(crate) filter: &'a RoomFilter,
    pub(crate) now: Timestamp,
}

impl Seen<'_> {
    /// The rooms without their columns; none when nothing can be found.
    fn rooms(&self) -> Option<SelectStatement> {
        use memberships::Column as Member;
        let kind = || Expr::col(("r", Column::Kind));
        let is_member = || Expr::col(("p", Member::RoomId)).is_not_null();
        let mut select = Query::select();
        select
            .from_as(Entity, "r")
            // The one who looks, so that bans can be told by columns.
            .join_as(JoinType::InnerJoin, users::Entity, "u", Expr::col(("u", users::Column::Id)).eq(self.user.0))
            .join_as(JoinType::LeftJoin, memberships::Entity, "p", own_membership(self.user))
            // Direct conversations are not in this list.
            .and_where(kind().ne(room_kind::word(RoomKind::Direct)))
            .and_where(Expr::exists(bans(("r", Column::Id), ("u", users::Column::Id), in_force("x", self.now))).not());
        if self.filter.mine {
            select.and_where(is_member());
        } else {
            select.and_where(kind().eq(room_kind::word(RoomKind::Public)).or(is_member()));
        }
        if let Some(text) = &self.filter.text {
            select.and_where(contains(Expr::col(("r", Column::Search)), text)?);
        }
        Some(select)
    }
}

/// `p` is the user's membership in `r`.
fn own_membership(user: UserId) -> Expr {
    use memberships::Column as Member;
    Expr::col(("p", Member::RoomId)).equals(("r", Column::Id)).and(Expr::col(("p", Member::UserId)).eq(user.0))
}

/// What [`read`] reads: `r` and `p`.
fn add_room(select: &mut SelectStatement) {
    add_columns::<Entity>(select, "r");
    add_columns::<memberships::Entity>(select, "p");
}

/// The room and the membership; the rest is [filled](fill) in for many at once.
fn read(row: &QueryResult) -> StoreResult<RoomSummary> {
    let member: Option<i64> = row.try_get("p_", "room_id").map_err(failed)?;
    let membership = member.map(|_| convert::membership(model(row, "p")?)).transpose()?;
    let room = convert::room(model(row, "r")?)?;
    Ok(RoomSummary { room, peer: None, membership, members: 0, unread: 0, mentions: 0, last_message_at: None })
}

/// Rooms by number, direct conversations with their other side, in no order and not yet [filled](fill) in.
pub(super) fn select_rooms(rooms: &[RoomId], user: UserId) -> SelectStatement {
    let rooms: Vec<i64> = rooms.iter().map(|room| room.0).collect();
    let mut select = Query::select();
    add_room(&mut select);
    select
        .from_as(Entity, "r")
        .join_as(JoinType::LeftJoin, memberships::Entity, "p", own_membership(user))
        .and_where(one_of_ids(Expr::col(("r", Column::Id)), &rooms));
    add_peer(&mut select, user);
    for (column, name) in [
        (users::Column::Id, "peer_id"),
        (users::Column::Username, "peer_name"),
        (users::Column::FullName, "peer_full_name"),
    ] {
        select.expr_as(Expr::col(("o", column)), name);
    }
    select
}

/// Joins the other side of direct conversations as `o`, given `r` and the user's own membership `p`. In a note to
/// oneself the user is the other side.
pub(super) fn add_peer(select: &mut SelectStatement, user: UserId) {
    use memberships::Column as Member;
    let is_direct = || Expr::col(("r", Column::Kind)).eq(room_kind::word(RoomKind::Direct));
    let of_other = is_direct()
        .and(Expr::col(("q", Member::RoomId)).equals(("r", Column::Id)))
        .and(Expr::col(("q", Member::UserId)).ne(user.0));
    let other = Func::coalesce([Expr::col(("q", Member::UserId)), Expr::col(("p", Member::UserId))]);
    select.join_as(JoinType::LeftJoin, memberships::Entity, "q", of_other).join_as(
        JoinType::LeftJoin,
        users::Entity,
        "o",
        is_direct().and(Expr::col(("o", users::Column::Id)).eq(other)),
    );
}

/// What [`select_rooms`] selects.
pub(super) fn read_with_peer(row: &QueryResult) -> StoreResult<RoomSummary> {
    let text = |column| row.try_get::<Option<String>>("", column).map_err(failed);
    let user = convert::user_ref(row.try_get("", "peer_id").map_err(failed)?, text("peer_name")?);
    let full_name = text("peer_full_name")?.map(FullName::from_stored);
    Ok(RoomSummary { peer: user.map(|user| PeerView { user, full_name }), ..read(row)? })
}

pub(crate) async fn summary<C: ConnectionTrait>(
    db: &C,
    room: RoomId,
    user: UserId,
) -> StoreResult<Option<RoomSummary>> {
    let mut summary = one(db, &select_rooms(&[room], user), read_with_peer).await?;
    fill(db, user, summary.as_mut_slice()).await?;
    Ok(summary)
}

pub(crate) async fn list<C: ConnectionTrait>(
    db: &C,
    seen: &Seen<'_>,
    page: PageRequest,
) -> StoreResult<Page<RoomSummary>> {
    let Some(mut items) = seen.rooms() else { return Ok(Page { items: Vec::new(), total: 0 }) };
    let total = items.clone().expr_as(Func::count(Expr::col(Asterisk)), "n").take();
    add_room(&mut items);
    items.order_by(("r", Column::CreatedAt), order(page)).order_by(("r", Column::Id), order(page));
    part(&mut items, page);
    let mut rooms = all(db, &items, read).await?;
    let total = count(db, &total).await?;
    fill(db, seen.user, &mut rooms).await?;
    Ok(Page { items: rooms, total })
}

/// Counts and times of all the rooms, in one statement each.
pub(super) async fn fill<C: ConnectionTrait>(db: &C, user: UserId, rooms: &mut [RoomSummary]) -> StoreResult<()> {
    for rooms in rooms.chunks_mut(capacity(1)) {
        let ids: Vec<RoomId> = rooms.iter().map(|summary| summary.room.id).collect();
        let members = members(db, &ids).await?;
        let unread: HashMap<_, _> = unread::of_user(db, user, &ids).await?.into_iter().map(|n| (n.room, n)).collect();
        let last = last_messages(db, &ids).await?;
        for summary in rooms {
            let id = summary.room.id;
            summary.members = members.get(&id).copied().unwrap_or(0);
            (summary.unread, summary.mentions) = unread.get(&id).map_or((0, 0), |n| (n.messages, n.mentions));
            summary.last_message_at = last.get(&id).copied();
        }
    }
    Ok(())
}

async fn members<C: ConnectionTrait>(db: &C, rooms: &[RoomId]) -> StoreResult<HashMap<RoomId, u64>> {
    use memberships::Column as Member;
    let rooms: Vec<i64> = rooms.iter().map(|room| room.0).collect();
    let select = Query::select()
        .column(Member::RoomId)
        .expr_as(Func::count(Expr::col(Member::UserId)), "n")
        .from(memberships::Entity)
        .and_where(one_of_ids(Expr::col(Member::RoomId), &rooms))
        .group_by_col(Member::RoomId)
        .take();
    let counts =
        all(db, &select, |row| Ok((RoomId(row.try_get("", "room_id").map_err(failed)?), number(row, "n")?))).await?;
    Ok(counts.into_iter().collect())
}

/// When the newest undeleted message of the room `r` was sent. Read from the end of the room in `uq_messages_seq` (or
/// `ix_messages_live`, when many are deleted), so that it does not matter how many messages there are.
pub(super) fn newest_message() -> SelectStatement {
    use messages::Column as Message;
    Query::select()
        .column(("m", Message::CreatedAt))
        .from_as(messages::Entity, "m")
        .and_where(Expr::col(("m", Message::RoomId)).equals(("r", Column::Id)))
        .and_where(Expr::col(("m", Message::DeletedAt)).is_null())
        .order_by(("m", Message::Seq), Order::Desc)
        .limit(1)
        .take()
}

async fn last_messages<C: ConnectionTrait>(db: &C, rooms: &[RoomId]) -> StoreResult<HashMap<RoomId, Timestamp>> {
    let rooms: Vec<i64> = rooms.iter().map(|room| room.0).collect();
    let select = Query::select()
        .expr_as(Expr::col(("r", Column::Id)), "room_id")
        .expr_as(Expr::from(newest_message()), "sent_at")
        .from_as(Entity, "r")
        .and_where(one_of_ids(Expr::col(("r", Column::Id)), &rooms))
        .take();
    let found = all(db, &select, |row| {
        let room: i64 = row.try_get("", "room_id").map_err(failed)?;
        let sent_at: Option<i64> = row.try_get("", "sent_at").map_err(failed)?;
        let sent_at = Row { table: "messages", id: &format!("newest of room {room}") }.moment_if(sent_at)?;
        Ok(sent_at.map(|at| (RoomId(room), at)))
    })
    .await?;
    Ok(found.into_iter().flatten().collect())
}
