//! Telling members of activity in rooms that they have not joined on this connection.

use std::collections::HashMap;
use std::sync::Arc;

use bytes::Bytes;
use hallway_domain::{Event, Fact, Seq, UserId};

use super::fanout::{ACTIVITY, key};
use super::{Right, TopicState};
use crate::connections::Connection;
use crate::{Activity, Dialect, Encoder};

/// A connection whose user is a member of the room. It goes on counting while the connection has the room open, but
/// says nothing then; so closing the room resumes the watch with the right count.
pub(crate) struct Watcher {
    pub(crate) connection: Arc<Connection>,
    /// Tells one watch of a connection from the next one.
    pub(super) token: u64,
    pub(crate) right: Right,
    unread: u64,
    /// Where the newest of the unread messages is, at the latest.
    newest: Seq,
}

impl Watcher {
    /// How much is unread, and where the log stands now.
    pub(crate) fn new(connection: Arc<Connection>, token: u64, (unread, head): (u64, Seq)) -> Self {
        let newest = if unread > 0 { head } else { Seq::ZERO };
        Self { connection, token, right: Right::default(), unread, newest }
    }
}

impl TopicState {
    /// Counts the messages of a run for every watcher that did not write them itself.
    pub(super) fn count_unread(&mut self, run: &[Event], encoder: &dyn Encoder) {
        if self.watchers.is_empty() {
            return;
        }
        let mut newest = Seq::ZERO;
        let authors: Vec<Option<UserId>> = run
            .iter()
            .filter_map(|event| match &event.fact {
                Fact::MessagePosted(view) => {
                    newest = event.seq;
                    Some(view.message.author_id())
                }
                _ => None,
            })
            .collect();
        if authors.is_empty() {
            return;
        }
        self.tell_watchers(newest, encoder, |watcher| {
            let own = Some(watcher.connection.info.user.id);
            let others = authors.iter().filter(|author| **author != own).count() as u64;
            if others > 0 {
                watcher.unread = watcher.unread.saturating_add(others);
                watcher.newest = newest;
            }
            others > 0
        });
    }

    /// The user has read the room somewhere. As far as the newest unread message: nothing is unread. Less: how many
    /// are left is not known here, and the count stays.
    pub(super) fn note_read(&mut self, user: UserId, seq: Seq, encoder: &dyn Encoder) {
        self.tell_watchers(seq, encoder, |watcher| {
            let is_news = watcher.connection.info.user.id == user && seq >= watcher.newest && watcher.unread > 0;
            if is_news {
                watcher.unread = 0;
            }
            is_news
        });
    }

    /// Sends the count of every watcher that `changed` says is to be told.
    fn tell_watchers(&mut self, seq: Seq, encoder: &dyn Encoder, mut changed: impl FnMut(&mut Watcher) -> bool) {
        let Some(cursor) = &self.cursor else { return };
        let label = cursor.label();
        let key = key(label.room, ACTIVITY, None);
        let mut frames: HashMap<(Dialect, u64), Bytes> = HashMap::new();
        for (id, watcher) in &mut self.watchers {
            if !changed(watcher) || self.subscribers.contains_key(id) {
                continue;
            }
            let dialect = watcher.connection.info.dialect;
            let activity = Activity { seq, unread: watcher.unread };
            let frame = (frames.entry((dialect, watcher.unread)))
                .or_insert_with(|| encoder.activity(dialect, label, activity))
                .clone();
            watcher.connection.mailbox.push_ephemeral(key, frame);
        }
    }
}
