//! Giving up blobs that nothing refers to.

use hallway_domain::Timestamp;
use hallway_domain::ports::StoreResult;
use sea_orm::sea_query::{
    Condition, Expr, ExprTrait, LockBehavior, LockType, OnConflict, Order, Query, SelectStatement,
};

use super::SqlUnit;
use crate::batch::one_of_ids;
use crate::convert::micros;
use crate::entities::{attachments, blob_graves, blobs};
use crate::errors::failed;
use crate::statement::{all, insert};

/// Blobs `b` that no file has.
fn unused() -> SelectStatement {
    let file = Query::select()
        .expr(Expr::val(1))
        .from_as(attachments::Entity, "f")
        .cond_where(
            Condition::any()
                .add(Expr::col(("f", attachments::Column::BlobId)).equals(("b", blobs::Column::Id)))
                .add(Expr::col(("f", attachments::Column::ThumbnailId)).equals(("b", blobs::Column::Id))),
        )
        .take();
    Query::select()
        .column(("b", blobs::Column::Id))
        .column(("b", blobs::Column::Hash))
        .from_as(blobs::Entity, "b")
        .and_where(Expr::exists(file).not())
        .order_by(("b", blobs::Column::Id), Order::Asc)
        .take()
}

impl SqlUnit {
    pub(super) async fn bury_unused(&self, before: Timestamp, limit: u32) -> StoreResult<u64> {
        // Locked first: from then on no file can get them. One that is getting its file right now is passed over.
        let mut candidates = unused();
        candidates
            .and_where(Expr::col(("b", blobs::Column::TouchedAt)).lt(micros(before)))
            .limit(u64::from(limit))
            .lock_with_tables_behavior(LockType::Update, ["b"], LockBehavior::SkipLocked);
        let id = |row: &sea_orm::QueryResult| row.try_get::<i64>("", "id").map_err(failed);
        let locked = all(&self.transaction, &candidates, id).await?;
        if locked.is_empty() {
            return Ok(0);
        }
        // Asked again under the locks: a file that was committed while they were taken is seen only now.
        let mut still = unused();
        still.and_where(one_of_ids(Expr::col(("b", blobs::Column::Id)), &locked));
        let given_up =
            all(&self.transaction, &still, |row| Ok((id(row)?, row.try_get::<String>("", "hash").map_err(failed)?)))
                .await?;
        if given_up.is_empty() {
            return Ok(0);
        }
        let mut graves = insert::<blob_graves::Entity>(&[blob_graves::Column::Id, blob_graves::Column::Hash]);
        for (id, hash) in &given_up {
            graves.values_panic([Expr::val(*id), Expr::val(hash.as_str())]);
        }
        graves.on_conflict(OnConflict::new().do_nothing().to_owned());
        self.execute(&graves).await?;
        let ids: Vec<i64> = given_up.iter().map(|(id, _)| *id).collect();
        let delete =
            Query::delete().from_table(blobs::Entity).and_where(one_of_ids(Expr::col(blobs::Column::Id), &ids)).take();
        self.execute(&delete).await
    }
}
