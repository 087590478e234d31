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

/// The items, and copies of the last one up to a power of two (at most `most`). A database knows a statement again by its
/// text, so that lists of all lengths are best sent in a few sizes. An item that is looked for twice is found once.
pub(crate) fn padded<T: Clone>(items: &[T], most: usize) -> Vec<T> {
    let mut padded = items.to_vec();
    if let Some(last) = items.last() {
        padded.resize(items.len().next_power_of_two().min(most), last.clone());
    }
    padded
}

/// `column` is one of `ids`.
pub(crate) fn one_of_ids(column: Expr, ids: &[i64]) -> Expr {
    column.is_in(padded(ids, capacity(1)))
}

/// `columns` are one of `tuples`. Written as a subquery: SQLite uses an index for that, but not for a bare list of tuples.
pub(crate) fn one_of<T, const N: usize>(columns: [Expr; N], tuples: &[T]) -> Expr
where
    T: IntoValueTuple + Clone,
{
    let tuples = padded(tuples, capacity(N));
    Expr::tuple(columns).in_subquery(Query::select().column(Asterisk).from_values(tuples, "wanted").take())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_come_in_few_sizes() {
        assert_eq!(padded(&[1, 2, 3], 100), [1, 2, 3, 3]);
        assert_eq!(padded(&[1, 2, 3, 4], 100), [1, 2, 3, 4]);
        assert_eq!(padded(&[1, 2, 3, 4, 5], 6), [1, 2, 3, 4, 5, 5]);
        assert_eq!(padded::<i64>(&[], 100), [0; 0]);
    }
}
