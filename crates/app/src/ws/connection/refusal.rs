//! Why a command was not done.

use bytes::Bytes;
use hallway_application::Error;
use hallway_domain::Disconnect;
use hallway_hub::HubError;

use super::peer::Peer;
use crate::ws::fastroom::{Origin, failure};

#[derive(Debug)]
pub(super) enum Refusal {
    App(Error),
    Hub(HubError),
    /// The room is not joined on this connection.
    NotJoined,
    /// The client let a replay wait for too long; the connection is closed.
    Stalled,
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::App(error)
    }
}

impl From<HubError> for Refusal {
    fn from(error: HubError) -> Self {
        Self::Hub(error)
    }
}

impl Refusal {
    /// What to answer. Detail that is not for the client goes to the log.
    pub(super) fn answer(&self, origin: &Origin) -> Bytes {
        let kind = origin.kind.map(crate::ws::fastroom::FrameKind::as_str);
        match self {
            Self::App(error) => {
                match error {
                    Error::Internal(detail) => tracing::error!(detail, frame = kind, "a frame failed"),
                    Error::Unavailable(detail) => {
                        tracing::warn!(detail, frame = kind, "something that a frame depends on is not available");
                    }
                    _ => {}
                }
                failure::failed(origin, error)
            }
            Self::Hub(error) => {
                if matches!(error, HubError::Bus(_) | HubError::Store(_)) {
                    tracing::warn!(%error, frame = kind, "the hub could not serve a frame");
                }
                failure::hub_failed(origin, error).unwrap_or_default()
            }
            Self::NotJoined => failure::not_joined(origin),
            Self::Stalled => Bytes::new(),
        }
    }

    /// Whether it speaks against the client.
    pub(super) const fn is_abuse(&self) -> bool {
        matches!(self, Self::App(Error::RateLimited(_)))
    }
}

impl Peer {
    /// Counts a refusal that speaks against the client; too many end the connection.
    pub(super) fn count_refusal(&self) {
        if !self.manners.borrow_mut().refused() {
            self.close(Disconnect::RateLimited);
        }
    }

    pub(super) fn refuse(&self, origin: &Origin, refusal: &Refusal) {
        self.say(refusal.answer(origin));
        if refusal.is_abuse() {
            self.count_refusal();
        }
    }
}
