//! One-time codes: [RFC 6238](https://www.rfc-editor.org/rfc/rfc6238) with SHA-1 and six digits, which is what every
//! authenticator knows.

use hallway_domain::ports::OneTimeCodes;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha1::Sha1;

/// Computes codes.
#[derive(Clone, Copy, Debug, Default)]
pub struct TotpCodes;

impl OneTimeCodes for TotpCodes {
    fn code(&self, secret: &[u8], step: i64) -> u32 {
        let mut mac = Hmac::<Sha1>::new_from_slice(secret).expect("HMAC takes keys of every length");
        mac.update(&step.to_be_bytes());
        let hash = mac.finalize().into_bytes();
        // RFC 4226, section 5.3: the last four bits say where to read.
        let at = usize::from(hash[19] & 15);
        let number = u32::from_be_bytes([hash[at], hash[at + 1], hash[at + 2], hash[at + 3]]);
        (number & 0x7FFF_FFFF) % 1_000_000
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238, appendix B, cut to six digits.
    #[test]
    fn the_vectors_of_the_rfc() {
        let secret = b"12345678901234567890";
        for (seconds, code) in [
            (59_i64, 287_082),
            (1_111_111_109, 81_804),
            (1_111_111_111, 50_471),
            (1_234_567_890, 5_924),
            (2_000_000_000, 279_037),
            (20_000_000_000, 353_130),
        ] {
            assert_eq!(TotpCodes.code(secret, seconds / 30), code, "{seconds}");
        }
    }
}
