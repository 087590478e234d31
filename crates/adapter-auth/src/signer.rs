//! Signatures of addresses: HMAC-SHA-256 with a key of its own, derived from the server's secret.

use hallway_domain::ports::Signer;
use hmac::{Hmac, KeyInit as _, Mac as _};
use secrecy::{ExposeSecret as _, SecretSlice};
use sha2::Sha256;

/// What the key is for: nothing else that is signed with the secret can pass for an address.
const PURPOSE: &[u8] = b"hallway addresses v1";

/// Signs with a key derived from the server's secret.
pub struct HmacSigner {
    keyed: Hmac<Sha256>,
}

fn keyed(key: &[u8]) -> Hmac<Sha256> {
    Hmac::new_from_slice(key).expect("HMAC takes keys of every length")
}

impl HmacSigner {
    #[must_use]
    pub fn new(secret: &SecretSlice<u8>) -> Self {
        let mut derive = keyed(secret.expose_secret());
        derive.update(PURPOSE);
        Self { keyed: keyed(&derive.finalize().into_bytes()) }
    }
}

impl Signer for HmacSigner {
    fn sign(&self, text: &str) -> [u8; 32] {
        let mut mac = self.keyed.clone();
        mac.update(text.as_bytes());
        mac.finalize().into_bytes().into()
    }

    fn verify(&self, text: &str, signature: &[u8; 32]) -> bool {
        let mut mac = self.keyed.clone();
        mac.update(text.as_bytes());
        mac.verify_slice(signature).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signer(secret: &[u8]) -> HmacSigner {
        HmacSigner::new(&SecretSlice::from(secret.to_vec()))
    }

    #[test]
    fn only_the_text_that_was_signed_passes() {
        let (one, other) =
            (signer(b"a secret, long enough for everybody"), signer(b"another secret, just as long as it"));
        let signature = one.sign("attachment 1");
        assert!(one.verify("attachment 1", &signature));
        assert!(!one.verify("attachment 11", &signature));
        assert!(!one.verify("", &signature));
        assert!(!other.verify("attachment 1", &signature));
        let mut bent = signature;
        bent[31] ^= 1;
        assert!(!one.verify("attachment 1", &bent));
    }

    #[test]
    fn the_key_is_not_the_secret() {
        let secret = b"a secret, long enough for everybody";
        let mut plain = keyed(secret);
        plain.update(b"attachment 1");
        let plain: [u8; 32] = plain.finalize().into_bytes().into();
        assert_ne!(signer(secret).sign("attachment 1"), plain);
    }
}
