//! Several people with three devices each, who write, edit, delete, read here and there and mark as unread; and a model
//! that counts by brute force. What the store says has to be right after every step, what the devices show in the end.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bytes::Bytes;
use hallway_adapter_local::LocalPresence;
use hallway_domain::policy::{Read, Scope, authorize};
use hallway_domain::{
    Actor, ConnectionId, Disconnect, Event, MessageId, Room, RoomLoss, Seq, Signal, SignalKind, UserRef,
};
use hallway_domain::{Timestamp, UserId};
use hallway_hub::{
    Activity, ConnectionInfo, Dialect, Encoder, Hub, HubDeps, HubSettings, HubSink, Mailbox, MailboxSettings, Notice,
    RoomLabel,
};
use tokio::sync::mpsc;
use tokio_util::task::TaskTracker;

use crate::world::{World, body};

/// Each thing that matters here as a line of numbers.
struct Lines;

impl Encoder for Lines {
    fn event(&self, _: Dialect, _: &RoomLabel, event: &Event) -> Bytes {
        format!("event {} 0\n", event.seq).into()
    }
    fn signal(&self, _: Dialect, _: &RoomLabel, signal: &Signal) -> Bytes {
        match &signal.kind {
            SignalKind::MarkedUnread { unread, mentions, .. } => format!("unread {unread} {mentions}\n").into(),
            _ => Bytes::new(),
        }
    }
    fn presence(&self, _: Dialect, _: &RoomLabel, _: &[UserRef], _: Timestamp) -> Bytes {
        Bytes::new()
    }
    fn activity(&self, _: Dialect, _: &RoomLabel, activity: Activity) -> Bytes {
        format!("unread {} {}\n", activity.unread, activity.mentions).into()
    }
    fn loss(&self, _: Dialect, _: &RoomLabel, _: RoomLoss) -> Bytes {
        Bytes::new()
    }
    fn close(&self, _: Dialect, _: Disconnect) -> Bytes {
        Bytes::new()
    }
}

struct Device {
    user: UserId,
    mailbox: Arc<Mailbox>,
    _notices: mpsc::Receiver<Notice>,
    /// Has the room open, and so hears all of it.
    open: bool,
    /// Unread messages and mentions.
    shown: (u64, u64),
    events: Vec<u64>,
    told_unread: usize,
}

impl Device {
    fn take_in(&mut self) {
        while let Poll::Ready(Some(chunk)) = self.mailbox.poll_drain(&mut Context::from_waker(Waker::noop())) {
            for line in String::from_utf8_lossy(&chunk).lines() {
                let words: Vec<&str> = line.split(' ').collect();
                let number = |at: usize| words[at].parse().expect("a number");
                if words[0] == "event" {
                    self.events.push(number(1));
                } else {
                    self.shown = (number(1), number(2));
                    self.told_unread += usize::from(self.open);
                }
            }
        }
    }
}

struct Post {
    id: MessageId,
    seq: Seq,
    author: UserId,
    mentions: BTreeSet<UserId>,
    here: bool,
    deleted: bool,
}

struct Person {
    actor: Actor,
    read: Seq,
    delivered: Seq,
    lowered: usize,
}

struct Model {
    world: World,
    room: Room,
    people: Vec<Person>,
    posts: Vec<Post>,
    state: u64,
}

const TEXTS: [&str; 8] =
    ["hello", "@ann", "@bob @cem", "@here", "`@ann` @cem", "@bob, @bob: @here", "mail ann@example.org", "@nobody @dee"];

impl Model {
    fn dice(&mut self, sides: usize) -> usize {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        usize::try_from(self.state % sides as u64).expect("small")
    }

    /// What a text means, read by eye from [`TEXTS`].
    fn meaning(&self, text: usize, author: usize) -> (BTreeSet<UserId>, bool) {
        let named: &[usize] = match text {
            1 => &[0],
            2 => &[1, 2],
            4 => &[2],
            5 => &[1],
            _ => &[],
        };
        // Only ann, who made the room, may mention everybody.
        (named.iter().map(|at| self.people[*at].actor.id()).collect(), matches!(text, 3 | 5) && author == 0)
    }

    fn brute_force(&self, person: &Person) -> (u64, u64) {
        let me = person.actor.id();
        let unread = self.posts.iter().filter(|it| !it.deleted && it.author != me && it.seq > person.read);
        let mentions = unread.clone().filter(|it| it.here || it.mentions.contains(&me)).count();
        (unread.count() as u64, mentions as u64)
    }

    async fn step(&mut self) {
        let who = self.dice(self.people.len());
        let actor = self.people[who].actor.clone();
        let (room, messages) = (self.room.id, self.world.app.clone());
        let messages = messages.messages();
        let head = self.world.queries().room(room).await.expect("room").expect("there").last_seq;
        let own = |it: &&mut Post| it.author == actor.id() && !it.deleted;
        match self.dice(12) {
            0..=3 => {
                let text = self.dice(TEXTS.len());
                let sent = self.world.send(&actor, &self.room, TEXTS[text]).await;
                let (mentions, here) = self.meaning(text, who);
                let (id, seq, author) = (sent.message, sent.seq, actor.id());
                self.posts.push(Post { id, seq, author, mentions, here, deleted: false });
            }
            4 => {
                let text = self.dice(TEXTS.len());
                let (mentions, here) = self.meaning(text, who);
                let skip = self.dice(5);
                if let Some(post) = self.posts.iter_mut().rev().filter(own).nth(skip) {
                    messages.edit(&actor, room, post.id, body(TEXTS[text])).await.expect("edit");
                    (post.mentions, post.here) = (mentions, here);
                }
            }
            5 => {
                let skip = self.dice(5);
                if let Some(post) = self.posts.iter_mut().rev().filter(own).nth(skip) {
                    messages.delete(&actor, room, post.id).await.expect("delete");
                    post.deleted = true;
                }
            }
            // Devices are late and disagree: a mark may be anywhere, beyond the end too.
            6..=8 => {
                let seq = Seq(i64::try_from(self.dice(usize::try_from(head.0 + 3).expect("small"))).expect("small"));
                messages.mark_read(&actor, room, seq).await.expect("read");
                let person = &mut self.people[who];
                person.read = person.read.max(seq.min(head));
                person.delivered = person.delivered.max(person.read);
            }
            9 => {
                let seq = Seq(i64::try_from(self.dice(usize::try_from(head.0 + 3).expect("small"))).expect("small"));
                messages.mark_delivered(&actor, room, seq).await.expect("delivered");
                self.people[who].delivered = self.people[who].delivered.max(seq.min(head));
            }
            _ => {
                let skip = self.dice(6);
                if let Some(post) = self.posts.iter().rev().filter(|it| !it.deleted).nth(skip) {
                    let (id, before) = (post.id, Seq(post.seq.0 - 1));
                    let unread = messages.mark_unread(&actor, room, id).await.expect("mark unread");
                    let person = &mut self.people[who];
                    person.lowered += usize::from(before < person.read);
                    person.read = person.read.min(before);
                    let person = &self.people[who];
                    let expected = self.brute_force(person);
                    assert_eq!((unread.read, (unread.messages, unread.mentions)), (person.read, expected));
                }
            }
        }
    }

    async fn check(&self) {
        let marks = self.world.queries().marks(self.room.id, 99).await.expect("marks");
        for person in &self.people {
            let user = person.actor.id();
            let counts = self.world.queries().unread(user, &[self.room.id]).await.expect("unread");
            assert_eq!(
                (counts[0].messages, counts[0].mentions),
                self.brute_force(person),
                "{}",
                person.actor.user.username
            );
            let mark = marks.iter().find(|mark| mark.user.id == user).expect("a member");
            assert_eq!((mark.read, mark.delivered), (person.read, person.delivered));
        }
    }
}

fn hub(world: &World) -> Arc<Hub> {
    let hub = Hub::new(HubDeps {
        store: Arc::new(world.store.clone()),
        bus: Arc::clone(&world.bus) as _,
        presence: Arc::new(LocalPresence::default()),
        encoder: Arc::new(Lines),
        clock: Arc::clone(&world.clock) as _,
        tasks: TaskTracker::new(),
        settings: HubSettings {
            mailbox: MailboxSettings { max_bytes: 1 << 20, ephemeral_bytes: 1 << 19, low_water_bytes: 1 << 10 },
            connections_per_user: 9,
            connections: 99,
            rooms_per_connection: 9,
            reservation_bytes: 1 << 20,
            crowd: 50,
            repair_page: 100,
        },
    });
    world.bus.set_sink(Arc::new(HubSink(Arc::downgrade(&hub))));
    hub
}

async fn device(hub: &Arc<Hub>, world: &World, (person, room): (&Person, &Room), open: bool) -> Device {
    let actor = &person.actor;
    let id = world.client_id().0;
    let info = ConnectionInfo {
        id: ConnectionId(id),
        user: actor.user.clone(),
        session: actor.session,
        dialect: Dialect(1),
        device: hallway_domain::call::DeviceId(id),
    };
    let (mailbox, notices) = hub.connect(info).expect("connects");
    hub.watch(ConnectionId(id), room.id).await.expect("watches");
    if open {
        let reservation = hub.reserve(ConnectionId(id), room.id).await.expect("reserves");
        let standing = world.queries().standing(room.id, actor.id(), world.now()).await.expect("standing");
        let permit = authorize(actor, Read, Scope { room, standing: &standing }).expect("may read");
        reservation.open(&permit).expect("opens").go_live(|_| Bytes::new()).expect("goes live");
    }
    let (shown, events) = ((0, 0), Vec::new());
    Device { user: actor.id(), mailbox, _notices: notices, open, shown, events, told_unread: 0 }
}

async fn run(seed: u64) {
    let world = World::new();
    let hub = hub(&world);
    let mut people = Vec::new();
    for name in ["ann", "bob", "cem"] {
        people.push(Person { actor: world.user(name).await, read: Seq::ZERO, delivered: Seq::ZERO, lowered: 0 });
    }
    let room = world.room(&people[0].actor, "one").await;
    for person in &people[1..] {
        world.join(&person.actor, &room).await;
    }
    // What was written before one came counts as read, and joining is written too.
    for person in &mut people {
        let standing = world.queries().standing(room.id, person.actor.id(), world.now()).await.expect("standing");
        let membership = standing.membership.expect("a member");
        (person.read, person.delivered) = (membership.last_read, membership.last_delivered);
    }
    let room = world.queries().room(room.id).await.expect("room").expect("there");
    let mut devices = Vec::new();
    for person in &people {
        for open in [false, false, true] {
            devices.push(device(&hub, &world, (person, &room), open).await);
        }
    }
    let begin = room.last_seq;
    let mut model =
        Model { world, room, people, posts: Vec::new(), state: seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1 };
    for _ in 0..80 {
        model.step().await;
        model.check().await;
        if model.dice(3) == 0 {
            tokio::time::sleep(Duration::from_millis(40)).await;
        }
        devices.iter_mut().filter(|_| seed.is_multiple_of(2)).for_each(Device::take_in);
    }
    tokio::time::sleep(Duration::from_secs(20)).await;
    let head = model.world.queries().room(model.room.id).await.expect("room").expect("there").last_seq;
    let expected: Vec<u64> = (begin.0 + 1..=head.0).map(i64::unsigned_abs).collect();
    for device in &mut devices {
        device.take_in();
        let person = model.people.iter().find(|it| it.actor.id() == device.user).expect("a person");
        let name = &person.actor.user.username;
        if device.open {
            assert_eq!(device.events, expected, "{name} hears all, once and in order");
            assert!(device.told_unread <= person.lowered, "{name} hears of nobody else's marks");
            assert!(
                !seed.is_multiple_of(2) || device.told_unread == person.lowered,
                "{name} hears of each of their own"
            );
        } else {
            assert_eq!(device.shown, model.brute_force(person), "what {name} is shown");
        }
    }
    hub.check_invariants();
}

#[tokio::test(start_paused = true)]
async fn three_devices_of_everybody_show_what_brute_force_counts() {
    for seed in 1..=24 {
        println!("seed {seed}");
        run(seed).await;
    }
}
