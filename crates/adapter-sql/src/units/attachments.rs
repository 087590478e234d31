use std::collections::BTreeSet;

use async_trait::async_trait;
use hallway_domain::ports::{AttachmentRepository, StoreError, StoreResult};
use hallway_domain::{
    Attachment, AttachmentId, BlobHash, BlobKey, Claim, MessageId, NewAttachment, StoredAttachment, Timestamp, UserId,
};
use sea_orm::ConnectionTrait;
use sea_orm::sea_query::{CaseStatement, Expr, ExprTrait, LockType, OnConflict, Order, Query};

use super::SqlUnit;
use crate::batch::{capacity, one_of_ids, padded};
use crate::convert::{blob_key, micros};
use crate::entities::attachments::{Column, Entity};
use crate::entities::{blob_graves, blobs, users};
use crate::errors::failed;
use crate::queries::attachments::{bytes_of, read_stored, stored};
use crate::statement::{all, insert_one};

/// Counts and sizes beyond this are nobody's.
fn signed(size: u64) -> i64 {
    i64::try_from(size).unwrap_or(i64::MAX)
}

#[async_trait]
impl AttachmentRepository for SqlUnit {
    async fn reserve(&mut self, hash: &BlobHash, size: u64, at: Timestamp) -> StoreResult<BlobKey> {
        let mut insert = insert_one::<blobs::Entity, _>([
            (blobs::Column::Hash, hash.to_string().into()),
            (blobs::Column::Size, signed(size).into()),
            (blobs::Column::TouchedAt, micros(at).into()),
        ]);
        let touch = OnConflict::column(blobs::Column::Hash).update_column(blobs::Column::TouchedAt).to_owned();
        insert.on_conflict(touch).returning_col(blobs::Column::Id);
        let row = self.transaction.query_one(&insert).await.map_err(failed)?;
        let row = row.ok_or_else(|| StoreError::Internal("a blob was not reserved".to_owned()))?;
        blob_key(row.try_get("", "id").map_err(failed)?, &hash.to_string())
    }

    async fn used(&mut self, owner: UserId) -> StoreResult<u64> {
        let turn = Query::select()
            .column(users::Column::Id)
            .from(users::Entity)
            .and_where(Expr::col(users::Column::Id).eq(owner.0))
            .lock(LockType::NoKeyUpdate)
            .take();
        all(&self.transaction, &turn, |_| Ok(())).await?;
        bytes_of(&self.transaction, owner).await
    }

    async fn insert(&mut self, new: NewAttachment) -> StoreResult<Option<Attachment>> {
        let NewAttachment { owner, name, content_type, size, picture, blob, thumbnail, created_at } = new;
        let keys: BTreeSet<i64> = [Some(blob), thumbnail].into_iter().flatten().map(|key| key.id.0).collect();
        let ids: Vec<i64> = keys.iter().copied().collect();
        // Held, so that the collection passes them over until they have their file.
        let present = Query::select()
            .column(blobs::Column::Id)
            .from(blobs::Entity)
            .and_where(one_of_ids(Expr::col(blobs::Column::Id), &ids))
            .order_by(blobs::Column::Id, Order::Asc)
            .lock(LockType::KeyShare)
            .take();
        if all(&self.transaction, &present, |_| Ok(())).await?.len() < keys.len() {
            return Ok(None);
        }
        let side = |side: u32| i32::try_from(side).unwrap_or(i32::MAX);
        let mut insert = insert_one::<Entity, _>([
            (Column::OwnerId, owner.0.into()),
            (Column::Position, 0_i32.into()),
            (Column::BlobId, blob.id.0.into()),
            (Column::ThumbnailId, thumbnail.map(|key| key.id.0).into()),
            (Column::Name, name.as_str().into()),
            (Column::ContentType, content_type.as_str().into()),
            (Column::Size, signed(size).into()),
            (Column::Width, picture.as_ref().map(|picture| side(picture.width)).into()),
            (Column::Height, picture.as_ref().map(|picture| side(picture.height)).into()),
            (Column::Blurhash, picture.as_ref().map(|picture| picture.blurhash.clone()).into()),
            (Column::CreatedAt, micros(created_at).into()),
        ]);
        insert.returning_col(Column::Id);
        let row = self.transaction.query_one(&insert).await.map_err(failed)?;
        let row = row.ok_or_else(|| StoreError::Internal("a file was not stored".to_owned()))?;
        Ok(Some(Attachment {
            id: AttachmentId(row.try_get("", "id").map_err(failed)?),
            name,
            content_type,
            size,
            picture,
            has_thumbnail: thumbnail.is_some(),
            created_at,
        }))
    }

    async fn lock(&mut self, ids: &[AttachmentId]) -> StoreResult<Vec<StoredAttachment>> {
        let ids: Vec<i64> = ids.iter().map(|id| id.0).collect::<BTreeSet<_>>().into_iter().collect();
        let mut found = Vec::with_capacity(ids.len());
        for ids in ids.chunks(capacity(1)) {
            let mut select = stored();
            select
                .and_where(one_of_ids(Expr::col(("f", Column::Id)), ids))
                .order_by(("f", Column::Id), Order::Asc)
                .lock_with_tables(LockType::Update, ["f"]);
            found.extend(all(&self.transaction, &select, read_stored).await?);
        }
        Ok(found)
    }

    async fn claim(&mut self, claims: &[Claim]) -> StoreResult<()> {
        // Each needs its id four times, and three values.
        for claims in claims.chunks(capacity(7)) {
            let claims = padded(claims, capacity(7));
            let (mut room, mut message, mut position) =
                (CaseStatement::new(), CaseStatement::new(), CaseStatement::new());
            for claim in &claims {
                let is = || Expr::col(Column::Id).eq(claim.attachment.0);
                room = room.case(is(), claim.place.room.0);
                message = message.case(is(), claim.place.message.0);
                position = position.case(is(), i32::from(claim.position));
            }
            let update = Query::update()
                .table(Entity)
                .value(Column::RoomId, room.finally(Expr::col(Column::RoomId)))
                .value(Column::MessageId, message.finally(Expr::col(Column::MessageId)))
                .value(Column::Position, position.finally(Expr::col(Column::Position)))
                .and_where(Expr::col(Column::Id).is_in(claims.iter().map(|claim| claim.attachment.0)))
                .take();
            self.execute(&update).await?;
        }
        Ok(())
    }

    async fn discard(&mut self, id: AttachmentId, owner: UserId) -> StoreResult<bool> {
        let delete = Query::delete()
            .from_table(Entity)
            .and_where(Expr::col(Column::Id).eq(id.0))
            .and_where(Expr::col(Column::OwnerId).eq(owner.0))
            .and_where(Expr::col(Column::MessageId).is_null())
            .take();
        self.changed(&delete).await
    }

    async fn detach(&mut self, message: MessageId) -> StoreResult<u64> {
        let delete = Query::delete().from_table(Entity).and_where(Expr::col(Column::MessageId).eq(message.0)).take();
        self.execute(&delete).await
    }

    async fn expire(&mut self, before: Timestamp, limit: u32) -> StoreResult<u64> {
        let old = Query::select()
            .column(Column::Id)
            .from(Entity)
            .and_where(Expr::col(Column::MessageId).is_null())
            .and_where(Expr::col(Column::CreatedAt).lt(micros(before)))
            .order_by(Column::CreatedAt, Order::Asc)
            .limit(u64::from(limit))
            .take();
        // Asked again of the row itself: it may be given to a message right now.
        let delete = Query::delete()
            .from_table(Entity)
            .and_where(Expr::col(Column::Id).in_subquery(old))
            .and_where(Expr::col(Column::MessageId).is_null())
            .take();
        self.execute(&delete).await
    }

    async fn bury(&mut self, before: Timestamp, limit: u32) -> StoreResult<u64> {
        self.bury_unused(before, limit).await
    }

    async fn buried(&mut self, limit: u32) -> StoreResult<Vec<BlobKey>> {
        let select = Query::select()
            .columns([blob_graves::Column::Id, blob_graves::Column::Hash])
            .from(blob_graves::Entity)
            .order_by(blob_graves::Column::Id, Order::Asc)
            .limit(u64::from(limit))
            .take();
        all(&self.transaction, &select, |row| {
            let hash: String = row.try_get("", "hash").map_err(failed)?;
            blob_key(row.try_get("", "id").map_err(failed)?, &hash)
        })
        .await
    }

    async fn forget(&mut self, blobs: &[BlobKey]) -> StoreResult<()> {
        let ids: Vec<i64> = blobs.iter().map(|key| key.id.0).collect();
        for ids in ids.chunks(capacity(1)) {
            let delete = Query::delete()
                .from_table(blob_graves::Entity)
                .and_where(one_of_ids(Expr::col(blob_graves::Column::Id), ids))
                .take();
            self.execute(&delete).await?;
        }
        Ok(())
    }
}
