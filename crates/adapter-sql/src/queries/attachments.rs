//! Files of many messages at once, and single ones.

use std::collections::HashMap;

use hallway_domain::ports::StoreResult;
use hallway_domain::{AttachmentId, MessageId, MessageView, StoredAttachment, UserId};
use sea_orm::sea_query::{Expr, ExprTrait, Func, JoinType, Order, Query, SelectStatement};
use sea_orm::{ConnectionTrait, QueryResult};

use crate::batch::{capacity, one_of_ids};
use crate::convert;
use crate::entities::attachments::{Column, Entity, Model};
use crate::entities::blobs;
use crate::errors::failed;
use crate::statement::{all, model, number, one, select};

/// Gives each message its files, in order: one statement for all.
pub(crate) async fn fill<'a, C: ConnectionTrait>(
    db: &C,
    views: impl IntoIterator<Item = &'a mut MessageView>,
) -> StoreResult<()> {
    let mut views: HashMap<MessageId, &mut MessageView> =
        views.into_iter().filter(|view| !view.message.is_deleted()).map(|view| (view.message.id, view)).collect();
    let ids: Vec<i64> = views.keys().map(|id| id.0).collect();
    for ids in ids.chunks(capacity(1)) {
        let mut files = select::<Entity>("f");
        files
            .and_where(one_of_ids(Expr::col(("f", Column::MessageId)), ids))
            .order_by(("f", Column::MessageId), Order::Asc)
            .order_by(("f", Column::Position), Order::Asc)
            .order_by(("f", Column::Id), Order::Asc);
        let found = all(db, &files, |row| {
            let row: Model = model(row, "f")?;
            Ok((row.message_id, convert::attachment(row)?))
        });
        for (message, attachment) in found.await? {
            if let Some(view) = message.and_then(|message| views.get_mut(&MessageId(message))) {
                view.attachments.push(attachment);
            }
        }
    }
    Ok(())
}

/// Files `f` with the hashes of their blobs.
pub(crate) fn stored() -> SelectStatement {
    let mut select = select::<Entity>("f");
    let blob = Expr::col(("b", blobs::Column::Id)).equals(("f", Column::BlobId));
    let thumbnail = Expr::col(("t", blobs::Column::Id)).equals(("f", Column::ThumbnailId));
    select
        .expr_as(Expr::col(("b", blobs::Column::Hash)), "blob_hash")
        .expr_as(Expr::col(("t", blobs::Column::Hash)), "thumbnail_hash")
        .join_as(JoinType::InnerJoin, blobs::Entity, "b", blob)
        .join_as(JoinType::LeftJoin, blobs::Entity, "t", thumbnail);
    select
}

pub(crate) fn read_stored(row: &QueryResult) -> StoreResult<StoredAttachment> {
    let hash: String = row.try_get("", "blob_hash").map_err(failed)?;
    let thumbnail: Option<String> = row.try_get("", "thumbnail_hash").map_err(failed)?;
    convert::stored_attachment(model(row, "f")?, &hash, thumbnail.as_deref())
}

pub(crate) async fn by_id<C: ConnectionTrait>(db: &C, id: AttachmentId) -> StoreResult<Option<StoredAttachment>> {
    let mut select = stored();
    select.and_where(Expr::col(("f", Column::Id)).eq(id.0));
    one(db, &select, read_stored).await
}

pub(crate) async fn bytes_of<C: ConnectionTrait>(db: &C, owner: UserId) -> StoreResult<u64> {
    // PostgreSQL adds 64-bit numbers up to a decimal.
    let sum = Func::coalesce([Func::sum(Expr::col(Column::Size)).into(), Expr::val(0)]);
    let select = Query::select()
        .expr_as(Expr::expr(sum).cast_as("bigint"), "n")
        .from(Entity)
        .and_where(Expr::col(Column::OwnerId).eq(owner.0))
        .take();
    Ok(one(db, &select, |row| number(row, "n")).await?.unwrap_or(0))
}
