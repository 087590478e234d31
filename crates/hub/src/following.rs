//! A topic's life: followed on the bus with the first local interest, let go with the last.

use std::collections::BTreeMap;
use std::sync::Arc;

use hallway_domain::{RoomHead, RoomId};

use crate::topic::{Followed, Topic};
use crate::{Hub, HubError, meter, recount, repair};

/// Keeps a topic from being let go while somebody prepares to use it.
pub(crate) struct Pin<'a> {
    hub: &'a Hub,
    pub(crate) topic: Arc<Topic>,
}

impl Drop for Pin<'_> {
    fn drop(&mut self) {
        self.topic.state.lock().pins -= 1;
        self.hub.release(&self.topic);
    }
}

impl Hub {
    pub(crate) fn topic(&self, room: RoomId) -> Option<Arc<Topic>> {
        self.topics.lock().get(&room).map(Arc::clone)
    }

    pub(crate) fn pin(&self, room: RoomId) -> Pin<'_> {
        let mut topics = self.topics.lock();
        let new = || Arc::new(Topic::new(room, &self.deps.settings));
        let topic = Arc::clone(topics.entry(room).or_insert_with(new));
        topic.state.lock().pins += 1;
        meter::topics(topics.len());
        Pin { hub: self, topic }
    }

    /// Follows a pinned topic and reads its head, unless that is done. Many may wait for one to do it.
    pub(crate) async fn ready(&self, topic: &Arc<Topic>) -> Result<(), HubError> {
        if topic.state.lock().cursor.is_some() {
            return Ok(());
        }
        let mut following = topic.following.lock().await;
        if topic.state.lock().cursor.is_some() {
            return Ok(());
        }
        self.follow(topic, &mut following).await?;
        let heads = self.deps.store.queries().heads(&[topic.room]).await?;
        let head = heads.into_iter().find(|head| head.room == topic.room).ok_or(HubError::Revoked)?;
        self.begin(topic, &head);
        Ok(())
    }

    /// [`Hub::ready`] for many topics with one look at their heads; those of rooms that do not exist stay as they are.
    pub(crate) async fn ready_all(&self, topics: &BTreeMap<RoomId, Arc<Topic>>) -> Result<(), HubError> {
        // In order of the rooms, so that two of these never wait for each other.
        let mut held = Vec::new();
        for topic in topics.values() {
            if topic.state.lock().cursor.is_some() {
                continue;
            }
            let mut following = topic.following.lock().await;
            if topic.state.lock().cursor.is_none() {
                self.follow(topic, &mut following).await?;
                held.push((topic, following));
            }
        }
        if held.is_empty() {
            return Ok(());
        }
        let rooms: Vec<RoomId> = held.iter().map(|(topic, _)| topic.room).collect();
        for head in self.deps.store.queries().heads(&rooms).await? {
            if let Some(topic) = topics.get(&head.room) {
                self.begin(topic, &head);
            }
        }
        Ok(())
    }

    async fn follow(&self, topic: &Topic, followed: &mut Followed) -> Result<(), HubError> {
        if *followed != Followed::Yes {
            *followed = Followed::Unsure;
            self.deps.bus.follow(topic.room).await?;
            *followed = Followed::Yes;
        }
        Ok(())
    }

    fn begin(&self, topic: &Arc<Topic>, head: &RoomHead) {
        topic.state.lock().start(head, self.deps.encoder.as_ref());
        self.attend(topic);
    }

    /// Does what the topic's state asks for. Call it after anything that moves its cursor.
    pub(crate) fn attend(&self, topic: &Arc<Topic>) {
        let (is_behind, is_suspect, is_miscounted) = {
            let mut state = topic.state.lock();
            (state.claim_repair(), state.claim_look(), state.claim_recount())
        };
        if is_behind {
            repair::start(self, topic);
        }
        if is_suspect {
            let topic = Arc::clone(topic);
            self.spawn(|hub| async move { hub.drop_strangers(&topic).await });
        }
        if is_miscounted {
            recount::start(self, topic);
        }
        self.release(topic);
    }

    /// Lets go of the topic if nobody uses it any more.
    pub(crate) fn release(&self, topic: &Arc<Topic>) {
        {
            let mut state = topic.state.lock();
            if state.in_use() || state.retiring {
                return;
            }
            state.retiring = true;
        }
        let topic = Arc::clone(topic);
        self.spawn(|hub| async move { hub.retire(&topic).await });
    }

    async fn retire(&self, topic: &Arc<Topic>) {
        let mut following = topic.following.lock().await;
        {
            let mut state = topic.state.lock();
            state.retiring = false;
            if state.in_use() {
                return;
            }
            state.stop();
        }
        if *following != Followed::No {
            *following = Followed::Unsure;
            match self.deps.bus.unfollow(topic.room).await {
                Ok(()) => *following = Followed::No,
                // What still arrives for it is ignored, and following again is harmless.
                Err(error) => tracing::warn!(room.id = topic.room.0, %error, "could not unfollow a room"),
            }
        }
        let mut topics = self.topics.lock();
        // Pinned meanwhile: whoever pinned it waits to follow it again.
        let unused = !topic.state.lock().in_use();
        if unused && topics.get(&topic.room).is_some_and(|current| Arc::ptr_eq(current, topic)) {
            topics.remove(&topic.room);
            topic.gone.cancel();
            meter::topics(topics.len());
        }
    }
}
