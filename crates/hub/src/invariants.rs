//! What must be true whenever nothing is under way.

use std::sync::Arc;

use crate::Hub;
use crate::topic::Topic;

impl Hub {
    /// Test builds call this after every step: registry and topics must agree. Other threads must be at rest.
    ///
    /// # Panics
    /// When they do not.
    pub fn check_invariants(&self) {
        let connections = self.connections.lock();
        connections.check_invariants();
        let topics = self.topics.lock();
        for topic in topics.values() {
            let state = topic.state.lock();
            assert!(!topic.gone.is_cancelled(), "{}: is gone and here", topic.room);
            if let Some(cursor) = &state.cursor {
                cursor.check_invariants();
                assert!(!cursor.is_behind() || state.repairing, "{}: is behind, and nobody repairs it", topic.room);
            } else {
                let empty = state.subscribers.is_empty() && state.watchers.is_empty();
                assert!(empty, "{}: has no head", topic.room);
            }
            assert!(state.in_use() || state.retiring || state.cursor.is_none(), "{}: is not let go", topic.room);
            for (id, subscriber) in &state.subscribers {
                assert_eq!(*id, subscriber.connection.info.id);
                assert!(connections.get(*id).is_some(), "{}: subscriber {id} is not connected", topic.room);
                let noted = subscriber.connection.topic(topic.room);
                assert!(noted.is_some_and(|it| Arc::ptr_eq(&it, topic)), "{}: {id} does not know it", topic.room);
            }
            for (id, watcher) in &state.watchers {
                assert!(connections.get(*id).is_some(), "{}: watcher {id} is not connected", topic.room);
                let noted = watcher.connection.watched();
                assert!(noted.iter().any(|it| Arc::ptr_eq(it, topic)), "{}: {id} does not know it", topic.room);
            }
        }
        let is_here = |topic: &Arc<Topic>| topics.get(&topic.room).is_some_and(|it| Arc::ptr_eq(it, topic));
        for connection in connections.all() {
            let id = connection.info.id;
            for topic in connection.joined() {
                assert!(is_here(&topic), "{id} has a topic that is gone: {}", topic.room);
                assert!(topic.state.lock().subscribers.contains_key(&id), "{id} is unknown in {}", topic.room);
            }
            for topic in connection.watched() {
                assert!(is_here(&topic), "{id} watches a topic that is gone: {}", topic.room);
                assert!(topic.state.lock().watchers.contains_key(&id), "{id} does not watch {}", topic.room);
            }
        }
    }
}
