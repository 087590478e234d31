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
    let views = views.into_iter().map(|view| (view.message.id, &mut view.reactions));
    fill_groups(db, views.collect(), None).await
}

/// As [`fill`], for messages by their number; in all no more than `most`.
pub(crate) async fn fill_groups<C: ConnectionTrait>(
    db: &C,
    mut groups: HashMap<MessageId, &mut Vec<ReactionGroup>>,
    most: Option<u32>,
) -> StoreResult<()> {
    let ids: Vec<i64> = groups.keys().map(|id| id.0).collect();
    for ids in ids.chunks(capacity(1)) {
        let mut select = Query::select();
        select
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
            .order_by(("e", Column::Id), Order::Asc);
        if let Some(most) = most {
            select.limit(u64::from(most));
        }
        let given = all(db, &select, |row| {
            let text = |column| row.try_get::<String>("", column).map_err(failed);
            let number = |column| row.try_get::<i64>("", column).map_err(failed);
            let user = UserRef { id: UserId(number("user_id")?), username: Username::from_stored(text("username")?) };
            Ok((MessageId(number("message_id")?), Emoji::from_stored(text("emoji")?), user))
        });
        for (message, emoji, user) in given.await? {
            if let Some(groups) = groups.get_mut(&message) {
                match groups.iter_mut().find(|group| group.emoji == emoji) {
                    Some(group) => group.users.push(user),
                    None => groups.push(ReactionGroup { emoji, users: vec![user] }),
                }
            }
        }
    }
    Ok(())
}
