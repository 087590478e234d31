//! A room's log, joined with what its facts are about: three statements, however many events.

use std::collections::HashMap;

use hallway_domain::ports::StoreResult;
use hallway_domain::{
    Epoch, Event, Fact, MessageId, MessageView, ReactionGroup, RoomId, Seq, UserId, UserRef, Username,
};
use sea_orm::sea_query::{Expr, ExprTrait, JoinType, Order};
use sea_orm::{ConnectionTrait, QueryResult};

use super::{attachments, mentions, messages, reactions};
use crate::convert::Row;
use crate::entities::room_events::{Column, Entity, Model};
use crate::entities::{messages as message, rooms, users};
use crate::errors::failed;
use crate::payload::{self, Stored};
use crate::statement::{all, model, select};

/// What a user is called whose account was erased. No account can have this name.
pub(super) const GONE: &str = "[deleted]";

pub(crate) async fn read<C: ConnectionTrait>(
    db: &C,
    room: RoomId,
    (after, up_to): (Seq, Seq),
    limit: u32,
) -> StoreResult<Vec<Event>> {
    let mut log = select::<Entity>("e");
    let its_room = Expr::col(("r", rooms::Column::Id)).equals(("e", Column::RoomId));
    let its_user = Expr::col(("eu", users::Column::Id)).equals(("e", Column::UserId));
    let its_message = Expr::col(("m", message::Column::Id)).equals(("e", Column::MessageId));
    log.expr_as(Expr::col(("r", rooms::Column::Epoch)), "epoch")
        .expr_as(Expr::col(("eu", users::Column::Username)), "about")
        .join_as(JoinType::InnerJoin, rooms::Entity, "r", its_room)
        .join_as(JoinType::LeftJoin, users::Entity, "eu", its_user)
        .join_as(JoinType::LeftJoin, message::Entity, "m", its_message)
        .and_where(Expr::col(("e", Column::RoomId)).eq(room.0))
        .and_where(Expr::col(("e", Column::Seq)).gt(after.0))
        .and_where(Expr::col(("e", Column::Seq)).lte(up_to.0))
        .order_by(("e", Column::Seq), Order::Asc)
        .limit(u64::from(limit));
    messages::add_view(&mut log);
    let mut events = all(db, &log, event).await?;
    reactions::fill(db, posted(&mut events)).await?;
    attachments::fill(db, posted(&mut events)).await?;
    mentions::fill_events(db, &mut events).await?;
    fill_reactions(db, &mut events).await?;
    Ok(events)
}

/// Gives every change of a reaction all of its message's, as they are now: one statement, if there is any such change.
async fn fill_reactions<C: ConnectionTrait>(db: &C, events: &mut [Event]) -> StoreResult<()> {
    let mut found: HashMap<MessageId, Vec<ReactionGroup>> = HashMap::new();
    for event in &*events {
        if let Fact::ReactionChanged { message, .. } = &event.fact {
            found.entry(*message).or_default();
        }
    }
    if found.is_empty() {
        return Ok(());
    }
    reactions::fill_groups(db, found.iter_mut().map(|(message, groups)| (*message, groups)).collect(), None).await?;
    for event in events {
        if let Fact::ReactionChanged { message, reactions, .. } = &mut event.fact
            && let Some(groups) = found.get(message)
        {
            reactions.clone_from(groups);
        }
    }
    Ok(())
}

/// The messages among them.
fn posted(events: &mut [Event]) -> impl Iterator<Item = &mut MessageView> {
    events.iter_mut().filter_map(|event| match &mut event.fact {
        Fact::MessagePosted(view) => Some(view.as_mut()),
        _ => None,
    })
}

fn event(row: &QueryResult) -> StoreResult<Event> {
    let stored: Model = model(row, "e")?;
    let at = Row { table: "room_events", id: &format_args!("{}/{}", stored.room_id, stored.seq) };
    let moment = at.moment(stored.created_at)?;
    let exists: Option<i64> = row.try_get("m_", "id").map_err(failed)?;
    let about: Option<String> = row.try_get("", "about").map_err(failed)?;
    let fact = payload::read(Stored {
        row: at,
        kind: &stored.kind,
        payload: stored.payload.as_deref(),
        message_id: stored.message_id.map(MessageId),
        message: exists.map(|_| messages::read_view(row)).transpose()?,
        user: stored.user_id.map(|id| UserRef {
            id: UserId(id),
            username: Username::from_stored(about.unwrap_or_else(|| GONE.to_owned())),
        }),
        at: moment,
    })?;
    Ok(Event {
        room: RoomId(stored.room_id),
        epoch: Epoch(row.try_get("", "epoch").map_err(failed)?),
        seq: Seq(stored.seq),
        at: moment,
        fact,
    })
}
