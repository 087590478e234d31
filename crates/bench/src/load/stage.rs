//! What every scenario begins with, and the steps that they share.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use reqwest::Client;
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::LoadError;
use super::accounts::{self, Account};
use super::cost::Moment;
use super::ledger::{Faults, divergent};
use super::member::{Member, Target};
use super::meter::Run;
use super::options::Common;
use super::postgres;
use super::report::{Phase, Report};

/// How long receivers may take to get what was sent until the end.
const DRAIN: Duration = Duration::from_secs(20);

pub(super) struct Stage {
    pub common: Common,
    pub http: Client,
    pub target: Target,
    /// Cancelled by Ctrl-C and the deadline.
    pub stop: CancellationToken,
    /// Tells this run's rooms and messages from others'.
    pub id: u32,
}

impl Stage {
    pub(super) async fn new(common: Common, stop: CancellationToken) -> Result<Self, LoadError> {
        let http = Client::builder().no_proxy().timeout(Duration::from_mins(1)).build();
        let http = http.map_err(|error| LoadError::Setup(error.to_string()))?;
        let target = target(&common, &common.url).await?;
        let id = u32::try_from(accounts::now().as_millis() / 10 % 1_000_000_000).unwrap_or_default();
        Ok(Self { common, http, target, stop, id })
    }

    pub(super) fn say(&self, text: &str) {
        if !self.common.quiet {
            progress(text);
        }
    }

    /// Accounts for so many connections.
    pub(super) async fn accounts(&self, connections: usize) -> Result<Vec<Account>, LoadError> {
        let each = self.common.per_account.max(1);
        self.say(&format!("{} accounts", connections.div_ceil(each)));
        let accounts = accounts::sign_in(&self.http, &self.common, connections.div_ceil(each)).await?;
        Ok((0..connections).map(|place| accounts[place / each].clone()).collect())
    }

    pub(super) async fn rooms(&self, owner: &Account, count: usize) -> Result<Vec<String>, LoadError> {
        self.say(&format!("{count} rooms"));
        let names = (0..count).map(|place| format!("load {} {place}", self.id)).collect();
        accounts::make_rooms(&self.http, &self.common, Some(owner), names).await
    }

    /// Connects everybody and enters the rooms that `of` tells for each place: of each its place in the list of rooms,
    /// and its name. Who is there already reads meanwhile.
    pub(super) async fn gather(
        &self,
        accounts: Vec<Account>,
        run: &Arc<Run>,
        of: impl Fn(usize) -> Vec<(usize, String)>,
    ) -> Result<Vec<Member>, LoadError> {
        let count = accounts.len();
        self.say(&format!("{count} connections"));
        let (turns, all_here) = (Arc::new(Semaphore::new(self.common.parallel.max(1))), CancellationToken::new());
        let (told, mut tellings) = mpsc::unbounded_channel();
        let mut tasks = JoinSet::new();
        for (place, account) in accounts.into_iter().enumerate() {
            let (rooms, target, run) = (of(place), self.target.clone(), Arc::clone(run));
            let (turns, all_here, told) = (Arc::clone(&turns), all_here.clone(), told.clone());
            tasks.spawn(async move {
                // Never closed.
                let turn = turns.acquire().await.ok();
                let entered = enter(&target, account, run, &rooms).await;
                drop(turn);
                let (mut member, problem) = match entered {
                    Ok(member) => (Some(member), None),
                    Err(error) => (None, Some(error)),
                };
                // Nobody listens any more once one has failed.
                let _ = told.send(problem);
                if let Some(member) = &mut member {
                    member.attend(&all_here).await;
                }
                (place, member)
            });
        }
        drop(told);
        let arrivals = async {
            let (mut here, mut said) = (0, Instant::now());
            while here < count {
                // Each tells once.
                if let Some(problem) = tellings.recv().await.flatten() {
                    return Err(problem);
                }
                here += 1;
                if said.elapsed() >= Duration::from_secs(1) {
                    said = Instant::now();
                    self.say(&format!("{here} of {count} are here"));
                }
            }
            Ok(())
        };
        self.unless_stopped(arrivals).await?;
        all_here.cancel();
        let mut members = tasks.join_all().await;
        members.sort_unstable_by_key(|(place, _)| *place);
        Ok(members.into_iter().filter_map(|(_, member)| member).collect())
    }

    pub(super) async fn unless_stopped<T>(
        &self,
        work: impl Future<Output = Result<T, LoadError>>,
    ) -> Result<T, LoadError> {
        tokio::select! {
            done = work => done,
            () = self.stop.cancelled() => Err(LoadError::Stopped),
        }
    }

    /// Pauses; false when it was told to stop.
    pub(super) async fn pause(&self, seconds: f64) -> bool {
        tokio::select! {
            () = tokio::time::sleep(Duration::from_secs_f64(seconds.max(0.0))) => true,
            () = self.stop.cancelled() => false,
        }
    }

    pub(super) fn moment(&self) -> Moment {
        Moment::now(&self.common)
    }

    /// Measures for a while and says every second how it goes.
    pub(super) async fn measure(&self, name: &'static str, run: &Run, report: &mut Report) {
        let database = postgres::read(self.common.postgres.as_deref(), report).await;
        let begin = self.moment();
        run.measure();
        let end = Instant::now() + Duration::from_secs_f64(self.common.seconds.max(0.0));
        let mut before = 0;
        while Instant::now() < end {
            let left = end.saturating_duration_since(Instant::now()).as_secs_f64();
            if !self.pause(left.min(1.0)).await {
                report.incomplete = true;
                break;
            }
            let tally = run.tally();
            let cost = begin.until(&self.moment(), self.common.threads);
            let server = cost.server_cpu_seconds.map_or_else(String::new, |cpu| format!(", server {cpu:.1} CPU s"));
            self.say(&format!(
                "{name}: {} deliveries in the last second, p99 {:.1} ms{server}, this tool {:.0} %",
                tally.deliveries - before,
                tally.each.p99,
                cost.own_cpu_share * 100.0
            ));
            before = tally.deliveries;
        }
        let cost = begin.until(&self.moment(), self.common.threads);
        report.phase(Phase::new(name, run.rest(), cost));
        if let Some(before) = database
            && let Some(after) = postgres::read(self.common.postgres.as_deref(), report).await
        {
            after.tell(before, report);
        }
    }

    /// Waits until everybody has everything, and looks whether it is right.
    pub(super) async fn verify(&self, members: Vec<Member>, run: &Run, report: &mut Report) -> Vec<Member> {
        self.say("waiting for what is under way");
        let deadline = Instant::now() + DRAIN;
        let mut tasks = JoinSet::new();
        for mut member in members {
            tasks.spawn(async move {
                member.drain(deadline).await;
                member
            });
        }
        let members = tasks.join_all().await;
        let rooms = run.flights.iter().map(|flight| flight.room).max().map_or(0, |last| last + 1);
        for room in 0..rooms {
            let sent = run.sent_to(room);
            let ledgers: Vec<_> = (members.iter())
                .flat_map(|member| member.heed.rooms.iter().filter(|followed| followed.room == room))
                .map(|followed| &followed.ledger)
                .collect();
            for ledger in &ledgers {
                report.faults.add(&ledger.faults(&sent));
            }
            let orders: Vec<_> = ledgers.iter().map(|ledger| (ledger.seen(), ledger.order())).collect();
            report.faults.add(&Faults { divergent: divergent(&orders), ..Faults::default() });
        }
        self.count_refusals(&members, run, report);
        members
    }

    pub(super) fn count_refusals(&self, members: &[Member], run: &Run, report: &mut Report) {
        use std::sync::atomic::Ordering::Relaxed;
        report.refused = run.refused.load(Relaxed);
        report.cut = run.cut.load(Relaxed);
        report.refusal = members.iter().find_map(|member| member.heed.refusal.clone());
        report.incomplete |= self.stop.is_cancelled();
    }
}

async fn enter(
    target: &Target,
    account: Account,
    run: Arc<Run>,
    rooms: &[(usize, String)],
) -> Result<Member, LoadError> {
    let mut member = Member::open(target, account, run).await?;
    member.join(rooms, false).await?;
    Ok(member)
}

/// Where a URL leads.
pub(super) async fn target(common: &Common, url: &str) -> Result<Target, LoadError> {
    let wrong = |why: &str| LoadError::Setup(format!("{url}: {why}"));
    let rest = url.strip_prefix("http://").ok_or_else(|| wrong("must begin with http://"))?;
    let host = rest.split('/').next().unwrap_or_default().to_owned();
    let with_port = if host.contains(':') { host.clone() } else { format!("{host}:80") };
    let mut addresses = tokio::net::lookup_host(&with_port).await.map_err(|error| wrong(&error.to_string()))?;
    let address: SocketAddr = addresses.next().ok_or_else(|| wrong("is nowhere"))?;
    Ok(Target { address, host, dialect: common.dialect })
}

#[expect(clippy::print_stderr, reason = "a program for the command line says how it goes")]
fn progress(text: &str) {
    eprintln!("{text}");
}

/// Everybody reads from now on, each in a task of its own.
pub(super) fn attend(members: Vec<Member>, stop: &CancellationToken) -> JoinSet<Member> {
    let mut tasks = JoinSet::new();
    for mut member in members {
        let stop = stop.clone();
        tasks.spawn(async move {
            member.attend(&stop).await;
            member
        });
    }
    tasks
}
