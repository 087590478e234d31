//! One run: load, a fault in the middle of it, quiet, and the verdict.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use hallway_test_support::checker::{Client, Entry, Event, History, Room, User, check};
use hallway_test_support::services::postgres::evidence;
use tokio::sync::{Mutex, watch};

use crate::client::{Doors, Handle, Setting};
use crate::cluster::Cluster;
use crate::faults::{Fault, strike};
use crate::moderator::{Moderator, Subject};
use crate::outcome;
use crate::plan::{LEVEL, PRESENT, Plan};
use crate::support::{Account, DEADLINE};

/// One at a time: what is measured is not to be the other tests.
static ALONE: Mutex<()> = Mutex::const_new(());

/// As many runs of a fault as the environment asks for.
pub(crate) async fn runs(fault: Fault, plan: Plan) {
    let _alone = ALONE.lock().await;
    for number in 0..plan.runs {
        run(fault, &plan, u64::try_from(number).expect("few") + 1).await;
    }
}

async fn run(fault: Fault, plan: &Plan, seed: u64) {
    let began = Instant::now();
    let setting = Arc::new(Setting {
        start: Instant::now(),
        seed,
        doors: Doors::default(),
        text: plan.text,
        pause: plan.pause,
        talking: watch::Sender::new(false),
    });
    let mut cluster = Cluster::start(plan, &setting).await;
    // The last two clients are second devices of the first two users.
    let accounts = cluster.accounts(plan.clients - 2).await;
    let mut rooms = Vec::new();
    for number in 0..plan.rooms {
        rooms.push(cluster.room(&accounts[0], number).await);
    }
    let mut entries = entitle(&setting, &accounts, &rooms);
    let clients = start_clients(plan, &setting, &accounts, &rooms);
    outcome::level(&cluster, &clients, DEADLINE).await;
    let booted = began.elapsed();

    let stop = watch::Sender::new(false);
    let moderating = tokio::spawn(moderator(&setting, &accounts, &clients).run(stop.subscribe()));
    setting.talking.send_replace(true);
    acked(&clients, plan.messages / 3).await;
    let before = (connections(&clients), totals(&clients).acks);
    strike(fault, &mut cluster, &clients).await;
    let meanwhile = totals(&clients).acks - before.1;
    let level = outcome::level(&cluster, &clients, LEVEL).await;
    acked(&clients, plan.messages).await;
    stop.send_replace(true);
    let (sanctions, bans) = moderating.await.expect("the moderator ends well");
    entries.extend(sanctions);
    setting.talking.send_replace(false);
    empty(&clients).await;
    outcome::level(&cluster, &clients, LEVEL).await;
    let reconnects = connections(&clients) - before.0;

    let (presence, present) = outcome::presence(&cluster, &clients, &rooms, PRESENT).await;
    let reads = outcome::reads(&cluster, &accounts[0], &rooms).await;
    let Totals { acks, received, refused, repeated } = totals(&clients);
    assert!(reconnects > 0 || !fault.breaks_connections(), "no client has met the fault");
    let repaired = repaired(&cluster).await;
    assert!(repaired > 0.0 || !fault.tears_gaps(), "no gap was torn");
    assert!(repeated > 0 || !fault.breaks_sends(), "no send has met the fault");
    for client in clients {
        entries.extend(client.stop().await);
    }
    let database = evidence(&cluster.postgres.url()).await.expect("the database answers");
    let report = check(&History { entries, database, reads, presence });
    println!(
        "{fault:?} {seed}: {acks} acked, {meanwhile} of them during the fault, {refused} refused, {repeated} to be repeated, {received} received, {repaired} repaired, {reconnects} reconnects, {bans} bans; \
         level {level:?} after healing, presence right after {present:?}; {booted:?} to boot, {:?} in all",
        began.elapsed()
    );
    assert!(report.is_clean(), "{fault:?} {seed}: {report}");
}

/// Everybody may enter every room: they are public.
fn entitle(setting: &Setting, accounts: &[Account], rooms: &[Room]) -> Vec<Entry> {
    let at = setting.start.elapsed();
    let everywhere = accounts.iter().flat_map(|account| rooms.iter().map(move |room| (account, *room)));
    let entry = |(account, room): (&Account, Room)| {
        let (client, user) = (Client(u32::MAX), User(account.id));
        Entry { at, client, user, room, event: Event::Granted { asked: Duration::ZERO } }
    };
    everywhere.map(entry).collect()
}

/// Each in some of the rooms, and each room with some of them.
fn start_clients(plan: &Plan, setting: &Arc<Setting>, accounts: &[Account], rooms: &[Room]) -> Vec<Handle> {
    let start = |number: usize| {
        let account = accounts[number % accounts.len()].clone();
        let own: Vec<_> = (0..rooms.len().min(4)).map(|step| rooms[(number + step * step) % rooms.len()]).collect();
        Handle::start(u32::try_from(number).expect("few"), account, &own, setting)
    };
    (0..plan.clients).map(start).collect()
}

/// May shut out anybody but the owner of the rooms, who is the moderator.
fn moderator(setting: &Arc<Setting>, accounts: &[Account], clients: &[Handle]) -> Moderator {
    let mut subjects: BTreeMap<User, Subject> = BTreeMap::new();
    for client in clients.iter().filter(|client| client.account.id != accounts[0].id) {
        let user = User(client.account.id);
        let subject = subjects.entry(user).or_insert_with(|| Subject { user, clients: Vec::new(), rooms: Vec::new() });
        let rooms: Vec<Room> = client.status().rooms.keys().copied().collect();
        subject.clients.push((client.client, client.commands.clone()));
        // Only rooms that all of the user's devices are in.
        subject.rooms = if subject.clients.len() == 1 {
            rooms
        } else {
            subject.rooms.iter().copied().filter(|room| rooms.contains(room)).collect()
        };
    }
    let subjects = subjects.into_values().filter(|subject| !subject.rooms.is_empty()).collect();
    Moderator { setting: Arc::clone(setting), account: accounts[0].clone(), subjects, entries: Vec::new() }
}

#[derive(Default)]
struct Totals {
    acks: usize,
    received: usize,
    refused: usize,
    repeated: usize,
}

fn totals(clients: &[Handle]) -> Totals {
    clients.iter().fold(Totals::default(), |mut totals, client| {
        let status = client.status();
        totals.acks += status.acked;
        totals.received += status.received;
        totals.refused += status.refused;
        totals.repeated += status.repeated;
        totals
    })
}

/// Events that nodes had to read from the database because the bus did not bring them.
async fn repaired(cluster: &Cluster) -> f64 {
    let mut sum = 0.0;
    for node in cluster.up() {
        sum += node.server().metric("hallway_hub_events_repaired_total").await;
    }
    sum
}

fn connections(clients: &[Handle]) -> usize {
    clients.iter().map(|client| client.status().connections).sum()
}

/// Waits for so many acks in all.
async fn acked(clients: &[Handle], count: usize) {
    let mut progress = (0, Instant::now());
    while totals(clients).acks < count {
        let now = totals(clients).acks;
        if now > progress.0 {
            progress = (now, Instant::now());
        }
        assert!(
            progress.1.elapsed() < DEADLINE,
            "no message was acknowledged for {DEADLINE:?}, after {now} of {count}"
        );
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Waits until everything that was to be said is answered.
async fn empty(clients: &[Handle]) {
    let start = Instant::now();
    loop {
        let waiting: usize = clients.iter().filter(|client| !client.status().gone).map(|c| c.status().waiting).sum();
        if waiting == 0 {
            return;
        }
        assert!(start.elapsed() < DEADLINE, "{waiting} sends are still not answered");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
