//! Tickets in memory.

use std::collections::{BTreeSet, HashMap};

use async_trait::async_trait;
use hallway_domain::ports::{LimitError, Tickets};
use hallway_domain::{Timestamp, UserId};
use parking_lot::Mutex;

/// Keeps few tickets per user and a bounded number in all. The one that would end first makes room for a new one:
/// its user's own, or else anybody's.
pub struct LocalTickets {
    max: usize,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    by_name: HashMap<String, Ticket>,
    /// In the order of ending.
    ends: BTreeSet<(Timestamp, String)>,
    of_user: HashMap<UserId, BTreeSet<(Timestamp, String)>>,
}

struct Ticket {
    user: UserId,
    value: String,
    expires_at: Timestamp,
}

impl LocalTickets {
    pub const DEFAULT_MAX: usize = 100_000;
    /// Most unused tickets of one user: a tab needs one, for a moment.
    pub const PER_USER: usize = 32;

    pub fn new(max: usize) -> Self {
        Self { max: max.max(1), state: Mutex::default() }
    }
}

impl Default for LocalTickets {
    fn default() -> Self {
        Self::new(Self::DEFAULT_MAX)
    }
}

impl State {
    fn remove(&mut self, name: &str) -> Option<Ticket> {
        let (name, ticket) = self.by_name.remove_entry(name)?;
        let place = (ticket.expires_at, name);
        self.ends.remove(&place);
        if let Some(own) = self.of_user.get_mut(&ticket.user) {
            own.remove(&place);
            if own.is_empty() {
                self.of_user.remove(&ticket.user);
            }
        }
        Some(ticket)
    }

    fn insert(&mut self, name: &str, ticket: Ticket) {
        let place = (ticket.expires_at, name.to_owned());
        self.ends.insert(place.clone());
        self.of_user.entry(ticket.user).or_default().insert(place);
        self.by_name.insert(name.to_owned(), ticket);
    }

    fn drop_ended(&mut self, now: Timestamp) {
        while let Some((_, name)) = self.ends.first().filter(|(end, _)| *end <= now).cloned() {
            self.remove(&name);
        }
    }
}

#[async_trait]
impl Tickets for LocalTickets {
    async fn put(&self, ticket: &str, user: UserId, value: &str, expires_at: Timestamp) -> Result<(), LimitError> {
        let mut state = self.state.lock();
        state.remove(ticket);
        let own = state.of_user.get(&user).filter(|own| own.len() >= Self::PER_USER);
        if let Some((_, oldest)) = own.and_then(BTreeSet::first).cloned() {
            state.remove(&oldest);
        }
        if state.by_name.len() >= self.max
            && let Some((_, oldest)) = state.ends.first().cloned()
        {
            state.remove(&oldest);
        }
        state.insert(ticket, Ticket { user, value: value.to_owned(), expires_at });
        Ok(())
    }

    async fn take(&self, ticket: &str, now: Timestamp) -> Result<Option<String>, LimitError> {
        let mut state = self.state.lock();
        state.drop_ended(now);
        Ok(state.remove(ticket).map(|ticket| ticket.value))
    }
}

#[cfg(test)]
mod tests {
    use time::Duration;

    use super::*;

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    #[tokio::test]
    async fn tickets_are_bounded_per_user_and_in_all() {
        let tickets = LocalTickets::new(50);
        for n in 0..100_i64 {
            let name = format!("greedy-{n:03}");
            tickets.put(&name, UserId(1), "v", NOW + Duration::seconds(n + 10)).await.unwrap();
        }
        assert_eq!(tickets.state.lock().by_name.len(), LocalTickets::PER_USER);
        for n in 0..100_i64 {
            tickets.put(&format!("other-{n}"), UserId(100 + n), "v", NOW + Duration::seconds(500 + n)).await.unwrap();
        }
        assert_eq!(tickets.state.lock().by_name.len(), 50);
        assert_eq!(tickets.take("other-0", NOW).await.unwrap(), None, "made room");
        assert_eq!(tickets.take("other-99", NOW).await.unwrap().as_deref(), Some("v"));
    }

    #[tokio::test]
    async fn nothing_is_left_behind() {
        let tickets = LocalTickets::default();
        for n in 0..10 {
            tickets.put(&n.to_string(), UserId(n), "v", NOW + Duration::seconds(n + 1)).await.unwrap();
        }
        tickets.put("9", UserId(3), "again", NOW + Duration::seconds(3)).await.unwrap();
        assert_eq!(tickets.take("9", NOW).await.unwrap().as_deref(), Some("again"));
        tickets.take("none", NOW + Duration::seconds(60)).await.unwrap();
        let state = tickets.state.lock();
        assert!(state.by_name.is_empty() && state.ends.is_empty() && state.of_user.is_empty());
    }
}
