//! A client as one would write it: an outbox whose sends are repeated under the same id until they are answered, a
//! cursor for each room, and a resume after every lost connection. It notes all that it does and sees.

mod frames;
mod life;
mod outbox;
mod record;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, RwLock};
use std::time::{Duration, Instant};

use hallway_test_support::checker::{Client, Entry, Room, Seq};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

pub(crate) use record::told;

use crate::guests::Guests;
use crate::support::Account;

/// Where clients find the servers. A lost connection is looked for at the next one.
#[derive(Default)]
pub(crate) struct Doors(RwLock<Vec<String>>);

impl Doors {
    pub(crate) fn open(&self, addresses: Vec<String>) {
        *self.0.write().expect("doors") = addresses;
    }

    pub(crate) fn pick(&self, number: usize) -> Option<String> {
        let doors = self.0.read().expect("doors");
        (!doors.is_empty()).then(|| doors[number % doors.len()].clone())
    }
}

/// What all clients of a run share.
pub(crate) struct Setting {
    pub(crate) start: Instant,
    pub(crate) seed: u64,
    pub(crate) doors: Doors,
    /// Characters of a message.
    pub(crate) text: usize,
    pub(crate) pause: Duration,
    /// Whether clients are to think of things to say.
    pub(crate) talking: watch::Sender<bool>,
    /// Set before the first client starts.
    pub(crate) guests: OnceLock<Guests>,
}

impl Setting {
    pub(crate) fn guests(&self) -> &Guests {
        self.guests.get().expect("the rooms are made before the clients")
    }
}

pub(crate) enum Command {
    /// A room that was taken away may be entered again.
    Rejoin(Room),
    /// Do not come back once the connection is lost.
    Vanish,
    /// Read nothing until told to.
    Stall,
    Read,
    Stop,
}

/// What a run may look at while it goes on.
#[derive(Default)]
pub(crate) struct Status {
    pub(crate) rooms: BTreeMap<Room, Place>,
    /// Not acknowledged yet.
    pub(crate) waiting: usize,
    pub(crate) acked: usize,
    pub(crate) refused: usize,
    /// Answered with "try again".
    pub(crate) repeated: usize,
    /// Times that others were shown as typing, and that a room of others was knocked at in vain.
    pub(crate) typing: usize,
    pub(crate) turned_away: usize,
    pub(crate) received: usize,
    pub(crate) connections: usize,
    /// The server that it is connected to.
    pub(crate) server: Option<String>,
    pub(crate) gone: bool,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Place {
    pub(crate) cursor: Option<Seq>,
    /// Joined on the present connection and level with the join.
    pub(crate) follows: bool,
    /// Taken away.
    pub(crate) shut_out: bool,
    /// Names of who is present, as this client was told.
    pub(crate) shown: BTreeSet<String>,
}

pub(crate) struct Handle {
    pub(crate) client: Client,
    pub(crate) account: Account,
    pub(crate) commands: mpsc::UnboundedSender<Command>,
    status: Arc<Mutex<Status>>,
    task: JoinHandle<Vec<Entry>>,
}

impl Handle {
    pub(crate) fn start(number: u32, account: Account, rooms: &[Room], setting: &Arc<Setting>) -> Self {
        let places = rooms.iter().map(|room| (*room, Place::default())).collect();
        let status = Arc::new(Mutex::new(Status { rooms: places, ..Status::default() }));
        let (commands, orders) = mpsc::unbounded_channel();
        let client = Client(number);
        let life = life::Life::new(client, account.clone(), Arc::clone(setting), Arc::clone(&status));
        Self { client, account, commands, status, task: tokio::spawn(life.run(orders)) }
    }

    pub(crate) fn status(&self) -> MutexGuard<'_, Status> {
        self.status.lock().expect("status")
    }

    pub(crate) fn tell(&self, command: Command) {
        // One that has vanished hears nothing any more, which is what it was told to.
        let _ = self.commands.send(command);
    }

    /// What it did and saw.
    pub(crate) async fn stop(self) -> Vec<Entry> {
        self.tell(Command::Stop);
        self.task.await.expect("a client ends well")
    }
}
