//! Parts that statements share.

use hallway_domain::ports::StoreResult;
use hallway_domain::{Order, PageRequest};
use sea_orm::sea_query::{
    Expr, InsertStatement, IntoIden as _, OnConflict, Order as SqlOrder, Query, SelectStatement, UpdateStatement, Value,
};
use sea_orm::{ConnectionTrait, EntityTrait, FromQueryResult, IdenStatic as _, Iterable as _, QueryResult};

use crate::errors::failed;

/// Adds all columns of `E` under `alias`, each named `<alias>_<column>`, so that [`model`] finds them.
pub(crate) fn add_columns<E: EntityTrait>(select: &mut SelectStatement, alias: &'static str) {
    for column in E::Column::iter() {
        select.expr_as(Expr::col((alias, column)), format!("{alias}_{}", column.as_str()));
    }
}

/// What [`add_columns`] has added.
pub(crate) fn model<M: FromQueryResult>(row: &QueryResult, alias: &str) -> StoreResult<M> {
    M::from_query_result(row, &format!("{alias}_")).map_err(failed)
}

/// A select of all columns of `E` from its table as `alias`.
pub(crate) fn select<E: EntityTrait + Default>(alias: &'static str) -> SelectStatement {
    let mut select = Query::select();
    add_columns::<E>(&mut select, alias);
    select.from_as(E::default(), alias);
    select
}

pub(crate) fn insert<E: EntityTrait + Default>(columns: &[E::Column]) -> InsertStatement {
    Query::insert().into_table(E::default()).columns(columns.iter().copied()).take()
}

/// One row. A row that a unique index refuses is left out, which leaves the transaction usable.
pub(crate) fn insert_one<E, const N: usize>(values: [(E::Column, Value); N]) -> InsertStatement
where
    E: EntityTrait + Default,
{
    let columns: Vec<_> = values.iter().map(|(column, _)| *column).collect();
    let mut insert = insert::<E>(&columns);
    insert.values_panic(values.into_iter().map(|(_, value)| Expr::val(value)));
    insert.on_conflict(OnConflict::new().do_nothing().to_owned());
    insert
}

pub(crate) fn update<E, const N: usize>(values: [(E::Column, Value); N]) -> UpdateStatement
where
    E: EntityTrait + Default,
{
    let mut update = Query::update();
    update.table(E::default());
    for (column, value) in values {
        update.value(column.into_iden(), Expr::val(value));
    }
    update
}

/// The part of a list that `page` asks for. Our lists are told in ascending order.
pub(crate) fn page(select: &mut SelectStatement, request: PageRequest) {
    // Databases count with signed numbers.
    select.limit(u64::from(request.limit)).offset(request.offset.min(i64::MAX.unsigned_abs()));
}

pub(crate) const fn order(request: PageRequest) -> SqlOrder {
    match request.order {
        Order::Ascending => SqlOrder::Asc,
        Order::Descending => SqlOrder::Desc,
    }
}

pub(crate) const fn reversed(request: PageRequest) -> SqlOrder {
    match request.order {
        Order::Ascending => SqlOrder::Desc,
        Order::Descending => SqlOrder::Asc,
    }
}

/// How many rows a statement gives or would give, as its column `n`.
pub(crate) async fn count<C: ConnectionTrait>(db: &C, select: &SelectStatement) -> StoreResult<u64> {
    let row = db.query_one(select).await.map_err(failed)?;
    row.map_or(Ok(0), |row| number(&row, "n"))
}

/// A count in a row.
pub(crate) fn number(row: &QueryResult, column: &str) -> StoreResult<u64> {
    let number: i64 = row.try_get("", column).map_err(failed)?;
    // Counts are not negative.
    Ok(number.unsigned_abs())
}

pub(crate) async fn one<C, T>(
    db: &C,
    select: &SelectStatement,
    convert: impl FnOnce(&QueryResult) -> StoreResult<T>,
) -> StoreResult<Option<T>>
where
    C: ConnectionTrait,
{
    db.query_one(select).await.map_err(failed)?.as_ref().map(convert).transpose()
}

pub(crate) async fn all<C, T>(
    db: &C,
    select: &SelectStatement,
    convert: impl FnMut(&QueryResult) -> StoreResult<T>,
) -> StoreResult<Vec<T>>
where
    C: ConnectionTrait,
{
    db.query_all(select).await.map_err(failed)?.iter().map(convert).collect()
}
