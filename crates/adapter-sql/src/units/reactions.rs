use std::collections::HashMap;

use async_trait::async_trait;
use hallway_domain::ports::{ReactionRepository, StoreResult};
use hallway_domain::{Emoji, MessageId, ReactionGroup, Timestamp, UserId, UserRef};
use sea_orm::sea_query::{Expr, ExprTrait, Query};

use super::SqlUnit;
use crate::convert::micros;
use crate::entities::reactions::{Column, Entity};
use crate::errors::failed;
use crate::queries::reactions::fill_groups;
use crate::statement::{all, insert_one};

#[async_trait]
impl ReactionRepository for SqlUnit {
    async fn add(&mut self, message: MessageId, user: &UserRef, emoji: &Emoji, at: Timestamp) -> StoreResult<bool> {
        let insert = insert_one::<Entity, _>([
            (Column::MessageId, message.0.into()),
            (Column::UserId, user.id.0.into()),
            (Column::Emoji, emoji.as_str().into()),
            (Column::CreatedAt, micros(at).into()),
        ]);
        self.changed(&insert).await
    }

    async fn remove(&mut self, message: MessageId, user: UserId, emoji: &Emoji) -> StoreResult<bool> {
        let delete = Query::delete()
            .from_table(Entity)
            .and_where(Expr::col(Column::MessageId).eq(message.0))
            .and_where(Expr::col(Column::UserId).eq(user.0))
            .and_where(Expr::col(Column::Emoji).eq(emoji.as_str()))
            .take();
        self.changed(&delete).await
    }

    async fn of(&mut self, message: MessageId) -> StoreResult<Vec<ReactionGroup>> {
        let mut groups = Vec::new();
        fill_groups(&self.transaction, HashMap::from([(message, &mut groups)]), Some(ReactionGroup::MOST)).await?;
        Ok(groups)
    }

    async fn emojis(&mut self, message: MessageId) -> StoreResult<Vec<Emoji>> {
        let select = Query::select()
            .distinct()
            .column(Column::Emoji)
            .from(Entity)
            .and_where(Expr::col(Column::MessageId).eq(message.0))
            .take();
        all(&self.transaction, &select, |row| Ok(Emoji::from_stored(row.try_get("", "emoji").map_err(failed)?))).await
    }
}
