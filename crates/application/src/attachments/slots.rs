//! How many uploads a user has under way on this node.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use hallway_domain::UserId;

/// Counts them.
#[derive(Clone, Default)]
pub(crate) struct Slots(Arc<Mutex<HashMap<UserId, usize>>>);

/// One of them, until it is dropped.
pub(crate) struct Slot {
    slots: Slots,
    user: UserId,
}

impl Slots {
    /// None when the user has `most` already.
    pub(crate) fn take(&self, user: UserId, most: usize) -> Option<Slot> {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(user).or_default();
        if *count >= most {
            return None;
        }
        *count += 1;
        Some(Slot { slots: self.clone(), user })
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut counts = self.slots.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&self.user) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.user);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_free_again_once_it_was_left() {
        let slots = Slots::default();
        let (ann, bob) = (UserId(1), UserId(2));
        let first = slots.take(ann, 2).expect("free");
        let _second = slots.take(ann, 2).expect("free");
        assert!(slots.take(ann, 2).is_none());
        assert!(slots.take(bob, 2).is_some());
        drop(first);
        assert!(slots.take(ann, 2).is_some());
        assert_eq!(slots.0.lock().expect("counts").len(), 1, "nothing is kept of who has none");
    }
}
