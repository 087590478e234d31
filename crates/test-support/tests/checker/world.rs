//! Makes clean histories: a small model of a server that keeps all promises, with late acks, late deliveries, broken
//! connections, resumes, resets, unknown outcomes, bans, edits and removals.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use hallway_test_support::checker::{
    Client, Database, Entry, Event, Fact, FinalPresence, FinalRead, History, Key, Kind, Message, Moment, Room, Seq,
    Source, Stored, Text, User,
};

use crate::dice::Dice;

/// The user of each client: two of them have two.
const CLIENTS: [User; 8] = [User(1), User(2), User(3), User(4), User(5), User(6), User(1), User(2)];
/// Not even in room 2, where all others are.
pub(crate) const OUTSIDER: Client = Client(5);
/// Shut out of room 1 for a while.
pub(crate) const BANNED: User = User(5);
pub(crate) const ROOMS: [Room; 2] = [Room(1), Room(2)];

#[derive(Clone, Copy, Default)]
struct Place {
    cursor: Seq,
    follows: bool,
}

struct World {
    dice: Dice,
    now: Moment,
    history: History,
    places: BTreeMap<(Client, Room), Place>,
    late_acks: Vec<(Client, Room, Event)>,
    /// By message.
    texts: BTreeMap<i64, Option<Text>>,
    original: BTreeMap<i64, Text>,
    banned: bool,
    keys: u128,
}

pub(crate) fn clean(seed: u64) -> History {
    let mut world = World {
        dice: Dice::new(seed),
        now: Duration::ZERO,
        history: History::default(),
        places: BTreeMap::new(),
        late_acks: Vec::new(),
        texts: BTreeMap::new(),
        original: BTreeMap::new(),
        banned: false,
        keys: 0,
    };
    world.begin();
    // So that there is something to plant into, however the dice fall.
    for client in [Client(0), Client(1), Client(2)] {
        world.send(client, ROOMS[0]);
        world.types(client, ROOMS[1]);
    }
    for step in 0..50 {
        match step {
            18 => world.ban(),
            34 => world.unban(),
            _ => world.step(),
        }
        // A stretch of time in the middle of the ban that is longer than any grace.
        if step == 24 {
            world.now += Duration::from_secs(3);
        }
    }
    world.end()
}

impl World {
    fn tick(&mut self) -> Moment {
        self.now += Duration::from_millis(1);
        self.now
    }

    fn note(&mut self, client: Client, room: Room, event: Event) {
        let at = self.tick();
        self.note_at(at, client, room, event);
    }

    fn note_at(&mut self, at: Moment, client: Client, room: Room, event: Event) {
        let user = CLIENTS[client.0 as usize];
        self.history.entries.push(Entry { at, client, user, room, event });
    }

    fn begin(&mut self) {
        for room in ROOMS {
            for (client, user) in (0..).map(Client).zip(CLIENTS) {
                if client == OUTSIDER {
                    continue;
                }
                let asked = self.now;
                self.note(client, room, Event::Granted { asked });
                self.append(room, Kind::MemberJoined, user.0, None);
                self.join(client, room, false);
            }
        }
    }

    fn log_of(&self, room: Room) -> Vec<Fact> {
        self.history.database.log.iter().filter(|(of, _)| *of == room).map(|(_, fact)| *fact).collect()
    }

    fn append(&mut self, room: Room, kind: Kind, subject: i64, key: Option<Key>) -> Seq {
        let seq = self.log_of(room).last().map_or(0, |fact| fact.seq) + 1;
        let text = None;
        self.history.database.log.push((room, Fact { seq, kind, subject, key, text }));
        seq
    }

    fn join(&mut self, client: Client, room: Room, resumed: bool) {
        let (log, asked) = (self.log_of(room), self.now);
        let head = log.last().map_or(0, |fact| fact.seq);
        self.note(client, room, Event::Joined { head, resumed });
        self.note(client, room, Event::Attendance);
        let before = self.places.entry((client, room)).or_default().cursor;
        if resumed && self.dice.percent(15) {
            self.note(client, room, Event::Reset { head });
        } else if resumed {
            for fact in log.into_iter().filter(|fact| fact.seq > before) {
                let fact = Fact { text: self.texts.get(&fact.subject).copied().flatten(), ..fact };
                let fact =
                    if matches!(fact.kind, Kind::Posted | Kind::Edited) { fact } else { Fact { text: None, ..fact } };
                self.note(client, room, Event::Receive { fact, source: Source::Resume { asked } });
            }
        }
        self.places.insert((client, room), Place { cursor: head, follows: true });
    }

    fn leave(&mut self, client: Client, room: Room) {
        let place = self.places.get_mut(&(client, room)).expect("a place");
        if place.follows {
            place.follows = false;
            self.note(client, room, Event::Left);
        }
    }

    /// Hands over what a client has not seen yet, or some of it.
    fn deliver(&mut self, client: Client, room: Room, most: usize) {
        let Some(place) = self.places.get(&(client, room)).copied().filter(|place| place.follows) else { return };
        for fact in self.log_of(room).into_iter().filter(|fact| fact.seq > place.cursor).take(most) {
            let text = match fact.kind {
                Kind::Posted => self.original.get(&fact.subject).copied(),
                Kind::Edited => Some(edited(room, fact.seq)),
                _ => None,
            };
            self.note(client, room, Event::Receive { fact: Fact { text, ..fact }, source: Source::Live });
            self.places.get_mut(&(client, room)).expect("a place").cursor = fact.seq;
        }
    }

    fn is_shut_out(&self, client: Client, room: Room) -> bool {
        self.banned && CLIENTS[client.0 as usize] == BANNED && room == ROOMS[0]
    }

    fn step(&mut self) {
        let everybody: Vec<_> = self.places.keys().copied().collect();
        let (client, room) = self.dice.pick(&everybody).expect("somebody");
        let follows = self.places[&(client, room)].follows;
        match self.dice.below(22) {
            20 | 21 if follows => self.types(client, room),
            0..10 if follows => self.send(client, room),
            10 | 11 if follows => self.change(client, room, Kind::Edited),
            12 if follows => self.change(client, room, Kind::Deleted),
            13 if follows => self.read(client, room),
            14 | 15 if follows => self.leave(client, room),
            _ if !follows && !self.is_shut_out(client, room) => self.join(client, room, true),
            _ => {}
        }
        for (client, room) in everybody {
            if self.dice.percent(60) {
                let most = 1 + self.dice.below(4);
                self.deliver(client, room, most);
            }
        }
        while !self.late_acks.is_empty() && self.dice.percent(70) {
            let (client, room, ack) = self.late_acks.remove(0);
            self.note(client, room, ack);
        }
    }

    fn send(&mut self, client: Client, room: Room) {
        self.keys += 1;
        let (key, text) = (Key(self.keys), Text(u64::try_from(self.keys).expect("few")));
        self.note(client, room, Event::Send { key, text });
        if self.dice.percent(5) {
            self.note(client, room, Event::Fail { key });
            return;
        }
        // Never arrived, and nobody knows.
        if self.dice.percent(5) {
            return;
        }
        let message = i64::try_from(self.keys).expect("few") + 1000;
        let seq = self.append(room, Kind::Posted, message, Some(key));
        let author = CLIENTS[client.0 as usize];
        let fact = Fact { seq, kind: Kind::Posted, subject: message, key: Some(key), text: Some(text) };
        self.history.database.messages.push(Stored { room, author, fact });
        self.texts.insert(message, Some(text));
        self.original.insert(message, text);
        self.now += Duration::from_millis(1);
        let ack = Event::Ack { key, message: Message(message), seq };
        match self.dice.below(20) {
            // Stored, and nobody knows.
            0 => {}
            1 | 2 => {
                self.note(client, room, Event::Send { key, text });
                self.note(client, room, ack.clone());
                self.note(client, room, ack);
            }
            _ => self.late_acks.push((client, room, ack)),
        }
    }

    fn change(&mut self, client: Client, room: Room, kind: Kind) {
        let of_room: Vec<_> = (self.history.database.messages.iter())
            .filter(|row| row.room == room && self.texts[&row.fact.subject].is_some())
            .map(|row| row.fact.subject)
            .collect();
        let Some(message) = self.dice.pick(&of_room) else { return };
        let seq = self.append(room, kind, message, None);
        let text = (kind == Kind::Edited).then(|| edited(room, seq));
        self.texts.insert(message, text);
        if kind == Kind::Deleted {
            self.note(client, room, Event::Erased { message: Message(message) });
        }
    }

    /// Most who are there are shown it.
    fn types(&mut self, client: Client, room: Room) {
        self.note(client, room, Event::Typed);
        let by = CLIENTS[client.0 as usize];
        let there: Vec<_> = self.places.iter().filter(|((_, of), place)| *of == room && place.follows).collect();
        let there: Vec<_> =
            there.into_iter().map(|((client, _), _)| *client).filter(|other| *other != client).collect();
        for other in there {
            if self.dice.percent(80) {
                self.note(other, room, Event::Typing { by });
            }
        }
    }

    fn live(&self, room: Room) -> Vec<Fact> {
        let rows = self.history.database.messages.iter().filter(|row| row.room == room);
        let now = rows.map(|row| Fact { text: self.texts[&row.fact.subject], ..row.fact });
        now.filter(|fact| fact.text.is_some()).collect()
    }

    fn read(&mut self, client: Client, room: Room) {
        let (asked, messages) = (self.now, self.live(room));
        self.note(client, room, Event::Read { asked, messages });
    }

    fn ban(&mut self) {
        let (client, room) = (Client(4), ROOMS[0]);
        self.banned = true;
        let asked = self.now;
        self.append(room, Kind::MemberUpdated, BANNED.0, None);
        self.note(client, room, Event::Revoked { asked });
        if self.dice.percent(50) {
            // What was on its way.
            self.deliver(client, room, usize::MAX);
        }
        self.leave(client, room);
    }

    fn unban(&mut self) {
        let (client, room) = (Client(4), ROOMS[0]);
        self.banned = false;
        let asked = self.now;
        self.append(room, Kind::MemberUpdated, BANNED.0, None);
        self.note(client, room, Event::Granted { asked });
        self.join(client, room, true);
    }

    fn end(mut self) -> History {
        for (client, room, ack) in std::mem::take(&mut self.late_acks) {
            self.note(client, room, ack);
        }
        // One is away at the end.
        self.leave(Client(3), ROOMS[1]);
        for (client, room) in self.places.keys().copied().collect::<Vec<_>>() {
            if (client, room) != (Client(3), ROOMS[1]) && !self.places[&(client, room)].follows {
                self.join(client, room, true);
            }
            self.deliver(client, room, usize::MAX);
        }
        for room in ROOMS {
            let there = self.places.iter().filter(|((_, of), place)| *of == room && place.follows);
            let shown: BTreeSet<_> = there.map(|((client, _), _)| CLIENTS[client.0 as usize]).collect();
            let head = self.log_of(room).last().map_or(0, |fact| fact.seq);
            let messages = self.live(room);
            for node in ["a", "b"] {
                let (node, observer) = (node.to_owned(), node.to_owned());
                let read = FinalRead { node, user: User(1), room, messages: messages.clone() };
                self.history.reads.push(read);
                self.history.presence.push(FinalPresence { observer, room, shown: shown.clone() });
            }
            self.history.database.heads.push((room, head));
        }
        let Database { log, messages, .. } = &mut self.history.database;
        for row in messages.iter_mut() {
            row.fact.text = self.texts[&row.fact.subject];
        }
        log.sort_by_key(|(room, fact)| (*room, fact.seq));
        self.history
    }
}

/// What an edit wrote: a text that its place determines.
fn edited(room: Room, seq: Seq) -> Text {
    Text(u64::try_from(seq * 1000 + room.0).expect("positive"))
}
