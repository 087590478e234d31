//! What the rules need from outside, as traits. Every port has a mock behind the feature `mock`, and a contract
//! suite in `hallway-test-support` that every adapter and every fake passes.

mod auth;
mod bus;
mod limits;
mod presence;
mod queries;
mod store;

pub use auth::{AccessClaims, Claims, HashError, PasswordHasher, RefreshClaims, TokenError, Tokens};
pub use bus::{BusError, BusItem, BusSink, EventBus};
pub use limits::{LimitError, Limited, Rate, RateLimiter, Tickets};
pub use presence::{Arrival, Departure, Entered, Presence, PresenceError};
pub use queries::{Access, MemberView, Queries, RoomFilter, RoomSummary, UnreadCount, UserFilter};
pub use store::{
    AuditEntry, AuditRepository, EventRepository, InsertedUser, MembershipRepository, MessageRepository,
    ReactionRepository, RoomRepository, SanctionRepository, SessionRepository, Store, StoreError, StoreResult,
    UnitOfWork, UserRepository,
};

#[cfg(feature = "mock")]
pub use {
    auth::{MockPasswordHasher, MockTokens},
    bus::{MockBusSink, MockEventBus},
    limits::{MockRateLimiter, MockTickets},
    presence::MockPresence,
    queries::MockQueries,
};
