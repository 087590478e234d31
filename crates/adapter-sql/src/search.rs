//! Searching text the same way in both databases: both sides are folded here, and wildcards mean themselves.

use sea_orm::sea_query::{Expr, ExprTrait, LikeExpr};

const ESCAPE: char = '\\';

/// Text as it is searched for. Fields are one per line, which none of them can contain.
pub(crate) fn folded<'a>(fields: impl IntoIterator<Item = &'a str>) -> String {
    let mut folded = String::new();
    for field in fields {
        if !folded.is_empty() {
            folded.push('\n');
        }
        folded.push_str(&field.to_lowercase());
    }
    folded
}

/// Whether `column`, which is folded, contains `text`. None: nothing can, because PostgreSQL has no NUL in text.
pub(crate) fn contains(column: Expr, text: &str) -> Option<Expr> {
    if text.contains(['\0', '\n']) {
        return None;
    }
    Some(column.like(LikeExpr::new(pattern(text)).escape(ESCAPE)))
}

fn pattern(text: &str) -> String {
    let mut pattern = "%".to_owned();
    for c in text.to_lowercase().chars() {
        if matches!(c, '%' | '_' | ESCAPE) {
            pattern.push(ESCAPE);
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_mean_themselves() {
        assert_eq!(pattern("50%_\\Ä"), "%50\\%\\_\\\\ä%");
        assert_eq!(pattern(""), "%%");
    }

    #[test]
    fn fields_are_apart() {
        assert_eq!(folded(["ann", "Ann Ünal"]), "ann\nann ünal");
        assert_eq!(folded(["ann"]), "ann");
    }
}
