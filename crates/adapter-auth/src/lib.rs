//! Signed tokens ([`JwtTokens`]) and password hashing ([`Argon2Hasher`]).

mod passwords;
mod tokens;

pub use passwords::Argon2Hasher;
pub use tokens::JwtTokens;
