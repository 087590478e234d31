//! The words that clients may branch on.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $word:literal),+ $(,)?) => {
        /// Why something failed, for programs. Words are added, never changed.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
        pub enum ErrorCode {
            $($(#[$doc])* #[serde(rename = $word)] $name),+
        }

        impl ErrorCode {
            pub const ALL: &[Self] = &[$(Self::$name),+];

            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $word),+
                }
            }

            #[must_use]
            pub fn parse(word: &str) -> Option<Self> {
                match word {
                    $($word => Some(Self::$name),)+
                    _ => None,
                }
            }
        }
    };
}

codes! {
    /// Not JSON.
    InvalidJson = "invalid_json",
    /// JSON, but not an object, with a repeated field, or with a field of the wrong type.
    InvalidFrame = "invalid_frame",
    /// No frame of this type is known.
    UnknownType = "unknown_type",
    /// Larger than the limit in the banner. The connection ends.
    FrameTooLarge = "frame_too_large",
    /// Text was expected.
    BinaryFrame = "binary_frame",
    /// Who is asking could not be told. The connection ends.
    Unauthorized = "unauthorized",
    /// The frame names no room.
    RoomRequired = "room_required",
    /// The frame names a room that does not exist, or not for this user.
    RoomMissing = "room_missing",
    /// The room must be joined on this connection first.
    NotJoined = "not_joined",
    TooManyRooms = "too_many_rooms",
    TooManyConnections = "too_many_connections",
    /// A value was refused; `message` tells what would be accepted.
    Invalid = "invalid",
    WrongPassword = "wrong_password",
    BadRefreshToken = "bad_refresh_token",
    BadToken = "bad_token",
    TokenExpired = "token_expired",
    WrongTokenType = "wrong_token_type",
    SessionRevoked = "session_revoked",
    AccountDisabled = "account_disabled",
    BadTicket = "bad_ticket",
    RoomNotFound = "room_not_found",
    RoomIsPrivate = "room_is_private",
    NotAMember = "not_a_member",
    Banned = "banned",
    Muted = "muted",
    NotModerator = "not_moderator",
    NotPermitted = "not_permitted",
    Outranked = "outranked",
    RoomArchived = "room_archived",
    /// Only moderators write in this room.
    ModeratorsOnly = "moderators_only",
    /// Slow mode: again after `after_ms`.
    SlowMode = "slow_mode",
    DirectRoom = "direct_room",
    /// The other side of a direct conversation cannot be written to. Why is not said.
    Unreachable = "unreachable",
    /// Nobody new may join now.
    RoomLocked = "room_locked",
    /// Others join too, too many of them; again after `after_ms`.
    JoiningTooFast = "joining_too_fast",
    AccountTooNew = "account_too_new",
    /// The message has words that the room does not allow. It is not posted.
    BlockedByFilter = "blocked_by_filter",
    /// Not posted: it waits for a moderator. Sending it again under the same `id` changes nothing.
    HeldForReview = "held_for_review",
    ReportNotFound = "report_not_found",
    FilterNotFound = "filter_not_found",
    HeldMessageNotFound = "held_message_not_found",
    ReportResolved = "report_resolved",
    TooManyReports = "too_many_reports",
    FilterExists = "filter_exists",
    TooManyFilters = "too_many_filters",
    AuthorCannotPost = "author_cannot_post",
    UserNotFound = "user_not_found",
    MessageNotFound = "message_not_found",
    MemberNotFound = "member_not_found",
    MembershipNotFound = "membership_not_found",
    SessionNotFound = "session_not_found",
    UsernameTaken = "username_taken",
    EmailTaken = "email_taken",
    RoomNameTaken = "room_name_taken",
    AlreadyMember = "already_member",
    /// The client id was used for another message.
    ClientIdReused = "client_id_reused",
    TooManyEmojis = "too_many_emojis",
    /// A file that is not there, is another's, or is in a message already.
    AttachmentNotFound = "attachment_not_found",
    QuotaExceeded = "quota_exceeded",
    FileTooLarge = "file_too_large",
    FileEmpty = "file_empty",
    FileTypeNotAllowed = "file_type_not_allowed",
    BadImage = "bad_image",
    ImageTooLarge = "image_too_large",
    TooManyUploads = "too_many_uploads",
    TooManyPins = "too_many_pins",
    TooManyInvites = "too_many_invites",
    InviteNotFound = "invite_not_found",
    /// This is told only in rooms with few members.
    RoomTooLarge = "room_too_large",
    RateLimited = "rate_limited",
    /// Overloaded: try again in a moment.
    Busy = "busy",
    /// Something that the server depends on does not answer.
    Unavailable = "unavailable",
    Internal = "internal",
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_its_word_everywhere() {
        for code in ErrorCode::ALL {
            assert_eq!(serde_json::to_value(code).expect("plain"), code.as_str());
            assert_eq!(ErrorCode::parse(code.as_str()), Some(*code));
            assert!(code.as_str().bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'), "{code}");
        }
        assert_eq!(ErrorCode::parse("nonsense"), None);
    }
}
