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

mod account;
pub mod ambient;
mod attachment;
pub mod call;
mod event;
mod filter;
mod ids;
mod invite;
mod membership;
mod mention;
mod message;
mod page;
pub mod policy;
pub mod ports;
mod protection;
mod report;
mod room;
mod sanction;
pub mod search;
mod session;
mod signal;
mod text;
mod user;

pub use account::{BlockView, OwnDeed, OwnMessage, OwnPlace, OwnReaction, SecondFactor};
pub use attachment::{
    Attachment, BlobHash, BlobKey, Claim, FileName, MAX_ATTACHMENTS, NewAttachment, Picture, Place, StoredAttachment,
};
pub use event::{Event, Fact, MemberChange, Purge, Toggle};
pub use filter::{FilterAction, FilterRule, HeldMessage, NewFilterRule, NewHeld, Pattern, WordFilter};
pub use ids::{
    AttachmentId, AuditId, BlobId, ClientId, ConnectionId, Epoch, FilterId, HeldId, InviteId, MessageId, NodeId,
    ReportId, RoomId, SanctionId, Seq, SessionId, TokenId, UserId,
};
pub use invite::{Invite, InvitePreview, InviteTerms, InviteView, NewInvite};
pub use membership::{Membership, NotifyLevel, Role, Standing};
pub use mention::Mentions;
pub use message::{Message, MessageKind, MessagePlace, MessageView, NewMessage, PinView, ReactionGroup, ReplyPreview};
pub use page::{Order, Page, PageRequest};
pub use protection::ProtectionPatch;
pub use report::{NewReport, Remark, Report, ReportSubject, ReportView, Resolution, Resolved};
pub use room::{DirectKey, NewRoom, Peers, Posting, Room, RoomHead, RoomKind, RoomMode, RoomPatch, RoomRules};
pub use sanction::{NewSanction, Sanction, SanctionKind, SanctionView};
pub use session::{RefreshToken, Session};
pub use signal::{Disconnect, Receipt, Revocation, RoomLoss, Signal, SignalKind};
pub use text::{Body, Email, Emoji, FullName, InvalidText, Password, PasswordRules, RoomName, RoomTopic, Username};
pub use user::{Actor, NewUser, PasswordHash, User, UserKey, UserRef};

/// A moment in UTC, whole microseconds: what both databases keep without loss.
pub type Timestamp = time::OffsetDateTime;
