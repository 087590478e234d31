use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "calls")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub room_id: Option<i64>,
    pub caller_id: i64,
    pub callee_id: i64,
    pub pair: String,
    pub status: String,
    pub reason: Option<String>,
    pub ended_by: Option<String>,
    pub audio: bool,
    pub video: bool,
    pub caller_device: Uuid,
    pub callee_device: Option<Uuid>,
    pub rung: String,
    pub busy: String,
    pub excused: String,
    pub epoch: i32,
    pub version: i64,
    pub created_at: i64,
    pub rings_until: Option<i64>,
    pub accepted_at: Option<i64>,
    pub connected_at: Option<i64>,
    pub caller_lost: Option<i64>,
    pub callee_lost: Option<i64>,
    pub ended_at: Option<i64>,
    pub deadline_at: Option<i64>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
