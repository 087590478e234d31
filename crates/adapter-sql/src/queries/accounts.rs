//! What belongs to accounts, and what administrators see of them.

use async_trait::async_trait;
use hallway_domain::ports::{AccountFilter, AccountQueries, StoreResult};
use hallway_domain::{
    Attachment, BlockView, DirectKey, Disconnect, Membership, MessageId, OwnDeed, OwnMessage, OwnPlace, OwnReaction,
    Page, PageRequest, RoomId, SessionId, Timestamp, User, UserId, UserRef, Username,
};
use sea_orm::sea_query::{Asterisk, Expr, ExprTrait, Func, JoinType, Order, Query};
use sea_orm::{EntityTrait, QueryResult};

use super::{SqlQueries, own, sessions};
use crate::batch::{capacity, one_of_ids};
use crate::convert::{self, Row};
use crate::entities::{blocks, erasures, memberships, messages, users};
use crate::errors::failed;
use crate::search::contains;
use crate::statement::{all, count, model, order, page as part, select};

fn id(row: &QueryResult) -> StoreResult<i64> {
    row.try_get("", "id").map_err(failed)
}

#[async_trait]
impl AccountQueries for SqlQueries {
    async fn accounts(&self, filter: &AccountFilter, page: PageRequest) -> StoreResult<Page<User>> {
        use users::{Column, Entity};
        let mut condition = match filter.disabled {
            Some(disabled) => Expr::col(("u", Column::Disabled)).eq(disabled),
            None => Expr::col(("u", Column::Id)).gt(0),
        };
        if let Some(text) = &filter.text {
            let Some(found) = contains(Expr::col(("u", Column::Search)), text) else {
                return Ok(Page { items: Vec::new(), total: 0 });
            };
            condition = condition.and(found);
        }
        let mut items = select::<Entity>("u");
        items.and_where(condition.clone()).order_by(("u", Column::Id), order(page));
        part(&mut items, page);
        let items = all(&self.db, &items, |row| convert::user(model(row, "u")?)).await?;
        let total = Query::select()
            .expr_as(Func::count(Expr::col(Asterisk)), "n")
            .from_as(Entity, "u")
            .and_where(condition)
            .take();
        Ok(Page { items, total: count(&self.db, &total).await? })
    }

    async fn blocks_of(&self, user: UserId, page: PageRequest) -> StoreResult<Page<BlockView>> {
        use blocks::{Column, Entity};
        let its_user = Expr::col(("u", users::Column::Id)).equals(("b", Column::BlockedId));
        let mut items = Query::select();
        items
            .expr_as(Expr::col(("u", users::Column::Id)), "id")
            .expr_as(Expr::col(("u", users::Column::Username)), "username")
            .expr_as(Expr::col(("b", Column::CreatedAt)), "created_at")
            .from_as(Entity, "b")
            .join_as(JoinType::InnerJoin, users::Entity, "u", its_user)
            .and_where(Expr::col(("b", Column::UserId)).eq(user.0))
            .order_by(("b", Column::CreatedAt), Order::Desc)
            .order_by(("b", Column::BlockedId), Order::Desc);
        part(&mut items, page);
        let items = all(&self.db, &items, |row| {
            let (blocked, username): (i64, String) = (id(row)?, row.try_get("", "username").map_err(failed)?);
            let since = Row { table: "blocks", id: &blocked }.moment(row.try_get("", "created_at").map_err(failed)?)?;
            Ok(BlockView { user: UserRef { id: UserId(blocked), username: Username::from_stored(username) }, since })
        })
        .await?;
        let total = Query::select()
            .expr_as(Func::count(Expr::col(Asterisk)), "n")
            .from(Entity)
            .and_where(Expr::col(Column::UserId).eq(user.0))
            .take();
        Ok(Page { items, total: count(&self.db, &total).await? })
    }

    async fn is_blocked(&self, key: DirectKey) -> StoreResult<bool> {
        let (low, high) = key.both();
        Ok(!self.blocked_among(low, &[high]).await?.is_empty())
    }

    async fn blocked_among(&self, user: UserId, others: &[UserId]) -> StoreResult<Vec<UserId>> {
        use blocks::{Column, Entity};
        let others: Vec<i64> = others.iter().map(|other| other.0).collect();
        let mut found = Vec::new();
        for others in others.chunks(capacity(2)) {
            for (own, other) in [(Column::UserId, Column::BlockedId), (Column::BlockedId, Column::UserId)] {
                let select = Query::select()
                    .expr_as(Expr::col(other), "id")
                    .from(Entity)
                    .and_where(Expr::col(own).eq(user.0))
                    .and_where(one_of_ids(Expr::col(other), others))
                    .take();
                found.extend(all(&self.db, &select, |row| id(row).map(UserId)).await?);
            }
        }
        found.sort_unstable();
        found.dedup();
        Ok(found)
    }

    async fn ended_sessions(&self, since: Timestamp, limit: u32) -> StoreResult<Vec<(SessionId, Disconnect)>> {
        sessions::ended(&self.db, since, limit).await
    }

    async fn erasures(&self, limit: u32) -> StoreResult<Vec<UserId>> {
        use erasures::{Column, Entity};
        let select = Query::select()
            .expr_as(Expr::col(Column::UserId), "id")
            .from(Entity)
            .order_by(Column::UserId, Order::Asc)
            .limit(u64::from(limit))
            .take();
        all(&self.db, &select, |row| id(row).map(UserId)).await
    }

    async fn rooms_with(&self, user: UserId, limit: u32) -> StoreResult<Vec<RoomId>> {
        use memberships::Column as Member;
        use messages::Column as Message;
        let member = self.rooms_where::<memberships::Entity>((Member::UserId, Member::RoomId), user, limit);
        let author = self.rooms_where::<messages::Entity>((Message::AuthorId, Message::RoomId), user, limit);
        let mut rooms = member.await?;
        rooms.extend(author.await?);
        rooms.sort_unstable();
        rooms.dedup();
        rooms.truncate(limit as usize);
        Ok(rooms)
    }

    async fn own_memberships(
        &self,
        user: UserId,
        after: RoomId,
        limit: u32,
    ) -> StoreResult<Vec<(OwnPlace, Membership)>> {
        own::memberships(&self.db, user, after, limit).await
    }

    async fn own_messages(&self, user: UserId, after: MessageId, limit: u32) -> StoreResult<Vec<OwnMessage>> {
        own::messages(&self.db, user, after, limit).await
    }

    async fn own_reactions(&self, user: UserId, after: i64, limit: u32) -> StoreResult<Vec<OwnReaction>> {
        own::reactions(&self.db, user, after, limit).await
    }

    async fn own_files(
        &self,
        user: UserId,
        after: i64,
        limit: u32,
    ) -> StoreResult<Vec<(Attachment, Option<MessageId>)>> {
        own::files(&self.db, user, after, limit).await
    }

    async fn own_deeds(&self, user: UserId, after: i64, limit: u32) -> StoreResult<Vec<OwnDeed>> {
        own::deeds(&self.db, user, after, limit).await
    }
}

impl SqlQueries {
    async fn rooms_where<E: EntityTrait + Default>(
        &self,
        (user_column, room_column): (E::Column, E::Column),
        user: UserId,
        limit: u32,
    ) -> StoreResult<Vec<RoomId>> {
        let select = Query::select()
            .distinct()
            .expr_as(Expr::col(room_column), "id")
            .from(E::default())
            .and_where(Expr::col(user_column).eq(user.0))
            .order_by(room_column, Order::Asc)
            .limit(u64::from(limit))
            .take();
        all(&self.db, &select, |row| id(row).map(RoomId)).await
    }
}
