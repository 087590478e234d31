use std::collections::BTreeSet;

use async_trait::async_trait;
use hallway_domain::ports::{Mention, MentionRepository, Mentioned, StoreResult};
use hallway_domain::{MessageId, RoomId, UserId, UserRef, Username};
use sea_orm::sea_query::{Expr, ExprTrait, JoinType, Query};

use super::SqlUnit;
use crate::batch::{capacity, one_of};
use crate::entities::mentions::{Column, Entity};
use crate::entities::{memberships, users};
use crate::errors::failed;
use crate::statement::{all, insert};

const COLUMNS: [Column; 5] = [Column::RoomId, Column::UserId, Column::Seq, Column::MessageId, Column::AuthorId];

/// What stands for everybody in the column of users.
pub(crate) const HERE: i64 = 0;

#[async_trait]
impl MentionRepository for SqlUnit {
    async fn members_named(&mut self, names: &[(RoomId, Username)]) -> StoreResult<Vec<(RoomId, UserRef)>> {
        use memberships::Column as Member;
        let names: Vec<_> = names.iter().collect::<BTreeSet<_>>().into_iter().collect();
        let its_user = Expr::col(("u", users::Column::Id)).equals(("p", Member::UserId));
        let mut found = Vec::with_capacity(names.len());
        for names in names.chunks(capacity(2)) {
            let pair = [Expr::col(("p", Member::RoomId)), Expr::col(("u", users::Column::Username))];
            let names: Vec<_> = names.iter().map(|(room, name)| (room.0, name.as_str().to_owned())).collect();
            let select = Query::select()
                .expr_as(Expr::col(("p", Member::RoomId)), "room_id")
                .expr_as(Expr::col(("u", users::Column::Id)), "user_id")
                .expr_as(Expr::col(("u", users::Column::Username)), "username")
                .from_as(memberships::Entity, "p")
                .join_as(JoinType::InnerJoin, users::Entity, "u", its_user.clone())
                .and_where(one_of(pair, &names))
                .take();
            found.extend(
                all(&self.transaction, &select, |row| {
                    let number = |column| row.try_get::<i64>("", column).map_err(failed);
                    let username: String = row.try_get("", "username").map_err(failed)?;
                    let user = UserRef { id: UserId(number("user_id")?), username: Username::from_stored(username) };
                    Ok((RoomId(number("room_id")?), user))
                })
                .await?,
            );
        }
        Ok(found)
    }

    async fn insert_many(&mut self, mentions: &[Mention]) -> StoreResult<()> {
        for mentions in mentions.chunks(capacity(COLUMNS.len())) {
            let mut insert = insert::<Entity>(&COLUMNS);
            for mention in mentions {
                let user = match mention.who {
                    Mentioned::User(user) => user.0,
                    Mentioned::Here => HERE,
                };
                insert.values_panic([
                    Expr::val(mention.room.0),
                    Expr::val(user),
                    Expr::val(mention.seq.0),
                    Expr::val(mention.message.0),
                    Expr::val(mention.author.0),
                ]);
            }
            self.execute(&insert).await?;
        }
        Ok(())
    }

    async fn clear(&mut self, message: MessageId) -> StoreResult<()> {
        let delete = Query::delete().from_table(Entity).and_where(Expr::col(Column::MessageId).eq(message.0)).take();
        self.execute(&delete).await.map(drop)
    }
}
