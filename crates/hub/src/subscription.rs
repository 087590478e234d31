//! Following a room without a hole: reserve, be admitted, send the past, go live.

use std::sync::Arc;

use bytes::Bytes;
use hallway_domain::policy::{Permit, Read};
use hallway_domain::{RoomHead, Seq};

use crate::{Hub, HubError};

/// Events of the room gather from now on, and none is shown to anybody. Ask the policy *after* reserving, so that a
/// ban that commits in between cannot be missed: it cancels the reservation.
pub struct Reservation {
    _hub: Arc<Hub>,
}

impl Reservation {
    /// Turns the reservation into a subscription.
    ///
    /// # Errors
    /// When the room was taken away meanwhile, or the permit is for another room or user.
    pub fn open(self, permit: &Permit<Read>) -> Result<Subscription, HubError> {
        todo!()
    }
}

/// Gathers events after [`Subscription::head`] until [`Subscription::go_live`]. Dropping it before that unsubscribes.
pub struct Subscription {
    _hub: Arc<Hub>,
}

impl Subscription {
    /// Where the log stood when the reservation was made: the connection sends everything up to here itself.
    pub fn head(&self) -> &RoomHead {
        todo!()
    }
    /// Hands over what gathered, then what `synced` makes of the last place handed over, and goes live, in one step.
    ///
    /// # Errors
    /// When the room was taken away meanwhile.
    pub fn go_live(self, synced: impl FnOnce(Seq) -> Bytes) -> Result<(), HubError> {
        todo!()
    }
}
