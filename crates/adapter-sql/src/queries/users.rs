//! Accounts.

use hallway_domain::ports::{StoreResult, UserFilter};
use hallway_domain::{Email, Page, PageRequest, PasswordHash, User, UserId, Username};
use sea_orm::ConnectionTrait;
use sea_orm::sea_query::{Asterisk, Expr, ExprTrait, Func, Query};

use crate::convert;
use crate::entities::users::{Column, Entity, Model};
use crate::search::contains;
use crate::statement::{all, count, model, one, order, page as part, select};

pub(crate) async fn by_id<C: ConnectionTrait>(db: &C, id: UserId) -> StoreResult<Option<User>> {
    let mut select = select::<Entity>("u");
    select.and_where(Expr::col(("u", Column::Id)).eq(id.0));
    one(db, &select, |row| convert::user(model(row, "u")?)).await
}

pub(crate) async fn by_username<C: ConnectionTrait>(db: &C, username: &Username) -> StoreResult<Option<User>> {
    let mut select = select::<Entity>("u");
    select.and_where(Expr::col(("u", Column::Username)).eq(username.as_str()));
    one(db, &select, |row| convert::user(model(row, "u")?)).await
}

pub(crate) async fn credentials<C: ConnectionTrait>(
    db: &C,
    username: &Username,
) -> StoreResult<Option<(User, PasswordHash)>> {
    with_password(db, Expr::col(("u", Column::Username)).eq(username.as_str())).await
}

pub(crate) async fn credentials_by_email<C: ConnectionTrait>(
    db: &C,
    email: &Email,
) -> StoreResult<Option<(User, PasswordHash)>> {
    with_password(db, Expr::col(("u", Column::Email)).eq(email.as_str())).await
}

async fn with_password<C: ConnectionTrait>(db: &C, condition: Expr) -> StoreResult<Option<(User, PasswordHash)>> {
    let mut select = select::<Entity>("u");
    select.and_where(condition);
    one(db, &select, |row| {
        let user: Model = model(row, "u")?;
        let hash = PasswordHash(user.password_hash.clone());
        Ok((convert::user(user)?, hash))
    })
    .await
}

pub(crate) async fn list<C: ConnectionTrait>(
    db: &C,
    filter: &UserFilter,
    page: PageRequest,
) -> StoreResult<Page<User>> {
    let mut condition = Expr::col(("u", Column::Disabled)).eq(false);
    if let Some(text) = &filter.text {
        let Some(found) = contains(Expr::col(("u", Column::Search)), text) else {
            return Ok(Page { items: Vec::new(), total: 0 });
        };
        condition = condition.and(found);
    }
    let mut items = select::<Entity>("u");
    items.and_where(condition.clone()).order_by(("u", Column::Id), order(page));
    part(&mut items, page);
    let items = all(db, &items, |row| convert::user(model(row, "u")?)).await?;
    let total =
        Query::select().expr_as(Func::count(Expr::col(Asterisk)), "n").from_as(Entity, "u").and_where(condition).take();
    Ok(Page { items, total: count(db, &total).await? })
}
