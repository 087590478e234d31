//! Bodies, queries and answers of the REST API. Bodies refuse fields that they do not know, so that nobody believes
//! to have set what only the server sets; queries ignore them.

mod account;
mod account_security;
mod attachment;
mod calls;
pub mod fastsock;
mod message;
mod moderation;
mod page;
mod problem;
mod review;
mod room;
mod search;

use serde::{Deserialize, Deserializer};

pub use account::{
    GrantType, ProfilePatch, RefreshBody, RegisterBody, RegisterQuery, Revoked, Session, Ticket, TokenForm, TokenPair,
    TokenType, User,
};
pub use account_security::{
    Block, Confirmation, Export, ExportedActivity, ExportedFile, ExportedMembership, ExportedMessage, ExportedReaction,
    PasswordChange, RecoveryCodes, TotpCode, TotpSecret, TotpState,
};
pub use attachment::{Attachment, Upload, UploadForm};
pub use calls::{CallDirection, IceServer, IceServers, IceUrls, PastCall, PastCalls};
pub use message::{Message, MessagePatch, NotifyBody, Pin, ReadBody, Seen, SeenBy, Unread, UnreadBody};
pub use moderation::{Invite, InviteCreate, InvitePreview, KickBody, OwnerBody, Sanction, SanctionBody};
pub use page::{Order, Page, PageQuery, RoomQuery, UserQuery};
pub use problem::{Health, Problem, Readiness, ValidationIssue, ValidationProblem};
pub use review::{
    Approved, AuditLine, CursorPage, Filter, FilterAction, FilterCreate, Filters, HeldMessage, Person, Protection,
    ProtectionPatch, Report, ReportAction, ReportCreate, ReportReceipt, ReportResolution, ReportResolve,
};
pub use room::{
    AddMember, DirectCreate, Member, ModeratorBody, Peer, Presence, Room, RoomCreate, RoomPatch, ToggleBody,
};
pub use search::{FoundMessage, FoundMessages, FoundRoom};

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
