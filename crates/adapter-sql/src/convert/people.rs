//! Accounts and logins.

use hallway_domain::ports::StoreResult;
use hallway_domain::{Email, FullName, RefreshToken, Session, SessionId, TokenId, User, UserId, Username};

use super::Row;
use crate::entities::{refresh_tokens, sessions, users};

pub(crate) fn user(row: users::Model) -> StoreResult<User> {
    let at = Row { table: "users", id: &row.id };
    Ok(User {
        created_at: at.moment(row.created_at)?,
        id: UserId(row.id),
        username: Username::from_stored(row.username),
        email: row.email.map(Email::from_stored),
        full_name: row.full_name.map(FullName::from_stored),
        disabled: row.disabled,
        is_admin: row.is_admin,
    })
}

pub(crate) fn session(row: sessions::Model) -> StoreResult<Session> {
    let at = Row { table: "sessions", id: &row.id };
    Ok(Session {
        created_at: at.moment(row.created_at)?,
        last_used_at: at.moment(row.last_used_at)?,
        expires_at: at.moment(row.expires_at)?,
        revoked_at: at.moment_if(row.revoked_at)?,
        id: SessionId(row.id),
        user: UserId(row.user_id),
        user_agent: row.user_agent,
        ip: row.ip,
    })
}

#[expect(clippy::needless_pass_by_value, reason = "a row is used up, as in its siblings")]
pub(crate) fn refresh_token(row: refresh_tokens::Model) -> StoreResult<RefreshToken> {
    let at = Row { table: "refresh_tokens", id: &row.id };
    let hash = row.token_hash.as_slice().try_into();
    Ok(RefreshToken {
        created_at: at.moment(row.created_at)?,
        expires_at: at.moment(row.expires_at)?,
        used_at: at.moment_if(row.used_at)?,
        hash: hash.map_err(|_| at.corrupt(format!("a hash of {} bytes", row.token_hash.len())))?,
        id: TokenId(row.id),
        session: SessionId(row.session_id),
        parent: row.parent_id.map(TokenId),
    })
}
