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
//! | [`Application::accounts`] | register, sign in, rotate tokens, authenticate, sessions, socket tickets, profiles, passwords, blocks, export, erasure, administration |
//! | [`Application::rooms`] | make, find, change, delete; join, leave, add members; admit a connection |
//! | [`Application::messages`] | send, edit, delete, react; history, the log, read marks |
//! | [`Application::moderation`] | roles, mutes, bans |
//! | [`Application::review`] | reports, the audit log, held messages, filters, the door of a room |
//! | [`Application::attachments`] | receive files, show them to who may see them, clear away |
//! | [`Application::calls`] | calls between two users |
//! | [`Application::attendance`] | who is in a room, who is typing |
//!
//! `examples/embedded.rs` is a whole program: two people in a room over SQLite, in one process, with no web server.
//!
//! What has to be called by the clock: [`Attendance::sweep`] every second, [`Attachments::collect`], [`Accounts::finish_erasures`], [`Store::prune_events`] and
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
mod attachments;
mod calls;
mod context;
mod error;
mod messages;
mod moderation;
mod presence;
mod review;
mod rooms;
mod unit;

use std::sync::Arc;

use hallway_domain::Actor;

pub use accounts::{
    AccessToken, Accounts, Authenticated, Device, Enrolment, ExportCursor, ExportPart, Login, Operator, ProfilePatch,
    Register, SecondFactorState, SignUp, TokenPair,
};
pub use attachments::{Attachments, Collected, FilePorts, FileSettings, Opened, Upload, Variant};
pub use calls::{CallFailure, CallPage, CallRefused, CallSettings, CallStep, Calls, Gone, Invitation, Invited};
pub use context::{Ports, Rates, Settings};
pub use error::{AuthFailure, Conflict, Error, ErrorKind, FileRefused, Missing, Result};
pub use messages::{Around, MessageWriter, Messages, ReadMarks, SearchMessages, Seen, SendMessage, Sent, Unread};
pub use moderation::{Impose, Moderation, SetSanction};
pub use presence::Attendance;
pub use review::{Decision, ReportMade, ReportScope, Reported, Review};
pub use rooms::{CreateRoom, Entry, MadeInvite, Rooms};

/// Every use case, by area. Cheap to clone.
#[derive(Clone)]
pub struct Application {
    context: Arc<context::Context>,
}

impl Application {
    /// The application, and the message writer that somebody has to run ([`MessageWriter::run`]) for sends to end.
    pub fn new(ports: Ports, settings: Settings) -> (Self, MessageWriter) {
        let filters = Arc::new(review::Filters::new(&settings));
        let (outgoing, writer) = messages::channel(&ports, &settings, &filters);
        (
            Self {
                context: Arc::new(context::Context {
                    ports,
                    settings,
                    outgoing,
                    filters,
                    turns: context::Turns::default(),
                    uploads: attachments::Slots::default(),
                    looked_at: tokio::sync::Mutex::default(),
                }),
            },
            writer,
        )
    }

    /// Takes one of what the caller may change in a time. For the edge, before whatever changes something: use cases
    /// that have a rate of their own count it besides.
    pub async fn count_write(&self, actor: &Actor) -> Result<()> {
        self.context.throttle(|rates| rates.write, || format!("write:{}", actor.id())).await
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

    /// Reports, the audit log, held messages, filters and the door of a room.
    pub fn review(&self) -> Review<'_> {
        Review { context: &self.context }
    }

    /// Files of messages.
    pub fn attachments(&self) -> Attachments<'_> {
        Attachments { context: &self.context }
    }

    /// Calls between two users.
    pub fn calls(&self) -> Calls<'_> {
        Calls { context: &self.context }
    }

    /// Who is in a room, and who is typing.
    pub fn attendance(&self) -> Attendance<'_> {
        Attendance { context: &self.context }
    }
}
