//! The use cases: each loads what it needs, asks [`hallway_domain::policy`], saves in one transaction, and publishes
//! after the commit. Nothing here knows a wire format, a transport or a database; nothing spawns or sleeps.
//!
//! [`Application`] is the way in: `app.accounts().login(..)`, `app.rooms().join(..)`, `app.messages().send(..)`.
//! Reads that decide nothing go through the query door without a transaction.

mod accounts;
mod context;
mod error;
mod messages;
mod moderation;
mod presence;
mod rooms;
mod unit;

use std::sync::Arc;

pub use accounts::{Accounts, Authenticated, Device, Login, ProfilePatch, Register, TokenPair};
pub use context::{Ports, Rates, Settings};
pub use error::{AuthFailure, Conflict, Error, ErrorKind, Missing, Result};
pub use messages::{Around, MessageWriter, Messages, SendMessage, Sent};
pub use moderation::{Moderation, SetSanction};
pub use presence::Attendance;
pub use rooms::{CreateRoom, Entry, Rooms};

/// Every use case, by area. Cheap to clone.
#[derive(Clone)]
pub struct Application {
    context: Arc<context::Context>,
}

impl Application {
    /// The application, and the message writer that somebody has to run ([`MessageWriter::run`]) for sends to end.
    pub fn new(ports: Ports, settings: Settings) -> (Self, MessageWriter) {
        let (outgoing, writer) = messages::channel(&ports, &settings);
        (Self { context: Arc::new(context::Context { ports, settings, outgoing }) }, writer)
    }

    /// Registration, sign-in, sessions, profiles.
    pub fn accounts(&self) -> Accounts<'_> {
        Accounts { context: &self.context }
    }

    /// Rooms and memberships.
    pub fn rooms(&self) -> Rooms<'_> {
        Rooms { context: &self.context }
    }

    /// Sending, editing, history, marks.
    pub fn messages(&self) -> Messages<'_> {
        Messages { context: &self.context }
    }

    /// Roles and sanctions.
    pub fn moderation(&self) -> Moderation<'_> {
        Moderation { context: &self.context }
    }

    /// Who is in a room, and who is typing.
    pub fn attendance(&self) -> Attendance<'_> {
        Attendance { context: &self.context }
    }
}
