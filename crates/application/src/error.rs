//! How a use case fails: one closed enum, each value with a stable `code` and a [`ErrorKind`] that the edge maps to a
//! status. Nothing in it is secret, but for the detail of [`Error::Internal`] and [`Error::Unavailable`]: log that,
//! never send it.

use hallway_domain::InvalidText;
use hallway_domain::policy::Denied;
use hallway_domain::ports::{BusError, HashError, LimitError, Limited, PresenceError, StoreError};

pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What sort of failure it is. The edge turns it into a status in one exhaustive match.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    Invalid,
    Unauthenticated,
    Forbidden,
    NotFound,
    Conflict,
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
    #[error("too many different reactions")]
    TooManyEmojis,
}

impl Error {
    pub const fn kind(&self) -> ErrorKind {
        match self {
            Self::Invalid(_) => ErrorKind::Invalid,
            Self::Unauthenticated(_) => ErrorKind::Unauthenticated,
            Self::Denied(Denied::Hidden) | Self::NotFound(_) => ErrorKind::NotFound,
            Self::Denied(_) => ErrorKind::Forbidden,
            Self::Conflict(_) => ErrorKind::Conflict,
            Self::RateLimited(_) => ErrorKind::RateLimited,
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
                Denied::DirectRoom => "direct_room",
            },
            Self::NotFound(missing) => match missing {
                Missing::User => "user_not_found",
                Missing::Room => "room_not_found",
                Missing::Message => "message_not_found",
                Missing::Member => "member_not_found",
                Missing::Membership => "membership_not_found",
                Missing::Session => "session_not_found",
            },
            Self::Conflict(conflict) => match conflict {
                Conflict::UsernameTaken => "username_taken",
                Conflict::EmailTaken => "email_taken",
                Conflict::RoomNameTaken => "room_name_taken",
                Conflict::AlreadyMember => "already_member",
                Conflict::ClientIdReused => "client_id_reused",
                Conflict::TooManyEmojis => "too_many_emojis",
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
