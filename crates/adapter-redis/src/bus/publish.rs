//! The way out.

use std::sync::atomic::Ordering;
use std::time::Duration;

use fred::error::Error;
use fred::interfaces::PubsubInterface as _;
use fred::prelude::Client;
use hallway_domain::RoomId;
use hallway_domain::ports::BusItem;

use super::Shared;
use crate::{envelope, meter};

/// Whoever publishes waits no longer: it may be the message writer.
const BOUND: Duration = Duration::from_secs(1);

/// A message to a channel.
struct Post {
    channel: String,
    payload: String,
    /// Rooms of a cluster have channels of their own kind.
    sharded: bool,
}

/// By channel, none being everybody's. Rooms do not mind each other's order, but what comes after a revocation stays
/// after it.
fn gather(items: &[BusItem]) -> Vec<(Option<RoomId>, Vec<BusItem>)> {
    let mut groups: Vec<(Option<RoomId>, Vec<BusItem>)> = Vec::new();
    // The first group that an item may join.
    let mut open = 0;
    for item in items {
        let room = item.room();
        if groups.get(open).is_some_and(|(other, _)| other.is_none() != room.is_none()) {
            open = groups.len();
        }
        match groups[open..].iter_mut().find(|(other, _)| *other == room) {
            Some((_, group)) => group.push(item.clone()),
            None => groups.push((room, vec![item.clone()])),
        }
    }
    groups
}

impl Shared {
    pub(super) async fn publish(&self, items: Vec<BusItem>) {
        let posts = self.posts(&items);
        let sending = self.publisher.ask(async |client| send(client, posts).await);
        let sent = tokio::time::timeout(BOUND, sending).await;
        let Err(error) = sent.unwrap_or_else(|_| Err("Redis took too long to answer".to_owned())) else {
            return self.can_publish().await;
        };
        meter::publish_failed();
        if !self.failing.swap(true, Ordering::Relaxed) {
            tracing::error!(error, "events are not published: other nodes will find them in the database");
        }
        meter::delivered_locally(items.len());
        self.delivery.deliver(self.wanted(items));
    }

    /// Publishing works. If it did not before, the other nodes are to look for what they were not told: they may have heard
    /// again, and compared what they have with the database, before this node could publish again.
    pub(super) async fn can_publish(&self) {
        if !self.failing.swap(false, Ordering::Relaxed) {
            return;
        }
        let (channel, payload) = (self.names.all_channel(), envelope::missed(&self.node));
        let telling = self.publisher.ask(async |client| client.publish::<(), _, _>(channel, payload).await);
        if matches!(tokio::time::timeout(BOUND, telling).await, Ok(Ok(()))) {
            tracing::info!("events are published again");
        } else {
            self.failing.store(true, Ordering::Relaxed);
        }
    }

    fn posts(&self, items: &[BusItem]) -> Vec<Post> {
        let mut posts = Vec::new();
        for (room, group) in gather(items) {
            let channel = room.map_or_else(|| self.names.all_channel(), |room| self.names.room_channel(room));
            let sharded = self.clustered && room.is_some();
            let payloads = envelope::seal(&self.node, &group).into_iter();
            posts.extend(payloads.map(|payload| Post { channel: channel.clone(), payload, sharded }));
        }
        posts
    }
}

/// In one write.
async fn send(client: &Client, posts: Vec<Post>) -> Result<(), Error> {
    let pipeline = client.pipeline();
    for Post { channel, payload, sharded } in posts {
        if sharded {
            pipeline.spublish::<(), _, _>(channel, payload).await?;
        } else {
            pipeline.publish::<(), _, _>(channel, payload).await?;
        }
    }
    pipeline.try_all::<i64>().await.into_iter().try_for_each(|outcome| outcome.map(drop))
}

#[cfg(test)]
mod tests {
    use hallway_domain::{Revocation, Signal, SignalKind, Timestamp, UserId, UserRef, Username};

    use super::*;

    fn typing(room: i64, typing: bool) -> BusItem {
        let user = UserRef { id: UserId(1), username: Username::from_stored("ann".to_owned()) };
        let kind = SignalKind::Typing { user, typing };
        BusItem::Signal(Signal { room: RoomId(room), at: Timestamp::UNIX_EPOCH, except: None, kind })
    }

    fn gone(room: i64) -> BusItem {
        BusItem::Revocation(Revocation::Room { room: RoomId(room) })
    }

    #[test]
    fn rooms_are_gathered_but_not_past_a_revocation() {
        let items = vec![typing(1, true), typing(2, true), typing(1, false), gone(1), gone(2), typing(1, true)];
        let groups = [
            (Some(RoomId(1)), vec![typing(1, true), typing(1, false)]),
            (Some(RoomId(2)), vec![typing(2, true)]),
            (None, vec![gone(1), gone(2)]),
            (Some(RoomId(1)), vec![typing(1, true)]),
        ];
        assert_eq!(gather(&items), groups);
        assert_eq!(gather(&[]), []);
    }
}
