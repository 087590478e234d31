//! Messages with what belongs to them: three statements for a list, four where it also tells its length.

use hallway_domain::ports::StoreResult;
use hallway_domain::{Message, MessageId, MessageView, Page, PageRequest, ReplyPreview, RoomId, Seq};
use sea_orm::sea_query::{Asterisk, Expr, ExprTrait, Func, JoinType, Order, Query, SelectStatement};
use sea_orm::{ConnectionTrait, QueryResult};

use super::{attachments, mentions, reactions};
use crate::batch::one_of_ids;
use crate::convert::{self, user_ref};
use crate::entities::messages::{Column, Entity};
use crate::entities::{pins, users};
use crate::errors::failed;
use crate::statement::{add_columns, all, count, model, one, page as part, select};

/// Messages `m` with the names of their authors.
pub(crate) fn plain() -> SelectStatement {
    let mut select = select::<Entity>("m");
    add_author(&mut select);
    select
}

fn add_author(select: &mut SelectStatement) {
    let author = Expr::col(("u", users::Column::Id)).equals(("m", Column::AuthorId));
    select.expr_as(Expr::col(("u", users::Column::Username)), "author").join_as(
        JoinType::LeftJoin,
        users::Entity,
        "u",
        author,
    );
}

pub(crate) fn read_plain(row: &QueryResult) -> StoreResult<Message> {
    convert::message(model(row, "m")?, row.try_get("", "author").map_err(failed)?)
}

/// To a select that has messages as `m`: all their columns, their authors, and what they answer.
pub(crate) fn add_view(select: &mut SelectStatement) {
    add_columns::<Entity>(select, "m");
    add_author(select);
    let excerpt = Func::cust("substr").args([
        Expr::col(("q", Column::Body)),
        Expr::val(1_i32),
        Expr::val(i32::try_from(ReplyPreview::EXCERPT_CHARS).unwrap_or(i32::MAX)),
    ]);
    select
        .expr_as(Expr::col(("q", Column::Id)), "reply_id")
        .expr_as(Expr::col(("q", Column::AuthorId)), "reply_author_id")
        .expr_as(Expr::col(("qu", users::Column::Username)), "reply_author")
        .expr_as(excerpt, "reply_excerpt")
        .expr_as(Expr::col(("pin", pins::Column::MessageId)), "pin_id")
        .join_as(JoinType::LeftJoin, Entity, "q", Expr::col(("q", Column::Id)).equals(("m", Column::ReplyTo)))
        .join_as(
            JoinType::LeftJoin,
            users::Entity,
            "qu",
            Expr::col(("qu", users::Column::Id)).equals(("q", Column::AuthorId)),
        )
        .join_as(
            JoinType::LeftJoin,
            pins::Entity,
            "pin",
            Expr::col(("pin", pins::Column::MessageId)).equals(("m", Column::Id)),
        );
}

/// What [`add_view`] has added; the rest is [filled](fill) in for many at once.
pub(crate) fn read_view(row: &QueryResult) -> StoreResult<MessageView> {
    let text = |column| row.try_get::<Option<String>>("", column).map_err(failed);
    let id = |column| row.try_get::<Option<i64>>("", column).map_err(failed);
    let reply = match id("reply_id")? {
        Some(message) => Some(ReplyPreview {
            message: MessageId(message),
            author: user_ref(id("reply_author_id")?, text("reply_author")?),
            excerpt: text("reply_excerpt")?.unwrap_or_default(),
        }),
        None => None,
    };
    Ok(MessageView { reply, pinned: id("pin_id")?.is_some(), ..MessageView::bare(read_plain(row)?) })
}

fn views(room: RoomId) -> SelectStatement {
    let mut select = Query::select();
    select.from_as(Entity, "m");
    add_view(&mut select);
    select.and_where(Expr::col(("m", Column::RoomId)).eq(room.0));
    select
}

/// Tombstones stay in the table, but not in lists.
fn undeleted(room: RoomId) -> SelectStatement {
    let mut select = views(room);
    select.and_where(Expr::col(("m", Column::DeletedAt)).is_null());
    select
}

/// The place of a message of the room, deleted or not.
fn place(room: RoomId, message: MessageId) -> SelectStatement {
    Query::select()
        .column(("at", Column::Seq))
        .from_as(Entity, "at")
        .and_where(Expr::col(("at", Column::Id)).eq(message.0))
        .and_where(Expr::col(("at", Column::RoomId)).eq(room.0))
        .take()
}

async fn read<C: ConnectionTrait>(db: &C, select: &SelectStatement) -> StoreResult<Vec<MessageView>> {
    let mut views = all(db, select, read_view).await?;
    fill(db, &mut views).await?;
    Ok(views)
}

/// What belongs to the messages: a statement each, and one for mentions where there may be any.
pub(crate) async fn fill<'a, C, I>(db: &C, views: I) -> StoreResult<()>
where
    C: ConnectionTrait,
    I: IntoIterator<Item = &'a mut MessageView>,
{
    let mut views: Vec<&mut MessageView> = views.into_iter().collect();
    reactions::fill(db, views.iter_mut().map(|view| &mut **view)).await?;
    attachments::fill(db, views.iter_mut().map(|view| &mut **view)).await?;
    mentions::fill(db, views).await
}

/// Undeleted messages of whichever rooms, in no order.
pub(crate) async fn by_ids<C: ConnectionTrait>(db: &C, ids: &[MessageId]) -> StoreResult<Vec<MessageView>> {
    let ids: Vec<i64> = ids.iter().map(|id| id.0).collect();
    let mut select = Query::select();
    select.from_as(Entity, "m");
    add_view(&mut select);
    select
        .and_where(one_of_ids(Expr::col(("m", Column::Id)), &ids))
        .and_where(Expr::col(("m", Column::DeletedAt)).is_null());
    read(db, &select).await
}

/// Where a piece of history ends.
pub(crate) struct Before {
    pub(crate) up_to: Seq,
    pub(crate) message: Option<MessageId>,
}

pub(crate) async fn history<C: ConnectionTrait>(
    db: &C,
    room: RoomId,
    before: Before,
    limit: u32,
) -> StoreResult<Vec<MessageView>> {
    let mut select = undeleted(room);
    select
        .and_where(Expr::col(("m", Column::Seq)).lte(before.up_to.0))
        .order_by(("m", Column::Seq), Order::Desc)
        .limit(u64::from(limit));
    if let Some(message) = before.message {
        select.and_where(Expr::col(("m", Column::Seq)).lt(Expr::from(place(room, message))));
    }
    let mut newest_first = read(db, &select).await?;
    newest_first.reverse();
    Ok(newest_first)
}

pub(crate) async fn history_after<C: ConnectionTrait>(
    db: &C,
    room: RoomId,
    after: MessageId,
    limit: u32,
) -> StoreResult<Vec<MessageView>> {
    let mut select = undeleted(room);
    select
        .and_where(Expr::col(("m", Column::Seq)).gt(Expr::from(place(room, after))))
        .order_by(("m", Column::Seq), Order::Asc)
        .limit(u64::from(limit));
    read(db, &select).await
}

pub(crate) async fn page<C: ConnectionTrait>(
    db: &C,
    room: RoomId,
    page: PageRequest,
) -> StoreResult<Page<MessageView>> {
    let mut select = undeleted(room);
    select.order_by(("m", Column::Seq), Order::Desc);
    part(&mut select, page);
    let mut items = read(db, &select).await?;
    items.reverse();
    let total = Query::select()
        .expr_as(Func::count(Expr::col(Asterisk)), "n")
        .from(Entity)
        .and_where(Expr::col(Column::RoomId).eq(room.0))
        .and_where(Expr::col(Column::DeletedAt).is_null())
        .take();
    Ok(Page { items, total: count(db, &total).await? })
}

pub(crate) async fn one_of_room<C: ConnectionTrait>(
    db: &C,
    room: RoomId,
    id: MessageId,
) -> StoreResult<Option<MessageView>> {
    let mut select = views(room);
    select.and_where(Expr::col(("m", Column::Id)).eq(id.0));
    let mut found = one(db, &select, read_view).await?;
    fill(db, &mut found).await?;
    Ok(found)
}
