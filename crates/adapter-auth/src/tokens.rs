//! JSON Web Tokens ([RFC 7519](https://www.rfc-editor.org/rfc/rfc7519)), HS256 and nothing else, hardened as
//! [RFC 8725](https://www.rfc-editor.org/rfc/rfc8725) asks: one algorithm, one header, one type per use.

use hallway_domain::ports::{Claims, Grant, TokenError, Tokens};
use hallway_domain::{SessionId, Timestamp, TokenId, UserId, Username};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use secrecy::{ExposeSecret, SecretSlice};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

const VERSION: u8 = 1;

/// Longest token that is looked at, in bytes.
const MAX_BYTES: usize = 4096;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Use {
    Access,
    Refresh,
}

#[derive(Debug, Serialize, Deserialize)]
struct Payload {
    sub: String,
    uid: i64,
    sid: Uuid,
    jti: Uuid,
    iat: i64,
    exp: i64,
    v: u8,
    typ: Use,
    #[serde(default, skip_serializing_if = "is_pair")]
    grant: GrantWord,
}

/// Absent is a pair, as in tokens of older releases.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum GrantWord {
    #[default]
    Pair,
    Single,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes what it skips by reference")]
fn is_pair(grant: &GrantWord) -> bool {
    *grant == GrantWord::Pair
}

/// Signs and checks both kinds of token with one secret.
pub struct JwtTokens {
    header: Header,
    signing: EncodingKey,
    checking: DecodingKey,
    validation: Validation,
}

impl JwtTokens {
    /// `secret` should have 32 bytes or more ([RFC 7518](https://www.rfc-editor.org/rfc/rfc7518), section 3.2).
    #[must_use]
    pub fn new(secret: &SecretSlice<u8>) -> Self {
        let mut validation = Validation::new(Algorithm::HS256);
        // Checked below against the clock that callers pass in.
        validation.validate_exp = false;
        validation.validate_nbf = true;
        validation.set_required_spec_claims(&["exp", "sub"]);
        Self {
            header: Header::new(Algorithm::HS256),
            signing: EncodingKey::from_secret(secret.expose_secret()),
            checking: DecodingKey::from_secret(secret.expose_secret()),
            validation,
        }
    }

    fn sign(&self, claims: &Claims, typ: Use) -> String {
        let payload = Payload {
            sub: claims.username.as_str().to_owned(),
            uid: claims.user.0,
            sid: claims.session.0,
            jti: claims.id.0,
            iat: claims.issued_at.unix_timestamp(),
            exp: claims.expires_at.unix_timestamp(),
            v: VERSION,
            typ,
            grant: match claims.grant {
                Grant::Pair => GrantWord::Pair,
                Grant::Single => GrantWord::Single,
            },
        };
        jsonwebtoken::encode(&self.header, &payload, &self.signing)
            .expect("HS256 over plain text and numbers cannot fail")
    }

    fn verify(&self, token: &str, wanted: Use, now: Timestamp) -> Result<Claims, TokenError> {
        if token.len() > MAX_BYTES {
            return Err(TokenError::Malformed);
        }
        let decoded = jsonwebtoken::decode::<Payload>(token, &self.checking, &self.validation)
            .map_err(|_| TokenError::Malformed)?;
        let payload = decoded.claims;
        if decoded.header != self.header || payload.v != VERSION {
            return Err(TokenError::Malformed);
        }
        if payload.typ != wanted {
            return Err(TokenError::WrongType);
        }
        if payload.exp <= now.unix_timestamp() {
            return Err(TokenError::Expired);
        }
        let time = |seconds| Timestamp::from_unix_timestamp(seconds).map_err(|_| TokenError::Malformed);
        Ok(Claims {
            user: UserId(payload.uid),
            username: Username::from_stored(payload.sub),
            session: SessionId(payload.sid),
            grant: match payload.grant {
                GrantWord::Pair => Grant::Pair,
                GrantWord::Single => Grant::Single,
            },
            id: TokenId(payload.jti),
            issued_at: time(payload.iat)?,
            expires_at: time(payload.exp)?,
        })
    }
}

impl Tokens for JwtTokens {
    fn sign_access(&self, claims: &Claims) -> String {
        self.sign(claims, Use::Access)
    }

    fn sign_refresh(&self, claims: &Claims) -> String {
        self.sign(claims, Use::Refresh)
    }

    fn verify_access(&self, token: &str, now: Timestamp) -> Result<Claims, TokenError> {
        self.verify(token, Use::Access, now)
    }

    fn verify_refresh(&self, token: &str, now: Timestamp) -> Result<Claims, TokenError> {
        self.verify(token, Use::Refresh, now)
    }

    fn fingerprint(&self, token: &str) -> [u8; 32] {
        Sha256::digest(token.as_bytes()).into()
    }
}

#[cfg(test)]
mod tests {
    use jsonwebtoken::{decode_header, encode};
    use serde_json::{Value, json};
    use time::Duration;
    use time::macros::datetime;

    use super::*;

    const NOW: Timestamp = datetime!(2026-01-02 03:04:05 UTC);

    fn tokens(secret: &str) -> JwtTokens {
        JwtTokens::new(&SecretSlice::from(secret.as_bytes().to_vec()))
    }

    fn ours() -> JwtTokens {
        tokens("a secret of at least thirty-two bytes")
    }

    fn claims() -> Claims {
        Claims {
            user: UserId(7),
            username: Username::from_stored("alice".to_owned()),
            session: SessionId(Uuid::from_u128(1)),
            grant: Grant::Pair,
            id: TokenId(Uuid::from_u128(2)),
            issued_at: NOW,
            expires_at: NOW + Duration::minutes(15),
        }
    }

    fn payload(change: impl FnOnce(&mut Value)) -> Value {
        let mut value = json!({
            "sub": "alice", "uid": 7, "sid": Uuid::from_u128(1), "jti": Uuid::from_u128(2),
            "iat": NOW.unix_timestamp(), "exp": NOW.unix_timestamp() + 900, "v": 1, "typ": "access",
        });
        change(&mut value);
        value
    }

    fn signed(header: &Header, payload: &Value) -> String {
        encode(header, payload, &ours().signing).expect("signs")
    }

    #[test]
    fn a_single_token_says_so_and_one_of_a_pair_nothing() {
        for grant in [Grant::Pair, Grant::Single] {
            let claims = Claims { grant, ..claims() };
            assert_eq!(ours().verify_access(&ours().sign_access(&claims), NOW), Ok(claims));
        }
        let plain = Header::new(Algorithm::HS256);
        let grant = |token: String| ours().verify_access(&token, NOW).map(|claims| claims.grant);
        assert_eq!(grant(signed(&plain, &payload(|_| ()))), Ok(Grant::Pair), "as older releases signed");
        assert_eq!(grant(signed(&plain, &payload(|p| p["grant"] = json!("single")))), Ok(Grant::Single));
        assert_eq!(grant(signed(&plain, &payload(|p| p["grant"] = json!("other")))), Err(TokenError::Malformed));
    }

    #[test]
    fn both_kinds_come_back_as_they_went_in() {
        let ours = ours();
        assert_eq!(ours.verify_access(&ours.sign_access(&claims()), NOW), Ok(claims()));
        assert_eq!(ours.verify_refresh(&ours.sign_refresh(&claims()), NOW), Ok(claims()));
    }

    #[test]
    fn signing_twice_gives_the_same_token() {
        assert_eq!(ours().sign_refresh(&claims()), ours().sign_refresh(&claims()));
    }

    #[test]
    fn one_kind_does_not_pass_for_the_other() {
        let ours = ours();
        assert_eq!(ours.verify_access(&ours.sign_refresh(&claims()), NOW), Err(TokenError::WrongType));
        assert_eq!(ours.verify_refresh(&ours.sign_access(&claims()), NOW), Err(TokenError::WrongType));
    }

    #[test]
    fn it_ends_at_its_second() {
        let ours = ours();
        let token = ours.sign_access(&claims());
        let end = claims().expires_at;
        assert!(ours.verify_access(&token, end - Duration::seconds(1)).is_ok());
        assert_eq!(ours.verify_access(&token, end), Err(TokenError::Expired));
    }

    #[test]
    fn the_header_is_alg_and_typ_and_nothing_else() {
        let header = decode_header(ours().sign_access(&claims())).expect("has one");
        assert_eq!(header, Header::new(Algorithm::HS256));
    }

    #[test]
    fn foreign_tokens_are_malformed() {
        let good = signed(&Header::new(Algorithm::HS256), &payload(|_| ()));
        assert!(ours().verify_access(&good, NOW).is_ok(), "the cases below differ from this one only in what they say");

        let with_kid = Header { kid: Some("1".to_owned()), ..Header::new(Algorithm::HS256) };
        let without_typ = Header { typ: None, ..Header::new(Algorithm::HS256) };
        let hs512 = encode(&Header::new(Algorithm::HS512), &payload(|_| ()), &ours().signing).expect("signs");
        let unsigned = {
            let body = good.split('.').nth(1).expect("has three parts");
            // {"alg":"none","typ":"JWT"}
            format!("eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.{body}.")
        };
        let plain = Header::new(Algorithm::HS256);
        let cases = [
            ("other key", tokens("another secret of thirty-two bytes!!").sign_access(&claims())),
            ("kid", signed(&with_kid, &payload(|_| ()))),
            ("no typ", signed(&without_typ, &payload(|_| ()))),
            ("HS512", hs512),
            ("none", unsigned),
            ("cut", good[..good.len() - 2].to_owned()),
            ("empty", String::new()),
            ("long", "a".repeat(MAX_BYTES + 1)),
            ("version", signed(&plain, &payload(|p| p["v"] = json!(2)))),
            ("no exp", signed(&plain, &payload(|p| drop(p.as_object_mut().map(|o| o.remove("exp")))))),
            ("text for a number", signed(&plain, &payload(|p| p["exp"] = json!("9999999999")))),
            ("object for a text", signed(&plain, &payload(|p| p["sub"] = json!({"$ne": ""})))),
            ("other use", signed(&plain, &payload(|p| p["typ"] = json!("admin")))),
            ("not before", signed(&plain, &payload(|p| p["nbf"] = json!(253_402_300_799_i64)))),
            ("time out of range", signed(&plain, &payload(|p| p["exp"] = json!(i64::MAX)))),
        ];
        for (name, token) in cases {
            assert_eq!(ours().verify_access(&token, NOW), Err(TokenError::Malformed), "{name}");
        }
    }
}
