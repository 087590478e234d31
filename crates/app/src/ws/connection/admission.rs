//! Counting a caller in.

use std::cell::{Cell, RefCell};
use std::sync::Arc;

use hallway_application::{Authenticated, Error};
use hallway_domain::call::DeviceId;
use hallway_hub::{ConnectionInfo, Dialect, HubError, Notice};
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::followed::Followed;
use super::manners::Manners;
use super::peer::{Peer, Registration};
use crate::ws::Sockets;

/// A caller with a place in the hub.
pub(crate) struct Admitted {
    pub(super) peer: Peer,
    pub(super) notices: mpsc::Receiver<Notice>,
}

/// Why a caller got no place.
pub(crate) enum NotAdmitted {
    Full,
    Failed(Error),
}

impl Admitted {
    pub(crate) async fn new(
        sockets: &Arc<Sockets>,
        caller: Authenticated,
        (dialect, device): (Dialect, Option<DeviceId>),
    ) -> Result<Self, NotAdmitted> {
        let Authenticated { actor, user, expires_at, grant: _ } = caller;
        let id = sockets.ids.connection();
        let device = device.unwrap_or(DeviceId(id.0));
        let info = ConnectionInfo { id, user: actor.user.clone(), session: actor.session, dialect, device };
        let (mailbox, notices) = sockets.hub.connect(info).map_err(|error| match error {
            HubError::TooManyConnections => NotAdmitted::Full,
            other => NotAdmitted::Failed(Error::Unavailable(other.to_string())),
        })?;
        let registration = Registration { id, hub: Arc::clone(&sockets.hub) };
        // From here on the end of the session closes the connection; what ended before is seen now.
        let actor = sockets.app.accounts().recheck(&actor).await.map_err(NotAdmitted::Failed)?;
        let peer = Peer {
            sockets: Arc::clone(sockets),
            user,
            actor,
            dialect,
            device,
            early: RefCell::default(),
            mailbox,
            followed: RefCell::new(Followed::default()),
            manners: RefCell::new(Manners::new(sockets.settings.rates)),
            expires_at: Cell::new(expires_at),
            heard: Cell::new(Instant::now()),
            registration,
        };
        Ok(Self { peer, notices })
    }
}
