use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "rooms")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub kind: String,
    pub name: Option<String>,
    /// The name as `search::folded` makes it.
    pub search: String,
    pub topic: Option<String>,
    pub direct_key: Option<String>,
    pub created_by: Option<i64>,
    pub created_at: i64,
    pub epoch: i64,
    pub last_seq: i64,
    pub slow_mode_seconds: i32,
    pub archived_at: Option<i64>,
    pub posting: String,
    pub locked_down: bool,
    pub min_account_age_seconds: i32,
    pub join_per_minute: i32,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
