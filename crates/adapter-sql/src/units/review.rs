use async_trait::async_trait;
use hallway_domain::ports::{ReviewRepository, StoreError, StoreResult};
use hallway_domain::{
    FilterId, FilterRule, HeldId, HeldMessage, NewFilterRule, NewHeld, NewReport, Report, ReportId, ReportSubject,
    Resolved, RoomId, Timestamp, UserId,
};
use sea_orm::ConnectionTrait;
use sea_orm::sea_query::{Asterisk, Expr, ExprTrait, Func, LockType, OnConflict, Order, Query};

use super::SqlUnit;
use crate::batch::{capacity, one_of_ids};
use crate::convert::{self, Row, filter_action, micros, resolution};
use crate::entities::{held_messages, memberships, reports, room_filters, word_filters};
use crate::errors::failed;
use crate::queries::review;
use crate::statement::{all, count, insert, insert_one, model, number, one, select, update};

impl SqlUnit {
    /// Makes the room's row, or raises the version of its filter.
    async fn raise_filter_version(&self, room: RoomId) -> StoreResult<()> {
        use room_filters::{Column, Entity};
        let mut row = insert_one::<Entity, _>([(Column::RoomId, room.0.into()), (Column::Version, 1_i64.into())]);
        let next = Expr::col((Entity, Column::Version)).add(1_i64);
        row.on_conflict(OnConflict::column(Column::RoomId).value(Column::Version, next).to_owned());
        self.execute(&row).await.map(drop)
    }
}

#[async_trait]
impl ReviewRepository for SqlUnit {
    async fn insert_report(&mut self, report: &NewReport) -> StoreResult<Option<ReportId>> {
        use reports::{Column, Entity};
        let message = match report.subject {
            ReportSubject::Message(id) => Some(id.0),
            ReportSubject::User(..) => None,
        };
        let mut insert = insert_one::<Entity, _>([
            (Column::RoomId, report.room.map(|id| id.0).into()),
            (Column::ReporterId, report.reporter.0.into()),
            (Column::TargetId, report.target.map(|id| id.0).into()),
            (Column::MessageId, message.into()),
            (Column::Subject, report.subject.to_string().into()),
            (Column::Reason, report.reason.as_str().into()),
            (Column::Quote, report.quote.clone().into()),
            (Column::CreatedAt, micros(report.created_at).into()),
        ]);
        insert.returning_col(Column::Id);
        let row = self.transaction.query_one(&insert).await.map_err(failed)?;
        row.map(|row| row.try_get("", "id").map(ReportId).map_err(failed)).transpose()
    }

    async fn open_report(&mut self, reporter: UserId, subject: ReportSubject) -> StoreResult<Option<ReportId>> {
        use reports::{Column, Entity};
        let select = Query::select()
            .column(Column::Id)
            .from(Entity)
            .and_where(Expr::col(Column::ReporterId).eq(reporter.0))
            .and_where(Expr::col(Column::Subject).eq(subject.to_string()))
            .and_where(Expr::col(Column::ResolvedAt).is_null())
            .take();
        one(&self.transaction, &select, |row| row.try_get("", "id").map(ReportId).map_err(failed)).await
    }

    async fn open_reports_by(&mut self, reporter: UserId) -> StoreResult<u64> {
        use reports::{Column, Entity};
        let select = Query::select()
            .expr_as(Func::count(Expr::col(Asterisk)), "n")
            .from(Entity)
            .and_where(Expr::col(Column::ReporterId).eq(reporter.0))
            .and_where(Expr::col(Column::ResolvedAt).is_null())
            .take();
        count(&self.transaction, &select).await
    }

    async fn lock_report(&mut self, id: ReportId) -> StoreResult<Option<Report>> {
        use reports::{Column, Entity};
        let mut select = select::<Entity>("p");
        select.and_where(Expr::col(("p", Column::Id)).eq(id.0)).lock(LockType::Update);
        one(&self.transaction, &select, |row| convert::report(model(row, "p")?)).await
    }

    async fn resolve_reports(&mut self, subject: ReportSubject, resolved: &Resolved) -> StoreResult<u64> {
        use reports::{Column, Entity};
        let mut update = update::<Entity, _>([
            (Column::ResolvedAt, micros(resolved.at).into()),
            (Column::ResolvedBy, resolved.by.map(|id| id.0).into()),
            (Column::Resolution, resolution::word(resolved.resolution).into()),
            (Column::Note, resolved.note.clone().into()),
        ]);
        update
            .and_where(Expr::col(Column::Subject).eq(subject.to_string()))
            .and_where(Expr::col(Column::ResolvedAt).is_null());
        self.execute(&update).await
    }

    async fn nth_last_join(&mut self, room: RoomId, nth: u32, since: Timestamp) -> StoreResult<Option<Timestamp>> {
        use memberships::{Column, Entity};
        let select = Query::select()
            .column(Column::JoinedAt)
            .from(Entity)
            .and_where(Expr::col(Column::RoomId).eq(room.0))
            .and_where(Expr::col(Column::JoinedAt).gt(micros(since)))
            .order_by(Column::JoinedAt, Order::Desc)
            .limit(1)
            .offset(u64::from(nth.saturating_sub(1)))
            .take();
        let joined = |row: &sea_orm::QueryResult| {
            Row { table: "memberships", id: &room }.moment(row.try_get("", "joined_at").map_err(failed)?)
        };
        one(&self.transaction, &select, joined).await
    }

    async fn filter_versions(&mut self, rooms: &[RoomId]) -> StoreResult<Vec<(RoomId, i64)>> {
        use room_filters::{Column, Entity};
        let ids: Vec<i64> = rooms.iter().map(|room| room.0).collect();
        let mut versions = Vec::new();
        for ids in ids.chunks(capacity(1)) {
            let select = Query::select()
                .columns([Column::RoomId, Column::Version])
                .from(Entity)
                .and_where(one_of_ids(Expr::col(Column::RoomId), ids))
                .take();
            let version = |row: &sea_orm::QueryResult| {
                let room = row.try_get("", "room_id").map_err(failed)?;
                Ok((RoomId(room), row.try_get("", "version").map_err(failed)?))
            };
            versions.extend(all(&self.transaction, &select, version).await?);
        }
        Ok(versions)
    }

    async fn filter_rules(&mut self, rooms: &[RoomId]) -> StoreResult<Vec<FilterRule>> {
        review::filter_rules(&self.transaction, rooms).await
    }

    async fn add_filter(&mut self, rule: &NewFilterRule) -> StoreResult<Option<FilterRule>> {
        use word_filters::{Column, Entity};
        let mut insert = insert_one::<Entity, _>([
            (Column::RoomId, rule.room.0.into()),
            (Column::Pattern, rule.pattern.as_str().into()),
            (Column::Action, filter_action::word(rule.action).into()),
            (Column::CreatedBy, Some(rule.created_by.0).into()),
            (Column::CreatedAt, micros(rule.created_at).into()),
        ]);
        insert.returning_col(Column::Id);
        let Some(row) = self.transaction.query_one(&insert).await.map_err(failed)? else { return Ok(None) };
        self.raise_filter_version(rule.room).await?;
        Ok(Some(FilterRule {
            id: FilterId(row.try_get("", "id").map_err(failed)?),
            room: rule.room,
            pattern: rule.pattern.clone(),
            action: rule.action,
            created_by: Some(rule.created_by),
            created_at: rule.created_at,
        }))
    }

    async fn remove_filter(&mut self, room: RoomId, id: FilterId) -> StoreResult<Option<FilterRule>> {
        use word_filters::{Column, Entity};
        let rules = review::filter_rules(&self.transaction, &[room]).await?;
        let Some(rule) = rules.into_iter().find(|rule| rule.id == id) else { return Ok(None) };
        let delete = Query::delete().from_table(Entity).and_where(Expr::col(Column::Id).eq(id.0)).take();
        if !self.changed(&delete).await? {
            return Ok(None);
        }
        self.raise_filter_version(room).await?;
        Ok(Some(rule))
    }

    async fn hold(&mut self, messages: &[NewHeld]) -> StoreResult<()> {
        use held_messages::{Column, Entity};
        const COLUMNS: [Column; 8] = [
            Column::RoomId,
            Column::AuthorId,
            Column::Body,
            Column::ReplyTo,
            Column::ClientId,
            Column::Attachments,
            Column::Pattern,
            Column::CreatedAt,
        ];
        for messages in messages.chunks(capacity(COLUMNS.len())) {
            let mut rows = insert::<Entity>(&COLUMNS);
            for held in messages {
                rows.values([
                    held.room.0.into(),
                    held.author.0.into(),
                    held.body.as_str().into(),
                    held.reply_to.map(|id| id.0).into(),
                    held.client_id.map(|id| id.0).into(),
                    convert::ids(&held.attachments).into(),
                    held.pattern.as_str().into(),
                    micros(held.created_at).into(),
                ])
                .map_err(|error| StoreError::Internal(error.to_string()))?;
            }
            rows.on_conflict(OnConflict::new().do_nothing().to_owned());
            self.execute(&rows).await?;
        }
        Ok(())
    }

    async fn held_counts(&mut self, rooms: &[RoomId]) -> StoreResult<Vec<(RoomId, u64)>> {
        use held_messages::{Column, Entity};
        let ids: Vec<i64> = rooms.iter().map(|room| room.0).collect();
        let mut counts = Vec::new();
        for ids in ids.chunks(capacity(1)) {
            let select = Query::select()
                .column(Column::RoomId)
                .expr_as(Func::count(Expr::col(Asterisk)), "n")
                .from(Entity)
                .and_where(one_of_ids(Expr::col(Column::RoomId), ids))
                .group_by_col(Column::RoomId)
                .take();
            let counted = |row: &sea_orm::QueryResult| {
                Ok((RoomId(row.try_get("", "room_id").map_err(failed)?), number(row, "n")?))
            };
            counts.extend(all(&self.transaction, &select, counted).await?);
        }
        Ok(counts)
    }

    async fn take_held(&mut self, room: RoomId, id: HeldId) -> StoreResult<Option<HeldMessage>> {
        use held_messages::{Column, Entity};
        let mut select = review::held();
        select.and_where(Expr::col(("h", Column::Id)).eq(id.0)).and_where(Expr::col(("h", Column::RoomId)).eq(room.0));
        let Some(held) = one(&self.transaction, &select, review::read_held).await? else { return Ok(None) };
        let delete = Query::delete().from_table(Entity).and_where(Expr::col(Column::Id).eq(id.0)).take();
        Ok(self.changed(&delete).await?.then_some(held))
    }
}
