use sea_orm::entity::prelude::*;

/// The folded text of a message that is not deleted. `tokens` is words with blanks between them in SQLite, and a
/// `tsvector` in PostgreSQL; it is written and asked, never read.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "message_search")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub message_id: i64,
    pub text: String,
    pub tokens: String,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
