//! Not wanting to hear from somebody.

use hallway_domain::policy::Denied;
use hallway_domain::{Actor, BlockView, DirectKey, Page, PageRequest, UserId};

use super::Accounts;
use crate::calls::Cut;
use crate::unit::{self, Attempt, Unit};
use crate::{Conflict, Missing, Result};

impl Accounts<'_> {
    /// From now on neither of the two can write to the other directly, and neither is told why. It may be so already.
    pub async fn block(&self, actor: &Actor, user: UserId) -> Result<()> {
        self.context.throttle_chat(actor.id()).await?;
        if user == actor.id() {
            return Err(Denied::NotPermitted.into());
        }
        let own = self.blocks(actor, PageRequest::first(1)).await?.total;
        if own >= u64::from(self.context.settings.blocks_per_user) {
            return Err(Conflict::TooManyBlocks.into());
        }
        unit::run(|| self.set_block(actor, user, true)).await
    }

    /// Takes one's own block back; that of the other side stays.
    pub async fn unblock(&self, actor: &Actor, user: UserId) -> Result<()> {
        self.context.throttle_chat(actor.id()).await?;
        unit::run(|| self.set_block(actor, user, false)).await
    }

    /// Whom the caller blocks.
    pub async fn blocks(&self, actor: &Actor, page: PageRequest) -> Result<Page<BlockView>> {
        Ok(self.context.ports.store.account_queries().blocks_of(actor.id(), page).await?)
    }

    async fn set_block(&self, actor: &Actor, user: UserId, on: bool) -> Attempt<()> {
        let mut unit = Unit::begin(self.context).await?;
        unit.work.users().find(user).await?.ok_or(Missing::User)?;
        let changed = if on {
            unit.work.accounts().block(actor.id(), user, self.context.now()).await?
        } else {
            unit.work.accounts().unblock(actor.id(), user).await?
        };
        if changed {
            unit.commit().await?;
        }
        if changed && on {
            let pair = DirectKey::new(actor.id(), user);
            unit::cut_apart(&self.context.ports, vec![Cut::Pair(pair)]).await;
        }
        Ok(())
    }
}
