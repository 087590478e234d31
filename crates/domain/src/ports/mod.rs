//! What the rules need from outside, as traits. Every port has a mock behind the feature `mock`, and a contract
//! suite in `hallway-test-support` that every adapter and every fake passes.

mod accounts;
mod auth;
mod blobs;
mod bus;
mod calls;
mod highlights;
mod limits;
mod presence;
mod queries;
mod review;
mod store;

pub use accounts::{AccountFilter, AccountQueries, AccountRepository, Erased};
pub use auth::{
    AccessClaims, Claims, Grant, HashError, OneTimeCodes, PasswordHasher, RefreshClaims, TokenError, Tokens,
};
pub use blobs::{
    BlobError, BlobReader, BlobResult, BlobStore, InspectError, Inspected, Intake, Signer, Staged, StagedWriter,
};
pub use bus::{BusError, BusItem, BusSink, EventBus};
pub use calls::{CallCursor, CallLines, CallQueries, CallRepository, Line, LineError, StoredCall, TurnSigner};
pub use highlights::{Mention, MentionRepository, Mentioned, PinRepository};
pub use limits::{LimitError, Limited, Rate, RateLimiter, Tickets};
pub use presence::{Arrival, Departure, Entered, Presence, PresenceError};
pub use queries::{
    Access, DirectFilter, MemberMark, MemberView, PeerView, Queries, RoomFilter, RoomSummary, UnreadCount, UserFilter,
};
pub use review::{AuditFilter, AuditLine, ReportFilter, ReviewQueries, ReviewRepository};
pub use store::{
    AttachmentRepository, AuditEntry, AuditRepository, EventRepository, InsertedUser, InviteRepository,
    MembershipRepository, MessageRepository, PurgeMessages, ReactionRepository, RoomRepository, SanctionRepository,
    SessionRepository, Store, StoreError, StoreResult, UnitOfWork, UserRepository,
};

#[cfg(feature = "mock")]
pub use {
    auth::{MockPasswordHasher, MockTokens},
    blobs::MockSigner,
    bus::{MockBusSink, MockEventBus},
    limits::{MockRateLimiter, MockTickets},
    presence::MockPresence,
    queries::MockQueries,
};
