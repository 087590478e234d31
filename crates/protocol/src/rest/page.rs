//! Lists.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Which end of a list comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    Asc,
    Desc,
}

/// A part of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Page<T> {
    pub items: Vec<T>,
    /// Length of the whole list.
    pub total: u64,
    pub limit: u32,
    pub offset: u64,
    pub has_more: bool,
    /// Where the next part begins; null at the end.
    pub next_offset: Option<u64>,
}

impl<T> Page<T> {
    /// The part of a list of `total` that begins at `offset`.
    #[must_use]
    pub fn new(items: Vec<T>, total: u64, limit: u32, offset: u64) -> Self {
        let next = offset.saturating_add(items.len() as u64);
        let has_more = !items.is_empty() && next < total;
        Self { items, total, limit, offset, has_more, next_offset: has_more.then_some(next) }
    }
}

/// Which part of a list to read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    pub limit: Option<u32>,
    pub offset: Option<u64>,
}

/// Which users to list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct UserQuery {
    pub limit: Option<u32>,
    pub offset: Option<u64>,
    /// Another name of `offset`.
    pub skip: Option<u64>,
    #[param(inline)]
    pub order: Option<Order>,
    /// Part of the username or full name.
    pub q: Option<String>,
}

/// Which rooms to list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct RoomQuery {
    pub limit: Option<u32>,
    pub offset: Option<u64>,
    #[param(inline)]
    pub order: Option<Order>,
    /// Part of the name.
    pub q: Option<String>,
    /// Only rooms that the caller is a member of.
    pub mine: Option<bool>,
}
