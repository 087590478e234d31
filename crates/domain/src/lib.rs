//! The rules of Hallway, and nothing else: no serialisation, no async runtime, no I/O.
//!
//! * Entities and value types: [`User`], [`Session`], [`Room`], [`Membership`], [`Sanction`], [`Message`].
//!   Text from outside becomes a value type ([`Username`], [`RoomName`], [`Body`], ...) before anything looks at it.
//! * [`policy`] is the one place that says no. Changing methods and subscriptions demand the [`policy::Permit`]
//!   that [`policy::authorize`] gave, so forgetting to ask does not compile.
//! * [`Event`] is a durable fact with a place (`seq`) in its room's log; [`Signal`] is ephemeral.
//! * [`ports`] are the traits behind which databases, buses, presence, hashing and tokens live. Each has a
//!   mock behind the feature `mock`.
//!
//! `hallway-application` orders the I/O around these rules; `hallway-adapter-local` runs them in one process.

pub mod ambient;
mod event;
mod ids;
mod membership;
mod message;
mod page;
pub mod policy;
pub mod ports;
mod room;
mod sanction;
mod session;
mod signal;
mod text;
mod user;

pub use event::{Event, Fact, MemberChange, Toggle};
pub use ids::{ClientId, ConnectionId, Epoch, MessageId, NodeId, RoomId, SanctionId, Seq, SessionId, TokenId, UserId};
pub use membership::{Membership, NotifyLevel, Role, Standing};
pub use message::{Message, MessageKind, MessageView, NewMessage, ReactionGroup, ReplyPreview};
pub use page::{Order, Page, PageRequest};
pub use room::{NewRoom, Room, RoomHead, RoomKind, RoomPatch};
pub use sanction::{NewSanction, Sanction, SanctionKind};
pub use session::{RefreshToken, Session};
pub use signal::{Disconnect, Revocation, RoomLoss, Signal, SignalKind};
pub use text::{Body, Email, Emoji, FullName, InvalidText, Password, PasswordRules, RoomName, RoomTopic, Username};
pub use user::{Actor, NewUser, PasswordHash, User, UserRef};

/// A moment in UTC, whole microseconds: what both databases keep without loss.
pub type Timestamp = time::OffsetDateTime;
