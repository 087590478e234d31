//! Finding messages: the same ones everywhere.

use std::collections::BTreeSet;

use hallway_domain::policy::{self, Read, Scope};
use hallway_domain::search::{FoundPage, Has, MessageSearch, SearchText};
use hallway_domain::{
    Actor, Emoji, Message, MessageId, MessageView, NewMessage, Role, RoomId, RoomKind, SanctionKind, SessionId, UserRef,
};
use time::Duration;

use super::World;
use super::world::at;

fn search(reader: &UserRef, q: &str) -> MessageSearch {
    let text = SearchText::parse(q).expect("a search");
    MessageSearch {
        reader: reader.id,
        needles: text.needles,
        author: None,
        room: None,
        after: text.after,
        before: text.before,
        has: text.has,
        older_than: None,
        limit: 50,
    }
}

async fn page(world: &World, search: &MessageSearch) -> FoundPage {
    world.queries().search(search, at(500)).await.expect("search")
}

async fn found(world: &World, search: &MessageSearch) -> Vec<MessageId> {
    page(world, search).await.items.into_iter().map(|item| item.view.message.id).collect()
}

/// What of `texts` is found, oldest first.
pub(super) async fn texts(world: &World, reader: &UserRef, q: &str) -> Vec<String> {
    let items = page(world, &search(reader, q)).await.items;
    items.into_iter().rev().map(|item| item.view.message.body).collect()
}

pub async fn finds_words_parts_and_phrases(world: World) {
    let ann = world.user("ann").await;
    let room = world.room("talk", &ann).await;
    let bodies = [
        "Der Weg über die Straße",
        "call foo_bar::baz(1) twice",
        "我住在上海市",
        "東京タワー",
        "대한민국 서울",
        "Привет, ёлка",
        "ship it 🚀 'now' \"or\" never",
        "100% of the wordy words \\ Orx",
    ];
    for body in bodies {
        world.post(room.id, &ann, body).await;
    }
    for (q, wanted) in [
        ("STRASSE", &[0][..]),
        ("uber", &[0]),
        ("oo_bar::ba", &[1]),
        ("上海", &[2]),
        ("海", &[2]),
        ("在上海", &[2]),
        ("ﾀﾜｰ", &[3]),
        ("서", &[4]),
        ("елка", &[5]),
        ("🚀", &[6]),
        ("'now'", &[6]),
        ("\"the wordy words\"", &[7]),
        ("\"the words\"", &[]),
        ("the words", &[7]),
        ("0%", &[]),
        ("100%", &[7]),
        ("\\", &[7]),
        ("or", &[6, 7]),
        ("wo", &[7]),
        ("%", &[7]),
        ("a' OR 1=1 --", &[]),
        ("nothing", &[]),
    ] {
        let wanted: Vec<&str> = wanted.iter().map(|n| bodies[*n]).collect();
        assert_eq!(texts(&world, &ann, q).await, wanted, "{q}");
    }
}

pub async fn narrows_down(world: World) {
    let (ann, bob) = (world.user("ann").await, world.user("bob").await);
    let (one, two) = (world.room("one", &ann).await, world.room("two", &ann).await);
    let first = world.post(one.id, &ann, "word https://example.org").await;
    let second = world.post(one.id, &bob, "word").await;
    let third = world.post_as(two.id, &bob, "other word", |message| message.created_at = at(3)).await;
    let mut unit = world.begin().await;
    let emoji = Emoji::parse("👍").expect("an emoji");
    unit.reactions().add(third.id, &ann, &emoji, at(9)).await.expect("react");
    unit.pins().add(two.id, third.id, ann.id, at(9)).await.expect("pin");
    unit.commit().await.expect("commit");
    let ids = async |change: &dyn Fn(&mut MessageSearch)| {
        let mut search = search(&ann, "word");
        change(&mut search);
        let with = found(&world, &search).await;
        search.needles.clear();
        assert_eq!(found(&world, &search).await, with, "without the word, which all have");
        with
    };
    assert_eq!(ids(&|_| ()).await, [third.id, second.id, first.id]);
    assert_eq!(ids(&|search| search.author = Some(bob.id)).await, [third.id, second.id]);
    assert_eq!(ids(&|search| search.room = Some(one.id)).await, [second.id, first.id]);
    assert_eq!(ids(&|search| search.after = Some(second.created_at)).await, [third.id, second.id]);
    assert_eq!(ids(&|search| search.before = Some(second.created_at)).await, [first.id]);
    assert_eq!(ids(&|search| search.has = BTreeSet::from([Has::Link])).await, [first.id]);
    assert_eq!(ids(&|search| search.has = BTreeSet::from([Has::Reaction])).await, [third.id]);
    assert_eq!(ids(&|search| search.has = BTreeSet::from([Has::Pin, Has::Reaction])).await, [third.id]);
    for has in [Has::File, Has::Image] {
        assert_eq!(ids(&|search| search.has = BTreeSet::from([has])).await, [], "{has:?}");
    }
    assert_eq!(ids(&|search| (search.author, search.room) = (Some(bob.id), Some(one.id))).await, [second.id]);
    assert_eq!(ids(&|search| (search.after, search.before) = (Some(at(9)), Some(at(9) - Duration::DAY))).await, []);
}

pub async fn follows_edits_and_deletions(world: World) {
    let ann = world.user("ann").await;
    let room = world.room("talk", &ann).await;
    let message = world.post(room.id, &ann, "the first text").await;
    let other = world.post(room.id, &ann, "the other text").await;
    assert_eq!(found(&world, &search(&ann, "text")).await, [other.id, message.id]);
    let message = world.edit(&message, "changed", at(20)).await;
    assert_eq!(found(&world, &search(&ann, "text")).await, [other.id]);
    assert_eq!(found(&world, &search(&ann, "changed")).await, [message.id]);
    world.delete(&message, at(21)).await;
    assert_eq!(found(&world, &search(&ann, "changed")).await, []);
    let mut all = search(&ann, "");
    all.author = Some(ann.id);
    assert_eq!(found(&world, &all).await, [other.id]);
    let mut unit = world.begin().await;
    unit.rooms().delete(room.id).await.expect("delete");
    unit.commit().await.expect("commit");
    assert_eq!(found(&world, &all).await, []);
    assert_eq!(found(&world, &search(&ann, "text")).await, []);
}

pub async fn pages_from_the_newest(world: World) {
    let ann = world.user("ann").await;
    for q in ["page", "\"page me\"", "pa"] {
        let room = world.room(&format!("talk of {q}"), &ann).await;
        let mut posted = Vec::new();
        for n in 0..11 {
            posted.push(world.post(room.id, &ann, &format!("page me {n}")).await.id);
        }
        posted.reverse();
        let mut search = MessageSearch { limit: 4, room: Some(room.id), ..search(&ann, q) };
        for part in posted.chunks(4) {
            let page = page(&world, &search).await;
            let ids: Vec<MessageId> = page.items.iter().map(|item| item.view.message.id).collect();
            assert_eq!(ids, part, "{q}");
            assert_eq!(page.next, (part.len() == 4).then(|| part[3]), "{q}");
            search.older_than = page.next;
            let item = &page.items[0];
            assert_eq!((item.room.room, &item.room.name, item.kind), (room.id, &room.name, RoomKind::Public));
            // What comes meanwhile moves no page.
            world.post(room.id, &ann, "page me: a later one").await;
        }
    }
}

/// SplitMix64, so that a failure comes again.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((z ^ (z >> 31)) % end as u64).unwrap_or(0)
    }

    fn text(&mut self) -> String {
        const PIECES: &[&str] = &[
            "alpha",
            "Alp",
            "beta",
            "be",
            "a",
            "B",
            "ab",
            "straße",
            "STRASSE",
            "café",
            "über",
            "foo_bar",
            "::",
            "baz()",
            "x-y",
            "привет",
            "Й",
            "ёж",
            "上海",
            "海",
            "北京市",
            "東京",
            "タワー",
            "ｶﾞ",
            "한국",
            "어",
            "ดี",
            "🚀",
            "❤️",
            "👩‍💻",
            "#12",
            "%",
            "'",
            "\"",
            "\\",
            "*",
            "&",
            "|",
            "!",
            "(",
            "NOT",
            "OR",
            "NEAR",
            "https://x.de/a",
            " ",
            " ",
            " ",
            "\n",
            ".",
        ];
        let mut text = String::new();
        for _ in 0..=self.below(9) {
            text.push_str(PIECES[self.below(PIECES.len())]);
        }
        if text.trim().is_empty() { "blank".to_owned() } else { text }
    }

    /// A piece of a text, or of another.
    fn part(&mut self, texts: &[String]) -> String {
        let text = if self.below(4) == 0 { self.text() } else { texts[self.below(texts.len())].clone() };
        let letters: Vec<char> = text.chars().filter(|c| *c != '"').collect();
        let start = self.below(letters.len().max(1));
        let end = (start + 1 + self.below(6)).min(letters.len());
        let part: String = letters.get(start..end).unwrap_or_default().iter().collect();
        if self.below(3) == 0 { part } else { format!("\"{part}\"") }
    }
}

/// Rooms of all kinds, with members and bans as the dice fall.
async fn random_rooms(world: &World, dice: &mut Dice, users: &[UserRef]) -> Vec<RoomId> {
    let mut rooms = Vec::new();
    for n in 0..9 {
        let name = format!("room {n}");
        let room =
            if n % 2 == 0 { world.room(&name, &users[0]).await } else { world.private_room(&name, &users[0]).await };
        for user in &users[1..] {
            if dice.below(2) == 0 {
                world.join(room.id, user, Role::Member, at(1)).await;
            }
            if dice.below(4) == 0 {
                // Some are over, or will be.
                let until = [None, Some(at(400)), Some(at(600))][dice.below(3)];
                world.sanction(room.id, user, SanctionKind::Ban, until).await;
            }
            if dice.below(4) == 0 {
                world.sanction(room.id, user, SanctionKind::Mute, None).await;
            }
        }
        rooms.push(room.id);
    }
    rooms
}

/// What must be found, by looking at everything and asking the policy.
async fn expected(world: &World, all: &[Message], search: &MessageSearch, reader: &UserRef) -> Vec<MessageId> {
    let mut wanted = Vec::new();
    let actor = Actor { user: reader.clone(), session: SessionId(world.uuid()), is_admin: false };
    for message in all.iter().rev() {
        let room = world.queries().room(message.room).await.expect("room").expect("there");
        let standing = world.queries().standing(room.id, reader.id, at(500)).await.expect("standing");
        let may = policy::authorize(&actor, Read, Scope { room: &room, standing: &standing }).is_ok();
        if may && search.matches(&MessageView::bare(message.clone())) {
            wanted.push(message.id);
        }
    }
    wanted.truncate(search.limit as usize);
    wanted
}

pub async fn finds_what_is_defined_to_be_found(world: World) {
    let mut dice = Dice(20_261_122);
    let mut users = Vec::new();
    for name in ["ann", "bob", "cat"] {
        users.push(world.user(name).await);
    }
    let rooms = random_rooms(&world, &mut dice, &users).await;
    let mut all: Vec<Message> = Vec::new();
    for _ in 0..220 {
        let (room, user) = (rooms[dice.below(rooms.len())], users[dice.below(users.len())].clone());
        let (text, day) = (dice.text(), i64::try_from(dice.below(900)).unwrap_or(0));
        let dated = move |message: &mut NewMessage| message.created_at = at(0) - Duration::days(day);
        all.push(world.post_as(room, &user, &text, dated).await);
    }
    for n in 0..all.len() / 8 {
        let (place, text) = (n * 8 + dice.below(8), dice.text());
        all[place] = if n % 2 == 0 {
            world.edit(&all[place], &text, at(300)).await
        } else {
            world.delete(&all[place], at(300)).await
        };
    }
    let texts: Vec<String> = all.iter().map(|message| message.body.clone()).filter(|body| !body.is_empty()).collect();
    let mut hits = 0;
    for n in 0..250 {
        let reader = users[dice.below(users.len())].clone();
        let parts: Vec<String> = (0..=(n % 2)).map(|_| dice.part(&texts)).collect();
        let Ok(text) = SearchText::parse(&parts.join(" ")) else { continue };
        let mut search = MessageSearch { needles: text.needles, ..search(&reader, "") };
        if n % 5 == 0 {
            search.room = Some(rooms[dice.below(rooms.len())]);
        }
        if n % 7 == 0 {
            search.author = Some(users[dice.below(users.len())].id);
        }
        let day = |dice: &mut Dice| Some(at(0) - Duration::days(i64::try_from(dice.below(900)).unwrap_or(0)));
        if n % 3 == 0 {
            search.after = day(&mut dice);
        }
        if n % 4 == 0 {
            search.before = day(&mut dice);
        }
        if n % 11 == 0 {
            search.has.insert(Has::Link);
        }
        search.limit = if n % 2 == 0 { 50 } else { 3 };
        let wanted = expected(&world, &all, &search, &reader).await;
        let got = found(&world, &search).await;
        assert_eq!(got, wanted, "{n}: {search:?}");
        hits += got.len();
    }
    assert!(hits > 300, "only {hits} messages found: do the searches still fit the texts?");
}
