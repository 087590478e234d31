//! The words that a room does not want.

use hallway_domain::policy::{self, Protect, Scope};
use hallway_domain::ports::AuditEntry;
use hallway_domain::{Actor, FilterAction, FilterId, FilterRule, NewFilterRule, Pattern, RoomId, WordFilter};

use super::Review;
use crate::unit::{self, Attempt, Unit, audit};
use crate::{Conflict, Missing, Result};

impl Review<'_> {
    /// The room's rules, by id. For moderators.
    pub async fn filters(&self, actor: &Actor, room: RoomId) -> Result<Vec<FilterRule>> {
        let (_, room, _) = self.context.permit(actor, policy::Review, room).await?;
        Ok(self.context.ports.store.review_queries().filters_of(room.id).await?)
    }

    /// Adds a rule. It holds for what is written from now on.
    pub async fn add_filter(
        &self,
        actor: &Actor,
        room: RoomId,
        pattern: Pattern,
        action: FilterAction,
    ) -> Result<FilterRule> {
        unit::run(|| self.insert_rule(actor, room, &pattern, action)).await
    }

    /// Removes a rule.
    pub async fn remove_filter(&self, actor: &Actor, room: RoomId, rule: FilterId) -> Result<()> {
        unit::run(|| self.delete_rule(actor, room, rule)).await
    }

    async fn insert_rule(
        &self,
        actor: &Actor,
        room: RoomId,
        pattern: &Pattern,
        action: FilterAction,
    ) -> Attempt<FilterRule> {
        let mut unit = self.begin_filters(actor, room).await?;
        let created_at = self.now();
        if unit.work.review().filter_rules(&[room]).await?.len() >= WordFilter::MOST_RULES {
            return Err(Conflict::TooManyFilters.into());
        }
        let rule = NewFilterRule { room, pattern: pattern.clone(), action, created_by: actor.id(), created_at };
        let rule = unit.work.review().add_filter(&rule).await?.ok_or(Conflict::FilterExists)?;
        unit.work.audit().append(&entry("add_filter", actor, &rule, created_at)).await?;
        unit.commit().await?;
        Ok(rule)
    }

    async fn delete_rule(&self, actor: &Actor, room: RoomId, rule: FilterId) -> Attempt<()> {
        let mut unit = self.begin_filters(actor, room).await?;
        let rule = unit.work.review().remove_filter(room, rule).await?.ok_or(Missing::Filter)?;
        unit.work.audit().append(&entry("remove_filter", actor, &rule, self.now())).await?;
        unit.commit().await
    }

    /// Under the room's lock, so that no message is judged by rules that are half changed.
    async fn begin_filters(&self, actor: &Actor, room: RoomId) -> Attempt<Unit<'_>> {
        let mut unit = Unit::begin(self.context).await?;
        let room = unit.lock(room).await?;
        let standing = unit.standing(room.id, actor.id(), self.now()).await?;
        policy::authorize(actor, Protect, Scope { room: &room, standing: &standing })?;
        Ok(unit)
    }
}

fn entry(action: &'static str, actor: &Actor, rule: &FilterRule, at: hallway_domain::Timestamp) -> AuditEntry {
    let word = match rule.action {
        FilterAction::Hold => "hold",
        FilterAction::Block => "block",
    };
    AuditEntry {
        room: Some(rule.room),
        actor: Some(actor.id()),
        details: vec![("pattern", rule.pattern.as_str().to_owned()), ("action", word.to_owned())],
        ..audit(action, at)
    }
}
