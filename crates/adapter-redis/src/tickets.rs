//! Tickets that work once, on whichever node.

use std::sync::Arc;

use async_trait::async_trait;
use fred::interfaces::{KeysInterface as _, SortedSetsInterface as _};
use hallway_domain::ports::{LimitError, Tickets};
use hallway_domain::{Timestamp, UserId};

use crate::link::{Link, script};
use crate::names::Names;

script!(PUT, "lua/put.lua");
script!(EVICT, "lua/evict.lua");

/// Longer ones were never given out.
const LONGEST: usize = 512;
/// Most unused tickets of one user, as in one process: a tab needs one, for a moment.
const PER_USER: usize = 32;

/// A ticket is a key that goes with the taking, or by itself. A user has few of them: the one that would end first makes
/// room for another. Both kinds of key lie apart on a cluster, so a user's list is written before the ticket and after it
/// was taken: it may name what is not there any more.
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

/// When it ends, whose it is, and what it stands for.
fn parts(kept: &str) -> Option<(i128, UserId, &str)> {
    let (end, rest) = kept.split_once(':')?;
    let (user, value) = rest.split_once(':')?;
    Some((end.parse().ok()?, UserId(user.parse().ok()?), value))
}

#[async_trait]
impl Tickets for RedisTickets {
    async fn put(&self, ticket: &str, user: UserId, value: &str, expires_at: Timestamp) -> Result<(), LimitError> {
        if ticket.len() > LONGEST {
            return Err(LimitError("the ticket is too long".to_owned()));
        }
        let end = micros(expires_at);
        let note = vec![ticket.to_owned(), (end / 1000).to_string(), PER_USER.to_string()];
        let given_up: Vec<String> =
            self.link.run(&EVICT, vec![self.names.tickets_of(user)], note).await.map_err(LimitError)?;
        for other in given_up {
            let key = self.names.ticket(&other);
            self.link.ask(async |client| client.del::<(), _>(key).await).await.map_err(LimitError)?;
        }
        let arguments = vec![end.to_string(), format!("{user}:{value}")];
        self.link.run(&PUT, vec![self.names.ticket(ticket)], arguments).await.map_err(LimitError)
    }

    async fn take(&self, ticket: &str, now: Timestamp) -> Result<Option<String>, LimitError> {
        if ticket.len() > LONGEST {
            return Ok(None);
        }
        let key = self.names.ticket(ticket);
        let kept: Option<String> = self.link.ask(async |client| client.getdel(key).await).await.map_err(LimitError)?;
        let Some((end, user, value)) = kept.as_deref().and_then(parts) else { return Ok(None) };
        let list = self.names.tickets_of(user);
        if let Err(error) = self.link.ask(async |client| client.zrem::<(), _, _>(list, ticket).await).await {
            tracing::debug!(error, "a ticket that was used counts as unused until it would have ended");
        }
        Ok((micros(now) < end).then(|| value.to_owned()))
    }
}
