use async_trait::async_trait;
use hallway_domain::Event;
use hallway_domain::ports::{EventRepository, StoreResult};
use sea_orm::sea_query::Expr;

use super::SqlUnit;
use crate::batch::capacity;
use crate::convert::micros;
use crate::entities::room_events::{Column, Entity};
use crate::payload;
use crate::statement::insert;

const COLUMNS: [Column; 7] =
    [Column::RoomId, Column::Seq, Column::Kind, Column::MessageId, Column::UserId, Column::Payload, Column::CreatedAt];

#[async_trait]
impl EventRepository for SqlUnit {
    async fn append(&mut self, events: &[Event]) -> StoreResult<()> {
        for events in events.chunks(capacity(COLUMNS.len())) {
            let mut insert = insert::<Entity>(&COLUMNS);
            for event in events {
                let fact = payload::write(&event.fact);
                insert.values_panic([
                    Expr::val(event.room.0),
                    Expr::val(event.seq.0),
                    Expr::val(fact.kind),
                    Expr::val(fact.message.map(|id| id.0)),
                    Expr::val(fact.user),
                    Expr::val(fact.payload),
                    Expr::val(micros(event.at)),
                ]);
            }
            self.execute(&insert).await?;
        }
        Ok(())
    }
}
