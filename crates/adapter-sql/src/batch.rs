//! Many items in one statement.

use sea_orm::sea_query::{Asterisk, Expr, ExprTrait, IntoValueTuple, Query};

/// Values that one statement may have: SQLite takes 32,766, PostgreSQL 65,535.
const MAX_VALUES: usize = 32_766;
/// Kept free for what a statement asks for beside its items.
const RESERVED: usize = 6;

/// How many items with `values` values each fit into one statement.
pub(crate) const fn capacity(values: usize) -> usize {
    (MAX_VALUES - RESERVED) / values
}

/// `columns` are one of `tuples`. Written as a subquery: SQLite uses an index for that, but not for a bare list of tuples.
pub(crate) fn one_of<T: IntoValueTuple>(columns: impl IntoIterator<Item = Expr>, tuples: Vec<T>) -> Expr {
    Expr::tuple(columns).in_subquery(Query::select().column(Asterisk).from_values(tuples, "wanted").take())
}
