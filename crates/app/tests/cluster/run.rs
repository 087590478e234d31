//! One run: load, a fault in the middle of it, quiet, and the verdict.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use hallway_test_support::checker::{History, Room, User, check};
use hallway_test_support::services::postgres::evidence;
use tokio::sync::{Mutex, watch};

use crate::client::{Doors, Handle, Setting};
use crate::cluster::Cluster;
use crate::faults::{Fault, strike};
use crate::guests;
use crate::moderator::{Moderator, Subject};
use crate::outcome;
use crate::plan::{LEVEL, PRESENT, Plan};
use crate::results::{self, Outcome};
use crate::support::{Account, DEADLINE};

/// One at a time: what is measured is not to be the other tests.
static ALONE: Mutex<()> = Mutex::const_new(());

/// As many runs of a fault as the environment asks for; one that fails does not keep the others from being tried.
pub(crate) async fn runs(fault: Fault, plan: Plan) {
    let _alone = ALONE.lock().await;
    let mut problems = Vec::new();
    for seed in 1..=u64::try_from(plan.runs).expect("few") {
        let plan = plan.clone();
        let (sized, running) = (plan.clone(), tokio::spawn(async move { run(fault, &plan, seed).await }));
        let end = running.await.map_err(|panic| panicked(panic.into_panic().as_ref()));
        problems.extend(results::note(fault, &sized, seed, end));
    }
    assert!(problems.is_empty(), "{} runs failed:\n{}", problems.len(), problems.join("\n"));
}

fn panicked(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned())).unwrap_or_default()
}

async fn run(fault: Fault, plan: &Plan, seed: u64) -> Outcome {
    let began = Instant::now();
    let setting = Arc::new(Setting {
        start: Instant::now(),
        seed,
        doors: Doors::default(),
        text: plan.text,
        pause: plan.pause,
        talking: watch::Sender::new(false),
        guests: std::sync::OnceLock::new(),
    });
    let mut cluster = Cluster::start(plan, &setting).await;
    // The last two clients are second devices of the first two users.
    let accounts = cluster.accounts(plan.clients - 2).await;
    let mut rooms = Vec::new();
    for number in 0..plan.rooms {
        rooms.push(cluster.room(&accounts[0], number).await);
    }
    let mut entries = guests::invite(&cluster, plan, &setting, &accounts, &rooms).await;
    let clients = start_clients(plan, &setting, &accounts, &rooms);
    outcome::level(&cluster, &clients, DEADLINE).await;
    let booted = began.elapsed();

    let stop = watch::Sender::new(false);
    let moderating = tokio::spawn(moderator(&setting, &accounts, &clients).run(stop.subscribe()));
    setting.talking.send_replace(true);
    acked(&clients, plan.messages / 3).await;
    let before = (connections(&clients), totals(&clients).acks);
    strike(fault, &mut cluster, &clients).await;
    let healed = Instant::now();
    let meanwhile = totals(&clients).acks - before.1;
    // Presence is compared while nobody is being shut out, and within the time since the healing.
    stop.send_replace(true);
    let level = outcome::level(&cluster, &clients, LEVEL).await;
    let (sanctions, mut bans) = moderating.await.expect("the moderator ends well");
    entries.extend(sanctions);
    let asked = healed.elapsed();
    let (_, took) = outcome::presence(&cluster, &clients, &rooms, PRESENT.saturating_sub(asked)).await;
    let present = asked + took;
    assert!(present <= PRESENT, "presence is not right {present:?} after healing");
    stop.send_replace(false);
    let moderator = moderator(&setting, &accounts, &clients);
    let rounds = Arc::clone(&moderator.rounds);
    let moderating = tokio::spawn(moderator.run(stop.subscribe()));
    acked(&clients, plan.messages).await;
    done(&rounds, plan.rounds.saturating_sub(bans)).await;
    stop.send_replace(true);
    let (sanctions, more) = moderating.await.expect("the moderator ends well");
    entries.extend(sanctions);
    bans += more;
    setting.talking.send_replace(false);
    empty(&clients).await;
    outcome::level(&cluster, &clients, LEVEL).await;
    let reconnects = connections(&clients) - before.0;

    let (presence, quiet) = outcome::presence(&cluster, &clients, &rooms, PRESENT).await;
    let reads = outcome::reads(&cluster, &accounts[0], &rooms).await;
    let Totals { acks, received, refused, repeated, typing, turned_away } = totals(&clients);
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
         level {level:?} after healing, presence right after {present:?}, {quiet:?} when quiet; {booted:?} to boot, {:?} in all",
        began.elapsed()
    );
    let violations = report.found.values().map(|found| found.count).sum();
    let problem = (!report.is_clean()).then(|| report.to_string());
    let took = began.elapsed();
    Outcome { acked: acks, shut_out: bans, turned_away, typing, level, present, took, violations, problem }
}

fn start_clients(plan: &Plan, setting: &Arc<Setting>, accounts: &[Account], rooms: &[Room]) -> Vec<Handle> {
    let start = |number: usize| {
        let account = accounts[number % accounts.len()].clone();
        let own = guests::rooms_of(number, rooms);
        Handle::start(u32::try_from(number).expect("few"), account, &own, setting)
    };
    (0..plan.clients).map(start).collect()
}

/// May shut out anybody but the owner of the rooms, who is the moderator.
fn moderator(setting: &Arc<Setting>, accounts: &[Account], clients: &[Handle]) -> Moderator {
    let mut subjects: BTreeMap<User, Subject> = BTreeMap::new();
    for client in clients.iter().filter(|client| client.account.id != accounts[0].id) {
        let user = User(client.account.id);
        let subject = subjects.entry(user).or_insert_with(|| Subject {
            user,
            account: client.account.clone(),
            clients: Vec::new(),
            rooms: Vec::new(),
        });
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
    let account = accounts[0].clone();
    Moderator { setting: Arc::clone(setting), account, subjects, entries: Vec::new(), rounds: Arc::default() }
}

#[derive(Default)]
struct Totals {
    acks: usize,
    received: usize,
    refused: usize,
    repeated: usize,
    typing: usize,
    turned_away: usize,
}

fn totals(clients: &[Handle]) -> Totals {
    clients.iter().fold(Totals::default(), |mut totals, client| {
        let status = client.status();
        totals.acks += status.acked;
        totals.received += status.received;
        totals.refused += status.refused;
        totals.repeated += status.repeated;
        totals.typing += status.typing;
        totals.turned_away += status.turned_away;
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

/// Waits for so many rounds of moderation.
async fn done(rounds: &AtomicUsize, count: usize) {
    let mut progress = (0, Instant::now());
    loop {
        let now = rounds.load(Ordering::SeqCst);
        if now >= count {
            return;
        }
        if now > progress.0 {
            progress = (now, Instant::now());
        }
        assert!(progress.1.elapsed() < DEADLINE, "no round ended for {DEADLINE:?}, after {now} of {count}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
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
