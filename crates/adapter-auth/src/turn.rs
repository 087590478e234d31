//! Time-limited credentials of TURN servers, as coturn's `use-auth-secret` checks them: the password is the HMAC-SHA-1 of
//! the user name with the secret that both sides know.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hallway_domain::ports::TurnSigner;
use hmac::{Hmac, KeyInit as _, Mac as _};
use secrecy::{ExposeSecret as _, SecretString};
use sha1::Sha1;

/// Signs with one secret. During a rotation the TURN server knows the old and the new one.
pub struct TurnSecret {
    keyed: Hmac<Sha1>,
}

impl TurnSecret {
    #[must_use]
    pub fn new(secret: &SecretString) -> Self {
        let keyed = Hmac::new_from_slice(secret.expose_secret().as_bytes());
        Self { keyed: keyed.expect("HMAC takes keys of every length") }
    }
}

impl TurnSigner for TurnSecret {
    fn password(&self, username: &str) -> String {
        let mut mac = self.keyed.clone();
        mac.update(username.as_bytes());
        STANDARD.encode(mac.finalize().into_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reckoned with `openssl dgst -sha1 -hmac north -binary | base64`.
    #[test]
    fn passwords_are_what_coturn_expects() {
        let turn = TurnSecret::new(&SecretString::from("north"));
        assert_eq!(turn.password("1790000000:42"), "PJ3p6iivIZLX4hRzcY+Su/6dF98=");
        assert_ne!(turn.password("1790000001:42"), turn.password("1790000000:42"));
    }
}
