//! Codes beside the password.

use hallway_domain::ports::AuditEntry;
use hallway_domain::{Actor, SecondFactor, UserId};

use super::Accounts;
use super::administration::{Operator, note};
use crate::unit::{self, Attempt, Unit, audit};
use crate::{AuthFailure, Conflict, Result};

/// Recovery codes of an account.
const CODES: usize = 10;
/// Bytes of one: 80 bits.
const CODE: usize = 10;

/// What an authenticator needs to make codes.
#[derive(Clone)]
pub struct Enrolment {
    /// In Base32.
    pub secret: String,
    pub uri: String,
}

impl std::fmt::Debug for Enrolment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Enrolment(..)")
    }
}

/// Whether an account asks for codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SecondFactorState {
    pub enabled: bool,
    pub recovery_codes: u64,
}

impl Accounts<'_> {
    /// Makes a secret for an authenticator. It counts once [`Accounts::confirm_second_factor`] has seen a code of it.
    pub async fn enrol_second_factor(&self, actor: &Actor, password: String, ip: Option<&str>) -> Result<Enrolment> {
        self.confirm(actor, password, ip).await?;
        let secret = self.context.ports.ids.secret()[..SecondFactor::SECRET].to_vec();
        let text = base32(&secret);
        let factor = SecondFactor { user: actor.id(), secret, confirmed_at: None, last_step: 0 };
        unit::run(|| self.begin_factor(&factor)).await?;
        let issuer = percent(&self.context.settings.issuer);
        let uri = format!("otpauth://totp/{issuer}:{}?secret={text}&issuer={issuer}", actor.user.username);
        Ok(Enrolment { secret: text, uri })
    }

    /// From now on a login needs a code. Gives recovery codes, each of which lets in once.
    pub async fn confirm_second_factor(&self, actor: &Actor, code: &str, ip: Option<&str>) -> Result<Vec<String>> {
        self.count_guess(actor.user.username.as_str(), ip).await?;
        let codes: Vec<String> = (0..CODES).map(|_| base32(&self.context.ports.ids.secret()[..CODE])).collect();
        let hashes: Vec<[u8; 32]> = codes.iter().map(|code| self.context.ports.tokens.fingerprint(code)).collect();
        unit::run(|| self.finish_factor(actor, code, &hashes)).await?;
        Ok(codes.iter().map(|code| grouped(code)).collect())
    }

    pub async fn second_factor(&self, actor: &Actor) -> Result<SecondFactorState> {
        unit::run(|| self.look(actor.id())).await
    }

    /// A login needs the password alone again. There may be none already.
    pub async fn remove_second_factor(&self, actor: &Actor, password: String, ip: Option<&str>) -> Result<()> {
        self.confirm(actor, password, ip).await?;
        unit::run(|| self.drop_factor(None, actor.id())).await.map(drop)
    }

    /// The same for somebody who has lost theirs; whether there was one.
    pub async fn take_second_factor(&self, operator: Operator<'_>, user: UserId) -> Result<bool> {
        unit::run(|| self.drop_factor(Some(operator), user)).await
    }

    /// In the unit of a login whose password was right.
    pub(super) async fn ask_code(&self, unit: &mut Unit<'_>, user: UserId, code: Option<&str>) -> Attempt<()> {
        let factor = unit.work.accounts().second_factor(user).await?;
        let Some(factor) = factor.filter(|factor| factor.confirmed_at.is_some()) else { return Ok(()) };
        let code = code.ok_or(AuthFailure::CodeRequired)?;
        if let Some(step) = self.step(&factor, code)
            && unit.work.accounts().use_step(user, step).await?
        {
            return Ok(());
        }
        let hash = self.context.ports.tokens.fingerprint(&plain(code));
        if unit.work.accounts().use_recovery_code(user, &hash).await? {
            let own = Some(user);
            let entry = AuditEntry { actor: own, target: own, ..audit("recovery_code_used", self.context.now()) };
            unit.work.audit().append(&entry).await?;
            return Ok(());
        }
        Err(AuthFailure::WrongCode.into())
    }

    fn step(&self, factor: &SecondFactor, code: &str) -> Option<i64> {
        let digits = plain(code);
        let number = (digits.len() == 6).then(|| digits.parse().ok()).flatten()?;
        factor.step_of(number, self.context.now(), |secret, step| self.context.ports.codes.code(secret, step))
    }

    async fn begin_factor(&self, factor: &SecondFactor) -> Attempt<()> {
        let mut unit = Unit::begin(self.context).await?;
        let present = unit.work.accounts().second_factor(factor.user).await?;
        if present.is_some_and(|present| present.confirmed_at.is_some()) {
            return Err(Conflict::SecondFactorSet.into());
        }
        unit.work.accounts().set_second_factor(factor).await?;
        unit.commit().await
    }

    async fn finish_factor(&self, actor: &Actor, code: &str, hashes: &[[u8; 32]]) -> Attempt<()> {
        let now = self.context.now();
        let mut unit = Unit::begin(self.context).await?;
        let factor = unit.work.accounts().second_factor(actor.id()).await?;
        let factor = factor.ok_or(Conflict::NoSecondFactor)?;
        if factor.confirmed_at.is_some() {
            return Err(Conflict::SecondFactorSet.into());
        }
        let step = self.step(&factor, code).ok_or(AuthFailure::CodeNotConfirmed)?;
        let factor = SecondFactor { confirmed_at: Some(now), last_step: step, ..factor };
        unit.work.accounts().set_second_factor(&factor).await?;
        unit.work.accounts().set_recovery_codes(actor.id(), hashes).await?;
        let own = Some(actor.id());
        unit.work.audit().append(&AuditEntry { actor: own, target: own, ..audit("totp_enabled", now) }).await?;
        unit.commit().await
    }

    async fn look(&self, user: UserId) -> Attempt<SecondFactorState> {
        let mut unit = Unit::begin(self.context).await?;
        let factor = unit.work.accounts().second_factor(user).await?;
        let enabled = factor.is_some_and(|factor| factor.confirmed_at.is_some());
        Ok(SecondFactorState { enabled, recovery_codes: unit.work.accounts().recovery_codes(user).await? })
    }

    /// Without an operator it is the user's own wish.
    async fn drop_factor(&self, operator: Option<Operator<'_>>, user: UserId) -> Attempt<bool> {
        let mut unit = Unit::begin(self.context).await?;
        let authority = match operator {
            Some(operator) => Some(operator.authority(&mut unit).await?),
            None => None,
        };
        if !unit.work.accounts().remove_second_factor(user).await? {
            return Ok(false);
        }
        let entry = audit("totp_disabled", self.context.now());
        if let Some(authority) = authority {
            note(&mut unit, authority, user, entry).await?;
        } else {
            let own = Some(user);
            unit.work.audit().append(&AuditEntry { actor: own, target: own, ..entry }).await?;
        }
        unit.commit().await?;
        Ok(true)
    }
}

/// What people type: blanks and dashes do not count, nor does case.
fn plain(code: &str) -> String {
    code.chars().filter(|c| !c.is_whitespace() && *c != '-').take(64).collect::<String>().to_ascii_uppercase()
}

/// Four characters at a time.
fn grouped(code: &str) -> String {
    let chars: Vec<char> = code.chars().collect();
    chars.chunks(4).map(|part| part.iter().collect::<String>()).collect::<Vec<_>>().join("-")
}

/// Base32, unpadded ([RFC 4648](https://www.rfc-editor.org/rfc/rfc4648), section 6).
fn base32(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let mut text = String::with_capacity(bytes.len().div_ceil(5) * 8);
    for chunk in bytes.chunks(5) {
        let bits = chunk.iter().enumerate().fold(0_u64, |bits, (at, byte)| bits | u64::from(*byte) << (32 - 8 * at));
        for at in 0..(chunk.len() * 8).div_ceil(5) {
            let index = (bits >> (35 - 5 * at)) & 31;
            text.push(char::from(ALPHABET[usize::try_from(index).unwrap_or_default()]));
        }
    }
    text
}

/// For a part of an address ([RFC 3986](https://www.rfc-editor.org/rfc/rfc3986), section 2.3).
fn percent(text: &str) -> String {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    let mut encoded = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let digits = [byte >> 4, byte & 15].map(|digit| char::from(DIGITS[usize::from(digit)]));
            encoded.extend(['%', digits[0], digits[1]]);
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_vectors_of_rfc_4648_without_padding() {
        for (bytes, text) in
            [("", ""), ("f", "MY"), ("fo", "MZXQ"), ("foo", "MZXW6"), ("foob", "MZXW6YQ"), ("fooba", "MZXW6YTB")]
        {
            assert_eq!(base32(bytes.as_bytes()), text);
        }
        assert_eq!(base32(b"foobar"), "MZXW6YTBOI");
    }

    #[test]
    fn codes_are_taken_as_people_type_them() {
        assert_eq!(plain(" 123 456 "), "123456");
        assert_eq!(plain(&grouped("ABCDEFGHIJKLMNOP").to_lowercase()), "ABCDEFGHIJKLMNOP");
        assert_eq!(percent("Café & Co"), "Caf%C3%A9%20%26%20Co");
    }
}
