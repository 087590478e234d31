//! How a use case fails: one closed enum, each value with a stable `code` and a [`ErrorKind`] that the edge maps to a
//! status. Nothing in it is secret, but for the detail of [`Error::Internal`] and [`Error::Unavailable`]: log that,
//! never send it.

use hallway_domain::InvalidText;
use hallway_domain::policy::Denied;
use hallway_domain::ports::{
    BlobError, BusError, HashError, InspectError, LimitError, Limited, PresenceError, StoreError,
};

pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What sort of failure it is. The edge turns it into a status in one exhaustive match.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    Invalid,
    Unauthenticated,
    Forbidden,
    NotFound,
    Conflict,
    /// More bytes than are taken.
    TooLarge,
    /// Of a type that is not taken.
    WrongType,
    RateLimited,
    /// Overloaded: try again in a moment.
    Busy,
    /// Something that we depend on does not answer.
    Unavailable,
    Internal,
}

#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Invalid(#[from] InvalidText),
    #[error(transparent)]
    Unauthenticated(#[from] AuthFailure),
    #[error(transparent)]
    Denied(#[from] Denied),
    #[error(transparent)]
    NotFound(#[from] Missing),
    #[error(transparent)]
    Conflict(#[from] Conflict),
    #[error(transparent)]
    File(#[from] FileRefused),
    #[error("too many requests, try again in {} ms", .0.retry_after.whole_milliseconds())]
    RateLimited(Limited),
    #[error("server is busy, try again")]
    Busy,
    #[error("temporarily unavailable")]
    Unavailable(String),
    #[error("internal error")]
    Internal(String),
}

/// Why a caller could not be told who it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AuthFailure {
    #[error("Incorrect username or password")]
    WrongPassword,
    #[error("Invalid refresh token")]
    BadRefreshToken,
    #[error("Invalid token: token decode error")]
    BadToken,
    #[error("Invalid token: token expired")]
    TokenExpired,
    #[error("Invalid token type")]
    WrongTokenType,
    #[error("Session revoked")]
    SessionRevoked,
    #[error("Inactive user")]
    AccountDisabled,
    #[error("Invalid ticket")]
    BadTicket,
    /// The password is right, and a code of the second factor is needed too.
    #[error("A code is needed too")]
    CodeRequired,
    #[error("Incorrect code")]
    WrongCode,
    /// Signed in, and the code that confirms an authenticator is not the right one.
    #[error("Incorrect code")]
    CodeNotConfirmed,
    /// Signed in, but the password that an act asks for once more is not the right one.
    #[error("Incorrect password")]
    NotConfirmed,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Missing {
    #[error("user not found")]
    User,
    #[error("room not found")]
    Room,
    #[error("message not found")]
    Message,
    #[error("member not found")]
    Member,
    #[error("membership not found")]
    Membership,
    #[error("session not found")]
    Session,
    #[error("attachment not found")]
    Attachment,
    #[error("report not found")]
    Report,
    #[error("filter not found")]
    Filter,
    #[error("held message not found")]
    HeldMessage,
    /// Or it is over, used up or revoked: nobody is told which.
    #[error("invitation not found")]
    Invite,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Conflict {
    #[error("username already exists")]
    UsernameTaken,
    #[error("username or email already exists")]
    EmailTaken,
    #[error("room name exists")]
    RoomNameTaken,
    #[error("already member")]
    AlreadyMember,
    #[error("client id was used for another message")]
    ClientIdReused,
    #[error("no room left for files")]
    QuotaExceeded,
    #[error("too many different reactions")]
    TooManyEmojis,
    #[error("too many pinned messages")]
    TooManyPins,
    #[error("too many invitations")]
    TooManyInvites,
    #[error("room has too many members")]
    RoomTooLarge,
    #[error("report was decided otherwise")]
    ReportResolved,
    #[error("too many open reports")]
    TooManyReports,
    #[error("filter exists")]
    FilterExists,
    #[error("too many filters")]
    TooManyFilters,
    #[error("the author may not write in the room any more")]
    AuthorCannotPost,
    #[error("too many blocked users")]
    TooManyBlocks,
    #[error("there is a second factor already")]
    SecondFactorSet,
    #[error("there is no second factor to confirm")]
    NoSecondFactor,
}

/// Why a file is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FileRefused {
    #[error("file has more than {max} bytes")]
    TooLarge { max: u64 },
    #[error("file is empty")]
    Empty,
    #[error("files of this type are not allowed")]
    Type,
    #[error("image is damaged or not complete")]
    BadImage,
    #[error("image has too many pixels")]
    TooManyPixels,
    #[error("too many uploads at the same time")]
    TooManyUploads,
}

impl Error {
    pub const fn kind(&self) -> ErrorKind {
        match self {
            Self::Invalid(_) => ErrorKind::Invalid,
            Self::Denied(Denied::Hidden) | Self::NotFound(_) => ErrorKind::NotFound,
            Self::RateLimited(_) | Self::Denied(Denied::SlowMode(_) | Denied::JoiningTooFast(_)) => {
                ErrorKind::RateLimited
            }
            Self::Denied(_) | Self::Unauthenticated(AuthFailure::NotConfirmed | AuthFailure::CodeNotConfirmed) => {
                ErrorKind::Forbidden
            }
            Self::Unauthenticated(_) => ErrorKind::Unauthenticated,
            Self::Conflict(_) => ErrorKind::Conflict,
            Self::File(refused) => match refused {
                FileRefused::TooLarge { .. } => ErrorKind::TooLarge,
                FileRefused::TooManyUploads => ErrorKind::RateLimited,
                FileRefused::Type => ErrorKind::WrongType,
                FileRefused::Empty | FileRefused::BadImage | FileRefused::TooManyPixels => ErrorKind::Invalid,
            },
            Self::Busy => ErrorKind::Busy,
            Self::Unavailable(_) => ErrorKind::Unavailable,
            Self::Internal(_) => ErrorKind::Internal,
        }
    }

    /// A stable snake_case word that clients may branch on.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Invalid(_) => "invalid",
            Self::Unauthenticated(failure) => match failure {
                AuthFailure::WrongPassword => "wrong_password",
                AuthFailure::BadRefreshToken => "bad_refresh_token",
                AuthFailure::BadToken => "bad_token",
                AuthFailure::TokenExpired => "token_expired",
                AuthFailure::WrongTokenType => "wrong_token_type",
                AuthFailure::SessionRevoked => "session_revoked",
                AuthFailure::AccountDisabled => "account_disabled",
                AuthFailure::BadTicket => "bad_ticket",
                AuthFailure::NotConfirmed => "not_confirmed",
                AuthFailure::CodeRequired => "totp_required",
                AuthFailure::WrongCode | AuthFailure::CodeNotConfirmed => "wrong_code",
            },
            Self::Denied(denied) => match denied {
                Denied::Hidden => "room_not_found",
                Denied::PrivateRoom => "room_is_private",
                Denied::NotMember => "not_a_member",
                Denied::Banned(_) => "banned",
                Denied::Muted(_) => "muted",
                Denied::NotModerator => "not_moderator",
                Denied::NotPermitted => "not_permitted",
                Denied::Outranked => "outranked",
                Denied::Archived => "room_archived",
                Denied::ModeratorsOnly => "moderators_only",
                Denied::SlowMode(_) => "slow_mode",
                Denied::DirectRoom => "direct_room",
                Denied::RoomLocked => "room_locked",
                Denied::JoiningTooFast(_) => "joining_too_fast",
                Denied::AccountTooNew(_) => "account_too_new",
                Denied::BlockedByFilter => "blocked_by_filter",
                Denied::HeldForReview => "held_for_review",
                Denied::NotAdministrator => "not_administrator",
                Denied::Unreachable => "unreachable",
            },
            Self::NotFound(missing) => match missing {
                Missing::User => "user_not_found",
                Missing::Room => "room_not_found",
                Missing::Message => "message_not_found",
                Missing::Member => "member_not_found",
                Missing::Membership => "membership_not_found",
                Missing::Session => "session_not_found",
                Missing::Attachment => "attachment_not_found",
                Missing::Report => "report_not_found",
                Missing::Filter => "filter_not_found",
                Missing::HeldMessage => "held_message_not_found",
                Missing::Invite => "invite_not_found",
            },
            Self::Conflict(conflict) => match conflict {
                Conflict::UsernameTaken => "username_taken",
                Conflict::EmailTaken => "email_taken",
                Conflict::RoomNameTaken => "room_name_taken",
                Conflict::AlreadyMember => "already_member",
                Conflict::ClientIdReused => "client_id_reused",
                Conflict::TooManyEmojis => "too_many_emojis",
                Conflict::QuotaExceeded => "quota_exceeded",
                Conflict::TooManyPins => "too_many_pins",
                Conflict::TooManyInvites => "too_many_invites",
                Conflict::RoomTooLarge => "room_too_large",
                Conflict::ReportResolved => "report_resolved",
                Conflict::TooManyReports => "too_many_reports",
                Conflict::FilterExists => "filter_exists",
                Conflict::TooManyFilters => "too_many_filters",
                Conflict::AuthorCannotPost => "author_cannot_post",
                Conflict::TooManyBlocks => "too_many_blocks",
                Conflict::SecondFactorSet => "second_factor_set",
                Conflict::NoSecondFactor => "no_second_factor",
            },
            Self::File(refused) => match refused {
                FileRefused::TooLarge { .. } => "file_too_large",
                FileRefused::Empty => "file_empty",
                FileRefused::Type => "file_type_not_allowed",
                FileRefused::BadImage => "bad_image",
                FileRefused::TooManyPixels => "image_too_large",
                FileRefused::TooManyUploads => "too_many_uploads",
            },
            Self::RateLimited(_) => "rate_limited",
            Self::Busy => "busy",
            Self::Unavailable(_) => "unavailable",
            Self::Internal(_) => "internal",
        }
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable(_) | StoreError::Conflict(_) => Self::Unavailable(error.to_string()),
            StoreError::Corrupt { .. } | StoreError::Internal(_) => Self::Internal(error.to_string()),
        }
    }
}

impl From<HashError> for Error {
    fn from(error: HashError) -> Self {
        match error {
            HashError::Busy => Self::Busy,
            HashError::Internal(detail) => Self::Internal(detail),
        }
    }
}

macro_rules! unavailable {
    ($($port:ty),+) => {$(
        impl From<$port> for Error {
            fn from(error: $port) -> Self {
                Self::Unavailable(error.to_string())
            }
        }
    )+};
}

unavailable!(BusError, LimitError, PresenceError);

impl From<BlobError> for Error {
    fn from(error: BlobError) -> Self {
        match error {
            BlobError::Unavailable(_) => Self::Unavailable(error.to_string()),
            BlobError::Internal(_) => Self::Internal(error.to_string()),
        }
    }
}

impl From<InspectError> for Error {
    fn from(error: InspectError) -> Self {
        match error {
            InspectError::BadImage => FileRefused::BadImage.into(),
            InspectError::TooManyPixels => FileRefused::TooManyPixels.into(),
            InspectError::Busy => Self::Busy,
            InspectError::Blob(error) => error.into(),
        }
    }
}
