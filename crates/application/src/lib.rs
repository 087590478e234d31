//! The use cases of a chat server: each loads what it needs, asks [`hallway_domain::policy`], saves in one
//! transaction, and publishes after the commit. Nothing here knows a wire format, a transport or a database; nothing
//! spawns or sleeps.
//!
//! # Embedding
//! [`Application`] is the way in. Give it adapters for its [`Ports`] and bounds in [`Settings`], run the
//! [`MessageWriter`] that comes with it as one task, and call use cases by area:
//!
//! | area | what |
//! |---|---|
//! | [`Application::accounts`] | register, sign in, rotate tokens, authenticate, sessions, socket tickets, profiles |
//! | [`Application::rooms`] | make, find, change, delete; join, leave, add members; admit a connection |
//! | [`Application::messages`] | send, edit, delete, react; history, the log, read marks |
//! | [`Application::moderation`] | roles, mutes, bans |
//! | [`Application::attendance`] | who is in a room, who is typing |
//!
//! `examples/embedded.rs` is a whole program: two people in a room over SQLite, in one process, with no web server.
//!
//! What has to be called by the clock: [`Attendance::sweep`] every second, [`Store::prune_events`] and
//! [`Store::prune_sessions`] now and then.
//!
//! # What holds
//! * **Nothing is published before it is committed**, and what is acknowledged is committed. A bus that is down fails
//!   no use case: followers find by `seq` what they missed, and signals may be lost.
//! * **Policy is asked in the transaction that writes**, with what that transaction read under the room's lock. Only
//!   reading asks with what the read door shows.
//! * **Repeating is safe.** Joins, deletions, reactions, marks, roles and sanctions are what they are asked to be,
//!   however often; sends are repeatable by their client id; the immediate repeat of a refresh gives the same tokens.
//! * **A transaction that meets another one is run again**, three times at most. No transaction is held across
//!   hashing, the bus, limits or presence.
//! * **Errors are one closed type**: [`Error`] has a [`kind`](Error::kind) for the status, a stable
//!   [`code`](Error::code), and a text that is safe to show.
//!
//! # Adding a use case
//! One file in its area. A public method checks rates and bounds, then gives `unit::run` an attempt: a private method
//! that begins a `Unit`, reads, asks the policy, writes, records events and revocations, and commits.
//!
//! [`Store::prune_events`]: hallway_domain::ports::Store::prune_events
//! [`Store::prune_sessions`]: hallway_domain::ports::Store::prune_sessions

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
        (
            Self {
                context: Arc::new(context::Context { ports, settings, outgoing, turns: context::Turns::default() }),
            },
            writer,
        )
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
