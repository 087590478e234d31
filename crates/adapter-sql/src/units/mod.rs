//! The write side: one transaction, one file per repository.

mod accounts;
mod attachments;
mod audit;
mod calls;
mod erase;
mod events;
mod graves;
mod invites;
mod memberships;
mod mentions;
mod messages;
mod pins;
mod purge;
mod reactions;
mod review;
mod rooms;
mod sanctions;
mod second_factor;
mod sessions;
mod users;

use async_trait::async_trait;
use hallway_domain::ports::{
    AccountRepository, AttachmentRepository, AuditRepository, CallRepository, EventRepository, InviteRepository,
    MembershipRepository, MentionRepository, MessageRepository, PinRepository, ReactionRepository, ReviewRepository,
    RoomRepository, SanctionRepository, SessionRepository, StoreResult, UnitOfWork, UserRepository,
};
use sea_orm::{ConnectionTrait, DatabaseTransaction, StatementBuilder};

use crate::errors::failed;

pub(crate) use mentions::HERE;

/// A transaction. It is every repository itself: they share nothing else.
pub(crate) struct SqlUnit {
    pub(crate) transaction: DatabaseTransaction,
    /// How many messages it has inserted.
    messages: u64,
}

impl SqlUnit {
    pub(crate) const fn new(transaction: DatabaseTransaction) -> Self {
        Self { transaction, messages: 0 }
    }

    /// How many rows it changed.
    async fn execute(&self, statement: &impl StatementBuilder) -> StoreResult<u64> {
        Ok(self.transaction.execute(statement).await.map_err(failed)?.rows_affected())
    }

    /// Whether it changed a row.
    async fn changed(&self, statement: &impl StatementBuilder) -> StoreResult<bool> {
        Ok(self.execute(statement).await? > 0)
    }
}

#[async_trait]
impl UnitOfWork for SqlUnit {
    fn users(&mut self) -> &mut dyn UserRepository {
        self
    }

    fn sessions(&mut self) -> &mut dyn SessionRepository {
        self
    }

    fn rooms(&mut self) -> &mut dyn RoomRepository {
        self
    }

    fn memberships(&mut self) -> &mut dyn MembershipRepository {
        self
    }

    fn sanctions(&mut self) -> &mut dyn SanctionRepository {
        self
    }

    fn messages(&mut self) -> &mut dyn MessageRepository {
        self
    }

    fn reactions(&mut self) -> &mut dyn ReactionRepository {
        self
    }

    fn mentions(&mut self) -> &mut dyn MentionRepository {
        self
    }

    fn pins(&mut self) -> &mut dyn PinRepository {
        self
    }

    fn events(&mut self) -> &mut dyn EventRepository {
        self
    }

    fn attachments(&mut self) -> &mut dyn AttachmentRepository {
        self
    }

    fn accounts(&mut self) -> &mut dyn AccountRepository {
        self
    }

    fn invites(&mut self) -> &mut dyn InviteRepository {
        self
    }

    fn review(&mut self) -> &mut dyn ReviewRepository {
        self
    }

    fn audit(&mut self) -> &mut dyn AuditRepository {
        self
    }

    fn calls(&mut self) -> &mut dyn CallRepository {
        self
    }

    async fn commit(self: Box<Self>) -> StoreResult<()> {
        self.transaction.commit().await.map_err(failed)?;
        if self.messages > 0 {
            // How well sends are gathered: messages for each transaction that stored any.
            metrics::counter!("hallway_writer_batches_total").increment(1);
            metrics::counter!("hallway_writer_messages_total").increment(self.messages);
        }
        Ok(())
    }
}
