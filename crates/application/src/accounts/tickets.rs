//! Tickets: how a browser opens a socket without its token in a URL.

use hallway_domain::{Actor, Timestamp};

use super::{Accounts, Authenticated};
use crate::{AuthFailure, Result};

/// Characters of a ticket: 32 bytes, six bits each.
pub(crate) const TICKET_CHARS: usize = 43;

impl Accounts<'_> {
    /// A secret that opens one socket within the ticket's lifetime. `access_token` is what it stands for.
    pub async fn issue_ticket(&self, actor: &Actor, access_token: &str) -> Result<(String, Timestamp)> {
        let caller = self.authenticate(access_token).await?;
        if caller.actor.session != actor.session {
            return Err(AuthFailure::BadToken.into());
        }
        let ports = &self.context.ports;
        let ticket = url_safe(&ports.ids.secret());
        let expires_at = caller.expires_at.min(self.context.now() + self.context.settings.ticket_lifetime);
        // The token is checked once more when the ticket is redeemed, so a session that ends meanwhile stays out.
        ports.tickets.put(&ticket, actor.id(), access_token, expires_at).await?;
        Ok((ticket, expires_at))
    }

    /// Who a ticket was issued for. Works once.
    pub async fn redeem_ticket(&self, ticket: &str) -> Result<Authenticated> {
        if ticket.len() != TICKET_CHARS {
            return Err(AuthFailure::BadTicket.into());
        }
        let token = self.context.ports.tickets.take(ticket, self.context.now()).await?;
        self.authenticate(&token.ok_or(AuthFailure::BadTicket)?).await
    }
}

/// Base64 for URLs, unpadded ([RFC 4648](https://www.rfc-editor.org/rfc/rfc4648), section 5).
pub(crate) fn url_safe(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let bits = chunk.iter().enumerate().fold(0_u32, |bits, (at, byte)| bits | u32::from(*byte) << (16 - 8 * at));
        for at in 0..=chunk.len() {
            text.push(char::from(ALPHABET[(bits >> (18 - 6 * at)) as usize & 63]));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{TICKET_CHARS, url_safe};

    #[test]
    fn the_vectors_of_rfc_4648_without_padding() {
        for (bytes, text) in
            [("", ""), ("f", "Zg"), ("fo", "Zm8"), ("foo", "Zm9v"), ("foob", "Zm9vYg"), ("fooba", "Zm9vYmE")]
        {
            assert_eq!(url_safe(bytes.as_bytes()), text);
        }
        assert_eq!(url_safe(&[0xFB, 0xFF, 0xFE]), "-__-");
        assert_eq!(url_safe(&[0; 32]).len(), TICKET_CHARS);
    }
}
