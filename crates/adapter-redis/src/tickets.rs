//! Tickets that work once, on whichever node.

use std::sync::Arc;

use async_trait::async_trait;
use fred::interfaces::KeysInterface as _;
use hallway_domain::ports::{LimitError, Tickets};
use hallway_domain::{Timestamp, UserId};

use crate::link::{Link, script};
use crate::names::Names;

script!(PUT, "lua/put.lua");

/// Longer ones were never given out.
const LONGEST: usize = 512;

/// A ticket is a key that goes with the taking, or by itself.
pub struct RedisTickets {
    link: Arc<Link>,
    names: Names,
}

impl RedisTickets {
    pub(crate) const fn new(link: Arc<Link>, names: Names) -> Self {
        Self { link, names }
    }
}

const fn micros(at: Timestamp) -> i128 {
    at.unix_timestamp_nanos() / 1000
}

#[async_trait]
impl Tickets for RedisTickets {
    async fn put(&self, ticket: &str, _user: UserId, value: &str, expires_at: Timestamp) -> Result<(), LimitError> {
        if ticket.len() > LONGEST {
            return Err(LimitError("the ticket is too long".to_owned()));
        }
        let arguments = vec![micros(expires_at).to_string(), value.to_owned()];
        self.link.run(&PUT, vec![self.names.ticket(ticket)], arguments).await.map_err(LimitError)
    }

    async fn take(&self, ticket: &str, now: Timestamp) -> Result<Option<String>, LimitError> {
        if ticket.len() > LONGEST {
            return Ok(None);
        }
        let key = self.names.ticket(ticket);
        let kept: Option<String> = self.link.ask(async |client| client.getdel(key).await).await.map_err(LimitError)?;
        let live = kept
            .as_deref()
            .and_then(|kept| kept.split_once(':'))
            .filter(|(end, _)| end.parse::<i128>().is_ok_and(|end| micros(now) < end));
        Ok(live.map(|(_, value)| value.to_owned()))
    }
}
