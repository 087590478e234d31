//! Clearing away what nobody has any more.

use hallway_domain::BlobKey;

use super::Attachments;
use crate::Result;
use crate::unit::{self, Attempt, Unit};

/// Rows in one transaction.
const ROWS: u32 = 500;

/// What one round cleared away.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Collected {
    /// Uploads that no message wanted.
    pub uploads: u64,
    /// Files that were removed from where they are kept.
    pub blobs: u64,
}

impl Attachments<'_> {
    /// Removes uploads that waited too long for their message, and blobs that no file has had for a while.
    ///
    /// A blob is given up in one transaction, by taking its row away; from then on nobody can get it, and the same
    /// content gets another key. Only then is it removed from where it is kept, and forgotten last: whenever this ends
    /// in the middle, the next round goes on.
    pub async fn collect(&self) -> Result<Collected> {
        let ports = self.ports()?;
        let mut collected = Collected { uploads: unit::run(|| self.expire()).await?, blobs: 0 };
        unit::run(|| self.bury()).await?;
        loop {
            let keys = unit::run(|| self.buried()).await?;
            if keys.is_empty() {
                return Ok(collected);
            }
            for key in &keys {
                ports.blobs.delete(key).await?;
            }
            unit::run(|| self.forget(&keys)).await?;
            collected.blobs += keys.len() as u64;
        }
    }

    async fn expire(&self) -> Attempt<u64> {
        let before = self.context.now() - self.settings().pending_ttl;
        let mut unit = Unit::begin(self.context).await?;
        let expired = unit.work.attachments().expire(before, ROWS).await?;
        unit.commit().await?;
        Ok(expired)
    }

    async fn bury(&self) -> Attempt<u64> {
        let before = self.context.now() - self.settings().grace;
        let mut unit = Unit::begin(self.context).await?;
        let buried = unit.work.attachments().bury(before, ROWS).await?;
        unit.commit().await?;
        Ok(buried)
    }

    async fn buried(&self) -> Attempt<Vec<BlobKey>> {
        let mut unit = Unit::begin(self.context).await?;
        Ok(unit.work.attachments().buried(ROWS).await?)
    }

    async fn forget(&self, keys: &[BlobKey]) -> Attempt<()> {
        let mut unit = Unit::begin(self.context).await?;
        unit.work.attachments().forget(keys).await?;
        unit.commit().await
    }
}
