//! Passwords and tokens that can be read with the naked eye. Never use them outside of tests.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use async_trait::async_trait;
use hallway_domain::ports::{
    AccessClaims, Grant, HashError, OneTimeCodes, PasswordHasher, RefreshClaims, TokenError, Tokens,
};
use hallway_domain::{Password, PasswordHash, SessionId, Timestamp, TokenId, UserId, Username};
use time::OffsetDateTime;

/// Hashes at once by writing `fake$` before the password.
#[derive(Debug, Default)]
pub struct FakeHasher {
    busy: AtomicBool,
    verified: AtomicU64,
}

impl FakeHasher {
    /// From now on all hashing slots are taken, or free again.
    pub fn set_busy(&self, busy: bool) {
        self.busy.store(busy, Ordering::SeqCst);
    }

    /// How many passwords were checked, against nothing stored ones too.
    pub fn verified(&self) -> u64 {
        self.verified.load(Ordering::SeqCst)
    }

    fn slot(&self) -> Result<(), HashError> {
        if self.busy.load(Ordering::SeqCst) { Err(HashError::Busy) } else { Ok(()) }
    }
}

fn hashed(password: &Password) -> PasswordHash {
    PasswordHash(format!("fake${}", password.expose()))
}

#[async_trait]
impl PasswordHasher for FakeHasher {
    async fn hash(&self, password: &Password) -> Result<PasswordHash, HashError> {
        self.slot()?;
        Ok(hashed(password))
    }

    async fn verify(&self, password: &Password, stored: Option<PasswordHash>) -> Result<bool, HashError> {
        self.slot()?;
        self.verified.fetch_add(1, Ordering::SeqCst);
        Ok(stored.is_some_and(|stored| stored == hashed(password)))
    }
}

/// Codes that are a sum.
#[derive(Clone, Copy, Debug, Default)]
pub struct FakeCodes;

impl OneTimeCodes for FakeCodes {
    fn code(&self, secret: &[u8], step: i64) -> u32 {
        let sum: u64 = secret.iter().map(|byte| u64::from(*byte)).sum();
        u32::try_from((sum * 7919 + step.unsigned_abs() * 104_729) % 1_000_000).unwrap_or_default()
    }
}

/// Writes the claims down as they are, with a checksum in the place of a signature.
#[derive(Clone, Copy, Debug, Default)]
pub struct FakeTokens;

const ACCESS: &str = "access";
const REFRESH: &str = "refresh";

/// The claims that both kinds have.
struct Claims {
    user: UserId,
    username: Username,
    session: SessionId,
    grant: Grant,
    id: TokenId,
    issued_at: Timestamp,
    expires_at: Timestamp,
}

fn checksum(text: &str, salt: u64) -> u64 {
    let mut hasher = DefaultHasher::new();
    (salt, text).hash(&mut hasher);
    hasher.finish()
}

fn sign(kind: &str, claims: &Claims) -> String {
    let Claims { user, username, session, grant, id, issued_at, expires_at } = claims;
    let (from, to) = (issued_at.unix_timestamp(), expires_at.unix_timestamp());
    let text = format!("{kind}~{user}~{username}~{session}~{grant:?}~{id}~{from}~{to}");
    let sum = checksum(&text, 0);
    format!("{text}~{sum:016x}")
}

fn parse(token: &str) -> Option<(&str, Claims)> {
    let (text, sum) = token.rsplit_once('~')?;
    if sum != format!("{:016x}", checksum(text, 0)) {
        return None;
    }
    let mut fields = text.split('~');
    let kind = fields.next()?;
    let claims = Claims {
        user: UserId(fields.next()?.parse().ok()?),
        username: Username::parse(fields.next()?).ok()?,
        session: SessionId(fields.next()?.parse().ok()?),
        grant: if fields.next()? == "Single" { Grant::Single } else { Grant::Pair },
        id: TokenId(fields.next()?.parse().ok()?),
        issued_at: OffsetDateTime::from_unix_timestamp(fields.next()?.parse().ok()?).ok()?,
        expires_at: OffsetDateTime::from_unix_timestamp(fields.next()?.parse().ok()?).ok()?,
    };
    Some((kind, claims))
}

fn verify(kind: &str, token: &str, now: Timestamp) -> Result<Claims, TokenError> {
    let (found, claims) = parse(token).ok_or(TokenError::Malformed)?;
    if now >= claims.expires_at {
        return Err(TokenError::Expired);
    }
    if found == kind { Ok(claims) } else { Err(TokenError::WrongType) }
}

/// The two claim types have the same fields and no common one.
macro_rules! convert {
    ($from:ident, $to:ident, $claims:expr) => {{
        let $from { user, username, session, grant, id, issued_at, expires_at } = $claims;
        $to { user, username, session, grant, id, issued_at, expires_at }
    }};
}

impl Tokens for FakeTokens {
    fn sign_access(&self, claims: &AccessClaims) -> String {
        sign(ACCESS, &convert!(AccessClaims, Claims, claims.clone()))
    }

    fn sign_refresh(&self, claims: &RefreshClaims) -> String {
        sign(REFRESH, &convert!(RefreshClaims, Claims, claims.clone()))
    }

    fn verify_access(&self, token: &str, now: Timestamp) -> Result<AccessClaims, TokenError> {
        verify(ACCESS, token, now).map(|claims| convert!(Claims, AccessClaims, claims))
    }

    fn verify_refresh(&self, token: &str, now: Timestamp) -> Result<RefreshClaims, TokenError> {
        verify(REFRESH, token, now).map(|claims| convert!(Claims, RefreshClaims, claims))
    }

    fn fingerprint(&self, token: &str) -> [u8; 32] {
        let mut print = [0; 32];
        for (salt, chunk) in (1_u64..).zip(print.chunks_mut(8)) {
            chunk.copy_from_slice(&checksum(token, salt).to_le_bytes());
        }
        print
    }
}
