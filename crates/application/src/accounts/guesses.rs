//! Slowing down whoever guesses a password, without locking its owner out.
//!
//! Wrong passwords are counted by account and address together: somebody else's guesses do not count against the owner,
//! who comes from elsewhere. Each attempt counts before its password is looked at, so that many at once are no way
//! around it, and the right password takes all of them back.

use std::net::IpAddr;

use super::Accounts;
use crate::Result;

impl Accounts<'_> {
    /// Counts an attempt at the account of this name.
    ///
    /// # Errors
    /// [`crate::Error::RateLimited`] after too many wrong ones.
    pub(super) async fn count_guess(&self, account: &str, ip: Option<&str>) -> Result<()> {
        let Some(ip) = ip else { return Ok(()) };
        self.context.guard(|rates| rates.wrong_password, || key(account, ip)).await
    }

    /// It was right: what was counted before was the owner.
    pub(super) async fn forget_guesses(&self, account: &str, ip: Option<&str>) {
        let Some(ip) = ip.filter(|_| self.context.settings.rates.is_some()) else { return };
        if let Err(error) = self.context.ports.limiter.forget(&key(account, ip)).await {
            tracing::warn!(%error, "wrong passwords are still counted");
        }
    }
}

fn key(account: &str, ip: &str) -> String {
    format!("guess:{account}@{}", network(ip))
}

/// Who has one address of IPv6 has the whole /64.
fn network(ip: &str) -> String {
    match ip.parse() {
        Ok(IpAddr::V6(address)) if address.to_ipv4_mapped().is_none() => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
        _ => ip.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_one_network_count_together() {
        assert_eq!(network("203.0.113.7"), "203.0.113.7");
        assert_eq!(network("2001:db8:1:2:3:4:5:6"), network("2001:db8:1:2::9"));
        assert_ne!(network("2001:db8:1:2::9"), network("2001:db8:1:3::9"));
        assert_ne!(network("::ffff:203.0.113.7"), network("::ffff:203.0.113.8"));
    }
}
