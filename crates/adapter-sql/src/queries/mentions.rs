//! Who is mentioned, of many messages at once.

use std::collections::{BTreeSet, HashMap};

use hallway_domain::ports::StoreResult;
use hallway_domain::{Event, Fact, Mentions, MessageId, MessageView, UserId, UserRef, Username};
use sea_orm::ConnectionTrait;
use sea_orm::sea_query::{Expr, ExprTrait, JoinType, Query};

use crate::batch::{capacity, one_of_ids};
use crate::entities::mentions::{Column, Entity};
use crate::entities::users;
use crate::errors::failed;
use crate::statement::all;
use crate::units::HERE;

/// What is to be told of a message, and its text.
struct Wanted<'a> {
    message: MessageId,
    body: &'a str,
    mentions: &'a mut Vec<UserRef>,
    here: &'a mut bool,
}

/// Gives each message whom it mentions, in order of mention: one statement for all that may mention anybody.
pub(crate) async fn fill<'a, C: ConnectionTrait>(
    db: &C,
    views: impl IntoIterator<Item = &'a mut MessageView>,
) -> StoreResult<()> {
    give(db, views.into_iter().map(of_view).collect()).await
}

/// As [`fill`], for what a log says of messages.
pub(crate) async fn fill_events<C: ConnectionTrait>(db: &C, events: &mut [Event]) -> StoreResult<()> {
    let wanted = events.iter_mut().filter_map(|event| match &mut event.fact {
        Fact::MessagePosted(view) => Some(of_view(view)),
        Fact::MessageEdited { message, body, mentions, here, .. } => {
            Some(Wanted { message: *message, body, mentions, here })
        }
        _ => None,
    });
    give(db, wanted.collect()).await
}

const fn of_view(view: &mut MessageView) -> Wanted<'_> {
    let MessageView { message, mentions, here, .. } = view;
    Wanted { message: message.id, body: message.body.as_str(), mentions, here }
}

async fn give<C: ConnectionTrait>(db: &C, mut wanted: Vec<Wanted<'_>>) -> StoreResult<()> {
    // No text without one mentions anybody.
    wanted.retain(|wanted| wanted.body.contains('@'));
    let ids: BTreeSet<i64> = wanted.iter().map(|wanted| wanted.message.0).collect();
    let found = find(db, &Vec::from_iter(ids)).await?;
    for Wanted { message, body, mentions, here } in wanted {
        let Some((users, everybody)) = found.get(&message) else { continue };
        (*mentions, *here) = (users.clone(), *everybody);
        if mentions.len() > 1 {
            let order = Mentions::parse(body).users;
            mentions.sort_by_key(|user| order.iter().position(|name| *name == user.username));
        }
    }
    Ok(())
}

async fn find<C: ConnectionTrait>(db: &C, ids: &[i64]) -> StoreResult<HashMap<MessageId, (Vec<UserRef>, bool)>> {
    let mut found: HashMap<MessageId, (Vec<UserRef>, bool)> = HashMap::new();
    for ids in ids.chunks(capacity(1)) {
        let its_user = Expr::col(("u", users::Column::Id)).equals(("x", Column::UserId));
        let select = Query::select()
            .expr_as(Expr::col(("x", Column::MessageId)), "message_id")
            .expr_as(Expr::col(("x", Column::UserId)), "user_id")
            .expr_as(Expr::col(("u", users::Column::Username)), "username")
            .from_as(Entity, "x")
            .join_as(JoinType::LeftJoin, users::Entity, "u", its_user)
            .and_where(one_of_ids(Expr::col(("x", Column::MessageId)), ids))
            .take();
        let rows = all(db, &select, |row| {
            let number = |column| row.try_get::<i64>("", column).map_err(failed);
            let username: Option<String> = row.try_get("", "username").map_err(failed)?;
            Ok((MessageId(number("message_id")?), number("user_id")?, username))
        });
        for (message, user, username) in rows.await? {
            let (users, here) = found.entry(message).or_default();
            *here |= user == HERE;
            // An account that was erased has no name.
            users.extend(username.map(|name| UserRef { id: UserId(user), username: Username::from_stored(name) }));
        }
    }
    Ok(found)
}
