//! What passes by for the devices of one user, whatever rooms they are in.

use std::collections::HashSet;

use hallway_domain::{Epoch, RoomId, SignalKind, UserId};

use crate::topic::RoomItem;
use crate::{Hub, HubError, RoomLabel};

const PARTS: u8 = 64;

/// Users whose channel the bus follows. A part is held while the bus is asked, so that following and letting go of one
/// user do not pass each other.
pub(crate) struct Followed {
    parts: Vec<tokio::sync::Mutex<HashSet<UserId>>>,
}

impl Followed {
    pub(crate) fn new() -> Self {
        Self { parts: std::iter::repeat_with(tokio::sync::Mutex::default).take(PARTS.into()).collect() }
    }

    fn part(&self, user: UserId) -> Option<&tokio::sync::Mutex<HashSet<UserId>>> {
        self.parts.get(usize::try_from(user.0.rem_euclid(PARTS.into())).ok()?)
    }
}

impl Hub {
    /// Begins to hear of what is for this user alone, as long as the user has connections here.
    ///
    /// # Errors
    /// When the bus does not answer.
    pub async fn follow_user(&self, user: UserId) -> Result<(), HubError> {
        let Some(part) = self.users.part(user) else { return Ok(()) };
        let mut followed = part.lock().await;
        if !followed.contains(&user) {
            self.deps.bus.follow(RoomId::of_user(user)).await?;
            followed.insert(user);
        }
        Ok(())
    }

    /// After a connection of the user has gone.
    pub(crate) fn let_go_of_user(&self, user: UserId) {
        if self.connections.lock().of_user(user).is_empty() {
            self.spawn(|hub| async move { hub.unfollow_user(user).await });
        }
    }

    async fn unfollow_user(&self, user: UserId) {
        let Some(part) = self.users.part(user) else { return };
        let mut followed = part.lock().await;
        // Somebody may be back.
        if self.connections.lock().of_user(user).is_empty()
            && followed.remove(&user)
            && let Err(error) = self.deps.bus.unfollow(RoomId::of_user(user)).await
        {
            tracing::debug!(%error, "the channel of a user who has gone stays open");
        }
    }

    /// To the device that it is for. Nothing durable travels here.
    pub(crate) fn deliver_to_user(&self, user: UserId, items: &[RoomItem]) {
        let room = RoomId::of_user(user);
        let label = RoomLabel { room, name: None, epoch: Epoch(0), peers: None, viewer: None };
        let connections = self.connections.lock().of_user(user);
        for item in items {
            let RoomItem::Signal(signal) = item else { continue };
            let SignalKind::Call { frame, .. } = &signal.kind else { continue };
            let meant = connections.iter().filter(|connection| {
                frame.to.is_none_or(|device| device == connection.info.device)
                    && signal.except != Some(connection.info.id)
            });
            for connection in meant {
                let frames = self.deps.encoder.signal(connection.info.dialect, &label, signal);
                if !frames.is_empty() {
                    connection.push(frames);
                }
            }
        }
    }
}
