//! One connection of the load.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::time::{Instant, timeout_at};
use tokio_util::sync::CancellationToken;

use super::LoadError;
use super::accounts::Account;
use super::dialect::{Dialect, Heard, Names, page};
use super::ledger::Ledger;
use super::mark::{Mark, number_of};
use super::meter::{Delivery, Run};
use super::socket::{Got, Opening, Socket, SocketError, Writer};

/// How long a step of the preparation may take.
pub(super) const PATIENCE: Duration = Duration::from_mins(1);
/// Below the server's 45 seconds of silence, and the 25 that it asks for.
const HEARTBEAT: Duration = Duration::from_secs(20);

/// Where to connect.
#[derive(Clone, Debug)]
pub(super) struct Target {
    pub address: SocketAddr,
    pub host: String,
    pub dialect: Dialect,
}

/// A room that a connection follows.
#[derive(Debug, Default)]
pub(super) struct Followed {
    /// Its place in the list of rooms.
    pub room: usize,
    pub ledger: Ledger,
}

/// What a connection has heard.
pub(super) struct Heed {
    dialect: Dialect,
    run: Arc<Run>,
    pub rooms: Vec<Followed>,
    batch: Vec<Delivery>,
    greeted: bool,
    introduce: bool,
    answers: Vec<&'static str>,
    pub settled: usize,
    pub present: HashSet<u64>,
    /// Pages of history, and the newest one: how many, and the oldest id.
    pub pages: u64,
    pub page: Option<(usize, Option<i64>)>,
    pub resets: u64,
    pub refusal: Option<String>,
    /// Resuming: what comes is old.
    pub replaying: bool,
    pub frames: u64,
}

pub(super) struct Member {
    pub account: Account,
    pub socket: Socket,
    pub heed: Heed,
    target: Target,
}

impl Heed {
    fn new(dialect: Dialect, run: Arc<Run>) -> Self {
        Self {
            dialect,
            run,
            rooms: Vec::new(),
            batch: Vec::new(),
            greeted: dialect == Dialect::Plain,
            introduce: false,
            answers: Vec::new(),
            settled: 0,
            present: HashSet::new(),
            pages: 0,
            page: None,
            resets: 0,
            refusal: None,
            replaying: false,
            frames: 0,
        }
    }

    fn hear(&mut self, frame: &[u8]) {
        self.frames += 1;
        match self.dialect.hear(frame) {
            Heard::Chat => self.chat(frame),
            Heard::Greeted => self.greeted = true,
            Heard::WhoAreYou => self.introduce = true,
            Heard::Answer(text) => self.answers.push(text),
            Heard::Settled => self.settled += 1,
            Heard::Presence { settles, body } => {
                self.settled += usize::from(settles);
                self.presence(body, true);
            }
            Heard::PresenceDiff(body) => self.presence(body, false),
            Heard::History => {
                self.pages += 1;
                if self.run.reads_pages {
                    self.page = page(frame);
                }
            }
            Heard::Reset => self.resets += 1,
            Heard::Refused => {
                self.run.refused.fetch_add(1, Ordering::Relaxed);
                self.refusal = Some(String::from_utf8_lossy(&frame[..frame.len().min(200)]).into_owned());
            }
            Heard::Other => {}
        }
    }

    fn chat(&mut self, frame: &[u8]) {
        let Some(mark) = Mark::find(frame).filter(|mark| mark.run == self.run.id) else { return };
        let Some(flight) = self.run.flights.get(mark.sender as usize) else { return };
        let room = flight.room;
        let Some(followed) = self.rooms.iter_mut().find(|followed| followed.room == room) else {
            if let Some(any) = self.rooms.first_mut() {
                any.ledger.misrouted();
            }
            return;
        };
        if followed.ledger.see(mark.sender, mark.number, number_of(frame, "seq")) {
            let took = (!self.replaying).then(|| self.run.now().saturating_sub(mark.at));
            self.batch.push(Delivery { sender: mark.sender, number: mark.number, took });
        }
    }

    fn presence(&mut self, body: &[u8], anew: bool) {
        if !self.run.counts_presence {
            return;
        }
        let names: Names = serde_json::from_slice(body).unwrap_or_default();
        let hash = |name: &String| {
            let mut hasher = DefaultHasher::new();
            name.hash(&mut hasher);
            hasher.finish()
        };
        if anew {
            self.present = names.users.iter().map(hash).collect();
        }
        self.present.extend(names.join.iter().map(hash));
        for name in &names.leave {
            self.present.remove(&hash(name));
        }
    }
}

impl Member {
    /// Connects and waits until the server has said who one is.
    pub(super) async fn open(target: &Target, account: Account, run: Arc<Run>) -> Result<Self, LoadError> {
        Self::open_with(target, account, run, None).await
    }

    /// With so many bytes of receive buffer in the kernel.
    pub(super) async fn open_with(
        target: &Target,
        account: Account,
        run: Arc<Run>,
        receive_buffer: Option<u32>,
    ) -> Result<Self, LoadError> {
        let socket = connect(target, &account, receive_buffer).await?;
        let heed = Heed::new(target.dialect, run);
        let mut member = Self { account, socket, heed, target: target.clone() };
        member.until("greeting", |heed| heed.greeted).await?;
        Ok(member)
    }

    /// Breaks the connection off, without a word.
    pub(super) fn vanish(self) -> Absent {
        Absent { account: self.account, heed: self.heed }
    }

    /// Follows rooms, of which it gets the places and the names, and waits until it does.
    pub(super) async fn join(&mut self, rooms: &[(usize, String)], resume: bool) -> Result<(), LoadError> {
        let wanted = self.heed.settled + rooms.len();
        self.ask_to_join(rooms, resume).await?;
        self.until("join", |heed| heed.settled >= wanted).await
    }

    pub(super) async fn ask_to_join(&mut self, rooms: &[(usize, String)], resume: bool) -> Result<(), LoadError> {
        for (room, name) in rooms {
            let followed = self.heed.rooms.iter().find(|followed| followed.room == *room);
            let since = followed.filter(|_| resume).map(|followed| followed.ledger.last_seq());
            if followed.is_none() {
                self.heed.rooms.push(Followed { room: *room, ledger: Ledger::default() });
            }
            let frame = self.target.dialect.join(name, since);
            self.socket.writer().send(frame.as_bytes()).await.map_err(SocketError::from)?;
        }
        Ok(())
    }

    /// Reads until `done`.
    pub(super) async fn until(&mut self, what: &str, done: impl Fn(&Heed) -> bool) -> Result<(), LoadError> {
        let deadline = Instant::now() + PATIENCE;
        while !done(&self.heed) {
            match timeout_at(deadline, self.read()).await {
                Ok(Ok(Got::Bytes(_))) => {}
                Ok(Ok(Got::Closed(code))) => {
                    let said = self.heed.refusal.take().unwrap_or_default();
                    return Err(LoadError::Setup(format!("closed with {code:?} instead of {what} {said}")));
                }
                Ok(Err(error)) => return Err(LoadError::Setup(format!("no {what}: {error}"))),
                Err(_) => {
                    let said = self.heed.refusal.take().unwrap_or_default();
                    return Err(LoadError::Setup(format!("no {what} within {PATIENCE:?} {said}")));
                }
            }
        }
        Ok(())
    }

    /// Reads once.
    pub(super) async fn read(&mut self) -> Result<Got, SocketError> {
        let Self { socket, heed, account, .. } = self;
        let begun = heed.frames;
        let got = socket.receive(|frame| heed.hear(frame)).await?;
        heed.run.frames.fetch_add(heed.frames - begun, Ordering::Relaxed);
        if let Got::Bytes(bytes) = got {
            heed.run.bytes.fetch_add(bytes as u64, Ordering::Relaxed);
        }
        if !heed.batch.is_empty() {
            heed.run.note(&heed.batch);
            heed.batch.clear();
            heed.batch.shrink_to(64);
        }
        if std::mem::take(&mut heed.introduce) {
            socket.writer().send(Dialect::introduction(account).as_bytes()).await?;
        }
        for answer in std::mem::take(&mut heed.answers) {
            socket.writer().send(answer.as_bytes()).await?;
        }
        Ok(got)
    }

    /// Reads, and says that it is there, until told to stop or cut off; whether it was cut off.
    pub(super) async fn attend(&mut self, stop: &CancellationToken) -> bool {
        let mut heartbeat = tokio::time::interval_at(Instant::now() + HEARTBEAT, HEARTBEAT);
        loop {
            tokio::select! {
                biased;
                () = stop.cancelled() => return false,
                got = self.read() => match got {
                    Ok(Got::Bytes(_)) => {}
                    Ok(Got::Closed(_)) | Err(_) => {
                        self.heed.run.cut.fetch_add(1, Ordering::Relaxed);
                        return true;
                    }
                },
                _ = heartbeat.tick() => {
                    if let Some(text) = self.target.dialect.heartbeat() {
                        // A connection that is gone shows when it is read.
                        let _ = self.socket.writer().send(text.as_bytes()).await;
                    }
                }
            }
        }
    }

    /// Reads on until it has everything that was sent to its rooms, or the time is up.
    pub(super) async fn drain(&mut self, deadline: Instant) {
        while !self.heed.rooms.iter().all(|it| it.ledger.is_complete(&self.heed.run.sent_to(it.room))) {
            if !matches!(timeout_at(deadline, self.read()).await, Ok(Ok(Got::Bytes(_)))) {
                return;
            }
        }
    }

    pub(super) fn writer(&self) -> Arc<Writer> {
        self.socket.writer()
    }

    pub(super) fn dialect(&self) -> Dialect {
        self.target.dialect
    }
}

/// One whose connection broke. What was heard stays.
pub(super) struct Absent {
    account: Account,
    heed: Heed,
}

impl Absent {
    /// Connects anew, to the same server or another, and resumes the rooms.
    pub(super) async fn return_to(self, target: &Target, names: &[String]) -> Result<Member, LoadError> {
        let Self { account, mut heed } = self;
        let socket = connect(target, &account, None).await?;
        heed.greeted = target.dialect == Dialect::Plain;
        heed.settled = 0;
        heed.replaying = true;
        let rooms: Vec<_> = heed.rooms.iter().map(|followed| (followed.room, names[followed.room].clone())).collect();
        let mut member = Member { account, socket, heed, target: target.clone() };
        member.until("greeting", |heed| heed.greeted).await?;
        member.join(&rooms, true).await?;
        member.heed.replaying = false;
        Ok(member)
    }
}

async fn connect(target: &Target, account: &Account, receive_buffer: Option<u32>) -> Result<Socket, LoadError> {
    let Target { address, host, dialect } = target;
    let opening = Opening {
        address: *address,
        host,
        path: &dialect.path(account),
        headers: &dialect.headers(account),
        protocol: dialect.protocol(),
        receive_buffer,
    };
    let opened = tokio::time::timeout(PATIENCE, Socket::open(&opening)).await;
    Ok(opened.map_err(|_| LoadError::Setup(format!("no answer to the handshake within {PATIENCE:?}")))??)
}
