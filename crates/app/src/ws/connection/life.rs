//! The loop of a connection.

use std::collections::VecDeque;
use std::pin::pin;
use std::rc::Rc;
use std::time::Duration;

use actix_ws::{AggregatedMessage, AggregatedMessageStream, ProtocolError};
use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::future::{LocalBoxFuture, OptionFuture, ready};
use futures_util::stream::{FuturesOrdered, FuturesUnordered};
use hallway_domain::{Disconnect, RoomId};
use hallway_hub::Notice;
use hallway_protocol::ws::fastroom::{Limits, RetryHint};
use tokio::sync::mpsc;
use tokio::time::{sleep_until, timeout};
use tokio_util::sync::CancellationToken;

use super::peer::Peer;
use super::pulse::Pulse;
use super::{End, Side, calls, chat, commands, control, inbox, join, online, watch};
use crate::ws::calls::{self as call_wire, CallCommand};
use crate::ws::fastroom::reply::{self, ServerFacts};
use crate::ws::fastroom::{self, Command, FrameKind, Rules, failure};
use crate::ws::fastsock;

/// Most frames that wait for the command under way. Then the client is read no further.
const MAX_WAITING: usize = 64;

/// How long the command under way may take once the connection is over.
const LAST_COMMAND: Duration = Duration::from_secs(2);

/// How long clients are to wait between attempts to connect.
const RETRY: RetryHint = RetryHint { min_ms: 500, max_ms: 30_000 };

/// Everything that can happen to a connection.
enum Input {
    /// A frame came, or the stream ended.
    Frame(Option<Result<AggregatedMessage, ProtocolError>>),
    /// The hub has something to say.
    Notice(Notice),
    /// The oldest send is answered.
    Sent(Answer),
    /// The command under way is done.
    Done,
    /// Something that nobody waits for is done.
    Aside,
    /// Something is due by the clock.
    Tick,
    /// The mailbox was closed, by whomever.
    Closed(Disconnect),
    /// The HTTP layer has let go. The stream of frames says so too, but it is not always read.
    Gone,
}

/// The answer to a frame, and whether it speaks against the client.
struct Answer {
    frames: Bytes,
    abuse: bool,
}

/// What waits for its turn.
enum Job {
    Command(Command),
    /// One of a FastSock client. They run one after the other, sends too.
    Event(fastsock::Command),
    /// Something about a call.
    Call(CallCommand),
    /// A room that a FastSock client is to follow.
    Follow(RoomId),
    /// The answer to a frame that is no command, in its place among the others.
    Answer(Answer),
    Lost(RoomId),
}

struct Life<'a> {
    peer: &'a Rc<Peer>,
    rules: Rules,
    pulse: Pulse,
    waiting: VecDeque<Job>,
    /// The command under way.
    work: Option<LocalBoxFuture<'static, ()>>,
    sends: FuturesOrdered<LocalBoxFuture<'static, Answer>>,
    aside: FuturesUnordered<LocalBoxFuture<'static, ()>>,
    /// Who ended the connection, once it is over.
    ended_by: Side,
}

/// Lives until the mailbox is closed; how that came.
pub(super) async fn live(
    peer: &Rc<Peer>,
    frames: &mut AggregatedMessageStream,
    mut notices: mpsc::Receiver<Notice>,
    gone: &CancellationToken,
) -> End {
    let mut life = Life {
        peer,
        rules: Rules { message_chars: peer.sockets.settings.message_chars, native: peer.is_native() },
        pulse: Pulse::new(peer.sockets.settings.heartbeat),
        waiting: VecDeque::new(),
        work: None,
        sends: FuturesOrdered::new(),
        aside: FuturesUnordered::new(),
        ended_by: Side::Server,
    };
    life.greet();
    if peer.sockets.stopping.is_cancelled() {
        // It was counted in too late to be told with all others.
        peer.close(peer.sockets.settings.goodbye);
    }
    let mut timer = pin!(sleep_until(life.pulse.next(peer)));
    loop {
        let reading = life.is_reading();
        let input = tokio::select! {
            // What takes away comes before what gives, and answers before new questions.
            biased;
            why = peer.mailbox.on_close() => Input::Closed(why),
            Some(notice) = notices.recv() => Input::Notice(notice),
            Some(answer) = life.sends.next() => Input::Sent(answer),
            Some(()) = OptionFuture::from(life.work.as_mut()) => Input::Done,
            Some(()) = life.aside.next() => Input::Aside,
            () = timer.as_mut() => Input::Tick,
            () = gone.cancelled() => Input::Gone,
            frame = frames.recv(), if reading => Input::Frame(frame),
        };
        match input {
            Input::Closed(why) => {
                life.see_through().await;
                return End { why, by: life.ended_by };
            }
            Input::Gone => {
                peer.mailbox.close(Disconnect::GoingAway, Bytes::new());
                life.see_through().await;
                return End { why: Disconnect::GoingAway, by: Side::Client };
            }
            Input::Notice(notice) => life.notice(&notice),
            Input::Sent(answer) => life.answer(answer),
            Input::Done => life.work = None,
            Input::Aside => {}
            Input::Tick => {
                if !reading {
                    // It was not asked.
                    peer.is_alive();
                }
                life.pulse.beat(peer);
                timer.as_mut().reset(life.pulse.next(peer));
            }
            Input::Frame(frame) => life.frame(frame),
        }
        life.start();
    }
}

impl Life<'_> {
    fn greet(&mut self) {
        let peer = self.peer;
        if peer.is_fastsock() {
            self.work = Some(Box::pin(super::fastsock::greet(Rc::clone(peer))));
            self.aside.push(Box::pin(calls::arrive(Rc::clone(peer))));
            return;
        }
        let settings = &peer.sockets.settings;
        let server = ServerFacts {
            id: settings.server_id.clone(),
            heartbeat: settings.heartbeat,
            limits: Limits {
                frame_bytes: settings.frame_bytes as u64,
                message_chars: settings.message_chars as u64,
                rooms: settings.rooms as u64,
                replay: u64::from(settings.replay_events),
                upload_bytes: settings.upload_bytes,
            },
            retry: RETRY,
        };
        peer.say(reply::banner(&server, &peer.user, peer.id(), peer.sockets.clock.now()));
        self.work = Some(Box::pin(online::begin(Rc::clone(peer))));
        if peer.is_native() {
            self.aside.push(Box::pin(calls::arrive(Rc::clone(peer))));
            self.aside.push(Box::pin(watch::watch_mine(Rc::clone(peer))));
        }
    }

    /// Carries the command under way to its end. Dropped after its commit and before the others are told, they would
    /// only hear of it when heads are compared.
    async fn see_through(&mut self) {
        if let Some(work) = self.work.take() {
            // A replay gives up by itself: the mailbox is closed.
            let _ = timeout(LAST_COMMAND, work).await;
        }
    }

    /// Whether there is room for another frame.
    fn is_reading(&self) -> bool {
        self.waiting.len() < MAX_WAITING && self.sends.len() < self.peer.sockets.settings.pipelined_sends
    }

    fn notice(&mut self, notice: &Notice) {
        match *notice {
            Notice::Lost { room, .. } => self.waiting.push_back(Job::Lost(room)),
            Notice::Granted { room } if self.peer.is_native() => {
                self.aside.push(Box::pin(watch::granted(Rc::clone(self.peer), room)));
            }
            Notice::Granted { room } if self.peer.is_fastsock() => self.waiting.push_back(Job::Follow(room)),
            // The mailbox tells of its end by itself.
            Notice::Granted { .. } | Notice::Closed(_) => {}
        }
    }

    fn frame(&mut self, frame: Option<Result<AggregatedMessage, ProtocolError>>) {
        let peer = self.peer;
        peer.is_alive();
        if !peer.manners.borrow_mut().frame() {
            return peer.close(Disconnect::RateLimited);
        }
        match frame {
            Some(Ok(AggregatedMessage::Text(text))) => {
                let job = self.job(&text);
                self.waiting.extend(job);
            }
            Some(Ok(AggregatedMessage::Binary(_))) => {
                let frames = if peer.is_fastsock() {
                    fastsock::reply::undecodable(&fastsock::Undecodable::NoEvent)
                } else {
                    failure::binary()
                };
                self.waiting.push_back(Job::Answer(Answer { frames, abuse: true }));
            }
            Some(Ok(AggregatedMessage::Ping(payload))) => peer.say(control::pong(&payload)),
            Some(Ok(AggregatedMessage::Pong(_))) => {}
            Some(Ok(AggregatedMessage::Close(reason))) => {
                self.ended_by = Side::Client;
                peer.mailbox.close(Disconnect::GoingAway, control::close(reason));
            }
            Some(Err(error)) => {
                self.ended_by = Side::Stream;
                match inbox::failure(&error) {
                    Some(why) => peer.close(why),
                    None => peer.mailbox.close(Disconnect::GoingAway, Bytes::new()),
                }
            }
            None => {
                self.ended_by = Side::Client;
                peer.mailbox.close(Disconnect::GoingAway, Bytes::new());
            }
        }
    }

    /// What a text frame asks for; none where it is passed over in silence.
    fn job(&self, text: &str) -> Option<Job> {
        let refused = |frames| Some(Job::Answer(Answer { frames, abuse: true }));
        if self.peer.is_fastsock() {
            return match fastsock::decode(text, self.rules.message_chars) {
                Ok(command) => command.map(Job::Event),
                Err(fault) => refused(fastsock::reply::undecodable(&fault)),
            };
        }
        if self.peer.is_native()
            && let Some((word, fields)) = call_wire::peek(text)
        {
            return match call_wire::decode(&word, fields) {
                Ok(command) => command.map(Job::Call),
                Err(fault) => refused(call_wire::error(true, fault.error())),
            };
        }
        match fastroom::decode(text, self.rules) {
            Ok(command) => Some(Job::Command(command)),
            Err(error) => refused(failure::undecodable(&error)),
        }
    }

    fn answer(&self, answer: Answer) {
        self.peer.say(answer.frames);
        if answer.abuse {
            self.peer.count_refusal();
        }
    }

    /// Starts what waits, as far as it may start.
    fn start(&mut self) {
        while self.work.is_none()
            && let Some(job) = self.waiting.pop_front_if(|job| self.sends.is_empty() || !job.waits_for_sends())
        {
            match job {
                Job::Command(Command::Chat { room, body, id, reply_to, attachments }) => {
                    let origin = fastroom::Origin { kind: Some(FrameKind::Chat), room: Some(room.clone()), id };
                    let sending = chat::send(self.peer, room, chat::Draft { body, id, reply_to, attachments });
                    self.sends.push_back(Box::pin(async move {
                        match sending.await {
                            Ok(frames) => Answer { frames, abuse: false },
                            Err(refusal) => Answer { frames: refusal.answer(&origin), abuse: refusal.is_abuse() },
                        }
                    }));
                }
                Job::Command(command) => self.work = Some(Box::pin(commands::run(Rc::clone(self.peer), command))),
                Job::Event(command) => {
                    self.work = Some(Box::pin(super::fastsock::run(Rc::clone(self.peer), command)));
                }
                Job::Call(command) => self.work = Some(Box::pin(calls::run(Rc::clone(self.peer), command))),
                Job::Follow(room) => {
                    self.work = Some(Box::pin(super::fastsock::granted(Rc::clone(self.peer), room)));
                }
                Job::Answer(answer) => self.sends.push_back(Box::pin(ready(answer))),
                Job::Lost(room) => {
                    let peer = Rc::clone(self.peer);
                    self.work = Some(Box::pin(async move { join::lost(&peer, room).await }));
                }
            }
        }
    }
}

impl Job {
    /// Whether it has to see what the messages sent before it have done. Messages themselves are queued in order, and
    /// what passes by may overtake them.
    const fn waits_for_sends(&self) -> bool {
        match self {
            Self::Command(command) => !matches!(
                command.kind(),
                FrameKind::Chat | FrameKind::Typing | FrameKind::Read | FrameKind::Delivered | FrameKind::Auth
            ),
            Self::Event(_) | Self::Call(_) | Self::Follow(_) | Self::Answer(_) | Self::Lost(_) => false,
        }
    }
}
