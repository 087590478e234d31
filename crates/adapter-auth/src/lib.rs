//! Signed tokens ([`JwtTokens`]) password hashing ([`Argon2Hasher`]) and one-time codes ([`TotpCodes`]).

mod codes;
mod passwords;
mod signer;
mod tokens;
mod turn;

pub use codes::TotpCodes;
pub use passwords::Argon2Hasher;
pub use signer::HmacSigner;
pub use tokens::JwtTokens;
pub use turn::TurnSecret;
