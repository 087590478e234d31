//! The list of rooms that one user sees.

use std::collections::HashMap;

use hallway_domain::ports::{RoomFilter, RoomSummary, StoreResult};
use hallway_domain::{Page, PageRequest, RoomId, RoomKind, Timestamp, UserId};
use sea_orm::ConnectionTrait;
use sea_orm::sea_query::{Asterisk, Expr, ExprTrait, Func, JoinType, Query, SelectStatement};

use super::rooms::unread;
use super::sanctions::{bans, in_force};
use crate::batch::one_of_ids;
use crate::convert::{self, room_kind};
use crate::entities::rooms::{Column, Entity};
use crate::entities::{memberships, users};
use crate::errors::failed;
use crate::search::contains;
use crate::statement::{add_columns, all, count, model, number, order, page as part};

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
        let own = Expr::col(("p", Member::RoomId))
            .equals(("r", Column::Id))
            .and(Expr::col(("p", Member::UserId)).eq(self.user.0));
        let mut select = Query::select();
        select
            .from_as(Entity, "r")
            // The one who looks, so that bans can be told by columns.
            .join_as(JoinType::InnerJoin, users::Entity, "u", Expr::col(("u", users::Column::Id)).eq(self.user.0))
            .join_as(JoinType::LeftJoin, memberships::Entity, "p", own)
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

pub(crate) async fn list<C: ConnectionTrait>(
    db: &C,
    seen: &Seen<'_>,
    page: PageRequest,
) -> StoreResult<Page<RoomSummary>> {
    let Some(mut items) = seen.rooms() else { return Ok(Page { items: Vec::new(), total: 0 }) };
    let total = items.clone().expr_as(Func::count(Expr::col(Asterisk)), "n").take();
    add_columns::<Entity>(&mut items, "r");
    add_columns::<memberships::Entity>(&mut items, "p");
    items.order_by(("r", Column::CreatedAt), order(page)).order_by(("r", Column::Id), order(page));
    part(&mut items, page);
    let mut rooms = all(db, &items, |row| {
        let member: Option<i64> = row.try_get("p_", "room_id").map_err(failed)?;
        let membership = member.map(|_| convert::membership(model(row, "p")?)).transpose()?;
        Ok(RoomSummary { room: convert::room(model(row, "r")?)?, membership, members: 0, unread: 0 })
    })
    .await?;
    let total = count(db, &total).await?;
    let ids: Vec<RoomId> = rooms.iter().map(|summary| summary.room.id).collect();
    if !ids.is_empty() {
        let members = members(db, &ids).await?;
        let unread: HashMap<_, _> =
            unread(db, seen.user, &ids).await?.into_iter().map(|n| (n.room, n.messages)).collect();
        for summary in &mut rooms {
            summary.members = members.get(&summary.room.id).copied().unwrap_or(0);
            summary.unread = unread.get(&summary.room.id).copied().unwrap_or(0);
        }
    }
    Ok(Page { items: rooms, total })
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
