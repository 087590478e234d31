//! The way in from the bus.

use std::collections::HashMap;
use std::sync::Weak;
use std::sync::atomic::Ordering;

use hallway_domain::ports::{BusItem, BusSink};
use hallway_domain::{Event, RoomId, RoomLoss};

use crate::Hub;
use crate::topic::RoomItem;

/// The sink that the bus delivers to. Holds the hub weakly, so that bus and hub do not keep each other alive.
pub struct HubSink(pub Weak<Hub>);

impl BusSink for HubSink {
    fn deliver(&self, items: Vec<BusItem>) {
        if let Some(hub) = self.0.upgrade() {
            hub.deliver(items);
        }
    }

    fn interrupted(&self) {
        if let Some(hub) = self.0.upgrade()
            && !hub.check_queued.swap(true, Ordering::AcqRel)
        {
            hub.spawn(|hub| async move { hub.check_after_interruption().await });
        }
    }
}

/// Items by room, in the order in which they came. Order between rooms does not matter.
#[derive(Default)]
struct Batch {
    rooms: Vec<(RoomId, Vec<RoomItem>)>,
    places: HashMap<RoomId, usize>,
}

impl Batch {
    fn add(&mut self, room: RoomId, item: RoomItem) {
        if let Some((last, items)) = self.rooms.last_mut()
            && *last == room
        {
            items.push(item);
            return;
        }
        if let Some(place) = self.places.get(&room) {
            self.rooms[*place].1.push(item);
            return;
        }
        self.places.insert(room, self.rooms.len());
        self.rooms.push((room, vec![item]));
    }

    fn take(&mut self) -> Vec<(RoomId, Vec<RoomItem>)> {
        self.places.clear();
        std::mem::take(&mut self.rooms)
    }
}

impl Hub {
    fn deliver(&self, items: Vec<BusItem>) {
        let mut batch = Batch::default();
        for item in items {
            let room = item.room();
            match (RoomItem::from_bus(item), room) {
                (Ok(item), Some(room)) => batch.add(room, item),
                (Ok(_), None) => {}
                (Err(revocation), _) => {
                    // What was committed before it may still be seen, what comes after it may not.
                    self.flush(&mut batch);
                    self.revoke(&revocation);
                }
            }
        }
        self.flush(&mut batch);
    }

    fn flush(&self, batch: &mut Batch) {
        for (room, items) in batch.take() {
            if room == RoomId::EVERYWHERE {
                self.deliver_everywhere(&items);
                continue;
            }
            if let Some(user) = room.as_user() {
                self.deliver_to_user(user, &items);
                continue;
            }
            self.deliver_to(room, items);
        }
    }

    /// One room's part of a batch: events that follow each other leave as one piece.
    fn deliver_to(&self, room: RoomId, items: Vec<RoomItem>) {
        let Some(topic) = self.topic(room) else { return };
        let encoder = self.deps.encoder.as_ref();
        {
            let mut state = topic.state.lock();
            let mut run: Vec<Event> = Vec::new();
            for item in items {
                match item {
                    RoomItem::Event(event) => run.push(event),
                    RoomItem::Signal(signal) => {
                        if !run.is_empty() {
                            state.take_in(std::mem::take(&mut run), encoder);
                        }
                        state.signal(&signal, encoder);
                    }
                }
            }
            if !run.is_empty() {
                state.take_in(run, encoder);
            }
        }
        self.attend(&topic);
    }

    /// Takes the room away from everybody on this node.
    pub(crate) fn lose_room(&self, topic: &std::sync::Arc<crate::topic::Topic>, why: RoomLoss) {
        {
            let mut state = topic.state.lock();
            state.lose_all(topic.room, why, self.deps.encoder.as_ref());
            state.stop();
        }
        self.release(topic);
    }
}
