use std::collections::{BTreeSet, HashMap};

use async_trait::async_trait;
use hallway_domain::ports::{MessageRepository, PurgeMessages, StoreError, StoreResult};
use hallway_domain::{ClientId, Message, MessageId, NewMessage, RoomId, Seq, Timestamp, UserId};
use sea_orm::ConnectionTrait;
use sea_orm::sea_query::{Expr, ExprTrait};

use super::SqlUnit;
use crate::batch::{capacity, one_of, one_of_ids};
use crate::convert::{message_kind, micros, micros_if};
use crate::entities::messages::{Column, Entity};
use crate::errors::failed;
use crate::message_index;
use crate::queries::messages::{plain, read_plain};
use crate::queries::pace::last_sent;
use crate::statement::{all, insert, one, update};

const COLUMNS: [Column; 8] = [
    Column::RoomId,
    Column::Seq,
    Column::AuthorId,
    Column::Kind,
    Column::Body,
    Column::ReplyTo,
    Column::ClientId,
    Column::CreatedAt,
];

#[async_trait]
impl MessageRepository for SqlUnit {
    async fn find(&mut self, room: RoomId, id: MessageId) -> StoreResult<Option<Message>> {
        let mut select = plain();
        select.and_where(Expr::col(("m", Column::Id)).eq(id.0)).and_where(Expr::col(("m", Column::RoomId)).eq(room.0));
        one(&self.transaction, &select, read_plain).await
    }

    async fn find_many(&mut self, ids: &[MessageId]) -> StoreResult<Vec<Message>> {
        let ids: Vec<i64> = ids.iter().map(|id| id.0).collect::<BTreeSet<_>>().into_iter().collect();
        let mut found = Vec::with_capacity(ids.len());
        for ids in ids.chunks(capacity(1)) {
            let mut select = plain();
            select.and_where(one_of_ids(Expr::col(("m", Column::Id)), ids));
            found.extend(all(&self.transaction, &select, read_plain).await?);
        }
        Ok(found)
    }

    async fn find_sent(&mut self, keys: &[(RoomId, UserId, ClientId)]) -> StoreResult<Vec<Message>> {
        let mut found = Vec::new();
        for keys in keys.chunks(capacity(3)) {
            let key = [Column::RoomId, Column::AuthorId, Column::ClientId].map(|column| Expr::col(("m", column)));
            let mut select = plain();
            let keys: Vec<_> = keys.iter().map(|(room, user, id)| (room.0, user.0, id.0)).collect();
            select.and_where(one_of(key, &keys));
            found.extend(all(&self.transaction, &select, read_plain).await?);
        }
        Ok(found)
    }

    async fn insert_many(&mut self, messages: Vec<NewMessage>) -> StoreResult<Vec<Message>> {
        self.messages += messages.len() as u64;
        // Databases do not promise to give new rows back in the order in which they were sent.
        let mut ids: HashMap<(i64, i64), i64> = HashMap::with_capacity(messages.len());
        for messages in messages.chunks(capacity(COLUMNS.len())) {
            let mut insert = insert::<Entity>(&COLUMNS);
            for message in messages {
                insert.values_panic([
                    Expr::val(message.room.0),
                    Expr::val(message.seq.0),
                    Expr::val(Some(message.author.id.0)),
                    Expr::val(message_kind::word(message.kind)),
                    Expr::val(message.body.as_str()),
                    Expr::val(message.reply_to.map(|id| id.0)),
                    Expr::val(message.client_id.map(|id| id.0)),
                    Expr::val(micros(message.created_at)),
                ]);
            }
            insert.returning(sea_orm::sea_query::Query::returning().columns([Column::Id, Column::RoomId, Column::Seq]));
            for row in self.transaction.query_all(&insert).await.map_err(failed)? {
                let value = |column| row.try_get("", column).map_err(failed);
                ids.insert((value("room_id")?, value("seq")?), value("id")?);
            }
        }
        let stored = |message: NewMessage| {
            let id = ids.get(&(message.room.0, message.seq.0)).copied();
            let id = id.ok_or_else(|| StoreError::Internal("a message was not stored".to_owned()))?;
            Ok(Message {
                id: MessageId(id),
                room: message.room,
                seq: message.seq,
                author: Some(message.author),
                kind: message.kind,
                body: message.body.into_string(),
                reply_to: message.reply_to,
                client_id: message.client_id,
                created_at: message.created_at,
                edited_at: None,
                deleted_at: None,
            })
        };
        let stored: Vec<Message> = messages.into_iter().map(stored).collect::<StoreResult<_>>()?;
        message_index::add(&self.transaction, &stored).await?;
        Ok(stored)
    }

    async fn update(&mut self, message: &Message) -> StoreResult<()> {
        let mut update = update::<Entity, _>([
            (Column::Body, message.body.as_str().into()),
            (Column::EditedAt, micros_if(message.edited_at).into()),
            (Column::DeletedAt, micros_if(message.deleted_at).into()),
        ]);
        self.execute(update.and_where(Expr::col(Column::Id).eq(message.id.0))).await?;
        message_index::follow(&self.transaction, message).await
    }

    async fn last_sent(&mut self, pairs: &[(RoomId, UserId)]) -> StoreResult<Vec<(RoomId, UserId, Timestamp)>> {
        let mut found = Vec::with_capacity(pairs.len());
        for pairs in pairs.chunks(capacity(2)) {
            found.extend(last_sent(&self.transaction, pairs).await?);
        }
        Ok(found)
    }

    async fn purge(&mut self, purge: &PurgeMessages) -> StoreResult<Vec<(MessageId, Seq)>> {
        self.purge_messages(purge).await
    }
}
