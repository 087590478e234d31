//! Leaving nothing of an account behind but places in logs.

use hallway_domain::ports::{Erased, StoreResult};
use hallway_domain::{MessageId, RoomId, Seq, Timestamp, UserId};
use sea_orm::EntityTrait;
use sea_orm::sea_query::{Expr, ExprTrait, Order, Query};

use super::SqlUnit;
use crate::batch::{capacity, one_of_ids};
use crate::convert::micros;
use crate::entities::{attachments, audit_log, mentions, message_search, messages, pins, users};
use crate::errors::failed;
use crate::statement::{all, update};

impl SqlUnit {
    pub(super) async fn make_nobodys(
        &self,
        room: RoomId,
        user: UserId,
        at: Timestamp,
        limit: u32,
    ) -> StoreResult<Vec<Erased>> {
        use messages::Column;
        let limit = Ord::min(u64::from(limit), capacity(1) as u64);
        let own = Query::select()
            .expr_as(Expr::col(("m", Column::Id)), "id")
            .expr_as(Expr::col(("m", Column::Seq)), "seq")
            .expr_as(Expr::col(("m", Column::DeletedAt)), "deleted_at")
            .from_as(messages::Entity, "m")
            .and_where(Expr::col(("m", Column::RoomId)).eq(room.0))
            .and_where(Expr::col(("m", Column::AuthorId)).eq(user.0))
            .order_by(("m", Column::Seq), Order::Asc)
            .limit(limit)
            .take();
        let erased = all(&self.transaction, &own, |row| {
            let deleted: Option<i64> = row.try_get("", "deleted_at").map_err(failed)?;
            let message = MessageId(row.try_get("", "id").map_err(failed)?);
            let seq = Seq(row.try_get("", "seq").map_err(failed)?);
            Ok(Erased { message, seq, was_shown: deleted.is_none() })
        })
        .await?;
        if erased.is_empty() {
            return Ok(erased);
        }
        let ids: Vec<i64> = erased.iter().map(|erased| erased.message.0).collect();
        let mut tombstones = update::<messages::Entity, _>([
            (Column::Body, "".into()),
            (Column::AuthorId, None::<i64>.into()),
            (Column::ClientId, None::<sea_orm::prelude::Uuid>.into()),
            (Column::EditedAt, None::<i64>.into()),
        ]);
        let deleted = sea_orm::sea_query::Func::coalesce([Expr::col(Column::DeletedAt), Expr::val(micros(at))]);
        tombstones.value(Column::DeletedAt, deleted).and_where(one_of_ids(Expr::col(Column::Id), &ids));
        self.execute(&tombstones).await?;
        self.delete_of::<message_search::Entity>(message_search::Column::MessageId, &ids).await?;
        self.delete_of::<attachments::Entity>(attachments::Column::MessageId, &ids).await?;
        self.delete_of::<mentions::Entity>(mentions::Column::MessageId, &ids).await?;
        self.delete_of::<pins::Entity>(pins::Column::MessageId, &ids).await?;
        Ok(erased)
    }

    pub(super) async fn forget_user(&self, user: UserId) -> StoreResult<()> {
        let mentioned = Query::delete()
            .from_table(mentions::Entity)
            .and_where(
                Expr::col(mentions::Column::UserId).eq(user.0).or(Expr::col(mentions::Column::AuthorId).eq(user.0)),
            )
            .take();
        self.execute(&mentioned).await?;
        let mut words = update::<audit_log::Entity, _>([
            (audit_log::Column::Reason, None::<String>.into()),
            (audit_log::Column::Details, None::<String>.into()),
        ]);
        words.and_where(
            Expr::col(audit_log::Column::ActorId).eq(user.0).or(Expr::col(audit_log::Column::TargetId).eq(user.0)),
        );
        self.execute(&words).await?;
        // Sessions, memberships, sanctions, reactions, files and blocks go with it.
        let account =
            Query::delete().from_table(users::Entity).and_where(Expr::col(users::Column::Id).eq(user.0)).take();
        self.execute(&account).await.map(drop)
    }

    /// Removes the rows of a table that belong to these messages.
    pub(super) async fn delete_of<E: EntityTrait + Default>(
        &self,
        column: E::Column,
        messages: &[i64],
    ) -> StoreResult<()> {
        let delete = Query::delete().from_table(E::default()).and_where(one_of_ids(Expr::col(column), messages)).take();
        self.execute(&delete).await.map(drop)
    }
}
