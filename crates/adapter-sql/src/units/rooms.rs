use std::collections::BTreeSet;

use async_trait::async_trait;
use hallway_domain::ports::{RoomRepository, StoreResult};
use hallway_domain::{DirectKey, NewRoom, Room, RoomId, RoomName, RoomRules, RoomTopic, Seq};
use sea_orm::ConnectionTrait;
use sea_orm::sea_query::{CaseStatement, Expr, ExprTrait, LockType, Order, Query};

use super::SqlUnit;
use crate::batch::{capacity, one_of_ids, padded};
use crate::convert::{self, micros, micros_if, posting, room_kind};
use crate::entities::rooms::{Column, Entity};
use crate::errors::failed;
use crate::queries::rooms::by_direct;
use crate::search::folded;
use crate::statement::{all, insert_one, model, one, select, update};

fn text(name: Option<&RoomName>) -> Option<String> {
    name.map(|name| name.as_str().to_owned())
}

fn search(name: Option<&RoomName>) -> String {
    folded(name.map(RoomName::as_str))
}

fn topic(topic: Option<&RoomTopic>) -> Option<String> {
    topic.map(|topic| topic.as_str().to_owned())
}

#[async_trait]
impl RoomRepository for SqlUnit {
    async fn insert(&mut self, room: NewRoom) -> StoreResult<Option<Room>> {
        let mut insert = insert_one::<Entity, _>([
            (Column::Kind, room_kind::word(room.kind).into()),
            (Column::Name, text(room.name.as_ref()).into()),
            (Column::Search, search(room.name.as_ref()).into()),
            (Column::Topic, topic(room.topic.as_ref()).into()),
            (Column::DirectKey, room.direct.map(|key| key.to_string()).into()),
            (Column::CreatedBy, Some(room.created_by.0).into()),
            (Column::CreatedAt, micros(room.created_at).into()),
            (Column::Epoch, room.epoch.0.into()),
            (Column::LastSeq, 0_i64.into()),
            (Column::SlowModeSeconds, 0_i32.into()),
        ]);
        insert.returning_col(Column::Id);
        let Some(row) = self.transaction.query_one(&insert).await.map_err(failed)? else { return Ok(None) };
        Ok(Some(Room {
            id: RoomId(row.try_get("", "id").map_err(failed)?),
            kind: room.kind,
            name: room.name,
            topic: room.topic,
            direct: room.direct,
            created_by: Some(room.created_by),
            created_at: room.created_at,
            epoch: room.epoch,
            last_seq: Seq::ZERO,
            slow_mode_seconds: 0,
            archived_at: None,
            rules: RoomRules::default(),
        }))
    }

    async fn lock(&mut self, ids: &[RoomId]) -> StoreResult<Vec<Room>> {
        // Sorted before they are cut into statements: the order of locks holds over all of them.
        let ids: Vec<i64> = ids.iter().map(|id| id.0).collect::<BTreeSet<_>>().into_iter().collect();
        let mut rooms = Vec::with_capacity(ids.len());
        for ids in ids.chunks(capacity(1)) {
            let mut select = select::<Entity>("r");
            select
                .and_where(one_of_ids(Expr::col(("r", Column::Id)), ids))
                .order_by(("r", Column::Id), Order::Asc)
                .lock(LockType::Update);
            rooms.extend(all(&self.transaction, &select, |row| convert::room(model(row, "r")?)).await?);
        }
        Ok(rooms)
    }

    async fn find_direct(&mut self, key: DirectKey) -> StoreResult<Option<Room>> {
        by_direct(&self.transaction, key).await
    }

    async fn update(&mut self, room: &Room) -> StoreResult<bool> {
        if let Some(name) = &room.name {
            // Asked beforehand, because a refused update would end a transaction of PostgreSQL.
            let other = Query::select()
                .expr(Expr::val(1))
                .from(Entity)
                .and_where(Expr::col(Column::Name).eq(name.as_str()))
                .and_where(Expr::col(Column::Id).ne(room.id.0))
                .take();
            if one(&self.transaction, &other, |_| Ok(())).await?.is_some() {
                return Ok(false);
            }
        }
        let number = |number| i32::try_from(number).unwrap_or(i32::MAX);
        let rules = room.rules;
        let mut update = update::<Entity, _>([
            (Column::Kind, room_kind::word(room.kind).into()),
            (Column::Name, text(room.name.as_ref()).into()),
            (Column::Search, search(room.name.as_ref()).into()),
            (Column::Topic, topic(room.topic.as_ref()).into()),
            (Column::SlowModeSeconds, number(room.slow_mode_seconds).into()),
            (Column::Posting, posting::word(rules.posting).into()),
            (Column::LockedDown, rules.locked_down.into()),
            (Column::MinAccountAgeSeconds, number(rules.min_account_age_seconds).into()),
            (Column::JoinPerMinute, number(rules.join_per_minute).into()),
            (Column::ArchivedAt, micros_if(room.archived_at).into()),
        ]);
        self.execute(update.and_where(Expr::col(Column::Id).eq(room.id.0))).await?;
        Ok(true)
    }

    async fn set_last_seq(&mut self, heads: &[(RoomId, Seq)]) -> StoreResult<()> {
        for heads in heads.chunks(capacity(3)) {
            let heads = padded(heads, capacity(3));
            let mut seq = CaseStatement::new();
            for (room, head) in &heads {
                seq = seq.case(Expr::col(Column::Id).eq(room.0), head.0);
            }
            let update = Query::update()
                .table(Entity)
                .value(Column::LastSeq, seq.finally(Expr::col(Column::LastSeq)))
                .and_where(Expr::col(Column::Id).is_in(heads.iter().map(|(room, _)| room.0)))
                .take();
            self.execute(&update).await?;
        }
        Ok(())
    }

    async fn delete(&mut self, id: RoomId) -> StoreResult<()> {
        let delete = Query::delete().from_table(Entity).and_where(Expr::col(Column::Id).eq(id.0)).take();
        self.execute(&delete).await.map(drop)
    }
}
