//! Following a room without a hole: reserve, be admitted, send the past, go live.

use std::sync::Arc;

use bytes::Bytes;
use hallway_domain::policy::{Permit, Read};
use hallway_domain::{ConnectionId, RoomHead, RoomId, Seq};

use crate::connections::Connection;
use crate::mailbox::Offered;
use crate::topic::{Cursor, Gathered, Stage, Topic};
use crate::{Hub, HubError, repair};

impl Hub {
    /// Begins to gather a room's events for a connection. On the first local subscriber follows the room on the bus
    /// and reads its head. Reserving a room that is subscribed begins anew.
    pub async fn reserve(self: &Arc<Self>, id: ConnectionId, room: RoomId) -> Result<Reservation, HubError> {
        self.reserve_from(id, room, Seq::ZERO).await
    }

    /// [`Hub::reserve`] for a client that has the log up to `since`. Where it got that from another node, which was
    /// faster, this one catches up first; so a head before `since` says that `since` is of another log.
    ///
    /// # Errors
    /// [`HubError::Store`] when the log cannot be read in time.
    pub async fn reserve_from(
        self: &Arc<Self>,
        id: ConnectionId,
        room: RoomId,
        since: Seq,
    ) -> Result<Reservation, HubError> {
        let connection = self.connection(id).ok_or(HubError::Closed)?;
        connection.check_open()?;
        let pin = self.pin(room);
        self.ready(&pin.topic).await?;
        repair::catch_up(self, &pin.topic, since).await?;
        let (token, head) = pin.topic.gather(&connection, self.deps.settings.rooms_per_connection)?;
        let topic = Arc::clone(&pin.topic);
        Ok(Reservation(Hold { hub: Arc::clone(self), topic, connection, token, head, ended: false }))
    }
}

/// A place among a topic's subscribers that is given back when it is dropped.
struct Hold {
    hub: Arc<Hub>,
    topic: Arc<Topic>,
    connection: Arc<Connection>,
    token: u64,
    head: RoomHead,
    /// Live: from now on the place belongs to the connection.
    ended: bool,
}

impl Drop for Hold {
    fn drop(&mut self) {
        if !self.ended {
            self.topic.state.lock().unsubscribe(self.topic.room, self.connection.info.id, Some(self.token));
            self.hub.release(&self.topic);
        }
    }
}

/// Events of the room gather from now on, and none is shown to anybody. Ask the policy *after* reserving, so that a
/// ban that commits in between cannot be missed: it cancels the reservation.
pub struct Reservation(Hold);

impl Reservation {
    /// Turns the reservation into a subscription.
    ///
    /// # Errors
    /// When the room was taken away meanwhile, or the permit is for another room or user.
    pub fn open(self, permit: &Permit<Read>) -> Result<Subscription, HubError> {
        let hold = &self.0;
        if permit.room() != hold.topic.room || permit.actor() != hold.connection.info.user.id {
            return Err(HubError::Revoked);
        }
        hold.connection.check_open()?;
        {
            let mut state = hold.topic.state.lock();
            let subscriber = state.subscriber(hold.connection.info.id, hold.token).ok_or(HubError::Revoked)?;
            if !subscriber.right.give(permit.as_of()) {
                return Err(HubError::Revoked);
            }
            if let Stage::Reserved(gathered) = &mut subscriber.stage {
                subscriber.stage = Stage::Open(std::mem::take(gathered));
            }
        }
        Ok(Subscription(self.0))
    }
}

/// Gathers events after [`Subscription::head`] until [`Subscription::go_live`]. Dropping it before that unsubscribes.
pub struct Subscription(Hold);

impl Subscription {
    pub fn room(&self) -> RoomId {
        self.0.topic.room
    }

    /// Where the log stood when the reservation was made: the connection sends everything up to here itself.
    pub fn head(&self) -> &RoomHead {
        &self.0.head
    }

    /// Adds frames of the room's past to the connection's mailbox. Unlike pushing them there, nothing can get in
    /// after the frame that says that the room was taken away.
    ///
    /// # Errors
    /// When the room was taken away, or the connection is closed.
    pub fn push(&self, frames: Bytes) -> Result<(), HubError> {
        let hold = &self.0;
        let mut state = hold.topic.state.lock();
        state.subscriber(hold.connection.info.id, hold.token).ok_or(HubError::Revoked)?;
        hold.connection.push(frames);
        drop(state);
        hold.connection.check_open()
    }

    /// Hands over what gathered, then what `synced` makes of the last place handed over, and goes live, in one step.
    /// `synced` runs under the room's lock: it only encodes.
    ///
    /// # Errors
    /// When the room was taken away meanwhile, or the connection is closed.
    pub fn go_live(mut self, synced: impl FnOnce(Seq) -> Bytes) -> Result<(), HubError> {
        let hold = &mut self.0;
        hold.connection.check_open()?;
        let mut state = hold.topic.state.lock();
        let last = state.cursor.as_ref().map(Cursor::head).ok_or(HubError::Revoked)?;
        let subscriber = state.subscriber(hold.connection.info.id, hold.token).ok_or(HubError::Revoked)?;
        let Stage::Open(gathered) = &mut subscriber.stage else { return Err(HubError::Revoked) };
        let gathered: Gathered = std::mem::take(gathered);
        if hold.connection.push(gathered.concat(&synced(last))) != Offered::Taken {
            return Err(HubError::Closed);
        }
        subscriber.stage = Stage::Live;
        drop(state);
        hold.ended = true;
        Ok(())
    }
}
