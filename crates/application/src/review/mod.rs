//! What those who moderate look at and decide: reports, the audit log, held messages, filters, and the door of a room.

mod audit;
mod door;
mod filters;
mod held;
mod queue;
mod report;
mod resolve;
mod words;

use hallway_domain::policy;
use hallway_domain::{Actor, Timestamp};

use crate::Result;
use crate::context::Context;
use crate::unit::{Attempt, Unit};

pub(crate) use door::admit;
pub use queue::ReportScope;
pub use report::{ReportMade, Reported};
pub use resolve::Decision;
pub(crate) use words::{Filters, Words};

/// Reports, the audit log, held messages, filters, and the door of a room.
///
/// Nobody learns who has reported them: reports about a user are not there for that user, moderator or not.
pub struct Review<'a> {
    pub(crate) context: &'a Context,
}

impl Review<'_> {
    /// Asks whether the caller runs the server, with what the read door shows.
    async fn administer(&self, actor: &Actor) -> Result<()> {
        policy::administer(self.context.ports.store.queries().user(actor.id()).await?.as_ref())?;
        Ok(())
    }

    fn now(&self) -> Timestamp {
        self.context.now()
    }
}

/// Asks the same in the unit that writes.
async fn administer(unit: &mut Unit<'_>, actor: &Actor) -> Attempt<()> {
    policy::administer(unit.work.users().find(actor.id()).await?.as_ref())?;
    Ok(())
}
