//! Bodies, queries and answers of the REST API. Bodies refuse fields that they do not know, so that nobody believes
//! to have set what only the server sets; queries ignore them.

mod account;
mod message;
mod page;
mod problem;
mod room;

use serde::{Deserialize, Deserializer};

pub use account::{
    GrantType, ProfilePatch, RefreshBody, RegisterBody, RegisterQuery, Revoked, Session, Ticket, TokenForm, TokenPair,
    TokenType, User,
};
pub use message::{Message, MessagePatch};
pub use page::{Order, Page, PageQuery, RoomQuery, UserQuery};
pub use problem::{Health, Problem, ValidationIssue, ValidationProblem};
pub use room::{AddMember, Member, ModeratorBody, Presence, Room, RoomCreate, RoomPatch, ToggleBody};

/// Tells `null` (`Some(None)`) from absent (`None`, through `#[serde(default)]`).
#[expect(clippy::option_option, reason = "absent, null and a value are three different wishes")]
fn present<'de, D, T>(deserializer: D) -> Result<Option<Option<T>>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    Option::deserialize(deserializer).map(Some)
}

#[cfg(test)]
mod tests;
