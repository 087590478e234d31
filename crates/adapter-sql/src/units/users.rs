use async_trait::async_trait;
use hallway_domain::ports::{InsertedUser, StoreError, StoreResult, UserRepository};
use hallway_domain::{FullName, NewUser, PasswordHash, User, UserId, UserKey, Username};
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{ConnectionTrait, DbBackend};

use super::SqlUnit;
use crate::batch::{capacity, one_of_ids, padded};
use crate::convert::{self, micros};
use crate::entities::users::{Column, Entity};
use crate::errors::failed;
use crate::queries::users::{by_id, by_username};
use crate::search::folded;
use crate::statement::{all, insert_one, model, one, select, update};

fn search(username: &Username, full_name: Option<&FullName>) -> String {
    folded([username.as_str()].into_iter().chain(full_name.map(FullName::as_str)))
}

#[async_trait]
impl UserRepository for SqlUnit {
    async fn any(&mut self) -> StoreResult<bool> {
        let anybody = Query::select().expr(Expr::val(1)).from(Entity).limit(1).take();
        if one(&self.transaction, &anybody, |_| Ok(())).await?.is_some() {
            return Ok(true);
        }
        if self.transaction.get_database_backend() == DbBackend::Sqlite {
            // The unit holds the one write lock already.
            return Ok(false);
        }
        // Lets no two units through, and no insert; readers are not held up.
        let lock = "LOCK TABLE users IN SHARE ROW EXCLUSIVE MODE";
        self.transaction.execute_unprepared(lock).await.map_err(failed)?;
        Ok(one(&self.transaction, &anybody, |_| Ok(())).await?.is_some())
    }

    async fn insert(&mut self, user: NewUser) -> StoreResult<InsertedUser> {
        let mut insert = insert_one::<Entity, _>([
            (Column::Username, user.username.as_str().into()),
            (Column::Email, user.email.as_ref().map(|email| email.as_str().to_owned()).into()),
            (Column::FullName, user.full_name.as_ref().map(|name| name.as_str().to_owned()).into()),
            (Column::Search, search(&user.username, user.full_name.as_ref()).into()),
            (Column::PasswordHash, user.password_hash.0.into()),
            (Column::Disabled, false.into()),
            (Column::IsAdmin, user.is_admin.into()),
            (Column::CreatedAt, micros(user.created_at).into()),
        ]);
        insert.returning_col(Column::Id);
        if let Some(row) = self.transaction.query_one(&insert).await.map_err(failed)? {
            return Ok(InsertedUser::Created(User {
                id: UserId(row.try_get("", "id").map_err(failed)?),
                username: user.username,
                email: user.email,
                full_name: user.full_name,
                disabled: false,
                is_admin: user.is_admin,
                created_at: user.created_at,
            }));
        }
        if by_username(&self.transaction, &user.username).await?.is_some() {
            return Ok(InsertedUser::UsernameTaken);
        }
        if user.email.is_some() {
            return Ok(InsertedUser::EmailTaken);
        }
        // Whoever had the name has gone since.
        Err(StoreError::Conflict("another account came and went".to_owned()))
    }

    async fn find(&mut self, id: UserId) -> StoreResult<Option<User>> {
        by_id(&self.transaction, id).await
    }

    async fn find_by_username(&mut self, username: &Username) -> StoreResult<Option<User>> {
        by_username(&self.transaction, username).await
    }

    async fn find_many(&mut self, users: &[UserKey]) -> StoreResult<Vec<User>> {
        let ids: Vec<i64> =
            users.iter().filter_map(|key| if let UserKey::Id(id) = key { Some(id.0) } else { None }).collect();
        let names =
            users.iter().filter_map(|key| if let UserKey::Name(name) = key { Some(name.as_str()) } else { None });
        let names: Vec<&str> = names.collect();
        if users.len() > capacity(1) / 2 {
            return Err(StoreError::Internal(format!("{} users asked for at once", users.len())));
        }
        let mut select = select::<Entity>("u");
        select.and_where(
            one_of_ids(Expr::col(("u", Column::Id)), &ids)
                .or(Expr::col(("u", Column::Username)).is_in(padded(&names, capacity(1)))),
        );
        all(&self.transaction, &select, |row| convert::user(model(row, "u")?)).await
    }

    async fn set_password(&mut self, id: UserId, hash: &PasswordHash) -> StoreResult<()> {
        let mut update = update::<Entity, _>([(Column::PasswordHash, hash.0.as_str().into())]);
        self.execute(update.and_where(Expr::col(Column::Id).eq(id.0))).await.map(drop)
    }

    async fn update(&mut self, user: &User) -> StoreResult<bool> {
        let email = user.email.as_ref().map(|email| email.as_str().to_owned());
        let mut update = update::<Entity, _>([
            (Column::Email, email.clone().into()),
            (Column::FullName, user.full_name.as_ref().map(|name| name.as_str().to_owned()).into()),
            (Column::Search, search(&user.username, user.full_name.as_ref()).into()),
            (Column::Disabled, user.disabled.into()),
            (Column::IsAdmin, user.is_admin.into()),
        ]);
        update.and_where(Expr::col(Column::Id).eq(user.id.0));
        if let Some(email) = email {
            // Asked beforehand, because a refused update would end a transaction of PostgreSQL.
            let other = Query::select()
                .expr(Expr::val(1))
                .from_as(Entity, "other")
                .and_where(Expr::col(("other", Column::Email)).eq(email))
                .and_where(Expr::col(("other", Column::Id)).ne(user.id.0))
                .take();
            if one(&self.transaction, &other, |_| Ok(())).await?.is_some() {
                return Ok(false);
            }
        }
        self.execute(&update).await?;
        Ok(true)
    }
}
