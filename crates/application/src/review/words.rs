//! Asking a room's filter about a text, in the transaction that writes it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use hallway_domain::{FilterAction, FilterRule, Pattern, RoomId, Standing, WordFilter};

use crate::Settings;
use crate::unit::{Attempt, Unit};

type Versioned = (i64, Arc<WordFilter>);

/// Filters that are ready to be asked, bounded. What a unit uses has the version that it has read under the room's lock,
/// so nothing here is ever out of date.
pub(crate) struct Filters {
    rooms: Mutex<HashMap<RoomId, Versioned>>,
    most: usize,
    held_per_room: u64,
}

impl Filters {
    pub(crate) fn new(settings: &Settings) -> Self {
        let (most, held_per_room) = (settings.cached_filters.max(1), settings.held_per_room);
        Self { rooms: Mutex::default(), most, held_per_room }
    }

    fn get(&self, room: RoomId, version: i64) -> Option<Arc<WordFilter>> {
        let rooms = self.rooms.lock().unwrap_or_else(PoisonError::into_inner);
        rooms.get(&room).filter(|(cached, _)| *cached == version).map(|(_, filter)| Arc::clone(filter))
    }

    fn put(&self, room: RoomId, version: i64, filter: &Arc<WordFilter>) {
        let mut rooms = self.rooms.lock().unwrap_or_else(PoisonError::into_inner);
        if rooms.len() >= self.most && !rooms.contains_key(&room) {
            // Whichever: it is made again when it is asked for.
            let one = rooms.keys().next().copied();
            one.map(|one| rooms.remove(&one));
        }
        rooms.insert(room, (version, Arc::clone(filter)));
    }
}

/// The filters of the rooms of one unit.
#[derive(Default)]
pub(crate) struct Words {
    filters: HashMap<RoomId, Arc<WordFilter>>,
    /// How many messages more may be held.
    free: HashMap<RoomId, u64>,
}

impl Words {
    /// Of locked rooms. One statement where no room has rules, three at most.
    pub(crate) async fn read(unit: &mut Unit<'_>, cache: &Filters, rooms: &[RoomId]) -> Attempt<Self> {
        let versions = unit.work.review().filter_versions(rooms).await?;
        let mut words = Self::default();
        if versions.is_empty() {
            return Ok(words);
        }
        let mut unknown = HashMap::new();
        for (room, version) in versions {
            match cache.get(room, version) {
                Some(filter) => drop(words.filters.insert(room, filter)),
                None => drop(unknown.insert(room, version)),
            }
        }
        if !unknown.is_empty() {
            let asked: Vec<RoomId> = unknown.keys().copied().collect();
            let mut rules: HashMap<RoomId, Vec<FilterRule>> = HashMap::new();
            for rule in unit.work.review().filter_rules(&asked).await? {
                rules.entry(rule.room).or_default().push(rule);
            }
            for (room, version) in unknown {
                let filter = Arc::new(WordFilter::new(rules.remove(&room).unwrap_or_default()));
                cache.put(room, version, &filter);
                words.filters.insert(room, filter);
            }
        }
        let filtered: Vec<RoomId> = words.filters.keys().copied().collect();
        let held: HashMap<RoomId, u64> = unit.work.review().held_counts(&filtered).await?.into_iter().collect();
        let free = |room| (room, cache.held_per_room.saturating_sub(held.get(&room).copied().unwrap_or(0)));
        words.free = filtered.into_iter().map(free).collect();
        Ok(words)
    }

    /// What the room's filter says to the text. Moderators write what they want.
    pub(crate) fn verdict(&self, room: RoomId, author: &Standing, text: &str) -> Option<(FilterAction, &Pattern)> {
        if author.moderates() {
            return None;
        }
        self.filters.get(&room)?.verdict(text)
    }

    /// Whether one more message may be held in the room; counts it.
    pub(crate) fn hold(&mut self, room: RoomId) -> bool {
        match self.free.get_mut(&room) {
            Some(free) if *free > 0 => {
                *free -= 1;
                true
            }
            _ => false,
        }
    }
}
