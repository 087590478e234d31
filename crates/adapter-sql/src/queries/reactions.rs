//! Reactions of many messages at once.

use std::collections::HashMap;

use hallway_domain::ports::StoreResult;
use hallway_domain::{Emoji, MessageId, MessageView, ReactionGroup, UserId, UserRef, Username};
use sea_orm::ConnectionTrait;
use sea_orm::sea_query::{Expr, ExprTrait, JoinType, Order, Query};

use crate::batch::{capacity, one_of_ids};
use crate::entities::reactions::{Column, Entity};
use crate::entities::users;
use crate::errors::failed;
use crate::statement::all;

/// Gives each message its reactions, in order of giving: one statement for all.
pub(crate) async fn fill<'a, C: ConnectionTrait>(
    db: &C,
    views: impl IntoIterator<Item = &'a mut MessageView>,
) -> StoreResult<()> {
    let mut views: HashMap<MessageId, &mut MessageView> =
        views.into_iter().map(|view| (view.message.id, view)).collect();
    let ids: Vec<i64> = views.keys().map(|id| id.0).collect();
    for ids in ids.chunks(capacity(1)) {
        let select = Query::select()
            .expr_as(Expr::col(("e", Column::MessageId)), "message_id")
            .expr_as(Expr::col(("e", Column::Emoji)), "emoji")
            .expr_as(Expr::col(("u", users::Column::Id)), "user_id")
            .expr_as(Expr::col(("u", users::Column::Username)), "username")
            .from_as(Entity, "e")
            .join_as(
                JoinType::InnerJoin,
                users::Entity,
                "u",
                Expr::col(("u", users::Column::Id)).equals(("e", Column::UserId)),
            )
            .and_where(one_of_ids(Expr::col(("e", Column::MessageId)), ids))
            .order_by(("e", Column::Id), Order::Asc)
            .take();
        let given = all(db, &select, |row| {
            let text = |column| row.try_get::<String>("", column).map_err(failed);
            let number = |column| row.try_get::<i64>("", column).map_err(failed);
            let user = UserRef { id: UserId(number("user_id")?), username: Username::from_stored(text("username")?) };
            Ok((MessageId(number("message_id")?), Emoji::from_stored(text("emoji")?), user))
        });
        for (message, emoji, user) in given.await? {
            if let Some(view) = views.get_mut(&message) {
                match view.reactions.iter_mut().find(|group| group.emoji == emoji) {
                    Some(group) => group.users.push(user),
                    None => view.reactions.push(ReactionGroup { emoji, users: vec![user] }),
                }
            }
        }
    }
    Ok(())
}
