//! What moderators and administrators look at.

use std::collections::BTreeMap;

use async_trait::async_trait;
use hallway_domain::ports::{AuditFilter, AuditLine, ReportFilter, ReviewQueries, StoreResult};
use hallway_domain::{
    AuditId, FilterRule, HeldId, HeldMessage, ReportId, ReportView, Role, RoomId, RoomName, SanctionKind, Timestamp,
    UserId,
};
use sea_orm::sea_query::{Asterisk, Expr, ExprTrait, Func, IntoIden, JoinType, Order, Query, SelectStatement};
use sea_orm::{ConnectionTrait, QueryResult};

use super::SqlQueries;
use super::sanctions::in_force;
use crate::batch::{capacity, one_of_ids};
use crate::convert::{self, Row, member_role, sanction_kind, user_ref};
use crate::entities::{audit_log, held_messages, memberships, reports, rooms, sanctions, users, word_filters};
use crate::errors::failed;
use crate::statement::{all, count, model, one, select};

/// Adds the name of the user in `column` of `from`, as `<alias>_name`.
fn with_name(select: &mut SelectStatement, alias: &'static str, from: &'static str, column: impl IntoIden) {
    let its_user = Expr::col((alias, users::Column::Id)).equals((from, column.into_iden()));
    select.expr_as(Expr::col((alias, users::Column::Username)), format!("{alias}_name")).join_as(
        JoinType::LeftJoin,
        users::Entity,
        alias,
        its_user,
    );
}

fn name(row: &QueryResult, alias: &str) -> StoreResult<Option<String>> {
    row.try_get("", &format!("{alias}_name")).map_err(failed)
}

/// Reports `p` with the names that belong to them.
fn report_views() -> SelectStatement {
    use reports::{Column, Entity};
    let mut select = select::<Entity>("p");
    let its_room = Expr::col(("r", rooms::Column::Id)).equals(("p", Column::RoomId));
    select.expr_as(Expr::col(("r", rooms::Column::Name)), "room_name").join_as(
        JoinType::LeftJoin,
        rooms::Entity,
        "r",
        its_room,
    );
    with_name(&mut select, "reporter", "p", Column::ReporterId);
    with_name(&mut select, "target", "p", Column::TargetId);
    with_name(&mut select, "resolver", "p", Column::ResolvedBy);
    select
}

fn read_report(row: &QueryResult) -> StoreResult<ReportView> {
    let report = convert::report(model(row, "p")?)?;
    let room_name: Option<String> = row.try_get("", "room_name").map_err(failed)?;
    let by = report.resolved.as_ref().and_then(|resolved| resolved.by);
    Ok(ReportView {
        room_name: room_name.map(RoomName::from_stored),
        reporter: user_ref(Some(report.reporter.0), name(row, "reporter")?),
        target: user_ref(report.target.map(|id| id.0), name(row, "target")?),
        resolved_by: user_ref(by.map(|id| id.0), name(row, "resolver")?),
        report,
    })
}

pub(crate) async fn filter_rules<C: ConnectionTrait>(db: &C, rooms: &[RoomId]) -> StoreResult<Vec<FilterRule>> {
    use word_filters::{Column, Entity};
    let ids: Vec<i64> = rooms.iter().map(|room| room.0).collect();
    let mut rules = Vec::new();
    for ids in ids.chunks(capacity(1)) {
        let mut select = select::<Entity>("f");
        select.and_where(one_of_ids(Expr::col(("f", Column::RoomId)), ids)).order_by(("f", Column::Id), Order::Asc);
        rules.extend(all(db, &select, |row| convert::filter_rule(model(row, "f")?)).await?);
    }
    Ok(rules)
}

/// Held messages `h` with their authors.
pub(crate) fn held() -> SelectStatement {
    let mut select = select::<held_messages::Entity>("h");
    with_name(&mut select, "author", "h", held_messages::Column::AuthorId);
    select
}

pub(crate) fn read_held(row: &QueryResult) -> StoreResult<HeldMessage> {
    convert::held_message(model(row, "h")?, name(row, "author")?.unwrap_or_default())
}

fn read_line(row: &QueryResult) -> StoreResult<AuditLine> {
    let line: audit_log::Model = model(row, "a")?;
    let at = Row { table: "audit_log", id: &line.id };
    let details: BTreeMap<String, String> = match line.details.as_deref() {
        None | Some("") => BTreeMap::new(),
        Some(text) => serde_json::from_str(text).map_err(|error| at.corrupt(format!("details: {error}")))?,
    };
    Ok(AuditLine {
        id: AuditId(line.id),
        room: line.room_id.map(RoomId),
        actor: line.actor_id.map(UserId),
        target: line.target_id.map(UserId),
        actor_name: user_ref(line.actor_id, name(row, "actor")?),
        target_name: user_ref(line.target_id, name(row, "target")?),
        at: at.moment(line.created_at)?,
        details: details.into_iter().collect(),
        action: line.action,
        reason: line.reason,
    })
}

#[async_trait]
impl ReviewQueries for SqlQueries {
    async fn reports(
        &self,
        filter: &ReportFilter,
        before: Option<ReportId>,
        limit: u32,
    ) -> StoreResult<Vec<ReportView>> {
        use reports::Column;
        let column = |column: Column| Expr::col(("p", column));
        let mut select = report_views();
        let not_about = column(Column::TargetId).is_null().or(column(Column::TargetId).ne(filter.not_about.0));
        select.and_where(not_about).order_by(("p", Column::Id), Order::Desc).limit(u64::from(limit));
        if let Some(room) = filter.room {
            select.and_where(column(Column::RoomId).eq(room.0));
        }
        if let Some(before) = before {
            select.and_where(column(Column::Id).lt(before.0));
        }
        match filter.open {
            Some(true) => drop(select.and_where(column(Column::ResolvedAt).is_null())),
            Some(false) => drop(select.and_where(column(Column::ResolvedAt).is_not_null())),
            None => {}
        }
        all(&self.db, &select, read_report).await
    }

    async fn report(&self, id: ReportId) -> StoreResult<Option<ReportView>> {
        let mut select = report_views();
        select.and_where(Expr::col(("p", reports::Column::Id)).eq(id.0));
        one(&self.db, &select, read_report).await
    }

    async fn open_reports(&self, room: RoomId) -> StoreResult<u64> {
        use reports::{Column, Entity};
        let select = Query::select()
            .expr_as(Func::count(Expr::col(Asterisk)), "n")
            .from(Entity)
            .and_where(Expr::col(Column::RoomId).eq(room.0))
            .and_where(Expr::col(Column::ResolvedAt).is_null())
            .take();
        count(&self.db, &select).await
    }

    async fn audit(&self, filter: &AuditFilter, before: Option<AuditId>, limit: u32) -> StoreResult<Vec<AuditLine>> {
        use audit_log::{Column, Entity};
        let mut lines = select::<Entity>("a");
        with_name(&mut lines, "actor", "a", Column::ActorId);
        with_name(&mut lines, "target", "a", Column::TargetId);
        lines.order_by(("a", Column::Id), Order::Desc).limit(u64::from(limit));
        let numbers = [
            (Column::RoomId, filter.room.map(|id| id.0)),
            (Column::ActorId, filter.actor.map(|id| id.0)),
            (Column::TargetId, filter.target.map(|id| id.0)),
        ];
        for (column, value) in numbers {
            if let Some(value) = value {
                lines.and_where(Expr::col(("a", column)).eq(value));
            }
        }
        if let Some(action) = &filter.action {
            lines.and_where(Expr::col(("a", Column::Action)).eq(action.as_str()));
        }
        if let Some(before) = before {
            lines.and_where(Expr::col(("a", Column::Id)).lt(before.0));
        }
        all(&self.db, &lines, read_line).await
    }

    async fn filters_of(&self, room: RoomId) -> StoreResult<Vec<FilterRule>> {
        filter_rules(&self.db, &[room]).await
    }

    async fn held_of(&self, room: RoomId, before: Option<HeldId>, limit: u32) -> StoreResult<Vec<HeldMessage>> {
        use held_messages::Column;
        let mut select = held();
        select
            .and_where(Expr::col(("h", Column::RoomId)).eq(room.0))
            .order_by(("h", Column::Id), Order::Desc)
            .limit(u64::from(limit));
        if let Some(before) = before {
            select.and_where(Expr::col(("h", Column::Id)).lt(before.0));
        }
        all(&self.db, &select, read_held).await
    }

    async fn moderators(&self, room: RoomId, now: Timestamp, limit: u32) -> StoreResult<Vec<UserId>> {
        use memberships::{Column, Entity};
        let banned = Query::select()
            .expr(Expr::val(1))
            .from_as(sanctions::Entity, "s")
            .and_where(Expr::col(("s", sanctions::Column::RoomId)).equals(("m", Column::RoomId)))
            .and_where(Expr::col(("s", sanctions::Column::UserId)).equals(("m", Column::UserId)))
            .and_where(Expr::col(("s", sanctions::Column::Kind)).eq(sanction_kind::word(SanctionKind::Ban)))
            .and_where(in_force("s", now))
            .take();
        let leading = [Role::Moderator, Role::Owner].map(member_role::word);
        let select = Query::select()
            .expr_as(Expr::col(("m", Column::UserId)), "user_id")
            .from_as(Entity, "m")
            .and_where(Expr::col(("m", Column::RoomId)).eq(room.0))
            .and_where(Expr::col(("m", Column::Role)).is_in(leading))
            .and_where(Expr::exists(banned).not())
            .order_by(("m", Column::UserId), Order::Asc)
            .limit(u64::from(limit))
            .take();
        all(&self.db, &select, |row| row.try_get("", "user_id").map(UserId).map_err(failed)).await
    }
}
