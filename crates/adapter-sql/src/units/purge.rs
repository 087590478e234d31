//! Removing what somebody wrote, all at once.

use hallway_domain::ports::{PurgeMessages, StoreResult};
use hallway_domain::{MessageId, Seq};
use sea_orm::sea_query::{Expr, ExprTrait, Order, Query};

use super::SqlUnit;
use crate::batch::{capacity, one_of_ids};
use crate::convert::micros;
use crate::entities::{attachments, mentions, message_search, messages, pins};
use crate::errors::failed;
use crate::statement::{all, update};

impl SqlUnit {
    pub(super) async fn purge_messages(&self, purge: &PurgeMessages) -> StoreResult<Vec<(MessageId, Seq)>> {
        use messages::Column;
        let limit = Ord::min(u64::from(purge.limit), capacity(1) as u64);
        let own = Query::select()
            .columns([Column::Id, Column::Seq])
            .from(messages::Entity)
            .and_where(Expr::col(Column::RoomId).eq(purge.room.0))
            .and_where(Expr::col(Column::AuthorId).eq(purge.author.0))
            .and_where(Expr::col(Column::CreatedAt).gte(micros(purge.since)))
            .and_where(Expr::col(Column::DeletedAt).is_null())
            .order_by(Column::Seq, Order::Desc)
            .limit(limit)
            .take();
        let gone = all(&self.transaction, &own, |row| {
            let number = |column| row.try_get::<i64>("", column).map_err(failed);
            Ok((MessageId(number("id")?), Seq(number("seq")?)))
        })
        .await?;
        if gone.is_empty() {
            return Ok(gone);
        }
        let ids: Vec<i64> = gone.iter().map(|(message, _)| message.0).collect();
        let mut tombstones =
            update::<messages::Entity, _>([(Column::Body, "".into()), (Column::DeletedAt, micros(purge.at).into())]);
        self.execute(tombstones.and_where(one_of_ids(Expr::col(Column::Id), &ids))).await?;
        self.delete_of::<message_search::Entity>(message_search::Column::MessageId, &ids).await?;
        self.delete_of::<attachments::Entity>(attachments::Column::MessageId, &ids).await?;
        self.delete_of::<mentions::Entity>(mentions::Column::MessageId, &ids).await?;
        self.delete_of::<pins::Entity>(pins::Column::MessageId, &ids).await?;
        Ok(gone)
    }
}
